package dev.muster.coordinator.search;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.task.TaskBrief;
import dev.muster.coordinator.task.TaskBriefStore;
import dev.muster.coordinator.task.Viewer;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Looks through texts and names. */
final class SearchStore {

    /** What was found, best first; no machines for who may not see any. */
    record Found(List<TaskBrief> tasks, List<JsonObject> projects, List<JsonObject> machines) {}

    private static final String LIMIT_TIME = "select set_config('statement_timeout', '1000', true)";

    // The index gives what it finds in no order and may find very much, so that is cut; a walk
    // through the newest tasks sees to it that what is cut is none of those.
    private static final String TASKS =
            """
            with asked as materialized (
                select (nullif(plainto_tsquery('simple', $3)::text, '') || ':*')::tsquery as words
            ), mine as materialized (
                select project_id from project_member where developer_id = $2
            ), fits as (
                (select n.task_id, n.words
                   from (select * from task_text order by task_id desc limit 5000) n
                  where n.words @@ (select words from asked)
                    and ($1 or n.project_id in (select project_id from mine)))
                 union all
                (select x.task_id, x.words
                   from task_text x
                  where x.words @@ (select words from asked)
                    and ($1 or x.project_id in (select project_id from mine))
                  limit 2000)
            ), ranked as (
                select task_id, max(ts_rank(words, (select words from asked), 1)) as rank from fits group by task_id
                 union all
                select id, 1000000 from task where id = $4
            ), best as (
                select task_id, max(rank) as rank from ranked group by task_id
            )
            select
            """
                    + TaskBriefStore.COLUMNS
                    + """

                      from best b
                      join task t on t.id = b.task_id
                      join project p on p.id = t.project_id
                      join developer d on d.id = t.developer_id
                     where $1 or t.project_id in (select project_id from mine)
                     order by b.rank desc, t.id desc
                     limit $5
                    """;

    private static final String PROJECTS =
            """
            select p.key, p.name
              from project p
             where (strpos(p.key, lower($3)) > 0 or strpos(lower(p.name), lower($3)) > 0)
               and ($1 or exists (select 1 from project_member m
                                   where m.project_id = p.id and m.developer_id = $2))
             order by p.key = lower($3) desc, strpos(p.key, lower($3)) = 1 desc, strpos(lower(p.name), lower($3)) = 1 desc,
                      p.key
             limit $4
            """;

    private static final String MACHINES =
            """
            select id, name, status
              from machine
             where strpos(lower(name), lower($1)) > 0 or id::text = lower($1)
             order by lower(name) = lower($1) desc, strpos(lower(name), lower($1)) = 1 desc, name
             limit $2
            """;

    private final Database database;

    SearchStore(Database database) {
        this.database = database;
    }

    /**
     * @param number of the task that the text names, if it names one
     * @param machines whether to look for machines
     * @throws dev.muster.coordinator.db.DatabaseFailure that is out of time if one kind takes
     *     longer than a second
     */
    Found find(Viewer viewer, String text, @Nullable Long number, boolean machines, int limit) {
        return database.inTransaction(
                "searching",
                transaction -> {
                    transaction.query("limiting a search", LIMIT_TIME, Tuple.tuple());
                    var tasks =
                            TaskBriefStore.briefs(
                                    transaction.query(
                                            "searching tasks",
                                            TASKS,
                                            Tuple.of(
                                                    viewer.everywhere(),
                                                    viewer.developer(),
                                                    text,
                                                    number,
                                                    limit)));
                    return new Found(
                            tasks,
                            projects(transaction, viewer, text, limit),
                            machines ? machines(transaction, text, limit) : List.of());
                });
    }

    private static List<JsonObject> projects(
            Transaction transaction, Viewer viewer, String text, int limit) {
        var arguments = Tuple.of(viewer.everywhere(), viewer.developer(), text, limit);
        var found = new ArrayList<JsonObject>();
        for (var row : transaction.query("searching projects", PROJECTS, arguments)) {
            found.add(
                    new JsonObject()
                            .put("key", row.getString("key"))
                            .put("name", row.getString("name")));
        }
        return found;
    }

    private static List<JsonObject> machines(Transaction transaction, String text, int limit) {
        var found = new ArrayList<JsonObject>();
        for (var row : transaction.query("searching machines", MACHINES, Tuple.of(text, limit))) {
            found.add(
                    new JsonObject()
                            .put("id", row.getUUID("id").toString())
                            .put("name", row.getString("name"))
                            .put("status", row.getString("status")));
        }
        return found;
    }
}
