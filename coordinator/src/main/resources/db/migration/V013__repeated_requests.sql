-- What people asked for under a key of their own, for a day: asked again, they are given the same task.
create table task_request (
    developer_id bigint not null,
    key          text not null,
    fingerprint  bytea not null,
    task_id      bigint not null,
    made_at      timestamptz not null default now(),
    constraint task_request_pkey primary key (developer_id, key)
);
create index task_request_by_age on task_request (made_at);
