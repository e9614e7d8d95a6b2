package dev.muster.coordinator.terminal;

import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;

/** The socket over which a worker serves a terminal. Thread-safe. */
final class Line {

    private final Socket socket;

    Line(ServerWebSocket socket) {
        this.socket = new Socket(socket);
    }

    void send(TerminalFrame.ToWorker frame) {
        socket.write(Buffer.buffer(TerminalFrames.encode(frame)));
    }

    void beat() {
        socket.beat();
    }

    void close(TerminalClose why) {
        socket.close(why);
    }
}
