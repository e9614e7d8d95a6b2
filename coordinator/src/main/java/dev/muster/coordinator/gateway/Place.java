package dev.muster.coordinator.gateway;

import dev.muster.protocol.gateway.CloseCode;

import io.vertx.core.Vertx;

/** What all connections of a coordinator share. */
record Place(Vertx vertx, Admission admission, Limits limits, Greetings greetings, Keeper keeper) {

    Place(Vertx vertx, Admission admission, Limits limits, Keeper keeper) {
        this(vertx, admission, limits, new Greetings(limits.greetings()), keeper);
    }

    /** Who keeps the connections. */
    interface Keeper {
        /** A coordinator took this connection's greeting. */
        void greeted(Connection connection);

        /** It ended. Called once for each. */
        void closed(Connection connection, CloseCode why);
    }
}
