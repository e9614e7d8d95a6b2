package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.dispatch.rule.Machines;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.wire.Wire;

import java.util.List;
import java.util.UUID;

/** Machines that ask. */
final class Candidates {

    private Candidates() {}

    static Candidate candidate(Machines machine, int credit) {
        var view = machine.view();
        var pull =
                new Pull(
                        Wire.VERSION,
                        view.id(),
                        UUID.randomUUID(),
                        UUID.randomUUID(),
                        credit,
                        List.copyOf(view.agentTypes()),
                        1000,
                        false,
                        List.copyOf(view.mirrors()));
        return new Candidate(OpenPull.of(pull), view);
    }
}
