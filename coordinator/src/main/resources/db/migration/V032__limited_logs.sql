-- A log keeps its beginning and its end. What lay between is one row, without bytes: how many there were, and the link of
-- the last piece, so that those behind it are still chained. There are none yet, so no row needs to be looked at.
alter table log_chunk
    add column dropped bigint,
    add constraint log_chunk_dropped check (dropped is null or dropped > 0 and octet_length(bytes) = 0) not valid;
