-- When the conversation had last changed before an effect was first sent, by Intercom's clock: what is ours and
-- younger is this effect's, whatever our own clock said.
alter table effect add column conversation_at bigint not null default 0;
