package dev.muster.protocol.git;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * Which hosts an address may name.
 *
 * <p>Private networks are fine: that is where a team's own git server stands. Link-local addresses
 * are not: nobody keeps repositories there, clouds keep machine credentials there. Numbers in any
 * form but the usual four are refused, since programs read them differently.
 */
final class HostName {

    private static final Pattern NAME =
            Pattern.compile(
                    "[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
                            + "(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*");
    private static final Pattern NUMBER = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)");
    private static final Pattern BYTE = Pattern.compile("0|[1-9][0-9]{0,2}");
    private static final Pattern SIX = Pattern.compile("\\[([0-9A-Fa-f:.]{2,45})]");

    private HostName() {}

    static @Nullable String objection(String host) {
        var six = SIX.matcher(host);
        if (six.matches()) {
            return addressObjection(six.group(1));
        }
        if (host.length() > 253 || !NAME.matcher(host).matches()) {
            return "has a host name with characters not allowed there";
        }
        if (!NUMBER.matcher(host).matches()) {
            return null;
        }
        return isDottedQuad(host) ? addressObjection(host) : "has a number for a host";
    }

    private static boolean isDottedQuad(String host) {
        var parts = host.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (var part : parts) {
            if (!BYTE.matcher(part).matches() || Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable String addressObjection(String literal) {
        try {
            // a literal is only parsed, nothing is looked up; a mapped v4 address comes back as v4
            var address = InetAddress.ofLiteral(literal);
            return address.isLinkLocalAddress()
                            || address.isAnyLocalAddress()
                            || address.isMulticastAddress()
                    ? "names a host by an address no repository is served from"
                    : null;
        } catch (IllegalArgumentException _) {
            return "has a host address that cannot be read";
        }
    }
}
