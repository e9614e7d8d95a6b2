package dev.muster.coordinator.settings;

import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.config.DispatchConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Map;

/** How settings are now, here. Thread-safe. */
public final class Settings implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Settings.class);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    private final CoordinatorConfig config;
    private final SettingStore store;
    private final Loop loop;
    private volatile SettingStore.Rows rows = new SettingStore.Rows(0, Map.of());

    /**
     * @param config how the coordinator was started
     */
    public Settings(CoordinatorConfig config, Database database, Loops loops) {
        this.config = config;
        this.store = new SettingStore(database);
        this.loop = loops.loop("settings", LOOK_EVERY, this::look);
    }

    /** Returns when what is set acts. */
    public void start() {
        look();
        loop.start();
    }

    private void look() {
        var before = rows;
        var found = store.read();
        if (found.version() == before.version()) {
            return;
        }
        rows = found;
        for (var entry : found.byKey().entrySet()) {
            var setting = Setting.of(entry.getKey());
            if (setting.isEmpty() || !setting.get().admits(entry.getValue().value(), config)) {
                log.warn("what was set does not act here setting={}", entry.getKey());
            }
        }
        log.info("settings read version={}", found.version());
    }

    SettingStore.Rows rows() {
        return rows;
    }

    CoordinatorConfig config() {
        return config;
    }

    double value(Setting setting) {
        var row = rows.byKey().get(setting.key());
        return row != null && setting.admits(row.value(), config)
                ? row.value()
                : setting.initial(config);
    }

    /**
     * Sets these, here at once and elsewhere within seconds; null for what shall be as coordinators
     * were started.
     *
     * @param version that must be the present one; null for any
     * @return false if it is another
     */
    boolean change(Map<String, @Nullable Double> wanted, @Nullable Long version, Call by) {
        var changed = store.change(wanted, version, by);
        look();
        return changed;
    }

    private Duration duration(Setting setting) {
        return Duration.ofMillis(Math.round(value(setting) * 1000));
    }

    /** How waiting tasks and machines come together now. */
    public DispatchConfig dispatch() {
        return new DispatchConfig(
                value(Setting.LOAD_THRESHOLD),
                duration(Setting.AGEING),
                config.dispatch().inspectEvery());
    }

    /** How long a silent machine keeps what it runs now, unless its project says otherwise. */
    public Duration grace() {
        return duration(Setting.GRACE);
    }

    /** From which share on a disk is full now. */
    public double diskThreshold() {
        return value(Setting.DISK_THRESHOLD);
    }

    /** How long notifications are kept now. */
    public Duration notificationsKept() {
        return duration(Setting.NOTIFICATIONS_RETENTION);
    }

    /** How many bytes are kept of an attempt's log now. */
    public long logKept() {
        return Math.round(value(Setting.LOGS_PER_ATTEMPT)) * 1024 * 1024;
    }

    /** How many streams one person may have open here now. */
    public int streamsPerPerson() {
        return (int) value(Setting.STREAMS_PER_PERSON);
    }

    @Override
    public void close() {
        loop.close();
    }
}
