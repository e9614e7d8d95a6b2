package dev.muster.coordinator.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;

/** Eighty ways to write one path so that some reader along the way might see another. */
final class PathSpellings {

    private static final List<String> SLASHES =
            List.of(
                    "//", "/./", "%2f", "%2F", "%5c", "%5C", "\\", "/%2e/", "/.%2f", "%252f", ";/",
                    "/;/");

    private static final List<String> AHEAD =
            List.of(
                    "/",
                    "/.",
                    "/./",
                    "/..",
                    "/../",
                    "/x/..",
                    "/x/%2e%2e",
                    "/%2e",
                    "/%2e%2e",
                    "/..%2f",
                    "/%2e%2e%2f",
                    "/..;",
                    "/;",
                    "/%00",
                    "/%09",
                    "/%0a",
                    "/%0d%0a",
                    "/%3b",
                    "/%2f",
                    "/%5c",
                    "/openapi.json/..",
                    "/openapi.json%2f..",
                    "/openapi.json/%2e%2e",
                    "/openapi.json;",
                    "/api/health/..",
                    "/api/health/../..",
                    "http://x//",
                    "/%c0%ae",
                    "/%ef%bc%8f",
                    "/%u002f",
                    "/%",
                    "/%%32%66");

    private static final List<String> BEHIND =
            List.of(
                    "/",
                    "//",
                    "/.",
                    "/..",
                    "/x/..",
                    ";",
                    ";x=1",
                    "%3b",
                    "%00",
                    "%20",
                    "%09",
                    "%0a",
                    "%2f",
                    "%5c",
                    "%2e",
                    ".json",
                    "%23",
                    "#",
                    "%3f",
                    "?",
                    "%252f",
                    "\\",
                    "/%2e",
                    "/%2e%2e/x",
                    "%",
                    "%2",
                    "~",
                    "..");

    private PathSpellings() {}

    static List<String> of(String path) {
        var spellings = new ArrayList<String>();
        for (var slash : SLASHES) {
            spellings.add(
                    "/" + path.substring(1).replaceFirst("/", Matcher.quoteReplacement(slash)));
        }
        AHEAD.forEach(prefix -> spellings.add(prefix + path));
        BEHIND.forEach(suffix -> spellings.add(path + suffix));
        var last = path.charAt(path.length() - 1);
        spellings.add(path.substring(0, path.length() - 1) + "%" + Integer.toHexString(last));
        spellings.add(path.toUpperCase(Locale.ROOT));
        spellings.add(path.replace("api", "%61pi"));
        spellings.add(path.replace("api", "%41pi"));
        spellings.add(path.replace("api", "ap%69"));
        spellings.add(path.replace("api", "Api"));
        spellings.add(path.substring(1));
        spellings.add("*");
        return spellings;
    }
}
