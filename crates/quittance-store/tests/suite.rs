//! The store's one suite: what it keeps, and what the database itself refuses.
#![cfg(test)]

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quittance_core::case::State;
use quittance_core::event::Source;
use quittance_core::ids::{CaseId, ConversationId, DecisionKey, WorkspaceId};
use quittance_core::limits::{COUNT, Limit, Reservation};
use quittance_core::money::{Currency, Money};
use quittance_core::record::{Broken, Draft, Kind};
use quittance_store::effects::{EffectKind, EffectMove, EffectStep, NewEffect, Way};
use quittance_store::inbox::{Arrival, News, Receipt, Wakes};
use quittance_store::intents::{Intent, IntentMove, IntentState, Mark, NewIntent, Settled};
use quittance_store::leases::Lease;
use quittance_store::transition::{CaseChange, Release, Transition};
use quittance_store::{Engine, Error, Store};
use serde_json::json;
use sqlx::Executor;

#[path = "suite/copy.rs"]
mod copy;
#[path = "suite/leases.rs"]
mod leases;
#[path = "suite/looks.rs"]
mod looks;
#[path = "suite/nodes.rs"]
mod nodes;
#[path = "suite/place.rs"]
mod place;
#[path = "suite/policies.rs"]
mod policies;
#[path = "suite/probe.rs"]
mod probe;
#[path = "suite/refused.rs"]
mod refused;
#[path = "suite/server.rs"]
mod server;
#[path = "suite/spend.rs"]
mod spend;
#[path = "suite/stop.rs"]
mod stop;
#[path = "suite/tampered.rs"]
mod tampered;
#[path = "suite/unknown.rs"]
mod unknown;

use place::{Place, engine, on_both};

/// A store of its own, and the present instant.
struct World {
    store: Store,
    place: Place,
    now: Timestamp,
}

impl World {
    /// On the engine that the test runs on now.
    async fn new() -> Self {
        let place = Place::new().await;
        let store = Store::open(&place.url()).await.unwrap();
        Self { store, place, now: "2026-06-01T10:00:00Z".parse().unwrap() }
    }

    fn workspace() -> WorkspaceId {
        "w1".parse().unwrap()
    }

    fn conversation(number: u32) -> ConversationId {
        number.to_string().parse().unwrap()
    }

    fn after(&self, milliseconds: i64) -> Timestamp {
        self.now.saturating_add(SignedDuration::from_millis(milliseconds)).unwrap()
    }

    async fn arrive(&self, id: &str, conversation: u32) -> Receipt {
        let wakes = Wakes::Conversation {
            workspace: Self::workspace(),
            conversation: Self::conversation(conversation),
            due: self.now,
            changed: None,
        };
        let arrival = Arrival {
            source: Source::Intercom,
            id: id.parse().unwrap(),
            topic: "conversation.user.created".to_owned(),
            at: self.now,
            wakes,
        };
        self.store.take_in(arrival).await.unwrap()
    }

    async fn lease(&self) -> Option<Lease> {
        let leases = self.store.lease_due(self.now, self.after(60_000), 1).await.unwrap();
        leases.into_iter().next()
    }

    fn draft(&self, case: &CaseId, kind: Kind) -> Draft {
        Draft { at: self.now, case: Some(case.clone()), kind, body: json!({"kind": kind}) }
    }

    /// An intent of `minor` cents on a charge, with one daily budget of `cap` cents.
    fn intent(&self, lease: &Lease, charge: &str, ordinal: u32, minor: i64, cap: i64) -> NewIntent {
        let charge = charge.parse().unwrap();
        let key = DecisionKey {
            workspace: &lease.workspace,
            charge: &charge,
            conversation: &lease.conversation,
            ordinal,
        };
        let day = Reservation {
            limit: Limit::Day,
            scope: "day".to_owned(),
            window_start: 0,
            currency: "USD".to_owned(),
            amount: minor,
            cap,
            alarm: None,
        };
        let hour = Reservation {
            limit: Limit::Hour,
            scope: "hour".to_owned(),
            currency: COUNT.to_owned(),
            amount: 1,
            cap: 1_000,
            ..day.clone()
        };
        NewIntent {
            decision: key.decision().unwrap(),
            key: key.idempotency().unwrap(),
            amount: Money::from_minor(minor, Currency::USD).unwrap(),
            customer: format!("cus_of_{charge}").parse().unwrap(),
            // Whatever happened before, the facts know it.
            read_after: u32::MAX.into(),
            entry: self.draft(&lease.case, Kind::Intent),
            reservations: vec![day, hour],
            freeze: Box::new(|seq, hash| format!("seq={seq}&hash={hash}").into_bytes()),
            charge,
        }
    }

    async fn allow(&self, lease: &Lease, charge: &str, minor: i64, cap: i64) -> Result<(), Error> {
        let intent = Some(self.intent(lease, charge, 0, minor, cap));
        let case = CaseChange { state: Some(State::Settling), ..CaseChange::default() };
        self.store.commit(lease, Transition { intent, case, ..Transition::default() }).await
    }

    async fn mark(&self, lease: &Lease, at: Timestamp) -> Result<(), Error> {
        let intents = self.store.intents_of(&lease.case).await.unwrap();
        let decision = intents.last().unwrap().decision.clone();
        let mark = Some(Mark { decision, at, earliest: at, latest: at });
        self.store.commit(lease, Transition { mark, ..Transition::default() }).await
    }

    async fn settle(&self, lease: &Lease, to: Settled) -> Result<(), Error> {
        let intents = self.store.intents_of(&lease.case).await.unwrap();
        let decision = intents.last().unwrap().decision.clone();
        let entry = self.draft(&lease.case, Kind::Outcome);
        let settle = Some(IntentMove { decision, to, entry });
        self.store.commit(lease, Transition { settle, ..Transition::default() }).await
    }

    async fn state(&self, lease: &Lease) -> IntentState {
        self.store.intents_of(&lease.case).await.unwrap().last().unwrap().state
    }

    /// Runs SQL behind the store's back.
    async fn meddle(&self, sql: &'static str) -> Result<u64, sqlx::Error> {
        let mut connection = self.place.connect().await;
        Ok(connection.execute(sqlx::raw_sql(sql)).await?.rows_affected())
    }

    async fn budget(&self) -> (i64, i64) {
        let query = "select cast(coalesce(sum(posted), 0) as bigint), cast(coalesce(sum(pending), 0) as bigint) \
                     from budget where scope = 'day'";
        sqlx::query_as(query).fetch_one(&mut self.place.connect().await).await.unwrap()
    }
}

fn confirmed(refund: &str) -> Settled {
    Settled::Confirmed { refund: refund.parse().unwrap(), status: "succeeded".to_owned() }
}

#[tokio::test]
async fn a_webhook_counts_once_for_ever() {
    on_both(async || {
        let world = World::new().await;
        assert_eq!(world.arrive("n1", 1).await, Receipt::New);
        assert_eq!(world.arrive("n1", 1).await, Receipt::Seen);
        assert!(world.meddle("delete from inbox").await.is_err());
        let lease = world.lease().await.unwrap();
        world.store.commit(&lease, rest(world.now, None, true)).await.unwrap();
        assert_eq!(world.arrive("n1", 1).await, Receipt::Seen);
        assert!(world.lease().await.is_none(), "a webhook that was seen wakes nobody");
    })
    .await;
}

fn rest(at: Timestamp, due: Option<Timestamp>, is_success: bool) -> Transition {
    let release = Some(Release { at, due, failures: u32::from(!is_success) });
    Transition { case: CaseChange { release, ..CaseChange::default() }, ..Transition::default() }
}

#[tokio::test]
async fn a_charge_has_one_live_intent() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        world.arrive("n2", 2).await;
        let (one, two) = (world.lease().await.unwrap(), world.lease().await.unwrap());
        world.allow(&one, "ch_1", 100, 1_000).await.unwrap();
        let second = world.allow(&two, "ch_1", 100, 1_000).await;
        assert!(
            matches!(second, Err(Error::ChargeBusy { .. } | Error::CustomerBusy)),
            "{second:?}"
        );
        assert_eq!(world.budget().await, (0, 100), "the second reservation is undone");
    })
    .await;
}

#[tokio::test]
async fn a_charge_is_refunded_once_and_a_customer_has_one_refund_under_way() {
    on_both(async || {
        let world = World::new().await;
        for number in 1..=4 {
            world.arrive(&format!("n{number}"), number).await;
        }
        let mut leases =
            world.store.lease_due(world.now, world.after(60_000), 4).await.unwrap().into_iter();
        let mut next = || leases.next().unwrap();
        let (one, two, three, four) = (next(), next(), next(), next());
        let allow = |lease: Lease, charge: &'static str, read_after| {
            let world = &world;
            async move {
                let customer = "cus_1".parse().unwrap();
                let intent = Some(NewIntent {
                    customer,
                    read_after,
                    ..world.intent(&lease, charge, 0, 100, 1_000)
                });
                world.store.commit(&lease, Transition { intent, ..Transition::default() }).await
            }
        };
        allow(one.clone(), "ch_1", 0).await.unwrap();
        world.mark(&one, world.now).await.unwrap();
        let (read_after, _) = world.store.log_head().await.unwrap();
        let under_way = allow(two.clone(), "ch_2", read_after).await;
        assert!(matches!(under_way, Err(Error::CustomerBusy)), "{under_way:?}");
        // A clock that is behind writes it: what came after is told by the log.
        let behind = Draft { at: world.after(-60_000), ..world.draft(&one.case, Kind::Outcome) };
        let decision = world.store.intents_of(&one.case).await.unwrap().remove(0).decision;
        let settle = Some(IntentMove { decision, to: confirmed("re_1"), entry: behind });
        world.store.commit(&one, Transition { settle, ..Transition::default() }).await.unwrap();
        let old_facts = allow(two, "ch_2", read_after).await;
        assert!(matches!(old_facts, Err(Error::CustomerBusy)), "{old_facts:?}");
        let (read_after, _) = world.store.log_head().await.unwrap();
        let same_charge = allow(three, "ch_1", read_after).await;
        assert!(matches!(same_charge, Err(Error::ChargeBusy { .. })), "{same_charge:?}");
        allow(four.clone(), "ch_3", read_after).await.unwrap();
        let charge = "ch_1".parse().unwrap();
        let decisions = world.store.decisions_on(&four.case, &charge).await.unwrap();
        assert_eq!((decisions.here, decisions.standing), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_refund_is_sent_at_most_four_times_and_not_after_twenty_hours() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        world.arrive("n2", 2).await;
        let (one, two) = (world.lease().await.unwrap(), world.lease().await.unwrap());
        world.allow(&one, "ch_1", 100, 1_000).await.unwrap();
        for _ in 0..4 {
            world.mark(&one, world.now).await.unwrap();
            world.settle(&one, Settled::Unknown).await.unwrap();
        }
        assert!(matches!(world.mark(&one, world.now).await, Err(Error::SendsUsedUp { .. })));
        world.allow(&two, "ch_2", 100, 1_000).await.unwrap();
        world.mark(&two, world.now).await.unwrap();
        let late = world.after(20 * 60 * 60 * 1_000);
        assert!(matches!(world.mark(&two, late).await, Err(Error::SendsUsedUp { .. })));
        world.mark(&two, world.after(20 * 60 * 60 * 1_000 - 1)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_intent_makes_only_the_moves_that_are_allowed() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
        assert!(world.settle(&lease, confirmed("re_1")).await.is_err(), "confirmed without a mark");
        world.mark(&lease, world.now).await.unwrap();
        world.mark(&lease, world.now).await.unwrap();
        let void = Settled::Void { why: "refused".to_owned() };
        assert!(world.settle(&lease, void).await.is_err(), "void after a second send");
        world.settle(&lease, Settled::Unknown).await.unwrap();
        world.settle(&lease, Settled::Parked { why: "nobody knows".to_owned() }).await.unwrap();
        assert_eq!(world.state(&lease).await, IntentState::Parked);
        assert!(world.mark(&lease, world.now).await.is_err(), "sent again while with a person");
        assert_eq!(world.budget().await, (0, 100), "what is parked stays reserved");
        world.settle(&lease, confirmed("re_1")).await.unwrap();
        world.settle(&lease, Settled::Reversed { status: "failed".to_owned() }).await.unwrap();
        assert!(world.settle(&lease, confirmed("re_2")).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn effects_are_done_in_order_and_end_once() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        let new = |kind, body: &str| NewEffect {
            kind,
            body: body.to_owned(),
            entry: world.draft(&lease.case, Kind::Reply),
        };
        let effects = vec![new(EffectKind::Reply, "hello"), new(EffectKind::Close, "")];
        world.store.commit(&lease, Transition { effects, ..Transition::default() }).await.unwrap();
        let open = world.store.open_effects(&lease.case).await.unwrap();
        assert_eq!(
            open.iter().map(|effect| effect.kind).collect::<Vec<_>>(),
            [EffectKind::Reply, EffectKind::Close]
        );
        let step = |to| EffectMove { id: open[0].id.clone(), to };
        let done = || EffectStep::Done {
            part: Some("77".parse().unwrap()),
            entry: world.draft(&lease.case, Kind::Reply),
        };
        let moves = |moves| Transition { effect_moves: moves, ..Transition::default() };
        world.store.commit(&lease, moves(vec![step(marked(world.now))])).await.unwrap();
        world.store.commit(&lease, moves(vec![step(done())])).await.unwrap();
        assert!(world.store.commit(&lease, moves(vec![step(done())])).await.is_err());
        assert_eq!(world.store.open_effects(&lease.case).await.unwrap().len(), 1);
        assert_eq!(world.store.own_parts(&lease.case).await.unwrap(), ["77".parse().unwrap()]);
    })
    .await;
}

fn marked(at: Timestamp) -> EffectStep {
    EffectStep::Marked { at, conversation_at: at }
}

#[tokio::test]
async fn what_an_overrun_worker_may_be_about_to_say_is_not_said_again_for_a_while() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        let reply = NewEffect {
            kind: EffectKind::Reply,
            body: "Done.".to_owned(),
            entry: world.draft(&lease.case, Kind::Reply),
        };
        let effects = Transition { effects: vec![reply], ..Transition::default() };
        world.store.commit(&lease, effects).await.unwrap();
        let open = async || world.store.open_effects(&lease.case).await.unwrap().remove(0);
        let take = async |now: Timestamp| {
            let until = now.checked_add(SignedDuration::from_mins(4)).unwrap();
            world.store.lease_due(now, until, 1).await.unwrap().remove(0)
        };
        // Nothing was marked yet.
        let later = world.after(3_600_000);
        let lease = take(later).await;
        assert_eq!(open().await.way, Way::Clear);
        let step = EffectMove { id: open().await.id, to: marked(later) };
        let mark = Transition { effect_moves: vec![step], ..Transition::default() };
        world.store.commit(&lease, mark).await.unwrap();
        // Its worker ended with its process.
        world.store.end_leases().await.unwrap();
        take(later).await;
        assert_eq!(open().await.way, Way::Clear);
        // Its worker may be alive.
        let lease = take(world.after(7_200_000)).await;
        assert_eq!(open().await.way, Way::Overrun);
        let until = world.after(7_800_000);
        let step = EffectMove { id: open().await.id, to: EffectStep::Unanswered { until } };
        let wait = Transition { effect_moves: vec![step], ..Transition::default() };
        world.store.commit(&lease, wait).await.unwrap();
        assert_eq!(open().await.way, Way::Until(until));
        assert_eq!(open().await.conversation_at, Some(later));
    })
    .await;
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
        world.mark(&lease, world.now).await.unwrap();
        world.store.close().await;
        let store = Store::open(&world.place.url()).await.unwrap();
        let intents = store.intents_of(&lease.case).await.unwrap();
        assert_eq!(
            (intents[0].state, intents[0].attempt, intents[0].first_send),
            (IntentState::Marked, 1, Some(world.now))
        );
        let expected = format!("seq=1&hash={}", store.log_verified(1).await.unwrap().entry().hash);
        assert_eq!(String::from_utf8(intents[0].body.clone()).unwrap(), expected);
        assert!(matches!(world.store.take_in(arrival(&world)).await, Err(Error::Closed)));
    })
    .await;
}

fn arrival(world: &World) -> Arrival {
    let (id, topic) = ("n9".parse().unwrap(), "ping".to_owned());
    Arrival { source: Source::Stripe, id, topic, at: world.now, wakes: Wakes::Nothing }
}

#[tokio::test]
async fn a_stripe_event_wakes_the_case_of_its_refund_only() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
        world.mark(&lease, world.now).await.unwrap();
        world.settle(&lease, confirmed("re_1")).await.unwrap();
        world.store.commit(&lease, rest(world.now, None, true)).await.unwrap();
        let event = |id: &str, refund: &str, news| Arrival {
            id: id.parse().unwrap(),
            wakes: Wakes::Refund { refund: Some(refund.parse().unwrap()), charge: None, news },
            ..arrival(&world)
        };
        world.store.take_in(event("evt_1", "re_other", News::Changed)).await.unwrap();
        // That it was made, the case knows.
        world.store.take_in(event("evt_made", "re_1", News::Made)).await.unwrap();
        assert!(world.lease().await.is_none());
        world.store.take_in(event("evt_2", "re_1", News::Changed)).await.unwrap();
        let woken = world.lease().await.unwrap();
        assert!(woken.is_recheck);
        world.store.commit(&woken, rest(world.now, Some(world.now), false)).await.unwrap();
        let again = world.lease().await.unwrap();
        assert!(again.is_recheck, "a step that did not look leaves the wish");
        let case = CaseChange { is_rechecked: true, ..CaseChange::default() };
        world.store.commit(&again, Transition { case, ..Transition::default() }).await.unwrap();
        world.store.commit(&again, rest(world.now, None, true)).await.unwrap();
        world.arrive("n2", 1).await;
        assert!(!world.lease().await.unwrap().is_recheck);
    })
    .await;
}

#[tokio::test]
async fn a_simulated_database_begins_anew_and_goes_back_to_what_was_kept() {
    let world = World::new().await;
    let world = World { store: Store::simulated().await.unwrap(), ..world };
    let entries = async || world.store.log_head().await.unwrap().0;
    let due = async || world.store.next_due().await.unwrap().is_some();
    world.arrive("n1", 1).await;
    let lease = world.lease().await.unwrap();
    world.store.back_up().await.unwrap();
    world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
    assert_eq!((entries().await > 0, due().await), (true, true));
    for _ in 0..2 {
        world.store.restore().await.unwrap();
        assert_eq!((entries().await, due().await), (0, true));
        world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
    }
    world.store.begin_anew().await.unwrap();
    assert_eq!((entries().await, due().await), (0, false));
    world.arrive("n1", 1).await;
    world.store.restore().await.unwrap();
    assert!(!due().await, "nothing was kept since");
}
