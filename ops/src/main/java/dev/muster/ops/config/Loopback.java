package dev.muster.ops.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Whether an address stays on this machine. */
final class Loopback {

    private Loopback() {}

    /** A name that does not resolve is not. */
    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
