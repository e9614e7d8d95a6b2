package dev.muster.ops.audit;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.Objects;
import java.util.concurrent.Callable;

/** {@code muster audit}: its verbs. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "Checks the audit log: who did what, and that nobody changed it since.",
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        footer = {
            "",
            "Examples:",
            "  muster audit verify",
            "  muster audit verify --help     what it takes",
            "",
            "Exit codes: those of the verb; 2 it was asked for wrongly."
        })
public final class AuditCommand implements Callable<Integer> {

    @Spec private @Nullable CommandSpec spec;

    private AuditCommand() {}

    public static CommandLine commandLine() {
        var audit = new CommandLine(new AuditCommand());
        audit.addSubcommand("verify", new CommandLine(new VerifyCommand()));
        return audit;
    }

    @Override
    public Integer call() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "say what to do: verify");
    }
}
