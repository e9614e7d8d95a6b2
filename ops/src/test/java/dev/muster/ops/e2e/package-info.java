/** What a person does from a first start on, and what must hold when a process is killed. */
@NullMarked
package dev.muster.ops.e2e;

import org.jspecify.annotations.NullMarked;
