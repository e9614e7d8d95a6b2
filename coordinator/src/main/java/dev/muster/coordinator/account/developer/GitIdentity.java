package dev.muster.coordinator.account.developer;

import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.pipeline.Fault;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Who a commit says it is by. Git writes it as {@code name <email>} on a line of its own. */
final class GitIdentity {

    private static final int LONGEST_NAME = 100;
    private static final int LONGEST_EMAIL = 254;
    private static final Pattern EMAIL = Pattern.compile("[^\\s@]+@[^\\s@]+");

    private GitIdentity() {}

    /**
     * Refuses what would break a commit's line, or look on it like somebody else.
     *
     * @throws Problem 400
     */
    static void check(Optional<String> name, Optional<String> email) {
        var faults = new ArrayList<Fault>();
        if (name.filter(text -> !isName(text)).isPresent()) {
            faults.add(
                    new Fault(
                            "/gitName",
                            "invalid_git_name",
                            "A name has 1 to 100 characters of one line, without < and >."));
        }
        if (email.filter(text -> !isEmail(text)).isPresent()) {
            faults.add(
                    new Fault(
                            "/gitEmail",
                            "invalid_git_email",
                            "An address is written as name@host, without < and >."));
        }
        if (!faults.isEmpty()) {
            throw Problem.badRequest(
                    faults.getFirst().code(), "Git cannot take this.", List.copyOf(faults));
        }
    }

    static boolean isName(String text) {
        return !text.isBlank()
                && text.equals(text.strip())
                && text.codePointCount(0, text.length()) <= LONGEST_NAME
                && text.codePoints().allMatch(GitIdentity::isPlain)
                && text.codePoints().anyMatch(Character::isLetterOrDigit);
    }

    static boolean isEmail(String text) {
        return text.length() <= LONGEST_EMAIL
                && EMAIL.matcher(text).matches()
                && text.codePoints().allMatch(GitIdentity::isPlain);
    }

    private static boolean isPlain(int character) {
        if (character == '<' || character == '>') {
            return false;
        }
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    false;
            default -> true;
        };
    }
}
