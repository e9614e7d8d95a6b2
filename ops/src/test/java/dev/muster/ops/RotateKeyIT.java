package dev.muster.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.OneMachine;
import dev.muster.ops.harness.Sandbox;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** {@code muster secrets rotate-key}, asking a coordinator that runs. */
final class RotateKeyIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    private static final String ENDED = "/api/admin/audit-logs?limit=200&action=session.end";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path root;

    private static Sandbox sandbox;
    private static OneMachine muster;
    private static Api api;

    private record Ran(int exit, String out, String err) {}

    @BeforeAll
    static void up() throws Exception {
        sandbox = Sandbox.in(root);
        muster = OneMachine.up(sandbox, "--workers", "0");
        api = muster.api();
        api.project("kept", Api.stage("a", "true"));
        for (var name : List.of("A", "B", "C")) {
            var value = Map.of("value", "a value that is kept");
            Api.expect(200, api.put("/api/web/projects/kept/secrets/" + name, value));
        }
    }

    @AfterAll
    static void down() throws Exception {
        try {
            muster.stop();
        } finally {
            sandbox.close();
        }
    }

    private static String token(String scope) throws Exception {
        var asked = Map.of("label", scope, "scopes", List.of(scope));
        return Api.expect(201, api.post("/api/web/profile/tokens", asked)).get("token").asText();
    }

    private static Ran rotate(String token, String server) {
        var out = new StringWriter();
        var err = new StringWriter();
        var program = Muster.commandLine(Map.of("MUSTER_TOKEN", token, "MUSTER_SERVER", server));
        program.setOut(new PrintWriter(out, true));
        program.setErr(new PrintWriter(err, true));
        int exit = program.execute("secrets", "rotate-key", "--output=json");
        return new Ran(exit, out.toString(), err.toString());
    }

    private static String newestKey() throws Exception {
        return keys().get("items").get(0).get("id").asText();
    }

    private static JsonNode keys() throws Exception {
        return Api.expect(200, api.get("/api/admin/secret-keys"));
    }

    @Test
    void withATokenAllSecretsAreSealedAnew() throws Exception {
        var former = newestKey();

        var ran = rotate(token("admin:write"), muster.address().toString());

        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(newestKey()).isNotEqualTo(former);
        assertThat(ran.out())
                .contains("\"key\":\"" + newestKey() + "\"")
                .contains("\"sealed\":3,\"left\":0");
        assertThat(keys().get("items").get(0).get("secrets").asInt()).isEqualTo(3);
    }

    @Test
    void whoMayNotAndWhoIsNotKnownHearThatAndNoKeyIsMade() throws Exception {
        var before = newestKey();

        var mayNot = rotate(token("admin:read"), muster.address().toString());
        var unknown = rotate("mst_pat_nobody", muster.address().toString());
        var nowhere = rotate("mst_pat_nobody", "http://127.0.0.1:1");

        assertThat(List.of(mayNot.exit(), unknown.exit(), nowhere.exit())).containsOnly(1);
        assertThat(mayNot.err()).contains("admin:write");
        assertThat(unknown.err()).contains("does not know who asks").doesNotContain("nobody");
        assertThat(nowhere.err()).contains("no answer from http://127.0.0.1:1");
        assertThat(mayNot.out() + unknown.out() + nowhere.out()).isEmpty();
        assertThat(newestKey()).isEqualTo(before);
    }

    @Test
    void atATerminalThePasswordIsAskedForAndNotShown() throws Exception {
        var former = newestKey();
        var ended = api.count(ENDED);
        var shown = root.resolve("shown");

        var verb =
                sandbox.musterAtATerminal(
                        shown, "secrets", "rotate-key", "--server=" + muster.address());
        Eventually.holds(
                "it asks",
                LONG,
                () -> Files.exists(shown) && Files.readString(shown).contains("Password of admin"));
        verb.type(muster.password());

        assertThat(verb.awaitExit(LONG)).as(verb.output()).isZero();
        assertThat(newestKey()).isNotEqualTo(former);
        assertThat(Files.readString(shown))
                .contains("All secrets are sealed with the new key " + newestKey() + ": 3.")
                .doesNotContain(muster.password());
        Eventually.holds("its session is over", LONG, () -> api.count(ENDED) == ended + 1);
    }
}
