package dev.muster.ops.up;

import dev.muster.ops.config.CoordinatorSettings;
import dev.muster.ops.config.Setting;
import dev.muster.ops.config.Values;
import dev.muster.ops.terminal.Complaint;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

/** Whether ports can be had, asked before anything is started that would have to be stopped. */
public final class Ports {

    private Ports() {}

    /** Complains about the first of a coordinator's ports that somebody else has. */
    public static void requireFree(Values values) {
        for (var listener : listeners()) {
            var host = values.get(listener.host());
            var port = values.get(listener.port());
            if (port != 0 && !isFree(host, port)) {
                throw new Complaint(
                        "port %d of %s is taken or not ours to take; stop what listens there, or choose another with %s"
                                .formatted(port, host, listener.port().flag()));
            }
        }
    }

    private record Listener(Setting<String> host, Setting<Integer> port) {}

    private static List<Listener> listeners() {
        return List.of(
                new Listener(CoordinatorSettings.HOST, CoordinatorSettings.PORT),
                new Listener(
                        CoordinatorSettings.MANAGEMENT_HOST, CoordinatorSettings.MANAGEMENT_PORT),
                new Listener(CoordinatorSettings.CLUSTER_HOST, CoordinatorSettings.CLUSTER_PORT));
    }

    static boolean isFree(String host, int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
