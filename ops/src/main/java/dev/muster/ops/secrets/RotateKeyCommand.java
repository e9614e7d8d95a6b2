package dev.muster.ops.secrets;

import dev.muster.ops.client.MusterClient;
import dev.muster.ops.client.Refused;
import dev.muster.ops.config.ClientSettings;
import dev.muster.ops.config.Values;
import dev.muster.ops.terminal.Complaint;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/** {@code muster secrets rotate-key}: a new key, and everything sealed anew with it. */
@Command(
        name = "rotate-key",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a new key, and waits until the coordinators have sealed all secrets of all"
                    + " projects with it.",
            "They go on with that when this verb is ended. A former key is deleted a minute after"
                    + " its last use."
        },
        sortOptions = false,
        footer = {
            "",
            "For admins. Who asks is told by MUSTER_TOKEN, or a file that MUSTER_TOKEN_FILE names:"
                    + " a",
            "personal access token with the scope admin:write. Without one, a person at a terminal"
                    + " is",
            "asked for a password, and for the code of a second factor.",
            "",
            "Examples:",
            "  muster secrets rotate-key",
            "  muster secrets rotate-key --server https://muster.example.org --user ada",
            "  MUSTER_TOKEN_FILE=/run/secrets/muster muster secrets rotate-key --output json",
            "",
            "Exit codes: 0 all are sealed anew, 1 it could not be asked for, 2 asked wrongly, 3"
                    + " there is a",
            "new key, and not all are sealed with it yet."
        })
final class RotateKeyCommand implements Callable<Integer> {

    private static final int SEALED = 0;
    private static final int NOT_ALL = 3;

    /** Coordinators look after it once a minute, whatever happened to the one that was asked. */
    private static final String PATIENCE = "150";

    @Option(
            names = "--server",
            paramLabel = "URL",
            description =
                    "Address of any coordinator. Default: MUSTER_SERVER, or http://127.0.0.1:9000.")
    private @Nullable String server;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            defaultValue = "admin",
            description = "Whose password is asked for. Default: admin.")
    private String user = "admin";

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            defaultValue = PATIENCE,
            description = "Stop waiting if none was sealed for so long. Default: " + PATIENCE + ".")
    private int patience;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "text or json. Default: text.")
    private Output output = Output.text;

    @Spec private @Nullable CommandSpec spec;

    private final Map<String, String> environment;

    /** As it is typed. */
    @SuppressWarnings("MemberName")
    enum Output {
        text,
        json
    }

    RotateKeyCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (patience < 0 || patience > 86_400) {
            throw new ParameterException(
                    command().commandLine(), "--patience is 0 to 86400 seconds, was " + patience);
        }
        var values =
                ClientSettings.read(
                        server == null ? Map.of() : Map.of(ClientSettings.SERVER.name(), server),
                        environment);
        var address = values.get(ClientSettings.SERVER);
        try (var client = new MusterClient(address)) {
            signIn(client, values);
            try {
                return rotate(client, address);
            } catch (Refused e) {
                throw e.status() == 401 ? unknown(address, e) : e;
            } finally {
                leave(client);
            }
        }
    }

    private int rotate(MusterClient client, URI address) throws InterruptedException {
        var keys = client.rotateSecretKey();
        if (keys.isEmpty()) {
            throw new Complaint(address + " answered with something else than Muster would");
        }
        var rotation = new Rotation(client, keys, command().commandLine().getErr());
        var result = rotation.untilSealed(Duration.ofSeconds(patience));
        var out = command().commandLine().getOut();
        out.println(output == Output.json ? result.json() : result.text());
        out.flush();
        return result.isSealed() ? SEALED : NOT_ALL;
    }

    private void signIn(MusterClient client, Values values) {
        var address = values.get(ClientSettings.SERVER);
        if (ClientSettings.isReadableOnTheWay(address)) {
            command()
                    .commandLine()
                    .getErr()
                    .println(
                            "muster: what proves who you are travels to %s unencrypted; https is safer"
                                    .formatted(address));
        }
        var token = values.get(ClientSettings.TOKEN);
        if (token.isPresent()) {
            if (!token.get().matches("[\\x21-\\x7e]+")) {
                throw new Complaint("what MUSTER_TOKEN says is no token");
            }
            client.use(token.get());
            return;
        }
        new Prompt(address, user).signIn(client);
    }

    private static Complaint unknown(URI address, Refused refused) {
        return new Complaint(
                "%s does not know who asks, or no longer: %s"
                        .formatted(address, refused.getMessage()),
                refused);
    }

    /** What it was for is done, or failed for a reason of its own. */
    private void leave(MusterClient client) {
        try {
            client.logout();
        } catch (Refused e) {
            command()
                    .commandLine()
                    .getErr()
                    .println("muster: the session could not be ended: " + e.getMessage());
        }
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec);
    }
}
