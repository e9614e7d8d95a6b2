package dev.muster.ops.harness;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports that nobody has, and that nobody is given who asks the system for any. */
public final class Ports {

    // below those that systems give out by themselves: a program that is to listen on the port a
    // moment later would else find that it was given to another of its own sockets
    private static final int FIRST = 20_000;
    private static final int LAST = 32_000;

    private Ports() {}

    /** One that was free just now. */
    public static int free() throws IOException {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException _) {
                // somebody has it: another one
            }
        }
    }
}
