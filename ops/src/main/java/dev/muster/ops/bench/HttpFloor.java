package dev.muster.ops.bench;

import dev.muster.coordinator.config.DatabaseConfig;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Tuple;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A bare server of the library that our API is built on: {@code /health} answers a constant, {@code
 * /task} what the database says of task 1, asked as the API asks. No routes, no rights, no checks.
 */
final class HttpFloor implements AutoCloseable {

    /** What the API asks for a task: TaskStore and AttemptStore of the coordinator. */
    private static final String TASK =
            """
            select t.*, k.try, k.tries, k.from_stage, k.from_attempt, k.from_machine,
                   coalesce(q.flagged, false) as flagged, coalesce(l.lost, false) as lost,
                   g.id as gate_id, g.stage as gate_stage, g.kind as gate_kind, g.choices as gate_choices,
                   g.fallback as gate_fallback, g.opened_at as gate_opened_at, g.expires_at as gate_expires_at
              from task_shown t
              join task k on k.id = t.id
              left join queue q on q.task_id = t.id
              left join lease l on l.task_id = t.id
              left join gate g on g.task_id = t.id and g.outcome is null
             where t.id = $3
               and ($1 or exists (select 1 from project_member m
                                   where m.project_id = t.project_id and m.developer_id = $2))
            """;

    private static final String ATTEMPTS =
            """
            select *
              from (select number, machine_id, granted_at, started_at, ended_at, outcome, reason, losses,
                           branch, work
                      from attempt
                     where task_id = $1
                     order by number desc
                     limit 100) newest
             order by number
            """;

    private static final String HEALTH = "{\"status\":\"ok\",\"version\":\"0\",\"ready\":true}";

    private final Vertx vertx = Vertx.vertx();
    private final Pool pool;
    private final int port;

    /** Returns when it answers. */
    HttpFloor(DatabaseConfig database) {
        pool =
                PgBuilder.pool()
                        .using(vertx)
                        .connectingTo(options(database))
                        .with(new PoolOptions().setMaxSize(database.poolSize()))
                        .build();
        var bound = new CompletableFuture<Integer>();
        vertx.deployVerticle(
                        () -> new Bare(pool, bound),
                        new DeploymentOptions()
                                .setInstances(Runtime.getRuntime().availableProcessors()))
                .timeout(30, TimeUnit.SECONDS)
                .await();
        port = bound.join();
    }

    private static PgConnectOptions options(DatabaseConfig database) {
        return new PgConnectOptions()
                .setHost(database.host())
                .setPort(database.port())
                .setDatabase(database.database())
                .setUser(database.user())
                .setPassword(database.password())
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheSqlFilter(_ -> true)
                .setPipeliningLimit(16)
                .setProperties(
                        Map.of(
                                "application_name",
                                "bench",
                                "plan_cache_mode",
                                "force_generic_plan"));
    }

    int port() {
        return port;
    }

    private static final class Bare extends VerticleBase {
        private final Pool pool;
        private final CompletableFuture<Integer> bound;

        Bare(Pool pool, CompletableFuture<Integer> bound) {
            this.pool = pool;
            this.bound = bound;
        }

        @Override
        public Future<?> start() {
            // a negative port is any free one, and the same for all instances
            return vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(-1))
                    .requestHandler(this::answer)
                    .listen()
                    .onSuccess(server -> bound.complete(server.actualPort()));
        }

        private void answer(HttpServerRequest request) {
            if (request.path().equals("/health")) {
                send(request, HEALTH);
                return;
            }
            pool.preparedQuery(TASK)
                    .execute(Tuple.of(true, 1L, 1L))
                    .map(rows -> rows.iterator().next().toJson())
                    .compose(this::withAttempts)
                    .onSuccess(task -> send(request, task.encode()))
                    .onFailure(_ -> request.response().setStatusCode(500).end());
        }

        private Future<JsonObject> withAttempts(JsonObject task) {
            return pool.preparedQuery(ATTEMPTS)
                    .execute(Tuple.of(1L))
                    .map(
                            rows -> {
                                var attempts = new JsonArray();
                                rows.forEach(row -> attempts.add(row.toJson()));
                                return task.put("attempts", attempts);
                            });
        }

        private static void send(HttpServerRequest request, String json) {
            request.response().putHeader("Content-Type", "application/json").end(json);
        }
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
