package dev.muster.coordinator.terminal;

import dev.muster.coordinator.http.Allowances;
import dev.muster.coordinator.terminal.Ring.Piece;
import dev.muster.coordinator.time.Timers;
import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;
import dev.muster.protocol.terminal.TerminalSockets;
import dev.muster.protocol.wire.WireException;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;

/**
 * A worker's socket: it says who it is, then what it has, then what is printed. Confined to the
 * socket's event loop, where nothing may wait.
 */
final class WorkerSocket {

    private static final Logger log = LoggerFactory.getLogger(WorkerSocket.class);

    private final long task;
    private final String address;
    private final Terminals terminals;
    private final Allowances failures;
    private final Line line;
    private @Nullable Terminal terminal;
    private boolean greeted;

    private WorkerSocket(
            ServerWebSocket socket,
            long task,
            String address,
            Terminals terminals,
            Allowances failures) {
        this.task = task;
        this.address = address;
        this.terminals = terminals;
        this.failures = failures;
        this.line = new Line(socket);
    }

    /** Waits for which machine comes, for as long as that may take. */
    static void open(
            Vertx vertx,
            ServerWebSocket socket,
            long task,
            String address,
            Terminals terminals,
            Allowances failures) {
        var worker = new WorkerSocket(socket, task, address, terminals, failures);
        socket.textMessageHandler(worker::enter);
        socket.binaryMessageHandler(worker::take);
        socket.exceptionHandler(e -> log.debug("a worker's terminal connection broke", e));
        socket.closeHandler(_ -> worker.leave());
        Timers.after(vertx, TerminalSockets.TO_ENTER, worker::mustHaveGreeted);
    }

    private void mustHaveGreeted() {
        if (terminal == null) {
            line.close(TerminalClose.UNAUTHORISED);
        }
    }

    private record Auth(String workerJwt, String channelToken) {

        static Optional<Auth> read(String text) {
            try {
                var json = new JsonObject(text);
                var jwt = json.getString("workerJwt");
                var token = json.getString("channelToken");
                return "auth".equals(json.getString("type")) && jwt != null && token != null
                        ? Optional.of(new Auth(jwt, token))
                        : Optional.empty();
            } catch (DecodeException | ClassCastException _) {
                return Optional.empty();
            }
        }

        @Override
        public String toString() {
            return "Auth[]";
        }
    }

    private void enter(String text) {
        if (!failures.tryTake(address)) {
            line.close(TerminalClose.TOO_MANY_FAILURES);
            return;
        }
        var auth =
                terminal == null && text.length() <= TerminalSockets.LARGEST_AUTH
                        ? Auth.read(text)
                        : Optional.<Auth>empty();
        // by its signature, so nothing waits; a machine that comes late for what nobody wants any
        // more has not failed to say who it is
        var machine =
                failures.counted(
                        address, () -> auth.flatMap(one -> terminals.machine(one.workerJwt())));
        if (machine.isEmpty()) {
            line.close(TerminalClose.UNAUTHORISED);
            return;
        }
        terminals
                .dialled(task, machine.get(), auth.get().channelToken(), line)
                .ifPresentOrElse(
                        found -> terminal = found, () -> line.close(TerminalClose.UNKNOWN));
    }

    private void take(Buffer frame) {
        var at = terminal;
        if (at == null) {
            line.close(TerminalClose.UNAUTHORISED);
            return;
        }
        try {
            if (greeted
                    && frame.length() > TerminalFrames.OUTPUT_HEAD
                    && TerminalFrames.isOutput(frame.getByte(0))) {
                printed(at, frame);
                return;
            }
            switch (TerminalFrames.decode(frame.getBytes())) {
                case TerminalFrame.Hello(var json) when !greeted -> greet(at, new JsonObject(json));
                case TerminalFrame.Size size when greeted -> at.sized(size);
                case TerminalFrame.Exit(var offset) when greeted -> at.exited(offset);
                default -> line.close(TerminalClose.NOT_A_FRAME);
            }
        } catch (WireException
                | DecodeException
                | ClassCastException
                | IllegalArgumentException _) {
            line.close(TerminalClose.NOT_A_FRAME);
        }
    }

    private void printed(Terminal at, Buffer frame) {
        long offset = frame.getLong(1);
        if (offset < 0 || frame.length() > TerminalSockets.LARGEST_OUTPUT) {
            line.close(TerminalClose.NOT_A_FRAME);
        } else {
            at.printed(new Piece(offset, frame));
        }
    }

    private void greet(Terminal at, JsonObject hello) {
        greeted = true;
        boolean wanted =
                at.greeted(
                        line,
                        hello.getLong("fence", 0L),
                        hello.getLong("start", 0L),
                        hello.getLong("end", 0L),
                        new TerminalFrame.Size(
                                hello.getInteger("columns", 80), hello.getInteger("rows", 24)));
        if (wanted) {
            log.info("a terminal is connected {}", at.id());
        } else {
            line.close(TerminalClose.REPLACED);
        }
    }

    private void leave() {
        if (terminal != null) {
            terminal.lost(line);
        }
    }
}
