package dev.muster.coordinator.project;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database.Transaction;

import io.vertx.sqlclient.Tuple;

/** Puts projects away: nothing runs there any more, and what ran there stays to be read. */
final class ArchiveStore {

    // Against everybody who so much as refers to the project: a task that is being created is seen
    // by the next statement, or sees that the project is gone.
    private static final String LOCK = "select id from project where key = $1 for update";

    // A task that has not ended waits in the queue or has a lease. Both are short, and a project's
    // history is not.
    private static final String UNFINISHED =
            """
            select (select count(*) from queue where project_id = $1)
                 + (select count(*)
                      from lease l
                     cross join lateral (select project_id from task where id = l.task_id offset 0) t
                     where t.project_id = $1)
            """;

    // Its members are told to the audit log and nowhere else: as many as an entry can carry.
    private static final String ARCHIVE =
            """
            with archived as (
                update project
                   set archived_at = now(), version = version + 1
                 where id = $1
                returning id, key, name
            ), left_it as (
                delete from project_member m
                 using archived a
                 where m.project_id = a.id
                returning m.developer_id, m.role
            )
            select note_act($2, 'project.archive', 'project', key, jsonb_build_object(
                       'name', name,
                       'members', (select coalesce(jsonb_agg(jsonb_build_object('developerId', developer_id, 'role', role)
                                                             order by developer_id), '[]')
                                     from (select * from left_it order by developer_id limit 100) as first)))
              from archived
            """;

    private ArchiveStore() {}

    /** From here to its end, the transaction alone has to do with the project. */
    static void lock(Transaction transaction, String key) {
        transaction.query("locking a project", LOCK, Tuple.of(key));
    }

    /** How many tasks have not ended of a project that the transaction has locked. */
    static long unfinished(Transaction transaction, long project) {
        return transaction
                .query("counting what a project runs", UNFINISHED, Tuple.of(project))
                .iterator()
                .next()
                .getLong(0);
    }

    /** Archives a project that the transaction has locked; nobody is a member of it any more. */
    static void archive(Transaction transaction, long project, Actor by) {
        transaction.query("archiving a project", ARCHIVE, Tuple.of(project, by.json()));
    }
}
