-- A message with a card number may be redacted in Intercom: another kind of effect. A check cannot be changed in
-- both databases, so the table is made anew; its guards are set up again at every start.
create table effect_next (
    id text primary key,
    case_id text not null references cases (id),
    ordinal bigint not null,
    kind text not null check (kind in ('reply', 'note', 'assign', 'close', 'redact')),
    body text not null,
    state text not null check (state in ('planned', 'marked', 'done', 'dropped')),
    first_send bigint,
    attempt bigint not null default 0 check (attempt between 0 and 4),
    part_id text,
    log_seq bigint not null references log (seq),
    not_before bigint not null default 0,
    conversation_at bigint not null default 0,
    unique (case_id, ordinal),
    check (state not in ('marked', 'done') or first_send is not null)
);
insert into effect_next (id, case_id, ordinal, kind, body, state, first_send, attempt, part_id, log_seq, not_before, conversation_at)
select id, case_id, ordinal, kind, body, state, first_send, attempt, part_id, log_seq, not_before, conversation_at from effect;
drop table effect;
alter table effect_next rename to effect;
create index effect_open on effect (case_id, ordinal) where state in ('planned', 'marked');
