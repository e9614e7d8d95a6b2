package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathGuardTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/api/web/tasks",
                "/api/web/tasks/",
                "/api/web/tasks/42/logs",
                "/openapi.json",
                "/.well-known/x",
                "/a..b/c",
                "/...",
                "/api/admin/projects/gr%C3%BC%C3%9Fe",
                "/with%20space"
            })
    void aPathWithOneReadingIsPlain(String path) {
        assertThat(PathGuard.isPlain(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "api",
                "//",
                "//api",
                "/api//web",
                "/api/./web",
                "/api/../web",
                "/api/.",
                "/api/..",
                "/api%2fweb",
                "/api%2Fweb",
                "/api%5cweb",
                "/api%5Cweb",
                "/api\\web",
                "/%2e%2e/api",
                "/%2E/api",
                "/.%2e/api",
                "/api;x=1/web",
                "/api%3bx",
                "/api%252fweb",
                "/api%25",
                "/api%",
                "/api%4",
                "/api%zz",
                "/api%00",
                "/api%0d%0a",
                "/api%7f",
                "/api/%61dmin",
                "/api web",
                "/api\tweb",
                "/api/gr\u00fc\u00dfe"
            })
    void aPathWithTwoReadingsIsNot(String path) {
        assertThat(PathGuard.isPlain(path)).isFalse();
    }
}
