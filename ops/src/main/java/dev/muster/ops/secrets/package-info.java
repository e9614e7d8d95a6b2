/** {@code muster secrets}: what operators do with the secrets of all projects. */
@NullMarked
package dev.muster.ops.secrets;

import org.jspecify.annotations.NullMarked;
