package dev.muster.coordinator.config;

import java.time.Duration;

/**
 * How to reach PostgreSQL.
 *
 * @param host a name, an address, or the absolute path of the directory that holds the server's
 *     Unix socket
 * @param port of the server; names the socket file in the directory as well
 * @param tls whether to insist on TLS with a certificate the JVM trusts; never over a Unix socket
 * @param poolSize connections for requests and dispatch, 2 to 200
 * @param statementTimeout longest a statement may run, in the server
 */
public record DatabaseConfig(
        String host,
        int port,
        String database,
        String user,
        String password,
        boolean tls,
        int poolSize,
        Duration statementTimeout) {

    /** Connections a coordinator opens unless told otherwise. */
    public static final int DEFAULT_POOL_SIZE = 12;

    /** How long a statement may run unless told otherwise. */
    public static final Duration DEFAULT_STATEMENT_TIMEOUT = Duration.ofSeconds(5);

    public DatabaseConfig {
        if (poolSize < 2 || poolSize > 200) {
            throw new IllegalArgumentException("database.pool-size is 2 to 200, was " + poolSize);
        }
        if (statementTimeout.compareTo(Duration.ofMillis(100)) < 0
                || statementTimeout.compareTo(Duration.ofSeconds(60)) > 0) {
            throw new IllegalArgumentException("database.statement-timeout is 100 ms to 60 s");
        }
    }

    /** Whether {@link #host} is the directory of a Unix socket. */
    public boolean isUnixSocket() {
        return host.startsWith("/");
    }

    @Override
    public String toString() {
        return "DatabaseConfig[" + host + ":" + port + "/" + database + " as " + user + "]";
    }
}
