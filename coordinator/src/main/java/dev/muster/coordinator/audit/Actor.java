package dev.muster.coordinator.audit;

import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Caller;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * Who does something, and from where, as an audit entry says it.
 *
 * @param kind {@code person}, {@code machine}, {@code system} or {@code unknown}
 * @param id a developer's or a machine's
 * @param name a developer's
 * @param address the request came from
 * @param request its id, which answers and log lines carry too
 */
public record Actor(
        String kind,
        @Nullable String id,
        @Nullable String name,
        @Nullable String address,
        @Nullable String request) {

    /** Muster itself, when nobody asked. */
    public static final Actor SYSTEM = new Actor("system", null, null, null, null);

    /** A machine's worker, by the bus. */
    public static Actor machine(UUID machine) {
        return new Actor("machine", machine.toString(), null, null, null);
    }

    /** Who sent a request. */
    public static Actor of(Call call) {
        return of(call.caller(), call.remoteAddress(), call.requestId());
    }

    /** The same of a caller whose request is over, or was not one over HTTP. */
    public static Actor of(Caller caller, @Nullable String address, @Nullable String request) {
        return switch (caller) {
            case Caller.Person person ->
                    new Actor(
                            "person", Long.toString(person.id()), person.name(), address, request);
            case Caller.Machine machine ->
                    new Actor("machine", machine.id().toString(), null, address, request);
            case Caller.Anonymous _ -> new Actor("unknown", null, null, address, request);
        };
    }

    /** The first argument of {@code note_act}. */
    public JsonObject json() {
        return new JsonObject()
                .put("kind", kind)
                .put("id", id)
                .put("name", name)
                .put("address", address)
                .put("request", request);
    }
}
