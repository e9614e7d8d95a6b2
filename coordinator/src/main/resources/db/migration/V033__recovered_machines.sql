-- How often the machine was let back in by its recovery secret, and when last. Its tokens say the number: one of before is
-- somebody else's copy.
alter table machine
    add column generation integer not null default 0,
    add column recovered_at timestamptz;
