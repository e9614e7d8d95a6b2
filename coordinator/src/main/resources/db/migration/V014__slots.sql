-- Whether a leased task takes a slot of its machine, and a place in its project's limit: not while it waits at a gate.
-- The planner puts it in place of the call.
create function takes_slot(state text, reason text) returns boolean immutable language sql as $$
    select not (state = 'SUSPENDED' and reason = 'GATE')
$$;
