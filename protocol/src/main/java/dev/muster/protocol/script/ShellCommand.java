package dev.muster.protocol.script;

import java.util.List;
import java.util.stream.Stream;

/**
 * One plain command.
 *
 * @param assignments before its first word
 * @param words the program or builtin and its arguments
 * @param targets of its redirections
 */
record ShellCommand(List<ShellWord> assignments, List<ShellWord> words, List<ShellWord> targets) {

    ShellCommand {
        assignments = List.copyOf(assignments);
        words = List.copyOf(words);
        targets = List.copyOf(targets);
    }

    /** From its word at {@code index} on, which is the command of another, such as of env. */
    ShellCommand from(int index) {
        return new ShellCommand(List.of(), words.subList(index, words.size()), targets);
    }

    /** Its words behind the first one. */
    List<ShellWord> arguments() {
        return words.subList(1, words.size());
    }

    /** What is passed on to it; the assignments are not. */
    Stream<ShellWord> passedOn() {
        return Stream.concat(words.stream(), targets.stream());
    }
}
