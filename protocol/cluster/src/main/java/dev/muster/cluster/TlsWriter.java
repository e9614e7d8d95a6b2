package dev.muster.cluster;

import static com.hazelcast.internal.networking.HandlerStatus.BLOCKED;
import static com.hazelcast.internal.networking.HandlerStatus.CLEAN;
import static com.hazelcast.internal.networking.HandlerStatus.DIRTY;
import static com.hazelcast.internal.nio.IOUtil.compactOrClear;

import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.networking.OutboundHandler;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

import javax.net.ssl.SSLException;

/** The last of a connection's writers: puts what the others wrote into records. */
final class TlsWriter extends OutboundHandler<ByteBuffer, ByteBuffer> {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final TlsConnection tls;

    TlsWriter(TlsConnection tls) {
        this.tls = tls;
    }

    @Override
    public void handlerAdded() {
        initDstBuffer(4 * tls.recordSize());
    }

    @Override
    public HandlerStatus onWrite() throws IOException {
        compactOrClear(dst);
        try {
            while (true) {
                switch (tls.status()) {
                    case NEED_WRAP -> {
                        if (!writeRecord(NOTHING)) {
                            return DIRTY;
                        }
                        channel.inboundPipeline().wakeup(); // it may have waited for this
                    }
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                        return BLOCKED; // until the reader wakes this
                    }
                    case FINISHED, NOT_HANDSHAKING, NEED_TASK -> {
                        if (!src.hasRemaining()) {
                            return CLEAN;
                        }
                        if (!writeRecord(src)) {
                            return DIRTY;
                        }
                    }
                }
            }
        } finally {
            dst.flip();
        }
    }

    /** False if the socket has to take what is there first. */
    private boolean writeRecord(ByteBuffer content) throws IOException {
        return switch (tls.wrap(content, dst).getStatus()) {
            case OK -> true;
            case BUFFER_OVERFLOW -> false;
            case BUFFER_UNDERFLOW -> throw new SSLException("wrapping needs no input");
            case CLOSED -> throw new EOFException("the connection is closed");
        };
    }
}
