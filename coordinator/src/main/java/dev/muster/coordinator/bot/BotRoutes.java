package dev.muster.coordinator.bot;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of bots (seed 004, admin: bots). */
public final class BotRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Bots bots;

    public BotRoutes(Bots bots) {
        this.bots = bots;
    }

    public void bind(Operations operations) {
        operations
                .on("listBots", Access.ADMIN, this::list)
                .on("createBot", Access.ADMIN, this::create)
                .on("getBot", Access.ADMIN, this::get)
                .on("updateBot", Access.ADMIN, this::update)
                .on("deleteBot", Access.ADMIN, this::delete)
                .on("listAllBotBindings", Access.ADMIN, this::listAllBindings)
                .on("listBotBindings", Access.ADMIN, this::listBindings)
                .on("createBotBinding", Access.ADMIN, this::createBinding)
                .on("deleteBotBinding", Access.ADMIN, this::deleteBinding);
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        bots.list(page).forEach(bot -> items.add(json(bot)));
        return Answer.page(call, page, items, bots.count());
    }

    private Answer create(Call call) {
        var bot = bots.create(call.body().getString("platform"), draft(call), call);
        return Answer.created("/api/admin/bots/" + bot.id(), json(bot));
    }

    private Answer get(Call call) {
        return Answer.ok(json(bots.get(call.pathNumber("id"))));
    }

    private Answer update(Call call) {
        return Answer.ok(json(bots.update(call.pathNumber("id"), draft(call), call)));
    }

    private static Bots.Draft draft(Call call) {
        return new Bots.Draft(
                call.text("appId"),
                call.text("name"),
                call.text("appSecret"),
                call.text("webhookToken"));
    }

    private Answer delete(Call call) {
        bots.delete(call.pathNumber("id"), call);
        return Answer.noContent();
    }

    private Answer listAllBindings(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        bots.bindings(page).forEach(binding -> items.add(json(binding)));
        return Answer.page(call, page, items, bots.bindings());
    }

    private Answer listBindings(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var bot = call.pathNumber("id");
        var items = new JsonArray();
        bots.bindings(bot, page).forEach(binding -> items.add(json(binding)));
        return Answer.page(call, page, items, bots.bindings(bot));
    }

    private Answer createBinding(Call call) {
        var bot = call.pathNumber("id");
        var chat = call.text("platformChatId").orElseThrow();
        var binding =
                bots.bind(
                        bot,
                        chat,
                        call.text("chatName").orElse(""),
                        call.body().getString("projectKey"),
                        call);
        return Answer.created("/api/admin/bots/" + bot + "/bindings", json(binding));
    }

    private Answer deleteBinding(Call call) {
        bots.unbind(call.pathNumber("id"), call.query("platformChatId").orElseThrow(), call);
        return Answer.noContent();
    }

    private static JsonObject json(BotStore.Bot bot) {
        return new JsonObject()
                .put("id", bot.id())
                .put("platform", bot.platform())
                .put("appId", bot.appId())
                .put("name", bot.name())
                .put("bindings", bot.bindings())
                .put("createdAt", bot.createdAt().toInstant());
    }

    private static JsonObject json(BindingStore.Binding binding) {
        return new JsonObject()
                .put("botId", binding.bot())
                .put("botName", binding.botName())
                .put("platform", binding.platform())
                .put("platformChatId", binding.chat())
                .put("chatName", binding.chatName())
                .put("projectKey", binding.project())
                .put("createdAt", binding.createdAt().toInstant());
    }
}
