-- How often the attempt was taken from its machine before its first stage, by a loss that may be the task's own doing.
-- A retry makes another attempt, so for a person's next try it counts from none.
alter table attempt add column losses int not null default 0;

-- Which try of the present stage it is, and how many there are at most; null for a stage that is tried once.
alter table task add column try int, add column tries int,
    add constraint task_try check ((try is null) = (tries is null) and try between 1 and tries);
