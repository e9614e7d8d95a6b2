package dev.muster.coordinator.machine;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** One-time tokens, and the machines they let in. */
final class EnrolmentStore {

    /** A one-time token as an admin sees it. */
    record Token(
            long id,
            String label,
            OffsetDateTime createdAt,
            OffsetDateTime expiresAt,
            String status,
            boolean cluster,
            @Nullable UUID machine,
            @Nullable OffsetDateTime usedAt,
            @Nullable OffsetDateTime revokedAt) {}

    /** A machine that asks to be let in. */
    record Applicant(
            UUID id, String name, int slots, List<String> capabilities, JsonObject hardware) {}

    /** What came of it. */
    enum Admission {
        ADMITTED,
        TOKEN_UNKNOWN,
        TOKEN_USED,
        TOKEN_EXPIRED,
        TOKEN_REVOKED,
        MACHINE_KNOWN
    }

    /** What became of who showed a recovery secret. */
    sealed interface Recovery {

        /**
         * It is the machine.
         *
         * @param generation of its tokens from now on
         */
        record Back(int generation) implements Recovery {}

        /** It was the machine once; that was not known before. */
        record Copied() implements Recovery {}

        /** It is not the machine. */
        record Unknown() implements Recovery {}
    }

    private static final String SHOWN =
            """
            id, label, created_at, expires_at, cluster, machine_id, used_at, revoked_at,
            case when used_at is not null then 'used' when revoked_at is not null then 'revoked'
                 when expires_at <= now() then 'expired' else 'unused' end as status\
            """;

    private static final String CREATE =
            """
            with made as (
                insert into enrolment_token (token_hash, label, created_by, expires_at, cluster)
                values ($1, $2, $3, now() + $4::bigint * interval '1 ms', $5)
                returning *
            )
            select note_act($6, 'enrolment_token.create', 'enrolment_token', id::text,
                            jsonb_build_object('label', label, 'cluster', cluster, 'expiresAt', expires_at)) as noted,
            """
                    + SHOWN
                    + " from made";

    private static final String SELECT = "select " + SHOWN + " from enrolment_token";

    private static final String LIST = SELECT + " order by id desc limit $1 offset $2";

    private static final String FIND = SELECT + " where id = $1";

    // A token that was used let its machine in for good: revoking it then would only look like
    // help.
    private static final String REVOKE =
            """
            with revoked as (
                update enrolment_token
                   set revoked_at = now()
                 where id = $1 and used_at is null and revoked_at is null
                returning id, label
            )
            select note_act($2, 'enrolment_token.revoke', 'enrolment_token', id::text, jsonb_build_object('label', label))
              from revoked
            """;

    private static final String COUNT = "select count(*) from enrolment_token";

    // A machine that never said hello may register again: the answer to its first try got lost.
    private static final String ADMIT =
            """
            insert into machine (id, name, status, slots, capabilities, hardware, cluster)
            values ($1, $2, 'active', $3, $4, $5, (select cluster from enrolment_token where token_hash = $6))
                on conflict (id) do update
               set name = excluded.name, slots = excluded.slots, capabilities = excluded.capabilities,
                   hardware = excluded.hardware, cluster = excluded.cluster
             where machine.status <> 'decommissioned' and machine.cluster = excluded.cluster
               and not exists (select 1 from presence p where p.machine_id = machine.id and p.boot is not null)
            """;

    private static final String MAKE_PRESENCE =
            "insert into presence (machine_id) values ($1) on conflict (machine_id) do nothing";

    // INVARIANT: the one statement that uses a token up. Whoever comes second finds it used. Only
    // the same machine may repeat it, for as long as the answer may have got lost.
    private static final String USE =
            """
            with used as (
                update enrolment_token
                   set used_at = coalesce(used_at, now()), machine_id = $2
                 where token_hash = $1 and expires_at > now() and revoked_at is null
                   and (used_at is null or machine_id = $2 and used_at > now() - interval '10 min')
                returning id, cluster, machine_id
            )
            select note_act($3, 'machine.enrol', 'machine', machine_id::text,
                            jsonb_build_object('name', $4::text, 'token', id, 'cluster', cluster))
              from used
            """;

    private static final String STATE =
            """
            select used_at is not null and (machine_id <> $2 or used_at <= now() - interval '10 min') as used,
                   expires_at <= now() as expired, revoked_at is not null as revoked
              from enrolment_token
             where token_hash = $1
            """;

    private static final String OFFER =
            "insert into recovery_secret (hash, machine_id, state) values ($1, $2, 'offered')";

    // Two recoveries of one machine come one after the other: the second sees what the first did.
    private static final String HOLD =
            "select from machine where id = $1 and status <> 'decommissioned' for no key update";

    // The secret in use stays good until a later one is shown: the answer with that one may have
    // got lost, or come after that of a repeat. Tokens of before are those of an older generation.
    private static final String RECOVER =
            """
            with shown as (
                select hash, state from recovery_secret where hash = $2 and machine_id = $1 and state <> 'retired'
            ), settled as (
                update recovery_secret r
                   set state = case when r.hash = s.hash then 'current' else 'retired' end
                  from shown s
                 where s.state = 'offered' and r.machine_id = $1 and r.state <> 'retired'
            ), offered as (
                insert into recovery_secret (hash, machine_id, state) select $3, $1, 'offered' from shown
            ), recovered as (
                update machine
                   set generation = generation + 1, recovered_at = now()
                 where id = $1 and exists (select from shown)
                returning id, name, generation
            )
            select note_act($4, 'machine.recover', 'machine', id::text, jsonb_build_object('name', name)) as noted,
                   generation
              from recovered
            """;

    // Two hold what this machine is, and nobody knows which of them is the right one. Once for each
    // secret: else an old copy could drain the machine again however often a person undrains it.
    private static final String QUARANTINE =
            """
            with reused as (
                update recovery_secret
                   set reused_at = now()
                 where hash = $2 and machine_id = $1 and state = 'retired' and reused_at is null
                returning machine_id
            ), drained as (
                update machine m
                   set status = 'draining', status_by = null, status_at = now(), status_reason = $3
                  from reused r
                 where m.id = r.machine_id
                returning m.id, m.name, m.status_reason
            ), noted as (
                insert into incident (type, data)
                select 'machine_quarantined', jsonb_build_object('machineId', id, 'name', name, 'reason', status_reason)
                  from drained
            )
            insert into audit_entry (actor_kind, action, target_kind, target_id, data)
            select 'system', 'machine.drain', 'machine', id::text,
                   jsonb_build_object('name', name, 'reason', status_reason)
              from drained
            returning id
            """;

    private static final String COPIED =
            "Somebody showed a recovery secret that this machine used before: a copy of its data"
                    + " directory is in use. Undrain it when only the right one is left.";

    private static final String RECOVERED =
            "select id, generation from machine where recovered_at > now() - $1::bigint * interval"
                    + " '1 ms'";

    private static final String IS_NEWEST =
            "select from machine where id = $1 and generation = $2 and status <> 'decommissioned'";

    private static final String IN_CLUSTER =
            "select cluster from machine where id = $1 and status <> 'decommissioned'";

    private static final String NOTE_CERTIFIED =
            "select note_act($2, 'machine.certify', 'machine', $1::uuid::text, null)";

    private final Database database;

    EnrolmentStore(Database database) {
        this.database = database;
    }

    Token create(
            Buffer hash,
            String label,
            @Nullable Long developer,
            Duration life,
            boolean cluster,
            Actor by) {
        var arguments = Tuple.of(hash, label, developer, life.toMillis(), cluster, by.json());
        return token(
                database.query("creating an enrolment token", CREATE, arguments).iterator().next());
    }

    List<Token> list(int limit, int offset) {
        var tokens = new ArrayList<Token>();
        database.query("listing enrolment tokens", LIST, Tuple.of(limit, offset))
                .forEach(row -> tokens.add(token(row)));
        return tokens;
    }

    long count() {
        return database.query("counting enrolment tokens", COUNT).iterator().next().getLong(0);
    }

    Optional<Token> find(long id) {
        return first(database.query("reading an enrolment token", FIND, Tuple.of(id)));
    }

    private static Optional<Token> first(RowSet<Row> rows) {
        return rows.size() == 0 ? Optional.empty() : Optional.of(token(rows.iterator().next()));
    }

    /** False if there is no such token, or it was used or revoked before. */
    boolean revoke(long id, Actor by) {
        return database.query("revoking an enrolment token", REVOKE, Tuple.of(id, by.json())).size()
                == 1;
    }

    /** Lets the machine in and uses the token up, both or neither. */
    Admission admit(Applicant applicant, Buffer token, Buffer recovery, Actor by) {
        var refusal = whyNot(token, applicant.id());
        if (refusal.isPresent()) {
            return refusal.get();
        }
        try {
            return database.inTransaction(
                    "admitting a machine",
                    transaction -> {
                        var machine =
                                Tuple.of(
                                        applicant.id(),
                                        applicant.name(),
                                        applicant.slots(),
                                        applicant.capabilities().toArray(String[]::new),
                                        applicant.hardware(),
                                        token);
                        if (transaction.query("admitting a machine", ADMIT, machine).rowCount()
                                == 0) {
                            return Admission.MACHINE_KNOWN;
                        }
                        transaction.query(
                                "admitting a machine", MAKE_PRESENCE, Tuple.of(applicant.id()));
                        transaction.query(
                                "admitting a machine", OFFER, Tuple.of(recovery, applicant.id()));
                        var use = Tuple.of(token, applicant.id(), by.json(), applicant.name());
                        if (transaction.query("using a token", USE, use).size() == 0) {
                            // somebody was faster: undo the machine
                            throw new TokenLost();
                        }
                        return Admission.ADMITTED;
                    });
        } catch (TokenLost e) {
            return whyNot(token, applicant.id()).orElse(Admission.TOKEN_EXPIRED);
        }
    }

    private Optional<Admission> whyNot(Buffer token, UUID applicant) {
        var rows = database.query("looking at a token", STATE, Tuple.of(token, applicant));
        if (rows.size() == 0) {
            return Optional.of(Admission.TOKEN_UNKNOWN);
        }
        var row = rows.iterator().next();
        if (row.getBoolean("used")) {
            return Optional.of(Admission.TOKEN_USED);
        }
        if (row.getBoolean("revoked")) {
            return Optional.of(Admission.TOKEN_REVOKED);
        }
        return row.getBoolean("expired") ? Optional.of(Admission.TOKEN_EXPIRED) : Optional.empty();
    }

    /**
     * Makes {@code next} good besides {@code shown}. If that was the machine's once and is not any
     * more, the machine is drained.
     */
    Recovery recover(UUID machine, Buffer shown, Buffer next, Actor by) {
        return database.inTransaction(
                "recovering a machine",
                transaction -> {
                    var held = transaction.query("recovering a machine", HOLD, Tuple.of(machine));
                    if (held.size() == 0) {
                        return new Recovery.Unknown();
                    }
                    var arguments = Tuple.of(machine, shown, next, by.json());
                    var rows = transaction.query("recovering a machine", RECOVER, arguments);
                    if (rows.size() == 1) {
                        return new Recovery.Back(rows.iterator().next().getInteger("generation"));
                    }
                    var copied = Tuple.of(machine, shown, COPIED);
                    var drained = transaction.query("recovering a machine", QUARANTINE, copied);
                    return drained.size() == 1 ? new Recovery.Copied() : new Recovery.Unknown();
                });
    }

    /** Each machine that recovered within that time, and its generation. */
    Map<UUID, Integer> recovered(Duration within) {
        var recovered = new HashMap<UUID, Integer>();
        database.query("looking for recovered machines", RECOVERED, Tuple.of(within.toMillis()))
                .forEach(row -> recovered.put(row.getUUID("id"), row.getInteger("generation")));
        return recovered;
    }

    /** Whether there is such a machine still and it did not recover since. */
    boolean isNewest(UUID machine, int generation) {
        var arguments = Tuple.of(machine, generation);
        return database.query("asking for a machine's generation", IS_NEWEST, arguments).size()
                == 1;
    }

    void noteCertified(UUID machine, Actor by) {
        database.query("noting a certificate", NOTE_CERTIFIED, Tuple.of(machine, by.json()));
    }

    /** Whether the machine may join the cluster; empty if there is no such machine any more. */
    Optional<Boolean> mayJoinCluster(UUID machine) {
        var rows = database.query("asking for a machine's rights", IN_CLUSTER, Tuple.of(machine));
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(rows.iterator().next().getBoolean("cluster"));
    }

    private static Token token(Row row) {
        return new Token(
                row.getLong("id"),
                row.getString("label"),
                row.getOffsetDateTime("created_at"),
                row.getOffsetDateTime("expires_at"),
                row.getString("status"),
                row.getBoolean("cluster"),
                row.getUUID("machine_id"),
                row.getOffsetDateTime("used_at"),
                row.getOffsetDateTime("revoked_at"));
    }

    /** Ends the transaction of a registration that lost the race for its token. */
    private static final class TokenLost extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
