-- Machines that fall silent, come back, and leave. Being heard of and having the right to run are two things: a silent
-- machine's tasks wait as SUSPENDED, and its leases go on until the grace window is over.

-- Since when the task's machine is not heard of; it holds beside a gate's own reason to wait.
alter table task add column lost_since timestamptz;

-- When the holder last named the lease or began it, and whether its task waits for it. INVARIANT: lost exactly while
-- task.lost_since is set; both change in one statement, under the lock of the lease. How long silence is borne is
-- expires_at - heard_at.
alter table lease add column heard_at timestamptz not null default now(),
                  add column lost boolean not null default false;

alter table project add column grace_seconds int check (grace_seconds between 0 and 604800);

-- Since when the daemon is heard of without a break.
alter table presence add column contact_since timestamptz;

-- One row: when coordinators last looked for silent machines, since when they did so without a break, and since when
-- most machines are silent at once. Kept here, since coordinators come and go.
create table sweep (
    id          int primary key default 1 check (id = 1),
    swept_at    timestamptz not null default now(),
    heard_since timestamptz not null default now(),
    crowd_since timestamptz
);
insert into sweep default values;
