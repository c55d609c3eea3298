-- What PostgreSQL itself refuses, whatever the program does: the twin of sqlite.sql, guard by guard, and
-- besides that no table that must be kept may be emptied. Set up at every start, so that a guard that was
-- dropped or disabled comes back. Whoever owns the tables can still take them away: let the program's role
-- own them, and nobody else's.

create or replace function quittance_refuse() returns trigger language plpgsql as $$
begin raise exception '%', tg_argv[0] using errcode = 'restrict_violation'; end $$;

-- A replacing insert is an update here; a number out of order is refused as in SQLite.
create or replace function quittance_log_next() returns trigger language plpgsql as $$
begin
    if new.seq is null or new.seq <> (select coalesce(max(seq), 0) + 1 from log) then
        raise exception 'log gap or overwrite' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;

create or replace function quittance_intent_moves() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from allowed_move where f = old.state and t = new.state) then
        raise exception 'forbidden move' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;

-- Makes a trigger that is not there, and has it fire in every session, a replicating one too.
create or replace function quittance_trigger(guard text, of_table text, definition text) returns void
language plpgsql as $$
begin
    if not exists (select 1 from pg_trigger where tgname = guard and tgrelid = of_table::regclass) then
        execute format('create trigger %I %s', guard, definition);
    end if;
    if exists (select 1 from pg_trigger where tgname = guard and tgrelid = of_table::regclass and tgenabled <> 'A') then
        execute format('alter table %I enable always trigger %I', of_table, guard);
    end if;
end $$;

-- Refuses every row of a change that meets the condition.
create or replace function quittance_guard(guard text, of_table text, change text, says text, condition text default 'true')
returns void language plpgsql as $$
begin
    perform quittance_trigger(guard, of_table, format(
        'before %s on %I for each row when (%s) execute function quittance_refuse(%L)', change, of_table, condition, says));
end $$;

select quittance_guard('log_no_update', 'log', 'update', 'the log is append-only');
select quittance_guard('log_no_delete', 'log', 'delete', 'the log is append-only');
select quittance_trigger('log_next', 'log', 'before insert on log for each row execute function quittance_log_next()');
select quittance_guard('log_head_forward', 'log_head', 'update', 'the log never shrinks', 'new.seq < old.seq');
select quittance_guard('log_head_stays', 'log_head', 'delete', 'the log never shrinks');
select quittance_guard('inbox_for_ever', 'inbox', 'delete', 'a webhook counts once for ever');
select quittance_guard('intent_stays', 'intent', 'delete', 'an intent is never deleted');
select quittance_guard('intent_begins', 'intent', 'insert', 'an intent begins unsent',
    'new.state <> ''intent'' or new.attempt <> 0 or new.first_send is not null or new.refund_id is not null');
select quittance_trigger('intent_moves', 'intent',
    'before update of state on intent for each row execute function quittance_intent_moves()');
select quittance_guard('intent_void_only_first', 'intent', 'update of state', 'void only after a first send',
    'new.state = ''void'' and (old.attempt > 1 or new.attempt <> old.attempt)');
select quittance_guard('intent_frozen', 'intent',
    'update of decision_id, case_id, idem_key, body, body_sha, charge, customer, amount, currency, log_seq', 'an intent is frozen');
select quittance_guard('intent_first_send', 'intent', 'update of first_send', 'the first send stays',
    'old.first_send is not null and (new.first_send is null or new.first_send <> old.first_send)');
select quittance_guard('effect_stays', 'effect', 'delete', 'an effect is never deleted');
select quittance_guard('effect_frozen', 'effect', 'update of id, case_id, ordinal, kind, body, log_seq', 'an effect is frozen');
select quittance_guard('effect_ends', 'effect', 'update of state', 'an effect ends once',
    'old.state in (''done'', ''dropped'') and new.state <> old.state');
select quittance_guard('policy_version_frozen', 'policy_version', 'update', 'a policy version is frozen');
select quittance_guard('policy_version_stays', 'policy_version', 'delete', 'a policy version is kept');
select quittance_guard('policy_live_stays', 'policy_live', 'delete', 'the live policy is kept');
select quittance_guard('policy_live_grows', 'policy_live', 'update of act', 'a change of policy is a new act',
    'new.act < old.act');
select quittance_guard('approval_frozen', 'approval',
    'update of id, case_id, ordinal, proposal, amount, currency, seen_at, made_at, expires_at, log_seq', 'a request is frozen');
select quittance_guard('approval_stays', 'approval', 'delete', 'a request is kept');
select quittance_guard('approval_word', 'approval', 'update of word, by_whom, word_amount, why, said_at', 'a word is given once',
    'old.word is not null or old.state <> ''waiting''');
select quittance_guard('approval_ends', 'approval', 'update of state', 'a request ends once', 'old.state <> ''waiting''');
select quittance_guard('accepted_frozen', 'accepted', 'update', 'what was accepted stays');
select quittance_guard('accepted_stays', 'accepted', 'delete', 'what was accepted stays');
select quittance_guard('allowed_move_frozen', 'allowed_move', 'insert', 'the moves are fixed');
select quittance_guard('allowed_move_fixed', 'allowed_move', 'update', 'the moves are fixed');

do $$
declare kept text;
begin
    foreach kept in array array['log', 'log_head', 'inbox', 'intent', 'effect', 'reservation', 'budget', 'policy_version', 'policy_live', 'allowed_move', 'approval'] loop
        perform quittance_trigger(kept || '_kept', kept, format(
            'before truncate on %I for each statement execute function quittance_refuse(''what is written is kept'')', kept));
    end loop;
end $$;
