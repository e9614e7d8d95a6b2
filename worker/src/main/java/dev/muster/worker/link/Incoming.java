package dev.muster.worker.link;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;
import dev.muster.worker.link.LinkFailure.Kind;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.function.Consumer;

/** What coordinators say, whichever way it came. */
final class Incoming {

    private static final Logger log = LoggerFactory.getLogger(Incoming.class);

    private Incoming() {}

    /** Hands an order over, on a virtual thread of its own. */
    static void order(byte[] bytes, Consumer<ToWorker> orders) {
        Thread.ofVirtual()
                .name("order")
                .start(
                        () -> {
                            try {
                                orders.accept(Wire.decode(bytes, ToWorker.class));
                            } catch (WireException e) {
                                log.warn("order could not be read why={}", e.getMessage());
                            }
                        });
    }

    /** A failure that a coordinator answered, by its code in {@link Addresses}. */
    static LinkFailure refusal(int code, String sentence, @Nullable Throwable cause) {
        var kind =
                switch (code) {
                    case Addresses.UNAUTHORISED -> Kind.UNAUTHORISED;
                    case Addresses.INVALID -> Kind.INVALID;
                    case Addresses.REPLACED -> Kind.REPLACED;
                    default -> Kind.UNAVAILABLE;
                };
        return new LinkFailure(kind, sentence, cause);
    }

    /** What requests meet that were under way when the link was lost, and later ones. */
    static LinkFailure lost() {
        return new LinkFailure(Kind.UNANSWERED, "the link is lost");
    }
}
