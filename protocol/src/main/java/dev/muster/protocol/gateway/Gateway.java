package dev.muster.protocol.gateway;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.wire.Wire;

import java.util.Set;

/** Where the gateway is, and how much it takes. */
public final class Gateway {

    /** Where a coordinator upgrades to a WebSocket. */
    public static final String PATH = "/api/workers/gateway";

    /** The subprotocol; another version is another name. */
    public static final String PROTOCOL = "muster.gateway.v1";

    /** A frame is a message of the bus and this much around it, in bytes. */
    public static final int LARGEST_FRAME = Wire.LARGEST_MESSAGE + 1024;

    /** A WebSocket frame carries no more than this, in bytes; a larger frame of ours is several. */
    public static final int LARGEST_PIECE = 32 * 1024;

    /** Where a worker may send requests. */
    public static final Set<String> ADDRESSES =
            Set.of(
                    Addresses.HELLO,
                    Addresses.HEARTBEAT,
                    Addresses.PULL,
                    Addresses.REPORT,
                    Addresses.APPEND,
                    Addresses.APPEND_LATE,
                    Addresses.PROMOTE,
                    Addresses.ANSWER);

    private Gateway() {}
}
