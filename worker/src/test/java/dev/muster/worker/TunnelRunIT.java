package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.TunnelState;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.util.UUID;

/** Tunnels of attempts that run. */
final class TunnelRunIT extends OneDaemon {

    @Test
    void aTunnelLivesWhileItsAttemptDoesAndEndsBeforeTheOutcome() throws Exception {
        var pid = temp.resolve("pid");
        var program = temp.resolve("tunnel");
        Files.writeString(
                program,
                "#!/bin/sh\necho $$ > "
                        + pid
                        + "\necho \"open https://t.example/tunnel/$1 in ${SECRET-none}\"\n"
                        + "trap '' TERM\nwhile :; do sleep 1; done\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        var gate = temp.resolve("gate");
        var lease = coordinator.enqueue("until [ -e " + gate + " ]; do sleep 0.1; done");
        coordinator.until("it runs", () -> !coordinator.facts(lease).isEmpty());
        var id = UUID.randomUUID();

        var start = new Question.StartTunnel(lease.task(), 1, id, "code", 600);
        assertThat(coordinator.ask(worker.machine(), start)).isInstanceOf(Reply.Tunnel.class);
        Reply.Tunnel told;
        do {
            told = tunnel(id);
        } while (told.state() == TunnelState.STARTING);

        assertThat(told.connection()).isEqualTo("https://t.example/tunnel/it's");
        var process = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        Files.createFile(gate);
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        // once killed it has none, though nobody may have reaped it yet
        assertThat(process.info().command()).isEmpty();
        assertThat(tunnel(id).state()).isEqualTo(TunnelState.CLOSED);
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
    }

    @Test
    void aTunnelEndsWithTheLeaseOfItsAttempt() throws Exception {
        var program = temp.resolve("tunnel");
        Files.writeString(program, "#!/bin/sh\necho https://t.example/tunnel/x\nexec sleep 600\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        var lease = coordinator.enqueue("sleep 600");
        coordinator.until("it runs", () -> !coordinator.facts(lease).isEmpty());
        var id = UUID.randomUUID();
        var start = new Question.StartTunnel(lease.task(), 1, id, "code", 600);
        coordinator.ask(worker.machine(), start);

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        Reply.Tunnel told;
        do {
            told = tunnel(id);
        } while (!told.state().isOver());
        assertThat(told.state()).isEqualTo(TunnelState.CLOSED);
        assertThat(told.reason()).isEqualTo("attempt_over");
        assertThat(coordinator.ask(worker.machine(), start)).isEqualTo(told);
    }

    private Reply.Tunnel tunnel(UUID id) throws InterruptedException {
        return (Reply.Tunnel) coordinator.ask(worker.machine(), new Question.TunnelStatus(id));
    }
}
