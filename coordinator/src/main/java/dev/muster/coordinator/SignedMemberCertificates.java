package dev.muster.coordinator;

import dev.muster.cluster.Authority;
import dev.muster.cluster.Pem;
import dev.muster.coordinator.machine.EnrolmentRoutes;

import java.util.UUID;

/** Lets the machine room hand out certificates that the cluster's authority signs. */
record SignedMemberCertificates(Authority authority) implements EnrolmentRoutes.MemberCertificates {

    @Override
    public Signed certify(UUID machine, byte[] publicKey) {
        return new Signed(
                Pem.of(authority.certify(machine, publicKey)), Pem.of(authority.certificate()));
    }
}
