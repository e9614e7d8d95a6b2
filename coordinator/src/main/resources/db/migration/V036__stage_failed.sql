-- The first stage of an attempt that failed and did not succeed after that; null if there is none. All stages before it
-- succeeded, or were not for a run that does. Later ones may have been run all the same, to clean up.
create function stage_failed(task bigint, attempt int) returns int language sql stable
return (select min(s.stage)
          from (select (e.data ->> 'stageIndex')::int as stage,
                       bool_or(e.data ->> 'status' = 'failed') and not bool_or(e.data ->> 'status' = 'completed') as failed
                  from event e
                 where e.task_id = stage_failed.task and e.attempt = stage_failed.attempt
                   and e.type = 'stage_change'
                 group by 1) s
         where s.failed);
