/**
 * Tunnels into workspaces: programs that let a person's editor in, each started for one running
 * attempt because a coordinator asked for it, and supervised.
 *
 * <p>How a tunnel is made is data: {@link dev.muster.worker.tunnel.TunnelTemplate}. INVARIANT: a
 * tunnel lives in its attempt's workspace and ends before what the attempt left is looked at, with
 * the attempt, with its time, and with the daemon; its processes are a tree as those of stages are.
 * INVARIANT: by one id a program is started for one tunnel only, and never after that was stopped,
 * whatever order messages come in.
 */
@NullMarked
package dev.muster.worker.tunnel;

import org.jspecify.annotations.NullMarked;
