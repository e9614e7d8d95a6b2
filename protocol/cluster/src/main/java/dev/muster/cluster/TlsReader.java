package dev.muster.cluster;

import static com.hazelcast.internal.networking.HandlerStatus.CLEAN;
import static com.hazelcast.internal.networking.HandlerStatus.DIRTY;
import static com.hazelcast.internal.nio.IOUtil.compactOrClear;

import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.networking.InboundHandler;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** The first of a connection's readers: takes records from the wire, gives on what is in them. */
final class TlsReader extends InboundHandler<ByteBuffer, ByteBuffer> {

    private final TlsConnection tls;
    // Hazelcast's first reader takes three bytes at a time, and a record comes as a whole
    private final ByteBuffer content;

    TlsReader(TlsConnection tls) {
        this.tls = tls;
        this.content = ByteBuffer.allocate(tls.contentSize()).limit(0);
    }

    @Override
    public void handlerAdded() {
        initSrcBuffer(2 * tls.recordSize());
    }

    @Override
    public HandlerStatus onRead() throws IOException {
        src.flip();
        try {
            while (true) {
                giveOn();
                if (content.hasRemaining()) {
                    return DIRTY; // whoever comes next makes room, then this goes on
                }
                if (!readRecord()) {
                    return CLEAN;
                }
            }
        } finally {
            compactOrClear(src);
        }
    }

    private void giveOn() {
        int fits = Math.min(content.remaining(), dst.remaining());
        dst.put(dst.position(), content, content.position(), fits);
        dst.position(dst.position() + fits);
        content.position(content.position() + fits);
    }

    /** False if that takes more bytes, or the writer has to speak first and wakes this then. */
    private boolean readRecord() throws IOException {
        content.clear();
        try {
            var result = tls.unwrap(src, content, channel.outboundPipeline()::wakeup);
            return switch (result.getStatus()) {
                case OK ->
                        result.bytesConsumed() > 0
                                || result.getHandshakeStatus() != HandshakeStatus.NEED_WRAP;
                case BUFFER_UNDERFLOW -> false;
                case BUFFER_OVERFLOW -> throw new SSLException("a record larger than TLS allows");
                case CLOSED -> throw new EOFException("the other end closed the connection");
            };
        } finally {
            content.flip();
        }
    }
}
