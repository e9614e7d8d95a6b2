package dev.muster.coordinator.bot;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows of {@code bot}. */
final class BotStore {

    /** A bot as admins see it: without its secrets. */
    record Bot(
            long id,
            String platform,
            String appId,
            String name,
            int bindings,
            OffsetDateTime createdAt) {}

    /**
     * What becomes of a bot; null for what stays as it is.
     *
     * @param appSecret sealed
     * @param webhookToken sealed
     */
    record Change(
            @Nullable String appId,
            @Nullable String name,
            @Nullable Buffer appSecret,
            @Nullable Buffer webhookToken) {

        /** The fields that are named, as the contract calls them; not what they hold. */
        JsonArray fields() {
            var fields = new JsonArray();
            if (appId != null) {
                fields.add("appId");
            }
            if (name != null) {
                fields.add("name");
            }
            if (appSecret != null) {
                fields.add("appSecret");
            }
            if (webhookToken != null) {
                fields.add("webhookToken");
            }
            return fields;
        }
    }

    private static final String NEXT_ID = "select nextval(pg_get_serial_sequence('bot', 'id'))";

    private static final String SELECT =
            """
            select b.id, b.platform, b.app_id, b.name, b.created_at,
                   (select count(*) from bot_binding g where g.bot_id = b.id)::int as bindings
              from bot b
            """;

    private static final String LIST = SELECT + " order by b.id limit $1 offset $2";

    private static final String FIND = SELECT + " where b.id = $1";

    private static final String COUNT = "select count(*) from bot";

    private static final String CREATE =
            """
            with made as (
                insert into bot (id, platform, app_id, name, app_secret, webhook_token)
                overriding system value
                values ($1, $2, $3, $4, $5, $6)
                returning id, platform, app_id, name
            )
            select note_act($7, 'bot.create', 'bot', id::text,
                            jsonb_build_object('platform', platform, 'appId', app_id, 'name', name))
              from made
            """;

    private static final String UPDATE =
            """
            with changed as (
                update bot
                   set app_id = coalesce($2, app_id), name = coalesce($3, name),
                       app_secret = coalesce($4, app_secret), webhook_token = coalesce($5, webhook_token)
                 where id = $1
                returning id, app_id, name
            )
            select note_act($6, 'bot.update', 'bot', id::text,
                            jsonb_build_object('appId', app_id, 'name', name, 'changed', $7::jsonb))
              from changed
            """;

    private static final String DELETE =
            """
            with gone as (
                delete from bot where id = $1 returning id, platform, app_id, name
            )
            select note_act($2, 'bot.delete', 'bot', id::text,
                            jsonb_build_object('platform', platform, 'appId', app_id, 'name', name))
              from gone
            """;

    private final Database database;

    BotStore(Database database) {
        this.database = database;
    }

    /** An id that no bot has or will have but the one it is given to. */
    long nextId() {
        return database.query("drawing a bot's id", NEXT_ID).iterator().next().getLong(0);
    }

    List<Bot> list(int limit, int offset) {
        var bots = new ArrayList<Bot>();
        database.query("listing bots", LIST, Tuple.of(limit, offset))
                .forEach(row -> bots.add(bot(row)));
        return bots;
    }

    long count() {
        return database.query("counting bots", COUNT).iterator().next().getLong(0);
    }

    Optional<Bot> find(long id) {
        RowSet<Row> rows = database.query("reading a bot", FIND, Tuple.of(id));
        return rows.size() == 0 ? Optional.empty() : Optional.of(bot(rows.iterator().next()));
    }

    /** A {@code DatabaseFailure} violating bot_app_key if the platform's app has a bot already. */
    void create(long id, String platform, Change whole, Actor by) {
        database.query(
                "creating a bot",
                CREATE,
                Tuple.of(
                        id,
                        platform,
                        whole.appId(),
                        whole.name(),
                        whole.appSecret(),
                        whole.webhookToken(),
                        by.json()));
    }

    /** False if there is no such bot; a {@code DatabaseFailure} as creating one. */
    boolean update(long id, Change change, Actor by) {
        var arguments =
                Tuple.of(
                        id,
                        change.appId(),
                        change.name(),
                        change.appSecret(),
                        change.webhookToken(),
                        by.json(),
                        change.fields());
        return database.query("changing a bot", UPDATE, arguments).size() == 1;
    }

    /** False if there is no such bot. */
    boolean delete(long id, Actor by) {
        return database.query("deleting a bot", DELETE, Tuple.of(id, by.json())).size() == 1;
    }

    private static Bot bot(Row row) {
        return new Bot(
                row.getLong("id"),
                row.getString("platform"),
                row.getString("app_id"),
                row.getString("name"),
                row.getInteger("bindings"),
                row.getOffsetDateTime("created_at"));
    }
}
