package dev.muster.coordinator.proof;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Makes requests that follow the contract, but for one to three things. */
public final class Mutator {

    /** Stands in a JSON text for what no writer would write there. */
    private static final String MARK = "\u2603";

    /** More bytes than a connection surely holds for who does not read. */
    private static final int LARGE = 16 << 10;

    private final List<String> fields;

    /**
     * @param contract lends the names of its fields
     */
    public Mutator(ServedContract contract) {
        this.fields = List.copyOf(contract.fields());
    }

    /**
     * A request before it is spoiled.
     *
     * @param path with its parameters filled in
     * @param token empty for none
     */
    public record Draft(Served operation, String path, @Nullable JsonObject body, String token) {}

    /** One spoiled request; the same for the same draft and the same numbers. */
    public Mutant spoiled(Draft draft, RandomGenerator random) {
        var work = new Work(draft, random);
        var times = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            work.spoil();
        }
        return work.mutant();
    }

    private final class Work {
        private final RandomGenerator random;
        private final List<String> done = new ArrayList<>();
        private final List<String> headers = new ArrayList<>();
        private final @Nullable JsonObject body;
        private final List<String> snippets = new ArrayList<>();
        private final String name;
        private String method;
        private String path;
        private String query = "";
        private String version = "HTTP/1.1";
        private byte @Nullable [] raw;
        private @Nullable String framing;

        Work(Draft draft, RandomGenerator random) {
            this.random = random;
            this.name = draft.operation().id();
            this.method = draft.operation().method();
            var parts = draft.path().split("\\?", 2);
            this.path = parts[0];
            this.query = parts.length > 1 ? "?" + parts[1] : "";
            this.body = draft.body() == null ? null : draft.body().copy();
            headers.add("Host: localhost");
            if (!draft.token().isEmpty()) {
                headers.add("Authorization: Bearer " + draft.token());
            }
            for (var parameter : draft.operation().parametersIn("query").toList()) {
                if (random.nextInt(4) == 0) {
                    addQuery(parameter.name());
                }
            }
        }

        void spoil() {
            var dice = random.nextInt(100);
            if (body != null && dice < 60) {
                spoilBody();
            } else if (dice < 70) {
                note("query");
                addQuery(random.nextBoolean() ? anyField() : "limit");
            } else if (dice < 80) {
                spoilPath();
            } else if (dice < 88) {
                note("header");
                headers.add(
                        random.nextInt(headers.size() + 1), Hostile.oneOf(Hostile.HEADERS, random));
            } else if (dice < 92) {
                note("framing");
                framing = Hostile.oneOf(Hostile.FRAMINGS, random);
            } else if (dice < 96) {
                note("method");
                method = Hostile.oneOf(Hostile.METHODS, random);
            } else if (dice < 99) {
                note("token");
                headers.removeIf(header -> header.startsWith("Authorization"));
                headers.add("Authorization: Bearer " + Hostile.oneOf(Hostile.TOKENS, random));
            } else {
                note("version");
                version = Hostile.oneOf(List.of("HTTP/1.0", "HTTP/1.1 ", "http/1.1", ""), random);
            }
        }

        private void note(String what) {
            done.add(what);
        }

        private String anyField() {
            return Hostile.oneOf(fields, random);
        }

        private void addQuery(String parameter) {
            var value =
                    switch (random.nextInt(3)) {
                        case 0 -> Hostile.oneOf(Hostile.PATHS, random);
                        case 1 -> Integer.toString(random.nextInt(300));
                        default -> escaped(Hostile.oneOf(Hostile.TEXTS, random));
                    };
            query += (query.isEmpty() ? "?" : "&") + parameter + "=" + value;
        }

        private static String escaped(String text) {
            var few = text.length() > 2000 ? text.substring(0, 2000) : text;
            return URLEncoder.encode(few, StandardCharsets.UTF_8);
        }

        private void spoilPath() {
            note("path");
            var segments = new ArrayList<>(Arrays.asList(path.split("/", -1)));
            var at = random.nextInt(segments.size());
            var hostile =
                    random.nextInt(4) == 0
                            ? escaped(Hostile.oneOf(Hostile.TEXTS, random))
                            : Hostile.oneOf(Hostile.PATHS, random);
            switch (random.nextInt(4)) {
                case 0 -> segments.add(at, hostile);
                case 1 -> segments.remove(at);
                // where parameters stand
                default -> segments.set(segments.size() > 4 ? 4 : at, hostile);
            }
            path = String.join("/", segments);
        }

        private void spoilBody() {
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> {
                    note("value");
                    put(anyNode(body), true, hostileValue());
                }
                case 4, 5 -> {
                    note("text");
                    put(anyNode(body), true, Hostile.oneOf(Hostile.TEXTS, random));
                }
                case 6 -> {
                    note("missing");
                    remove(anyNode(body));
                }
                case 7 -> {
                    note("extra");
                    put(anyNode(body), false, hostileValue());
                }
                case 8 -> {
                    note("bytes");
                    raw = spoiledBytes(json());
                }
                default -> {
                    note("whole");
                    raw = wholeOther();
                }
            }
        }

        /** An object or array somewhere in {@code root}, most often itself. */
        private Object anyNode(Object root) {
            var children =
                    switch (root) {
                        case JsonObject object -> object.stream().map(Map.Entry::getValue).toList();
                        case JsonArray array -> array.stream().toList();
                        default -> List.of();
                    };
            var inner =
                    children.stream()
                            .filter(c -> c instanceof JsonObject || c instanceof JsonArray)
                            .toList();
            return inner.isEmpty() || random.nextInt(3) > 0
                    ? root
                    : anyNode(Hostile.oneOf(inner, random));
        }

        private void put(Object node, boolean known, String value) {
            switch (node) {
                case JsonObject object -> {
                    var names = List.copyOf(object.fieldNames());
                    var name =
                            known && !names.isEmpty() ? Hostile.oneOf(names, random) : anyField();
                    object.put(name, value);
                }
                case JsonArray array -> array.add(value);
                default -> throw new IllegalStateException("no place in " + node);
            }
        }

        private void remove(Object node) {
            switch (node) {
                case JsonObject object when !object.isEmpty() ->
                        object.remove(Hostile.oneOf(List.copyOf(object.fieldNames()), random));
                case JsonArray array when !array.isEmpty() ->
                        array.remove(random.nextInt(array.size()));
                default -> {}
            }
        }

        private String hostileValue() {
            var value =
                    random.nextInt(60) == 0
                            ? "\"" + "\u00e9".repeat(500_000) + "\""
                            : Hostile.oneOf(Hostile.VALUES, random);
            snippets.add(value);
            return MARK + (snippets.size() - 1) + MARK;
        }

        private byte[] json() {
            var text = body == null ? "" : body.encode();
            for (int i = 0; i < snippets.size(); i++) {
                text = text.replace("\"" + MARK + i + MARK + "\"", snippets.get(i));
            }
            return text.getBytes(StandardCharsets.UTF_8);
        }

        private byte[] spoiledBytes(byte[] good) {
            var at = good.length == 0 ? 0 : random.nextInt(good.length);
            var bytes = new ByteArrayOutputStream();
            bytes.write(good, 0, at);
            var rest = random.nextInt(4);
            if (rest == 0) {
                // cut off
                return bytes.toByteArray();
            }
            bytes.write(random.nextInt(256));
            var skipped = rest == 1 && at < good.length ? 1 : 0;
            bytes.write(good, at + skipped, good.length - at - skipped);
            if (rest == 2) {
                bytes.writeBytes(good);
            }
            return bytes.toByteArray();
        }

        private byte[] wholeOther() {
            return switch (random.nextInt(6)) {
                case 0 -> new byte[0];
                case 1 -> randomBytes();
                case 2 -> " ".repeat(1 << 20).concat("{}").getBytes(StandardCharsets.US_ASCII);
                // the same field twice
                case 3 ->
                        new String(json(), StandardCharsets.UTF_8)
                                .replaceFirst("\\{(\"[^\"]*\":)", "{$1null,$1")
                                .getBytes(StandardCharsets.UTF_8);
                default -> Hostile.oneOf(Hostile.VALUES, random).getBytes(StandardCharsets.UTF_8);
            };
        }

        private byte[] randomBytes() {
            var bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            return bytes;
        }

        Mutant mutant() {
            var content = raw != null ? raw : body != null ? json() : null;
            var head = new ArrayList<>(headers);
            if (content != null && headers.stream().noneMatch(h -> h.startsWith("Content-Type"))) {
                head.add("Content-Type: application/json");
            }
            if (framing != null) {
                head.add(framing);
            } else if (content != null) {
                head.add("Content-Length: " + content.length);
            }
            var text =
                    method
                            + " "
                            + path
                            + query
                            + " "
                            + version
                            + "\r\n"
                            + String.join("\r\n", head)
                            + "\r\n\r\n";
            var bytes = new ByteArrayOutputStream();
            bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            if (content != null) {
                bytes.writeBytes(content);
            }
            return new Mutant(name + " " + done, bytes.toByteArray(), traits(bytes.size()));
        }

        private Set<Mutant.Trait> traits(int length) {
            var traits = EnumSet.noneOf(Mutant.Trait.class);
            var spoiledHead = done.contains("header") || done.contains("method");
            if (spoiledHead) {
                traits.add(Mutant.Trait.LAST);
            }
            // a server that gives up on the head closes; what else was sent may undo its answer
            if (framing != null || done.contains("version") || (spoiledHead && length > LARGE)) {
                traits.add(Mutant.Trait.OPEN_ENDED);
            }
            if (method.equals("HEAD")) {
                traits.add(Mutant.Trait.HEAD);
            }
            if (done.contains("version")) {
                traits.add(Mutant.Trait.OTHER_VERSION);
            }
            return Set.copyOf(traits);
        }
    }
}
