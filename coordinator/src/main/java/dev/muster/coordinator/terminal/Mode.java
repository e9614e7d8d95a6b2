package dev.muster.coordinator.terminal;

import java.util.Locale;

/** How one sits at a terminal. */
enum Mode {
    WATCH,
    CONTROL;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Mode of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
