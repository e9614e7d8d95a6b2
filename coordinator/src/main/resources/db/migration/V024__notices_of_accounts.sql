-- Who is told what an admin made of their account, whoever else that admin is.

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
