package dev.muster.coordinator.http;

import dev.muster.protocol.digest.Sha256;

import io.vertx.core.buffer.Buffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * A page of ours and what it is made of, read from the class path once, at the start. Its policy
 * lets it speak to no other host and run nothing that stands in it.
 */
public final class PageFiles {
    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "png", "image/png");

    private final String policy;
    private final Map<String, Answer> files = new HashMap<>();

    /**
     * @param styles what the policy says of styles: {@code 'self'}, and more for a page whose
     *     library makes some
     */
    public PageFiles(String styles) {
        this.policy =
                "default-src 'none'; script-src 'self'; style-src "
                        + styles
                        + "; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
                        + " form-action 'none'; frame-ancestors 'none'";
    }

    /**
     * Adds a file.
     *
     * @param resource where it is on the class path
     * @throws IllegalStateException if it is not there
     */
    public PageFiles add(String name, String resource) {
        var type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null) {
            throw new IllegalStateException("nobody said what type " + name + " is of");
        }
        try (var in = PageFiles.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing");
            }
            var bytes = in.readAllBytes();
            files.put(
                    name,
                    new Answer(
                            200,
                            Buffer.buffer(bytes),
                            Map.of(
                                    "Content-Type",
                                    type,
                                    "Content-Security-Policy",
                                    policy,
                                    "Referrer-Policy",
                                    "no-referrer",
                                    // kept, and asked for anew each time: most of it is a library
                                    "Cache-Control",
                                    "no-cache",
                                    "ETag",
                                    tag(bytes))));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String tag(byte[] bytes) {
        return '"' + HexFormat.of().formatHex(Sha256.of(bytes), 0, 16) + '"';
    }

    /**
     * The file of that name, unless the caller has it.
     *
     * @throws Problem 404 if there is none
     */
    public Answer answer(Call call, String name) {
        var file = files.get(name);
        if (file == null) {
            throw Problem.notFound("There is nothing at this address.");
        }
        var isKnown = call.header("If-None-Match").filter(file.headers().get("ETag")::equals);
        return isKnown.isPresent() ? new Answer(304, null, file.headers()) : file;
    }
}
