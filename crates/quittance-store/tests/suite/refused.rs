//! What the database itself refuses, whatever the program does: each write is tried behind its back, and
//! must be refused for the reason it is meant to be refused for.

use quittance_store::Engine;
use sqlx::error::ErrorKind;

use super::place::{engine, on_server};
use super::*;

/// Why a write is refused.
#[derive(Debug)]
enum Refused {
    /// A guard says so, in these words.
    Says(&'static str),
    /// A `check`.
    Check,
    /// There is one already.
    Unique,
    /// It points nowhere.
    Foreign,
}

use Refused::{Check, Foreign, Says, Unique};

/// A case with an intent, made by the store itself.
async fn with_intent() -> (World, Lease) {
    let world = World::new().await;
    world.arrive("n1", 1).await;
    let lease = world.lease().await.unwrap();
    world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
    (world, lease)
}

async fn refuses(world: &World, sql: &'static str, why: Refused) {
    let Err(error) = world.meddle(sql).await else { panic!("{sql} was done") };
    let database = error.as_database_error().unwrap_or_else(|| panic!("{sql}: {error}"));
    let is_meant = match why {
        Says(words) => database.message().contains(words),
        Check => database.kind() == ErrorKind::CheckViolation,
        Unique => database.kind() == ErrorKind::UniqueViolation,
        Foreign => database.kind() == ErrorKind::ForeignKeyViolation,
    };
    assert!(is_meant, "{sql}: {why:?} is expected, not {database}");
}

#[tokio::test]
async fn the_log_only_grows() {
    on_both(async || {
        let (world, _) = with_intent().await;
        for (sql, why) in [
            ("update log set body = '{}'", "append-only"),
            ("update log set seq = seq + 1", "append-only"),
            ("delete from log", "append-only"),
            ("insert into log select * from log where seq = 1", "log gap or overwrite"),
            (
                "insert into log (seq, at, kind, body, previous, hash) values (9, 1, 'facts', '{}', '', 'x')",
                "log gap or overwrite",
            ),
            (
                "insert into log (seq, at, kind, body, previous, hash) values (0, 1, 'facts', '{}', '', 'x')",
                "log gap or overwrite",
            ),
            ("update log_head set seq = 0", "the log never shrinks"),
            ("delete from log_head", "the log never shrinks"),
        ] {
            refuses(&world, sql, Says(why)).await;
        }
        let again = "insert into log (seq, at, kind, body, previous, hash) \
                     select seq + 1, at, kind, body, previous, hash from log";
        refuses(&world, again, Unique).await;
        refuses(&world, "insert into log_head (id, seq, hash) values (2, 0, 'x')", Check).await;
        if engine() == Engine::Sqlite {
            let replace = "insert or replace into log select * from log where seq = 1";
            refuses(&world, replace, Says("log gap or overwrite")).await;
        }
        assert_eq!(world.store.log_verify(|_, _| {}).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_intent_is_frozen_and_moves_only_forward() {
    on_both(async || {
        let (world, lease) = with_intent().await;
        for (sql, why) in [
            ("delete from intent", Says("never deleted")),
            ("update intent set decision_id = 'd2'", Says("frozen")),
            ("update intent set case_id = 'w1:2'", Says("frozen")),
            ("update intent set idem_key = 'q1-other'", Says("frozen")),
            ("update intent set body = 'amount=1'", Says("frozen")),
            ("update intent set body_sha = 'x'", Says("frozen")),
            ("update intent set charge = 'ch_2'", Says("frozen")),
            ("update intent set customer = 'cus_2'", Says("frozen")),
            ("update intent set amount = 200", Says("frozen")),
            ("update intent set currency = 'EUR'", Says("frozen")),
            ("update intent set log_seq = 2", Says("frozen")),
            ("update intent set state = 'confirmed', refund_id = 're_1'", Says("forbidden move")),
            ("update intent set state = 'unknown', first_send = 1", Says("forbidden move")),
            ("update intent set state = 'parked'", Says("forbidden move")),
            ("update intent set state = 'failed'", Says("forbidden move")),
            ("update intent set state = 'reversed'", Says("forbidden move")),
            ("update intent set state = 'happy'", Says("forbidden move")),
            ("update intent set state = 'void', attempt = 2", Says("void only after a first send")),
            ("update intent set state = 'marked', attempt = 1", Check),
            ("update intent set attempt = 5", Check),
            ("update intent set attempt = -1", Check),
        ] {
            refuses(&world, sql, why).await;
        }
        world.mark(&lease, world.now).await.unwrap();
        for (sql, why) in [
            ("update intent set state = 'intent'", Says("forbidden move")),
            ("update intent set state = 'confirmed'", Check),
            ("update intent set first_send = null", Says("the first send stays")),
            ("update intent set first_send = first_send + 1", Says("the first send stays")),
        ] {
            refuses(&world, sql, why).await;
        }
        world.mark(&lease, world.now).await.unwrap();
        refuses(&world, "update intent set state = 'void'", Says("void only after a first send"))
            .await;
    })
    .await;
}

/// Writes a second intent like the first, with another decision and what `$columns` says.
macro_rules! second {
    ($key:literal, $charge:literal, $customer:literal, $amount:literal, $state:literal, $seq:literal) => {
        concat!(
            "insert into intent (decision_id, case_id, idem_key, body, body_sha, charge, customer, amount, currency, \
             state, attempt, epoch, log_seq) select 'd2', case_id, ",
            $key,
            ", body, body_sha, '",
            $charge,
            "', '",
            $customer,
            "', ",
            $amount,
            ", currency, '",
            $state,
            "', 0, epoch, ",
            $seq,
            " from intent"
        )
    };
}

#[tokio::test]
async fn a_second_intent_needs_another_key_charge_and_customer() {
    on_both(async || {
        let (world, _) = with_intent().await;
        for (sql, why) in [
            (second!("'k2'", "ch_1", "cus_2", 100, "intent", "log_seq"), Unique),
            (second!("'k2'", "ch_2", "cus_of_ch_1", 100, "intent", "log_seq"), Unique),
            (second!("idem_key", "ch_2", "cus_2", 100, "intent", "log_seq"), Unique),
            (second!("'k2'", "ch_2", "cus_2", 0, "intent", "log_seq"), Check),
            (second!("'k2'", "ch_2", "cus_2", "-1", "intent", "log_seq"), Check),
            (second!("'k2'", "ch_2", "cus_2", 100, "intent", "77"), Foreign),
            (second!("'k2'", "ch_2", "cus_2", 100, "marked", "log_seq"), Says("begins unsent")),
            (second!("'k2'", "ch_2", "cus_2", 100, "confirmed", "log_seq"), Says("begins unsent")),
        ] {
            refuses(&world, sql, why).await;
        }
        let fine = second!("'k2'", "ch_2", "cus_2", 100, "intent", "log_seq");
        assert_eq!(world.meddle(fine).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_budget_is_never_overdrawn_and_what_is_fixed_stays() {
    on_both(async || {
        let (world, lease) = with_intent().await;
        let effects = vec![NewEffect {
            kind: EffectKind::Close,
            body: String::new(),
            entry: world.draft(&lease.case, Kind::Reply),
        }];
        world.store.commit(&lease, Transition { effects, ..Transition::default() }).await.unwrap();
        let policy = quittance_store::policies::Version {
            version: "v1".to_owned(),
            title: "Refunds".to_owned(),
            text: "none".to_owned(),
        };
        world.store.policy_begin(policy, "ann", world.now).await.unwrap();
        for (sql, why) in [
            ("update budget set pending = cap + 1", Check),
            ("update budget set pending = -1", Check),
            ("update budget set posted = cap, pending = 1", Check),
            ("update budget set cap = 0", Check),
            ("update reservation set amount = 0", Check),
            ("update reservation set decision_id = 'd2'", Foreign),
            ("update cases set state = 'happy'", Check),
            ("delete from inbox", Says("once for ever")),
            ("delete from effect", Says("never deleted")),
            ("update effect set body = 'x'", Says("frozen")),
            ("update effect set kind = 'reply'", Says("frozen")),
            ("update effect set ordinal = 7", Says("frozen")),
            ("update effect set state = 'done'", Check),
            ("update effect set attempt = 5", Check),
            ("update policy_version set text = 'all'", Says("frozen")),
            ("delete from policy_version", Says("kept")),
            ("delete from policy_live", Says("kept")),
            ("update policy_live set act = 0", Says("new act")),
            ("update policy_live set version = 'v2'", Foreign),
            ("update policy_live set proposed = 'v1'", Check),
            ("insert into allowed_move values ('void', 'marked')", Says("the moves are fixed")),
            (
                "update allowed_move set t = 'confirmed' where f = 'intent'",
                Says("the moves are fixed"),
            ),
        ] {
            refuses(&world, sql, why).await;
        }
        world.meddle("update effect set state = 'done', first_send = 1").await.unwrap();
        refuses(&world, "update effect set state = 'planned'", Says("ends once")).await;
    })
    .await;
}

#[tokio::test]
async fn a_server_empties_no_table_and_its_guards_come_back() {
    on_server(async || {
        let (world, _) = with_intent().await;
        for sql in [
            "truncate log cascade",
            "truncate log_head",
            "truncate inbox",
            "truncate intent cascade",
            "truncate effect",
            "truncate reservation",
            "truncate budget",
            "truncate policy_version cascade",
            "truncate policy_live",
            "truncate allowed_move",
            "truncate approval",
        ] {
            refuses(&world, sql, Says("what is written is kept")).await;
        }
        // Whoever is a replica fires no ordinary trigger.
        let replica = "set session_replication_role = replica; update log set body = '{}'";
        refuses(&world, replica, Says("append-only")).await;
        world.meddle("alter table log disable trigger log_no_update").await.unwrap();
        world.meddle("drop trigger log_no_delete on log").await.unwrap();
        world.store.close().await;
        let store = Store::open(&world.place.url()).await.unwrap();
        refuses(&world, "update log set body = '{}'", Says("append-only")).await;
        refuses(&world, "delete from log", Says("append-only")).await;
        store.close().await;
    })
    .await;
}

#[test]
fn every_guard_is_there_on_both_engines() {
    let names = |text: &'static str, before: &str, after: char| {
        let mut names: Vec<&str> =
            text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect();
        names.sort_unstable();
        names
    };
    let sqlite = include_str!("../../guards/sqlite.sql");
    let postgres = include_str!("../../guards/postgres.sql");
    // Both kinds of guard are made by one function each, whose first argument is the name.
    let mut twins = names(postgres, "select quittance_guard('", '\'');
    twins.extend(names(postgres, "select quittance_trigger('", '\''));
    twins.sort_unstable();
    assert_eq!(names(sqlite, "create trigger if not exists ", ' '), twins);
}

#[tokio::test]
async fn a_request_is_frozen_answered_once_and_ended_once() {
    on_both(async || {
        let (world, _) = with_intent().await;
        let unanswered = "insert into approval (id, case_id, ordinal, proposal, amount, currency, seen_at, made_at, \
                          expires_at, state, log_seq) select 'a1-1', id, 1, '{}', 100, 'USD', 1, 1, 9, 'approved', 1 \
                          from cases";
        refuses(&world, unanswered, Check).await;
        world
            .meddle(
                "insert into approval (id, case_id, ordinal, proposal, amount, currency, seen_at, made_at, \
                 expires_at, state, log_seq) select 'a1-1', id, 1, '{}', 100, 'USD', 1, 1, 9, 'waiting', 1 from cases",
            )
            .await
            .unwrap();
        for (sql, why) in [
            ("delete from approval", Says("kept")),
            ("update approval set amount = 200", Says("frozen")),
            ("update approval set proposal = 'x'", Says("frozen")),
            ("update approval set expires_at = 99", Says("frozen")),
            ("update approval set state = 'approved'", Check),
            ("update approval set word = 'approve'", Check),
            (
                "update approval set word = 'approve', by_whom = 'x', said_at = 2, word_amount = 101",
                Check,
            ),
            (
                "insert into approval select 'a1-2', case_id, 2, proposal, amount, currency, seen_at, made_at, \
                 expires_at, state, word, by_whom, word_amount, why, said_at, log_seq from approval",
                Unique,
            ),
        ] {
            refuses(&world, sql, why).await;
        }
        world
            .meddle("update approval set word = 'decline', by_whom = 'x', said_at = 2")
            .await
            .unwrap();
        refuses(&world, "update approval set word = 'approve'", Says("given once")).await;
        refuses(&world, "update approval set state = 'approved'", Check).await;
        world.meddle("update approval set state = 'declined'").await.unwrap();
        refuses(&world, "update approval set state = 'waiting'", Says("ends once")).await;
    })
    .await;
}
