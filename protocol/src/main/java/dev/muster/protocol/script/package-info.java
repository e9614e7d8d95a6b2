/**
 * Shell scripts with holes in them, read to see whether a value that fills a hole stays a value.
 *
 * <p>Shells take some texts for more than text: words of {@code eval}, names that {@code read}
 * fills, and whatever stands in arithmetic, where {@code a[$(command)]} runs the command however
 * well it is quoted. So a script with holes has to be plain: made of what {@link
 * dev.muster.protocol.script.PlainScript} knows, with its holes in words that are passed on as they
 * are. INVARIANT: what is not understood is objected to, never passed over.
 *
 * <p>Pure. What programs make of their arguments is not looked at, nor what a script does with a
 * variable that it gave a value itself, but for arithmetic and its like, which are in no script
 * with holes.
 */
@NullMarked
package dev.muster.protocol.script;

import org.jspecify.annotations.NullMarked;
