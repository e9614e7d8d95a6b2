package dev.muster.protocol.wire;

/** A message that stands for itself and says which version of the protocol wrote it. */
public interface Versioned {

    /** The version that wrote it: {@link Wire#VERSION} in what this code writes. */
    int v();
}
