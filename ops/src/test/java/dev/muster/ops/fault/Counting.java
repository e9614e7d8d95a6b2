package dev.muster.ops.fault;

import dev.muster.ops.harness.Api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Work of which can be told afterwards what became of it: it prints numbered lines, and notes in a
 * file of its own that it ran.
 */
final class Counting {

    private final Path notes;

    /** Notes are kept in a new directory below {@code root}. */
    Counting(Path root) throws IOException {
        this.notes = Files.createDirectory(root.resolve("notes"));
    }

    /**
     * The stage that counts to its task's description.
     *
     * @param afterLine shell text that runs after each line
     * @param more what else is said of the stage
     */
    Map<String, Object> stage(String afterLine, Map<String, Object> more) {
        // the note comes first: what ran twice is seen even if it never printed
        var command =
                """
                echo ran >> "$NOTES/$MUSTER_TASK_ID"
                for n in $(seq 1 "$MUSTER_DESCRIPTION"); do echo "line $n"; %s done
                """
                        .formatted(afterLine);
        var stage = new HashMap<>(Api.stage("count", command));
        stage.put("env", Map.of("NOTES", notes.toString()));
        stage.putAll(more);
        return stage;
    }

    /** Forgets who ran what. */
    void forget() throws IOException {
        try (var all = Files.list(notes)) {
            for (var note : all.toList()) {
                Files.delete(note);
            }
        }
    }

    /** How often the task's command was started, on whatever machine. */
    int runs(long task) throws IOException {
        var note = notes.resolve(Long.toString(task));
        return Files.exists(note) ? Files.readAllLines(note).size() : 0;
    }

    /** What it prints. */
    static List<String> lines(int count) {
        var lines = new ArrayList<String>();
        for (var n = 1; n <= count; n++) {
            lines.add("line " + n);
        }
        return lines;
    }
}
