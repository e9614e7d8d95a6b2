-- Who may open shells in the workspaces of a project's tasks. Admins may in any case, as everywhere.
alter table project add column shells text not null default 'maintainers'
    check (shells in ('nobody', 'maintainers', 'members'));

-- Shells that people opened in workspaces. How one is, its machine knows; state and reason are what was last told or
-- decided. attempt and fence name its terminal to the machine: those of the task's newest attempt when it was opened.
-- workspace is the attempt that its workspace was made for. One that is ending was told to, or will be.
create table shell (
    id           text primary key,
    task_id      bigint not null references task (id),
    attempt      int not null,
    fence        bigint not null,
    workspace    int not null,
    machine_id   uuid not null references machine (id),
    developer_id bigint not null references developer (id),
    state        text not null default 'opening' check (state in ('opening', 'open', 'ending', 'ended')),
    reason       text,
    opened_at    timestamptz not null default now(),
    asked_at     timestamptz not null default now(),
    ended_at     timestamptz,
    check ((state = 'ended') = (ended_at is not null)),
    check ((reason is null) = (state in ('opening', 'open')))
);
create index shell_by_task on shell (task_id, opened_at desc);
create index shell_alive on shell (machine_id) where ended_at is null;

-- Whether somebody may open shells of a task, see them and type there.
create function may_use_shells(task bigint, developer bigint) returns boolean
language sql stable as $$
    select coalesce(bool_or(d.role = 'admin'
                            or p.shells = 'members' and m.role is not null
                            or p.shells = 'maintainers' and m.role = 'maintainer'), false)
      from task t
      join project p on p.id = t.project_id
      join developer d on d.id = developer and d.disabled_at is null
      left join project_member m on m.project_id = t.project_id and m.developer_id = developer
     where t.id = task
$$;
