package dev.muster.ops.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Three files that only make sense together. */
record TlsFiles(Path certificate, Path key, Path authority) {

    static Optional<TlsFiles> of(
            Values values,
            Setting<Optional<Path>> certificate,
            Setting<Optional<Path>> key,
            Setting<Optional<Path>> authority) {
        var given =
                List.of(certificate, key, authority).stream()
                        .flatMap(setting -> values.get(setting).stream())
                        .toList();
        return switch (given.size()) {
            case 0 -> Optional.empty();
            case 3 -> Optional.of(new TlsFiles(given.get(0), given.get(1), given.get(2)));
            default ->
                    throw new ConfigFault(
                            List.of(
                                    "%s, %s and %s go together: give all of them or none"
                                            .formatted(
                                                    certificate.name(),
                                                    key.name(),
                                                    authority.name())));
        };
    }
}
