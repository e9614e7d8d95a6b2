/**
 * Personal access tokens: bearer tokens for programs that act as their owner.
 *
 * <p>Owns the table personal_token. A token has its owner's role, within its scopes, as long as it
 * is not revoked, has not expired and its owner is not disabled; a changed password does not end
 * it. It cannot make or change credentials. What ends one is known within a second everywhere.
 *
 * <p>INVARIANT: a token's text is answered once, to who made it, and is nowhere kept.
 */
@NullMarked
package dev.muster.coordinator.account.token;

import org.jspecify.annotations.NullMarked;
