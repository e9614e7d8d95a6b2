-- What an attempt printed that its machine could not send before its lease was over. It stands beside the log, begins
-- where that ends, and is never a part of it. start: at which byte of what the attempt printed; cut: more came than is
-- kept.
create table late_log (
    task_id bigint not null,
    attempt int not null,
    start   bigint not null,
    bytes   bigint not null,
    feeds   bigint not null,
    cut     boolean not null default false,
    primary key (task_id, attempt)
);

-- line counts the line feeds before the chunk, in the late log.
create table late_log_chunk (
    task_id bigint not null,
    attempt int not null,
    start   bigint not null,
    line    bigint not null,
    at      timestamptz not null default clock_timestamp(),
    bytes   bytea not null,
    primary key (task_id, attempt, start)
);
alter table late_log_chunk alter column bytes set storage external;
create index late_log_chunk_by_line on late_log_chunk (task_id, attempt, line, start);

-- Whose machine sent a late log has ended it and has no outcome to tell; and the log may not grow into what came late.
create or replace view given_up as
select t.id as task_id, a.number as attempt, a.fence, a.machine_id, a.facts, t.pipeline_id
  from task t
  join attempt a on a.task_id = t.id and a.number = t.attempt and a.fence = t.fence
 where t.state = 'FAILED' and a.outcome = 'LOST' and a.reason = 'machine_lost'
   and exists (select 1 from machine m where m.id = a.machine_id and m.status <> 'decommissioned')
   and not exists (select 1 from late_log k where k.task_id = t.id and k.attempt = a.number);
