-- What people are told of, what they find by searching, and what operators set while coordinators run.

-- In which transaction an event was written. Transactions end in another order than they begin; together with a
-- pg_snapshot this tells exactly which events somebody has not seen yet. Events of before have this migration's.
alter table event add column tx xid8 not null default pg_current_xact_id();
create index event_by_tx on event (tx);
-- What ended lately, for counting: events are never changed, so the tasks' own updates stay in place.
create index event_ended on event (at) where type = 'state_change' and data ->> 'to' in ('COMPLETED', 'FAILED');

-- What a person is told. No foreign keys: rows are written by the statements that move tasks.
create table notification (
    id           bigint generated always as identity primary key,
    tx           xid8 not null default pg_current_xact_id(),
    developer_id bigint not null,
    at           timestamptz not null default now(),
    kind         text not null check (kind in ('gate_opened', 'task_completed', 'task_failed', 'task_cancelled',
                                               'task_unrunnable', 'machine_drained', 'session_ended')),
    task_id      bigint,
    machine_id   uuid,
    data         jsonb not null default '{}',
    read_at      timestamptz
);
create index notification_of_developer on notification (developer_id, id desc);
create index notification_unread on notification (developer_id, id) where read_at is null;
create index notification_by_tx on notification (tx);
create index project_member_maintainers on project_member (project_id) where role = 'maintainer';

-- Whoever tells an event of a task need not know who hears of it. Once for each statement, however many events it
-- writes. Of a gate hear the task's creator and the project's maintainers, not all who may answer: a project has few
-- maintainers and may have hundreds of members.
create function notify_of_events() returns trigger language plpgsql as $$
begin
    with told as materialized (
        select e.task_id, e.attempt, e.data, t.project_id, t.developer_id,
               case e.type when 'gate_change' then 'gate_opened'
                           when 'unrunnable' then 'task_unrunnable'
                           else 'task_' || lower(e.data ->> 'to') end as kind
          from added e
          join task t on t.id = e.task_id
         where case e.type when 'state_change' then e.data ->> 'to' in ('COMPLETED', 'FAILED', 'CANCELLED')
                           when 'gate_change' then e.data ->> 'status' = 'opened'
                           else e.type = 'unrunnable' end
    ), heard as (
        select developer_id, kind, task_id, attempt, data
          from told
         -- nobody is told of what they did themselves
         where kind <> 'task_cancelled' or data #>> '{by,id}' is distinct from developer_id::text
         union all
        select m.developer_id, o.kind, o.task_id, o.attempt, o.data
          from told o
          join project_member m on m.project_id = o.project_id and m.role = 'maintainer'
         where o.kind = 'gate_opened' and m.developer_id <> o.developer_id
    )
    insert into notification (developer_id, kind, task_id, data)
    select developer_id, kind, task_id,
           jsonb_strip_nulls(jsonb_build_object(
               'attempt', attempt, 'stage', data -> 'stage', 'stageIndex', data -> 'stageIndex',
               'reason', data -> 'reason', 'why', data -> 'why', 'by', data -> 'by'))
      from heard;
    return null;
end
$$;
create trigger event_notifies after insert on event
    referencing new table as added for each statement execute function notify_of_events();

create function notify_of_incidents() returns trigger language plpgsql as $$
begin
    insert into notification (developer_id, kind, machine_id, data)
    select d.id, 'machine_drained', (i.data ->> 'machineId')::uuid,
           jsonb_build_object('name', i.data -> 'name', 'reason', i.data -> 'reason')
      from added i
      join developer d on d.role in ('lead', 'admin') and d.disabled_at is null
     where i.type = 'disk_full'
     union all
    select (i.data ->> 'developer')::bigint, 'session_ended', null, '{}'
      from added i
     where i.type = 'session.refresh_reused';
    return null;
end
$$;
create trigger incident_notifies after insert on incident
    referencing new table as added for each statement execute function notify_of_incidents();

-- The words of a task's description, apart from its row, which changes while it runs. 'simple' knows no language and
-- needs no extension, which not everybody may create.
create table task_text (
    task_id    bigint primary key,
    project_id bigint not null,
    words      tsvector not null
);
insert into task_text select id, project_id, to_tsvector('simple', left(description, 20000)) from task;
create index task_text_words on task_text using gin (words);
create function index_task_text() returns trigger language plpgsql as $$
begin
    insert into task_text
    select id, project_id, to_tsvector('simple', left(description, 20000)) from added;
    return null;
end
$$;
create trigger task_is_found after insert on task
    referencing new table as added for each statement execute function index_task_text();

-- What operators set at run time: a row is there only where it differs from what coordinators were started with. The
-- version tells them that something changed.
create table setting (
    name       text primary key,
    value      jsonb not null,
    changed_at timestamptz not null default now(),
    changed_by bigint not null
);
create table settings_version (
    id      int primary key default 1 check (id = 1),
    version bigint not null default 1
);
insert into settings_version default values;
