-- What projects give to their stages: variables, secrets, and what lets machines read their repository.

alter table project add column environment jsonb not null default '{}';

-- Keys that secrets are sealed with, themselves sealed with one that comes from the coordinators' master key. The newest
-- seals; older ones stay for as long as a secret refers to them.
create table secret_key (
    id      uuid primary key,
    wrapped bytea not null,
    made_at timestamptz not null default clock_timestamp()
);

-- Sealed with AES-256-GCM together with its project and name, so that it opens nowhere else. 'git-token' is no name that
-- a person can give.
create table secret (
    project_id bigint not null references project (id) on delete cascade,
    name       text not null check (name = 'git-token' or name ~ '^[A-Z_][A-Z0-9_]{0,63}$'),
    key_id     uuid not null references secret_key (id),
    sealed     bytea not null,
    updated_at timestamptz not null default now(),
    updated_by bigint not null references developer (id),
    primary key (project_id, name)
);
create index secret_key_id on secret (key_id);
