package dev.muster.worker.run;

import dev.muster.worker.journal.Journals;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.time.Time;
import dev.muster.worker.tunnel.Tunnels;
import dev.muster.worker.workspace.Workspaces;

/**
 * What attempts are run with on this machine.
 *
 * @param family of the cookies that their processes carry
 */
public record Equipment(
        Workspaces workspaces,
        Stages stages,
        Tunnels tunnels,
        Cookie.Family family,
        Journals journals,
        Time time) {}
