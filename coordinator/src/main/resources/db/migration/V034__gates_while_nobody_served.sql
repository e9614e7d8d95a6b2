-- When a coordinator last looked after gates. Until it looks again nobody can answer any.
create table gate_sweep (
    id       int primary key default 1 check (id = 1),
    swept_at timestamptz not null default now()
);
insert into gate_sweep default values;
