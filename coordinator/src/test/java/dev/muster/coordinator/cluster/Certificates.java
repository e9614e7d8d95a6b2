package dev.muster.coordinator.cluster;

import dev.muster.coordinator.config.ClusterConfig.Tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** An authority of a test's own, and what it signs. Made by the openssl program. */
final class Certificates {

    private final Path directory;

    Certificates(Path directory) {
        this.directory = directory;
        openssl(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=authority",
                "-keyout",
                "authority.key",
                "-out",
                "authority.pem");
    }

    /** A certificate of the authority, for a member that trusts the authority. */
    Tls signed(String name) {
        openssl(
                "req",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=" + name,
                "-keyout",
                name + ".key",
                "-out",
                name + ".csr");
        openssl(
                "x509",
                "-req",
                "-in",
                name + ".csr",
                "-CA",
                "authority.pem",
                "-CAkey",
                "authority.key",
                "-CAcreateserial",
                "-days",
                "1",
                "-out",
                name + ".pem");
        return tls(name);
    }

    /** A certificate nobody vouches for, for a member that trusts the authority. */
    Tls selfSigned(String name) {
        openssl(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=" + name,
                "-keyout",
                name + ".key",
                "-out",
                name + ".pem");
        return tls(name);
    }

    private Tls tls(String name) {
        return new Tls(
                directory.resolve(name + ".pem"),
                directory.resolve(name + ".key"),
                directory.resolve("authority.pem"));
    }

    private void openssl(String... arguments) {
        var command = new String[arguments.length + 1];
        command[0] = "openssl";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            var process =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .start();
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(said);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
