package dev.muster.protocol.pipeline;

import java.util.List;

/** What came of reading a pipeline that a person wrote. */
public sealed interface PipelineReading {

    /** It is sound. */
    record Sound(Pipeline pipeline) implements PipelineReading {}

    /** It is not; the first hundred faults are listed, in document order. */
    record Faulty(List<Fault> faults) implements PipelineReading {
        public Faulty {
            faults = List.copyOf(faults);
        }
    }
}
