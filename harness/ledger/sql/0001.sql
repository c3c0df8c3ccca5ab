-- Version 1: what was done, what each receiver holds, and the chain of events that protects both.
-- One text for SQLite and PostgreSQL; triggers, whose dialects differ, are in 0001.<dialect>.sql.
-- Times are ISO 8601 UTC text with microseconds and Z; booleans are 0 and 1.

create table run (
    run_id text primary key,
    command text not null,
    status text not null check (status in ('running', 'succeeded', 'partial', 'blocked', 'failed', 'locked')),
    who text not null,
    why text,
    is_dry_run bigint not null check (is_dry_run in (0, 1)),
    code_checksum text,
    input_checksum text,
    manifest_checksum text,
    versions text not null,
    seconds text not null,
    counts text not null,
    detail text not null,
    started_at text not null,
    ended_at text,
    exit_status bigint,
    error_code text,
    error_message text
);

create table target_run (
    run_id text not null references run (run_id),
    target text not null,
    endpoint text not null,
    outcome text not null check (outcome in ('succeeded', 'partial', 'failed', 'blocked')),
    error_code text,
    consecutive_failures bigint not null,
    ended_at text not null,
    primary key (run_id, target, endpoint)
);

create table gate_result (
    run_id text not null references run (run_id),
    position bigint not null,
    checkpoint text not null,
    rule text not null,
    expectation text not null,
    severity text not null check (severity in ('block', 'hold', 'warn')),
    sentence text not null,
    rows_checked bigint,
    rows_failing bigint,
    is_passed bigint not null check (is_passed in (0, 1)),
    primary key (run_id, position)
);

create table gate_pass (
    run_id text primary key references run (run_id),
    passed_at text not null
);

create table legal_move (
    from_state text not null,
    to_state text not null,
    primary key (from_state, to_state)
);

create table delivery (
    target text not null,
    endpoint text not null,
    delivery_key text not null,
    client_ref text not null,
    state text not null check (state in ('pending', 'rendered', 'promoting', 'confirmed', 'unchanged', 'held',
                                         'rejected', 'retry_wait', 'dead', 'superseded', 'rolled_back')),
    from_state text not null,
    action text not null,
    run_id text not null references run (run_id),
    gate_run_id text not null references gate_pass (run_id),
    document_checksum text,
    sha256 text,
    bytes bigint,
    release text,
    confirmed_checksum text,
    confirmed_sha256 text,
    confirmed_bytes bigint,
    confirmed_release text,
    confirmed_run_id text,
    confirmed_at text,
    attempts bigint not null,
    next_attempt_at text,
    code text,
    message text,
    updated_at text not null,
    event_seq bigint not null,
    primary key (target, endpoint, delivery_key),
    check (state not in ('confirmed', 'unchanged') or confirmed_checksum is not null),
    check ((state = 'retry_wait') = (next_attempt_at is not null))
);
create index delivery_by_client on delivery (client_ref);

create table attempt (
    run_id text not null references run (run_id),
    target text not null,
    endpoint text not null,
    delivery_key text not null,
    number bigint not null,
    action text not null,
    from_state text not null,
    document_checksum text,
    started_at text not null,
    ended_at text,
    outcome text,
    code text,
    message text,
    primary key (run_id, target, endpoint, delivery_key),
    foreign key (target, endpoint, delivery_key) references delivery (target, endpoint, delivery_key)
);
create index attempt_by_key on attempt (target, endpoint, delivery_key);

create table retry_queue (
    target text not null,
    endpoint text not null,
    delivery_key text not null,
    attempts bigint not null,
    next_attempt_at text not null,
    code text,
    queued_at text not null,
    run_id text not null references run (run_id),
    primary key (target, endpoint, delivery_key),
    foreign key (target, endpoint, delivery_key) references delivery (target, endpoint, delivery_key)
);
create index retry_queue_by_time on retry_queue (next_attempt_at);

create table artifact (
    run_id text not null references run (run_id),
    target text not null,
    endpoint text not null,
    kind text not null check (kind in ('release', 'bundle', 'backup', 'published', 'state', 'report')),
    path text not null,
    sha256 text,
    bytes bigint,
    created_at text not null,
    primary key (run_id, target, endpoint, kind, path)
);

create table reject (
    run_id text not null references run (run_id),
    target text not null,
    endpoint text not null,
    delivery_key text not null,
    client_ref text not null,
    document_checksum text,
    code text,
    message text,
    rejected_at text not null,
    primary key (run_id, target, endpoint, delivery_key)
);

create table alert (
    alert_id text primary key,
    subject text not null check (subject in ('target', 'client')),
    target text not null,
    endpoint text not null,
    client_ref text not null,
    failures bigint not null,
    error_code text,
    run_id text not null references run (run_id),
    raised_at text not null,
    recovered_run_id text references run (run_id),
    recovered_at text,
    detail text not null
);

create table event (
    seq bigint primary key,
    at text not null,
    run_id text not null references run (run_id),
    kind text not null,
    target text,
    endpoint text not null,
    delivery_key text,
    detail text not null,
    prev_hash text not null,
    hash text not null unique
);
create index event_by_key on event (delivery_key);
create index event_by_run on event (run_id);

-- the end of the chain: whoever writes locks this row first, so that two writers never hash the same event
create table event_head (
    id bigint primary key check (id = 1),
    seq bigint not null,
    hash text not null
);
insert into event_head (id, seq, hash) values (1, 0, '');
