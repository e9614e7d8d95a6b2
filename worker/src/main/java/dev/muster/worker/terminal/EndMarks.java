package dev.muster.worker.terminal;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Finds the one mark in a terminal's output that ends the stage: {@code ESC ] 133 ; D ; status ;
 * nonce BEL} with the nonce that only the driver was told. All other bytes pass through unchanged;
 * of the mark only the nonce is left out. Fed with chunks cut anywhere, it holds back no more than
 * the beginning of what may become the mark. Not thread-safe.
 */
final class EndMarks {

    private static final byte[] START = "\033]133;D;".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_DIGITS = 3;

    /** Told of each mark after all bytes before it are with the output. */
    interface Listener {
        void ended(int status) throws IOException;
    }

    private final TerminalOutput output;
    private final Listener listener;

    private byte @Nullable [] rest; // of the awaited mark, after the status: ";nonce BEL"
    private final byte[] held;
    private int matched; // how many bytes are held
    private int digits;
    private int status;

    EndMarks(TerminalOutput output, Listener listener, int nonceLength) {
        this.output = output;
        this.listener = listener;
        this.held = new byte[START.length + MOST_DIGITS + nonceLength + 2];
    }

    /** From here on the mark with this nonce, and no other, ends the stage; once. */
    void expect(String nonce) {
        rest = (";" + nonce + "\007").getBytes(StandardCharsets.US_ASCII);
    }

    void feed(byte[] bytes, int from, int length) throws IOException {
        int passed = from; // all before this is with the output or held
        for (int i = from; i < from + length; i++) {
            byte b = bytes[i];
            boolean candidate = continues(b);
            if (!candidate && matched > 0) {
                release();
                passed = i;
                candidate = continues(b); // what broke one mark may begin another
            }
            if (!candidate) {
                continue;
            }
            if (matched == 0) {
                pass(bytes, passed, i);
            }
            held[matched++] = b;
            passed = i + 1;
            if (isWhole()) {
                finish();
            }
        }
        pass(bytes, passed, from + length);
    }

    /** Gives out what was held back; nothing more will come. */
    void flush() throws IOException {
        release();
    }

    private boolean continues(byte b) {
        if (rest == null) {
            return false;
        }
        if (matched < START.length) {
            return b == START[matched];
        }
        int afterDigits = matched - START.length - digits;
        if (afterDigits == 0 && b >= '0' && b <= '9' && digits < MOST_DIGITS) {
            digits++;
            status = status * 10 + (b - '0');
            return true;
        }
        return digits > 0 && b == rest[afterDigits];
    }

    private boolean isWhole() {
        return rest != null && matched == START.length + digits + rest.length && digits > 0;
    }

    private void finish() throws IOException {
        int ended = status;
        matched = 0;
        forget();
        rest = null;
        var shown = StageScript.endMark(ended);
        output.accept(shown, 0, shown.length);
        listener.ended(ended);
    }

    private void release() throws IOException {
        int length = matched;
        matched = 0;
        forget();
        pass(held, 0, length);
    }

    private void forget() {
        digits = 0;
        status = 0;
    }

    private void pass(byte[] bytes, int from, int to) throws IOException {
        if (to > from) {
            output.accept(bytes, from, to - from);
        }
    }
}
