/**
 * What admins may set while coordinators run.
 *
 * <p>Owns the tables setting and settings_version. A setting is declared once, in {@link
 * dev.muster.coordinator.settings.Setting}; what nobody set is as the coordinator was started.
 * Every coordinator looks at the version each two seconds, so what is set acts everywhere within
 * seconds. Rooms are given suppliers of what concerns them and do not know this one.
 */
@NullMarked
package dev.muster.coordinator.settings;

import org.jspecify.annotations.NullMarked;
