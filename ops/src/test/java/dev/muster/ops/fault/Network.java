package dev.muster.ops.fault;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A network of its own on this machine, with a cable to it. What is started in there finds a
 * loopback of its own; packets are lost where they leave the network and where they arrive. It
 * goes, with everything made for it, when it is closed.
 */
final class Network implements AutoCloseable {

    /** Which packets are lost. Silence, not an end: nobody is told. */
    enum Loss {
        NONE("accept", "accept"),
        OUTGOING("drop", "accept"),
        INCOMING("accept", "drop"),
        BOTH("drop", "drop"),
        A_FIFTH(
                "numgen random mod 100 < 20 counter drop",
                "numgen random mod 100 < 20 counter drop");

        private final String leaving;
        private final String arriving;

        Loss(String leaving, String arriving) {
            this.leaving = leaving;
            this.arriving = arriving;
        }
    }

    private static final RandomGenerator RANDOM = RandomGenerator.getDefault();
    private static final AtomicInteger RANGES = new AtomicInteger(RANDOM.nextInt(512));

    private static final String CABLE = "cable";
    private static final String TIE = "tie";

    private final String name;
    private final String range;
    private String tie = "";

    private Network(String name) {
        this.name = name;
        this.range = range();
    }

    // set aside for trying networks out (RFC 2544), so nothing real is there
    private static String range() {
        int n = RANGES.getAndIncrement();
        return "198.%d.%d.".formatted(18 + (n >> 8) % 2, n & 0xFF);
    }

    /** Makes one; the test is aborted where that is not possible. */
    static Network open() throws IOException, InterruptedException {
        assumeTrue(isThere("ip"), "there is no 'ip' program here");
        assumeTrue(isThere("nft"), "there is no 'nft' program here");
        var network = new Network("mf" + HexFormat.of().toHexDigits(RANDOM.nextInt()));
        try {
            run("", "ip", "netns", "add", network.name);
            run("", network.inside("ip", "link", "set", "lo", "up"));
            network.lose(Loss.A_FIFTH);
            network.lose(Loss.NONE);
        } catch (IOException e) {
            network.close();
            assumeTrue(false, "no network can be made here: " + e.getMessage());
        }
        network.connect();
        return network;
    }

    private static boolean isThere(String program) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + program)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private void connect() throws IOException, InterruptedException {
        var far = name + "h";
        run("", "ip", "link", "add", far, "type", "veth", "peer", "name", CABLE, "netns", name);
        run("", "ip", "addr", "add", range + "1/30", "dev", far);
        run("", "ip", "link", "set", far, "up");
        join(CABLE, range + 2);
    }

    private void join(String device, String address) throws IOException, InterruptedException {
        run("", inside("ip", "addr", "add", address + "/30", "dev", device));
        run("", inside("ip", "link", "set", device, "up"));
    }

    /** Lays a second cable from here to {@code other}; only once from one network. */
    void tieTo(Network other) throws IOException, InterruptedException {
        var ties = range();
        run("", inside("ip", "link", "add", TIE, "type", "veth", "peer", TIE, "netns", other.name));
        join(TIE, ties + 1);
        other.join(TIE, ties + 2);
        tie = ties + 1;
        other.tie = ties + 2;
    }

    /** Its own address on the second cable. */
    String tied() {
        return tie;
    }

    Place place() {
        return new Place(List.of("ip", "netns", "exec", name), range + 2);
    }

    /** This machine, as it is seen from in there. */
    String outside() {
        return range + 1;
    }

    /** From now on nothing outside is reached but that port, and it by loopback as well. */
    void wallButFor(int port) throws IOException, InterruptedException {
        run("1", inside("tee", "/proc/sys/net/ipv4/conf/all/route_localnet"));
        // what is sent to that port of loopback leaves for the machine outside
        nft(
                """
                table inet wall {
                    chain forward {
                        type nat hook output priority -100;
                        ip daddr 127.0.0.1 tcp dport %2$d dnat ip to %1$s
                    }
                    chain disguise {
                        type nat hook postrouting priority 100;
                        oifname "cable" masquerade
                    }
                    chain leaving {
                        type filter hook postrouting priority 0; policy drop;
                        oifname "lo" accept
                        ip daddr %1$s tcp dport %2$d accept
                    }
                }
                """
                        .formatted(outside(), port));
    }

    /** Loses packets of the cable to this machine. */
    void lose(Loss loss) throws IOException, InterruptedException {
        lose(CABLE, loss);
    }

    /** Loses packets of the second cable. */
    void loseOfTie(Loss loss) throws IOException, InterruptedException {
        lose(TIE, loss);
    }

    private void lose(String device, Loss loss) throws IOException, InterruptedException {
        // Only after routing is it known where what was sent to loopback goes. Made anew as a
        // whole; a table that is not there cannot be deleted
        nft(
                """
                table inet loss_%1$s
                delete table inet loss_%1$s
                table inet loss_%1$s {
                    chain leaving {
                        type filter hook postrouting priority -10;
                        oifname "%1$s" %2$s
                    }
                    chain arriving {
                        type filter hook input priority -10;
                        iifname "%1$s" %3$s
                    }
                }
                """
                        .formatted(device, loss.leaving, loss.arriving));
    }

    /** How many packets of the cable {@code A_FIFTH} has taken, leaving and arriving. */
    List<Long> lost() throws IOException, InterruptedException {
        var rules = run("", inside("nft", "list", "table", "inet", "loss_" + CABLE));
        return Pattern.compile("counter packets (\\d+)")
                .matcher(rules)
                .results()
                .map(packets -> Long.valueOf(packets.group(1)))
                .toList();
    }

    private void nft(String rules) throws IOException, InterruptedException {
        run(rules, inside("nft", "-f", "-"));
    }

    /** Whether somebody in there can open a connection to it. */
    boolean reaches(String host, int port) throws IOException, InterruptedException {
        var attempt = "exec 3<>/dev/tcp/%s/%d".formatted(host, port);
        return new ProcessBuilder(inside("timeout", "2", "bash", "-c", attempt))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private String[] inside(String... command) {
        return Stream.concat(place().starter().stream(), Stream.of(command)).toArray(String[]::new);
    }

    private static String run(String input, String... command)
            throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var stdin = process.outputWriter(StandardCharsets.UTF_8)) {
            stdin.write(input);
        } catch (IOException e) {
            // it ended without reading, and says why below
        }
        try (var output = process.inputReader(StandardCharsets.UTF_8)) {
            var said = output.readAllAsString().strip();
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
            return said;
        }
    }

    /** What still runs in there goes on without a way to anybody. */
    @Override
    public void close() throws IOException {
        for (var device : List.of(TIE, CABLE)) {
            // both ends go at once; left to the kernel they would stay for a while
            attempt(inside("ip", "link", "del", device));
        }
        attempt("ip", "netns", "del", name);
    }

    /** It may not be there: not every network came to have everything. */
    private static void attempt(String... command) throws IOException {
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .onExit()
                .join();
    }
}
