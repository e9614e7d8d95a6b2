package dev.muster.ops.harness;

import java.util.Locale;
import java.util.Map;

/**
 * What becomes of messages between coordinators and workers, for all tests of a run: chosen by the
 * system property {@code muster.bus}.
 */
public enum Bus {
    SOUND("", 1),

    /**
     * Loses, doubles and delays three of ten each. Half of all questions stay without an answer, so
     * workers ask again soon, and what takes many questions takes its time.
     */
    LYING("-Dmuster.bus-faults=30", 5),

    /** Loses whatever only makes things faster; without it they take seconds. */
    SILENT("-Dmuster.no-wake-ups=true", 1);

    static final Bus CHOSEN =
            Bus.valueOf(System.getProperty("muster.bus", "sound").toUpperCase(Locale.ROOT));

    private final String options;
    private final int patience;

    Bus(String options, int patience) {
        this.options = options;
        this.patience = patience;
    }

    /** How many there may be where each is a question of its own, and some take several. */
    public static int fewer(int many) {
        return many / CHOSEN.patience;
    }

    /** For JVMs. */
    String options() {
        return options;
    }

    /** How many times longer than usual tests wait. */
    int patience() {
        return patience;
    }

    /** For every process. */
    Map<String, String> environment() {
        return this == LYING
                ? Map.of("MUSTER_ANSWER_WITHIN", "700ms", "MUSTER_SLOTS", "8")
                : Map.of();
    }
}
