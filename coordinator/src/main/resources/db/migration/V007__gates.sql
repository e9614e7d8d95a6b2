-- Questions that stages ask people before they run. A row is a question as it was asked; its id names it, so that an
-- answer can only meet what it was given for.
--
-- INVARIANT: at most one gate of a task is open (outcome is null), and it is exactly while the task is SUSPENDED with the
-- reason GATE. Whoever moves such a task closes its gate in the same transaction.
create table gate (
    id          uuid primary key default gen_random_uuid(),
    task_id     bigint not null,
    attempt     int not null,
    stage       int not null,
    kind        text not null check (kind in ('confirm', 'choice', 'input')),
    choices     jsonb,
    fallback    text,
    opened_at   timestamptz not null default now(),
    expires_at  timestamptz not null,
    closed_at   timestamptz,
    -- over: the attempt ended before anybody answered
    outcome     text check (outcome in ('answered', 'fallback', 'timed_out', 'over')),
    result      text,
    answered_by bigint references developer (id),
    check ((choices is not null) = (kind = 'choice')),
    check ((closed_at is not null) = (outcome is not null)),
    check ((result is not null) = coalesce(outcome in ('answered', 'fallback'), false)),
    check ((answered_by is not null) = coalesce(outcome = 'answered', false))
);
create unique index gate_open on gate (task_id) where outcome is null;
create index gate_due on gate (expires_at) where outcome is null;
create index gate_of_stage on gate (task_id, attempt, stage);
