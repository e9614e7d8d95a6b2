/**
 * Runs the stages of an attempt in a terminal.
 *
 * <p>An attempt has one shell in one pseudo terminal; its stages run in it one after the other. How
 * a stage ended is known from the shell itself, never from what a program prints:
 *
 * <ul>
 *   <li>an attempt whose first stage is also its last runs it as the shell's own command, and the
 *       process's exit status, which only the kernel writes, ends it;
 *   <li>otherwise a small driver script runs each stage in a subshell and reports its status as an
 *       OSC 133 {@code D} mark with a nonce that the stage never sees. Orders reach the driver
 *       through a named pipe, so that nobody who types can give one and no nonce is ever echoed.
 * </ul>
 *
 * <p>Whoever calls {@link dev.muster.worker.terminal.ShellTerminal#run} waits on its own (virtual)
 * thread; each terminal is read by one platform thread, because a blocking native read would pin a
 * virtual one. That thread also hands the bytes to the {@link
 * dev.muster.worker.terminal.TerminalOutput}: while that blocks, nothing is read, and the program
 * that prints waits in its write.
 *
 * <p>INVARIANT: every byte printed before a stage's end is with the output before {@code run}
 * returns, unless the stage was timed out or stopped while the output was blocked.
 */
@NullMarked
package dev.muster.worker.terminal;

import org.jspecify.annotations.NullMarked;
