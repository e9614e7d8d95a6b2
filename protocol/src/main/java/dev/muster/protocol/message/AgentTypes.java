package dev.muster.protocol.message;

import java.util.List;
import java.util.regex.Pattern;

/** The words by which machines and projects name what drives a stage. */
final class AgentTypes {

    private static final int MOST = 100;
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}");

    private AgentTypes() {}

    static List<String> checked(List<String> words) {
        if (words.size() > MOST || !words.stream().allMatch(word -> WORD.matcher(word).matches())) {
            throw new IllegalArgumentException(
                    "at most " + MOST + " capabilities, each a word of up to 64 characters");
        }
        return List.copyOf(words);
    }
}
