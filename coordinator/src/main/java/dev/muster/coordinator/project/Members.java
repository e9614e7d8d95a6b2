package dev.muster.coordinator.project;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.http.Caller.Person;
import dev.muster.coordinator.http.Page;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.MemberStore.Available;
import dev.muster.coordinator.project.MemberStore.Known;
import dev.muster.coordinator.project.MemberStore.Member;
import dev.muster.protocol.pipeline.Fault;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Who belongs to which project. Every rule about a person's part in it asks these rows anew, so
 * that who was removed is out with the next request. Thread-safe.
 *
 * <p>INVARIANT: a project that has a maintainer keeps one, but by an admin's doing: a team cannot
 * lock itself out, and an admin, who can let it in again, is not kept from ending a project's last
 * maintainer.
 */
public final class Members {

    private static final String USUAL_ROLE = "member";
    private static final String MAINTAINER = "maintainer";

    /**
     * What came of adding somebody.
     *
     * @param isNew whether they were no member before
     */
    record Added(Member member, boolean isNew) {}

    private final Database database;
    private final ProjectStore projects;
    private final MemberStore store;

    public Members(Database database) {
        this.database = database;
        this.projects = new ProjectStore(database);
        this.store = new MemberStore(database);
    }

    /** A project whose members {@code person} may see: its number. */
    long maintained(String key, Person person) {
        return Rights.maintained(projects.find(key, person), key, person).id();
    }

    List<Member> list(long project, Page page) {
        return store.list(project, page.limit(), page.offset());
    }

    long count(long project) {
        return store.count(project);
    }

    /**
     * @throws Problem 403 if {@code person} has no project to make anybody a member of
     */
    void requireMaintainer(Person person) {
        if (!person.isAdmin() && !store.maintainsAny(person.id())) {
            throw Problem.forbidden(
                    "not_a_maintainer", "Maintainers of projects and admins may see who there is.");
        }
    }

    List<Available> available(Page page) {
        return store.available(page.limit(), page.offset());
    }

    long countAvailable() {
        return store.countAvailable();
    }

    /**
     * Makes a developer a member, or changes the role of one.
     *
     * @param role null for the usual one, or the one that they have
     */
    Added add(String key, long developer, @Nullable String role, Person by, Actor actor) {
        return database.inTransaction(
                "adding a member",
                transaction -> {
                    var project = Rights.open(ProjectStore.lock(transaction, key, by), key, by);
                    var known = known(transaction, project.id(), developer);
                    var wanted =
                            role != null ? role : known.role() != null ? known.role() : USUAL_ROLE;
                    if (!wanted.equals(known.role())) {
                        if (!wanted.equals(MAINTAINER)) {
                            requireAnother(transaction, project.id(), known, by);
                        }
                        MemberStore.put(transaction, project.id(), known, wanted, actor);
                    }
                    return new Added(
                            new Member(known.id(), known.name(), wanted), known.role() == null);
                });
    }

    private static Known known(Transaction transaction, long project, long developer) {
        return MemberStore.known(transaction, project, developer)
                .filter(known -> known.active() || known.role() != null)
                .orElseThrow(
                        () -> {
                            var sentence = "There is no developer " + developer + ".";
                            return Problem.badRequest(
                                    "unknown_developer",
                                    sentence,
                                    List.of(
                                            new Fault(
                                                    "/developerId",
                                                    "unknown_developer",
                                                    sentence)));
                        });
    }

    /** Ends a membership; what the developer's tasks do goes on. */
    void remove(String key, long developer, Person by, Actor actor) {
        database.inTransaction(
                "removing a member",
                transaction -> {
                    var project = Rights.open(ProjectStore.lock(transaction, key, by), key, by);
                    var known =
                            MemberStore.known(transaction, project.id(), developer)
                                    .filter(one -> one.role() != null)
                                    .orElseThrow(
                                            () ->
                                                    Problem.notFound(
                                                            "Project '"
                                                                    + key
                                                                    + "' has no member "
                                                                    + developer
                                                                    + "."));
                    requireAnother(transaction, project.id(), known, by);
                    MemberStore.remove(transaction, project.id(), developer, actor);
                    return known;
                });
    }

    private static void requireAnother(
            Transaction transaction, long project, Known leaving, Person by) {
        if (MAINTAINER.equals(leaving.role())
                && !by.isAdmin()
                && !MemberStore.hasOtherMaintainer(transaction, project, leaving.id())) {
            throw Problem.conflict(
                    "last_maintainer",
                    "Nobody else looks after the project; make another one maintainer first.");
        }
    }
}
