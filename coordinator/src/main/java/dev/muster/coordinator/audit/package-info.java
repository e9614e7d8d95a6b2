/**
 * Who did what: entries written by the very statements that do it, and sealed afterwards, so that
 * whoever changes them is found out ({@code coordinator/audit.md}).
 *
 * <p>Owns the table audit_entry. Other rooms add to it by {@code note_act}, in their own
 * statements.
 *
 * <p>INVARIANT: what an entry tells of is committed with it or not at all, and a sealed entry never
 * changes. What was denied is noted within a second and may be lost with its process.
 */
@NullMarked
package dev.muster.coordinator.audit;

import org.jspecify.annotations.NullMarked;
