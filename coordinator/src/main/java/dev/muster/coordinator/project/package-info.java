/**
 * Projects: where tasks work, what they do there, and who belongs to them.
 *
 * <p>Owns the rows of {@code project}, {@code pipeline} and {@code project_member}. A pipeline row
 * is never changed; a project points to its newest, so a task keeps the one it was created with,
 * and the agent that it was written for. Whoever changes a project or its members locks its row
 * first, and looks then. INVARIANT: an archived project has no members, and no task that has not
 * ended.
 */
@NullMarked
package dev.muster.coordinator.project;

import org.jspecify.annotations.NullMarked;
