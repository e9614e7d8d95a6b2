package dev.muster.ops.config;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a verb that asks a coordinator can be told: by flags and the environment, no file. */
public final class ClientSettings {

    public static final Setting<URI> SERVER =
            Setting.of(
                    "server",
                    Kind.SERVER,
                    "http://127.0.0.1:9000",
                    "Address of any coordinator, as people use it in their browser.");

    public static final Setting<Optional<String>> TOKEN =
            Setting.secret(
                    "token", Kind.TEXT.orNone(), "A personal access token of who asks for it.");

    private ClientSettings() {}

    /**
     * What holds for a verb that was started with these flags, in this environment.
     *
     * @throws ConfigFault naming everything that is unknown or malformed
     */
    public static Values read(Map<String, String> flags, Map<String, String> environment) {
        return new Sources(flags, environment, Optional.empty()).read(List.of(SERVER, TOKEN));
    }

    /** Whether passwords and tokens would travel to other machines for all to read. */
    public static boolean isReadableOnTheWay(URI server) {
        return !"https".equals(server.getScheme())
                && !Loopback.isLoopback(Optional.ofNullable(server.getHost()).orElse(""));
    }
}
