package dev.muster.worker;

import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.worker.question.Respondent;
import dev.muster.worker.shell.Shells;
import dev.muster.worker.tunnel.Tunnels;
import dev.muster.worker.workspace.Looks;

/** Who answers which question. */
record Answering(Looks looks, Tunnels tunnels, Shells shells) implements Respondent {

    @Override
    public Reply answer(Question question) throws InterruptedException {
        return switch (question) {
            case Question.Workspace asked -> looks.workspace(asked);
            case Question.Tree asked -> looks.tree(asked);
            case Question.File asked -> looks.file(asked);
            case Question.Diff asked -> looks.diff(asked);
            case Question.StartTunnel asked -> tunnels.start(asked);
            case Question.StopTunnel asked -> tunnels.stop(asked);
            case Question.TunnelStatus asked -> tunnels.status(asked);
            case Question.OpenShell asked -> shells.open(asked);
            case Question.EndShell asked -> shells.end(asked);
            case Question.ShellStatus asked -> shells.status(asked);
        };
    }
}
