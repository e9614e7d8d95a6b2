package dev.muster.worker.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.wire.Wire;

/** What a connection says first. */
final class Greeting {

    private Greeting() {}

    private record Auth(String type, String workerJwt, String channelToken) {}

    private record Hello(
            long task,
            int attempt,
            long fence,
            String terminal,
            long start,
            long end,
            int columns,
            int rows,
            long epoch) {}

    /** The first frame, a text. */
    static String auth(String workerToken, String channelToken) {
        return text(new Auth("auth", workerToken, channelToken));
    }

    /**
     * The second one.
     *
     * @param start offset of the first byte that can still be sent
     * @param end offset behind the last one so far
     * @param epoch the latest holder of the control that was heard of
     */
    static TerminalFrame.Hello hello(
            LeaseRef lease, String terminal, long start, long end, Controls.Size size, long epoch) {
        return new TerminalFrame.Hello(
                text(
                        new Hello(
                                lease.task(),
                                lease.attempt(),
                                lease.fence(),
                                terminal,
                                start,
                                end,
                                size.columns(),
                                size.rows(),
                                epoch)));
    }

    private static String text(Object json) {
        return new String(Wire.encode(json), UTF_8);
    }
}
