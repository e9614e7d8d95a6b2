package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/** Bots and the chats they are in; what is said to them stays with them. */
class BotIT {

    private static final String BOTS = "/api/admin/bots";

    private static CoordinatorFixture coordinator;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "true");
        coordinator.project("bank", "true");
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    private static JsonObject draft(String app) {
        return new JsonObject()
                .put("platform", "slack")
                .put("appId", app)
                .put("name", "Muster")
                .put("appSecret", "secret-of-" + app)
                .put("webhookToken", "token-of-" + app);
    }

    private static String made(String app) {
        var id = coordinator.post(BOTS, draft(app)).expect(201).body().getLong("id");
        return BOTS + "/" + id;
    }

    private static JsonObject chat(String id, String project) {
        return new JsonObject().put("platformChatId", id).put("projectKey", project);
    }

    @Test
    void aBotsSecretsGoInAndNeverOut() {
        var made = coordinator.post(BOTS, draft("A1")).expect(201);
        var address = made.headers().firstValue("Location").orElseThrow();
        var changed =
                coordinator
                        .put(address, new JsonObject().put("appSecret", "secret-of-new"))
                        .expect(200);
        coordinator.put(address, new JsonObject().put("name", "Other")).expect(200);

        assertThat(changed.body()).isEqualTo(made.body());
        assertThat(coordinator.get(address).expect(200).body().getString("name"))
                .isEqualTo("Other");
        for (var answer : List.of(made, changed, coordinator.get(address), coordinator.get(BOTS))) {
            assertThat(answer.body().encode()).doesNotContain("-of-");
        }
        for (var table : List.of("bot", "audit_entry", "request_key")) {
            assertThat(coordinator.sql("select t::text from " + table + " t"))
                    .noneMatch(row -> row.contains("-of-") || row.contains(hex("-of-")));
        }
        assertThat(
                        coordinator.sql(
                                "select action || ' ' || coalesce(data ->> 'changed', '') from"
                                        + " audit_entry where target_kind = 'bot' and target_id ="
                                        + " '%d' order by id".formatted(made.body().getLong("id"))))
                .containsExactly(
                        "bot.create ", "bot.update [\"appSecret\"]", "bot.update [\"name\"]");
    }

    private static String hex(String text) {
        return java.util.HexFormat.of()
                .formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void anAppHasOneBot() {
        made("A2");
        var other = made("A3");

        assertThat(coordinator.post(BOTS, draft("A2")).expect(409).body().getString("code"))
                .isEqualTo("bot_app_taken");
        coordinator.put(other, new JsonObject().put("appId", "A2")).expect(409);
        coordinator.post(BOTS, draft("A2").put("platform", "lark")).expect(201);
        assertThat(
                        coordinator
                                .post(BOTS, draft("A9").put("platform", "irc"))
                                .expect(400)
                                .pointers())
                .containsOnly("/platform");
    }

    @Test
    void aChatIsAboutOneProjectAndOfManyWhoBindItOneDoes() {
        var bot = made("A4");
        var statuses = new ConcurrentLinkedQueue<Integer>();

        Threads.all(
                IntStream.range(0, 10)
                        .mapToObj(
                                i ->
                                        (Runnable)
                                                () ->
                                                        statuses.add(
                                                                coordinator
                                                                        .post(
                                                                                bot + "/bindings",
                                                                                chat(
                                                                                        "C1",
                                                                                        i % 2 == 0
                                                                                                ? "shop"
                                                                                                : "bank"))
                                                                        .status()))
                        .toArray(Runnable[]::new));

        assertThat(statuses).filteredOn(status -> status == 201).hasSize(1);
        assertThat(statuses).filteredOn(status -> status == 409).hasSize(9);
        assertThat(items(bot + "/bindings")).hasSize(1);
        assertThat(acts(bot)).containsExactly("bot.create", "bot.bind");
    }

    @Test
    void bindingsAreListedAndUndone() {
        var bot = made("A5");
        var bound =
                coordinator
                        .post(bot + "/bindings", chat("C 5&x=/", "shop").put("chatName", "dev"))
                        .expect(201)
                        .body();
        coordinator.post(bot + "/bindings", chat("C6", "bank")).expect(201);

        assertThat(items(bot + "/bindings")).hasSize(2).contains(bound);
        assertThat(items(BOTS + "/all-bindings?limit=200")).contains(bound);
        assertThat(coordinator.get(bot).expect(200).body().getInteger("bindings")).isEqualTo(2);

        assertThat(coordinator.delete(bot + "/bindings").expect(400).pointers())
                .containsExactly("platformChatId");
        coordinator.delete(bot + "/bindings?platformChatId=C%205%26x%3D/").expect(204);
        coordinator.delete(bot + "/bindings?platformChatId=C%205%26x%3D/").expect(404);
        assertThat(items(bot + "/bindings")).hasSize(1);

        coordinator.delete(bot).expect(204);
        coordinator.delete(bot).expect(404);
        coordinator.get(bot + "/bindings").expect(404);
        assertThat(items(BOTS + "/all-bindings?limit=200"))
                .noneMatch(one -> one.getString("platformChatId").equals("C6"));
        assertThat(acts(bot))
                .containsExactly("bot.create", "bot.bind", "bot.bind", "bot.unbind", "bot.delete");
    }

    @Test
    void whatIsNotThereIsRefused() {
        var bot = made("A7");
        assertThat(coordinator.post(bot + "/bindings", chat("C7", "none")).expect(400).pointers())
                .containsExactly("/projectKey");
        coordinator.post(BOTS + "/999999/bindings", chat("C7", "shop")).expect(404);
        coordinator.put(BOTS + "/999999", new JsonObject().put("name", "x")).expect(404);
        coordinator.put(BOTS + "/999999", new JsonObject()).expect(404);
        coordinator.delete(BOTS + "/999999/bindings?platformChatId=C7").expect(404);
        coordinator.put(bot, new JsonObject().put("name", "a\0b")).expect(400);
        var lead = coordinator.person("lead", "lead", "shop", "maintainer");
        coordinator.getAs(lead, BOTS).expect(403);
        coordinator.postAs(lead, BOTS, draft("A8")).expect(403);
    }

    private static List<JsonObject> items(String address) {
        return coordinator.get(address).expect(200).body().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static List<String> acts(String bot) {
        return coordinator.sql(
                "select action from audit_entry where target_kind = 'bot' and target_id = '%s' order by id"
                        .formatted(bot.substring(bot.lastIndexOf('/') + 1)));
    }
}
