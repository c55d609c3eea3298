-- What a person was asked to approve, and what they said. One request of a case waits at a time. What was said is
-- kept in the row until a worker has carried it out, which ends the request.
create table approval (
    id text primary key,
    case_id text not null references cases (id),
    ordinal bigint not null,
    proposal text not null,
    amount bigint not null check (amount > 0),
    currency text not null check (length(currency) = 3),
    seen_at bigint not null,
    made_at bigint not null,
    expires_at bigint not null,
    state text not null check (state in ('waiting', 'approved', 'declined', 'expired', 'overruled')),
    word text check (word in ('approve', 'decline')),
    by_whom text,
    word_amount bigint check (word_amount > 0 and word_amount <= amount),
    why text,
    said_at bigint,
    log_seq bigint not null references log (seq),
    unique (case_id, ordinal),
    check ((word is null) = (by_whom is null) and (word is null) = (said_at is null)),
    -- A comparison with null would be no refusal.
    check (state <> 'approved' or coalesce(word, '') = 'approve'),
    check (state <> 'declined' or coalesce(word, '') = 'decline')
);
create unique index approval_waits on approval (case_id) where state = 'waiting';
