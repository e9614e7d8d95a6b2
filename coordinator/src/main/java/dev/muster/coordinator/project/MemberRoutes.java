package dev.muster.coordinator.project;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.project.MemberStore.Member;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of memberships (seed 004, projects and admin: projects). */
public final class MemberRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Members members;

    public MemberRoutes(Members members) {
        this.members = members;
    }

    public void bind(Operations operations) {
        operations
                .on("listAvailableDevelopers", Access.DEVELOPER, this::available)
                .on("listMembers", Access.DEVELOPER, this::list)
                .on("addMember", Access.DEVELOPER, this::add)
                .on("removeMember", Access.DEVELOPER, this::remove)
                .on("adminListMembers", Access.ADMIN, this::list)
                .on("adminAddMember", Access.ADMIN, this::add)
                .on("adminRemoveMember", Access.ADMIN, this::remove);
    }

    private Answer available(Call call) {
        members.requireMaintainer(call.person());
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        members.available(page)
                .forEach(
                        one ->
                                items.add(
                                        new JsonObject()
                                                .put("id", one.developer())
                                                .put("name", one.name())));
        return Answer.page(call, page, items, members.countAvailable());
    }

    private Answer list(Call call) {
        var project = members.maintained(call.path("key"), call.person());
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        members.list(project, page).forEach(member -> items.add(json(member)));
        return Answer.page(call, page, items, members.count(project));
    }

    private Answer add(Call call) {
        var body = call.body();
        var added =
                members.add(
                        call.path("key"),
                        body.getLong("developerId"),
                        body.getString("role"),
                        call.person(),
                        Actor.of(call));
        var json = json(added.member());
        // a membership has no address of its own; where it is to be seen is where it was sent
        return added.isNew() ? Answer.created(call.address(), json) : Answer.ok(json);
    }

    private Answer remove(Call call) {
        members.remove(
                call.path("key"), call.queryNumber("developerId"), call.person(), Actor.of(call));
        return Answer.noContent();
    }

    private static JsonObject json(Member member) {
        return new JsonObject()
                .put("developerId", member.developer())
                .put("name", member.name())
                .put("role", member.role());
    }
}
