package dev.muster.worker.workspace;

import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;

/** The mirrors of all repositories this machine ever worked on, each fetched by one at a time. */
final class Mirrors {

    private final Git git;
    private final Path root;
    // one small entry per repository served; the mirror on disk outweighs it by far
    private final ConcurrentHashMap<String, Mirror> mirrors = new ConcurrentHashMap<>();

    Mirrors(Git git, Path root) {
        this.git = git;
        this.root = root;
    }

    Mirror of(Source source) {
        return mirrors.computeIfAbsent(
                source.mirrorName(), name -> new Mirror(git, source, root.resolve(name)));
    }
}
