-- Each piece of a log is chained to those before it, so that one that was altered, removed or added shows. Pieces that
-- were stored before this have no link.
alter table log_chunk add column link bytea check (octet_length(link) = 32);
alter table attempt add column log_link bytea not null default decode(repeat('00', 32), 'hex')
    check (octet_length(log_link) = 32);

create function next_link(link bytea, before bytea, digest bytea) returns bytea
language sql immutable parallel safe
return sha256(coalesce(link, before) || digest);

-- The link of the last of some pieces: before is the one in front of them all, digest each one's.
create aggregate chained (before bytea, digest bytea) (sfunc = next_link, stype = bytea);
