package dev.muster.protocol.git;

import dev.muster.protocol.digest.Sha256;
import dev.muster.protocol.pipeline.Fault;

import java.util.HexFormat;
import java.util.Optional;

/** Where a repository is: {@code https://}, {@code ssh://}, {@code user@host:path}, or a path. */
public sealed interface RepositoryUrl {

    /** Characters. */
    int MOST_CHARACTERS = 2000;

    /** The address as git takes it. */
    String text();

    /**
     * A short name of the address that does not tell it: 16 hex digits. Equal for equal {@link
     * #text}, and told apart by chance alone.
     */
    default String fingerprint() {
        return HexFormat.of().formatHex(Sha256.of(text()), 0, 8);
    }

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
