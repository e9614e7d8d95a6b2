package dev.muster.coordinator.terminal;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The first frame of a viewer: who comes, and what is known of the terminal already. Not shown as
 * text: it holds tokens.
 *
 * @param token of a person
 * @param fence under which {@code from} counts
 * @param from what comes before is known to the viewer
 * @param skips whether what lies between may be left out for one who is far behind
 * @param window how many bytes may be sent before they were shown; 0 for any number
 * @param stays whether the connection stays when the terminal has ended, for what is older
 */
record Entrance(
        String token,
        String channelToken,
        OptionalLong fence,
        OptionalLong from,
        boolean skips,
        long window,
        boolean stays) {

    private static final long LEAST_WINDOW = 64 * 1024;
    private static final long MOST_WINDOW = 8 * 1024 * 1024;

    /** Reads it; empty if it is none. */
    static Optional<Entrance> read(String text) {
        try {
            var json = new JsonObject(text);
            var token = json.getString("token");
            if (!"auth".equals(json.getString("type")) || token == null) {
                return Optional.empty();
            }
            var behind = json.getString("behind", "skip");
            long window = json.getLong("window", 0L);
            boolean known = behind.equals("skip") || behind.equals("wait");
            if (!known || (window != 0 && (window < LEAST_WINDOW || window > MOST_WINDOW))) {
                return Optional.empty();
            }
            return Optional.of(
                    new Entrance(
                            token,
                            json.getString("channelToken", ""),
                            offset(json, "fence"),
                            offset(json, "from"),
                            behind.equals("skip"),
                            window,
                            json.getBoolean("stay", false)));
        } catch (DecodeException | ClassCastException _) {
            return Optional.empty();
        }
    }

    private static OptionalLong offset(JsonObject json, String name) {
        var number = json.getLong(name);
        return number == null || number < 0 ? OptionalLong.empty() : OptionalLong.of(number);
    }

    /** Where a viewer of this fence goes on, if he was there before. */
    OptionalLong resumes(long ofFence) {
        return fence.isPresent() && fence.getAsLong() == ofFence ? from : OptionalLong.empty();
    }

    @Override
    public String toString() {
        return "Entrance[]";
    }
}
