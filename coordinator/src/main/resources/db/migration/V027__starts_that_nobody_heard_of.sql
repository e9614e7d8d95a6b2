-- Whom a waiting task was given to, and who let it lie without a word: until then others are asked. The mark goes with
-- the row, so only the newest loss counts.
alter table queue
    add column passed_over uuid,
    add column passed_until timestamptz,
    add constraint queue_passed check ((passed_over is null) = (passed_until is null));

-- no_start: the machine is given what it never says a word of.
alter table capability_state
    drop constraint capability_state_why_check,
    add constraint capability_state_why_check
        check (why in ('binary_missing', 'auth_failure', 'rate_limit', 'unknown', 'no_start'));
