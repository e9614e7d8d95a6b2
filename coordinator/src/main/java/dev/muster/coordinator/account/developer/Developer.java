package dev.muster.coordinator.account.developer;

import dev.muster.coordinator.http.Role;

import java.time.OffsetDateTime;

/**
 * A person's account, without anything secret.
 *
 * @param oneTime whether the password waits to be replaced by its owner
 * @param hasTotp whether a second factor is on
 */
record Developer(
        long id,
        String name,
        Role role,
        String gitName,
        String gitEmail,
        boolean disabled,
        boolean oneTime,
        boolean hasTotp,
        OffsetDateTime createdAt) {}
