package dev.muster.protocol.question;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * A place below a workspace, named step by step. None leads out of it or into what belongs to git;
 * whether a step is a link has to be seen where the files are.
 *
 * @param names the steps from the top, none for the top itself
 */
public record WorkspacePath(List<String> names) {

    /** In bytes, which is what systems take. */
    public static final int LONGEST = 4096;

    public static final int MOST_STEPS = 64;

    private static final int LONGEST_STEP = 255;

    /** The whole workspace. */
    public static final WorkspacePath TOP = new WorkspacePath(List.of());

    public WorkspacePath {
        names = List.copyOf(names);
        if (names.size() > MOST_STEPS) {
            throw new IllegalArgumentException("A path has at most " + MOST_STEPS + " steps.");
        }
        names.forEach(WorkspacePath::requirePlain);
    }

    /**
     * Reads what a person or a coordinator sent: steps divided by {@code /}, or nothing.
     *
     * @throws IllegalArgumentException with a sentence, if it is none
     */
    public static WorkspacePath parse(String text) {
        if (text.isEmpty()) {
            return TOP;
        }
        if (text.length() > LONGEST || bytes(text) > LONGEST) {
            throw new IllegalArgumentException("A path has at most " + LONGEST + " bytes.");
        }
        return new WorkspacePath(List.of(text.split("/", -1)));
    }

    private static void requirePlain(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException(
                    "A path is relative, and has no empty steps, no . and no ..");
        }
        if (name.indexOf('\0') >= 0 || name.indexOf('/') >= 0 || bytes(name) > LONGEST_STEP) {
            throw new IllegalArgumentException("A step of the path can be no file's name.");
        }
        if (isGits(name)) {
            throw new IllegalArgumentException("What git keeps is not shown.");
        }
    }

    /**
     * Whether some file system takes this name for {@code .git}: without regard to case, and on
     * some to characters that nobody sees.
     */
    public static boolean isGits(String name) {
        var seen = new StringBuilder();
        name.codePoints()
                .filter(c -> Character.getType(c) != Character.FORMAT)
                .forEach(seen::appendCodePoint);
        return seen.toString().toLowerCase(Locale.ROOT).equals(".git");
    }

    private static int bytes(String text) {
        try {
            return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("A path is text.", e);
        }
    }

    @Override
    public String toString() {
        return String.join("/", names);
    }
}
