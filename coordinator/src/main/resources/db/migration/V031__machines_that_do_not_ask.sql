-- Why a machine asks for no work though it is heard of; null if it does, or never said.
alter table presence
    add column pause text check (pause in ('STOPPING', 'DISK'));
