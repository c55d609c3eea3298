//! Money stops: by a person, by a file, by the program itself; and nothing is sent until it is let go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use quittance_core::limits::Limits;
use quittance_core::record::Kind;
use quittance_engine::options::StopOptions;
use quittance_engine::progress::Progress;
use quittance_sandbox::stripe::Fault;
use quittance_store::Store;
use quittance_store::probe::{Interference, Probe};
use quittance_store::stop::StopChange;
use tokio::sync::broadcast::Receiver;
use tokio_util::sync::CancellationToken;

use crate::house::{Customer, House, Plan, TWICE, limits, poll_times, usd};
use crate::probe::{Interfering, after, away};

impl House {
    fn change(&self, why: &str) -> StopChange {
        StopChange { why: why.to_owned(), by: "ann".to_owned(), at: self.engine.now() }
    }

    async fn stop(&self) {
        self.store().stop(self.change("a drill")).await.unwrap();
    }

    pub(crate) async fn resume(&self) {
        self.store().resume(self.change("it was a drill")).await.unwrap();
    }

    /// Works off everything that is due within the next minutes, half a minute at a time.
    async fn work_for_minutes(&self, minutes: usize) {
        for _ in 0..minutes * 2 {
            while self.once().await > 0 {}
            self.clock.advance_ms(30_000);
        }
    }

    /// Why money is stopped, if it is.
    async fn why(&self) -> Option<String> {
        let stop = self.store().stop_state().await.unwrap();
        stop.is_stopped.then_some(stop.why)
    }
}

/// How many sends were started since the last look: each is told before its first byte.
fn started(watching: &mut Receiver<Progress>) -> usize {
    std::iter::from_fn(|| watching.try_recv().ok())
        .filter(|progress| progress.text.ends_with("sent to Stripe"))
        .count()
}

/// Nothing is decided in favor while money is stopped: a person gets it, and no promise is made.
#[tokio::test]
async fn while_money_is_stopped_a_person_decides() {
    let house = House::new().await;
    let customer = house.charged_twice("one");
    house.stop().await;
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "none");
    assert!(house.stripe_wire.sent_refunds().is_empty());
    let notes = house.notes(&conversation);
    assert!(notes[0].contains("money is stopped"), "{notes:?}");
    let told = house.replies(&conversation);
    assert!(told[0].contains("I have passed your request to a colleague"), "{told:?}");
    assert!(house.is_with_team(&conversation));
    house.resume().await;
    house.close().await;
}

/// Throws the switch at one moment of a flow: before or after one of its writes.
#[derive(Debug)]
struct Thrower {
    store: Store,
    change: StopChange,
    /// How many moments are left until then.
    left: AtomicUsize,
}

impl Thrower {
    async fn moment(&self) -> Interference {
        let before = self.left.fetch_sub(1, Ordering::SeqCst);
        if before == 1 {
            self.store.stop(self.change.clone()).await.unwrap();
        }
        Interference::None
    }
}

impl Probe for Thrower {
    fn before(&self, _: &'static str) -> Interfering<'_> {
        Box::pin(self.moment())
    }

    fn after(&self, _: &'static str) -> Interfering<'_> {
        Box::pin(self.moment())
    }
}

/// How a flow went whose money was stopped on the way.
struct Stopped {
    is_over: bool,
    was_marked: bool,
    /// How many sends were started after the stop, in the step that was under way.
    late: usize,
}

/// What must hold once money is stopped in the middle of a flow: nothing more is sent until the resume, and
/// all is well after it.
async fn finish(house: &House, customer: &Customer, conversation: &str, when: &str) {
    let mut watching = house.engine.watch();
    let sent = house.stripe_wire.sent_refunds().len();
    house.work_for_minutes(3).await;
    assert_eq!(started(&mut watching), 0, "{when}");
    assert_eq!(house.stripe_wire.sent_refunds().len(), sent, "{when}");
    house.resume().await;
    house.settle().await;
    // What was allowed before the stop goes its way afterwards; what was not is a person's matter.
    let made = house.own_refunds(customer.newest());
    assert_eq!(made, usize::from(!house.is_with_team(conversation)), "{when}");
    assert_eq!(house.replies(conversation).len(), 1, "{when}");
}

/// Before and after every write of a flow: what the switch is read after, it holds back.
#[tokio::test]
async fn a_stop_around_any_write_of_a_flow_lets_no_send_start_after_it() {
    let house = House::new().await;
    let (mut moment, mut held_back) = (1, 0);
    loop {
        let customer = house.charged_twice(&format!("c{moment}"));
        let conversation = house.say(&customer, TWICE);
        let lease = house.lease().await;
        let thrower = Arc::new(Thrower {
            store: house.store().clone(),
            change: house.change("a drill"),
            left: AtomicUsize::new(moment),
        });
        let engine = house.engine_on(&house.store().clone().probed(thrower.clone()));
        let mut watching = engine.watch();
        let sent = house.stripe_wire.sent_refunds().len();
        engine.step(&lease).await.unwrap();
        if house.why().await.is_none() {
            break;
        }
        let state = house.state(&conversation).await;
        let sends = started(&mut watching);
        assert_eq!(house.stripe_wire.sent_refunds().len(), sent + sends, "moment {moment}");
        // Whatever is marked and no more was held back; whatever was sent was sent before.
        match state {
            "none" | "intent" => assert_eq!(sends, 0, "moment {moment}"),
            "marked" => {
                assert_eq!(sends, 0, "moment {moment}");
                held_back += 1;
            }
            _ => assert_eq!(sends, 1, "moment {moment}"),
        }
        finish(&house, &customer, &conversation, &format!("moment {moment}")).await;
        moment += 1;
        assert!(moment < 200, "the flow does not end");
    }
    assert_eq!(held_back, 1, "right after the mark, and only there");
    house.close().await;
}

/// Stops a flow after so many polls, wherever that is.
async fn stop_after(house: &House, customer: &Customer, polls: usize) -> Stopped {
    let conversation = house.say(customer, TWICE);
    let lease = house.lease().await;
    let mut watching = house.engine.watch();
    let mut step = Box::pin(house.engine.step(&lease));
    let is_over = poll_times(step.as_mut(), polls).await.is_some();
    house.stop().await;
    let was_marked = house.state(&conversation).await == "marked";
    let before = started(&mut watching);
    if !is_over {
        step.await.unwrap();
    }
    let late = started(&mut watching);
    let sent = house.own_refunds(customer.newest());
    assert!(sent <= before + late, "poll {polls}: {sent} refunds");
    finish(house, customer, &conversation, &format!("poll {polls}")).await;
    Stopped { is_over, was_marked, late }
}

/// At any moment: the one send that may start after it is one whose look at the switch was under way.
#[tokio::test]
async fn a_stop_at_any_point_of_a_flow_lets_only_a_send_start_that_has_looked() {
    let house = House::new().await;
    let (mut polls, mut kinds) = (1, [0_usize; 2]);
    loop {
        let customer = house.charged_twice(&format!("c{polls}"));
        let stopped = stop_after(&house, &customer, polls).await;
        kinds[house.own_refunds(customer.newest())] += 1;
        assert!(stopped.late <= usize::from(stopped.was_marked), "poll {polls}");
        if stopped.is_over {
            break;
        }
        polls += 1;
        assert!(polls < 2_000, "the flow does not end");
    }
    // Both must have happened, or the test has seen nothing.
    assert!(kinds[0] > 3 && kinds[1] > 3, "{kinds:?}");
    house.close().await;
}

/// What was marked and held back counts as sent: it is looked for first, and sent under the same key.
#[tokio::test]
async fn a_refund_that_was_held_back_between_mark_and_byte_is_sent_after_the_resume() {
    let (plan, folder) = plan_with_file();
    let file = folder.path().join("STOP");
    let house = House::build(plan).await;
    let customer = house.charged_twice("one");
    let conversation = house.say(&customer, TWICE);
    let lease = house.lease().await;
    // The file comes between the mark and the byte, and stops the send; after that it spares the marks.
    let put = file.clone();
    let probe = after(move |write| {
        if write == "mark" {
            std::fs::write(&put, "").unwrap();
        }
    });
    house.engine_on(&house.store().clone().probed(probe)).step(&lease).await.unwrap();
    assert_eq!(house.state(&conversation).await, "marked");
    house.work_for_minutes(2).await;
    assert!(house.stripe_wire.sent_refunds().is_empty());
    assert_eq!(house.why().await, None, "only the watch turns the file into the switch");
    std::fs::remove_file(&file).unwrap();
    house.settle().await;
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    assert_eq!(house.state(&conversation).await, "confirmed");
    house.close().await;
}

fn plan_with_file() -> (Plan, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::default();
    plan.options.stop.file = Some(folder.path().join("STOP"));
    (plan, folder)
}

#[tokio::test]
async fn the_file_becomes_the_switch_for_all_nodes_and_stays_thrown_without_it() {
    let (plan, folder) = plan_with_file();
    let file = folder.path().join("STOP");
    let house = House::build(plan).await;
    std::fs::write(&file, "").unwrap();
    let ended = CancellationToken::new();
    let watching = house.engine.watch_stop(ended.clone());
    let looking = async {
        while house.why().await.is_none() {
            tokio::task::yield_now().await;
        }
        ended.cancel();
    };
    tokio::join!(watching, looking);
    let why = house.why().await.unwrap();
    assert!(why.contains("STOP is there"), "{why}");
    std::fs::remove_file(&file).unwrap();
    assert!(house.engine.is_stopped().await.is_some());
    house.resume().await;
    assert_eq!(house.engine.is_stopped().await, None);
    house.close().await;
}

/// A folder that is not mounted, a database that is gone: nobody can say that money may move.
#[tokio::test]
async fn what_cannot_be_read_stops_money() {
    let (plan, folder) = plan_with_file();
    let house = House::build(plan).await;
    drop(folder);
    let why = house.engine.is_stopped().await.unwrap();
    assert!(why.contains("cannot be checked"), "{why}");
    let house = House::new().await;
    house.store().close().await;
    assert_eq!(house.engine.is_stopped().await.as_deref(), Some("the stop switch cannot be read"));
}

/// A stop that cannot be written holds in this process all the same, and is written when it can be.
#[tokio::test]
async fn a_stop_that_cannot_be_written_holds_here_and_is_written_later() {
    let is_failing = Arc::new(AtomicBool::new(true));
    let house = House::new().await;
    let fails = Arc::clone(&is_failing);
    let probe = away(move |write| write == "stop" && fails.load(Ordering::SeqCst));
    let engine = house.engine_on(&house.store().clone().probed(probe));
    engine.trip("the log and Stripe differ").await;
    assert_eq!(house.why().await, None);
    assert_eq!(engine.is_stopped().await.as_deref(), Some("the log and Stripe differ"));
    // Nobody else knows; this engine sends nothing.
    let customer = house.charged_twice("one");
    let conversation = house.say(&customer, TWICE);
    let lease = house.lease().await;
    engine.step(&lease).await.unwrap();
    assert_eq!(house.state(&conversation).await, "none");
    is_failing.store(false, Ordering::SeqCst);
    let ended = CancellationToken::new();
    ended.cancel();
    engine.watch_stop(ended).await;
    assert_eq!(house.why().await.as_deref(), Some("the log and Stripe differ"));
    house.resume().await;
    assert_eq!(engine.is_stopped().await, None);
    house.close().await;
}

fn tight(change: impl FnOnce(&mut Limits)) -> Plan {
    let mut plan = Plan { limits: limits(), ..Plan::default() };
    plan.options.stop = StopOptions { at_share_of_day: 80, ..StopOptions::default() };
    change(&mut plan.limits);
    plan
}

/// The refund that reaches the share waits with all others. After the resume it goes, and the share
/// does not stop money again.
#[tokio::test]
async fn a_share_of_the_days_budget_stops_money_once() {
    let house = House::build(tight(|limits| {
        limits.currencies.values_mut().next().unwrap().per_day = usd(6 * 4_900);
    }))
    .await;
    let mut last = String::new();
    for number in 1..=5 {
        assert_eq!(house.why().await, None, "{number}");
        let customer = house.charged_twice(&format!("c{number}"));
        last = house.say(&customer, TWICE);
        house.work_for_minutes(2).await;
        assert_eq!(house.own_refunds(customer.newest()), usize::from(number < 5), "{number}");
    }
    assert_eq!(house.why().await.as_deref(), Some("80 % of the day's budget in USD are used"));
    assert_eq!(house.state(&last).await, "intent");
    house.resume().await;
    house.settle().await;
    assert_eq!(house.state(&last).await, "confirmed");
    let sixth = house.charged_twice("c6");
    house.say(&sixth, TWICE);
    house.settle().await;
    assert_eq!(house.own_refunds(sixth.newest()), 1);
    assert_eq!(house.why().await, None);
    house.close().await;
}

#[tokio::test]
async fn sends_that_go_wrong_stop_money() {
    let house = House::new().await;
    house.stripe.fail_next("POST /v1/refunds", 10, Fault::DropBeforeEffect);
    let mut conversations = Vec::new();
    for number in 1..=12 {
        let customer = house.charged_twice(&format!("c{number}"));
        conversations.push(house.say(&customer, TWICE));
        house.deliver().await;
        for lease in house.leases().await {
            house.engine.step(&lease).await.unwrap();
        }
    }
    assert_eq!(house.stripe_wire.sent_refunds().len(), 10);
    let why = house.why().await.unwrap();
    assert_eq!(why, "10 of the last 10 sends to Stripe went wrong");
    let log = house.store().log_after(0).await.unwrap();
    assert_eq!(log.iter().filter(|entry| entry.draft.kind == Kind::Stop).count(), 1);
    house.resume().await;
    house.close().await;
}
