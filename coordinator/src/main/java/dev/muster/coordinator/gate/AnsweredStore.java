package dev.muster.coordinator.gate;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Waiting;

import io.vertx.sqlclient.Tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Reads what was answered for those who wait for it. */
final class AnsweredStore {

    private static final String FIND =
            """
            select w.task_id, l.attempt, w.fence, w.stage, g.result
              from unnest($2::bigint[], $3::bigint[], $4::int[]) with ordinality as w (task_id, fence, stage, n)
              join lease l on l.task_id = w.task_id and l.fence = w.fence and l.machine_id = $1
             cross join lateral (
                 select result
                   from gate
                  where task_id = l.task_id and attempt = l.attempt and stage = w.stage
                  order by opened_at desc
                  limit 1) g
             where g.result is not null
             order by w.n
            """;

    private final Database database;

    AnsweredStore(Database database) {
        this.database = database;
    }

    /** Of what the machine waits for by right, all that was answered. */
    List<GateAnswer> answered(UUID machine, List<Waiting> waiting) {
        var arguments =
                Tuple.of(
                        machine,
                        waiting.stream().map(one -> one.lease().task()).toArray(Long[]::new),
                        waiting.stream().map(one -> one.lease().fence()).toArray(Long[]::new),
                        waiting.stream().map(Waiting::stage).toArray(Integer[]::new));
        var answered = new ArrayList<GateAnswer>();
        for (var row : database.query("looking for answers", FIND, arguments)) {
            var lease =
                    new LeaseRef(
                            row.getLong("task_id"),
                            row.getInteger("attempt"),
                            row.getLong("fence"));
            answered.add(new GateAnswer(lease, row.getInteger("stage"), row.getString("result")));
        }
        return answered;
    }
}
