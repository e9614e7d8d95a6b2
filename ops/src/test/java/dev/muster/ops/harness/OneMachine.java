package dev.muster.ops.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** {@code muster up} as a process, signed in as admin. */
public final class OneMachine {

    public static final Duration START = Duration.ofSeconds(90);

    /** Kill grace, last words of workers, PostgreSQL's farewell, and a busy machine. */
    public static final Duration STOP = Duration.ofSeconds(30);

    private final Sandbox sandbox;
    private final Started process;
    private final URI address;
    private final Api api;

    private OneMachine(Sandbox sandbox, Started process, URI address) {
        this.sandbox = sandbox;
        this.process = process;
        this.address = address;
        this.api = new Api(address);
    }

    /** Returns when it says it is ready. */
    public static OneMachine up(Sandbox sandbox, String... more) throws Exception {
        var arguments =
                new ArrayList<>(List.of("up", "--data", sandbox.data().toString(), "--port", "0"));
        arguments.addAll(List.of(more));
        var process = sandbox.muster(arguments.toArray(String[]::new));
        var ready = process.awaitLine("Muster is ready: (http://127\\.0\\.0\\.1:\\d+)$", START);
        var up = new OneMachine(sandbox, process, URI.create(ready.group(1)));
        Api.expect(200, up.api.login(up.password()));
        return up;
    }

    public String password() throws Exception {
        return Files.readString(sandbox.data().resolve("admin-password")).strip();
    }

    /** Where metrics and health are, as its log tells. */
    public URI management() throws Exception {
        var log = Files.readString(sandbox.data().resolve("logs/muster.log"));
        var told = Pattern.compile("management listening host=127.0.0.1 port=(\\d+)").matcher(log);
        assertThat(told.find()).as(log).isTrue();
        return URI.create("http://127.0.0.1:" + told.group(1));
    }

    public Api api() {
        return api;
    }

    public URI address() {
        return address;
    }

    public Started process() {
        return process;
    }

    /** SIGTERM: it must end in order, with 0, and leave no process and no temporary file. */
    public void stop() throws Exception {
        process.terminate();
        assertThat(process.awaitExit(STOP)).as(process.output()).isZero();
        sandbox.assertNothingRuns(Duration.ofSeconds(1));
        try (var left = Files.list(sandbox.temporary())) {
            assertThat(left).as("temporary files").isEmpty();
        }
        api.close();
    }

    /** SIGKILL of the coordinator's process: everything else must end by itself. */
    public void kill() throws Exception {
        process.kill();
        process.awaitExit(Duration.ofSeconds(10));
        sandbox.assertNothingRuns(STOP);
        api.close();
    }
}
