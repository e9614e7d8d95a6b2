package dev.muster.coordinator.account.developer;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitIdentityTest {

    @ParameterizedTest
    @ValueSource(strings = {"Ann", "Änn-Marie O'Hara", "安", "李 雷", "x", "Ann (ops)", "4nn"})
    void namesOfPeopleAreTaken(String name) {
        assertThat(GitIdentity.isName(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "Ann ",
                "a\nb",
                "a\rb",
                "a\tb",
                "a\0",
                "a<b",
                "a>",
                "\u202eevil",
                "a\u2028b",
                "a\u0085b",
                "a\u200bb",
                "\ud800",
                "...",
                "\u001b[31mred"
            })
    void whatBreaksALineOrHidesIsRefused(String name) {
        assertThat(GitIdentity.isName(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a@b", "ann+ci@example.com", "admin@localhost", "änn@bücher.example"})
    void addressesAreTaken(String email) {
        assertThat(GitIdentity.isEmail(email)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "@",
                "a@",
                "@b",
                "a b@c",
                "a@b@c",
                "a@b\n",
                "a@b>",
                "<a@b",
                "a@\0",
                "a@b\u202e",
                "a@b\u00a0\u2028"
            })
    void whatIsNoAddressIsRefused(String email) {
        assertThat(GitIdentity.isEmail(email)).isFalse();
    }

    @Property
    void whateverIsTakenStaysOneLineOfGits(@ForAll String text) {
        if (GitIdentity.isName(text) || GitIdentity.isEmail(text)) {
            assertThat(text).doesNotContain("\n", "\r", "<", ">", "\0");
        }
    }
}
