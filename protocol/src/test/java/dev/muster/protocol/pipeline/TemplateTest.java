package dev.muster.protocol.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a person typed stays one word, whatever it is: asked of a real shell. */
class TemplateTest {

    private static final List<String> HOSTILE =
            List.of(
                    "; echo PWNED",
                    "$(echo PWNED)",
                    "`echo PWNED`",
                    "\" ; echo PWNED ; \"",
                    "' ; echo PWNED ; '",
                    "\\",
                    "\\\"",
                    "\n echo PWNED \n",
                    "\r\n",
                    "&& echo PWNED",
                    "| echo PWNED",
                    "> /tmp/pwned",
                    "$IFS",
                    "${MUSTER_BRANCH}",
                    "{description}",
                    "*",
                    "~",
                    "-n",
                    "--",
                    "",
                    " ",
                    "a  b",
                    "#",
                    "!!",
                    "%s%n",
                    "\u001b[2J",
                    "é漢🙂",
                    "EOF");

    @Property(tries = 150, seed = "20261")
    void hostileValuesReachTheCommandAsSingleWords(
            @ForAll("values") String description,
            @ForAll("values") String branch,
            @ForAll("values") String project,
            @ForAll("values") String input) {
        var command =
                "printf '<%s>' {description} {branch} x{project}y {taskId} {choice} x{input}y";
        var environment =
                Map.of(
                        "MUSTER_DESCRIPTION", description,
                        "MUSTER_CHOICE", branch,
                        "MUSTER_INPUT", input,
                        "MUSTER_BRANCH", branch,
                        "MUSTER_PROJECT", project,
                        "MUSTER_TASK_ID", "42");

        var printed = run(Template.forShell(command), environment);

        assertThat(printed)
                .isEqualTo(
                        "<%s><%s><x%sy><42><%s><x%sy>"
                                .formatted(description, branch, project, branch, input));
    }

    @Provide
    Arbitrary<String> values() {
        var piece = Arbitraries.of(HOSTILE);
        var text = Arbitraries.strings().all().ofMaxLength(40).map(TemplateTest::storable);
        return Combinators.combine(piece, text, piece).as((a, b, c) -> a + b + c);
    }

    /** What neither an environment nor UTF-8 has is refused or replaced long before. */
    private static String storable(String text) {
        return new String(text.replace("\0", "").getBytes(UTF_8), UTF_8);
    }

    /** Whatever the template, a value never becomes a second command: at worst it is no word. */
    @Property(tries = 150, seed = "20262")
    void noTemplateThatIsSavedLetsAValueRun(@ForAll("commands") String command) {
        if (!faultsIn(command).isEmpty()) {
            return;
        }
        var hostile = "$(echo PWNED >&2)`echo PWNED >&2`;echo PWNED >&2\n\"'echo PWNED >&2";
        var environment =
                Map.of(
                        "MUSTER_DESCRIPTION", hostile,
                        "MUSTER_BRANCH", hostile,
                        "MUSTER_PROJECT", hostile,
                        "MUSTER_TASK_ID", hostile,
                        "MUSTER_CHOICE", "-va[$(echo PWNED >&2)]",
                        "MUSTER_INPUT", "a[$(echo PWNED >&2)]");

        assertThat(errors(Template.forShell(command), environment))
                .doesNotContainPattern("(?m)^PWNED");
    }

    @Provide
    Arbitrary<String> commands() {
        return Arbitraries.of(
                        "printf %s ",
                        "{description}",
                        "{branch}",
                        "{choice}",
                        "{input}",
                        " ",
                        "'",
                        "\"",
                        "\\",
                        "$(true)",
                        "${HOME}",
                        "# it's\n",
                        "\n",
                        "; true ",
                        "{{description}}",
                        "x=",
                        "<<E\n",
                        "eval ",
                        "[ -v ",
                        " ]",
                        "[[ ",
                        " -gt 3 ]]",
                        "$((",
                        "))",
                        "sh -c ",
                        "|sh ",
                        "E\n",
                        "a",
                        "|cat ",
                        "&& true ",
                        "${x:-",
                        "}")
                .list()
                .ofMinSize(1)
                .ofMaxSize(8)
                .map(parts -> String.join("", parts));
    }

    /** What a person may answer, for each way by which a shell makes more of a word. */
    private static final List<String> EXECUTABLE =
            List.of(
                    "a[$(touch \"$CANARY\")]",
                    "a[`touch \"$CANARY\"`]",
                    "a[$(touch${IFS}$CANARY)]",
                    "-va[$(touch \"$CANARY\")]",
                    "([$(touch \"$CANARY\")]=1)",
                    "$(touch \"$CANARY\")",
                    "`touch \"$CANARY\"`",
                    "; touch \"$CANARY\"",
                    "\ntouch \"$CANARY\"\n",
                    "x\n; touch \"$CANARY\" #",
                    "\r\ntouch \"$CANARY\"\r\n",
                    "| touch \"$CANARY\"",
                    "& touch \"$CANARY\"",
                    "x) touch \"$CANARY\" ;;",
                    "' ; touch \"$CANARY\" '",
                    "\" ; touch \"$CANARY\" \"",
                    "E\ntouch \"$CANARY\"",
                    "<(touch \"$CANARY\")",
                    "-v",
                    "-c",
                    "!",
                    "=",
                    "3");

    /** As they are saved; a test in which nothing is run but what cannot do harm. */
    private static final List<String> PLAIN =
            List.of(
                    "echo {input}",
                    "printf '%s' {input} x{choice}y",
                    "printf %d {input}",
                    "X={input} Y={choice} env true",
                    "X={input}; echo \"$X\" $X",
                    "X={input}; [ \"$X\" -gt 3 ]",
                    "X={input}; [ \"$X\" = {choice} ]",
                    "export X={input}",
                    "echo {choice} > file",
                    "echo x > {input}",
                    "cat < {input}",
                    "cat <<< {input}",
                    "echo {input} | cat - {choice}",
                    "true && echo {input} || echo {choice}",
                    "if [ {choice} = yes ]; then echo {input}; fi",
                    "if [ {input} = {choice} ]; then echo; else echo {input}; fi",
                    "[ -n {input} ] && test ! {choice} && [ ! -e {input} ]",
                    "[ {input} -gt 3 ]",
                    "test {input} -eq {choice}",
                    "case {choice} in a) echo {input} ;; *) echo {choice} ;; esac",
                    "for x in {choice} {input}; do echo \"$x\" $x; done",
                    "while read -r x; do echo \"$x\" {input}; done < file",
                    "(echo {input})",
                    "{ echo {input}; } > file",
                    "x=$(echo {input}); echo $x",
                    "echo $(printf %s {input}) $(echo {choice})",
                    "env X={input} echo {choice}",
                    "timeout 5 echo {input}",
                    "bash -c 'printf %s \"$1\"' x {input}",
                    "sh -c 'printf %s \"$1\"' {input} {choice}",
                    "echo {input} \\\n  {choice}",
                    "echo x # {input}",
                    "cd {input}; exit {choice}",
                    "set -- {input} {choice}; echo \"$@\" $1");

    /** Quoted or not, calculated or not: no value of a command that is saved is run. */
    @Property(tries = 250, seed = "20263")
    void noAnswerRunsInACommandThatIsSaved(
            @ForAll("plain") String command,
            @ForAll("executable") String input,
            @ForAll("executable") String choice)
            throws IOException {
        assertThat(faultsIn(command)).as(command).isEmpty();
        var directory = Files.createTempDirectory("template");
        var canary = directory.resolve("canary");
        var work = Files.createDirectory(directory.resolve("work"));
        try {
            for (var shell : List.of("/bin/bash", "/bin/sh")) {
                runIn(
                        work,
                        List.of(shell, "-c", Template.forShell(command)),
                        Map.of(
                                "MUSTER_INPUT", input,
                                "MUSTER_CHOICE", choice,
                                "CANARY", canary.toString()));
                assertThat(canary).as("%s: %s", shell, command).doesNotExist();
            }
        } finally {
            delete(directory);
        }
    }

    @Provide
    Arbitrary<String> executable() {
        return Arbitraries.of(EXECUTABLE);
    }

    @Provide
    Arbitrary<String> plain() {
        var command = Arbitraries.of(PLAIN);
        var joint = Arbitraries.of("\n", "\n\n", " ;\n", " &\n");
        return Combinators.combine(command, joint, command).as((a, b, c) -> a + b + c);
    }

    private static void runIn(Path work, List<String> command, Map<String, String> environment)
            throws IOException {
        var builder =
                new ProcessBuilder(command)
                        .directory(work.toFile())
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true);
        builder.environment().putAll(environment);
        // until all that has its output has ended, also in the background
        builder.start().getInputStream().readAllBytes();
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Example
    void anEscapedWordAndAShellReferenceAreLeftToTheShell() {
        assertThat(Template.forShell("echo {{branch}} ${branch} {branch}"))
                .isEqualTo("echo {branch} ${branch} \"$MUSTER_BRANCH\"");
        assertThat(faultsIn("echo {{nobody}} ${nobody}")).isEmpty();
    }

    @Example
    void awkProgramsAndOtherBracesNeedNoCare() {
        assertThat(faultsIn("awk '{ print $1 }' && find . -exec ls {} +")).isEmpty();
        assertThat(Template.forShell("find . -exec ls {} +")).isEqualTo("find . -exec ls {} +");
    }

    @Example
    void aVariableBehindABackslashWouldLoseItsQuotesAndIsRefused() {
        assertThat(faultsIn("echo \\{branch}"))
                .extracting(Fault::code)
                .containsExactly("quoted_variable");
        assertThat(faultsIn("echo \\\\{branch}")).isEmpty();
    }

    @Example
    void anUnknownVariableIsNeverRendered() {
        assertThatThrownBy(() -> Template.forShell("echo {nobody}"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String run(String command, Map<String, String> environment) {
        return outputOf(command, environment, ProcessBuilder.Redirect.DISCARD, false);
    }

    private static String errors(String command, Map<String, String> environment) {
        return outputOf(command, environment, ProcessBuilder.Redirect.PIPE, true);
    }

    private static String outputOf(
            String command,
            Map<String, String> environment,
            ProcessBuilder.Redirect errors,
            boolean wantsErrors) {
        try {
            var builder = new ProcessBuilder("/bin/sh", "-c", command).redirectError(errors);
            builder.environment().putAll(environment);
            builder.environment().put("LC_ALL", "C.UTF-8");
            builder.redirectInput(new File("/dev/null"));
            if (wantsErrors) {
                builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
            }
            var shell = builder.start();
            var stream = wantsErrors ? shell.getErrorStream() : shell.getInputStream();
            var bytes = stream.readAllBytes();
            assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
            return new String(bytes, UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Example
    void inAPromptAVariableIsItsValueWhateverItHoldsAndWhereverItStands() {
        var values = Map.of("MUSTER_DESCRIPTION", "$1 {branch} \\ \"it's\"");

        assertThat(Template.forPrompt("do '{description}' \\{branch} {{branch}} ${branch}", values))
                .isEqualTo("do '$1 {branch} \\ \"it's\"' \\ {branch} ${branch}");
        assertThat(Template.faultsIn("'{description}'", CommandKind.PROMPT)).isEmpty();
        assertThat(Template.faultsIn("'{nobody}'", CommandKind.PROMPT)).hasSize(1);
    }

    private static List<Fault> faultsIn(String command) {
        return Template.faultsIn(command, CommandKind.SHELL);
    }
}
