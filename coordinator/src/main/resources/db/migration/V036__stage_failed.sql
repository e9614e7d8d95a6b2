-- The first stage of an attempt that came to run and did not succeed: all before it did, or were not for a run that
-- succeeds. Later ones may have been run all the same, to clean up. Null if all that ran succeeded.
create function stage_failed(task bigint, attempt int) returns int language sql stable
return (select min(s.stage)
          from (select (e.data ->> 'stageIndex')::int as stage,
                       bool_or(e.data ->> 'status' = 'completed') as done
                  from event e
                 where e.task_id = stage_failed.task and e.attempt = stage_failed.attempt
                   and e.type = 'stage_change'
                 group by 1) s
         where not s.done);
