-- Tunnels into workspaces that people asked for. What becomes of one is known by its machine; state, reason, detail and
-- restarts are what that told last, at told_at. One of a task is open at most. A key of the request's sender names the
-- tunnel for a day, unless it was refused. How to connect is not kept: who may connect asks the machine.
create table tunnel (
    id           uuid primary key,
    task_id      bigint not null references task (id),
    attempt      int not null,
    machine_id   uuid not null references machine (id),
    template     text,
    life_seconds int not null check (life_seconds between 1 and 86400),
    developer_id bigint not null references developer (id),
    started_at   timestamptz not null default now(),
    state        text not null default 'STARTING'
                 check (state in ('STARTING', 'CONNECTED', 'CLOSING', 'CLOSED', 'EXPIRED', 'FAILED')),
    restarts     int not null default 0,
    reason       text,
    detail       text,
    ends_at      timestamptz not null,
    told_at      timestamptz,
    ended_at     timestamptz,
    request_key  text,
    fingerprint  bytea,
    check ((ended_at is not null) = (state in ('CLOSED', 'EXPIRED', 'FAILED'))),
    check ((request_key is null) = (fingerprint is null))
);
create unique index tunnel_open on tunnel (task_id) where ended_at is null;
create index tunnel_by_task on tunnel (task_id, started_at desc);
create unique index tunnel_by_request on tunnel (developer_id, request_key) where request_key is not null;
