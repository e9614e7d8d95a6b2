package dev.muster.worker.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;

/**
 * What Visual Studio Code's {@code code tunnel} prints, as logs and documents that people published
 * have it, and its source (microsoft/vscode, cli/src: auth.rs, tunnels/code_server.rs,
 * tunnels/dev_tunnels.rs, util/input.rs). Of Cursor's program, which is made from that source, no
 * output was found.
 */
class TunnelTemplatesTest {

    // since 2022, before anything else
    private static final String LICENCE =
            """
            *
            * Visual Studio Code Server
            *
            * By using the software, you agree to
            * the Visual Studio Code Server License Terms (https://aka.ms/vscode-server-license) and
            * the Microsoft Privacy Statement (https://privacy.microsoft.com/en-US/privacystatement).
            *
            """;

    // 2024; of which the end is printed by a second process
    private static final String SENTENCE =
            """
            [2024-06-10 02:11:44] info Creating tunnel with the name: ip-10-0-0-23ap-north
            [2024-06-10 02:11:44] info Open this link in your browser https://vscode.dev/tunnel/ip-10-0-0-23ap-north

            Connected to an existing tunnel process running on this machine.

            Open this link in your browser https://vscode.dev/tunnel/ip-10-0-0-23ap-north
            """;

    // 1.127.0, July 2026; with the colours of its source
    private static final String BANNER =
            """
            [2026-07-05 19:56:22] info Creating tunnel with the name: claude-vscode-v2

              \033[36m\033[1mVisual Studio Code Tunnel\033[0m \033[2mv1.127.0\033[0m

              \033[32m\033[1m➜\033[0m  \033[1mTunnel:  \033[0m \033[36mclaude-vscode-v2\033[0m
              \033[32m\033[1m➜\033[0m  \033[1mOpen:\033[0m  \033[36mhttps://vscode.dev/tunnel/claude-vscode-v2/Users/ajeetraina/proj\033[0m

            [2026-07-05 19:56:30] info No agent host supervisor running; starting one in the background
            """;

    // 1.127.0, where it may not ask questions
    private static final String GITHUB =
            """
            [2026-07-05 19:55:46] info Using GitHub for authentication, run `code tunnel user login --provider <provider>` option to change this.
            To grant access to the server, please log into https://github.com/login/device and use code 1A2B-3C4D
            """;

    // where it may, since 2023
    private static final String QUESTION =
            """
            ? How would you like to log in to Visual Studio Code? ›
            ❯ Microsoft Account
              GitHub Account
            """;

    // what Microsoft's device login answers, which is printed as it is
    private static final String MICROSOFT =
            "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and"
                    + " enter the code BYMK7UXVD to authenticate.\n";

    /** What a template makes of an output. */
    private record Found(List<String> connections, List<String> logins) {

        static Found in(TunnelTemplate template, String printed) {
            var found = new Found(new ArrayList<>(), new ArrayList<>());
            var output =
                    new TunnelOutput(
                            line -> {
                                var link = template.connection().matcher(line);
                                if (link.find()) {
                                    found.connections.add(link.group());
                                }
                                if (template.refusal().orElseThrow().matcher(line).find()) {
                                    found.logins.add(line);
                                }
                            });
            var bytes = ("\033]133;C\007" + printed).replace("\n", "\r\n").getBytes(UTF_8);
            output.accept(bytes, 0, bytes.length);
            return found;
        }
    }

    private static List<TunnelTemplate> shipped() {
        return TunnelTemplates.of(TunnelSettings.NONE).all();
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void whereTheEditorIsIsFoundInEachFormThatItHad(TunnelTemplate template) {
        var before = Found.in(template, LICENCE + SENTENCE);
        var since = Found.in(template, LICENCE + BANNER);

        assertThat(before.connections())
                .containsOnly("https://vscode.dev/tunnel/ip-10-0-0-23ap-north");
        assertThat(since.connections())
                .containsExactly(
                        "https://vscode.dev/tunnel/claude-vscode-v2/Users/ajeetraina/proj");
        assertThat(before.logins()).isEmpty();
        assertThat(since.logins()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void thatALoginIsNeededIsFoundHoweverItIsAskedFor(TunnelTemplate template) {
        for (var asked : List.of(GITHUB, QUESTION, MICROSOFT)) {
            var found = Found.in(template, LICENCE + asked);

            assertThat(found.logins()).as(asked).hasSize(1);
            assertThat(found.connections()).as(asked).isEmpty();
        }
    }

    /** Names of at most 20 letters, digits and hyphens are taken. */
    @ParameterizedTest
    @MethodSource("shipped")
    void theNameIsOneThatIsTakenAndNoQuestionIsAsked(TunnelTemplate template) {
        assertThat(template.arguments("/w", 9_999_999_999_999L).getLast())
                .isEqualTo("muster-9999999999999")
                .matches("[\\w-]{1,20}");
        assertThat(template.arguments("/w", 42))
                .containsExactly("tunnel", "--accept-server-license-terms", "--name", "muster-42");
        assertThat(template.environment()).containsEntry("VSCODE_CLI_NONINTERACTIVE", "1");
    }
}
