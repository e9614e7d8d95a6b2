package dev.muster.protocol.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;

import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * Frames as bytes: a JSON object with {@code frame}, the kind, and the components of its record.
 *
 * <p>Bodies are cut out and put in as they are, so carrying one costs a copy and not a parse into
 * objects. Fields that are not known are skipped. Thread-safe.
 */
public final class Frames {

    private static final int MOST_SENTENCE = 700;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(33)
                                    .maxStringLength(Wire.LARGEST_MESSAGE)
                                    .maxDocumentLength(Gateway.LARGEST_FRAME)
                                    .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    private Frames() {}

    /**
     * Writes {@code frame}.
     *
     * @throws WireException if it is larger than {@link Gateway#LARGEST_FRAME}
     */
    public static byte[] encode(Frame frame) {
        try {
            return switch (frame) {
                case Frame.Opened(var v, var seconds) -> {
                    var head = new Head("opened");
                    head.json.writeNumberField("v", v);
                    head.json.writeNumberField("tokenSeconds", seconds);
                    yield head.alone();
                }
                case Frame.Request(var id, var address, var timeout, var body) -> {
                    var head = new Head("request");
                    head.json.writeNumberField("id", id);
                    head.json.writeStringField("address", address);
                    head.json.writeNumberField("timeoutMillis", timeout);
                    yield head.with(body);
                }
                case Frame.Auth(var token) -> {
                    var head = new Head("auth");
                    head.json.writeStringField("token", token);
                    yield head.alone();
                }
                case Frame.Answer(var id, var body) -> {
                    var head = new Head("answer");
                    head.json.writeNumberField("id", id);
                    yield head.with(body);
                }
                case Frame.Failure(var id, var code, var sentence) -> {
                    var head = new Head("failure");
                    head.json.writeNumberField("id", id);
                    head.json.writeNumberField("code", code);
                    head.json.writeStringField("sentence", shortened(sentence));
                    yield head.alone();
                }
                case Frame.Order(var body) -> new Head("order").with(body);
            };
        } catch (IOException e) {
            throw new WireException("A frame could not be written.", e);
        }
    }

    private static String shortened(String sentence) {
        return sentence.length() <= MOST_SENTENCE ? sentence : sentence.substring(0, MOST_SENTENCE);
    }

    /** What stands before the body. */
    private static final class Head {

        private static final byte[] BODY = {',', '"', 'b', 'o', 'd', 'y', '"', ':'};

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        private final JsonGenerator json = JSON.createGenerator(bytes);

        Head(String kind) throws IOException {
            json.writeStartObject();
            json.writeStringField("frame", kind);
        }

        byte[] alone() throws IOException {
            json.writeEndObject();
            json.close();
            return bytes.toByteArray();
        }

        byte[] with(byte[] body) throws IOException {
            var head = alone();
            var open = head.length - 1; // without its closing brace
            var whole = Arrays.copyOf(head, open + BODY.length + body.length + 1);
            if (whole.length > Gateway.LARGEST_FRAME) {
                throw new WireException("A frame of " + whole.length + " bytes is too large.");
            }
            System.arraycopy(BODY, 0, whole, open, BODY.length);
            System.arraycopy(body, 0, whole, open + BODY.length, body.length);
            whole[whole.length - 1] = '}';
            return whole;
        }
    }

    /**
     * Reads a frame.
     *
     * @throws WireException if it is too large, no JSON object, or no frame this version knows
     */
    public static Frame decode(byte[] bytes) {
        if (bytes.length > Gateway.LARGEST_FRAME) {
            throw new WireException("A frame of " + bytes.length + " bytes is too large.");
        }
        try (var parser = JSON.createParser(bytes)) {
            var fields = new FrameFields(bytes);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new WireException("A frame is a JSON object.");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                fields.take(parser);
            }
            if (parser.nextToken() != null) {
                throw new WireException("A frame is one JSON object.");
            }
            return fields.frame();
        } catch (IOException e) {
            // its message quotes the input, which may hold a token
            throw new WireException("A frame could not be read.", e);
        }
    }
}
