package dev.muster.worker.workspace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Git's own smart server behind https, which admits one user; and a look at who else could see. */
final class GitServer implements AutoCloseable {

    private static final String PASSWORD = "changeit";

    private final Path projects;
    private final String admitted;
    private final String token;
    private final Path certificate;
    private final HttpsServer server;

    /** Processes in whose arguments or environment the token stood while git asked. */
    final Set<String> seenIn = ConcurrentHashMap.newKeySet();

    /**
     * @param projects directory of the repositories
     * @param home for its certificate
     */
    GitServer(Path projects, Path home, String user, String token) throws Exception {
        this.projects = projects;
        this.token = token;
        this.admitted =
                "Basic " + Base64.getEncoder().encodeToString((user + ":" + token).getBytes(UTF_8));
        var store = home.resolve("store.p12");
        certificate = home.resolve("certificate.pem");
        keytool(
                List.of(
                        "-genkeypair",
                        "-alias",
                        "a",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString()));
        keytool(
                List.of(
                        "-exportcert",
                        "-alias",
                        "a",
                        "-rfc",
                        "-keystore",
                        store.toString(),
                        "-file",
                        certificate.toString()));
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context(store)));
        server.createContext("/", this::serve);
        server.start();
    }

    private static void keytool(List<String> arguments) throws Exception {
        var tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        var command = new ArrayList<>(List.of(tool));
        command.addAll(arguments);
        command.addAll(List.of("-storepass", PASSWORD));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(output);
        }
    }

    private static SSLContext context(Path store) throws Exception {
        var keys = KeyStore.getInstance("PKCS12");
        try (var file = Files.newInputStream(store)) {
            keys.load(file, PASSWORD.toCharArray());
        }
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    /** What a git needs to trust it. */
    Path certificate() {
        return certificate;
    }

    String url(String repository) {
        return "https://localhost:" + server.getAddress().getPort() + "/" + repository + "/.git";
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            look();
            if (!admitted.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            answer(exchange, backend(exchange));
        }
    }

    private void look() throws IOException {
        var self = Long.toString(ProcessHandle.current().pid());
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var process : processes) {
                for (var what : List.of("cmdline", "environ")) {
                    if (!process.endsWith(self) && holds(process.resolve(what))) {
                        seenIn.add(what);
                    }
                }
            }
        }
    }

    private boolean holds(Path file) {
        try {
            return Files.readString(file, ISO_8859_1).contains(token);
        } catch (IOException _) {
            return false; // it has ended
        }
    }

    private byte[] backend(HttpExchange exchange) throws IOException {
        var builder = new ProcessBuilder("git", "http-backend");
        var environment = builder.environment();
        environment.put("GIT_PROJECT_ROOT", projects.toString());
        environment.put("GIT_HTTP_EXPORT_ALL", "1");
        environment.put("REQUEST_METHOD", exchange.getRequestMethod());
        environment.put("PATH_INFO", exchange.getRequestURI().getPath());
        var query = exchange.getRequestURI().getQuery();
        environment.put("QUERY_STRING", query == null ? "" : query);
        var headers = exchange.getRequestHeaders();
        for (var name : List.of("Content-Type", "Content-Encoding", "Git-Protocol")) {
            var value = headers.getFirst(name);
            if (value != null) {
                var variable = name.replace('-', '_').toUpperCase(Locale.ROOT);
                environment.put(
                        variable.equals("CONTENT_TYPE") ? variable : "HTTP_" + variable, value);
            }
        }
        var process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        var body = exchange.getRequestBody().readAllBytes();
        try (var input = process.getOutputStream()) {
            input.write(body);
        }
        return process.getInputStream().readAllBytes();
    }

    private static void answer(HttpExchange exchange, byte[] output) throws IOException {
        var text = new String(output, ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        int status = 200;
        for (var line : text.substring(0, end).split("\r\n", -1)) {
            var header = line.split(": ", 2);
            if (header[0].equals("Status")) {
                status = Integer.parseInt(header[1].substring(0, 3));
            } else {
                exchange.getResponseHeaders().set(header[0], header[1]);
            }
        }
        var body = Arrays.copyOfRange(output, end + 4, output.length);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
