package dev.muster.coordinator.gateway;

import java.time.Duration;

/**
 * How much a connection may ask for, and how long it may keep silent.
 *
 * @param connections of all machines to this coordinator
 * @param perMachine connections of one machine: the one that works, and others that try to
 * @param requests in flight of one connection; more are not read
 * @param bytes of those requests; more are not read
 * @param pingEvery how often a connection must show that it lives
 * @param pings how many of those it may miss before it is dead
 * @param greeting how long a connection may take to greet
 * @param greetings passed on at once, of all connections; others wait for their turns
 */
record Limits(
        int connections,
        int perMachine,
        int requests,
        long bytes,
        Duration pingEvery,
        int pings,
        Duration greeting,
        int greetings) {

    /** A worker of 1000 slots has up to as many small pulls parked, and as many appends. */
    static final Limits DEFAULT =
            new Limits(
                    10_000,
                    4,
                    4_096,
                    4L << 20,
                    Duration.ofSeconds(15),
                    2,
                    Duration.ofSeconds(15),
                    8);
}
