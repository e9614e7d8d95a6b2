-- Which machines may join the coordinators' cluster, where they are trusted like a coordinator; all others reach it by
-- the gateway alone. Tokens that nobody made are those of a coordinator's own start-up, whose workers are in its cluster.
alter table enrolment_token add column cluster boolean not null default false;
alter table machine add column cluster boolean not null default false;

update enrolment_token set cluster = true where created_by is null;
update machine m
   set cluster = true
  from enrolment_token t
 where t.machine_id = m.id and t.cluster;
