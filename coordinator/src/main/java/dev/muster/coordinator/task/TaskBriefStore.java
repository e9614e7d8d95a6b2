package dev.muster.coordinator.task;

import dev.muster.coordinator.db.Database;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import java.util.ArrayList;
import java.util.List;

/** Reads tasks in a line each. */
public final class TaskBriefStore {

    /** SQL: the columns of a line, of task {@code t}, project {@code p} and developer {@code d}. */
    public static final String COLUMNS =
            """
            t.id, p.key as project_key, left(t.description, 200) as description, t.state, t.reason, t.created_at,
            d.name as created_by, t.ended_at\
            """;

    private static final String NEWEST =
            "select "
                    + COLUMNS
                    + """

                      from task t
                      join project p on p.id = t.project_id
                      join developer d on d.id = t.developer_id
                     order by t.id desc
                     limit $1
                    """;

    // From each project its newest: else whoever belongs to a quiet one would wait until all tasks
    // of the busy ones were passed by.
    private static final String NEWEST_OF_MEMBER =
            "select "
                    + COLUMNS
                    + """

                      from project_member m
                     cross join lateral (select * from task w
                                          where w.project_id = m.project_id
                                          order by w.id desc
                                          limit $1) t
                      join project p on p.id = t.project_id
                      join developer d on d.id = t.developer_id
                     where m.developer_id = $2
                     order by t.id desc
                     limit $1
                    """;

    private final Database database;

    public TaskBriefStore(Database database) {
        this.database = database;
    }

    /** Tasks that {@code viewer} may see, those created last first. */
    public List<TaskBrief> newest(Viewer viewer, int limit) {
        return viewer.everywhere()
                ? briefs(database.query("listing new tasks", NEWEST, Tuple.of(limit)))
                : briefs(
                        database.query(
                                "listing new tasks",
                                NEWEST_OF_MEMBER,
                                Tuple.of(limit, viewer.developer())));
    }

    /** Rows with {@link #COLUMNS}. */
    public static List<TaskBrief> briefs(RowSet<Row> rows) {
        var briefs = new ArrayList<TaskBrief>();
        for (var row : rows) {
            briefs.add(
                    new TaskBrief(
                            row.getLong("id"),
                            row.getString("project_key"),
                            row.getString("description"),
                            row.getString("state"),
                            row.getString("reason"),
                            row.getOffsetDateTime("created_at"),
                            row.getString("created_by"),
                            row.getOffsetDateTime("ended_at")));
        }
        return briefs;
    }
}
