package dev.muster.coordinator.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * The contract as people read it: a page of ours and the viewer it needs (Swagger UI, from its
 * webjar), both from here. Immutable.
 */
final class Docs {

    private static final String VIEWER = "/META-INF/resources/webjars/swagger-ui/";
    private static final String VIEWER_VERSION =
            "/META-INF/maven/org.webjars/swagger-ui/pom.properties";

    private static final String PAGE = "docs.html";

    private final PageFiles files;

    /** Reads all of it; for the start only. */
    Docs() {
        var viewer = VIEWER + viewerVersion() + "/";
        files =
                new PageFiles("'self'")
                        .add(PAGE, "/docs/" + PAGE)
                        .add("docs.css", "/docs/docs.css")
                        .add("docs.js", "/docs/docs.js")
                        .add("swagger-ui.css", viewer + "swagger-ui.css")
                        .add("swagger-ui-bundle.js", viewer + "swagger-ui-bundle.js")
                        .add("favicon.png", viewer + "favicon-32x32.png");
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

    void bind(Operations operations) {
        operations
                .on("getDocs", Access.OPEN, call -> files.answer(call, PAGE))
                .on("getDocsFile", Access.OPEN, call -> files.answer(call, call.path("file")));
    }
}
