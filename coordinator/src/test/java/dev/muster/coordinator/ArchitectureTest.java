package dev.muster.coordinator;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import dev.muster.coordinator.db.Database;

import java.util.Set;

/** Which way the arrows point. A broken one fails the build and names the class. */
@AnalyzeClasses(
        packages = {"dev.muster.coordinator", "dev.muster.protocol"},
        importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    private static final String ROOT = "dev.muster.coordinator";
    private static final String[] FEATURES = {
        ROOT + ".account..",
        ROOT + ".audit..",
        ROOT + ".bot..",
        ROOT + ".dashboard..",
        ROOT + ".dispatch..",
        ROOT + ".gate..",
        ROOT + ".lease..",
        ROOT + ".live..",
        ROOT + ".log..",
        ROOT + ".machine..",
        ROOT + ".notification..",
        ROOT + ".project..",
        ROOT + ".promotion..",
        ROOT + ".report..",
        ROOT + ".request..",
        ROOT + ".search..",
        ROOT + ".secret..",
        ROOT + ".settings..",
        ROOT + ".shell..",
        ROOT + ".task..",
        ROOT + ".terminal..",
        ROOT + ".tunnel..",
        ROOT + ".workspace.."
    };

    @ArchTest
    static final ArchRule coordinatorAndWorkerDoNotKnowEachOther =
            noClasses().should().dependOnClassesThat().resideInAPackage("dev.muster.worker..");

    @ArchTest
    static final ArchRule protocolDependsOnNothingOfOurs =
            classes()
                    .that()
                    .resideInAPackage("dev.muster.protocol..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "dev.muster.protocol..",
                            "com.fasterxml.jackson..",
                            "org.jspecify..");

    @ArchTest
    static final ArchRule featuresDoNotKnowTheEdgesNorWhoStartsThem =
            noClasses()
                    .that()
                    .resideInAnyPackage(FEATURES)
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                            ROOT + ".bus..",
                                            ROOT + ".cluster..",
                                            ROOT + ".gateway..")
                                    .or(resideInAPackage(ROOT)));

    @ArchTest
    static final ArchRule whatAllRoomsShareKnowsNoFeature =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            ROOT + ".http..",
                            ROOT + ".db..",
                            ROOT + ".cluster..",
                            ROOT + ".config..",
                            ROOT + ".time..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(FEATURES);

    /**
     * The life of a task, against its direction: each line names who must not look back at whom.
     */
    @ArchTest
    static final ArchRule tasksDoNotKnowWhoMovesThem =
            noClasses()
                    .that()
                    .resideInAnyPackage(ROOT + ".task..", ROOT + ".project..", ROOT + ".machine..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            ROOT + ".dispatch..",
                            ROOT + ".gate..",
                            ROOT + ".lease..",
                            ROOT + ".promotion..",
                            ROOT + ".report..",
                            ROOT + ".log..");

    @ArchTest
    static final ArchRule dispatchLeasesReportsAndLogsMeetInTheDatabaseOnly =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            ROOT + ".gate..",
                            ROOT + ".lease..",
                            ROOT + ".report..",
                            ROOT + ".log..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + ".dispatch..");

    @ArchTest
    static final ArchRule sqlStandsInStores =
            noClasses()
                    .that(
                            resideInAnyPackage(FEATURES)
                                    .and(
                                            describe(
                                                    "are no stores",
                                                    one ->
                                                            !simpleNameEndingWith("Store")
                                                                    .or(simpleName("Cancellation"))
                                                                    .or(simpleName("Pipelines"))
                                                                    .or(simpleName("Gauges"))
                                                                    .test(outermost(one)))))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "io.vertx.sqlclient..", "io.vertx.pgclient..", "java.sql..");

    @ArchTest
    static final ArchRule edgesHoldNoSql =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            ROOT + ".http..",
                            ROOT + ".bus..",
                            ROOT + ".gateway..",
                            ROOT + ".cluster..")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                            "io.vertx.sqlclient..",
                                            "io.vertx.pgclient..",
                                            "java.sql..")
                                    .or(
                                            describe(
                                                    "run SQL",
                                                    one -> one.isEquivalentTo(Database.class))));

    @ArchTest
    static final ArchRule hazelcastStaysInItsRoom =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".cluster..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster..");

    @ArchTest
    static final ArchRule placementIsPure =
            classes()
                    .that()
                    .haveSimpleName("Placement")
                    .or()
                    .haveSimpleName("Placed")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "dev.muster.protocol..",
                            ROOT + ".dispatch",
                            ROOT + ".dispatch.rule",
                            "org.jspecify..");

    @ArchTest
    static final ArchRule theRulesOfDispatchArePure =
            classes()
                    .that()
                    .resideInAPackage(ROOT + ".dispatch.rule")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "dev.muster.protocol..",
                            ROOT + ".dispatch.rule",
                            "org.jspecify..");

    @ArchTest
    static final ArchRule effectsAreReadWithoutDatabaseClockOrLog =
            classes()
                    .that()
                    .haveSimpleName("Effect")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "dev.muster.protocol..",
                            ROOT + ".report",
                            "io.vertx.core.json",
                            "org.jspecify..");

    private static final Set<String> READS_TIME_OR_CHANCE =
            Set.of(
                    "java.lang.System.nanoTime",
                    "java.lang.System.currentTimeMillis",
                    "java.lang.Thread.sleep",
                    "java.lang.Math.random",
                    "java.time.Instant.now",
                    "java.time.OffsetDateTime.now",
                    "io.vertx.core.Vertx.setTimer",
                    "io.vertx.core.Vertx.setPeriodic",
                    "java.util.concurrent.ThreadLocalRandom.current",
                    "java.util.UUID.randomUUID",
                    "java.util.concurrent.locks.LockSupport.parkNanos");

    /**
     * Rooms that hold for other reasons: the launcher of PostgreSQL waits for a process, and the
     * edge and the accounts keep a short memory of their own by the monotonic clock.
     */
    @ArchTest
    static final ArchRule timeAndChanceComeFromOneRoom =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            ROOT + ".time..", ROOT + ".account..", ROOT + ".http..", ROOT + ".db..")
                    .should()
                    .callCodeUnitWhere(
                            describe(
                                    "read a clock, wait or draw",
                                    (JavaCall<?> call) ->
                                            READS_TIME_OR_CHANCE.contains(
                                                            call.getTargetOwner().getName()
                                                                    + "."
                                                                    + call.getTarget().getName())
                                                    || call.getTargetOwner()
                                                            .getName()
                                                            .equals("java.security.SecureRandom")
                                                    || call.getTargetOwner()
                                                            .getName()
                                                            .equals("java.util.Random")));

    private static final Set<String> BOUNDS_FUTURES =
            Set.of(
                    "io.vertx.core.Future.await",
                    "io.vertx.core.Future.timeout",
                    "java.util.concurrent.CompletableFuture.orTimeout",
                    "java.util.concurrent.CompletableFuture.completeOnTimeout",
                    "java.util.concurrent.CompletableFuture.delayedExecutor",
                    "java.util.concurrent.ScheduledExecutorService.schedule",
                    "java.util.concurrent.ScheduledExecutorService.scheduleAtFixedRate",
                    "java.util.concurrent.ScheduledExecutorService.scheduleWithFixedDelay");

    /** Waiting is bounded and named in one place; the rest is start and stop, on plain threads. */
    @ArchTest
    static final ArchRule nobodyWaitsForAFutureButWhoMay =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            ROOT + ".bot..",
                            ROOT + ".dashboard..",
                            ROOT + ".dispatch..",
                            ROOT + ".gate..",
                            ROOT + ".lease..",
                            ROOT + ".live..",
                            ROOT + ".log..",
                            ROOT + ".machine..",
                            ROOT + ".notification..",
                            ROOT + ".project..",
                            ROOT + ".report..",
                            ROOT + ".request..",
                            ROOT + ".search..",
                            ROOT + ".secret..",
                            ROOT + ".settings..",
                            ROOT + ".shell..",
                            ROOT + ".task..",
                            ROOT + ".tunnel..",
                            ROOT + ".workspace..",
                            ROOT + ".bus..",
                            ROOT + ".gateway..")
                    .should()
                    .callMethodWhere(
                            describe(
                                    "wait for a future, or bound one by a timer of its own",
                                    call ->
                                            BOUNDS_FUTURES.contains(
                                                    call.getTargetOwner().getName()
                                                            + "."
                                                            + call.getTarget().getName())));

    private ArchitectureTest() {}

    private static com.tngtech.archunit.core.domain.JavaClass outermost(
            com.tngtech.archunit.core.domain.JavaClass one) {
        var outer = one;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer;
    }
}
