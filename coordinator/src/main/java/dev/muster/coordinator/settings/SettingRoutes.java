package dev.muster.coordinator.settings;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.IfMatch;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The edge of settings (seed 004, admin: settings). */
public final class SettingRoutes {

    private final Settings settings;

    public SettingRoutes(Settings settings) {
        this.settings = settings;
    }

    public void bind(Operations operations) {
        operations
                .on("getSettings", Access.ADMIN, _ -> answer())
                .on("changeSettings", Access.ADMIN, this::change);
    }

    private Answer change(Call call) {
        var wanted = wanted(call.body().getJsonObject("settings"));
        var version = version(call.header("If-Match"));
        if (!settings.change(wanted, version, call)) {
            throw Problem.of(
                    412,
                    "settings_changed",
                    "Somebody changed the settings meanwhile; look at them again.");
        }
        return answer();
    }

    private Map<String, @Nullable Double> wanted(JsonObject given) {
        var wanted = new HashMap<String, @Nullable Double>();
        var faults = new ArrayList<Fault>();
        for (var entry : given) {
            var setting = Setting.of(entry.getKey());
            if (setting.isEmpty()) {
                faults.add(fault(entry.getKey(), "unknown_setting", "There is no such setting."));
                continue;
            }
            if (entry.getValue() == null) {
                wanted.put(entry.getKey(), null);
                continue;
            }
            double value = ((Number) entry.getValue()).doubleValue();
            if (!setting.get().admits(value, settings.config())) {
                faults.add(fault(entry.getKey(), "invalid_setting", range(setting.get())));
            }
            wanted.put(entry.getKey(), value);
        }
        if (!faults.isEmpty()) {
            throw Problem.badRequest(
                    "invalid_settings", "Nothing was set: see what is wrong.", faults);
        }
        return wanted;
    }

    private static Fault fault(String key, String code, String sentence) {
        var escaped = key.replace("~", "~0").replace("/", "~1");
        return new Fault("/settings/" + escaped, code, sentence);
    }

    private String range(Setting setting) {
        return "It is a %snumber from %s to %s (%s)."
                .formatted(
                        setting.unit().isWhole() ? "whole " : "",
                        number(setting, setting.least(settings.config())),
                        number(setting, setting.most()),
                        setting.unit().word());
    }

    private static @Nullable Long version(Optional<String> ifMatch) {
        if (ifMatch.isEmpty() || ifMatch.get().equals("*")) {
            return null;
        }
        // its shape was checked: digits in quotes
        var tag = ifMatch.get();
        return Long.valueOf(tag.substring(1, tag.length() - 1));
    }

    private Answer answer() {
        var rows = settings.rows();
        var all = new JsonArray();
        for (var setting : Setting.values()) {
            all.add(json(setting, rows.byKey().get(setting.key())));
        }
        return Answer.ok(new JsonObject().put("settings", all))
                .with("ETag", IfMatch.tag(rows.version()));
    }

    private JsonObject json(Setting setting, SettingStore.@Nullable Row row) {
        var config = settings.config();
        var json =
                new JsonObject()
                        .put("name", setting.key())
                        .put("value", number(setting, settings.value(setting)))
                        .put("default", number(setting, setting.initial(config)))
                        .put("unit", setting.unit().word())
                        .put("least", number(setting, setting.least(config)))
                        .put("most", number(setting, setting.most()))
                        .put("description", setting.sentence());
        if (row != null) {
            json.put("changedAt", row.at().toInstant());
            if (row.by() != null) {
                json.put("changedBy", row.by());
            }
        }
        return json;
    }

    /** Whole ones without a fraction. A configured one may have one all the same. */
    private static Number number(Setting setting, double value) {
        return setting.unit().isWhole() && value == Math.rint(value)
                ? (Number) (long) value
                : value;
    }
}
