-- Which policy is live: one row for all nodes. `act` grows with every change, so that a node sees that there was
-- one. What a first person wants to be live waits in `proposed` for a second one, where two are needed.
create table policy_live (
    id bigint primary key check (id = 1),
    version text references policy_version (version),
    act bigint not null,
    by_whom text not null,
    at bigint not null,
    proposed text references policy_version (version),
    proposed_by text,
    proposed_at bigint,
    check ((proposed is null) = (proposed_by is null) and (proposed is null) = (proposed_at is null))
);
insert into policy_live (id, version, act, by_whom, at, proposed, proposed_by, proposed_at)
values (1, null, 0, '', 0, null, null, null);
