package dev.muster.worker.signal;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * {@code muster-signal done|failed|ask [message]}: a program of its own, started by the agent's
 * hook. Exit status 0 when the daemon took it, 1 when it did not, 2 for a call that cannot be
 * meant.
 */
final class SignalCommand {

    static final String SOCKET = "MUSTER_SOCKET";
    static final String NONCE = "MUSTER_NONCE";

    /** Its exit status for a call that cannot be meant, such as one without arguments. */
    static final int MISUSED = 2;

    private static final String USAGE =
            """
            usage: muster-signal done|failed|ask [message]
              done    the stage is finished
              failed  it cannot be; the message says why
              ask     somebody should look at the terminal; the stage goes on\
            """;

    private SignalCommand() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) {
        if (arguments.length == 0 || Signal.kind(arguments[0]).isEmpty()) {
            System.err.println(USAGE);
            return MISUSED;
        }
        var socket = System.getenv(SOCKET);
        var nonce = System.getenv(NONCE);
        if (socket == null || nonce == null) {
            System.err.println("muster-signal: this is no stage that an agent drives");
            return 1;
        }
        var rest = String.join(" ", Arrays.asList(arguments).subList(1, arguments.length));
        var signal = new Signal(Signal.kind(arguments[0]).orElseThrow(), rest);
        var line = nonce + " " + signal.kind().word() + " " + signal.message() + "\n";
        try {
            var answer = tell(UnixDomainSocketAddress.of(socket), line);
            if (answer.equals(SignalSocket.TAKEN)) {
                return 0;
            }
            System.err.println("muster-signal: not taken");
        } catch (IOException e) {
            System.err.println("muster-signal: nobody listens any more: " + e.getMessage());
        }
        return 1;
    }

    private static String tell(UnixDomainSocketAddress address, String line) throws IOException {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(address);
            var bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            var answer = ByteBuffer.allocate(SignalSocket.TAKEN.length());
            while (answer.hasRemaining() && channel.read(answer) >= 0) {
                // read on until it is whole
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
        }
    }
}
