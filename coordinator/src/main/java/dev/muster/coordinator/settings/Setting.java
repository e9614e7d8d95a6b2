package dev.muster.coordinator.settings;

import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.http.ApiServer;

import java.util.Optional;
import java.util.stream.Stream;

/** Everything that can be set at run time. Values are numbers; what they count is their unit. */
enum Setting {
    LOAD_THRESHOLD(
            "dispatch.loadThreshold",
            Unit.SHARE,
            0.01,
            1,
            "Share of a machine's processors or memory in use from which it is given nothing more;"
                    + " 1 for never."),
    AGEING(
            "dispatch.ageing",
            Unit.SECONDS,
            1,
            604_800,
            "In which time a waiting task rises by one point of priority."),
    GRACE(
            "lease.grace",
            Unit.SECONDS,
            1,
            604_800,
            "How long a silent machine keeps the right to its attempts, unless its project says"
                    + " otherwise; at least the time in which an attempt must start."),
    DISK_THRESHOLD(
            "presence.diskThreshold",
            Unit.SHARE,
            0.01,
            1,
            "Share of the disk under its workspaces in use above which a machine is drained; 1 for"
                    + " never."),
    NOTIFICATIONS_RETENTION(
            "notifications.retention",
            Unit.SECONDS,
            3600,
            315_360_000,
            "How long notifications are kept, read or not."),
    LOGS_PER_ATTEMPT(
            "logs.perAttempt",
            Unit.MEBIBYTES,
            1,
            1024,
            "How much of an attempt's log is kept: as much of its beginning as of its end. What"
                    + " lies between is dropped, and readers are told how much that was."),
    STREAMS_PER_PERSON(
            "streams.perPerson",
            Unit.COUNT,
            1,
            200,
            "How many answers that go on one person may have open at one coordinator.");

    /** What a value counts; all but a share are whole. */
    enum Unit {
        SECONDS("seconds"),
        SHARE("share"),
        MEBIBYTES("mebibytes"),
        COUNT("count");

        private final String word;

        Unit(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }

        boolean isWhole() {
            return this != SHARE;
        }
    }

    private static final double NOTIFICATIONS_KEPT = 90 * 86_400;
    private static final double LOG_KEPT = 256;

    private final String key;
    private final Unit unit;
    private final double least;
    private final double most;
    private final String sentence;

    Setting(String key, Unit unit, double least, double most, String sentence) {
        this.key = key;
        this.unit = unit;
        this.least = least;
        this.most = most;
        this.sentence = sentence;
    }

    static Optional<Setting> of(String key) {
        return Stream.of(values()).filter(setting -> setting.key.equals(key)).findFirst();
    }

    /** Its name for people. */
    String key() {
        return key;
    }

    Unit unit() {
        return unit;
    }

    /** What it does. */
    String sentence() {
        return sentence;
    }

    double least(CoordinatorConfig config) {
        return this == GRACE
                ? Math.ceil(config.lease().startDeadline().toMillis() / 1000.0)
                : least;
    }

    double most() {
        return most;
    }

    /** What it is when nobody set it. */
    double initial(CoordinatorConfig config) {
        return switch (this) {
            case LOAD_THRESHOLD -> config.dispatch().loadThreshold();
            case AGEING -> config.dispatch().ageing().toMillis() / 1000.0;
            case GRACE -> config.lease().grace().toMillis() / 1000.0;
            case DISK_THRESHOLD -> config.presence().diskThreshold();
            case NOTIFICATIONS_RETENTION -> NOTIFICATIONS_KEPT;
            case LOGS_PER_ATTEMPT -> LOG_KEPT;
            case STREAMS_PER_PERSON -> ApiServer.MOST_STREAMS;
        };
    }

    /** Whether it can be that. */
    boolean admits(double value, CoordinatorConfig config) {
        return value >= least(config)
                && value <= most
                && (!unit.isWhole() || value == Math.rint(value));
    }
}
