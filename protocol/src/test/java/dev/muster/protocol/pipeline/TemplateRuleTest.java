package dev.muster.protocol.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where in a shell's command a value may stand: two lists, of what is saved and what is not. */
class TemplateRuleTest {

    private static final Path LISTS = Path.of("src", "test", "resources", "commands");

    @ParameterizedTest
    @MethodSource("accepted")
    void aCommandThatTakesValuesForNoMoreThanDataIsSaved(String command) {
        assertThat(Template.refusalOf(command)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aCommandThatMayTakeAValueForMoreIsNeitherSavedNorRun(String code, String command) {
        assertThat(Template.refusalOf(command)).map(Fault::code).contains(code);
        assertThatThrownBy(() -> Template.forShell(command))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void withoutVariablesAnyCommandIsTheShellsBusiness() {
        assertThat(Template.refusalOf("[[ $n -gt 3 ]] && eval \"$x\" <<E\n'\nE\n((")).isEmpty();
    }

    @Test
    void aRefusalNamesTheVariableThePlaceAndAWayOut() {
        assertThat(Template.refusalOf("echo {branch}; eval {input}"))
                .map(Fault::message)
                .contains(
                        "{input} stands as a word of eval, where its value could be run. Move that"
                                + " into a script that checks \"$MUSTER_INPUT\" first.");
        assertThat(Template.refusalOf("[[ {choice} -gt 3 ]]"))
                .map(Fault::message)
                .contains(
                        "A command with {choice} in it has to be plain, and this one has [[ ]],"
                                + " which calculates; write [ ]. Move that into a script that"
                                + " checks \"$MUSTER_CHOICE\" first.");
    }

    @Test
    void aNulCannotHideWhatACommandIs() {
        assertThat(Template.refusalOf("ev\0al {input}"))
                .map(Fault::code)
                .contains("invalid_command");
    }

    static Stream<String> accepted() throws IOException {
        return lines("accepted.txt");
    }

    static Stream<Arguments> refused() throws IOException {
        return lines("refused.txt")
                .map(line -> line.split(" ", 2))
                .map(parts -> Arguments.of(parts[0], parts[1]));
    }

    private static Stream<String> lines(String list) throws IOException {
        return Files.readAllLines(LISTS.resolve(list)).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("# "))
                .map(line -> line.replace('␤', '\n'));
    }
}
