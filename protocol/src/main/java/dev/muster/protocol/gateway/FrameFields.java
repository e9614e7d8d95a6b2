package dev.muster.protocol.gateway;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;

/** What was read of a frame so far; only the fields that its kind needs must be there. */
final class FrameFields {

    private static final int MOST_TOKEN = 8 * 1024;
    private static final int MOST_WORD = 256;

    private final byte[] bytes;
    private @Nullable String kind;
    private @Nullable String address;
    private @Nullable String token;
    private @Nullable String sentence;
    private @Nullable Long id;
    private @Nullable Long timeoutMillis;
    private @Nullable Long code;
    private @Nullable Long version;
    private @Nullable Long tokenSeconds;
    private byte @Nullable [] body;

    FrameFields(byte[] bytes) {
        this.bytes = bytes;
    }

    void take(JsonParser parser) throws IOException {
        var name = parser.currentName();
        parser.nextToken();
        switch (name) {
            case "frame" -> kind = text(parser, MOST_WORD);
            case "address" -> address = text(parser, MOST_WORD);
            case "token" -> token = text(parser, MOST_TOKEN);
            case "sentence" -> sentence = text(parser, MOST_TOKEN);
            case "id" -> id = number(parser);
            case "timeoutMillis" -> timeoutMillis = number(parser);
            case "code" -> code = number(parser);
            case "v" -> version = number(parser);
            case "tokenSeconds" -> tokenSeconds = number(parser);
            case "body" -> body = cut(parser);
            default -> parser.skipChildren();
        }
    }

    private static String text(JsonParser parser, int most) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING || parser.getTextLength() > most) {
            throw new WireException("A field of a frame is no text of its length.");
        }
        return parser.getText();
    }

    private static Long number(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw new WireException("A field of a frame is no whole number.");
        }
        return parser.getLongValue();
    }

    private byte[] cut(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new WireException("The body of a frame is a JSON object.");
        }
        var from = parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        var to = parser.currentLocation().getByteOffset();
        if (from < 0 || to <= from || to > bytes.length) {
            throw new WireException("A frame is in UTF-8."); // others have no byte offsets
        }
        return Arrays.copyOfRange(bytes, (int) from, (int) to);
    }

    Frame frame() {
        return switch (need(kind, "frame")) {
            case "opened" -> opened(need(version, "v"), need(tokenSeconds, "tokenSeconds"));
            case "request" ->
                    new Frame.Request(
                            need(id, "id"),
                            need(address, "address"),
                            need(timeoutMillis, "timeoutMillis"),
                            need(body, "body"));
            case "auth" -> new Frame.Auth(need(token, "token"));
            case "answer" -> new Frame.Answer(need(id, "id"), need(body, "body"));
            case "failure" ->
                    new Frame.Failure(
                            need(id, "id"), status(need(code, "code")), need(sentence, "sentence"));
            case "order" -> new Frame.Order(need(body, "body"));
            default -> throw new WireException("A frame of a kind that is not known came.");
        };
    }

    private static int status(long code) {
        if (code < 100 || code > 999) {
            throw new WireException("A failure's code has three digits.");
        }
        return (int) code;
    }

    private static Frame opened(long v, long tokenSeconds) {
        if (v != Wire.VERSION) {
            throw new WireException(
                    "The other side speaks protocol version "
                            + v
                            + "; this side speaks version "
                            + Wire.VERSION
                            + ".");
        }
        return new Frame.Opened((int) v, tokenSeconds);
    }

    private static <T> T need(@Nullable T value, String name) {
        if (value == null) {
            throw new WireException("A frame lacks its field " + name + ".");
        }
        return value;
    }
}
