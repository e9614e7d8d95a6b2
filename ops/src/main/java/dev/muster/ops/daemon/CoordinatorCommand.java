package dev.muster.ops.daemon;

import dev.muster.coordinator.Coordinator;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.ops.config.CoordinatorSettings;
import dev.muster.ops.config.Values;
import dev.muster.ops.log.Logs;
import dev.muster.ops.up.DataHome;
import dev.muster.ops.up.Ports;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.Objects;
import java.util.concurrent.Callable;

/** {@code muster coordinator}: the server, until it is told to stop. */
@Command(
        name = "coordinator",
        mixinStandardHelpOptions = true,
        description = "Runs a coordinator alone, without workers, until it is stopped.",
        sortOptions = false,
        footer = {
            "",
            "Each flag is a setting of conf/coordinator.yaml and of the environment as well:",
            "--database-url is database.url and MUSTER_DATABASE_URL (or MUSTER_DATABASE_URL_FILE).",
            "",
            "Examples:",
            "  muster coordinator --print-config",
            "  MUSTER_DATABASE_URL_FILE=/run/secrets/db muster coordinator --data /var/lib/muster",
            "  muster coordinator --host 0.0.0.0 --allow-plain-http     behind a proxy with TLS",
            "",
            "Exit codes: 0 stopped, 1 could not start, 2 a setting cannot be meant."
        })
public final class CoordinatorCommand implements Callable<Integer> {

    private static final String DAEMON = "coordinator";

    @Spec private @Nullable CommandSpec spec;

    private CoordinatorCommand() {}

    public static CommandLine commandLine() {
        return SettingFlags.add(
                new CommandLine(new CoordinatorCommand()), CoordinatorSettings.ALL, DAEMON);
    }

    @Override
    public Integer call() throws InterruptedException {
        var verb = Objects.requireNonNull(spec);
        var values = SettingFlags.read(verb, CoordinatorSettings.ALL, DAEMON);
        if (SettingFlags.asksToPrint(verb)) {
            verb.commandLine().getOut().print(values.printed());
            verb.commandLine().getOut().flush();
            return 0;
        }
        CoordinatorSettings.check(values);
        Logs.asConfigured(values);
        Ports.requireFree(values);
        run(values);
        return 0;
    }

    private static void run(Values values) throws InterruptedException {
        var parts = new Parts();
        parts.closeAtExit(() -> 0);
        try {
            var home = parts.own(DataHome.take(values.get(CoordinatorSettings.DATA)));
            Scratch.use(home.scratch());
            var coordinator =
                    parts.own(
                            Coordinator.start(
                                    CoordinatorSettings.configOf(
                                            values, database(values, home, parts))));
            coordinator.firstPassword().ifPresent(_ -> tellWherePasswordIs(home));
            parts.awaitClosed();
        } finally {
            parts.close();
        }
    }

    private static DatabaseConfig database(Values values, DataHome home, Parts parts) {
        return CoordinatorSettings.database(values)
                .orElseGet(() -> CoordinatorSettings.sized(home.startDatabase(parts), values));
    }

    /** Not the password itself: a daemon's output is somebody's log. */
    private static void tellWherePasswordIs(DataHome home) {
        LoggerFactory.getLogger(CoordinatorCommand.class)
                .info("account admin made password-file={}", home.passwordFile());
    }
}
