package dev.muster.coordinator.account.totp;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The rows of second factors. Every method blocks its virtual thread. */
final class TotpStore {

    private static final String SET_UP =
            """
            insert into totp (developer_id, secret)
            values ($1, $2)
            on conflict (developer_id) do update
               set secret = excluded.secret, made_at = now(), last_step = 0
             where totp.confirmed_at is null
            returning 1
            """;

    private static final String PENDING =
            """
            select secret, extract(epoch from now())::bigint as now
              from totp
             where developer_id = $1
               and confirmed_at is null
            """;

    // Only if no newer secret was set up meanwhile.
    private static final String TURN_ON =
            """
            with confirmed as (
                update totp
                   set confirmed_at = now(), last_step = $3, tries = 0, not_before = null
                 where developer_id = $1
                   and secret = $2
                   and confirmed_at is null
                returning developer_id
            ), codes as (
                insert into recovery_code (developer_id, mac)
                select developer_id, unnest($4::bytea[])
                  from confirmed
            )
            select note_act($5, 'totp.enable', 'developer', developer_id::text, '{}')
              from confirmed
            """;

    // Counts as wrong until a right code says otherwise: codes sent all at once must not slip
    // through before the first is known to be wrong.
    private static final String TRY =
            """
            update totp
               set tries = tries + 1,
                   not_before = case when tries >= 4 then
                       now() + least(interval '30 seconds' * 2 ^ least(tries - 4, 10), interval '15 minutes') end
             where developer_id = $1
               and confirmed_at is not null
               and (not_before is null or not_before <= now())
            returning secret, extract(epoch from now())::bigint as now
            """;

    private static final String WAIT =
            """
            select (extract(epoch from not_before - now()) * 1000)::bigint as millis
              from totp
             where developer_id = $1
               and confirmed_at is not null
               and not_before > now()
            """;

    private static final String SPEND =
            """
            update totp
               set last_step = $2, tries = 0, not_before = null
             where developer_id = $1
               and confirmed_at is not null
               and last_step < $2
            returning 1
            """;

    private static final String SPEND_RECOVERY =
            """
            with used as (
                update recovery_code
                   set used_at = now()
                 where developer_id = $1
                   and mac = $2
                   and used_at is null
                returning developer_id
            ), cleared as (
                update totp t
                   set tries = 0, not_before = null
                  from used u
                 where t.developer_id = u.developer_id
            )
            select note_act($3, 'recovery_code.use', 'developer', developer_id::text, '{}')
              from used
            """;

    private static final String REMOVE =
            """
            with removed as (
                delete from totp
                 where developer_id = $1
                returning developer_id, confirmed_at
            )
            select note_act($2, $3, 'developer', developer_id::text, '{}')
              from removed
             where confirmed_at is not null
            """;

    private static final String IS_ON =
            "select 1 from totp where developer_id = $1 and confirmed_at is not null";

    private static final String EXISTS = "select 1 from developer where id = $1";

    /**
     * An encrypted secret, and what time it is.
     *
     * @param now in seconds since 1970, by the database's clock
     */
    record Secret(byte[] sealed, long now) {}

    private final Database database;

    TotpStore(Database database) {
        this.database = database;
    }

    boolean isOn(long developer) {
        return database.query("reading a second factor", IS_ON, Tuple.of(developer)).size() == 1;
    }

    /** Whether there is such a developer. */
    boolean exists(long developer) {
        return database.query("looking for a developer", EXISTS, Tuple.of(developer)).size() == 1;
    }

    /** False if one is on already. */
    boolean setUp(long developer, byte[] sealed) {
        var arguments = Tuple.of(developer, Buffer.buffer(sealed));
        return database.query("setting a second factor up", SET_UP, arguments).size() == 1;
    }

    /** The one that waits for its first code. */
    Optional<Secret> pending(long developer) {
        return secret(database.query("reading a second factor", PENDING, Tuple.of(developer)));
    }

    /** False if it is on already, or another was set up. */
    static boolean turnOn(
            Database.Transaction transaction,
            long developer,
            byte[] sealed,
            long step,
            List<byte[]> recoveryMacs,
            Actor by) {
        var macs = recoveryMacs.stream().map(Buffer::buffer).toArray(Buffer[]::new);
        var arguments = Tuple.of(developer, Buffer.buffer(sealed), step, macs, by.json());
        return transaction.query("turning a second factor on", TURN_ON, arguments).size() == 1;
    }

    /** Counts a try; empty if it comes too early, or none is on. */
    Optional<Secret> tryOnce(long developer) {
        return secret(database.query("trying a second factor", TRY, Tuple.of(developer)));
    }

    /** How long the next try has to wait; empty if none is on. */
    Optional<Duration> untilNext(long developer) {
        var rows = database.query("reading a wait", WAIT, Tuple.of(developer)).iterator();
        return rows.hasNext()
                ? Optional.of(Duration.ofMillis(rows.next().getLong("millis")))
                : Optional.empty();
    }

    /** Uses a step up; false if it or a later one was. */
    boolean spend(long developer, long step) {
        return database.query("using a code up", SPEND, Tuple.of(developer, step)).size() == 1;
    }

    /** Uses a recovery code up; false if there is none such, or it was. */
    boolean spendRecovery(long developer, byte[] mac, Actor by) {
        var arguments = Tuple.of(developer, Buffer.buffer(mac), by.json());
        return database.query("using a recovery code up", SPEND_RECOVERY, arguments).size() == 1;
    }

    /**
     * Removes a second factor.
     *
     * @param action its name in the audit log
     * @return whether one was on
     */
    static boolean remove(
            Database.Transaction transaction, long developer, String action, Actor by) {
        var arguments = Tuple.of(developer, by.json(), action);
        return transaction.query("removing a second factor", REMOVE, arguments).size() == 1;
    }

    private static Optional<Secret> secret(RowSet<Row> rows) {
        var iterator = rows.iterator();
        if (!iterator.hasNext()) {
            return Optional.empty();
        }
        var row = iterator.next();
        return Optional.of(new Secret(row.getBuffer("secret").getBytes(), row.getLong("now")));
    }
}
