/**
 * How Muster is known on chat platforms, and which chat is about which project.
 *
 * <p>Owns the rows of {@code bot} and {@code bot_binding}. Nothing here speaks to a platform yet.
 * INVARIANT: a bot's secrets go in and never out: they are sealed for this bot and this field, and
 * neither answers nor audit entries have them. INVARIANT: a chat is about at most one project.
 */
@NullMarked
package dev.muster.coordinator.bot;

import org.jspecify.annotations.NullMarked;
