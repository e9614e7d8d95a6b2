-- What becomes of what attempts leave: never pushed, or pushed to the project's repository once the last stage succeeded.
-- What was pushed, and what came of it, is a part of attempt.work.

alter table project add column push text not null default 'never' check (push in ('never', 'on_success')),
    add constraint project_push_needs_repository check (push = 'never' or repo_url is not null);
