package dev.muster.ops.secrets;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/** {@code muster secrets}: its verbs. */
@Command(
        name = "secrets",
        mixinStandardHelpOptions = true,
        description = "Looks after what secrets are sealed with.",
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        footer = {
            "",
            "Examples:",
            "  muster secrets rotate-key",
            "  muster secrets rotate-key --help     what it takes",
            "",
            "Exit codes: those of the verb; 2 it was asked for wrongly."
        })
public final class SecretsCommand implements Callable<Integer> {

    @Spec private @Nullable CommandSpec spec;

    private SecretsCommand() {}

    /** The command; who asks is looked up in {@code environment}. */
    public static CommandLine commandLine(Map<String, String> environment) {
        var secrets = new CommandLine(new SecretsCommand());
        secrets.addSubcommand("rotate-key", new CommandLine(new RotateKeyCommand(environment)));
        return secrets;
    }

    @Override
    public Integer call() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "say what to do: rotate-key");
    }
}
