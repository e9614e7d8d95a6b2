package dev.muster.coordinator;

import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.account.Seal;
import dev.muster.coordinator.account.Tokens;
import dev.muster.coordinator.audit.AuditRoutes;
import dev.muster.coordinator.audit.Chain;
import dev.muster.coordinator.audit.Denials;
import dev.muster.coordinator.audit.Heads;
import dev.muster.coordinator.audit.Sealing;
import dev.muster.coordinator.bot.BotRoutes;
import dev.muster.coordinator.bot.Bots;
import dev.muster.coordinator.bus.BusOrders;
import dev.muster.coordinator.bus.RequestCounters;
import dev.muster.coordinator.bus.WorkerEndpoint;
import dev.muster.coordinator.cluster.Cluster;
import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.dashboard.DashboardRoutes;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.dispatch.Dispatcher;
import dev.muster.coordinator.dispatch.Gauges;
import dev.muster.coordinator.dispatch.explain.ExplainRoutes;
import dev.muster.coordinator.dispatch.explain.Explanations;
import dev.muster.coordinator.dispatch.explain.Unrunnables;
import dev.muster.coordinator.gate.GateRoutes;
import dev.muster.coordinator.gate.Gates;
import dev.muster.coordinator.gateway.WorkerGateway;
import dev.muster.coordinator.http.Allowances;
import dev.muster.coordinator.http.ApiServer;
import dev.muster.coordinator.http.Health;
import dev.muster.coordinator.http.ManagementServer;
import dev.muster.coordinator.http.Metrics;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.lease.Leases;
import dev.muster.coordinator.live.Live;
import dev.muster.coordinator.live.LiveRoutes;
import dev.muster.coordinator.log.LateLogs;
import dev.muster.coordinator.log.LogFollowers;
import dev.muster.coordinator.log.LogRoutes;
import dev.muster.coordinator.log.Logs;
import dev.muster.coordinator.log.RecordingRoutes;
import dev.muster.coordinator.machine.Enrolment;
import dev.muster.coordinator.machine.EnrolmentRoutes;
import dev.muster.coordinator.machine.Exclusion;
import dev.muster.coordinator.machine.Generations;
import dev.muster.coordinator.machine.MachineRoutes;
import dev.muster.coordinator.machine.Machines;
import dev.muster.coordinator.machine.Service;
import dev.muster.coordinator.notification.NotificationRoutes;
import dev.muster.coordinator.notification.Notifications;
import dev.muster.coordinator.project.MemberRoutes;
import dev.muster.coordinator.project.Members;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.coordinator.project.ProjectRoutes;
import dev.muster.coordinator.project.Projects;
import dev.muster.coordinator.promotion.Promotions;
import dev.muster.coordinator.question.Questions;
import dev.muster.coordinator.report.Reporting;
import dev.muster.coordinator.request.RequestKeys;
import dev.muster.coordinator.search.SearchRoutes;
import dev.muster.coordinator.secret.Keys;
import dev.muster.coordinator.secret.Masks;
import dev.muster.coordinator.secret.Provisions;
import dev.muster.coordinator.secret.Rotation;
import dev.muster.coordinator.secret.SecretRoutes;
import dev.muster.coordinator.settings.SettingRoutes;
import dev.muster.coordinator.settings.Settings;
import dev.muster.coordinator.shell.ShellRoutes;
import dev.muster.coordinator.shell.Shells;
import dev.muster.coordinator.task.EventFollowers;
import dev.muster.coordinator.task.TaskRoutes;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.terminal.TerminalRoutes;
import dev.muster.coordinator.terminal.Terminals;
import dev.muster.coordinator.time.Loops;
import dev.muster.coordinator.tunnel.TunnelRoutes;
import dev.muster.coordinator.tunnel.Tunnels;
import dev.muster.coordinator.workspace.WorkspaceRoutes;
import dev.muster.coordinator.workspace.Workspaces;
import dev.muster.protocol.message.Addresses;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Every room of the coordinator, and who talks to whom. The table of contents. */
final class Rooms implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Rooms.class);

    private static final int ENDPOINTS = Runtime.getRuntime().availableProcessors();
    private static final int MOST_SECONDS = 30;

    private final CoordinatorConfig config;
    private final Vertx vertx;
    private final Denials denials;
    private final Sealing sealing;
    private final People people;
    private final Enrolment enrolment;
    private final Dispatcher dispatcher;
    private final Leases leases;
    private final RequestKeys requestKeys;
    private final Notifications notifications;
    private final EventFollowers eventFollowers;
    private final LogFollowers logFollowers;
    private final Live live;
    private final Terminals terminals;
    private final Shells shells;
    private final Gates gates;
    private final Machines machines;
    private final Keys secretKeys;
    private final Rotation rotation;
    private final Exclusion exclusion;
    private final Generations generations;
    private final Settings settings;
    private final Unrunnables unrunnables;
    private final Gauges gauges;
    private final WorkerEndpoint.Rooms forWorkers;
    private final RequestCounters requests;
    private final WorkerGateway gateway;
    private final ApiServer api;
    private final ManagementServer management;
    private Optional<String> firstPassword = Optional.empty();
    private String endpoints = "";

    Rooms(
            CoordinatorConfig config,
            Cluster cluster,
            Database database,
            Database heartbeats,
            Metrics metrics,
            MasterKey master,
            Optional<MasterKey> formerMaster) {
        this.config = config;
        this.vertx = cluster.vertx();

        var loops = new Loops(metrics.registry());
        denials = new Denials(database, loops);
        sealing =
                new Sealing(
                        database,
                        loops,
                        new Chain(master.derive(Chain.PURPOSE, Chain.ALGORITHM)),
                        new Heads(config.data()));
        generations =
                new Generations(database, loops, config.lease().heartbeat(), Tokens.MACHINE_LIFE);
        var tokens = Tokens.open(vertx, master, InstantSource.system(), generations::leastOf);
        people = new People(database, master, tokens, InstantSource.system());

        var pipelines = new Pipelines(database);
        var projects = new Projects(database);
        enrolment = new Enrolment(database);
        machines = new Machines(database, config.presence());
        settings = new Settings(config, database, loops);
        secretKeys =
                new Keys(
                        database,
                        new Seal(master, "secret keys"),
                        formerMaster.stream().map(one -> new Seal(one, "secret keys")).toList());
        rotation = new Rotation(database, secretKeys, loops);
        exclusion = new Exclusion(database, loops, config.lease().heartbeat(), cluster::bar);

        var provisions = new Provisions(database, secretKeys);
        dispatcher =
                Dispatcher.of(
                        vertx,
                        database,
                        pipelines,
                        provisions,
                        config,
                        settings::dispatch,
                        metrics.registry(),
                        loops,
                        this::wakeOthers);
        var orders = new BusOrders(vertx, this::url);
        leases =
                new Leases(
                        config.lease(),
                        settings::grace,
                        config.presence(),
                        settings::diskThreshold,
                        database,
                        heartbeats,
                        metrics.registry(),
                        loops,
                        orders,
                        dispatcher::queued);
        var masks = new Masks(database, secretKeys);
        var reporting =
                new Reporting(
                        database,
                        masks,
                        settings::grace,
                        config.presence().offlineAfter(),
                        metrics.registry());
        var logs = new Logs(database, masks, settings::logKept, metrics.registry());
        var late = new LateLogs(database, masks);
        var tasks = new Tasks(database, metrics.registry(), orders, dispatcher::queued);
        requestKeys = new RequestKeys(database, new Seal(master, "request/answers"), loops);
        notifications = new Notifications(database, loops, settings::notificationsKept);
        eventFollowers = new EventFollowers(database, loops);
        logFollowers = new LogFollowers(logs, loops);
        live = new Live(database, machines, loops);
        terminals =
                new Terminals(database, logs, people.callers(), orders, metrics.registry(), loops);
        gates = new Gates(database, metrics.registry(), loops, orders);
        var questions = new Questions(vertx);
        requests = new RequestCounters(metrics.registry());
        var service =
                new Service(
                        database,
                        machines,
                        settings::diskThreshold,
                        dispatcher::queued,
                        leases::endOfDecommissioned);
        forWorkers =
                new WorkerEndpoint.Rooms(
                        machines,
                        service,
                        dispatcher,
                        leases,
                        reporting,
                        logs,
                        late,
                        gates,
                        terminals,
                        questions,
                        new Promotions(database, provisions, masks));

        unrunnables = new Unrunnables(database, loops, config.dispatch().inspectEvery());
        gauges =
                new Gauges(
                        database,
                        dispatcher,
                        metrics.registry(),
                        loops,
                        config.presence().unreachableAfter());
        var health =
                new Health(
                        Version.current(),
                        List.of(
                                new Health.Check("database", database::answers),
                                new Health.Check("cluster", cluster::isJoined),
                                new Health.Check("loops", loops::areInTime)));

        var operations = new Operations();
        health.bind(operations);
        people.bind(operations);
        new AuditRoutes(database).bind(operations);
        new ProjectRoutes(projects, pipelines).bind(operations);
        new MemberRoutes(new Members(database)).bind(operations);
        new SecretRoutes(database, secretKeys, rotation).bind(operations);
        new EnrolmentRoutes(
                        enrolment,
                        generations,
                        machines,
                        new SignedWorkerTokens(tokens),
                        new SignedMemberCertificates(cluster.authority()),
                        () -> new EnrolmentRoutes.Contact(Cluster.NAME, cluster.coordinators()))
                .bind(operations);
        new MachineRoutes(machines, service).bind(operations);
        new BotRoutes(new Bots(database, new Seal(master, "bot/secrets"))).bind(operations);
        new TaskRoutes(tasks, pipelines, eventFollowers).bind(operations);
        new GateRoutes(gates, tasks, pipelines).bind(operations);
        new LogRoutes(logs, late, logFollowers, tasks).bind(operations);
        new RecordingRoutes(database, tasks).bind(operations);
        new TerminalRoutes(
                        vertx,
                        database,
                        tasks,
                        terminals,
                        Allowances.of(config.failures()),
                        origin -> config.web().allowed(config.api().host(), port()).test(origin))
                .bind(operations);
        var workspaces = new Workspaces(database, tasks, machines, questions);
        new WorkspaceRoutes(workspaces).bind(operations);
        shells = new Shells(database, tasks, workspaces, pipelines, provisions, loops);
        new ShellRoutes(shells).bind(operations);
        new TunnelRoutes(new Tunnels(database, tasks, workspaces)).bind(operations);
        new ExplainRoutes(
                        new Explanations(
                                database,
                                Dispatcher.rules(config, settings::dispatch),
                                () -> settings.dispatch().ageing()),
                        tasks)
                .bind(operations);
        new NotificationRoutes(notifications).bind(operations);
        new DashboardRoutes(database, config.presence().unreachableAfter()).bind(operations);
        new SearchRoutes(database).bind(operations);
        new LiveRoutes(live).bind(operations);
        new SettingRoutes(settings).bind(operations);
        gateway = new WorkerGateway(vertx, new TokenAdmission(tokens), metrics.registry());
        gateway.bind(operations);
        api =
                new ApiServer(
                        vertx,
                        config.api(),
                        operations,
                        new ApiServer.Edge(
                                people.callers(),
                                denials,
                                requestKeys,
                                config.requests(),
                                settings::streamsPerPerson));
        management = new ManagementServer(vertx, config.management(), metrics, health);
    }

    /** Opens the doors last, when everything behind them works. */
    void start() {
        firstPassword = people.ensureAdmin(config.data());
        settings.start();
        sealing.start();
        denials.start();
        secretKeys.wrapAnew();
        rotation.start();
        exclusion.start();
        generations.start();
        dispatcher.start();
        leases.start();
        gates.start();
        requestKeys.start();
        notifications.start();
        eventFollowers.start();
        logFollowers.start();
        live.start();
        terminals.start();
        shells.start();
        unrunnables.start();
        gauges.start();
        deployEndpoints();
        management.start();
        gateway.start();
        api.start();
    }

    private void deployEndpoints() {
        var options =
                new DeploymentOptions()
                        .setThreadingModel(ThreadingModel.VIRTUAL_THREAD)
                        .setInstances(ENDPOINTS);
        vertx.eventBus().consumer(Addresses.WAKE, _ -> dispatcher.wake());
        endpoints =
                vertx.deployVerticle(
                                () ->
                                        new WorkerEndpoint(
                                                forWorkers,
                                                people.callers(),
                                                config.lease(),
                                                requests),
                                options)
                        .timeout(MOST_SECONDS, TimeUnit.SECONDS)
                        .await();
    }

    private void wakeOthers() {
        vertx.eventBus().publish(Addresses.WAKE, "");
    }

    /** Where workers reach this coordinator, if that can be said. */
    private Optional<String> url() {
        return config.web().reachedAt(config.api().host(), port());
    }

    int port() {
        return api.port();
    }

    int managementPort() {
        return management.port();
    }

    Optional<String> firstPassword() {
        return firstPassword;
    }

    String enrolmentToken(String label) {
        return enrolment.tokenFor(label);
    }

    private void closeEndpoints() {
        if (endpoints.isEmpty()) {
            return;
        }
        try {
            vertx.undeploy(endpoints).timeout(MOST_SECONDS, TimeUnit.SECONDS).await();
        } catch (Exception e) {
            // timeouts come undeclared; what is left of them ends with Vert.x
            log.warn("the workers' endpoints did not stop cleanly", e);
        }
    }

    /**
     * Stops taking requests first, then what serves them. Pulls that are parked are answered after
     * that, so that none comes back here.
     */
    @Override
    public void close() {
        gateway.close();
        terminals.close();
        api.close();
        closeEndpoints();
        dispatcher.close();
        leases.close();
        gates.close();
        requestKeys.close();
        notifications.close();
        eventFollowers.close();
        logFollowers.close();
        live.close();
        shells.close();
        rotation.close();
        unrunnables.close();
        gauges.close();
        exclusion.close();
        generations.close();
        settings.close();
        denials.close();
        sealing.close();
        management.close();
        people.close();
    }
}
