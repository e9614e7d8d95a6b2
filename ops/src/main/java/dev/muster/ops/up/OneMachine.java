package dev.muster.ops.up;

import dev.muster.ops.config.CoordinatorSettings;
import dev.muster.ops.config.Values;
import dev.muster.ops.daemon.SettingFlags;

import java.util.HashMap;
import java.util.Map;

/**
 * A coordinator's settings where everything is on one machine: what nobody has said gives way, so
 * that several of them get along.
 */
public final class OneMachine {

    private static final String DAEMON = "coordinator";

    private OneMachine() {}

    /**
     * Reads the settings with {@code flags} on top.
     *
     * <p>Its own workers are told where the cluster is, so any port will do; metrics are one port
     * above the API if that is free.
     */
    public static Values settle(Map<String, String> flags) {
        var given = SettingFlags.read(flags, CoordinatorSettings.ALL, DAEMON);
        var settled = new HashMap<>(flags);
        if (given.isDefault(CoordinatorSettings.CLUSTER_PORT)) {
            settled.put(CoordinatorSettings.CLUSTER_PORT.name(), "0");
        }
        if (given.isDefault(CoordinatorSettings.MANAGEMENT_PORT)) {
            settled.put(CoordinatorSettings.MANAGEMENT_PORT.name(), managementPort(given));
        }
        // Whoever names another address has been warned by the verb that took it.
        settled.putIfAbsent(CoordinatorSettings.ALLOW_PLAIN_HTTP.name(), "true");
        var values = SettingFlags.read(settled, CoordinatorSettings.ALL, DAEMON);
        CoordinatorSettings.check(values);
        return values;
    }

    private static String managementPort(Values given) {
        var next = given.get(CoordinatorSettings.PORT) + 1;
        var usable = next > 1 && next <= 65_535 && Ports.isFree("127.0.0.1", next);
        return Integer.toString(usable ? next : 0);
    }
}
