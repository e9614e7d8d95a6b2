package dev.muster.worker;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import java.util.Set;

/** Which way the arrows point. A broken one fails the build and names the class. */
@AnalyzeClasses(
        packages = "dev.muster.worker",
        importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    private static final String ROOT = "dev.muster.worker";

    @ArchTest
    static final ArchRule coordinatorAndWorkerDoNotKnowEachOther =
            noClasses().should().dependOnClassesThat().resideInAPackage("dev.muster.coordinator..");

    /** Runs live on outside whatever connects them. */
    @ArchTest
    static final ArchRule theBusStaysInItsRoom =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".link..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "com.hazelcast..",
                            "io.vertx.spi.cluster..",
                            "io.vertx.core.eventbus..");

    private static final Set<String> READS_TIME_OR_CHANCE =
            Set.of(
                    "java.lang.System.nanoTime",
                    "java.lang.System.currentTimeMillis",
                    "java.lang.Thread.sleep",
                    "java.lang.Math.random",
                    "java.time.Instant.now",
                    "java.util.UUID.randomUUID",
                    "java.util.concurrent.ThreadLocalRandom.current",
                    "java.util.concurrent.CompletableFuture.orTimeout",
                    "java.util.concurrent.CompletableFuture.completeOnTimeout",
                    "java.util.concurrent.CompletableFuture.delayedExecutor");

    /**
     * Who decides what becomes of an attempt asks {@code Time}. The others are about real
     * processes, terminals, sockets and files, which no other clock would move.
     */
    @ArchTest
    static final ArchRule timeAndChanceComeFromOneRoom =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            ROOT + ".time..",
                            ROOT + ".agent..",
                            ROOT + ".process..",
                            ROOT + ".shell..",
                            ROOT + ".signal..",
                            ROOT + ".terminal..",
                            ROOT + ".tunnel..",
                            ROOT + ".workspace..")
                    .and()
                    .doNotHaveFullyQualifiedName(ROOT + ".link.GatewayLink")
                    .should()
                    .callCodeUnitWhere(
                            describe(
                                    "read a clock, wait or draw",
                                    (JavaCall<?> call) ->
                                            READS_TIME_OR_CHANCE.contains(
                                                    call.getTargetOwner().getName()
                                                            + "."
                                                            + call.getTarget().getName())));
}
