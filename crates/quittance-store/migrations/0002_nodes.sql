-- The nodes that serve this database, and whose each lease is. A node is alive while it was seen lately.
create table node (
    id text primary key,
    build text not null,
    policy text not null,
    started_at bigint not null,
    seen_at bigint not null
);
alter table cases add column holder text;
create index cases_held on cases (holder) where lease_until > 0;
