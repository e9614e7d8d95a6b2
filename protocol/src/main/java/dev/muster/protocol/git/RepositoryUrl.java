package dev.muster.protocol.git;

import dev.muster.protocol.pipeline.Fault;

import java.util.Optional;

/** Where a repository is: {@code https://}, {@code ssh://}, {@code user@host:path}, or a path. */
public sealed interface RepositoryUrl {

    /** Characters. */
    int MOST_CHARACTERS = 2000;

    /** The address as git takes it. */
    String text();

    /** Over https; carries no credentials. */
    record Https(String text) implements RepositoryUrl {}

    /** Over ssh, in either way of writing it; carries no password. */
    record Ssh(String text) implements RepositoryUrl {}

    /**
     * An absolute path on the machine that runs the task; whether that machine allows it is its own
     * question.
     *
     * @param text the path, also where it was written as {@code file://}
     */
    record Local(String text) implements RepositoryUrl {}

    /** What is wrong with {@code text} as an address; the pointer is empty. */
    static Optional<Fault> faultIn(String text) {
        try {
            parse(text);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(
                    new Fault("", "invalid_repository_url", String.valueOf(e.getMessage())));
        }
    }

    /**
     * Reads an address that is meant to be used.
     *
     * @throws IllegalArgumentException with the fault's sentence; it never repeats a password
     */
    static RepositoryUrl parse(String text) {
        return RepositoryUrlParser.parse(text);
    }
}
