package dev.muster.coordinator.bot;

import dev.muster.coordinator.account.Seal;
import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Page;
import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What admins may do with bots and the chats they are in. Thread-safe. */
public final class Bots {

    private static final Logger log = LoggerFactory.getLogger(Bots.class);

    private final BotStore bots;
    private final BindingStore bindings;
    private final Seal seal;

    public Bots(Database database, Seal seal) {
        this.bots = new BotStore(database);
        this.bindings = new BindingStore(database);
        this.seal = seal;
    }

    /** What was written of a bot; empty for what was not named. */
    record Draft(
            Optional<String> appId,
            Optional<String> name,
            Optional<String> appSecret,
            Optional<String> webhookToken) {}

    List<BotStore.Bot> list(Page page) {
        return bots.list(page.limit(), page.offset());
    }

    long count() {
        return bots.count();
    }

    /**
     * @throws Problem 404 if there is none
     */
    BotStore.Bot get(long id) {
        return bots.find(id).orElseThrow(() -> noBot(id));
    }

    private static Problem noBot(long id) {
        return Problem.notFound("There is no bot " + id + ".");
    }

    /**
     * @throws Problem 409 if the platform's app has a bot already
     */
    BotStore.Bot create(String platform, Draft draft, Call by) {
        var id = bots.nextId();
        try {
            bots.create(id, platform, sealed(id, draft), Actor.of(by));
        } catch (DatabaseFailure e) {
            throw appTaken(e);
        }
        log.info("bot created bot={} platform={} by={}", id, platform, by.person().id());
        return get(id);
    }

    /**
     * What the draft does not name stays as it is.
     *
     * @throws Problem 404 if there is no such bot, 409 if another one is of the same app
     */
    BotStore.Bot update(long id, Draft draft, Call by) {
        var change = sealed(id, draft);
        try {
            if (!change.fields().isEmpty() && bots.update(id, change, Actor.of(by))) {
                log.info("bot changed bot={} by={}", id, by.person().id());
            }
        } catch (DatabaseFailure e) {
            throw appTaken(e);
        }
        return get(id);
    }

    private static RuntimeException appTaken(DatabaseFailure e) {
        return e.violates("bot_app_key")
                ? Problem.conflict("bot_app_taken", "There is a bot of this app already.")
                : e;
    }

    private BotStore.Change sealed(long id, Draft draft) {
        return new BotStore.Change(
                draft.appId().orElse(null),
                draft.name().orElse(null),
                sealed(id, "appSecret", draft.appSecret()),
                sealed(id, "webhookToken", draft.webhookToken()));
    }

    private @Nullable Buffer sealed(long id, String field, Optional<String> secret) {
        return secret.map(text -> text.getBytes(StandardCharsets.UTF_8))
                .map(text -> seal.close(text, field + " of bot " + id))
                .map(Buffer::buffer)
                .orElse(null);
    }

    /**
     * With all that binds chats to projects by it.
     *
     * @throws Problem 404 if there is no such bot
     */
    void delete(long id, Call by) {
        if (!bots.delete(id, Actor.of(by))) {
            throw noBot(id);
        }
        log.info("bot deleted bot={} by={}", id, by.person().id());
    }

    /** Of all bots, by bot and chat. */
    List<BindingStore.Binding> bindings(Page page) {
        return bindings.list(null, page.limit(), page.offset());
    }

    long bindings() {
        return bindings.count(null);
    }

    /**
     * Of one bot, by chat.
     *
     * @throws Problem 404 if there is no such bot
     */
    List<BindingStore.Binding> bindings(long bot, Page page) {
        get(bot);
        return bindings.list(bot, page.limit(), page.offset());
    }

    long bindings(long bot) {
        return bindings.count(bot);
    }

    /**
     * @throws Problem 404 if there is no such bot, 400 if there is no such project, 409 if the chat
     *     is about a project already
     */
    BindingStore.Binding bind(long bot, String chat, String chatName, String project, Call by) {
        return switch (bindings.bind(bot, chat, chatName, project, Actor.of(by))) {
            case BindingStore.Outcome.Bound(var binding) -> binding;
            case BindingStore.Outcome.Taken(var other) ->
                    throw Problem.conflict(
                            "chat_bound",
                            "This chat is about project '"
                                    + other
                                    + "' already; delete that binding first.");
            case BindingStore.Outcome.NoBot() -> throw noBot(bot);
            case BindingStore.Outcome.NoProject() ->
                    throw Problem.badRequest(
                            "unknown_project",
                            "There is no project '" + project + "'.",
                            List.of(
                                    new Fault(
                                            "/projectKey", "unknown_project", "No such project.")));
        };
    }

    /**
     * @throws Problem 404 if there is no such bot, or the chat is not bound
     */
    void unbind(long bot, String chat, Call by) {
        if (!bindings.unbind(bot, chat, Actor.of(by))) {
            get(bot);
            throw Problem.notFound("This chat is about no project.");
        }
    }
}
