package dev.muster.coordinator.http;

import java.util.Locale;

/** What a developer may do in the whole system, lowest first; each includes the ones before it. */
public enum Role {
    DEVELOPER,
    LEAD,
    ADMIN;

    /** As it is written in the database and on the wire. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #word} wrote. */
    public static Role of(String word) {
        for (var role : values()) {
            if (role.word().equals(word)) {
                return role;
            }
        }
        throw new IllegalArgumentException("no such role: " + word);
    }

    /** Whether this role includes {@code other}. */
    public boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}
