package dev.muster.ops.config;

import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Set;

/** One place of values under the name that people know it by. */
record Layer(Map<String, String> values, String name, int ordinal) implements ConfigSource {

    Layer {
        values = Map.copyOf(values);
    }

    @Override
    public Set<String> getPropertyNames() {
        return values.keySet();
    }

    @Override
    public @Nullable String getValue(String property) {
        return values.get(property);
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public int getOrdinal() {
        return ordinal;
    }
}
