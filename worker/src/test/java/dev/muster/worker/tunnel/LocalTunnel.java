package dev.muster.worker.tunnel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A real tunnel on loopback: listens, tells where, and answers each connection with a file of the
 * directory it was given. On request it misbehaves.
 */
public final class LocalTunnel {

    private LocalTunnel() {}

    /**
     * Listens until it is ended.
     *
     * @param arguments how it behaves, the directory, and a name
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments[0].equals("silent")) {
            Thread.sleep(Long.MAX_VALUE);
        }
        if (arguments[0].equals("login")) {
            System.out.println("please log into https://example.com/login and use code ABCD-1234");
            Thread.sleep(Long.MAX_VALUE);
        }
        if (arguments[0].equals("crash")) {
            System.out.println("no way out");
            System.exit(3);
        }
        try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var address = "tcp://127.0.0.1:" + server.getLocalPort() + "/" + arguments[2];
            System.out.println("\033[1mready\033[0m at " + address + " now");
            while (true) {
                try (var connection = server.accept()) {
                    var file = Path.of(arguments[1]).resolve("greeting");
                    connection.getOutputStream().write(Files.readAllBytes(file));
                }
                if (arguments[0].equals("once")) {
                    System.exit(1);
                }
            }
        }
    }
}
