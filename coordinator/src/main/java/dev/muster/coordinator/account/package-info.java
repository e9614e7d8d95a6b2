/**
 * Who people are, and that they are who they say: developers, passwords, sessions, tokens.
 *
 * <p>Owns the tables developer and session. A session is one login; its access tokens live minutes
 * and die with it, its refresh token is replaced at each use. Machines' tokens are made here too,
 * with a key of their own; what a machine may do is not decided here.
 *
 * <p>INVARIANT: no password and no token is ever stored, logged or answered a second time, but for
 * the first admin's password, which waits in a file only its owner can read.
 */
@NullMarked
package dev.muster.coordinator.account;

import org.jspecify.annotations.NullMarked;
