package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Set;

class ScopesTest {

    @Test
    void aScopeAllowsItselfAndWritingAllowsReading() {
        for (var given : Scopes.ALL) {
            for (var needed : Scopes.ALL) {
                var same = given.equals(needed);
                var reads = given.replace(":write", ":read").equals(needed);
                assertThat(Scopes.allow(Set.of(given), needed))
                        .as(given + " for " + needed)
                        .isEqualTo(same || reads);
            }
        }
    }

    @Test
    void noScopeAllowsWhatNeedsALogin() {
        assertThat(Scopes.allow(Set.copyOf(Scopes.ALL), Scopes.SESSION)).isFalse();
    }

    @Test
    void nobodyGetsWhatAdminsDoWithoutAsking() {
        assertThat(Scopes.DEFAULT).hasSize(8).noneMatch(Scopes::isAdmins);
    }
}
