-- Audit entries are never changed and never removed. What comes out of the ordinary path anyway, by hand of a
-- superuser, breaks the chain of seals, which says where (coordinator/audit.md).

-- An entry that is not sealed yet is in none of these: whoever does something does not pay for how it is looked up.
alter table audit_entry drop constraint audit_entry_seq_key;
create unique index audit_entry_seq on audit_entry (seq) where seq is not null;
create index audit_entry_actor on audit_entry (actor_id, seq) where seq is not null;
create index audit_entry_action on audit_entry (action, seq) where seq is not null;
create index audit_entry_target on audit_entry (target_kind, target_id, seq) where seq is not null;
create index audit_entry_at on audit_entry (at) where seq is not null;

alter table audit_entry add constraint audit_entry_mac_length check (octet_length(mac) = 32);

-- Each row is updated once, when it is sealed: vacuum keeps the index of the unsealed short.
alter table audit_entry set (autovacuum_vacuum_scale_factor = 0.05);

create function refuse_audit_change() returns trigger
language plpgsql as $$
declare
    unsealed audit_entry;
begin
    if tg_op = 'UPDATE' and old.seq is null and new.seq is not null then
        unsealed := new;
        unsealed.seq := null;
        unsealed.mac := null;
        if unsealed is not distinct from old then
            return new;
        end if;
    end if;
    raise exception 'audit entries are never changed or removed' using errcode = 'restrict_violation';
end
$$;

create trigger audit_entry_stays before update or delete on audit_entry
    for each row execute function refuse_audit_change();
create trigger audit_entry_stays_whole before truncate on audit_entry
    for each statement execute function refuse_audit_change();

-- As note_act, of what was tried and refused.
create function note_denial(by jsonb, action text, target_kind text, target_id text, data jsonb) returns bigint
language sql as $$
    insert into audit_entry (actor_kind, actor_id, actor_name, address, request, action, target_kind, target_id, outcome,
                             data)
    values (by ->> 'kind', by ->> 'id', by ->> 'name', by ->> 'address', by ->> 'request', action, target_kind,
            target_id, 'denied', coalesce(data, '{}'))
    returning id
$$;
