package dev.muster.coordinator.account.totp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

class CodesTest {

    private static final byte[] SECRET = "12345678901234567890".getBytes(StandardCharsets.US_ASCII);

    /** From RFC 6238, appendix B: the last six of its eight digits. */
    @ParameterizedTest
    @CsvSource({
        "59, 287082",
        "1111111109, 081804",
        "1111111111, 050471",
        "1234567890, 005924",
        "2000000000, 279037",
        "20000000000, 353130"
    })
    void codesAreThoseOfTheStandard(long now, String code) {
        assertThat(Codes.at(SECRET, now / 30)).isEqualTo(code);
        assertThat(Codes.stepOf(SECRET, code, now)).isEqualTo(OptionalLong.of(now / 30));
    }

    @Test
    void theStepBeforeAndTheOneAfterAreTakenAndNoOther() {
        long step = 40_000_000;
        var code = Codes.at(SECRET, step);
        for (var offset = -3; offset <= 3; offset++) {
            var found = Codes.stepOf(SECRET, code, (step + offset) * 30 + 29);
            assertThat(found.isPresent()).as("offset " + offset).isEqualTo(Math.abs(offset) <= 1);
        }
    }

    @Test
    void whatIsNoCodeIsNone() {
        for (var nonsense : new String[] {"", "28708", "2870820", "٢٨٧٠٨٢", "28708\0", "-87082"}) {
            assertThat(Codes.stepOf(SECRET, nonsense, 59)).as(nonsense).isEmpty();
        }
    }
}
