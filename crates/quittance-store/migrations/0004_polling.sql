-- How far each recurring look has come: at Intercom's changes, at Stripe's refunds. One node at a time
-- looks: `run` grows with every claim, and only the newest one may move `at`.
create table watermark (
    name text primary key,
    at bigint not null,
    claimed_until bigint not null default 0,
    run bigint not null default 0
);

-- Differences between the log and Stripe that a person has looked at and lets stand.
create table accepted (
    object text not null,
    kind text not null,
    why text not null,
    by_whom text not null,
    at bigint not null,
    log_seq bigint not null references log (seq),
    primary key (object, kind)
);

-- The newest change of the conversation that the case was woken for, in Intercom's time.
alter table cases add column seen_change bigint not null default 0;

create index intent_by_log on intent (log_seq);
create index intent_by_charge on intent (charge);
