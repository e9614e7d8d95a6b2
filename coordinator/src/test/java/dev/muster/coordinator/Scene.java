package dev.muster.coordinator;

import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.account.Tokens;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Role;
import dev.muster.coordinator.http.Wire;
import dev.muster.coordinator.proof.Served;
import dev.muster.coordinator.proof.ServedContract;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A coordinator with two projects, {@code shop} and {@code other}, and people around them. Knows
 * what each has to send to take part in any operation of the contract.
 */
final class Scene implements AutoCloseable {

    /** Whose thing a request names. {@code OWN} also where it names none. */
    enum Target {
        OWN,
        FOREIGN,
        MISSING
    }

    /**
     * Somebody who logged in.
     *
     * @param project the one they belong to, as {@code roleThere}
     */
    record Person(String name, Role role, String project, String roleThere, String token) {

        /** Their role in {@code shop}; empty for whom it is foreign. */
        String roleInShop() {
            return project.equals("shop") ? roleThere : "";
        }
    }

    /** A request as it should be. */
    record Ask(String method, String path, @Nullable JsonObject body) {}

    static final String PERSONAL_TOKENS = "/api/web/profile/tokens";

    final CoordinatorFixture coordinator = CoordinatorFixture.start(CoordinatorFixture.SHORT);
    final ServedContract contract = contract();
    final String password;
    final String workerToken;
    final Person outsider;
    final Person member;
    final Person maintainer;
    final Person lead;
    final Person admin;
    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger people = new AtomicInteger();
    private final Things things;

    Scene() {
        password = coordinator.password();
        List.of("shop", "other", "elsewhere").forEach(key -> coordinator.project(key, "true"));
        workerToken = coordinator.enrol(UUID.randomUUID(), 4);
        outsider = person("outsider", Role.DEVELOPER, "elsewhere", "member");
        member = person("member", Role.DEVELOPER, "shop", "member");
        maintainer = person("maintainer", Role.DEVELOPER, "shop", "maintainer");
        lead = person("lead", Role.LEAD, "elsewhere", "member");
        admin = person("boss", Role.ADMIN, "elsewhere", "member");
        things = new Things(this);
    }

    private ServedContract contract() {
        return new ServedContract(coordinator.get("/openapi.json").expect(200).body());
    }

    private Person person(String name, Role role, String project, String roleThere) {
        var token = coordinator.person(name, role.word(), project, roleThere);
        return new Person(name, role, project, roleThere, token);
    }

    /** Another person in the same roles, whose account a test may spoil. */
    Person like(Person one) {
        var name = "like-" + one.name() + "-" + people.incrementAndGet();
        return person(name, one.role(), one.project(), one.roleThere());
    }

    List<Person> people() {
        return List.of(outsider, member, maintainer, lead, admin);
    }

    /** Whom an operation for people admits whatever it names; a worker's for others. */
    String rightToken(Served operation) {
        return switch (operation.access()) {
            case "open" -> "";
            case "worker" -> workerToken;
            default -> admin.token();
        };
    }

    /** The operation of that method and path, if it is served. */
    Optional<Served> served(String key) {
        return contract.operations().stream()
                .filter(operation -> operation.key().equals(key))
                .findFirst();
    }

    /** What an operation can name, as far as this scene knows. */
    List<Target> targets(Served operation) {
        return things.targets(operation);
    }

    /** A request that a person who may do it can send, and that changes nothing others need. */
    Ask ask(Served operation, Person caller, Target target) {
        return things.ask(operation, caller, target);
    }

    /** Whether an operation changes the caller's own account or session. */
    static boolean touchesTheCaller(Served operation) {
        return !operation.reads()
                && (operation.path().equals("/api/auth/logout")
                        || operation.path().startsWith("/api/web/profile"));
    }

    /** Sends it with a token, or with none if that is empty. */
    Wire.Reply send(Ask ask, String token) {
        var body = ask.body() == null ? null : ask.body().encode();
        return new Wire(coordinator.port())
                .send(ask.method(), ask.path(), token.isEmpty() ? null : token, body);
    }

    JsonObject login(String name) {
        return coordinator.post("/api/auth/login", credentials(name)).expect(200).body();
    }

    JsonObject credentials(String name) {
        return new JsonObject().put("username", name).put("password", password);
    }

    /** A personal access token that is good for {@code scope} alone. */
    String personalToken(Person owner, String scope) {
        var operation = served("POST " + PERSONAL_TOKENS).orElseThrow();
        var body = ask(operation, owner, Target.OWN).body();
        var answer =
                coordinator
                        .postAs(
                                owner.token(),
                                PERSONAL_TOKENS,
                                body.put("scopes", new JsonArray().add(scope)))
                        .expect(201)
                        .body();
        return answer.stream()
                .map(field -> String.valueOf(field.getValue()))
                .filter(value -> value.startsWith("mst_pat_"))
                .findFirst()
                .orElseThrow();
    }

    /** A token of {@code owner}'s session that was good until a minute ago. */
    String expired(Person owner) {
        var past = InstantSource.offset(InstantSource.system(), Duration.ofMinutes(-16));
        var tokens = Tokens.open(vertx, MasterKey.open(coordinator.data), past, _ -> 0);
        return tokens.forPerson(
                new Caller.Person(id(owner.name()), owner.name(), owner.role(), session(owner)));
    }

    private UUID session(Person owner) {
        return UUID.fromString(
                coordinator
                        .sql(
                                "select s.id from session s join developer d on d.id ="
                                        + " s.developer_id where d.name = '%s'"
                                                .formatted(owner.name()))
                        .getFirst());
    }

    long id(String name) {
        return Long.parseLong(
                coordinator
                        .sql("select id from developer where name = '%s'".formatted(name))
                        .getFirst());
    }

    @Override
    public void close() {
        vertx.close().await();
        coordinator.close();
    }
}
