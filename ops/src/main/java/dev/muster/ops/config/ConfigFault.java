package dev.muster.ops.config;

import java.util.List;

/** Settings that cannot be meant: all of them, each with its name and what is allowed. */
public final class ConfigFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    ConfigFault(List<String> faults) {
        super(String.join("\n", faults));
    }

    ConfigFault(String fault, Throwable cause) {
        super(fault, cause);
    }
}
