package dev.muster.ops.secrets;

import dev.muster.ops.client.MusterClient;
import dev.muster.ops.client.Refused;
import dev.muster.ops.terminal.Complaint;

import java.io.Console;
import java.net.URI;
import java.util.Arrays;

/**
 * Asks a person at a terminal who they are; nothing they type for that is shown.
 *
 * @param server where they want to be let in
 */
record Prompt(URI server, String user) {

    /** Begins a session of theirs. */
    @SuppressWarnings("SystemConsoleNull") // some JDKs answer null where there is no terminal
    void signIn(MusterClient client) {
        var console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new Complaint(
                    "there is no terminal to ask for a password; set MUSTER_TOKEN or"
                            + " MUSTER_TOKEN_FILE");
        }
        var password = answered(console, "Password of %s at %s: ".formatted(user, server));
        try {
            client.login(user, password);
        } catch (Refused e) {
            if (!e.code().equals("totp_required")) {
                throw e;
            }
            client.login(user, password, answered(console, "Code of the second factor: ").strip());
        }
        if (client.mustChangePassword()) {
            client.logout();
            throw new Complaint("that password is good for one login: replace it first");
        }
    }

    private static String answered(Console console, String question) {
        var typed = console.readPassword("%s", question);
        if (typed == null) {
            throw new Complaint("nothing was typed");
        }
        var text = new String(typed);
        Arrays.fill(typed, ' ');
        return text;
    }
}
