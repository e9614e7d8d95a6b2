package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.account.developer.DeveloperRoutes;
import dev.muster.coordinator.account.developer.Developers;
import dev.muster.coordinator.account.developer.ProfileRoutes;
import dev.muster.coordinator.account.developer.Profiles;
import dev.muster.coordinator.account.token.Bearers;
import dev.muster.coordinator.account.token.PersonalTokens;
import dev.muster.coordinator.account.token.TokenRoutes;
import dev.muster.coordinator.account.totp.Totp;
import dev.muster.coordinator.account.totp.TotpRoutes;
import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.TestDatabase;
import dev.muster.coordinator.http.ApiServer;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.StubbedOperations;
import dev.muster.coordinator.http.Wire;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The account rooms of two coordinators on one database and one key, over real HTTP; all other
 * operations say that they were called.
 */
final class TwoCoordinators implements AutoCloseable {

    static final String PASSWORD = "correct horse battery staple";

    final ManualClock clock = new ManualClock();
    final Database database;
    final Wire here;
    final Wire there;
    private final Vertx vertx = Vertx.vertx();
    private final Passwords passwords = new Passwords();
    private final String hash = passwords.hash(PASSWORD);
    private final ApiServer one;
    private final ApiServer two;

    TwoCoordinators(Path data) {
        database = Database.open(vertx, TestDatabase.fresh());
        one = coordinator(data);
        two = coordinator(data);
        here = new Wire(one.port());
        there = new Wire(two.port());
    }

    private ApiServer coordinator(Path data) {
        var master = MasterKey.open(data);
        var tokens = Tokens.open(vertx, master, clock, _ -> 0);
        var sessions = new Sessions(database);
        var check = new PasswordCheck(database, passwords, clock);
        var totp = new Totp(database, master, sessions);
        var parts = new Accounts.Parts(sessions, tokens, check, totp);
        var accounts = new Accounts(database, master, parts, clock);
        var personal = new PersonalTokens(database, sessions);
        var operations = new Operations();
        new AccountRoutes(accounts).bind(operations);
        new TotpRoutes(totp, sessions, check).bind(operations);
        new ProfileRoutes(new Profiles(database, passwords, check, sessions)).bind(operations);
        new TokenRoutes(personal).bind(operations);
        new DeveloperRoutes(new Developers(database, passwords, sessions)).bind(operations);
        StubbedOperations.fill(vertx, operations);
        var callers = new Bearers(accounts, personal);
        var server =
                new ApiServer(
                        vertx,
                        new Listen("127.0.0.1", 0),
                        operations,
                        new ApiServer.Edge(
                                callers,
                                _ -> {},
                                (_, _, call, operation) -> operation.handle(call),
                                RequestLimit.NONE,
                                () -> ApiServer.MOST_STREAMS));
        server.start();
        return server;
    }

    /** A developer with {@link #PASSWORD}, of a name nobody has had. */
    String developer(String role) {
        var name = "u" + UUID.randomUUID().toString().substring(0, 8);
        database.query(
                "making a developer",
                """
                insert into developer (name, password_hash, role, git_name, git_email)
                values ($1, $2, $3, 'n', 'e')
                """,
                Tuple.of(name, hash, role));
        return name;
    }

    /** The tokens of a new session. */
    JsonObject login(String name) {
        var reply = login(here, name, PASSWORD, null);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.json();
    }

    String access(String name) {
        return login(name).getString("accessToken");
    }

    static Wire.Reply login(Wire wire, String name, String password, @Nullable String code) {
        var body = new JsonObject().put("username", name).put("password", password);
        if (code != null) {
            body.put("totpCode", code);
        }
        return wire.send("POST", "/api/auth/login", null, body.encode());
    }

    Wire.Reply send(String method, String path, String token, @Nullable JsonObject body) {
        return here.send(method, path, token, body == null ? null : body.encode());
    }

    /** What an access token opens: its developer's tasks, which any role may see. */
    static int status(Wire wire, String access) {
        return wire.send("GET", "/api/web/tasks", access, null).status();
    }

    /** Asks both until refused: the bound is what is tested, so it is measured. */
    void refusedWithinASecond(String access) {
        for (var wire : List.of(here, there)) {
            var begun = System.nanoTime();
            while (status(wire, access) != 401) {
                assertThat(Duration.ofNanos(System.nanoTime() - begun))
                        .isLessThan(Duration.ofSeconds(2));
            }
        }
    }

    List<Row> query(String sql, Object... arguments) {
        var rows = new ArrayList<Row>();
        database.query("testing", sql, Tuple.wrap(List.of(arguments))).forEach(rows::add);
        return rows;
    }

    long number(String sql, Object... arguments) {
        return query(sql, arguments).getFirst().getLong(0);
    }

    long id(String name) {
        return number("select id from developer where name = $1", name);
    }

    /** How many such entries the audit log has of that person. */
    long audited(String action, String name) {
        return number(
                "select count(*) from audit_entry where action = $1 and actor_id = $2",
                action,
                Long.toString(id(name)));
    }

    @Override
    public void close() {
        one.close();
        two.close();
        passwords.close();
        database.close();
        vertx.close().await();
    }
}
