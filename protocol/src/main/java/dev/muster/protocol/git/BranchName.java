package dev.muster.protocol.git;

import dev.muster.protocol.pipeline.Fault;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The short name of a branch, such as {@code main} or {@code feature/x}.
 *
 * <p>Stricter than {@code git check-ref-format --branch}: what this accepts, git accepts, and never
 * as an option, a range or a reflog expression.
 *
 * @param value the name, without {@code refs/heads/}
 */
public record BranchName(String value) {

    /** UTF-8 bytes; leaves room for {@code .lock} in one file name. */
    public static final int MOST_BYTES = 200;

    /** Besides letters, marks and digits of any script. */
    private static final String PUNCTUATION = "/._-+@#=,";

    /**
     * Takes a name that has no fault.
     *
     * @throws IllegalArgumentException with the fault's sentence
     */
    public BranchName {
        faultIn(value)
                .ifPresent(
                        fault -> {
                            throw new IllegalArgumentException(fault.message());
                        });
    }

    /** What is wrong with {@code text} as a branch name; the pointer is empty. */
    public static Optional<Fault> faultIn(String text) {
        return Optional.ofNullable(objection(text))
                .map(
                        why ->
                                new Fault(
                                        "",
                                        "invalid_branch",
                                        "The branch name " + Quoted.of(text) + " " + why + "."));
    }

    private static @Nullable String objection(String text) {
        if (text.isEmpty()) {
            return "is empty";
        }
        if (text.length() > MOST_BYTES
                || text.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            return "is longer than " + MOST_BYTES + " bytes";
        }
        var strange = text.codePoints().filter(c -> !allowed(c)).findFirst();
        if (strange.isPresent()) {
            return "contains "
                    + Quoted.character(strange.getAsInt())
                    + "; letters, digits and "
                    + PUNCTUATION
                    + " are allowed";
        }
        if (text.startsWith("-")) {
            return "begins with a dash";
        }
        if (text.equals("@") || text.equals("HEAD")) {
            return "has a meaning of its own in git";
        }
        if (text.contains("..") || text.contains("@{")) {
            return "contains .. or @{, which git reads as an expression";
        }
        if (text.endsWith(".")) {
            return "ends with a dot";
        }
        for (var segment : text.split("/", -1)) {
            if (segment.isEmpty()) {
                return "begins or ends with a slash, or has two in a row";
            }
            if (segment.startsWith(".") || segment.endsWith(".lock")) {
                return "has a part that begins with a dot or ends with .lock";
            }
        }
        return null;
    }

    private static boolean allowed(int character) {
        return switch (Character.getType(character)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER,
                    Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.DECIMAL_DIGIT_NUMBER ->
                    true;
            default -> PUNCTUATION.indexOf(character) >= 0;
        };
    }

    @Override
    public String toString() {
        return value;
    }
}
