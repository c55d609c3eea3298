//! Copying a whole database from one engine to another.

use quittance_store::copy::copy;
use quittance_store::nodes::Node;
use quittance_store::stop::StopChange;

use super::place::{Place, server};
use super::*;

/// A world in which there is something in every table.
async fn full() -> World {
    let world = World::new().await;
    for number in 0..40 {
        world.arrive(&format!("n{number}"), number).await;
    }
    let until = world.after(60_000);
    for (number, lease) in
        world.store.lease_due(world.now, until, 12).await.unwrap().into_iter().enumerate()
    {
        world.allow(&lease, &format!("ch_{number}"), 100, 10_000).await.unwrap();
        let effects = vec![NewEffect {
            kind: EffectKind::Reply,
            body: "a “note”, with 'quotes' and\nlines".to_owned(),
            entry: world.draft(&lease.case, Kind::Reply),
        }];
        world.store.commit(&lease, Transition { effects, ..Transition::default() }).await.unwrap();
        for _ in 0..number % 4 {
            world.mark(&lease, world.now).await.unwrap();
        }
        if number % 4 == 1 {
            world.settle(&lease, confirmed(&format!("re_{number}"))).await.unwrap();
        }
        world.store.commit(&lease, rest(world.now, None, true)).await.unwrap();
    }
    let policy = quittance_store::policies::Version {
        version: "v1".to_owned(),
        title: "Refunds".to_owned(),
        text: "Ask nicely.".to_owned(),
    };
    world.store.policy_begin(policy, "ann", world.now).await.unwrap();
    let (why, by) = ("moving house".to_owned(), "ann".to_owned());
    world.store.stop(StopChange { why, by, at: world.now }).await.unwrap();
    world.store.close().await;
    world
}

/// The engines that a copy can go to.
fn targets() -> Vec<Engine> {
    let mut engines = vec![Engine::Sqlite];
    engines.extend(server().map(|_| Engine::Postgres));
    engines
}

#[tokio::test]
async fn everything_is_copied_and_goes_on_there() {
    on_both(async || {
        for to in targets() {
            let mut world = full().await;
            let before = Store::look(&world.place.url()).await.unwrap();
            let target = Place::on(to).await;
            let mut seen = (0, 0);
            let copied =
                copy(&world.place.url(), &target.url(), |done, all| seen = (done, all)).await.unwrap();
            assert_eq!(seen, (copied.rows, copied.rows));
            let after = Store::open(&target.url()).await.unwrap();
            assert_eq!(after.totals().await.unwrap(), before.totals().await.unwrap());
            assert_eq!(after.budgets().await.unwrap(), before.budgets().await.unwrap());
            assert_eq!(after.log_head().await.unwrap(), (copied.entries, copied.head));
            assert_eq!(after.stop_state().await.unwrap(), before.stop_state().await.unwrap());
            assert_eq!(after.policy_state().await.unwrap(), before.policy_state().await.unwrap());
            assert!(after.policy_version("v1").await.unwrap().is_some());
            for number in 0..40 {
                let case = CaseId::of(&World::workspace(), &World::conversation(number)).unwrap();
                let intents = async |store: &Store| format!("{:?}", store.intents_of(&case).await.unwrap());
                assert_eq!(intents(&after).await, intents(&before).await);
                let effects = async |store: &Store| store.open_effects(&case).await.unwrap();
                assert_eq!(effects(&after).await, effects(&before).await);
            }
            before.close().await;
            // What guards an intent's beginning is back.
            let begun = "insert into intent (decision_id, case_id, idem_key, body, body_sha, charge, customer, amount, \
                         currency, state, attempt, epoch, log_seq) select 'd', id, 'k', '', '', 'ch', 'cus', 1, 'USD', \
                         'marked', 1, 1, 1 from cases where id = 'w1:1'";
            let refused = target.connect().await.execute(sqlx::raw_sql(begun)).await.unwrap_err();
            assert!(refused.to_string().contains("an intent begins unsent"), "{refused}");
            let again = copy(&world.place.url(), &target.url(), |_, _| {}).await;
            assert!(matches!(again, Err(Error::NotEmpty { table: "log", .. })), "{again:?}");
            let (why, by) = ("moved".to_owned(), "ann".to_owned());
            after.resume(StopChange { why, by, at: world.now }).await.unwrap();
            world.store = after;
            assert_eq!(world.arrive("n1", 1).await, Receipt::Seen);
            world.arrive("new", 77).await;
            let leases = world.store.lease_due(world.now, world.after(60_000), 100).await.unwrap();
            let lease = leases.into_iter().find(|lease| lease.conversation.as_str() == "77").unwrap();
            world.allow(&lease, "ch_new", 100, 10_000).await.unwrap();
            world.store.log_verify(|_, _| {}).await.unwrap();
            world.store.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_fails_leaves_nothing() {
    on_both(async || {
        for to in targets() {
            let world = full().await;
            let spoil = match engine() {
                Engine::Sqlite => {
                    "pragma ignore_check_constraints = on; update budget set posted = -1"
                }
                Engine::Postgres => {
                    "alter table budget drop constraint budget_check; update budget set posted = -1"
                }
            };
            world.meddle(spoil).await.unwrap();
            let target = Place::on(to).await;
            let failed = copy(&world.place.url(), &target.url(), |_, _| {}).await;
            assert!(matches!(failed, Err(Error::Database(_))), "{failed:?}");
            let store = Store::open(&target.url()).await.unwrap();
            assert_eq!(store.log_head().await.unwrap().0, 0);
            assert_eq!(store.totals().await.unwrap(), quittance_store::totals::Totals::default());
            store.close().await;
            world.meddle("update budget set posted = 0").await.unwrap();
            copy(&world.place.url(), &target.url(), |_, _| {}).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_broken_or_served_database_is_not_copied() {
    on_both(async || {
        let world = full().await;
        let target = Place::on(Engine::Sqlite).await;
        let store = Store::open(&world.place.url()).await.unwrap();
        if engine() == Engine::Postgres {
            let (id, build, policy) = ("one".to_owned(), "b1".to_owned(), "p1".to_owned());
            store.node_begin(Node { id, build, policy }, world.now).await.unwrap();
            let served = copy(&world.place.url(), &target.url(), |_, _| {}).await;
            assert!(matches!(served, Err(Error::NodeRuns { .. })), "{served:?}");
        }
        store.close().await;
        let spoil = match engine() {
            Engine::Sqlite => {
                "drop trigger log_no_update; update log set at = at + 1 where seq = 3"
            }
            Engine::Postgres => {
                "drop trigger log_no_update on log; update log set at = at + 1 where seq = 3"
            }
        };
        world.meddle(spoil).await.unwrap();
        let broken = copy(&world.place.url(), &target.url(), |_, _| {}).await;
        assert!(matches!(broken, Err(Error::Log(Broken::Changed { seq: 3 }))), "{broken:?}");
    })
    .await;
}
