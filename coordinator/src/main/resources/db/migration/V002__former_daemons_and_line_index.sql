-- A machine's former daemons: a hello of one of them that comes late must not end what the present one runs.
-- Lines of a log are looked up with the chunk's place as the tie-break: a long line without a line feed spans many chunks.

alter table presence add column former uuid[] not null default '{}';

drop index log_chunk_by_line;
create index log_chunk_by_line on log_chunk (task_id, attempt, line, start);

-- How many there were in the last minute decides whether one more is noted.
create index incident_by_time on incident (type, at);
