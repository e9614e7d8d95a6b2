package dev.muster.coordinator.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.util.Base64;

/**
 * A part of a file as JSON can hold it: text if it is UTF-8 without NUL, else base64.
 *
 * @param length how many bytes of the file it stands for
 */
record Content(String text, boolean binary, int length) {

    /** Most bytes that one character may miss at the end of a part. */
    private static final int LONGEST_REST = 3;

    /**
     * Reads a part. The last character of one that goes on may be cut off: then the part ends
     * before it.
     *
     * @param isEnd whether the file ends with it
     */
    static Content of(byte[] bytes, boolean isEnd) {
        var decoder = UTF_8.newDecoder();
        var from = ByteBuffer.wrap(bytes);
        var into = CharBuffer.allocate(bytes.length);
        var result = decoder.decode(from, into, isEnd);
        int length = from.position();
        boolean whole = result.isUnderflow() && bytes.length - length <= LONGEST_REST;
        if (!whole || (length == 0 && bytes.length > 0) || contains(bytes, (byte) 0)) {
            return new Content(Base64.getEncoder().encodeToString(bytes), true, bytes.length);
        }
        return new Content(new String(bytes, 0, length, UTF_8), false, length);
    }

    private static boolean contains(byte[] bytes, byte one) {
        for (var each : bytes) {
            if (each == one) {
                return true;
            }
        }
        return false;
    }

    void addTo(JsonObject json) {
        json.put("binary", binary)
                .put("encoding", binary ? "base64" : "utf-8")
                .put("content", text)
                .put("length", length);
    }
}
