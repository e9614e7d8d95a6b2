package dev.muster.coordinator.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.DispatchConfig;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.config.WebConfig;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

class SettingTest {

    private static final CoordinatorConfig CONFIG =
            new CoordinatorConfig(
                    Path.of("data"),
                    new Listen("127.0.0.1", 0),
                    new Listen("127.0.0.1", 0),
                    new DatabaseConfig("h", 1, "d", "u", "p", false, 2, Duration.ofSeconds(1)),
                    new ClusterConfig("127.0.0.1", 0, List.of()),
                    LeaseConfig.DEFAULT,
                    PresenceConfig.DEFAULT,
                    DispatchConfig.DEFAULT,
                    RequestLimit.NONE,
                    RequestLimit.NONE,
                    WebConfig.DEFAULT);

    @Test
    void whatNobodySetIsWithinItsOwnRange() {
        for (var setting : Setting.values()) {
            assertThat(setting.admits(setting.initial(CONFIG), CONFIG)).as(setting.key()).isTrue();
        }
    }

    @Test
    void eachIsFoundByItsOwnKey() {
        assertThat(Stream.of(Setting.values()).map(Setting::key)).doesNotHaveDuplicates();
        for (var setting : Setting.values()) {
            assertThat(Setting.of(setting.key())).contains(setting);
        }
        assertThat(Setting.of("")).isEmpty();
    }

    @Test
    void theEdgesOfARangeAreInAndWhatIsBeyondOrNoNumberIsNot() {
        for (var setting : Setting.values()) {
            assertThat(setting.admits(setting.least(CONFIG), CONFIG)).isTrue();
            assertThat(setting.admits(setting.most(), CONFIG)).isTrue();
            assertThat(setting.admits(setting.least(CONFIG) - 0.001, CONFIG)).isFalse();
            assertThat(setting.admits(setting.most() + 1, CONFIG)).isFalse();
            assertThat(setting.admits(Double.NaN, CONFIG)).isFalse();
            assertThat(setting.admits(setting.most() - 0.5, CONFIG))
                    .isEqualTo(!setting.unit().isWhole());
        }
    }

    @Test
    void graceIsNeverShorterThanTheTimeToStart() {
        assertThat(Setting.GRACE.least(CONFIG)).isEqualTo(30);
    }
}
