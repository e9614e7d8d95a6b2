package dev.muster.worker.user;

import java.util.List;
import java.util.Set;

/**
 * The groups that a user's programs have, as {@code id} tells them.
 *
 * @param ids theirs, the user's own first
 * @param names the same, of those that have one
 */
record Groups(List<Long> ids, List<String> names) {

    /** Of usual systems: whoever is in one of them can become root, or read what only root may. */
    private static final Set<String> MIGHTY =
            Set.of(
                    "adm",
                    "admin",
                    "disk",
                    "docker",
                    "incus",
                    "incus-admin",
                    "kmem",
                    "libvirt",
                    "lxd",
                    "shadow",
                    "staff",
                    "sudo",
                    "systemd-journal",
                    "wheel");

    Groups {
        ids = List.copyOf(ids);
        names = List.copyOf(names);
    }

    /**
     * Reads the output of {@code id -G} and {@code id -Gn}.
     *
     * @throws NumberFormatException if it is none
     */
    static Groups parse(String ids, String names) {
        return new Groups(words(ids).stream().map(Long::valueOf).toList(), words(names));
    }

    private static List<String> words(String line) {
        return line.isBlank() ? List.of() : List.of(line.strip().split("\\s+"));
    }

    /** Whether root's own is among them. */
    boolean areRoots() {
        return ids.contains(0L);
    }

    /** Those that are likely to give away the machine. */
    List<String> mighty() {
        return names.stream().filter(MIGHTY::contains).sorted().toList();
    }
}
