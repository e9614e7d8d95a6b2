package dev.muster.worker.identity;

import java.util.List;
import java.util.UUID;

/** The body of a registration. */
record Registration(
        UUID machineId,
        String token,
        String name,
        List<String> capabilities,
        int slots,
        Introduction.Hardware hardware) {

    static Registration of(UUID machine, String token, Introduction self) {
        return new Registration(
                machine, token, self.name(), self.capabilities(), self.slots(), self.hardware());
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "Registration[" + machineId + "]";
    }
}
