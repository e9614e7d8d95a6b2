package dev.muster.ops.secrets;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.muster.ops.client.MusterClient;
import dev.muster.ops.client.Refused;
import dev.muster.ops.client.SecretKey;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/** Watches coordinators seal everything with a new key, and says how far they are. */
final class Rotation {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LOOK = Duration.ofMillis(250);

    /**
     * How far it is.
     *
     * @param key the new one
     * @param all how many secrets there are
     * @param left how many of them older keys seal
     */
    record Result(SecretKey key, long all, long left) {

        private static Result of(SecretKey key, List<SecretKey> keys) {
            long all = 0;
            long left = 0;
            for (var one : keys) {
                all += one.secrets();
                left += one.isOlderThan(key) ? one.secrets() : 0;
            }
            return new Result(key, all, left);
        }

        long sealed() {
            return all - left;
        }

        boolean isSealed() {
            return left == 0;
        }

        String text() {
            return isSealed()
                    ? "All secrets are sealed with the new key %s: %d.".formatted(key.id(), all)
                    : ("There is a new key %s, and %d of %d secrets are not sealed with it yet; the"
                                    + " log of the coordinators says why, if it stays so.")
                            .formatted(key.id(), left, all);
        }

        ObjectNode json() {
            return JSON.createObjectNode()
                    .put("key", key.id())
                    .put("madeAt", key.madeAt())
                    .put("sealed", sealed())
                    .put("left", left);
        }
    }

    private final MusterClient client;
    private final PrintWriter err;
    private final SecretKey key;
    private Result result;
    private String said = "";

    /**
     * @param keys those there are, the new one first
     */
    Rotation(MusterClient client, List<SecretKey> keys, PrintWriter err) {
        this.client = client;
        this.err = err;
        this.key = keys.getFirst();
        this.result = Result.of(key, keys);
    }

    /**
     * Waits through whatever keeps coordinators from answering, for the key is there.
     *
     * @param patience how long none may be sealed before it answers how far it came
     */
    Result untilSealed(Duration patience) throws InterruptedException {
        long since = System.nanoTime();
        while (!result.isSealed() && System.nanoTime() - since < patience.toNanos()) {
            Thread.sleep(LOOK);
            if (look()) {
                since = System.nanoTime();
            }
        }
        return result;
    }

    /** Whether some were sealed since the last time. */
    private boolean look() {
        var before = result;
        try {
            result = Result.of(key, client.secretKeys());
        } catch (Refused e) {
            say(String.valueOf(e.getMessage()));
            return false;
        }
        if (result.left() == before.left()) {
            return false;
        }
        say("%d of %d secrets are sealed anew".formatted(result.sealed(), result.all()));
        return true;
    }

    /** What was said just now need not be said again. */
    private void say(String sentence) {
        if (!sentence.equals(said)) {
            said = sentence;
            err.println("muster: " + sentence);
            err.flush();
        }
    }
}
