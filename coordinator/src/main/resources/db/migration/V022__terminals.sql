-- Lets one person open one terminal's socket, once and within a minute. Redeemed, it is gone.
create table channel_token (
    token_hash   bytea primary key,
    task_id      bigint not null,
    attempt      int not null,
    terminal     text not null,
    mode         text not null check (mode in ('watch', 'control')),
    developer_id bigint not null references developer (id),
    expires_at   timestamptz not null
);
create index channel_token_expiry on channel_token (expires_at);

-- Who sits at which terminal, at whichever coordinator; rows of a coordinator that died grow old. Neither this nor who
-- types outlives a crash of the database: seats are written anew within a second, and whoever typed has to take that
-- again.
create unlogged table terminal_seat (
    id           uuid primary key,
    task_id      bigint not null,
    attempt      int not null,
    terminal     text not null,
    developer_id bigint not null,
    mode         text not null check (mode in ('watch', 'control')),
    since        timestamptz not null default now(),
    seen_at      timestamptz not null default now()
);
create index terminal_seat_by_terminal on terminal_seat (task_id, attempt, terminal);

-- Whose keys a terminal takes. INVARIANT: a later holder has a larger epoch, so whoever hears of two knows which counts.
create unlogged table terminal_control (
    task_id  bigint not null,
    attempt  int not null,
    terminal text not null,
    seat     uuid not null,
    epoch    bigint not null,
    since    timestamptz not null default now(),
    primary key (task_id, attempt, terminal)
);
create sequence terminal_epoch;
