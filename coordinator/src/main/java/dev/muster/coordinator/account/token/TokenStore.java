package dev.muster.coordinator.account.token;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Credential;
import dev.muster.coordinator.http.Role;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The rows of personal access tokens. Every method blocks its virtual thread. */
final class TokenStore {

    /** How many of one developer can be good at once. */
    static final int MOST = 100;

    private static final String FIND =
            """
            with found as (
                select t.id as token, t.scopes, d.id, d.name, d.role
                  from personal_token t
                  join developer d on d.id = t.developer_id
                 where t.hash = $1
                   and t.revoked_at is null
                   and (t.expires_at is null or t.expires_at > now())
                   and d.disabled_at is null
            ), touched as (
                update personal_token t
                   set last_used_at = now()
                  from found f
                 where t.id = f.token
                   and (t.last_used_at is null or t.last_used_at < now() - interval '1 minute')
            )
            select token, scopes, id, name, role
              from found
            """;

    private static final String IS_AHEAD = "select $1::timestamptz > now() as ahead";

    private static final String CREATE =
            """
            with made as (
                insert into personal_token (developer_id, label, hash, scopes, expires_at)
                select $1, $2, $3, $4, $5
                 where (
                     select count(*)
                       from personal_token
                      where developer_id = $1
                        and revoked_at is null
                        and (expires_at is null or expires_at > now())
                 ) < $6
                returning id, label, scopes, created_at, expires_at, last_used_at, revoked_at
            )
            select made.*,
                   note_act($7, 'token.create', 'token', id::text,
                            jsonb_build_object('label', label, 'scopes', scopes, 'expiresAt', expires_at))
              from made
            """;

    private static final String LIST =
            """
            select id, label, scopes, created_at, expires_at, last_used_at, revoked_at
              from personal_token
             where developer_id = $1
             order by id desc
             limit $2 offset $3
            """;

    private static final String COUNT =
            "select count(*) from personal_token where developer_id = $1";

    private static final String REVOKE =
            """
            with revoked as (
                update personal_token
                   set revoked_at = now()
                 where id = $1
                   and developer_id = $2
                   and revoked_at is null
                returning id, label, hash
            )
            select hash, note_act($3, 'token.revoke', 'token', id::text, jsonb_build_object('label', label))
              from revoked
            """;

    private static final String EXISTS =
            "select 1 from personal_token where id = $1 and developer_id = $2";

    /** A token as its owner sees it later: without its text. */
    record PersonalToken(
            long id,
            String label,
            List<String> scopes,
            OffsetDateTime createdAt,
            @Nullable OffsetDateTime expiresAt,
            @Nullable OffsetDateTime lastUsedAt,
            @Nullable OffsetDateTime revokedAt) {}

    private final Database database;

    TokenStore(Database database) {
        this.database = database;
    }

    /** Whom the token of this hash lets in; notes its use, at most once a minute. */
    Optional<Caller.Person> find(String hash) {
        var rows =
                database.query("reading a personal token", FIND, Tuple.of(bytes(hash))).iterator();
        if (!rows.hasNext()) {
            return Optional.empty();
        }
        var row = rows.next();
        var scopes = Set.of(row.getArrayOfStrings("scopes"));
        return Optional.of(
                new Caller.Person(
                        row.getLong("id"),
                        row.getString("name"),
                        Role.of(row.getString("role")),
                        new Credential.PersonalToken(row.getLong("token"), scopes)));
    }

    boolean isAhead(OffsetDateTime time) {
        var rows = database.query("comparing a time", IS_AHEAD, Tuple.of(time));
        return rows.iterator().next().getBoolean("ahead");
    }

    /** Empty if the developer has as many as can be. */
    static Optional<PersonalToken> create(
            Database.Transaction transaction,
            long developer,
            String label,
            String hash,
            Set<String> scopes,
            @Nullable OffsetDateTime expiresAt,
            Actor by) {
        var arguments =
                Tuple.tuple()
                        .addLong(developer)
                        .addString(label)
                        .addBuffer(bytes(hash))
                        .addArrayOfString(scopes.stream().sorted().toArray(String[]::new))
                        .addOffsetDateTime(expiresAt)
                        .addInteger(MOST)
                        .addJsonObject(by.json());
        var rows = transaction.query("making a personal token", CREATE, arguments).iterator();
        return rows.hasNext() ? Optional.of(token(rows.next())) : Optional.empty();
    }

    List<PersonalToken> list(long developer, int limit, int offset) {
        var tokens = new ArrayList<PersonalToken>();
        database.query("listing personal tokens", LIST, Tuple.of(developer, limit, offset))
                .forEach(row -> tokens.add(token(row)));
        return tokens;
    }

    long count(long developer) {
        var rows = database.query("counting personal tokens", COUNT, Tuple.of(developer));
        return rows.iterator().next().getLong(0);
    }

    /** The hash of the token if it was good until now. */
    Optional<String> revoke(long id, long developer, Actor by) {
        var arguments = Tuple.of(id, developer, by.json());
        var rows = database.query("revoking a personal token", REVOKE, arguments).iterator();
        return rows.hasNext()
                ? Optional.of(HexFormat.of().formatHex(rows.next().getBuffer("hash").getBytes()))
                : Optional.empty();
    }

    boolean exists(long id, long developer) {
        var rows = database.query("looking for a token", EXISTS, Tuple.of(id, developer));
        return rows.size() == 1;
    }

    private static Buffer bytes(String hash) {
        return Buffer.buffer(HexFormat.of().parseHex(hash));
    }

    private static PersonalToken token(Row row) {
        return new PersonalToken(
                row.getLong("id"),
                row.getString("label"),
                Arrays.asList(row.getArrayOfStrings("scopes")),
                row.getOffsetDateTime("created_at"),
                row.getOffsetDateTime("expires_at"),
                row.getOffsetDateTime("last_used_at"),
                row.getOffsetDateTime("revoked_at"));
    }
}
