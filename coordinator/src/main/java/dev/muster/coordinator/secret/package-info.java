/**
 * What a project gives to its stages: variables that people may read, and secrets that nobody reads
 * but the machine that runs a stage which names them.
 *
 * <p>Owns the rows of {@code secret} and {@code secret_key}, {@code project.environment} and {@code
 * project.secrets_version}. A value leaves this room for machines only, in an assignment or to be
 * masked in what a shell prints: no answer, log line, event, audit entry or error holds one. {@link
 * dev.muster.coordinator.secret.Masks} keeps them out of what machines tell.
 */
@NullMarked
package dev.muster.coordinator.secret;

import org.jspecify.annotations.NullMarked;
