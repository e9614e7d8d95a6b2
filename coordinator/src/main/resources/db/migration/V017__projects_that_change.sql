-- Projects that people change. version is raised with each change of a project's settings, so that who changes them
-- can say which they saw. An archived project keeps its key and its tasks, has no members, and takes no task any more.
alter table project add column version int not null default 1 check (version > 0),
                    add column archived_at timestamptz;

-- Commands are written for an agent: what is quoted for a shell is not what another one reads. So a task keeps the
-- agent of its pipeline, and a project has that of its newest.
alter table pipeline add column agent_type text;
update pipeline l set agent_type = p.agent_type from project p where p.id = l.project_id;
alter table pipeline alter column agent_type set not null,
    add constraint pipeline_agent_key unique (id, agent_type);
alter table project add constraint project_agent_fkey foreign key (pipeline_id, agent_type)
    references pipeline (id, agent_type) deferrable initially deferred;

create or replace view task_shown as
select t.id, t.project_id, p.key as project_key, t.description, t.state, t.reason, t.detail, t.attempt, t.stage,
       t.machine_id, t.pinned, l.agent_type, t.pipeline_id, t.priority, t.created_at, t.started_at, t.ended_at,
       t.developer_id, d.name as developer, a.work
  from task t
  join project p on p.id = t.project_id
  join pipeline l on l.id = t.pipeline_id
  join developer d on d.id = t.developer_id
  left join attempt a on a.task_id = t.id and a.number = t.attempt;
