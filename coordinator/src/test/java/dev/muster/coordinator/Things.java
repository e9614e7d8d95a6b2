package dev.muster.coordinator;

import dev.muster.coordinator.Scene.Ask;
import dev.muster.coordinator.Scene.Person;
import dev.muster.coordinator.Scene.Target;
import dev.muster.coordinator.proof.Served;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What requests name: a thing that is there, one that is others', one that is missing. What changes
 * things gets one of its own each time. One thread at a time.
 */
final class Things {

    private static final Pattern PARAMETER = Pattern.compile("([^/]*)/\\{([^}]*)}");

    private static final JsonObject NOTHING = new JsonObject();
    private static final List<Target> ALL = List.of(Target.values());
    private static final List<Target> NOT_FOREIGN = List.of(Target.OWN, Target.MISSING);

    private final Scene scene;
    private final AtomicInteger made = new AtomicInteger();
    private final String machine;
    private final String colleague;

    Things(Scene scene) {
        this.scene = scene;
        this.machine = enrolled();
        // whoever else belongs to the shop did not create its tasks
        this.colleague = scene.coordinator.person("colleague", "developer", "shop", "member");
    }

    /** The kind of thing an operation's path names: the word before its first parameter. */
    static Optional<String> kind(Served operation) {
        var parameter = PARAMETER.matcher(operation.path());
        return parameter.find() ? Optional.of(kind(parameter.group(1))) : Optional.empty();
    }

    private static String kind(String word) {
        return switch (word) {
            case "workspaces", "workspace-tunnel", "pty" -> "tasks";
            default -> word;
        };
    }

    List<Target> targets(Served operation) {
        var kind = kind(operation);
        if (kind.isEmpty()) {
            return namesProject(operation) ? ALL : List.of(Target.OWN);
        }
        return switch (kind.get()) {
            case "tasks", "projects", "tokens", "notifications" -> ALL;
            case "machines", "worker-tokens", "developers", "docs" -> NOT_FOREIGN;
            default ->
                    scene.served("POST " + parent(operation)).isPresent()
                            ? NOT_FOREIGN
                            : List.of(Target.MISSING);
        };
    }

    /** Whether people name a project in the body. */
    static boolean namesProject(Served operation) {
        return operation.access().equals("developer")
                && kind(operation).isEmpty()
                && operation.example().filter(body -> body.containsKey("projectKey")).isPresent();
    }

    private static String parent(Served operation) {
        return operation.path().substring(0, operation.path().indexOf("/{"));
    }

    Ask ask(Served operation, Person caller, Target target) {
        var filled = new StringBuilder();
        var named = project(target);
        var parameter = PARAMETER.matcher(operation.path());
        for (var isFirst = true; parameter.find(); isFirst = false) {
            var kind = kind(parameter.group(1));
            var value = isFirst ? value(kind, operation, caller, target) : part(kind);
            if (kind.equals("projects")) {
                named = value;
            }
            parameter.appendReplacement(filled, parameter.group(1) + "/" + value);
        }
        var path = parameter.appendTail(filled).toString();
        if (operation.method().equals("DELETE")) {
            prepare(operation, path);
        }
        return new Ask(
                operation.method(),
                path + query(operation, path, named),
                body(operation, caller, named));
    }

    private String value(String kind, Served operation, Person caller, Target target) {
        if (target == Target.MISSING) {
            return switch (kind) {
                case "machines" -> UUID.randomUUID().toString();
                case "projects" -> "nowhere";
                case "docs" -> "nothing.css";
                default -> "9000000000000";
            };
        }
        return switch (kind) {
            case "tasks" -> task(target, operation);
            case "projects" -> operation.reads() ? project(target) : ownProject(target);
            case "machines" -> operation.reads() ? machine : enrolled();
            case "developers" -> Long.toString(developer());
            case "docs" -> "docs.css";
            case "tokens" -> personalToken(target == Target.OWN ? caller : scene.outsider);
            case "notifications" ->
                    notification(target == Target.OWN ? caller.name() : "colleague");
            default -> created(parent(operation));
        };
    }

    /** A part of what the path named before it. */
    private static String part(String kind) {
        return switch (kind) {
            case "secrets" -> "A_SECRET";
            case "terminals" -> "shell-1";
            default -> "1";
        };
    }

    private static String project(Target target) {
        return switch (target) {
            case OWN -> "shop";
            case FOREIGN -> "other";
            case MISSING -> "nowhere";
        };
    }

    private String task(Target target, Served operation) {
        var body = new JsonObject().put("projectKey", project(target)).put("description", "do it");
        var token = target == Target.OWN ? colleague : scene.admin.token();
        var id =
                scene.coordinator
                        .postAs(token, "/api/web/tasks", body)
                        .expect(201)
                        .body()
                        .getLong("id");
        if (operation.path().endsWith("/retry")) {
            scene.coordinator.cancel(id).expect(200);
        }
        return id.toString();
    }

    /** A project with the people of the shop; without, if it is to be foreign. */
    private String ownProject(Target target) {
        var key = "made-" + made.incrementAndGet();
        scene.coordinator.project(key, "true");
        if (target == Target.OWN) {
            scene.coordinator.execute(
                    """
                    insert into project_member (project_id, developer_id, role)
                    select made.id, m.developer_id, m.role
                      from project made, project shop
                      join project_member m on m.project_id = shop.id
                     where made.key = '%s' and shop.key = 'shop'
                    """
                            .formatted(key));
        }
        return key;
    }

    private String enrolled() {
        var id = UUID.randomUUID();
        scene.coordinator.enrol(id, 4);
        return id.toString();
    }

    private long developer() {
        var name = "made-" + made.incrementAndGet();
        scene.coordinator.execute(
                """
                insert into developer (name, password_hash, role, git_name, git_email)
                values ('%s', '-', 'developer', 'n', 'e')
                """
                        .formatted(name));
        return scene.id(name);
    }

    private String personalToken(Person owner) {
        var operation = scene.served("POST " + Scene.PERSONAL_TOKENS).orElseThrow();
        return scene.coordinator
                .postAs(owner.token(), Scene.PERSONAL_TOKENS, body(operation, owner, "shop"))
                .expect(201)
                .body()
                .getValue("id")
                .toString();
    }

    private String notification(String person) {
        return scene.coordinator
                .sql(
                        """
                        insert into notification (developer_id, kind)
                        select id, 'session_ended' from developer where name = '%s' returning id
                        """
                                .formatted(person))
                .getFirst();
    }

    /** What the operation that makes such things makes, and what it is called. */
    private String created(String parent) {
        var operation = scene.served("POST " + parent).orElseThrow();
        var ask = ask(operation, scene.admin, Target.OWN);
        var made = scene.coordinator.post(ask.path(), ask.body()).expect(201).body();
        return made.getValue("id", made.getValue("key")).toString();
    }

    /** A part of something has to be there to be removed. */
    private void prepare(Served operation, String path) {
        var put = scene.served("PUT " + operation.key().substring("DELETE ".length()));
        if (put.isPresent() && !operation.path().matches("[^{]*\\{[^}]*}")) {
            var body = put.get().example().orElse(null);
            scene.send(new Ask("PUT", path, body), scene.admin.token());
        }
    }

    private String query(Served operation, String path, String project) {
        var required = operation.parametersIn("query").filter(Served.Parameter::required).toList();
        if (required.isEmpty()) {
            return "";
        }
        var named = operation.method().equals("DELETE") ? made(operation, path, project) : NOTHING;
        return required.stream()
                .map(Served.Parameter::name)
                .map(name -> name + "=" + encoded(String.valueOf(named.getValue(name, "shop"))))
                .collect(Collectors.joining("&", "?", ""));
    }

    /** What was put there by the address that also removes it. */
    private JsonObject made(Served operation, String path, String project) {
        var post = scene.served("POST " + operation.key().substring("DELETE ".length()));
        var body = body(post.orElseThrow(), scene.admin, project);
        scene.send(new Ask("POST", path, body), scene.admin.token());
        return body;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private @Nullable JsonObject body(Served operation, Person caller, String project) {
        return switch (operation.key()) {
            case "POST /api/auth/login" -> scene.credentials("colleague");
            case "POST /api/auth/refresh" ->
                    new JsonObject()
                            .put(
                                    "refreshToken",
                                    scene.login("colleague").getString("refreshToken"));
            case "POST /api/workers/register" -> registration();
            case "POST /api/workers/recover" -> recovery();
            case "POST /api/web/tasks/{}/retry" -> new JsonObject();
            default ->
                    operation
                            .example()
                            .map(example -> filled(example.copy(), operation, caller, project))
                            .orElse(null);
        };
    }

    private JsonObject registration() {
        var token = scene.coordinator.coordinator().enrolmentToken("scene");
        return CoordinatorFixture.registration(UUID.randomUUID(), token, 4);
    }

    private JsonObject recovery() {
        var registration = registration();
        var enrolled =
                scene.coordinator.post("/api/workers/register", registration).expect(201).body();
        return new JsonObject()
                .put("machineId", registration.getString("machineId"))
                .put("recoverySecret", enrolled.getString("recoverySecret"));
    }

    /** An example with things that are there, and names that nobody has yet. */
    private JsonObject filled(JsonObject body, Served operation, Person caller, String project) {
        for (var field : List.copyOf(body.fieldNames())) {
            switch (field) {
                case "projectKey" -> body.put(field, project);
                case "machineId" -> body.put(field, machine);
                case "developerId" -> body.put(field, developer());
                case "currentPassword" -> body.put(field, scene.password);
                case "expiresAt" -> body.put(field, Instant.now().plus(Duration.ofDays(7)));
                case "username" -> body.put(field, caller.name());
                case "key", "name", "label", "appId", "platformChatId" -> {
                    if (operation.method().equals("POST")) {
                        body.put(field, "made-" + made.incrementAndGet());
                    }
                }
                default -> {}
            }
        }
        return body;
    }
}
