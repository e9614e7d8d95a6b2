package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;

import org.junit.jupiter.api.Test;

import java.util.Map;

class CallTest {

    @Test
    void aPartOfAListLinksToTheNextOneWithTheSameFilters() {
        var call =
                call(MultiMap.caseInsensitiveMultiMap().add("search", "a b&c").add("limit", "2"));
        var page = call.page(50);

        var answer = Answer.page(call, page, JsonArray.of(1, 2), true);

        assertThat(answer.headers())
                .containsEntry(
                        "Link", "</api/web/tasks?limit=2&offset=2&search=a+b%26c>; rel=\"next\"");
    }

    @Test
    void theLastPartLinksNowhere() {
        var call = call(MultiMap.caseInsensitiveMultiMap());
        assertThat(Answer.page(call, call.page(50), JsonArray.of(1), 1L).headers()).isEmpty();
    }

    @Test
    void aNumberBeyondAnyRowNamesNothing() {
        var path = Map.of("id", "99999999999999999999");
        var none = MultiMap.caseInsensitiveMultiMap();
        var call =
                new Call(
                        new Caller.Anonymous(),
                        new Call.Request("/", path, none, none),
                        null,
                        "local",
                        "1");
        assertThatThrownBy(() -> call.pathNumber("id")).isInstanceOf(Problem.class);
    }

    private static Call call(MultiMap query) {
        var head =
                new Call.Request(
                        "/api/web/tasks", Map.of(), query, MultiMap.caseInsensitiveMultiMap());
        return new Call(new Caller.Anonymous(), head, null, "local", "1");
    }
}
