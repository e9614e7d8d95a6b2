package dev.muster.worker.shell;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an operator says of shells on a machine.
 *
 * @param command the shell and its options; the one that stages have if empty
 * @param mostOfTask how many a task may have at once
 * @param most how many the machine may have at once
 * @param idle after so long without anybody at it and without output one ends
 * @param life after so long it ends in any case
 */
public record ShellSettings(
        Optional<List<String>> command, int mostOfTask, int most, Duration idle, Duration life) {

    /** After this a coordinator counts one as over that nobody tells of. */
    public static final Duration LONGEST_LIFE = Duration.ofHours(24);

    /** Four of a task, 16 in all; an hour, and twelve. */
    public static final ShellSettings DEFAULT =
            new ShellSettings(Optional.empty(), 4, 16, Duration.ofHours(1), Duration.ofHours(12));

    public ShellSettings {
        command = command.map(List::copyOf);
        if (mostOfTask < 0 || most < 0) {
            throw new IllegalArgumentException(
                    "shells.per-task and shells.per-machine are 0 or more");
        }
        if (!idle.isPositive() || !life.isPositive() || life.compareTo(LONGEST_LIFE) > 0) {
            throw new IllegalArgumentException(
                    "shells.idle and shells.life are more than 0, and shells.life is at most 24h");
        }
    }
}
