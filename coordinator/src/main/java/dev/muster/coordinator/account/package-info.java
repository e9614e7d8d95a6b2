/**
 * Who people are, and that they are who they say: passwords, sessions, tokens.
 *
 * <p>Owns the table session, and of developer what a login is judged by. A session is one login;
 * its access tokens live minutes and die with it, its refresh token is replaced at each use.
 * Machines' tokens are made here too, with a key of their own; what a machine may do is not decided
 * here. {@code developer} has the accounts themselves, {@code totp} second factors, {@code token}
 * personal access tokens; they know this package, and it none of them.
 *
 * <p>Whoever makes or changes a credential of an account that exists (password, second factor,
 * personal access token; one's own, or another's as an admin) must have logged in within the last
 * ten minutes, whatever else the request proves. Only a login may at all: a personal access token
 * cannot beget another. A changed password or second factor ends the developer's sessions, but for
 * the one that changed it.
 *
 * <p>INVARIANT: no password and no token is ever stored, logged or answered a second time, but for
 * the first admin's password, which waits in a file only its owner can read.
 */
@NullMarked
package dev.muster.coordinator.account;

import org.jspecify.annotations.NullMarked;
