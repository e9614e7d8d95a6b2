package dev.muster.worker.agent;

import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.agent.AgentType.Completion;
import dev.muster.worker.agent.AgentType.Delivery;
import dev.muster.worker.signal.Signal;
import dev.muster.worker.signal.SignalHome;
import dev.muster.worker.signal.SignalSocket;
import dev.muster.worker.terminal.Limits;
import dev.muster.worker.terminal.ShellTerminal;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageScript;
import dev.muster.worker.terminal.StageValues;
import dev.muster.worker.terminal.TerminalOpening;
import dev.muster.worker.terminal.TerminalOutput;
import dev.muster.worker.terminal.TerminalSpec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** An agent at work on one stage. */
final class AgentStage {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MOST_ASKS = 20;

    private final AgentType type;
    private final Path program;
    private final Stage stage;
    private final StageValues given;
    private final Consumer<String> asks;
    private final Marker marker;
    private final String nonce = random(16);
    private final AtomicInteger asked = new AtomicInteger();

    // the first counts; the terminal is there before anybody can give one
    private final AtomicReference<StageEnd.@Nullable Told> verdict = new AtomicReference<>();
    private volatile @Nullable ShellTerminal terminal;

    AgentStage(
            AgentType type,
            Path program,
            int index,
            Stage stage,
            StageValues given,
            Consumer<String> asks) {
        this.type = type;
        this.program = program;
        this.stage = stage;
        this.given = given;
        this.asks = asks;
        this.marker = new Marker(random(8), index);
    }

    private static String random(int bytes) {
        var random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /**
     * Works on it.
     *
     * @param directory its own, for its socket and settings
     * @param home where that was made and its commands are
     */
    StageEnd run(
            TerminalOpening terminals,
            TerminalSpec spec,
            TerminalOutput output,
            Path directory,
            SignalHome home)
            throws IOException, InterruptedException {
        var values = new HashMap<>(spec.environment());
        values.putAll(given.answers());
        var prompt = Prompt.of(stage.command(), values);
        var typed =
                type.completions().contains(Completion.MARKER)
                        ? prompt.with(marker.instruction())
                        : prompt;
        if (typed.isTooLong()) {
            return new StageEnd.Told(
                    false, "Its prompt is longer than " + Prompt.MOST_BYTES + " bytes.");
        }
        var seen = new AgentOutput(output, this::line);
        try (var socket = SignalSocket.open(directory, nonce, this::signal);
                var opened = terminals.open(specFor(spec, socket, home.commands()), seen)) {
            home.give(socket.path());
            terminal = opened;
            var typist = new Typist(opened, seen, type.ready());
            if (type.delivery() == Delivery.PASTE) {
                typist.type(typed);
            }
            try {
                var end = opened.run(script(typed, directory, home), Limits.of(stage));
                seen.end();
                typist.end();
                if (!opened.closeAndAwait()) {
                    throw new IOException("processes of a stage that was ended live on");
                }
                return judged(end, typist, seen.complaint(type, typed.text()).orElse(null));
            } finally {
                typist.end();
            }
        }
    }

    private TerminalSpec specFor(TerminalSpec spec, SignalSocket socket, Path commands) {
        var environment = new HashMap<>(spec.environment());
        environment.putAll(socket.variables());
        environment.merge("PATH", commands.toString(), (path, first) -> first + ":" + path);
        return new TerminalSpec(
                spec.directory(),
                environment,
                spec.cookie(),
                spec.mostGrace(),
                spec.columns(),
                spec.rows());
    }

    private StageScript script(Prompt prompt, Path directory, SignalHome home) throws IOException {
        var words = new ArrayList<>(List.of(program.toString()));
        words.addAll(type.command().subList(1, type.command().size()));
        if (!type.settings().isEmpty()) {
            home.write(directory.resolve("settings.json"), type.settings());
        }
        for (var argument : type.arguments()) {
            var settings = directory.resolve("settings.json").toString();
            words.add(argument.replace(AgentType.SETTINGS, settings));
        }
        if (type.delivery() == Delivery.ARGUMENT) {
            words.add(prompt.text());
        }
        var line = words.stream().map(StageScript::quoted).collect(Collectors.joining(" "));
        return new StageScript(
                stage.name(), "exec " + line, variables(home.commands()), given, true);
    }

    /** A path of the stage's own must not hide the commands. */
    private Map<String, String> variables(Path commands) {
        var variables = new HashMap<>(stage.env());
        variables.computeIfPresent("PATH", (_, path) -> commands + ":" + path);
        return variables;
    }

    private void line(String text) {
        if (type.completions().contains(Completion.MARKER)) {
            marker.outcome(text).ifPresent(ok -> decide(new StageEnd.Told(ok, "")));
        }
    }

    private boolean signal(Signal signal) {
        if (!type.completions().contains(Completion.SIGNAL)) {
            return false;
        }
        return switch (signal.kind()) {
            case DONE -> decide(new StageEnd.Told(true, signal.message()));
            case FAILED -> decide(new StageEnd.Told(false, signal.message()));
            case ASK -> ask(signal.message());
        };
    }

    private boolean ask(String message) {
        if (verdict.get() != null || asked.getAndIncrement() >= MOST_ASKS) {
            return false;
        }
        asks.accept(message);
        return true;
    }

    private boolean decide(StageEnd.Told told) {
        var running = terminal;
        if (running == null || !verdict.compareAndSet(null, told)) {
            return false;
        }
        running.finish(told.ok() ? 0 : 1);
        return true;
    }

    private StageEnd judged(
            StageEnd end, Typist typist, AgentOutput.@Nullable Complained complained) {
        if (end instanceof StageEnd.OutputLost) {
            return end;
        }
        var told = verdict.get();
        if (told != null && told.ok()) {
            return told;
        }
        var judged = told == null ? judged(end, typist) : told;
        boolean failed =
                !(judged instanceof StageEnd.Stopped)
                        && !(judged instanceof StageEnd.Exited(int status) && status == 0);
        return failed && complained != null
                ? new StageEnd.AgentUnfit(complained.reason(), complained.line())
                : judged;
    }

    private StageEnd judged(StageEnd end, Typist typist) {
        return switch (end) {
            case StageEnd.Exited(int status) when status == 0 -> exited(end, typist);
            case StageEnd.Stopped _ when typist.gaveUp() ->
                    new StageEnd.AgentNotReady(type.ready());
            default -> end;
        };
    }

    private StageEnd exited(StageEnd end, Typist typist) {
        if (type.delivery() == Delivery.PASTE && !typist.hasTyped()) {
            return new StageEnd.Told(false, "It ended before it had taken its prompt.");
        }
        return type.completions().contains(Completion.EXIT)
                ? end
                : new StageEnd.Told(false, "It ended and had not said that it was done.");
    }
}
