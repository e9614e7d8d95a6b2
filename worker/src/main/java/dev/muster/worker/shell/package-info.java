/**
 * Shells that people open in workspaces, while an attempt runs in one and as long as it stays
 * afterwards. Each is a terminal of its own beside the stages', in which the machine's shell talks
 * with whoever types.
 *
 * <p>A shell is contained as a stage is, by its process tree, control group and user, and has a
 * stage's environment but for secrets. What it prints is masked, kept for a few MiB to be shown
 * again, and no part of the task's log.
 *
 * <p>INVARIANT: a shell takes no slot, and neither an attempt's outcome nor another's start waits
 * for it longer than its processes take to be killed. It is a {@link
 * dev.muster.worker.workspace.Guest}: it ends before its workspace is removed, made anew or gone on
 * in, with its attempt's lease, when nobody uses it, when its time is over, and with the daemon.
 * INVARIANT: by one name one shell is opened, and never after that was ended, whatever order
 * messages come in.
 */
@NullMarked
package dev.muster.worker.shell;

import org.jspecify.annotations.NullMarked;
