/**
 * Who this machine is to the coordinators: its directory, its identity on disk, and how it gets and
 * keeps a token.
 *
 * <p>Speaks HTTP only; every call blocks its virtual thread. INVARIANT: the machine's id is on disk
 * before the first request names it, and a new recovery secret is on disk before it is used, so a
 * crash at any point leaves an identity that works.
 */
@NullMarked
package dev.muster.worker.identity;

import org.jspecify.annotations.NullMarked;
