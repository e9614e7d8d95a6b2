-- Secrets that bring a machine back: the one that did last, those handed out since whose answers may have got lost, and
-- those of before. Whoever shows one of the last holds a copy of what the machine once was.
create table recovery_secret (
    hash       bytea primary key,
    machine_id uuid not null references machine (id),
    state      text not null check (state in ('current', 'offered', 'retired')),
    -- when one that was retired was shown again, for the first time
    reused_at  timestamptz
);
create index recovery_secret_of_machine on recovery_secret (machine_id) where state <> 'retired';
insert into recovery_secret (hash, machine_id, state)
select recovery_hash, id, 'current' from machine
 union all
select recovery_next, id, 'offered' from machine where recovery_next is not null;
alter table machine
    drop column recovery_hash,
    drop column recovery_next;

create or replace function notify_of_incidents() returns trigger language plpgsql as $$
begin
    insert into notification (developer_id, kind, machine_id, data)
    select d.id, 'machine_drained', (i.data ->> 'machineId')::uuid,
           jsonb_build_object('name', i.data -> 'name', 'reason', i.data -> 'reason')
      from added i
      join developer d on d.role in ('lead', 'admin') and d.disabled_at is null
     where i.type in ('disk_full', 'machine_quarantined')
     union all
    select (i.data ->> 'developer')::bigint, 'session_ended', null, '{}'
      from added i
     where i.type = 'session.refresh_reused';
    return null;
end
$$;
