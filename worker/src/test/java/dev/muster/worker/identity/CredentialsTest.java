package dev.muster.worker.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.worker.FakeHttp;
import dev.muster.worker.time.Time;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

final class CredentialsTest {

    private static final Introduction SELF =
            new Introduction(
                    "name",
                    List.of("shell"),
                    2,
                    new Introduction.Hardware("Linux", "amd64", 2, 1L << 30));

    @TempDir private Path temp;
    private FakeHttp http;
    private DataDirectory directory;

    @BeforeEach
    void start() throws Exception {
        http = new FakeHttp();
        directory = DataDirectory.claim(temp.resolve("data"));
    }

    @AfterEach
    void stop() throws Exception {
        directory.close();
        http.close();
    }

    private Credentials obtain(String token) throws Exception {
        return obtain(token, false);
    }

    private Credentials obtain(String token, boolean inCluster) throws Exception {
        return Credentials.obtain(
                http.address(),
                directory,
                Optional.ofNullable(token),
                SELF,
                inCluster,
                Time.system());
    }

    @Test
    void aMachineOfTheClusterGetsACertificateWithEachTokenForTheSameKey() throws Exception {
        try (var credentials = obtain(http.drawToken(), true)) {
            var first = credentials.passport();
            credentials.renew();
            var second = credentials.passport();

            first.certificate().verify(http.authority().certificate().getPublicKey());
            assertThat(second.certificate()).isNotEqualTo(first.certificate());
            assertThat(second.key()).isSameAs(first.key());
            assertThat(second.certificate().getPublicKey())
                    .isEqualTo(first.certificate().getPublicKey());
            assertThat(second.authority()).isEqualTo(http.authority().certificate());
        }
    }

    @Test
    void aMachineThatMayNotJoinTheClusterIsToldSo() throws Exception {
        http.gatewayOnly(true);

        assertThatThrownBy(() -> obtain(http.drawToken(), true))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("into its cluster")
                .hasMessageEndingWith("Use the gateway.");
        obtain(null).close(); // and by the gateway it goes on
    }

    @Test
    void aMachineEnrolsOnceAndStaysTheSameAfterARestart() throws Exception {
        var first = obtain(http.drawToken());
        var machine = first.machine();
        first.close();

        var second = obtain(null);

        assertThat(second.machine()).isEqualTo(machine);
        assertThat(http.isGood(second.token())).isTrue();
        assertThat(http.calls("register")).isEqualTo(1);
        second.close();
    }

    @Test
    void onlyTheOwnerMayReadTheIdentity() throws Exception {
        obtain(http.drawToken()).close();

        var data = temp.resolve("data");
        assertThat(mode(data)).isEqualTo("rwx------");
        assertThat(mode(data.resolve("identity.json"))).isEqualTo("rw-------");
    }

    @Test
    void aUsedTokenIsRefusedWithOneSentenceAndTheMachineKeepsItsIdForTheNext() throws Exception {
        var token = http.drawToken();
        try (var elsewhere = DataDirectory.claim(temp.resolve("other"))) {
            Credentials.obtain(
                            http.address(),
                            elsewhere,
                            Optional.of(token),
                            SELF,
                            false,
                            Time.system())
                    .close();
        }

        assertThatThrownBy(() -> obtain(token))
                .isInstanceOf(IdentityException.class)
                .hasMessage(
                        "The enrolment token was refused: This enrolment token was used already.");

        var saved = Files.readString(temp.resolve("data/identity.json"));
        try (var enrolled = obtain(http.drawToken())) {
            assertThat(saved).contains(enrolled.machine().toString());
        }
    }

    @Test
    void withoutIdentityAndTokenItSaysWhatIsMissing() {
        assertThatThrownBy(() -> obtain(null))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("enrolment token");
    }

    @Test
    void aRefusedTokenIsReplacedByRecoveryAndTheNewSecretIsKept() throws Exception {
        obtain(http.drawToken()).close();
        var before = Files.readString(temp.resolve("data/identity.json"));
        http.expireAll();

        try (var recovered = obtain(null)) {
            assertThat(http.isGood(recovered.token())).isTrue();
        }

        assertThat(http.calls("recover")).isEqualTo(1);
        assertThat(secretOf(Files.readString(temp.resolve("data/identity.json"))))
                .isNotEqualTo(secretOf(before));
    }

    @Test
    void aMachineThatMayNotRecoverIsToldWhy() throws Exception {
        obtain(http.drawToken()).close();
        http.expireAll();
        http.forgetSecrets();

        assertThatThrownBy(() -> obtain(null))
                .isInstanceOf(IdentityException.class)
                .hasMessageEndingWith("The machine was decommissioned.");
    }

    @Test
    void itWaitsForACoordinatorThatIsDown() throws Exception {
        http.down(true);
        var token = http.drawToken();
        var enrolled = new CompletableFuture<Credentials>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                enrolled.complete(obtain(token));
                            } catch (Exception e) {
                                enrolled.completeExceptionally(e);
                            }
                        });
        until(() -> http.calls("register") > 1);

        http.down(false);

        enrolled.get(20, TimeUnit.SECONDS).close();
    }

    @Test
    void theTokenIsRenewedBeforeItExpires() throws Exception {
        http.tokenLife(1);
        try (var credentials = obtain(http.drawToken())) {
            var first = credentials.token();
            credentials.keepFresh(_ -> {});

            until(() -> !credentials.token().equals(first));

            assertThat(http.calls("recover")).isZero();
        }
    }

    @Test
    void aDiskThatTakesNothingIsNoReasonToEndWhileTheTokenIsRenewed() throws Exception {
        http.tokenLife(1);
        try (var credentials = obtain(http.drawToken())) {
            var kept = Files.readString(temp.resolve("data/identity.json"));
            spoilDisk();
            var first = credentials.token();
            var ended = new CompletableFuture<String>();
            credentials.keepFresh(ended::complete);

            until(() -> !credentials.token().equals(first));

            assertThat(http.isGood(credentials.token())).isTrue();
            assertThat(ended).isNotDone();
            assertThat(Files.readString(temp.resolve("data/identity.json"))).isEqualTo(kept);
        }
        mendDisk();
        obtain(null).close();
    }

    /** The old one stays good until a later one is shown, which must not be one that is lost. */
    @Test
    void aSecretThatCannotBeKeptIsNeverShown() throws Exception {
        obtain(http.drawToken()).close();
        var kept = secretOf(Files.readString(temp.resolve("data/identity.json")));
        http.expireAll();
        spoilDisk();
        try (var credentials = obtain(null)) {
            assertThat(http.isGood(credentials.token())).isTrue();
            http.expireAll();
            credentials.renew();
            assertThat(http.isGood(credentials.token())).isTrue();
        }
        assertThat(http.calls("recover")).isEqualTo(2);
        assertThat(http.shownSecrets()).containsOnly(kept);
    }

    @Test
    void aMachineThatCannotKeepWhatItEnrolledWithSaysSo() throws Exception {
        spoilDisk();

        assertThatThrownBy(() -> obtain(http.drawToken()))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("cannot be written");
    }

    /** Where the next identity would be written first there is something else. */
    private void spoilDisk() throws Exception {
        Files.createDirectories(temp.resolve("data/identity.json.new/full"));
    }

    private void mendDisk() throws Exception {
        Files.delete(temp.resolve("data/identity.json.new/full"));
    }

    @Test
    void aTokenNeverCrossesANetworkInTheClear() {
        for (var server :
                List.of(
                        "http://10.1.2.3:9000",
                        "http://muster.example.org",
                        "http://127.evil.org")) {
            assertThatThrownBy(
                            () ->
                                    Credentials.obtain(
                                            URI.create(server),
                                            directory,
                                            Optional.of("token"),
                                            SELF,
                                            false,
                                            Time.system()))
                    .isInstanceOf(IdentityException.class)
                    .hasMessageContaining("use https");
        }
    }

    @Test
    void aDataDirectoryIsHeldByOneDaemonAndTheErrorNamesIt() {
        assertThatThrownBy(() -> DataDirectory.claim(temp.resolve("data")))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining(temp.resolve("data").toString());
    }

    private static String mode(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static String secretOf(String identity) {
        return identity.replaceAll(".*\"recoverySecret\":\"([^\"]*)\".*", "$1");
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        var deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
