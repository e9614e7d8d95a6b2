package dev.muster.coordinator.terminal;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Allowances;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.PageFiles;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.http.WebSocketUpgrade;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;
import dev.muster.protocol.terminal.TerminalSockets;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

import java.util.Optional;
import java.util.function.Predicate;

/** The edge of terminals (seed 004, tasks: pty-token, and its WebSockets). */
public final class TerminalRoutes {

    private static final String PAGE = "terminal.html";

    private final Vertx vertx;
    private final ChannelTokens tokens;
    private final Terminals terminals;
    private final Allowances failures;
    private final Predicate<String> origins;
    // its library makes styles as it goes
    private final PageFiles page =
            new PageFiles("'self' 'unsafe-inline'")
                    .add(PAGE, "/terminal/" + PAGE)
                    .add("terminal.css", "/terminal/terminal.css")
                    .add("terminal.js", "/terminal/terminal.js")
                    .add("xterm.css", "/terminal/xterm.css")
                    .add("xterm.js", "/terminal/xterm.js")
                    .add("addon-fit.js", "/terminal/addon-fit.js");

    /**
     * @param failures of which each address has some
     * @param origins whether pages from there may open terminals
     */
    public TerminalRoutes(
            Vertx vertx,
            Database database,
            Tasks tasks,
            Terminals terminals,
            Allowances failures,
            Predicate<String> origins) {
        this.vertx = vertx;
        this.tokens = new ChannelTokens(new TerminalStore(database), tasks);
        this.terminals = terminals;
        this.failures = failures;
        this.origins = origins;
    }

    public void bind(Operations operations) {
        operations
                .on("createChannelToken", Access.DEVELOPER, this::create)
                .on("openTerminal", Access.OPEN, this::open)
                .on("openWorkerTerminal", Access.OPEN, this::openForWorker)
                .on("getTerminalPage", Access.OPEN, call -> page.answer(call, PAGE))
                .on(
                        "getTerminalPageFile",
                        Access.OPEN,
                        call -> page.answer(call, call.path("file")));
    }

    private Answer create(Call call) {
        long task = call.pathNumber("id");
        var wanted = Optional.ofNullable(call.body().getString("mode")).map(Mode::of);
        var shell = call.text("terminalId").filter(name -> !name.equals(TerminalSockets.MAIN));
        var made =
                shell.isPresent()
                        ? tokens.makeForShell(task, shell.get(), Viewer.of(call), wanted)
                        : tokens.make(task, Viewer.of(call), wanted);
        return Answer.created(
                TerminalSockets.VIEWERS + task,
                new JsonObject()
                        .put("channelToken", made.token())
                        .put("expiresInSeconds", ChannelTokens.LIFE.toSeconds())
                        .put("mode", made.pass().mode().word())
                        .put("attempt", made.pass().terminal().attempt())
                        .put("terminal", made.pass().terminal().name()));
    }

    private Answer open(Call call) {
        long task = call.pathNumber("taskId");
        var answer =
                WebSocketUpgrade.of(
                        call,
                        socket ->
                                ViewerSocket.open(
                                        vertx,
                                        socket,
                                        task,
                                        call.remoteAddress(),
                                        tokens,
                                        terminals,
                                        failures));
        // exactly those: a page from anywhere else could speak with the rights of who looks at it
        if (call.header("Origin").filter(origins).isEmpty()) {
            throw Problem.forbidden(
                    "origin_not_allowed",
                    "Terminals are opened from this coordinator's own pages and from those its"
                            + " setting 'origins' names.");
        }
        return answer;
    }

    private Answer openForWorker(Call call) {
        long task = call.pathNumber("taskId");
        return WebSocketUpgrade.of(
                call,
                socket ->
                        WorkerSocket.open(
                                vertx, socket, task, call.remoteAddress(), terminals, failures));
    }
}
