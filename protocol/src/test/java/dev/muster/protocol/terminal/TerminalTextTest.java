package dev.muster.protocol.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TerminalTextTest {

    @Test
    void whatATerminalIsToldIsNotText() {
        assertThat(TerminalText.plain("\u001b]133;A\u0007$ \u001b]133;B\u0007sh 'x'"))
                .isEqualTo("$ sh 'x'");
        assertThat(TerminalText.plain("a \u001b[1;32m+++\u001b[m b")).isEqualTo("a +++ b");
        assertThat(TerminalText.plain("\u001b]0;title\u001b\\text\u001b(B")).isEqualTo("textB");
        assertThat(TerminalText.plain("cut \u001b[3")).isEqualTo("cut ");
        assertThat(TerminalText.plain("cut \u001b]8;;http")).isEqualTo("cut ");
    }

    @Test
    void aLineIsShownAsItLookedInTheEnd() {
        assertThat(TerminalText.plain("10%\r50%\r100%\r")).isEqualTo("100%");
        assertThat(TerminalText.plain("a\r\r")).isEqualTo("a");
        assertThat(TerminalText.plain("\r")).isEmpty();
        assertThat(TerminalText.plain("")).isEmpty();
    }
}
