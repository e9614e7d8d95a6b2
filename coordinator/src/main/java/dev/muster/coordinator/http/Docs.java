package dev.muster.coordinator.http;

import io.vertx.core.buffer.Buffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;

/**
 * The contract as people read it: a page of ours and the viewer it needs (Swagger UI, from its
 * webjar), both from here. The page's policy lets it speak to no other host and run nothing that
 * stands in it. Immutable.
 */
final class Docs {

    private static final String VIEWER = "/META-INF/resources/webjars/swagger-ui/";
    private static final String VIEWER_VERSION =
            "/META-INF/maven/org.webjars/swagger-ui/pom.properties";

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'";

    private static final String PAGE = "docs.html";

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "png", "image/png");

    private final Map<String, Answer> files = new HashMap<>();

    /** Reads all of it; for the start only. */
    Docs() {
        add(PAGE, "/docs/" + PAGE);
        add("docs.css", "/docs/docs.css");
        add("docs.js", "/docs/docs.js");
        var viewer = VIEWER + viewerVersion() + "/";
        add("swagger-ui.css", viewer + "swagger-ui.css");
        add("swagger-ui-bundle.js", viewer + "swagger-ui-bundle.js");
        add("favicon.png", viewer + "favicon-32x32.png");
    }

    private static String viewerVersion() {
        var properties = new Properties();
        try (var in = Docs.class.getResourceAsStream(VIEWER_VERSION)) {
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String name, String resource) {
        var type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null) {
            throw new IllegalStateException("nobody said what type " + name + " is of");
        }
        try (var in = Docs.class.getResourceAsStream(resource)) {
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
                                    POLICY,
                                    "Referrer-Policy",
                                    "no-referrer",
                                    // kept, and asked for anew each time: most of it is the viewer
                                    "Cache-Control",
                                    "no-cache",
                                    "ETag",
                                    tag(bytes))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String tag(byte[] bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return '"' + HexFormat.of().formatHex(digest, 0, 16) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    void bind(Operations operations) {
        operations
                .on("getDocs", Access.OPEN, call -> file(call, PAGE))
                .on("getDocsFile", Access.OPEN, call -> file(call, call.path("file")));
    }

    private Answer file(Call call, String name) {
        var file = files.get(name);
        if (file == null) {
            throw Problem.notFound("There is nothing at this address.");
        }
        var isKnown = call.header("If-None-Match").filter(file.headers().get("ETag")::equals);
        return isKnown.isPresent() ? new Answer(304, null, file.headers()) : file;
    }
}
