-- Whether the machine was drained since its disk was full, and the disk was full ever since. An operator may undrain it
-- all the same, and it is drained again only once there was room in between.
alter table presence add column disk_drained boolean not null default false;
