package dev.muster.ops.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A process of ours and what it printed, to standard output and error alike. */
public final class Started {

    private final Process process;
    private final Thread reader;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<String> lines = new ArrayList<>(); // guarded by lock
    private boolean silent; // guarded by lock: no more lines will come

    public Started(ProcessBuilder builder) throws IOException {
        this.process = builder.redirectErrorStream(true).start();
        this.reader = Thread.ofVirtual().name("output").start(this::read);
    }

    private void read() {
        try (var output = process.inputReader(StandardCharsets.UTF_8)) {
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            // the JDK closes what a dead process printed to, and may do so under its reader, a
            // moment before it says that the process is dead
            if (!process.onExit()
                    .completeOnTimeout(process, 1, TimeUnit.SECONDS)
                    .join()
                    .isAlive()) {
                return;
            }
            add("(its output broke off: " + e + ")");
        } finally {
            change(() -> silent = true);
        }
    }

    private void add(String line) {
        change(() -> lines.add(line));
    }

    private void change(Runnable how) {
        lock.lock();
        try {
            how.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The first line with {@code pattern} in it, once it is printed. */
    public Matcher awaitLine(String pattern, Duration atMost) throws InterruptedException {
        var wanted = Pattern.compile(pattern);
        var left = atMost.toNanos();
        lock.lock();
        try {
            for (var seen = 0; ; ) {
                for (; seen < lines.size(); seen++) {
                    var matcher = wanted.matcher(lines.get(seen));
                    if (matcher.find()) {
                        return matcher;
                    }
                }
                if (silent || left <= 0) {
                    throw new AssertionError(
                            "no line with '%s' %s:%n%s"
                                    .formatted(
                                            pattern,
                                            silent ? "before its end" : "within " + atMost,
                                            String.join("\n", lines)));
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Its exit code; everything it printed is in {@link #output} by then. */
    public int awaitExit(Duration atMost) throws InterruptedException {
        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("still runs after " + atMost + ":\n" + output());
        }
        // whoever inherited its output may hold it open for longer
        reader.join(Duration.ofSeconds(5));
        return process.exitValue();
    }

    /** Gives it a line, as if somebody typed it. */
    public void type(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    public String output() {
        lock.lock();
        try {
            return String.join("\n", lines);
        } finally {
            lock.unlock();
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** SIGKILL, to this process alone. */
    public void kill() {
        process.destroyForcibly();
    }

    /** What a terminal does at Ctrl-C: SIGINT to the whole foreground group. */
    public void interruptGroup() throws IOException, InterruptedException {
        var kill = new ProcessBuilder("kill", "-INT", "--", "-" + pid()).inheritIO().start();
        if (kill.waitFor() != 0) {
            throw new AssertionError("process group " + pid() + " is not there");
        }
    }
}
