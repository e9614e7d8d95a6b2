-- Why a machine is what an operator made it, and who did so when; of the last change.
alter table machine add column status_reason text check (length(status_reason) <= 500),
                    add column status_by bigint references developer (id),
                    add column status_at timestamptz;
