-- When a case wants to be looked at if the customer does not answer, 0 for never, and how often they were
-- reminded.
alter table cases add column follow_at bigint not null default 0;
alter table cases add column reminders bigint not null default 0;
