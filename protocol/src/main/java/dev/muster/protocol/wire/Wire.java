package dev.muster.protocol.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;

/**
 * Messages as bytes. Each is a JSON object with {@code v}, the version of the protocol that wrote
 * it.
 *
 * <p>Within a version fields are only added, so a reader skips those it does not know. Thread-safe.
 */
public final class Wire {

    /** The version this code speaks. */
    public static final int VERSION = 1;

    /** No message is larger, in bytes; a sender splits what is. */
    public static final int LARGEST_MESSAGE = 1024 * 1024;

    private static final ObjectMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(32)
                                                    .maxStringLength(LARGEST_MESSAGE)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .annotationIntrospector(new NullableIsOptional())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .defaultPropertyInclusion(
                            JsonInclude.Value.construct(
                                    JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
                    .build();

    private Wire() {}

    /**
     * Writes {@code message}.
     *
     * @throws WireException if it is larger than {@link #LARGEST_MESSAGE}: the sender should have
     *     split it
     */
    public static byte[] encode(Object message) {
        try {
            var bytes = MAPPER.writeValueAsBytes(message);
            if (bytes.length > LARGEST_MESSAGE) {
                throw new WireException(
                        "A message of "
                                + bytes.length
                                + " bytes is over the limit of "
                                + LARGEST_MESSAGE
                                + ".");
            }
            return bytes;
        } catch (JsonProcessingException e) {
            throw new WireException(
                    "A " + message.getClass().getSimpleName() + " could not be written.", e);
        }
    }

    /**
     * Reads a message of the given type.
     *
     * @throws WireException if the bytes are too many, no JSON, of another version, or break a rule
     *     of the type
     */
    public static <T> T decode(byte[] bytes, Class<T> type) {
        if (bytes.length > LARGEST_MESSAGE) {
            throw new WireException(
                    "A message of "
                            + bytes.length
                            + " bytes is over the limit of "
                            + LARGEST_MESSAGE
                            + ".");
        }
        try {
            var message = MAPPER.readValue(bytes, type);
            if (message == null) {
                throw new WireException("A " + type.getSimpleName() + " was the JSON null.");
            }
            if (message instanceof Versioned versioned && versioned.v() != VERSION) {
                throw new WireException(
                        "A "
                                + type.getSimpleName()
                                + " of protocol version "
                                + versioned.v()
                                + " came; this side speaks version "
                                + VERSION
                                + ".");
            }
            return message;
        } catch (JsonProcessingException e) {
            // The library's own message quotes the input, which may hold secrets: only say where it
            // went wrong.
            throw new WireException(
                    "A " + type.getSimpleName() + " could not be read" + whereOf(e) + ".", e);
        } catch (IOException e) {
            throw new WireException("A " + type.getSimpleName() + " could not be read.", e);
        }
    }

    /**
     * How many bytes {@code message} takes.
     *
     * @throws WireException if it is larger than any message may be
     */
    public static int sizeOf(Object message) {
        return encode(message).length;
    }

    /**
     * Reads a document that a person or the database holds, such as a pipeline; of any length,
     * since one that came as a small body may be longer when it is written again.
     *
     * @throws WireException if it is no JSON
     */
    public static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new WireException("This is no JSON document" + whereOf(e) + ".", e);
        }
    }

    private static String whereOf(JsonProcessingException e) {
        var location = e.getLocation();
        return location == null
                ? ""
                : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }
}
