package dev.muster.worker.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes the few files that make a directory a bare repository, without asking git. */
final class BareRepository {

    /** Nothing but the format; all a daemon's own repository needs. */
    static final String PLAIN_CONFIG =
            """
            [core]
            	repositoryformatversion = 0
            	filemode = true
            	bare = true
            """;

    private BareRepository() {}

    /**
     * Makes a repository.
     *
     * @param at does not exist yet
     * @param head what HEAD holds: {@code ref: refs/heads/...} or a commit
     * @param borrowed directories of objects it may read besides its own
     */
    static void create(Path at, String head, String config, List<Path> borrowed)
            throws IOException {
        Files.createDirectories(at.resolve("objects/info"));
        Files.createDirectories(at.resolve("objects/pack"));
        Files.createDirectories(at.resolve("refs/heads"));
        Files.writeString(at.resolve("config"), config);
        if (!borrowed.isEmpty()) {
            var lines = borrowed.stream().map(Path::toString).toList();
            Files.write(at.resolve("objects/info/alternates"), lines, UTF_8);
        }
        Files.writeString(at.resolve("HEAD"), head + "\n");
    }

    /**
     * The config of an attempt's private repository. The agent may fetch and push as in any clone.
     *
     * @param url holds no control character, so quotes and backslashes are all there is to escape
     */
    static String attemptConfig(String url) {
        var quoted = url.replace("\\", "\\\\").replace("\"", "\\\"");
        return PLAIN_CONFIG
                + """
                	logallrefupdates = true
                [remote "origin"]
                	url = "%s"
                	fetch = +refs/heads/*:refs/remotes/origin/*
                [push]
                	default = current
                """
                        .formatted(quoted);
    }
}
