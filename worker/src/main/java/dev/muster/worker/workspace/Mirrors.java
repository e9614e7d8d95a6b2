package dev.muster.worker.workspace;

import dev.muster.protocol.message.Pull;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The mirrors of all repositories this machine ever worked on, each fetched by one at a time. */
final class Mirrors {

    /** How mirrors are named: see {@link Source}. */
    static final String NAME = "[0-9a-f]{64}\\.git";

    private static final Logger log = LoggerFactory.getLogger(Mirrors.class);

    /** As many as git itself leaves. */
    private static final int MOST_PACKS = 50;

    private static final int FINGERPRINT = 16;

    private final Git git;
    private final Path root;
    // one small entry per repository served; the mirror on disk outweighs it by far
    private final ConcurrentHashMap<String, Mirror> mirrors = new ConcurrentHashMap<>();
    private final Set<String> whole = ConcurrentHashMap.newKeySet();

    Mirrors(Git git, Path root) throws IOException {
        this.git = git;
        this.root = root;
        // one being made has another name until it is whole
        try (var found = Files.newDirectoryStream(root, "[0-9a-f]*.git")) {
            found.forEach(path -> whole.add(path.getFileName().toString()));
        }
    }

    Mirror of(Source source) {
        return mirrors.computeIfAbsent(
                source.mirrorName(), name -> new Mirror(git, source, root.resolve(name)));
    }

    /** A mirror of this source was fetched. */
    void fetched(Source source) {
        whole.add(source.mirrorName());
    }

    /** Packs those that fetches of this daemon left in too many pieces. */
    void repack() throws InterruptedException {
        for (var mirror : mirrors.values()) {
            try {
                mirror.repack(MOST_PACKS);
            } catch (WorkspaceFailure | IOException e) {
                log.warn("mirror could not be packed reason={}", e.toString());
            }
        }
    }

    /** Of those that are whole, as a pull tells them. A mirror's name begins with it. */
    List<String> fingerprints() {
        return whole.stream()
                .limit(Pull.MOST_MIRRORS)
                .map(name -> name.substring(0, FINGERPRINT))
                .toList();
    }
}
