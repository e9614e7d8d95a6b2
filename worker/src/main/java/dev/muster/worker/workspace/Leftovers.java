package dev.muster.worker.workspace;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Says whether a workspace holds work that exists nowhere else: files not committed, or commits
 * that no branch of its origin holds, as far as was seen by the mirror or by the agent's own git.
 * An agent that forges the latter loses nothing but its own work.
 */
final class Leftovers {

    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

    /** More refs of its own than that are not looked into. */
    private static final int MOST_REFS = 500;

    private static final String REMOTE = "refs/remotes/";

    private final Git git;
    private final Inspection inspection;
    private final Places places;
    private final Path mirrors;

    Leftovers(Git git, Inspection inspection, Places places, Path mirrors) {
        this.git = git;
        this.inspection = inspection;
        this.places = places;
        this.mirrors = mirrors;
    }

    /** What cannot be told counts as work. A directory without a repository holds none. */
    boolean holdWork(String name, Ending ending) throws InterruptedException {
        if (!Files.exists(places.repository(name))) {
            return false;
        }
        if (ending.mirror().isEmpty()) {
            return true;
        }
        try {
            return holdWork(name, mirrors.resolve(ending.mirror().get()));
        } catch (WorkspaceFailure | IOException e) {
            log.debug("workspace could not be judged name={}", name, e);
            return true;
        }
    }

    private boolean holdWork(String name, Path mirror) throws InterruptedException, IOException {
        var repository = places.repository(name);
        var head = Refs.head(repository, repository.resolve("worktrees").resolve(name));
        if (head.isEmpty()) {
            return true;
        }
        var worktree =
                new Workspace.Worktree(
                        places.tree(name),
                        Map.of(),
                        "muster/" + name,
                        head.get(),
                        repository,
                        mirror.resolve("objects"));
        return isUnpushed(worktree, mirror.resolve("packed-refs")) || inspection.isDirty(worktree);
    }

    private boolean isUnpushed(Workspace.Worktree worktree, Path mirrored)
            throws InterruptedException, IOException {
        var refs = Refs.all(worktree.repository());
        var fetched = Set.copyOf(Refs.packed(mirrored).values());
        var seen = ids(refs, ref -> ref.startsWith(REMOTE), fetched);
        var own = ids(refs, ref -> !ref.startsWith(REMOTE), fetched);
        if (!fetched.contains(worktree.base())) {
            own.add(worktree.base());
        }
        if (own.isEmpty()) {
            return false;
        }
        if (own.size() + seen.size() > MOST_REFS) {
            return true;
        }
        return inspection.inThrowAway(
                worktree,
                "ref: refs/heads/none",
                repository -> {
                    Files.copy(mirrored, repository.resolve("packed-refs"));
                    return !git.run(unpushed(repository, own, seen)).isEmpty();
                });
    }

    private static Set<String> ids(
            Map<String, String> refs, Predicate<String> which, Collection<String> less) {
        var ids = new HashSet<String>();
        refs.forEach(
                (ref, id) -> {
                    if (which.test(ref) && !less.contains(id)) {
                        ids.add(id);
                    }
                });
        return ids;
    }

    private static GitCall unpushed(Path repository, Set<String> own, Set<String> seen) {
        var arguments = new ArrayList<>(List.of("rev-list", "--max-count=1"));
        arguments.addAll(own);
        arguments.add("--not");
        arguments.add("--all");
        arguments.addAll(seen);
        return GitCall.on(
                        repository, "look for commits of its own", arguments.toArray(String[]::new))
                .within(Inspection.LONGEST);
    }
}
