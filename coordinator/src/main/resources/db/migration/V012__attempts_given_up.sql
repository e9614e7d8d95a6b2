-- Attempts that were given up because their machine was silent for too long, and after which nothing came: their task
-- was neither granted anew nor retried, nor was the machine decommissioned. Should their worker come back and say that it had finished, it is believed.
-- The task comes first: whoever locks rows of this view has no lease.
create view given_up as
select t.id as task_id, a.number as attempt, a.fence, a.machine_id, a.facts, t.pipeline_id
  from task t
  join attempt a on a.task_id = t.id and a.number = t.attempt and a.fence = t.fence
 where t.state = 'FAILED' and a.outcome = 'LOST' and a.reason = 'machine_lost'
   and exists (select 1 from machine m where m.id = a.machine_id and m.status <> 'decommissioned');
