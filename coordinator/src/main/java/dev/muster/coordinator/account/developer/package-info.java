/**
 * People's accounts: what they say of themselves, and what admins make of them.
 *
 * <p>Owns the table developer, but for what a login reads of it. A password that somebody else
 * chose or saw is a one-time one: it lets its owner in for a week, and only to replace it.
 *
 * <p>INVARIANT: there is always an admin who is not disabled. Who is disabled, and whose password
 * changes, has no session from before.
 */
@NullMarked
package dev.muster.coordinator.account.developer;

import org.jspecify.annotations.NullMarked;
