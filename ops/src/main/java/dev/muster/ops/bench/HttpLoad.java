package dev.muster.ops.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Asks one address again and again on some connections, each as soon as it was answered. */
final class HttpLoad implements AutoCloseable {

    /**
     * What is asked.
     *
     * @param authorization empty for none
     */
    record Target(String name, int port, String path, String authorization) {}

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final HttpClientAgent http;
    private final Target target;
    private final int connections;

    HttpLoad(Target target, int connections) {
        this.target = target;
        this.connections = connections;
        this.http =
                vertx.createHttpClient(
                        new HttpClientOptions()
                                .setDefaultHost("127.0.0.1")
                                .setDefaultPort(target.port()),
                        new PoolOptions().setHttp1MaxSize(connections));
    }

    /** How long each answer took, in nanoseconds; their number is that of all answers. */
    Histogram run(Duration length) {
        var latencies = new ConcurrentHistogram(3);
        var end = System.nanoTime() + length.toNanos();
        var all =
                IntStream.range(0, connections)
                        .mapToObj(
                                _ -> {
                                    var done = Promise.<Void>promise();
                                    vertx.runOnContext(_ -> next(end, latencies, done));
                                    return done.future();
                                })
                        .toList();
        Future.all(all).timeout(length.plusSeconds(30).toSeconds(), TimeUnit.SECONDS).await();
        return latencies;
    }

    private void next(long end, Histogram latencies, Promise<Void> done) {
        var start = System.nanoTime();
        if (start >= end) {
            done.complete();
            return;
        }
        ask().onComplete(
                        answer -> {
                            if (answer.failed()) {
                                done.fail(answer.cause());
                                return;
                            }
                            latencies.recordValue(System.nanoTime() - start);
                            next(end, latencies, done);
                        });
    }

    private Future<Void> ask() {
        return http.request(HttpMethod.GET, target.path())
                .compose(
                        request -> {
                            if (!target.authorization().isEmpty()) {
                                request.putHeader("Authorization", target.authorization());
                            }
                            return request.send();
                        })
                .compose(
                        response ->
                                response.statusCode() == 200
                                        ? response.end()
                                        : Future.failedFuture(
                                                target.name()
                                                        + " answered "
                                                        + response.statusCode()));
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
