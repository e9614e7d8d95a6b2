package dev.muster.protocol.git;

import org.jspecify.annotations.Nullable;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which hosts an address may name.
 *
 * <p>Private networks and the machine itself are fine: that is where a team's own git server
 * stands, and the stages of the same project reach them anyway. Where clouds hand out the machine's
 * credentials is not: link-local addresses, the few that single clouds have elsewhere, and their
 * names. A name that only resolves to one of them gets no further: those services speak neither TLS
 * nor ssh, and redirects are not followed. Numbers in any form but the usual four are refused,
 * since programs read them differently.
 */
final class HostName {

    private static final Pattern NAME =
            Pattern.compile(
                    "[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
                            + "(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*");
    private static final Pattern NUMBER = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)");
    private static final Pattern BYTE = Pattern.compile("0|[1-9][0-9]{0,2}");
    private static final Pattern SIX = Pattern.compile("\\[([0-9A-Fa-f:.]{2,45})]");

    /** The names by which clouds' machines ask for their credentials. */
    private static final Set<String> CREDENTIAL_NAMES =
            Set.of(
                    "metadata",
                    "metadata.google.internal",
                    "metadata.goog",
                    "metadata.azure.internal",
                    "metadata.tencentyun.com",
                    "metadata.platformequinix.com",
                    "instance-data",
                    "instance-data.ec2.internal");

    /** Their addresses that are not link-local: Alibaba, Oracle, Azure; Amazon and Google by v6. */
    private static final Set<InetAddress> CREDENTIAL_ADDRESSES =
            Stream.of(
                            "100.100.100.200",
                            "192.0.0.192",
                            "168.63.129.16",
                            "fd00:ec2::254",
                            "fd20:ce::254")
                    .map(InetAddress::ofLiteral)
                    .collect(Collectors.toUnmodifiableSet());

    /** 96 bits before a v4 address: the well-known translation, the older ones, the oldest. */
    private static final Set<String> INNER_PREFIXES =
            Set.of(
                    "0064ff9b0000000000000000",
                    "0000000000000000ffff0000",
                    "000000000000000000000000");

    private HostName() {}

    static @Nullable String objection(String host) {
        var six = SIX.matcher(host);
        if (six.matches()) {
            return six.group(1).indexOf(':') < 0
                    ? "has no v6 address in its brackets"
                    : addressObjection(six.group(1));
        }
        if (host.length() > 253 || !NAME.matcher(host).matches()) {
            return "has a host name with characters not allowed there";
        }
        if (CREDENTIAL_NAMES.contains(host.toLowerCase(Locale.ROOT))) {
            return "names a host that no repository is served from";
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
            return servesNobody(address) || servesNobody(inner(address))
                    ? "names a host by an address no repository is served from"
                    : null;
        } catch (IllegalArgumentException _) {
            return "has a host address that cannot be read";
        }
    }

    private static boolean servesNobody(InetAddress address) {
        int first = address.getAddress()[0] & 0xff;
        var isReserved = address instanceof Inet4Address && (first == 0 || first >= 240);
        return isReserved
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress()
                || CREDENTIAL_ADDRESSES.contains(address);
    }

    /** The v4 address that a gateway would make of a v6 one; else the address itself. */
    private static InetAddress inner(InetAddress address) {
        var bytes = address.getAddress();
        if (!(address instanceof Inet6Address) || address.isLoopbackAddress()) {
            return address;
        }
        var hex = HexFormat.of().formatHex(bytes);
        if (hex.startsWith("2002")) {
            return v4(bytes, 2);
        }
        return INNER_PREFIXES.stream().anyMatch(hex::startsWith) ? v4(bytes, 12) : address;
    }

    private static InetAddress v4(byte[] bytes, int from) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }
}
