-- People with more than a password of their own: one-time passwords, second factors, personal access tokens.

-- Set while the password is one that somebody else chose: until when it lets its owner in, to replace it.
alter table developer add column one_time_until timestamptz;

create index session_living on session (developer_id) where ended_at is null;

-- A second factor: codes of 30 s steps (RFC 6238). Off until its owner has shown one of its codes.
create table totp (
    developer_id bigint primary key references developer (id),
    -- Encrypted by a key outside the database, and bound to the developer.
    secret       bytea not null,
    made_at      timestamptz not null default now(),
    confirmed_at timestamptz,
    -- The newest step whose code was taken: it and all before it are used up.
    last_step    bigint not null default 0,
    -- Tries since the last right one; after some of them the next has to wait.
    tries        int not null default 0 check (tries >= 0),
    not_before   timestamptz
);

-- Ten for each second factor, each good once in place of a code.
create table recovery_code (
    developer_id bigint not null references totp (developer_id) on delete cascade,
    mac          bytea not null,
    used_at      timestamptz,
    primary key (developer_id, mac)
);

-- Bearer tokens for programs that act as their owner. Only their SHA-256 is kept; they have 178 random bits.
create table personal_token (
    id           bigint generated always as identity primary key,
    developer_id bigint not null references developer (id),
    label        text not null,
    hash         bytea not null check (octet_length(hash) = 32),
    scopes       text[] not null check (cardinality(scopes) > 0),
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    constraint personal_token_hash_key unique (hash)
);
create index personal_token_developer on personal_token (developer_id, id);
