package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Optional;

class IfMatchTest {

    @Test
    void whoNamesNoVersionMeansTheOneThereIs() {
        assertThatCode(() -> new IfMatch(Optional.empty()).require(3)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"3\"", "*", "\"2\", \"3\"", "W/\"2\",\"3\""})
    void theRightVersionPasses(String header) {
        assertThatCode(() -> new IfMatch(Optional.of(header)).require(3))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"2\"", "\"33\"", "W/\"3\"", "\"\"", "\"03\"", "\"*\""})
    void anyOtherDoesNotAndIsToldWhichThereIs(String header) {
        var problem =
                catchThrowableOfType(
                        Problem.class, () -> new IfMatch(Optional.of(header)).require(3));

        assertThat(problem.status()).isEqualTo(412);
        assertThat(problem.headers()).containsEntry("ETag", "\"3\"");
    }
}
