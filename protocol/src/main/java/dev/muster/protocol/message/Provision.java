package dev.muster.protocol.message;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * What a project gives to its attempts. None of it is ever written down by the machine that gets it
 * but for {@code environment}.
 *
 * @param environment variables of all stages; nothing confidential
 * @param secrets by name, of those that stages of the pipeline name and the project has
 * @param gitToken for the daemon's own git alone, never for a stage; null for none
 */
public record Provision(
        Map<String, String> environment,
        Map<String, Confidential> secrets,
        @Nullable GitToken gitToken) {

    /** Nothing. */
    public static final Provision NONE = new Provision(Map.of(), Map.of(), null);

    public Provision {
        environment = Map.copyOf(environment);
        secrets = Map.copyOf(secrets);
    }
}
