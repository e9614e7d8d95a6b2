package dev.muster.ops.config;

import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.source.yaml.YamlConfigSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The places a setting can be written, and which of them wins: flag, environment, file, default.
 *
 * @param flags setting name to text, as given on the command line
 * @param environment all of it; only what starts with {@code MUSTER_} is looked at
 * @param file a YAML file; empty for none
 */
public record Sources(
        Map<String, String> flags, Map<String, String> environment, Optional<Path> file) {

    /** Variables of ours that are not settings of a daemon: the launcher's, and a stage's own. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("MUSTER_JAVA_OPTS", "MUSTER_HOME", "MUSTER_CONFIG");

    /** What a stage finds in its environment, so that a stage may start a Muster of its own. */
    private static final Set<String> STAGE_VARIABLES =
            Set.of(
                    "MUSTER_SOCKET",
                    "MUSTER_NONCE",
                    "MUSTER_DESCRIPTION",
                    "MUSTER_BRANCH",
                    "MUSTER_PROJECT",
                    "MUSTER_CHOICE",
                    "MUSTER_INPUT",
                    "MUSTER_TASK_ID",
                    "MUSTER_ATTEMPT",
                    "MUSTER_STAGE",
                    "MUSTER_WORKSPACE",
                    "MUSTER_COOKIE");

    private static final String FLAG = "flag";
    private static final String ENVIRONMENT = "environment";
    static final String DEFAULT = "default";

    public Sources {
        flags = Map.copyOf(flags);
        environment = Map.copyOf(environment);
    }

    /**
     * Reads {@code settings} from all places.
     *
     * @throws ConfigFault naming everything that is unknown or malformed
     */
    public Values read(List<Setting<?>> settings) {
        var faults = new ArrayList<String>();
        var config = layered(settings, faults);
        var found = new LinkedHashMap<Setting<?>, Values.Found>();
        for (var setting : settings) {
            readOne(config, setting, faults).ifPresent(entry -> found.put(setting, entry));
        }
        if (!faults.isEmpty()) {
            throw new ConfigFault(faults);
        }
        return new Values(settings, found);
    }

    private SmallRyeConfig layered(List<Setting<?>> settings, List<String> faults) {
        // No default sources and no interceptors: a password may contain ${...} and mean it.
        var builder = new SmallRyeConfigBuilder();
        var defaults = new HashMap<String, String>();
        settings.forEach(setting -> defaults.put(setting.name(), setting.preset()));
        builder.withSources(new Layer(defaults, DEFAULT, 100));
        file.ifPresent(path -> builder.withSources(fromFile(path, settings, faults)));
        builder.withSources(new Layer(fromEnvironment(settings, faults), ENVIRONMENT, 300));
        builder.withSources(new Layer(flags, FLAG, 400));
        return builder.build();
    }

    private Optional<Values.Found> readOne(
            SmallRyeConfig config, Setting<?> setting, List<String> faults) {
        var written = config.getConfigValue(setting.name());
        var text = written.getRawValue() == null ? "" : written.getRawValue().strip();
        var origin = origin(setting, String.valueOf(written.getConfigSourceName()));
        try {
            return Optional.of(
                    new Values.Found(setting, text, setting.kind().reader().apply(text), origin));
        } catch (IllegalArgumentException | ArithmeticException e) {
            var shown = setting.secret() ? "its value" : "'" + text + "'";
            faults.add(
                    "%s (%s): %s is not allowed; allowed: %s"
                            .formatted(setting.name(), origin, shown, setting.kind().allowed()));
            return Optional.empty();
        }
    }

    private String origin(Setting<?> setting, String source) {
        return switch (source) {
            case FLAG -> "flag " + setting.flag();
            case ENVIRONMENT ->
                    "environment "
                            + (environment.containsKey(setting.variable())
                                    ? setting.variable()
                                    : setting.fileVariable());
            case DEFAULT -> DEFAULT;
            default -> "file " + source;
        };
    }

    // ---- environment -------------------------------------------------------------------------

    private Map<String, String> fromEnvironment(List<Setting<?>> settings, List<String> faults) {
        var values = new HashMap<String, String>();
        for (var setting : settings) {
            var value = environment.get(setting.variable());
            var named = setting.secret() ? environment.get(setting.fileVariable()) : null;
            if (value != null && named != null) {
                faults.add(
                        setting.variable()
                                + " and "
                                + setting.fileVariable()
                                + " are both set; keep one");
            } else if (value != null) {
                values.put(setting.name(), value);
            } else if (named != null) {
                secretIn(setting, Path.of(named), faults)
                        .ifPresent(secret -> values.put(setting.name(), secret));
            }
        }
        unknownVariables().forEach(faults::add);
        return values;
    }

    private static Optional<String> secretIn(Setting<?> setting, Path file, List<String> faults) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException e) {
            faults.add(setting.fileVariable() + ": " + file + " cannot be read");
            return Optional.empty();
        }
    }

    private List<String> unknownVariables() {
        var known = knownVariables();
        return new TreeMap<>(environment)
                .keySet().stream()
                        .filter(name -> name.startsWith("MUSTER_") && !known.contains(name))
                        .map(
                                name ->
                                        name
                                                + " (environment): there is no such setting;"
                                                + " --print-config shows all there are")
                        .toList();
    }

    /** A variable of the other daemon's is not a mistake: the two may share an environment. */
    private static Set<String> knownVariables() {
        var known =
                Stream.concat(CoordinatorSettings.ALL.stream(), WorkerSettings.ALL.stream())
                        .flatMap(
                                setting ->
                                        setting.secret()
                                                ? Stream.of(
                                                        setting.variable(), setting.fileVariable())
                                                : Stream.of(setting.variable()))
                        .collect(Collectors.toSet());
        known.addAll(OTHER_VARIABLES);
        known.addAll(STAGE_VARIABLES);
        return known;
    }

    // ---- file --------------------------------------------------------------------------------

    private static Layer fromFile(Path path, List<Setting<?>> settings, List<String> faults) {
        var values = new HashMap<String, String>();
        var byName = settings.stream().map(Setting::name).collect(Collectors.toSet());
        var groups = settings.stream().map(Setting::group).collect(Collectors.toSet());
        new TreeMap<>(flattened(path))
                .forEach(
                        (written, value) -> {
                            var name = written.replace("\"", "");
                            if (byName.contains(name)) {
                                values.put(name, value);
                            } else if (!isPartOf(name, byName)
                                    && (!groups.contains(name) || !value.isBlank())) {
                                faults.add(
                                        name
                                                + " (file "
                                                + path
                                                + "): there is no such setting; --print-config"
                                                + " shows all there are");
                            }
                        });
        return new Layer(values, path.toString(), 200);
    }

    /** A list is there as a whole, between commas, and once more element by element. */
    private static boolean isPartOf(String name, Set<String> known) {
        return name.endsWith("]") && known.contains(name.replaceAll("\\[\\d+]$", ""));
    }

    private static Map<String, String> flattened(Path path) {
        try {
            var text = Files.readString(path);
            return new YamlConfigSource(path.toString(), text, 200).getProperties();
        } catch (IOException e) {
            throw new ConfigFault("the configuration file " + path + " cannot be read", e);
        } catch (RuntimeException e) {
            throw new ConfigFault(
                    "the configuration file " + path + " is not YAML: " + e.getMessage(), e);
        }
    }
}
