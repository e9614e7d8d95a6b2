/**
 * Second factors: codes of an authenticator app (RFC 6238), and recovery codes in their place.
 *
 * <p>Owns the tables totp and recovery_code. A secret is shown once, when it is set up, and kept
 * encrypted; it counts from when its owner has shown a code of it.
 *
 * <p>INVARIANT: a code is taken once, on whichever coordinator it comes first, and then none of an
 * earlier step; after five that were wrong each next has to wait.
 */
@NullMarked
package dev.muster.coordinator.account.totp;

import org.jspecify.annotations.NullMarked;
