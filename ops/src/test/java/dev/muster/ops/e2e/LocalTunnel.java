package dev.muster.ops.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real tunnel on loopback: gives a file of the directory it was told to who connects. */
public final class LocalTunnel {

    private LocalTunnel() {}

    /**
     * Listens until it is ended, and tells where.
     *
     * @param arguments the directory
     */
    public static void main(String[] arguments) throws IOException {
        try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            System.out.println("connect to tcp://127.0.0.1:" + server.getLocalPort());
            while (true) {
                try (var connection = server.accept()) {
                    var file = Path.of(arguments[0]).resolve("readme.txt");
                    connection.getOutputStream().write(Files.readAllBytes(file));
                }
            }
        }
    }
}
