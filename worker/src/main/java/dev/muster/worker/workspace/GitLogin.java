package dev.muster.worker.workspace;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.muster.protocol.message.GitToken;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands a token to git through a pipe that only git and its own children hold: no file, argument or
 * environment ever has it, so neither a directory listing nor {@code /proc} shows it to a stage.
 *
 * <p>The pipe is git's standard input, moved to descriptor 3 because git's transport programs have
 * another. Git asks the helper once per connection, and the helper takes the next two lines.
 */
final class GitLogin {

    private static final List<String> MOVING_INPUT =
            List.of("/bin/sh", "-c", "exec 3<&0 </dev/null; exec \"$@\"", "muster");

    private static final String HELPER =
            "credential.helper=!f() { test \"$1\" = get && read -r u <&3 && read -r p <&3"
                    + " && printf 'username=%s\\npassword=%s\\n' \"$u\" \"$p\"; }; f";

    /** More connections than one call makes, and far less than a pipe holds. */
    private static final int TIMES = 4;

    private GitLogin() {}

    /** The last of the settings: the one before has emptied the list of helpers. */
    static List<String> settings() {
        return List.of("-c", HELPER);
    }

    /** How {@code command} is started so that its helper finds the pipe. */
    static List<String> command(List<String> command) {
        var all = new ArrayList<>(MOVING_INPUT);
        all.addAll(command);
        return all;
    }

    /**
     * Fills the pipe.
     *
     * @throws IOException if git has ended already
     */
    static void give(GitToken token, OutputStream pipe) throws IOException {
        var lines = token.username() + "\n" + token.token().value() + "\n";
        pipe.write(lines.repeat(TIMES).getBytes(US_ASCII));
        pipe.flush();
    }
}
