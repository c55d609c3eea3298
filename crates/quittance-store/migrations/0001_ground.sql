-- The ground: everything one workspace remembers. Valid on SQLite and PostgreSQL: columns are TEXT and
-- BIGINT, instants are milliseconds since 1970 (UTC), amounts are minor units.

-- The action log. One row holds the head; every transaction that appends starts by updating it, which
-- takes the lock on either database.
create table log_head (
    id bigint primary key check (id = 1),
    seq bigint not null,
    hash text not null
);
insert into log_head (id, seq, hash)
values (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

create table log (
    seq bigint primary key,
    at bigint not null,
    case_id text,
    kind text not null,
    body text not null,
    previous text not null,
    hash text not null unique
);
create index log_by_case on log (case_id, seq);

-- Every webhook that was acknowledged, for ever: an id counts once.
create table inbox (
    source text not null,
    id text not null,
    topic text not null,
    case_id text,
    received_at bigint not null,
    primary key (source, id)
);

-- One row per conversation. `due_at` is when it wants work, if it does; `fence` grows with every lease,
-- and every write of a worker carries it; `wakes` counts what happened, so that nothing that happens
-- during a step is lost at its end. `recheck` asks for a look at the case's refunds.
create table cases (
    id text primary key,
    workspace text not null,
    conversation text not null,
    state text not null check (state in ('open', 'awaiting_customer', 'awaiting_person', 'settling', 'closed')),
    due_at bigint,
    lease_until bigint not null default 0,
    fence bigint not null default 0,
    wakes bigint not null default 0,
    recheck bigint not null default 0,
    woken_at bigint not null default 0,
    waiting_since bigint not null default 0,
    failures bigint not null default 0,
    questions bigint not null default 0,
    handled_part text,
    language text,
    created_at bigint not null,
    updated_at bigint not null,
    unique (workspace, conversation)
);
create index cases_due on cases (due_at) where due_at is not null;

-- One allowed refund each, written down before it is sent. `body` is the exact request.
create table intent (
    decision_id text primary key,
    case_id text not null references cases (id),
    idem_key text not null unique,
    body text not null,
    body_sha text not null,
    charge text not null,
    customer text not null,
    amount bigint not null check (amount > 0),
    currency text not null check (length(currency) = 3),
    state text not null check (state in ('intent', 'marked', 'unknown', 'parked', 'confirmed', 'void', 'failed', 'reversed')),
    first_send bigint,
    last_send bigint,
    settled_at bigint,
    attempt bigint not null default 0 check (attempt between 0 and 4),
    epoch bigint not null,
    refund_id text unique,
    refund_status text,
    why text,
    log_seq bigint not null references log (seq),
    check (state <> 'confirmed' or refund_id is not null),
    check (state not in ('marked', 'unknown') or first_send is not null)
);
-- One refund of a charge by the program, and one of a customer's at a time: a second one is for people.
create unique index one_per_charge on intent (charge) where state in ('intent', 'marked', 'unknown', 'parked', 'confirmed');
create unique index one_live_per_customer on intent (customer) where state in ('intent', 'marked', 'unknown', 'parked');
create index intent_by_case on intent (case_id);

-- The moves an intent may make.
create table allowed_move (
    f text not null,
    t text not null,
    primary key (f, t)
);
insert into allowed_move (f, t) values
    ('intent', 'marked'), ('intent', 'void'),
    ('marked', 'marked'), ('marked', 'unknown'), ('marked', 'confirmed'), ('marked', 'void'),
    ('unknown', 'marked'), ('unknown', 'unknown'), ('unknown', 'confirmed'), ('unknown', 'parked'),
    ('parked', 'confirmed'), ('parked', 'failed'), ('confirmed', 'reversed');

-- Spending: reserved before a refund is sent, posted when it is confirmed, given back when it is void.
create table budget (
    scope text not null,
    window_start bigint not null,
    currency text not null check (length(currency) = 3),
    cap bigint not null,
    posted bigint not null default 0,
    pending bigint not null default 0,
    primary key (scope, window_start, currency),
    check (posted >= 0 and pending >= 0 and posted + pending <= cap)
);
create table reservation (
    decision_id text not null references intent (decision_id),
    scope text not null,
    window_start bigint not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    primary key (decision_id, scope, window_start, currency)
);

-- What is to be done in Intercom, in order: replies, notes, assignments, closings. Intercom has no
-- idempotency keys, so a marked one is looked for before it is sent again.
create table effect (
    id text primary key,
    case_id text not null references cases (id),
    ordinal bigint not null,
    kind text not null check (kind in ('reply', 'note', 'assign', 'close')),
    body text not null,
    state text not null check (state in ('planned', 'marked', 'done', 'dropped')),
    first_send bigint,
    attempt bigint not null default 0 check (attempt between 0 and 4),
    part_id text,
    log_seq bigint not null references log (seq),
    unique (case_id, ordinal),
    check (state not in ('marked', 'done') or first_send is not null)
);
create index effect_open on effect (case_id, ordinal) where state in ('planned', 'marked');

-- Every policy version that was ever live, with its text.
create table policy_version (
    version text primary key,
    title text not null,
    text text not null,
    loaded_at bigint not null
);
