-- Until when an effect whose sender got no answer may still be carried out: before that it is looked for
-- and not sent again.
alter table effect add column not_before bigint not null default 0;
