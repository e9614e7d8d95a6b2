package dev.muster.coordinator;

import dev.muster.coordinator.account.Tokens;
import dev.muster.coordinator.machine.EnrolmentRoutes;

import java.time.Duration;
import java.util.UUID;

/** Lets the machine room hand out tokens that the account room signs. */
record SignedWorkerTokens(Tokens tokens) implements EnrolmentRoutes.WorkerTokens {

    @Override
    public String forMachine(UUID machine) {
        return tokens.forMachine(machine);
    }

    @Override
    public Duration life() {
        return Tokens.MACHINE_LIFE;
    }
}
