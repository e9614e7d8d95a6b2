package dev.muster.worker.identity;

import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.UUID;

/** The requests that make a machine known, one method each. Blocks its virtual thread. */
final class Enrolment implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final URI server;
    private final HttpClient http;

    private Enrolment(URI server) {
        this.server = server;
        this.http = HttpClient.newBuilder().connectTimeout(CONNECT).build();
    }

    /**
     * Talks to the coordinators at {@code server}.
     *
     * @throws IdentityException if tokens would cross a network in the clear
     */
    static Enrolment with(URI server) throws IdentityException {
        var scheme = server.getScheme();
        var host = server.getHost();
        if (host == null || (!"https".equals(scheme) && !"http".equals(scheme))) {
            throw new IdentityException(
                    "The server address "
                            + server
                            + " is no http or https URL such as https://muster.example.org.");
        }
        if (scheme.equals("http") && !isLoopback(host)) {
            throw new IdentityException(
                    "The server address "
                            + server
                            + " would send this machine's token unprotected; use https.");
        }
        return new Enrolment(server);
    }

    private static boolean isLoopback(String host) {
        if (host.equals("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).isLoopbackAddress();
        } catch (IllegalArgumentException _) {
            return false; // a name, which may mean another host tomorrow
        }
    }

    EnrolmentAnswer register(UUID machine, String token, Introduction self)
            throws InterruptedException {
        var registration = Registration.of(machine, token, self);
        return post("register", null, registration, EnrolmentAnswer.Granted.class);
    }

    EnrolmentAnswer refresh(String workerJwt) throws InterruptedException {
        return post("refresh-token", workerJwt, null, EnrolmentAnswer.Granted.class);
    }

    EnrolmentAnswer recover(UUID machine, String recoverySecret) throws InterruptedException {
        var recovery = new Recovery(machine, recoverySecret);
        return post("recover", null, recovery, EnrolmentAnswer.Granted.class);
    }

    EnrolmentAnswer certify(String workerJwt, PublicKey key) throws InterruptedException {
        var request = new CertificateRequest(Base64.getEncoder().encodeToString(key.getEncoded()));
        return post("certificate", workerJwt, request, EnrolmentAnswer.Certified.class);
    }

    private EnrolmentAnswer post(
            String what,
            @Nullable String bearer,
            @Nullable Object body,
            Class<? extends EnrolmentAnswer> answer)
            throws InterruptedException {
        var request =
                HttpRequest.newBuilder(server.resolve("/api/workers/" + what))
                        .timeout(ANSWER)
                        .header("Content-Type", "application/json")
                        .POST(
                                body == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofByteArray(Wire.encode(body)));
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        try {
            return read(http.send(request.build(), BodyHandlers.ofByteArray()), answer);
        } catch (IOException e) {
            var why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return new EnrolmentAnswer.Unreachable(why);
        }
    }

    private static EnrolmentAnswer read(
            HttpResponse<byte[]> response, Class<? extends EnrolmentAnswer> answer) {
        int status = response.statusCode();
        try {
            if (status / 100 == 2) {
                return Wire.decode(response.body(), answer);
            }
            if (status / 100 == 4 && status != 408 && status != 429) {
                var problem = Wire.decode(response.body(), Problem.class);
                return new EnrolmentAnswer.Refused(status, problem.code(), problem.error());
            }
        } catch (WireException _) {
            // a proxy's page, or a server that is no coordinator: it may be one again later
        }
        return new EnrolmentAnswer.Unreachable("HTTP status " + status);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private record Recovery(UUID machineId, String recoverySecret) {}

    private record CertificateRequest(String publicKey) {}

    private record Problem(String code, String error) {}
}
