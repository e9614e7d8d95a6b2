package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.http.Problem;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

class PasswordsTest {

    private final Passwords passwords = new Passwords();

    @AfterEach
    void close() {
        passwords.close();
    }

    @Test
    void theRightPasswordVerifiesAndNoOther() {
        var stored = Optional.of(passwords.hash("grüne Äpfel 🍏"));
        assertThat(passwords.verify("grüne Äpfel 🍏", stored)).isTrue();
        assertThat(passwords.verify("grüne Äpfel", stored)).isFalse();
        assertThat(passwords.verify("", stored)).isFalse();
    }

    @Test
    void aHashTellsHowItWasMadeAndIsSaltedAnew() {
        var first = passwords.hash("same");
        assertThat(first).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        assertThat(passwords.hash("same")).isNotEqualTo(first);
    }

    /** From the reference implementation's own tests: version 19, 64 MiB would be too slow here. */
    @Test
    void aHashOfOtherParametersStillVerifies() {
        var stored =
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ"
                        + "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assertThat(passwords.verify("password", Optional.of(stored))).isTrue();
        assertThat(passwords.verify("passwore", Optional.of(stored))).isFalse();
    }

    @Test
    void nobodyHasAPasswordNotEvenTheStandInsOwn() {
        assertThat(passwords.verify("nobody has this password", Optional.empty())).isFalse();
    }

    @Test
    void lengthIsCountedInCharactersAsPeopleCount() {
        assertThat(isFit("12 letters?")).isFalse();
        assertThat(isFit("12 letters!!")).isTrue();
        assertThat(isFit("ab" + "🍏".repeat(1022))).isTrue();
        assertThat(isFit("ab" + "x".repeat(1023))).isFalse();
        // eleven characters, each written as two
        assertThat(isFit("u\u0308".repeat(11))).isFalse();
    }

    @Test
    void whatIsTriedFirstIsRefused() {
        assertThat(isFit("1qaz2wsx3edc")).isFalse();
        assertThat(isFit("1QAZ2wsx3EDC")).isFalse();
        assertThat(isFit("aaaaaaaaaaaaaaaa")).isFalse();
        assertThat(isFit("annabelle-annabelle")).isFalse();
        assertThat(isFit("Annabelle2026")).isFalse();
        assertThat(isFit("annabelle has a horse")).isTrue();
    }

    private static boolean isFit(String password) {
        return Passwords.fault("/p", "annabelle", password).isEmpty();
    }

    @Test
    void howALetterIsComposedMakesNoDifference() {
        var stored = Optional.of(passwords.hash("gr\u00fcne \u00c4pfel"));
        assertThat(passwords.verify("gru\u0308ne A\u0308pfel", stored)).isTrue();
    }

    @Test
    void aCrowdIsTurnedAwayAndTheRestServed() throws Exception {
        var together = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var outcomes =
                    IntStream.range(0, 200)
                            .mapToObj(_ -> threads.submit(() -> tryOnce(together)))
                            .toList();
            together.countDown();
            assertThat(outcomes).extracting(Future::get).contains(200, 503).containsOnly(200, 503);
        }
        assertThat(passwords.verify("x", Optional.empty())).isFalse();
    }

    private int tryOnce(CountDownLatch together) throws InterruptedException {
        together.await();
        try {
            passwords.verify("x", Optional.empty());
            return 200;
        } catch (Problem problem) {
            return problem.status();
        }
    }

    @Test
    void whatIsNoHashIsABug() {
        assertThatThrownBy(() -> passwords.verify("x", Optional.of("$2a$10$x")))
                .isInstanceOf(IllegalStateException.class);
    }
}
