package dev.muster.coordinator.audit;

import dev.muster.coordinator.audit.AuditStore.Filter;
import dev.muster.coordinator.audit.Entry.Sealed;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/** The edge of the audit log (seed 004, admin: audit). */
public final class AuditRoutes {

    private static final int DEFAULT_PAGE = 50;

    private static final String LINES = "application/x-ndjson";

    /** A developer's or a machine's. */
    private static final String ID = "\\d{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    private final AuditStore store;

    public AuditRoutes(Database database) {
        this.store = new AuditStore(database);
    }

    public void bind(Operations operations) {
        operations.on("listAuditLogs", Access.ADMIN, this::list);
    }

    private Answer list(Call call) {
        var filter = filter(call);
        var limit = call.queryInt("limit", DEFAULT_PAGE);
        var found =
                filter.isEmpty()
                        ? List.<Sealed>of()
                        // one more than asked for tells whether there is more
                        : store.before(cursor(call), filter.get(), limit + 1);
        var items = new JsonArray();
        found.stream().limit(limit).forEach(one -> items.add(one.json()));
        var next = found.size() > limit ? found.get(limit - 1).seal().seq() : null;
        var page = Answer.page(call, limit, items, next);
        return wantsLines(call) ? lines(items, page) : page;
    }

    private static boolean wantsLines(Call call) {
        return call.query("format")
                .map("jsonl"::equals)
                .orElseGet(() -> call.header("Accept").filter(LINES::equals).isPresent());
    }

    /** The same items, each on a line of its own; what comes next is in the Link. */
    private static Answer lines(JsonArray items, Answer page) {
        var lines = Buffer.buffer();
        items.forEach(
                item -> lines.appendBuffer(((JsonObject) item).toBuffer()).appendString("\n"));
        return new Answer(200, lines, page.headers()).with("Content-Type", LINES);
    }

    private static long cursor(Call call) {
        return call.query("cursor").map(Long::parseLong).orElse(Long.MAX_VALUE);
    }

    /** Empty if it can let nothing through: nobody has the name that is asked for. */
    private Optional<Filter> filter(Call call) {
        var actor = call.query("actor").flatMap(this::actorId);
        if (actor.isEmpty() && call.query("actor").isPresent()) {
            return Optional.empty();
        }
        var target = call.query("target").map(text -> text.split(":", 2));
        return Optional.of(
                new Filter(
                        actor.orElse(null),
                        call.query("action").orElse(null),
                        target.map(parts -> parts[0]).orElse(null),
                        target.filter(parts -> parts.length > 1)
                                .map(parts -> parts[1])
                                .orElse(null),
                        call.query("outcome").orElse(null),
                        moment(call, "from"),
                        moment(call, "to")));
    }

    private Optional<String> actorId(String idOrName) {
        return idOrName.matches(ID) ? Optional.of(idOrName) : store.developer(idOrName);
    }

    private static @Nullable OffsetDateTime moment(Call call, String name) {
        try {
            var moment = call.query(name).map(OffsetDateTime::parse);
            if (moment.filter(one -> one.getYear() < 1 || one.getYear() > 9999).isEmpty()) {
                return moment.orElse(null);
            }
        } catch (DateTimeParseException _) {
            // said below
        }
        throw Problem.badRequest(
                "invalid_request",
                "The parameter " + name + " is no moment.",
                List.of(new Fault(name, "invalid_format", "It is like 2026-01-01T09:00:00Z.")));
    }
}
