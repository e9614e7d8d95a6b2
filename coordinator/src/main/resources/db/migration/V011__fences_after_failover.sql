-- The least fence that may be granted now. A standby that takes over may not know of the newest grants; it is on a later
-- timeline, and that begins above all fences of the timelines before it, so none is ever granted twice. A server that
-- does not tell its timeline has none but the first.
create function least_fence() returns bigint language plpgsql volatile as $$
begin
    return (('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint - 1) << 32;
exception
    when insufficient_privilege or feature_not_supported or undefined_function then
        return 0;
end
$$;
