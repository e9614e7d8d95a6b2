package dev.muster.worker.workspace;

import java.util.Map;

/**
 * Who commits made in a workspace are by, as environment variables. Variables, because a repository
 * or home directory may have a config of its own, and these win over every one.
 */
final class Identity {

    private static final int MOST = 200;

    private Identity() {}

    static Map<String, String> environment(String name, String email) {
        var plainName = plain(name, "Muster");
        var plainEmail = plain(email, "muster@localhost");
        return Map.of(
                "GIT_AUTHOR_NAME", plainName,
                "GIT_AUTHOR_EMAIL", plainEmail,
                "GIT_COMMITTER_NAME", plainName,
                "GIT_COMMITTER_EMAIL", plainEmail);
    }

    /**
     * Without what would end a line of a commit or of an environment; never what git calls empty.
     */
    private static String plain(String text, String otherwise) {
        var kept = new StringBuilder();
        text.codePoints()
                .limit(MOST)
                .filter(c -> c != '<' && c != '>' && !acts(c))
                .forEach(kept::appendCodePoint);
        return kept.codePoints().anyMatch(Character::isLetterOrDigit)
                ? kept.toString().strip()
                : otherwise;
    }

    private static boolean acts(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> false;
        };
    }
}
