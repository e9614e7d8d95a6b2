-- The queue is walked lane by lane: a lane is what waits in one project at one priority for one kind of agent, oldest
-- first. So one project's ten thousand tasks are as quickly passed by as its one.
drop index queue_order;
drop index queue_pinned;
create index queue_lane on queue (agent_type, project_id, priority, task_id) where pinned is null;
create index queue_pinned on queue (pinned, agent_type, project_id, priority, task_id) where pinned is not null;

-- A task that no enrolled machine could ever run; the mark goes with the row.
alter table queue add column flagged boolean not null default false;
create index queue_flagged on queue (task_id) where flagged;

-- How many tasks of a project machines hold at once, at most. Null: no limit.
alter table project add column concurrency int check (concurrency between 1 and 1000);

-- An agent type that fails on a machine three times on end is kept from it for a while. A row is there only from a
-- failure to the next success, and why and degraded_until are of the last failure. boot is the daemon that failed: the
-- failures of a new one are counted anew, and it may have what the former one missed.
create table capability_state (
    machine_id     uuid not null,
    agent_type     text not null,
    boot           uuid not null,
    failures       int not null check (failures > 0),
    degraded_until timestamptz not null,
    why            text not null check (why in ('binary_missing', 'auth_failure', 'rate_limit', 'unknown')),
    primary key (machine_id, agent_type)
);

-- What is kept from a machine now. until is null where only a new daemon ends it.
create view degradation as
select c.machine_id, c.agent_type, nullif(c.degraded_until, 'infinity') as until, c.why
  from capability_state c
  join presence p on p.machine_id = c.machine_id
 where c.failures >= 3 and c.degraded_until > now() and (c.why <> 'binary_missing' or c.boot = p.boot);
