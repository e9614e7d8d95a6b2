/**
 * What a task does, stage by stage: the shape of a pipeline, its checks, and the templates in its
 * commands.
 *
 * <p>Pure. A pipeline that exists has been checked: every unknown field and unknown template
 * variable is a {@link dev.muster.protocol.pipeline.Fault} with a JSON pointer, never ignored.
 */
@NullMarked
package dev.muster.protocol.pipeline;

import org.jspecify.annotations.NullMarked;
