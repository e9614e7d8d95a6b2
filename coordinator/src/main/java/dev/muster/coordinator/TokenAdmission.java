package dev.muster.coordinator;

import dev.muster.coordinator.account.Tokens;
import dev.muster.coordinator.gateway.Admission;

import java.util.Optional;

/** Lets the gateway admit whom the account room gave a token. */
record TokenAdmission(Tokens tokens) implements Admission {

    @Override
    public Optional<Admitted> admit(String token) {
        return tokens.machineToken(token).map(good -> new Admitted(good.machine(), good.left()));
    }
}
