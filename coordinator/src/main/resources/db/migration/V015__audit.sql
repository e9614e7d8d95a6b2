-- Who did what. Written by the statement that does it, so that neither is there without the other; sealed afterwards.

create table audit_entry (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default clock_timestamp(),
    actor_kind  text not null check (actor_kind in ('person', 'machine', 'system', 'unknown')),
    actor_id    text,
    actor_name  text,
    address     text,
    request     text,
    action      text not null check (action ~ '^[a-z_]+(\.[a-z_]+)+$'),
    target_kind text,
    target_id   text,
    outcome     text not null default 'done' check (outcome in ('done', 'denied')),
    data        jsonb not null default '{}',
    -- Numbers without a gap, in the order of sealing: a transaction that began early may end late.
    seq         bigint,
    mac         bytea,
    constraint audit_entry_seq_key unique (seq),
    check ((seq is null) = (mac is null)),
    check ((target_kind is null) = (target_id is null))
);
create index audit_entry_unsealed on audit_entry (id) where seq is null;

-- For statements that do something: select note_act($1, 'project.update', 'project', key, jsonb_build_object(...)) from changed.
-- Its first argument says who: kind, id, name, address and request.
create function note_act(by jsonb, action text, target_kind text, target_id text, data jsonb) returns bigint
language sql as $$
    insert into audit_entry (actor_kind, actor_id, actor_name, address, request, action, target_kind, target_id, data)
    values (by ->> 'kind', by ->> 'id', by ->> 'name', by ->> 'address', by ->> 'request', action, target_kind,
            target_id, coalesce(data, '{}'))
    returning id
$$;
