-- Every request that makes something can be repeated under a key of its sender's own: what it was answered is kept for
-- a day, sealed, since it may hold what is shown once. A task is not kept twice: its key names it.
alter table task_request rename to request_key;
alter table request_key
    add column operation text not null default 'createTask',
    add column answer bytea,
    alter column task_id drop not null,
    drop constraint task_request_pkey,
    add constraint request_key_pkey primary key (developer_id, operation, key),
    add constraint request_key_known check ((task_id is null) = (answer is not null));
alter table request_key alter column operation drop default;
alter index task_request_by_age rename to request_key_by_age;

-- A token that let nobody in yet can be made good for nothing.
alter table enrolment_token
    add column revoked_at timestamptz,
    add constraint enrolment_token_ended check (used_at is null or revoked_at is null);
create index enrolment_token_by_machine on enrolment_token (machine_id) where machine_id is not null;

-- What a machine was given, and what was odd about it. An attempt's machine never changes.
create index attempt_by_machine on attempt (machine_id, task_id desc);
create index incident_by_machine on incident ((data ->> 'machineId'), id desc);

-- How Muster is known on a chat platform. Its secrets are sealed by a key outside the database.
create table bot (
    id            bigint generated always as identity primary key,
    platform      text not null check (platform in ('lark', 'slack')),
    app_id        text not null,
    name          text not null,
    app_secret    bytea not null,
    webhook_token bytea not null,
    created_at    timestamptz not null default now(),
    constraint bot_app_key unique (platform, app_id)
);

-- A chat is about one project; a project may have many chats.
create table bot_binding (
    bot_id     bigint not null references bot (id) on delete cascade,
    chat_id    text not null,
    chat_name  text not null,
    project_id bigint not null references project (id),
    created_at timestamptz not null default now(),
    primary key (bot_id, chat_id)
);
create index bot_binding_by_project on bot_binding (project_id);
