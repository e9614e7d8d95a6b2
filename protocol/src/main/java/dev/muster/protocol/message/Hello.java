package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The first request on a new connection: who this daemon is, what it can do, and which attempts it
 * still runs. Leases of the machine that belong to another {@code boot} died with that daemon.
 *
 * @param boot drawn once when the daemon starts; tells a restart from a reconnect
 * @param version the daemon's software version
 * @param capabilities agent types it can drive, such as {@code shell}
 * @param slots how many attempts it runs at once, 1 to 1000
 * @param held attempts it runs now
 * @param finished those of {@code held} of which nothing runs any more and only the outcome waits
 *     to be told; null for none
 * @param after the boot of a daemon of this machine that is known to be dead, and in whose place
 *     this one is; null if none is known
 */
public record Hello(
        int v,
        UUID machine,
        UUID boot,
        String version,
        List<String> capabilities,
        int slots,
        List<LeaseRef> held,
        @Nullable List<LeaseRef> finished,
        @Nullable UUID after)
        implements Versioned {

    private static final Pattern VERSION = Pattern.compile("[\\x21-\\x7e]{1,64}");

    public Hello {
        capabilities = AgentTypes.checked(capabilities);
        held = LeaseRef.checked(held);
        finished = finished == null ? null : LeaseRef.checked(finished);
        if (!VERSION.matcher(version).matches()) {
            throw new IllegalArgumentException("a version is a word of up to 64 characters");
        }
        if (slots < 1 || slots > 1000) {
            throw new IllegalArgumentException("slots are 1 to 1000, was " + slots);
        }
    }

    /** Of a daemon that runs all that it holds and knows of no predecessor. */
    public Hello(
            int v,
            UUID machine,
            UUID boot,
            String version,
            List<String> capabilities,
            int slots,
            List<LeaseRef> held) {
        this(v, machine, boot, version, capabilities, slots, held, null, null);
    }
}
