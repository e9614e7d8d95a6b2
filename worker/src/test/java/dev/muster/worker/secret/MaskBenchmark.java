package dev.muster.worker.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.secret.Automaton;
import dev.muster.protocol.secret.Needles;

import java.util.ArrayList;
import java.util.List;

/** What masking costs: run by hand, tells megabytes per second for some numbers of secrets. */
final class MaskBenchmark {

    private static final int CHUNK = 32 * 1024;
    private static final int CHUNKS = 2_000;

    private MaskBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        var line =
                "[INFO] Running dev.muster.worker.terminal.ShellTerminalTest 12 tests, 0.42 s\r\n";
        var text = line.repeat(CHUNK / line.length() + 1).substring(0, CHUNK).getBytes(UTF_8);
        for (int secrets : List.of(1, 10, 100)) {
            var needles = new ArrayList<String>();
            for (int i = 0; i < secrets; i++) {
                needles.addAll(Needles.of("secret-value-" + i + "-0123456789abcdef"));
            }
            for (int round = 0; round < 3; round++) {
                var sum = new long[1];
                var masker = new Masker(new Automaton(needles), (_, _, length) -> sum[0] += length);
                long begun = System.nanoTime();
                for (int i = 0; i < CHUNKS; i++) {
                    masker.feed(text, 0, CHUNK);
                }
                double seconds = (System.nanoTime() - begun) / 1e9;
                System.out.printf(
                        "%d secrets, %d needles: %.0f MB/s%n",
                        secrets, needles.size(), CHUNKS * (double) CHUNK / 1e6 / seconds);
            }
        }
    }
}
