package dev.muster.ops.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A {@link BenchWorker} as a child process, and what it says. */
final class WorkerProcess implements AutoCloseable {

    private final Process process;
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private final Map<Long, CompletableFuture<Long>> arrivals = new ConcurrentHashMap<>();

    private WorkerProcess(Process process) {
        this.process = process;
        Thread.ofPlatform().daemon().name("worker output").start(this::read);
    }

    static WorkerProcess start(
            Rig rig, Path data, int slots, String runner, List<Path> repositories)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // flags of this JVM that silence libraries serve the child as well; its heap is its own
        // affair
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--") || argument.startsWith("-D"))
                .forEach(command::add);
        command.addAll(
                List.of(
                        "-Xmx192m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path")));
        command.add(BenchWorker.class.getName());
        command.addAll(
                List.of(
                        rig.server(),
                        rig.enrolmentToken(),
                        data.toString(),
                        Integer.toString(slots),
                        runner));
        repositories.forEach(repository -> command.add(repository.toString()));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        var worker = new WorkerProcess(builder.start());
        worker.ready.orTimeout(90, TimeUnit.SECONDS).join();
        return worker;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader()) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                hear(line);
            }
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
        ready.completeExceptionally(new IllegalStateException("the worker ended"));
    }

    private void hear(String line) {
        var words = line.split(" ", -1);
        if (words[0].equals("ready")) {
            ready.complete(true);
        } else if (words[0].equals("came")) {
            arrival(Long.parseLong(words[1])).complete(Long.parseLong(words[2]));
        }
    }

    private CompletableFuture<Long> arrival(long task) {
        return arrivals.computeIfAbsent(task, _ -> new CompletableFuture<>());
    }

    /** When the task came, by the monotonic clock. */
    long cameAt(long task) {
        return arrival(task).orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
