package dev.muster.coordinator.audit;

import dev.muster.coordinator.audit.Entry.Sealed;
import dev.muster.coordinator.audit.Entry.Target;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows of {@code audit_entry}. Nothing changes one but its sealing, once. */
final class AuditStore {

    /** What was refused, and is no part of anything that was done. */
    record Denial(Actor by, String action, Target target, JsonObject data) {}

    /**
     * Which entries are wanted; null for all.
     *
     * @param actor the id of a developer or a machine
     * @param targetId only together with {@code targetKind}
     * @param from of no earlier entry
     * @param to of none from then on
     */
    record Filter(
            @Nullable String actor,
            @Nullable String action,
            @Nullable String targetKind,
            @Nullable String targetId,
            @Nullable String outcome,
            @Nullable OffsetDateTime from,
            @Nullable OffsetDateTime to) {}

    private static final String COLUMNS =
            """
            id, at, actor_kind, actor_id, actor_name, address, request, action, target_kind, target_id, outcome,
            data::text as data, seq, encode(mac, 'hex') as mac\
            """;

    private static final String HEAD =
            """
            select seq, encode(mac, 'hex') as mac
              from audit_entry
             where seq is not null
             order by seq desc
             limit 1
            """;

    private static final String UNSEALED =
            """
            select %s
              from audit_entry
             where seq is null
             order by id
             limit $1
            """
                    .formatted(COLUMNS);

    private static final String SEAL =
            """
            update audit_entry e
               set seq = s.seq, mac = decode(s.mac, 'hex')
              from unnest($1::bigint[], $2::bigint[], $3::text[]) as s (id, seq, mac)
             where e.id = s.id and e.seq is null
            """;

    private static final String COUNT_UNSEALED =
            "select count(*) from audit_entry where seq is null";

    private static final String MAC_OF =
            "select encode(mac, 'hex') as mac from audit_entry where seq = $1";

    private static final String NOTE_CHANGE =
            """
            insert into incident (type, data)
            values ('audit_log_changed', jsonb_build_object('seq', $1::bigint, 'mac', $2::text))
            """;

    private static final String AFTER =
            """
            select %s
              from audit_entry
             where seq > $1
             order by seq
             limit $2
            """
                    .formatted(COLUMNS);

    // The order of time is nearly that of seq: an entry is sealed out of it by no more than a
    // transaction lasts. So moments bound where to look, and are compared besides.
    private static final String BEFORE =
            """
            select %%s
              from audit_entry
             where seq < $1 and %%s
               and seq <= coalesce((select seq from audit_entry
                                     where seq is not null and at < $9::timestamptz + interval '1 minute'
                                     order by at desc limit 1), %1$d)
               and seq >= coalesce((select seq from audit_entry
                                     where seq is not null and at >= $8::timestamptz - interval '1 minute'
                                     order by at limit 1), case when $8::timestamptz is null then 0 else %1$d end)
               and ($3::text is null or actor_id = $3)
               and ($4::text is null or action = $4)
               and ($5::text is null or target_kind = $5)
               and ($6::text is null or target_id = $6)
               and ($7::text is null or outcome = $7)
               and ($8::timestamptz is null or at >= $8)
               and ($9::timestamptz is null or at < $9)
             order by seq desc
             limit $2
            """
                    .formatted(Long.MAX_VALUE);

    private static final String OF_TARGET =
            BEFORE.formatted(COLUMNS, "target_kind = $5 and target_id = $6");
    private static final String OF_ACTOR = BEFORE.formatted(COLUMNS, "actor_id = $3");
    private static final String OF_ACTION = BEFORE.formatted(COLUMNS, "action = $4");
    private static final String OF_ANY = BEFORE.formatted(COLUMNS, "true");

    private static final String DEVELOPER = "select id::text as id from developer where name = $1";

    private static final String DENY =
            """
            select note_denial(d.by, d.action, d.target_kind, d.target_id, d.data)
              from jsonb_to_recordset($1)
                   as d (by jsonb, action text, target_kind text, target_id text, data jsonb)
            """;

    private final Database database;

    AuditStore(Database database) {
        this.database = database;
    }

    /** How far the chain goes, for who alone prolongs it. */
    static Head head(Transaction transaction) {
        var rows = transaction.query("reading the audit log's head", HEAD, Tuple.tuple());
        return rows.size() == 0 ? Head.BEGINNING : head(rows.iterator().next());
    }

    /** Entries that are not sealed yet, oldest first. */
    static List<Entry> unsealed(Transaction transaction, int most) {
        var entries = new ArrayList<Entry>();
        transaction
                .query("reading unsealed audit entries", UNSEALED, Tuple.of(most))
                .forEach(row -> entries.add(entry(row)));
        return entries;
    }

    /** Gives each entry its place. */
    static void seal(Transaction transaction, List<Sealed> sealed) {
        var arguments =
                Tuple.of(
                        sealed.stream().map(one -> one.entry().id()).toArray(Long[]::new),
                        sealed.stream().map(one -> one.seal().seq()).toArray(Long[]::new),
                        sealed.stream().map(one -> one.seal().mac()).toArray(String[]::new));
        var rows = transaction.query("sealing audit entries", SEAL, arguments);
        if (rows.rowCount() != sealed.size()) {
            throw new IllegalStateException(
                    "of %d audit entries %d were sealed".formatted(sealed.size(), rows.rowCount()));
        }
    }

    long countUnsealed() {
        return database.query("counting unsealed audit entries", COUNT_UNSEALED)
                .iterator()
                .next()
                .getLong(0);
    }

    /** The seal of the entry with that number, if there is one. */
    static Optional<String> macOf(Transaction transaction, long seq) {
        var rows = transaction.query("looking for an audit entry", MAC_OF, Tuple.of(seq));
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(rows.iterator().next().getString("mac"));
    }

    /** Alarms: the log has no such entry any more. */
    static void noteChange(Transaction transaction, Head gone) {
        transaction.query("noting an incident", NOTE_CHANGE, Tuple.of(gone.seq(), gone.mac()));
    }

    /** Sealed entries after {@code seq}, in order. */
    List<Sealed> after(long seq, int most) {
        return sealed("reading the audit log", AFTER, Tuple.of(seq, most));
    }

    /** Sealed entries before {@code seq} that the filter lets through, newest first. */
    List<Sealed> before(long seq, Filter filter, int most) {
        var arguments =
                Tuple.tuple()
                        .addValue(seq)
                        .addValue(most)
                        .addValue(filter.actor())
                        .addValue(filter.action())
                        .addValue(filter.targetKind())
                        .addValue(filter.targetId())
                        .addValue(filter.outcome())
                        .addValue(filter.from())
                        .addValue(filter.to());
        return sealed("querying the audit log", statement(filter), arguments);
    }

    /** One whose first condition has an index: what is rare is not looked for row by row. */
    private static String statement(Filter filter) {
        if (filter.targetId() != null) {
            return OF_TARGET;
        }
        if (filter.actor() != null) {
            return OF_ACTOR;
        }
        return filter.action() == null ? OF_ANY : OF_ACTION;
    }

    private List<Sealed> sealed(String doing, String sql, Tuple arguments) {
        var entries = new ArrayList<Sealed>();
        database.query(doing, sql, arguments)
                .forEach(row -> entries.add(new Sealed(entry(row), head(row))));
        return entries;
    }

    /** The id of the developer of that name. */
    Optional<String> developer(String name) {
        var rows = database.query("looking for a developer", DEVELOPER, Tuple.of(name));
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(rows.iterator().next().getString("id"));
    }

    /** Notes what was refused. */
    void deny(List<Denial> denials) {
        var rows = new JsonArray();
        for (var denial : denials) {
            rows.add(
                    new JsonObject()
                            .put("by", denial.by().json())
                            .put("action", denial.action())
                            .put("target_kind", denial.target().kind())
                            .put("target_id", denial.target().id())
                            .put("data", denial.data()));
        }
        database.query("noting what was denied", DENY, Tuple.of(rows));
    }

    private static Head head(Row row) {
        return new Head(row.getLong("seq"), row.getString("mac"));
    }

    private static Entry entry(Row row) {
        var kind = row.getString("target_kind");
        return new Entry(
                row.getLong("id"),
                row.getOffsetDateTime("at").toInstant(),
                new Actor(
                        row.getString("actor_kind"),
                        row.getString("actor_id"),
                        row.getString("actor_name"),
                        row.getString("address"),
                        row.getString("request")),
                row.getString("action"),
                kind == null ? null : new Target(kind, row.getString("target_id")),
                row.getString("outcome"),
                row.getString("data"));
    }
}
