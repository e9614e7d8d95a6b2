package dev.muster.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Set;
import java.util.UUID;

import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** Two ends in one process, handing each other whole flights as a network would. */
class TlsConnectionTest {

    private static final Authority AUTHORITY =
            new Authority(new byte[Authority.SEED], InstantSource.system());
    private static final UUID MACHINE = UUID.randomUUID();

    private final MutualTls worker = worker();
    private final MutualTls coordinator = new MutualTls(AUTHORITY.coordinators());

    @Test
    void bothEndsKnowThatTheHandshakeIsOver() throws Exception {
        var client = end(worker, true);
        var server = end(coordinator, false);

        shakeHands(client, server);

        assertThat(client.tls.established()).isCompleted();
        assertThat(server.tls.established()).isCompleted();
        assertThat(server.tls.machine()).contains(MACHINE);
        assertThat(client.tls.machine()).isEmpty();
    }

    @Test
    void aWriterThatWaitedForTheOtherEndsLastWordIsWoken() throws Exception {
        var client = end(worker, true);
        var server = end(coordinator, false);

        shakeHands(client, server);

        assertThat(server.wokenAtTheEnd).isTrue();
    }

    @Test
    void whoIsBarredDoesNotGetToTheEnd() throws Exception {
        var client = end(worker, true);
        var server = end(coordinator, false);
        coordinator.bar(Set.of(MACHINE));

        assertThatThrownBy(() -> shakeHands(client, server)).isInstanceOf(SSLException.class);
        assertThat(server.tls.established()).isNotDone();
    }

    private static MutualTls worker() {
        var keys = P256.random();
        var certificate = AUTHORITY.certify(MACHINE, keys.getPublic().getEncoded());
        var passport = new Passport(keys.getPrivate(), certificate, AUTHORITY.certificate());
        return new MutualTls(() -> passport);
    }

    private static End end(MutualTls member, boolean client) throws SSLException {
        return new End(new TlsConnection(member.engine(client), member.trust()));
    }

    private static void shakeHands(End client, End server) throws SSLException {
        int speechless = 0;
        for (boolean turn = true; speechless < 2; turn = !turn) {
            var moved = turn ? client.step(server) : server.step(client);
            speechless = moved ? 0 : speechless + 1;
        }
    }

    /** One end, and what it sent that the other has not read yet. */
    private static final class End {
        final TlsConnection tls;
        final ByteBuffer sent = ByteBuffer.allocate(1 << 18);
        boolean wokenAtTheEnd;

        End(TlsConnection tls) {
            this.tls = tls;
        }

        /** All that can be said, then one record of what there is to read; false if neither. */
        boolean step(End other) throws SSLException {
            boolean moved = false;
            while (tls.status() == HandshakeStatus.NEED_WRAP) {
                tls.wrap(ByteBuffer.allocate(0), sent);
                moved = true;
            }
            other.sent.flip();
            if (other.sent.hasRemaining()) {
                var content = ByteBuffer.allocate(tls.contentSize());
                tls.unwrap(other.sent, content, this::wake);
                moved = true;
            }
            other.sent.compact();
            return moved;
        }

        private void wake() {
            wokenAtTheEnd = tls.established().isDone();
        }
    }
}
