package dev.muster.coordinator.bot;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** The rows of {@code bot_binding}. */
final class BindingStore {

    /** Which project a chat is about, seen by a bot that is in it. */
    record Binding(
            long bot,
            String botName,
            String platform,
            String chat,
            String chatName,
            String project,
            OffsetDateTime createdAt) {}

    /** What came of binding a chat. */
    sealed interface Outcome {

        /** It is bound. */
        record Bound(Binding binding) implements Outcome {}

        /** It was bound before, to this project. */
        record Taken(String project) implements Outcome {}

        /** There is no such project. */
        record NoProject() implements Outcome {}

        /** There is no such bot. */
        record NoBot() implements Outcome {}
    }

    private static final String SELECT =
            """
            select g.bot_id, b.name as bot_name, b.platform, g.chat_id, g.chat_name, p.key as project, g.created_at
              from bot_binding g
              join bot b on b.id = g.bot_id
              join project p on p.id = g.project_id
            """;

    private static final String LIST =
            SELECT
                    + """
                     where $1::bigint is null or g.bot_id = $1
                     order by g.bot_id, g.chat_id
                     limit $2 offset $3
                    """;

    private static final String FIND = SELECT + " where g.bot_id = $1 and g.chat_id = $2";

    private static final String COUNT =
            "select count(*) from bot_binding where $1::bigint is null or bot_id = $1";

    // Of two who bind one chat at once, one does.
    private static final String BIND =
            """
            with known as (
                select id, name, platform from bot where id = $1 for key share
            ), chosen as (
                select id, key from project where key = $4
            ), bound as (
                insert into bot_binding (bot_id, chat_id, chat_name, project_id)
                select k.id, $2, $3, c.id from known k, chosen c
                    on conflict (bot_id, chat_id) do nothing
                returning bot_id, chat_id, chat_name, created_at
            ), noted as (
                select note_act($5, 'bot.bind', 'bot', b.bot_id::text,
                                jsonb_build_object('platformChatId', b.chat_id, 'project', c.key))
                  from bound b, chosen c
            )
            select (select count(*) from chosen) = 1 as found, (select count(*) from noted) = 1 as done,
                   k.id as bot_id, k.name as bot_name, k.platform, $2::text as chat_id, $3::text as chat_name,
                   $4::text as project, b.created_at
              from known k
              left join bound b on true
            """;

    private static final String UNBIND =
            """
            with gone as (
                delete from bot_binding where bot_id = $1 and chat_id = $2 returning bot_id, chat_id, project_id
            )
            select note_act($3, 'bot.unbind', 'bot', g.bot_id::text,
                            jsonb_build_object('platformChatId', g.chat_id, 'project', p.key))
              from gone g
              join project p on p.id = g.project_id
            """;

    private final Database database;

    BindingStore(Database database) {
        this.database = database;
    }

    /**
     * @param bot null for all of them
     */
    List<Binding> list(@Nullable Long bot, int limit, int offset) {
        var bindings = new ArrayList<Binding>();
        database.query("listing bindings", LIST, Tuple.of(bot, limit, offset))
                .forEach(row -> bindings.add(binding(row)));
        return bindings;
    }

    /**
     * @param bot null for all of them
     */
    long count(@Nullable Long bot) {
        return database.query("counting bindings", COUNT, Tuple.of(bot))
                .iterator()
                .next()
                .getLong(0);
    }

    /** Binds a chat that is not bound. */
    Outcome bind(long bot, String chat, String chatName, String project, Actor by) {
        var arguments = Tuple.of(bot, chat, chatName, project, by.json());
        var rows = database.query("binding a chat", BIND, arguments);
        if (rows.size() == 0) {
            return new Outcome.NoBot();
        }
        var row = rows.iterator().next();
        if (row.getBoolean("done")) {
            return new Outcome.Bound(binding(row));
        }
        if (!row.getBoolean("found")) {
            return new Outcome.NoProject();
        }
        var there = database.query("reading a binding", FIND, Tuple.of(bot, chat));
        return there.size() == 0
                // unbound since
                ? bind(bot, chat, chatName, project, by)
                : new Outcome.Taken(there.iterator().next().getString("project"));
    }

    /** False if the chat is not bound. */
    boolean unbind(long bot, String chat, Actor by) {
        return database.query("unbinding a chat", UNBIND, Tuple.of(bot, chat, by.json())).size()
                == 1;
    }

    private static Binding binding(Row row) {
        return new Binding(
                row.getLong("bot_id"),
                row.getString("bot_name"),
                row.getString("platform"),
                row.getString("chat_id"),
                row.getString("chat_name"),
                row.getString("project"),
                row.getOffsetDateTime("created_at"));
    }
}
