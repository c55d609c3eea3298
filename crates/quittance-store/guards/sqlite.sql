-- What SQLite itself refuses, whatever the program does. Created at every start, so that a dropped
-- trigger comes back.
create trigger if not exists log_no_update before update on log
begin select raise(abort, 'the log is append-only'); end;
create trigger if not exists log_no_delete before delete on log
begin select raise(abort, 'the log is append-only'); end;
-- A replacing insert slips past the delete trigger, so the number must be the next one.
create trigger if not exists log_next before insert on log
when new.seq is null or new.seq <> (select coalesce(max(seq), 0) + 1 from log)
begin select raise(abort, 'log gap or overwrite'); end;
create trigger if not exists log_head_forward before update on log_head
when new.seq < old.seq
begin select raise(abort, 'the log never shrinks'); end;
create trigger if not exists log_head_stays before delete on log_head
begin select raise(abort, 'the log never shrinks'); end;
create trigger if not exists inbox_for_ever before delete on inbox
begin select raise(abort, 'a webhook counts once for ever'); end;
create trigger if not exists intent_stays before delete on intent
begin select raise(abort, 'an intent is never deleted'); end;
create trigger if not exists intent_begins before insert on intent
when new.state <> 'intent' or new.attempt <> 0 or new.first_send is not null or new.refund_id is not null
begin select raise(abort, 'an intent begins unsent'); end;
create trigger if not exists intent_moves before update of state on intent
when not exists (select 1 from allowed_move where f = old.state and t = new.state)
begin select raise(abort, 'forbidden move'); end;
create trigger if not exists intent_void_only_first before update of state on intent
when new.state = 'void' and (old.attempt > 1 or new.attempt <> old.attempt)
begin select raise(abort, 'void only after a first send'); end;
create trigger if not exists intent_frozen before update of decision_id, case_id, idem_key, body, body_sha, charge, customer, amount, currency, log_seq on intent
begin select raise(abort, 'an intent is frozen'); end;
create trigger if not exists intent_first_send before update of first_send on intent
when old.first_send is not null and (new.first_send is null or new.first_send <> old.first_send)
begin select raise(abort, 'the first send stays'); end;
create trigger if not exists effect_stays before delete on effect
begin select raise(abort, 'an effect is never deleted'); end;
create trigger if not exists effect_frozen before update of id, case_id, ordinal, kind, body, log_seq on effect
begin select raise(abort, 'an effect is frozen'); end;
create trigger if not exists effect_ends before update of state on effect
when old.state in ('done', 'dropped') and new.state <> old.state
begin select raise(abort, 'an effect ends once'); end;
create trigger if not exists policy_version_frozen before update on policy_version
begin select raise(abort, 'a policy version is frozen'); end;
create trigger if not exists policy_version_stays before delete on policy_version
begin select raise(abort, 'a policy version is kept'); end;
create trigger if not exists policy_live_stays before delete on policy_live
begin select raise(abort, 'the live policy is kept'); end;
create trigger if not exists policy_live_grows before update of act on policy_live
when new.act < old.act
begin select raise(abort, 'a change of policy is a new act'); end;
create trigger if not exists approval_frozen before update of id, case_id, ordinal, proposal, amount, currency, seen_at, made_at, expires_at, log_seq on approval
begin select raise(abort, 'a request is frozen'); end;
create trigger if not exists approval_stays before delete on approval
begin select raise(abort, 'a request is kept'); end;
create trigger if not exists approval_word before update of word, by_whom, word_amount, why, said_at on approval
when old.word is not null or old.state <> 'waiting'
begin select raise(abort, 'a word is given once'); end;
create trigger if not exists approval_ends before update of state on approval
when old.state <> 'waiting'
begin select raise(abort, 'a request ends once'); end;
create trigger if not exists accepted_frozen before update on accepted
begin select raise(abort, 'what was accepted stays'); end;
create trigger if not exists accepted_stays before delete on accepted
begin select raise(abort, 'what was accepted stays'); end;
create trigger if not exists allowed_move_frozen before insert on allowed_move
begin select raise(abort, 'the moves are fixed'); end;
create trigger if not exists allowed_move_fixed before update on allowed_move
begin select raise(abort, 'the moves are fixed'); end;
