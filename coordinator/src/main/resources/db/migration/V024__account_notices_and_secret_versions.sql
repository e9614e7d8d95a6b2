-- Who is told what an admin made of their account; and by which secrets what machines tell is masked.

alter table notification drop constraint notification_kind_check;
alter table notification add constraint notification_kind_check
    check (kind in ('gate_opened', 'task_completed', 'task_failed', 'task_cancelled', 'task_unrunnable',
                    'machine_drained', 'session_ended', 'account_changed'));

-- By the audit log's entry, which is written with each such change and says who made it. For each row, and not for each
-- statement as the others are: entries of accounts come one by one, and all others then cost no call.
create function notify_of_account() returns trigger language plpgsql as $$
declare
    what jsonb := case when new.action = 'totp.reset' then '{"totpReset": true}'
                       else jsonb_strip_nulls(jsonb_build_object('role', new.data #> '{role,1}',
                                                                 'disabled', new.data #> '{disabled,1}',
                                                                 'passwordReset', new.data -> 'passwordReset')) end;
begin
    -- nobody is told of what they did themselves
    if what <> '{}' and new.actor_id is distinct from new.target_id then
        insert into notification (developer_id, kind, data)
        values (new.target_id::bigint, 'account_changed',
                what || jsonb_build_object('by', jsonb_build_object('id', new.actor_id, 'name', new.actor_name)));
    end if;
    return null;
end
$$;
create trigger audit_entry_notifies after insert on audit_entry
    for each row when (new.action in ('developer.update', 'totp.reset') and new.target_kind = 'developer'
                       and new.outcome = 'done')
    execute function notify_of_account();

-- Rises with each change of the project's secrets, 0 if it never had any: what is stored of an attempt is masked by the
-- secrets of just then. Sealing them anew changes none, and leaves updated_at alone.
alter table project add column secrets_version bigint not null default 0;
update project p set secrets_version = 1 where exists (select 1 from secret s where s.project_id = p.id);
create function count_secret_change() returns trigger language plpgsql as $$
begin
    update project set secrets_version = secrets_version + 1 where id = coalesce(new.project_id, old.project_id);
    return null;
end
$$;
create trigger secret_changes after insert or delete or update of updated_at on secret
    for each row execute function count_secret_change();
