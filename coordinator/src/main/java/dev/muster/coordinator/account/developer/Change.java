package dev.muster.coordinator.account.developer;

import dev.muster.coordinator.http.Role;

import org.jspecify.annotations.Nullable;

/**
 * What an admin makes of a developer; null leaves a thing as it is.
 *
 * @param passwordHash of a new one-time password
 */
record Change(
        @Nullable String name,
        @Nullable Role role,
        @Nullable String gitName,
        @Nullable String gitEmail,
        @Nullable Boolean disabled,
        @Nullable String passwordHash) {

    /** The same with a new one-time password. */
    Change withPassword(String hash) {
        return new Change(name, role, gitName, gitEmail, disabled, hash);
    }

    /** Whether an admin may be none afterwards. */
    boolean mayTakeAdmin() {
        return Boolean.TRUE.equals(disabled) || (role != null && role != Role.ADMIN);
    }

    /** Whether what its sessions were begun with is good no more. */
    boolean endsSessions() {
        return Boolean.TRUE.equals(disabled) || passwordHash != null;
    }
}
