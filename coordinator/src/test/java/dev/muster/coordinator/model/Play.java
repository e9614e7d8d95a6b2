package dev.muster.coordinator.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.http.DirectCalls.Refused;
import dev.muster.coordinator.model.ModelMachine.Status;

import io.vertx.core.json.JsonObject;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Takes steps in both worlds, and looks after each whether they still are one. */
final class Play {

    /** So often time passes until a silent machine is given up. */
    private static final int GRACE_PASSES = 6;

    private final Bench bench;
    private final Model model = new Model();
    private final PeopleRules people = new PeopleRules(model);
    private final TimeRules times = new TimeRules(model);
    private final Picture picture;
    private final List<Worker> workers = new ArrayList<>();
    private final Pulls pulls;
    private final Machinery machinery;
    private final List<String> story = new ArrayList<>();

    /** Begins with machines that are there, and a task of each project. */
    Play(Bench bench) {
        this.bench = bench;
        this.picture = new Picture(bench.database);
        bench.clear();
        for (int i = 0; i < Steps.MACHINES; i++) {
            var machine = new ModelMachine(UUID.randomUUID());
            bench.enrol(machine.id);
            model.machines.add(machine);
            workers.add(new Worker(machine));
        }
        this.pulls = new Pulls(bench, model);
        this.machinery = new Machinery(bench, model, times, workers, pulls.granted);
        workers.forEach(worker -> machinery.hello(worker, worker.boot, null));
        for (var project : Project.values()) {
            create(new Step.Create(project, 0, Steps.MACHINES));
        }
    }

    void play(List<Step> steps) {
        for (var step : steps) {
            story.add(step.toString());
            try {
                story.add("   " + take(step));
                agree();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        e.getMessage() + "\n\nwhat was done:\n" + String.join("\n", story), e);
            }
        }
    }

    private String take(Step step) {
        return switch (step) {
            case Step.Create create -> create(create);
            case Step.Cancel(int task) -> cancel(task);
            case Step.Retry(int task, boolean goesOn) -> retry(task, goesOn);
            case Step.Answer answer -> answer(answer);
            case Step.Drain(int machine) -> drain(machine, "drainMachine", Status.DRAINING);
            case Step.Undrain(int machine) -> drain(machine, "undrainMachine", Status.ACTIVE);
            case Step.Decommission(int machine) -> decommission(machine);
            case Step.Pull(int machine, int credit) -> pulls.pull(workers.get(machine), credit);
            case Step.EachBegins() -> eachBegins();
            case Step.GrantAnew(int machine) -> grantAnew(workers.get(machine));
            case Step.PullTogether(int machine) ->
                    pulls.pullTogether(
                            workers.get(machine), workers.get((machine + 1) % workers.size()));
            case Step.Tell tell -> machinery.tell(tell);
            case Step.TellTwice(int right, boolean succeeded) ->
                    machinery.tellTwice(right, succeeded);
            case Step.Print print -> machinery.print(print);
            case Step.Finish(int right) -> machinery.finish(right);
            case Step.FinishInSilence silence -> finishInSilence(silence);
            case Step.Forget(int right) -> machinery.forget(right);
            case Step.Beat(int machine) -> machinery.beat(workers.get(machine));
            case Step.BeatOfThePast(int machine, boolean finished) ->
                    machinery.beatOfThePast(workers.get(machine), finished);
            case Step.FallSilent(int machine) -> {
                workers.get(machine).isSilent = true;
                yield "from now on";
            }
            case Step.Cut() -> {
                workers.forEach(worker -> worker.isSilent = true);
                yield "from now on";
            }
            case Step.Return(int machine) -> comeBack(machine);
            case Step.Reconnect(int machine) -> {
                var worker = workers.get(machine);
                yield machinery.hello(worker, worker.boot, null);
            }
            case Step.Restart(int machine, boolean knows) ->
                    machinery.restart(workers.get(machine), knows);
            case Step.HelloFromTheGrave(int machine) ->
                    machinery.helloFromTheGrave(workers.get(machine));
            case Step.Pass(int times) -> pass(times);
            case Step.Outage() -> {
                move(30);
                yield "";
            }
            case Step.SweepGates() -> {
                bench.gates.sweepOnce();
                times.sweepGates();
                yield "";
            }
        };
    }

    private String eachBegins() {
        var said = new ArrayList<String>();
        for (int i = 0; i < workers.size(); i++) {
            create(new Step.Create(Project.ROOMY, 1, i));
            said.add(pulls.pull(workers.get(i), 1));
            said.add(machinery.begin(workers.get(i)));
        }
        return said.toString();
    }

    private String grantAnew(Worker worker) {
        return String.join(
                ", ",
                pulls.pull(worker, 1),
                machinery.restart(worker, true),
                pulls.pull(worker, 1));
    }

    private String finishInSilence(Step.FinishInSilence silence) {
        var worker = workers.get(silence.machine());
        var said = new ArrayList<String>();
        said.add(create(new Step.Create(silence.project(), 2, silence.machine())));
        said.add(silence.anew() ? grantAnew(worker) : pulls.pull(worker, 1));
        said.add(machinery.begin(worker));
        worker.held.forEach(right -> right.isFinished = true);
        worker.isSilent = true;
        said.add(pass(GRACE_PASSES));
        if (silence.retried()) {
            said.add(retry(0, false));
        }
        worker.isSilent = false;
        said.add(machinery.late(worker, silence.first(), silence.second()));
        said.add(machinery.beat(worker));
        return said.toString();
    }

    private String comeBack(int which) {
        var silent = workers.stream().filter(worker -> worker.isSilent).toList();
        if (silent.isEmpty()) {
            return "none is silent";
        }
        var worker = silent.get(which % silent.size());
        worker.isSilent = false;
        return machinery.beat(worker);
    }

    private String create(Step.Create wanted) {
        var pinned = wanted.pin() < workers.size() ? workers.get(wanted.pin()).machine : null;
        var body =
                new JsonObject()
                        .put("projectKey", wanted.project().key)
                        .put("description", "do it")
                        .put("priority", wanted.priority())
                        .put("machineId", pinned == null ? null : pinned.id.toString());
        if (pinned != null && pinned.status == Status.DECOMMISSIONED) {
            return same("unknown_machine", () -> bench.people.call("createTask", Map.of(), body));
        }
        long id = bench.people.call("createTask", Map.of(), body).getLong("id");
        model.create(id, wanted.project(), wanted.priority(), pinned);
        return "#" + id;
    }

    private String cancel(int which) {
        return ofTask(
                which,
                _ -> true,
                task ->
                        same(
                                people.cancel(task),
                                () -> call("cancelTask", task, new JsonObject())));
    }

    /** Of those that ended, if there are any. */
    private String retry(int which, boolean goesOn) {
        var body = goesOn ? new JsonObject().put("fromStage", 0) : new JsonObject();
        return ofTask(
                which,
                task -> task.attempts.containsKey(task.attempt) && task.lease == null,
                task -> same(people.retry(task, goesOn), () -> call("retryTask", task, body)));
    }

    /** Those that are {@code first} come first, and of them the newest. */
    private String ofTask(int which, Predicate<ModelTask> first, Function<ModelTask, String> act) {
        var all = new ArrayList<>(model.tasks.values()).reversed();
        all.sort(Comparator.comparing(task -> !first.test(task)));
        var task = all.get(which % all.size());
        return "#" + task.id + " " + act.apply(task);
    }

    private void call(String operation, ModelTask task, JsonObject body) {
        bench.people.call(operation, Map.of("id", Long.toString(task.id)), body);
    }

    private record Asked(ModelTask task, ModelTask.Gate gate, int place) {}

    private String answer(Step.Answer answer) {
        // those that wait for an answer first, and then the newest
        var asked = new ArrayList<Asked>();
        for (var task : model.tasks.descendingMap().values()) {
            for (int i = task.gates.size() - 1; i >= 0; i--) {
                var one = new Asked(task, task.gates.get(i), i);
                asked.add(task.gates.get(i).isOpen() ? 0 : asked.size(), one);
            }
        }
        if (asked.isEmpty()) {
            return "nobody asks";
        }
        var one = asked.get(answer.gate() % asked.size());
        var result = one.task().project.answer(answer.first());
        var body = new JsonObject().put("stageIndex", one.gate().stage).put("result", result);
        if (answer.named()) {
            body.put("confirmId", picture.gate(one.task().id, one.place()).toString());
        }
        var said = people.answer(one.task(), one.gate(), answer.named(), result);
        return "#%d gate %d: %s %s"
                .formatted(
                        one.task().id,
                        one.place() + 1,
                        result,
                        same(said, () -> call("confirmStage", one.task(), body)));
    }

    private String drain(int which, String operation, Status status) {
        var machine = workers.get(which).machine;
        return same(
                people.drain(machine, status),
                () -> bench.people.call(operation, path(machine), new JsonObject()));
    }

    private String decommission(int which) {
        var machine = workers.get(which).machine;
        return same(
                people.decommission(machine),
                () -> bench.people.call("decommissionMachine", path(machine), new JsonObject()));
    }

    private static Map<String, String> path(ModelMachine machine) {
        return Map.of("id", machine.id.toString());
    }

    /** Asks, and is told what was expected: done, or the name of the refusal. */
    private static String same(String expected, Runnable ask) {
        String said;
        try {
            ask.run();
            said = PeopleRules.DONE;
        } catch (Refused refusal) {
            said = refusal.getMessage();
        }
        assertThat(said).as("what a person is told").isEqualTo(expected);
        return said;
    }

    private String pass(int times) {
        var said = new ArrayList<String>();
        for (int i = 0; i < times; i++) {
            move(4);
            workers.stream()
                    .filter(worker -> !worker.isSilent)
                    .forEach(worker -> said.add(machinery.beat(worker)));
            bench.leases.sweepOnce();
            this.times.sweep();
            agree();
        }
        return said.stream().filter(one -> !one.endsWith("stop=[]")).toList().toString();
    }

    private void move(int units) {
        bench.pass(units);
        model.now += units;
    }

    /** Both worlds are one. */
    private void agree() {
        var real = picture.lines();
        var meant = model.lines().toList();
        real.addAll(sorted(bench.orders));
        meant = Stream.concat(meant.stream(), sorted(model.orders).stream()).toList();
        bench.orders.clear();
        model.orders.clear();
        assertThat(differences(real, meant)).as("where database and model differ").isEmpty();
    }

    /** Sweeps tell machines in no order. */
    private static List<String> sorted(List<String> orders) {
        return orders.stream().sorted().toList();
    }

    private static List<String> differences(List<String> real, List<String> meant) {
        var differences = new ArrayList<String>();
        beyond(real, meant).forEach(line -> differences.add("database: " + line));
        beyond(meant, real).forEach(line -> differences.add("model:    " + line));
        differences.sort(Comparator.comparing(line -> line.substring(10)));
        return differences;
    }

    private static List<String> beyond(List<String> lines, List<String> others) {
        var beyond = new ArrayList<>(lines);
        others.forEach(beyond::remove);
        return beyond;
    }
}
