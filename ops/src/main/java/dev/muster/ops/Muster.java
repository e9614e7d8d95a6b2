package dev.muster.ops;

import dev.muster.coordinator.StartFailure;
import dev.muster.coordinator.db.EmbeddedPostgres;
import dev.muster.ops.audit.AuditCommand;
import dev.muster.ops.bench.BenchCommand;
import dev.muster.ops.client.Refused;
import dev.muster.ops.config.ConfigFault;
import dev.muster.ops.daemon.CoordinatorCommand;
import dev.muster.ops.daemon.WorkerCommand;
import dev.muster.ops.demo.DemoCommand;
import dev.muster.ops.secrets.SecretsCommand;
import dev.muster.ops.terminal.Complaint;
import dev.muster.ops.terminal.Tty;
import dev.muster.ops.up.UpCommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;

/** The program: takes the first word of the command line to the verb it names. */
@Command(
        name = "muster",
        mixinStandardHelpOptions = true,
        versionProvider = Muster.Version.class,
        description = "Runs staged tasks on your own machines.",
        subcommandsRepeatable = false,
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        footer = {
            "",
            "Examples:",
            "  muster demo                  see it work, in two minutes",
            "  muster up                    coordinator, database and a worker on this machine",
            "  muster up --help             what a verb takes",
            "",
            "Exit codes: 0 it worked, 1 it failed, 2 it was asked for wrongly."
        })
public final class Muster implements Callable<Integer> {

    private static final int FAILED = 1;
    private static final int ASKED_WRONGLY = 2;

    @Spec private @Nullable CommandSpec spec;

    private Muster() {}

    public static void main(String[] args) {
        System.exit(commandLine(System.getenv()).execute(args));
    }

    /** The whole program, ready for a command line. */
    static CommandLine commandLine(Map<String, String> environment) {
        var program = new CommandLine(new Muster());
        program.addSubcommand("up", UpCommand.commandLine());
        program.addSubcommand("demo", DemoCommand.commandLine());
        program.addSubcommand("coordinator", CoordinatorCommand.commandLine());
        program.addSubcommand("worker", WorkerCommand.commandLine());
        program.addSubcommand("audit", AuditCommand.commandLine());
        program.addSubcommand("secrets", SecretsCommand.commandLine(environment));
        program.addSubcommand("bench", new CommandLine(new BenchCommand()));
        program.getSubcommands()
                .values()
                .forEach(verb -> verb.getCommandSpec().versionProvider(new Version()));
        program.setUsageHelpWidth(100);
        program.setColorScheme(CommandLine.Help.defaultColorScheme(colours()));
        program.setParameterExceptionHandler((wrong, _) -> complain(wrong));
        program.setExecutionExceptionHandler(
                (failure, verb, _) -> complain(failure, verb.getErr()));
        return program;
    }

    private static Ansi colours() {
        var noColour = System.getenv("NO_COLOR");
        return Tty.isStdout() && (noColour == null || noColour.isEmpty()) ? Ansi.ON : Ansi.OFF;
    }

    /** Without a verb there is only help to give. */
    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getErr());
        }
        return ASKED_WRONGLY;
    }

    private static int complain(ParameterException wrong) {
        var verb = wrong.getCommandLine();
        var err = verb.getErr();
        err.println("muster: " + wrong.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(wrong, err)) {
            err.println("Try '" + verb.getCommandSpec().qualifiedName() + " --help'.");
        }
        return ASKED_WRONGLY;
    }

    private static int complain(Exception failure, PrintWriter err) {
        return switch (failure) {
            case ConfigFault fault -> {
                String.valueOf(fault.getMessage())
                        .lines()
                        .forEach(line -> err.println("muster: " + line));
                yield ASKED_WRONGLY;
            }
            case Complaint _,
                    StartFailure _,
                    dev.muster.worker.StartFailure _,
                    EmbeddedPostgres.Failure _,
                    Refused _ -> {
                err.println("muster: " + failure.getMessage());
                yield FAILED;
            }
            default -> {
                err.println(
                        "muster: something unexpected went wrong; this is for whoever looks into"
                                + " it:");
                failure.printStackTrace(err);
                yield FAILED;
            }
        };
    }

    /** Which Muster this is. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            var version = Muster.class.getPackage().getImplementationVersion();
            return new String[] {
                "muster "
                        + (version == null ? "development" : version)
                        + ", Java "
                        + Runtime.version()
            };
        }
    }
}
