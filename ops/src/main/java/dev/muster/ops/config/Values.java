package dev.muster.ops.config;

import java.util.List;
import java.util.Map;

/**
 * Settings with their values, all of them valid, each with the place it came from.
 *
 * <p>Immutable.
 */
public final class Values {

    /**
     * One setting as it was found.
     *
     * @param text as written
     * @param value what it means
     * @param origin where it was written, in words
     */
    record Found(Setting<?> setting, String text, Object value, String origin) {}

    private final Map<Setting<?>, Found> found;
    private final List<Setting<?>> inOrder;

    Values(List<Setting<?>> inOrder, Map<Setting<?>, Found> found) {
        this.inOrder = List.copyOf(inOrder);
        this.found = Map.copyOf(found);
    }

    /** The value of {@code setting}, which is one of those that were read. */
    @SuppressWarnings("unchecked") // put there under this very setting by the reader of its kind
    public <T> T get(Setting<T> setting) {
        var entry = found.get(setting);
        if (entry == null) {
            throw new IllegalArgumentException(setting.name() + " is not a setting of this verb");
        }
        return (T) entry.value();
    }

    /** Whether nobody has said anything about {@code setting}. */
    public boolean isDefault(Setting<?> setting) {
        var entry = found.get(setting);
        return entry != null && entry.origin().equals(Sources.DEFAULT);
    }

    /** One line per setting: name, value, origin; secrets are masked. */
    public String printed() {
        var text = new StringBuilder();
        for (var setting : inOrder) {
            var entry = found.get(setting);
            if (entry != null) {
                text.append(
                        "%s: %s  # %s%n".formatted(setting.name(), shown(entry), entry.origin()));
            }
        }
        return text.toString();
    }

    private static String shown(Found entry) {
        if (entry.text().isBlank()) {
            return "\"\"";
        }
        if (entry.setting().equals(CoordinatorSettings.DATABASE_URL)) {
            return DatabaseUrl.masked(entry.text());
        }
        return entry.setting().secret() ? "***" : entry.text();
    }
}
