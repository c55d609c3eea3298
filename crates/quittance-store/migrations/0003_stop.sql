-- The stop switch: one row, which every refund reads before it is marked and before it is sent. A row
-- that cannot be read, or is not there, stops money too. `why` gathers every reason since it was thrown.
create table stop (
    id bigint primary key check (id = 1),
    is_stopped bigint not null check (is_stopped in (0, 1)),
    why text not null,
    by_whom text not null,
    at bigint not null
);
insert into stop (id, is_stopped, why, by_whom, at) values (1, 0, '', '', 0);
