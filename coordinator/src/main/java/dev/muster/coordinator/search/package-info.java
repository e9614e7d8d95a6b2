/**
 * Finding tasks, projects and machines by their words, of what the caller may see.
 *
 * <p>Owns the table task_text, filled by a trigger (V019) when tasks are made: texts lie apart from
 * the rows that change while tasks run. A search costs at most a second of one connection for each
 * kind, and few run side by side. What people type is text and never a pattern or an operator.
 */
@NullMarked
package dev.muster.coordinator.search;

import org.jspecify.annotations.NullMarked;
