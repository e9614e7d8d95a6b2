package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.coordinator.db.EmbeddedPostgres;
import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.Ports;
import dev.muster.ops.harness.RunningProcess;
import dev.muster.ops.harness.Sandbox;
import dev.muster.ops.harness.Started;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A database, a coordinator and workers, each of which can be killed alone, and a wire between the
 * coordinator and its workers. What the project {@code counting} runs can be told afterwards: its
 * task prints numbered lines, and notes in a file of its own that it ran.
 */
final class Site implements AutoCloseable {

    static final Duration LONG = Duration.ofSeconds(90);

    private static final String PROJECT = "counting";
    private static final String ASKING = "asking";
    private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);

    private final Sandbox sandbox;
    private final Counting work;
    private final int port;
    private String host = Place.HERE.host();
    private final Wire wire;
    private final List<Started> workers = new ArrayList<>();
    private final Set<String> workerNames = new TreeSet<>();
    private final List<Started> others = new ArrayList<>();
    private final SiteDatabase database;
    private final Aftermath aftermath;
    private @Nullable Started coordinator;
    private @Nullable Api api;

    private Site(Sandbox sandbox) throws IOException {
        this.sandbox = sandbox;
        this.work = new Counting(sandbox.root());
        this.port = Ports.free();
        this.wire = Wire.to(port);
        this.database = SiteDatabase.below(sandbox.root());
        this.aftermath = new Aftermath(sandbox, database);
    }

    /**
     * With its database, and nothing else yet. Silence is noticed within seconds.
     *
     * @param startDeadline how long a machine may have a task and say nothing of it
     * @param grace how long a silent machine keeps what it runs, such as {@code 10s}
     */
    static Site in(Path root, String startDeadline, String grace) throws IOException {
        var sandbox =
                Sandbox.in(root)
                        .with("MUSTER_LEASE_HEARTBEAT", "250ms")
                        .with("MUSTER_LEASE_START_DEADLINE", startDeadline)
                        .with("MUSTER_LEASE_GRACE", grace)
                        .with("MUSTER_PRESENCE_UNREACHABLE_AFTER", "1s")
                        .with("MUSTER_PRESENCE_OFFLINE_AFTER", "2s")
                        .with("MUSTER_SLOTS", "8");
        return new Site(sandbox);
    }

    Sandbox sandbox() {
        return sandbox;
    }

    /** Of its coordinator's API. */
    int port() {
        return port;
    }

    Wire wire() {
        return wire;
    }

    // ---- the coordinator -----------------------------------------------------------------------

    /** Starts it, and signs in when it is ready. */
    Started coordinator() throws Exception {
        return coordinator(Place.HERE, "--cluster-port=0");
    }

    /**
     * Starts it in a place of one's choice; from then on the site asks there.
     *
     * @param more arguments, of the cluster above all
     */
    Started coordinator(Place place, String... more) throws Exception {
        host = place.host();
        var started = launch("", place, more);
        started.awaitLine("coordinator started", LONG);
        signIn();
        return started;
    }

    /** Starts one that will kill itself at that moment, which may be before it is ready. */
    Started doomed(String crashPoint) throws IOException {
        return launch("-Dmuster.crash-point=" + crashPoint.replace(' ', '_'));
    }

    /** Starts one whose bus loses, delays and doubles that percentage of all messages. */
    Started liar(int percent) throws Exception {
        var started = launch("-Dmuster.bus-faults=" + percent);
        started.awaitLine("coordinator started", LONG);
        signIn();
        return started;
    }

    private Started launch(String options) throws IOException {
        return launch(options, Place.HERE, "--cluster-port=0");
    }

    private Started launch(String options, Place place, String... more) throws IOException {
        sandbox.withJavaOptions(options);
        sandbox.with("MUSTER_DATABASE_URL", database.url());
        var started = sandbox.muster(place.starter(), coordinator(sandbox.data(), port, more));
        coordinator = started;
        return started;
    }

    private static String[] coordinator(Path data, int port, String... more) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "coordinator",
                                "--data=" + data,
                                "--port=" + port,
                                "--management-port=0"));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    Api signIn() throws Exception {
        if (api == null) {
            api = new Api(URI.create("http://" + host + ":" + port));
        }
        signIn(api);
        return api;
    }

    /** As a person does: who is told to come again does. */
    private void signIn(Api api) throws Exception {
        var password = Files.readString(sandbox.data().resolve("admin-password")).strip();
        var answered =
                Eventually.value(
                        "a sign-in is answered",
                        LONG,
                        () ->
                                Optional.of(api.login(password))
                                        .filter(reply -> reply.status() != 503));
        Api.expect(200, answered);
    }

    /**
     * Starts another one on the same database, which can neither hear nor be heard by the first:
     * they are of two clusters. It ends with the site.
     */
    Api strangerOnTheSameDatabase() throws Exception {
        return another(Place.HERE, Ports.free(), "--cluster-port=0");
    }

    /**
     * Starts another one on the same database. It ends with the site.
     *
     * @param more arguments, of the cluster above all
     */
    Api another(Place place, int itsPort, String... more) throws Exception {
        startAnother(place, itsPort, more);
        var its = new Api(URI.create("http://" + place.host() + ":" + itsPort));
        signIn(its);
        return its;
    }

    /** The same, with the one key that they share; nobody signs in. */
    Started startAnother(Place place, int itsPort, String... more) throws Exception {
        var data = Files.createDirectories(sandbox.root().resolve("another"));
        Files.copy(
                sandbox.data().resolve("master.key"),
                data.resolve("master.key"),
                StandardCopyOption.COPY_ATTRIBUTES,
                StandardCopyOption.REPLACE_EXISTING);
        var started = sandbox.muster(place.starter(), coordinator(data, itsPort, more));
        others.add(started);
        started.awaitLine("coordinator started", LONG);
        return started;
    }

    /** Of a coordinator that was ready once. */
    Api api() {
        if (api == null) {
            throw new IllegalStateException("nobody signed in yet");
        }
        return api;
    }

    // ---- workers -------------------------------------------------------------------------------

    /** Starts one, which is enrolled at its first start; it reaches the coordinator by the wire. */
    Started worker(String name) throws Exception {
        return worker(name, Place.HERE, wire.port());
    }

    /** The same in a place of one's choice, where that port of loopback is a coordinator's. */
    Started worker(String name, Place place, int itsPort) throws Exception {
        var isKnown = Files.exists(sandbox.root().resolve(name).resolve("identity.json"));
        var started = worker(name, isKnown ? "" : enrolmentToken(), place, itsPort);
        started.awaitLine("worker started", LONG);
        return started;
    }

    String enrolmentToken() throws Exception {
        var answer = api().post("/api/admin/worker-tokens", Map.of("label", "fault"));
        return Api.expect(201, answer).get("token").textValue();
    }

    /** The worker that was started last. */
    Started newestWorker() {
        return workers.getLast();
    }

    /** Starts one and waits for nothing. */
    Started worker(String name, String token) throws IOException {
        return worker(name, token, Place.HERE, wire.port());
    }

    /** The same in a place of one's choice. */
    Started worker(String name, String token, Place place, int itsPort) throws IOException {
        sandbox.withJavaOptions("");
        var arguments =
                new ArrayList<>(
                        List.of(
                                "worker",
                                "--server=http://127.0.0.1:" + itsPort,
                                "--name=" + name,
                                "--data=" + sandbox.root().resolve(name)));
        if (!token.isEmpty()) {
            arguments.add("--token=" + token);
        }
        var started = sandbox.muster(place.starter(), arguments.toArray(String[]::new));
        workers.add(started);
        workerNames.add(name);
        return started;
    }

    /**
     * From its next start on the worker has a token that nobody takes: its recovery secret is all
     * that lets it in.
     */
    void spoilToken(String worker) throws IOException {
        var file = sandbox.root().resolve(worker).resolve("identity.json");
        var spoilt = Files.readString(file).replaceFirst("(\"workerJwt\":\")[^\"]+", "$1spoilt");
        assertThat(spoilt).contains("spoilt");
        Files.writeString(file, spoilt);
    }

    /** Every living process of a stage. */
    List<RunningProcess> stageProcesses() throws IOException {
        return sandbox.processes().stream()
                .filter(process -> process.environment().contains("MUSTER_COOKIE="))
                .toList();
    }

    // ---- work ----------------------------------------------------------------------------------

    /**
     * Makes the projects: one whose tasks count at once, one whose tasks ask first.
     *
     * @param afterLine shell text that runs after each line, such as {@code "sleep 0.1;"}
     */
    void project(String afterLine) throws Exception {
        project(afterLine, HALF_AN_HOUR);
    }

    /** The same with so much time to confirm what asks. */
    void project(String afterLine, Duration toConfirm) throws Exception {
        var gate = Map.<String, Object>of("confirm", true, "gateTimeout", toConfirm.toSeconds());
        api().project(PROJECT, work.stage(afterLine, Map.of()));
        api().project(ASKING, work.stage(afterLine, gate));
    }

    /** Queues a task that prints so many lines. */
    long task(int lines) throws Exception {
        return task(api(), lines);
    }

    /** Queues a task that prints so many lines once somebody confirmed it. */
    long asking(int lines) throws Exception {
        return api().task(ASKING, Integer.toString(lines));
    }

    /** Returns when it asks. */
    void awaitGate(long task) throws Exception {
        Eventually.holds(
                "task " + task + " asks",
                LONG,
                () -> api().get("/api/web/tasks/" + task + "/pending-confirm").status() == 200);
    }

    /** Confirms a task that asks. */
    Api.Reply answer(long task) throws Exception {
        return answer(api(), task);
    }

    /** The same at a coordinator of one's choice. */
    Api.Reply answer(Api at, long task) throws Exception {
        return at.post(
                "/api/web/tasks/" + task + "/confirm-stage",
                Map.of("stageIndex", 0, "result", "confirm"));
    }

    /** Queues it at a coordinator of one's choice. */
    long task(Api at, int lines) throws Exception {
        return at.task(PROJECT, Integer.toString(lines));
    }

    /** A task of which something is heard already. */
    long begun(int lines) throws Exception {
        var task = task(lines);
        Eventually.holds("its log arrives", LONG, () -> printed(task).size() > 1);
        return task;
    }

    /** Forgets who ran what. */
    void forgetRuns() throws IOException {
        work.forget();
    }

    /** How often the task's command was started, on whatever machine. */
    int runs(long task) throws IOException {
        return work.runs(task);
    }

    /** The task ended well, ran once, and its log is what it printed. */
    JsonNode assertCompleted(long task, int lines) throws Exception {
        var ended = api().awaitEnd(task, LONG);
        assertThat(ended.get("status").textValue())
                .as("%s%n%s", ended, workers.stream().map(Started::output).toList())
                .isEqualTo("COMPLETED");
        assertThat(runs(task)).as("runs of task " + task).isOne();
        assertThat(printed(task)).containsExactlyElementsOf(Counting.lines(lines));
        return ended;
    }

    /** The numbered lines in its stored log. */
    List<String> printed(long task) throws Exception {
        return api().log(task).stream()
                .map(line -> line.replaceAll("\033][^\007]*\007", ""))
                .filter(line -> line.startsWith("line "))
                .toList();
    }

    /** What a worker has on disk of what a task's first attempt printed, which is all of it. */
    byte[] journal(String worker, long task) throws IOException {
        return aftermath.disk(worker).printed(task);
    }

    /**
     * What a task's first attempt printed is in its log, the rest of it beside that, and all of it
     * once.
     */
    void assertRestCameLate(long task, byte[] printed) throws Exception {
        var output = awaitOutput(task, printed.length);
        assertThat(output.whole()).isEqualTo(printed);
        assertThat(output.late().getBytes()).isNotEmpty();
        var attempt = api().task(task).get("attempts").get(0);
        assertThat(attempt.get("lateLogBytes").intValue()).isEqualTo(output.late().length());
    }

    /** What is stored of a task's first attempt, once that is so many bytes, late ones included. */
    SiteDatabase.Output awaitOutput(long task, int bytes) throws Exception {
        Eventually.holds(
                "the rest of what it printed came",
                LONG,
                () -> database.output(task).whole().length >= bytes);
        return database.output(task);
    }

    // ---- the database --------------------------------------------------------------------------

    SiteDatabase database() {
        return database;
    }

    EmbeddedPostgres postgres() {
        return database.postgres();
    }

    /** A number that a query answers. */
    long number(String sql) {
        return database.number(sql);
    }

    /** Changes what is stored, as somebody with the database's own rights might. */
    void change(String sql) {
        database.change(sql);
    }

    /** Ends the server in order; the coordinator's questions are refused from now on. */
    void stopDatabase() {
        database.stop();
    }

    void startDatabase() {
        database.start();
    }

    // ---- the end -------------------------------------------------------------------------------

    /** Nothing that must hold of what is stored is broken. */
    void check() {
        assertThat(database.violations()).isEmpty();
    }

    /** What is stored of logs is what was printed. For a moment without a coordinator. */
    void checkLogs() throws IOException {
        aftermath.assertLogsAreWhatWasPrinted(workerNames);
    }

    /** Stops everything in order; nothing may be left, and what is stored must be sound. */
    void stop() throws Exception {
        for (var worker : workers) {
            stop(worker);
        }
        Eventually.holds("no stage left", LONG, () -> stageProcesses().isEmpty());
        for (var other : others) {
            stop(other);
        }
        stopCoordinator();
        aftermath.check(workerNames);
    }

    /** Ends it in order, if it runs still. */
    static void stop(Started process) throws Exception {
        if (process.isAlive()) {
            process.terminate();
            assertThat(process.awaitExit(LONG)).as(process.output()).isZero();
        }
    }

    /** In order, if it runs at all. */
    void stopCoordinator() throws Exception {
        if (coordinator != null) {
            stop(coordinator);
        }
    }

    @Override
    public void close() throws IOException {
        if (api != null) {
            api.close();
        }
        wire.close();
        database.close();
        sandbox.close();
    }

    /** Sends {@code STOP}, {@code CONT}, {@code KILL} and the like. */
    static void signal(String name, long pid) throws IOException, InterruptedException {
        assertThat(reaches(name, pid)).isTrue();
    }

    /** The same; false if there is no such process any more. */
    static boolean reaches(String name, long pid) throws IOException, InterruptedException {
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).inheritIO().start();
        return kill.waitFor() == 0;
    }
}
