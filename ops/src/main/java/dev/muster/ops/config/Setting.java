package dev.muster.ops.config;

import java.util.Locale;

/**
 * One thing a daemon can be told.
 *
 * @param name as in the file: lower case, dots between groups, dashes between words
 * @param kind what its text may be
 * @param preset its text when nobody says otherwise; empty for none
 * @param help one sentence for the person who has to decide
 * @param secret whether its value is masked wherever it is shown, and may come from a file
 */
public record Setting<T>(String name, Kind<T> kind, String preset, String help, boolean secret) {

    static <T> Setting<T> of(String name, Kind<T> kind, String preset, String help) {
        return new Setting<>(name, kind, preset, help, false);
    }

    static <T> Setting<T> secret(String name, Kind<T> kind, String help) {
        return new Setting<>(name, kind, "", help, true);
    }

    /** {@code database.pool-size} is {@code --database-pool-size}. */
    public String flag() {
        return "--" + name.replace('.', '-');
    }

    /** {@code database.pool-size} is {@code MUSTER_DATABASE_POOL_SIZE}. */
    public String variable() {
        return "MUSTER_" + name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** Names a file that holds the value, for secrets. */
    String fileVariable() {
        return variable() + "_FILE";
    }

    /** {@code database} of {@code database.pool-size}; empty for a setting without group. */
    String group() {
        var dot = name.indexOf('.');
        return dot < 0 ? "" : name.substring(0, dot);
    }
}
