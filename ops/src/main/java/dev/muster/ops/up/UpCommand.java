package dev.muster.ops.up;

import ch.qos.logback.classic.Level;

import dev.muster.ops.config.CoordinatorSettings;
import dev.muster.ops.config.LogSettings;
import dev.muster.ops.daemon.Parts;
import dev.muster.ops.log.Logs;
import dev.muster.ops.terminal.Screen;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/** {@code muster up}: everything on this machine, until it is told to stop. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description =
                "Runs a coordinator, its database and workers on this machine until it is stopped.",
        sortOptions = false,
        footer = {
            "",
            "The first start makes the account 'admin' and prints its password once; it is kept in",
            "DIR/admin-password. Ctrl-C stops everything in order. Other settings come from the",
            "environment and conf/, as for 'muster coordinator' and 'muster worker'.",
            "",
            "Examples:",
            "  muster up",
            "  muster up --data /srv/muster --port 8080 --workers 3",
            "  muster up --database-url 'postgresql://muster:secret@db.example.org/muster'",
            "",
            "Exit codes: 0 stopped, 1 could not start, 2 a setting cannot be meant."
        })
public final class UpCommand implements Callable<Integer> {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where all state is kept. Default: ~/.muster.")
    private @Nullable String data;

    @Option(names = "--port", paramLabel = "PORT", description = "Port to serve. Default: 9000.")
    private @Nullable String port;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            description = "Address to serve, 0.0.0.0 for all. Default: 127.0.0.1.")
    private @Nullable String host;

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = "A PostgreSQL to use in place of one in DIR.")
    private @Nullable String databaseUrl;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Workers to run here, 0 to 64. Default: 1.")
    private int workers;

    @Spec private @Nullable CommandSpec spec;

    private UpCommand() {}

    public static CommandLine commandLine() {
        return new CommandLine(new UpCommand());
    }

    @Override
    public Integer call() throws InterruptedException {
        if (workers < 0 || workers > 64) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--workers is 0 to 64, was " + workers);
        }
        var values = OneMachine.settle(given());
        if (CoordinatorSettings.isOpenToOthers(values)) {
            System.err.println(
                    "muster: other machines reach %s, and passwords travel unencrypted; put a proxy with TLS in front"
                            .formatted(values.get(CoordinatorSettings.HOST)));
        }
        var screen = Screen.stdout();
        var parts = new Parts();
        try {
            var home = parts.own(DataHome.take(values.get(CoordinatorSettings.DATA)));
            Ports.requireFree(values);
            var level = Level.toLevel(values.get(LogSettings.LEVEL));
            Logs.toFileAndErrorsToTerminal(home.log("muster"), level);
            parts.closeAtExit(() -> 0);
            var plan = new LocalMuster.Plan(values, workers, List.of(), hostName());
            var muster = LocalMuster.start(plan, home, parts, screen::line);
            muster.firstPassword().ifPresent(password -> tellPassword(screen, home, password));
            screen.line("Muster is ready: " + muster.address());
            parts.awaitClosed();
            return 0;
        } finally {
            parts.close();
        }
    }

    private Map<String, String> given() {
        var flags = new HashMap<String, String>();
        put(flags, CoordinatorSettings.DATA.name(), data);
        put(flags, CoordinatorSettings.PORT.name(), port);
        put(flags, CoordinatorSettings.HOST.name(), host);
        put(flags, CoordinatorSettings.DATABASE_URL.name(), databaseUrl);
        return flags;
    }

    private static void put(Map<String, String> flags, String name, @Nullable String text) {
        if (text != null) {
            flags.put(name, text);
        }
    }

    private static void tellPassword(Screen screen, DataHome home, String password) {
        screen.line("First start: sign in as admin with the password " + password);
        screen.line("It is kept in " + home.passwordFile() + " and not shown again.");
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "local";
        }
    }
}
