-- How often the attempt was taken from its machine before its first stage, by a loss that may be the task's own doing.
-- A retry makes another attempt, so for a person's next try it counts from none.
alter table attempt add column losses int not null default 0;
