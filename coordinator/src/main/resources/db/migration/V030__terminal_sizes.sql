-- Which sizes people gave the terminal of an attempt's stages, and where in its output. Before the first it has the one
-- that terminals open with. What a log had that began anew has another fence.
create table terminal_size (
    task_id bigint not null,
    attempt int not null,
    fence   bigint not null,
    start   bigint not null check (start >= 0),
    columns int not null check (columns between 1 and 1000),
    rows    int not null check (rows between 1 and 1000),
    primary key (task_id, attempt, fence, start)
);
