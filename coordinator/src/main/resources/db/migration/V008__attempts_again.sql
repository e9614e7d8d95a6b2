-- How often the attempt was taken from its machine before its first stage, by a loss that may be the task's own doing.
-- A retry makes another attempt, so for a person's next try it counts from none.
alter table attempt add column losses int not null default 0;

-- Which try of the present stage it is, and how many there are at most; null for a stage that is tried once.
alter table task add column try int, add column tries int,
    add constraint task_try check ((try is null) = (tries is null) and try between 1 and tries);

-- Which stage an attempt got to, and whose workspace it works in; null for its own. What ran before this column was
-- there got to the stage its task shows.
alter table attempt add column stage int,
                    add column workspace int check (workspace < number);
update attempt a set stage = t.stage from task t where t.id = a.task_id and t.attempt = a.number;

-- Where the task's newest attempt goes on: with which stage, in which attempt's workspace, on the machine that holds
-- it. All null for one that begins anew. While it waits, queue.pinned is that machine.
alter table task add column from_stage int check (from_stage >= 0), add column from_attempt int,
                 add column from_machine uuid,
    add constraint task_continues check ((from_stage is null) = (from_attempt is null)
                                     and (from_stage is null) = (from_machine is null)
                                     and from_attempt < attempt);
