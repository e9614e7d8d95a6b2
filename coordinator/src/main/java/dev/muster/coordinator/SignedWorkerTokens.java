package dev.muster.coordinator;

import dev.muster.coordinator.account.Tokens;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.machine.EnrolmentRoutes;

import java.time.Duration;

/** Lets the machine room hand out tokens that the account room signs. */
record SignedWorkerTokens(Tokens tokens) implements EnrolmentRoutes.WorkerTokens {

    @Override
    public String forMachine(Caller.Machine machine) {
        return tokens.forMachine(machine);
    }

    @Override
    public Duration life() {
        return Tokens.MACHINE_LIFE;
    }
}
