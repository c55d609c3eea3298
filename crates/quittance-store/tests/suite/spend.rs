//! Budgets: what is reserved, posted and given back; ceilings that change; and who is overdue.

use quittance_core::limits::{Alarm, Windows};
use quittance_store::totals::Overdue;

use super::*;

impl World {
    /// The newest arrival's lease.
    async fn opened(&self, number: u32) -> Lease {
        self.arrive(&format!("n{number}"), number).await;
        self.lease().await.unwrap()
    }

    async fn day(&self) -> (i64, i64, i64) {
        let budgets = self.store.budgets().await.unwrap();
        let day = budgets.into_iter().find(|budget| budget.scope == "day").unwrap();
        (day.posted, day.pending, day.cap)
    }

    async fn confirm(&self, lease: &Lease, number: u32) -> Result<(), Error> {
        let refund = format!("re_{number}").parse().unwrap();
        self.settle(lease, Settled::Confirmed { refund, status: "succeeded".to_owned() }).await
    }

    async fn void(&self, lease: &Lease) -> Result<(), Error> {
        self.settle(lease, Settled::Void { why: "refused".to_owned() }).await
    }
}

/// A ceiling that is lowered below what is spent refuses what is new, and nothing else.
#[tokio::test]
async fn a_lowered_ceiling_refuses_new_refunds_and_lets_the_old_ones_end() {
    on_both(async || {
        let world = World::new().await;
        let mut leases = Vec::new();
        for number in 1..=3 {
            let lease = world.opened(number).await;
            world.allow(&lease, &format!("ch_{number}"), 100, 1_000).await.unwrap();
            world.mark(&lease, world.now).await.unwrap();
            leases.push(lease);
        }
        world.confirm(&leases[0], 1).await.unwrap();
        let late = world.opened(4).await;
        for cap in [0, 50, 399] {
            let refused = world.allow(&late, "ch_4", 100, cap).await;
            assert!(matches!(refused, Err(Error::Limit(Limit::Day))), "{cap}: {refused:?}");
        }
        world.confirm(&leases[1], 2).await.unwrap();
        world.void(&leases[2]).await.unwrap();
        assert_eq!(world.day().await, (200, 0, 1_000));
        world.allow(&late, "ch_4", 100, 300).await.unwrap();
        assert_eq!(world.day().await, (200, 100, 300));
        world.mark(&late, world.now).await.unwrap();
        world.void(&late).await.unwrap();
        assert_eq!(world.day().await, (200, 0, 300));
    })
    .await;
}

/// Random refunds against random ceilings, and a book beside it that keeps the one rule: the database and
/// the book always say the same.
#[tokio::test]
async fn a_thousand_random_moves_leave_what_the_book_says() {
    on_both(async || {
        let world = World::new().await;
        let (mut posted, mut pending, mut seed) = (0_i64, 0_i64, 7_u64);
        let mut dice = |end: i64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(seed >> 33).unwrap() % end
        };
        let (mut open, mut refused) = (Vec::new(), 0);
        for number in 1..=250 {
            let (amount, cap) = (1 + dice(400), dice(30_000));
            let lease = world.opened(number).await;
            let allowed = world.allow(&lease, &format!("ch_{number}"), amount, cap).await;
            assert_eq!(allowed.is_ok(), posted + pending + amount <= cap, "{number}");
            if allowed.is_ok() {
                pending += amount;
                world.mark(&lease, world.now).await.unwrap();
                open.push((number, lease, amount));
            } else {
                refused += 1;
            }
            while open.len() > 8 || (dice(2) == 0 && !open.is_empty()) {
                let index = usize::try_from(dice(i64::try_from(open.len()).unwrap())).unwrap();
                let (number, lease, amount) = open.swap_remove(index);
                pending -= amount;
                if dice(3) == 0 {
                    world.void(&lease).await.unwrap();
                } else {
                    posted += amount;
                    world.confirm(&lease, number).await.unwrap();
                }
            }
            if posted + pending > 0 {
                let (kept, held, _) = world.day().await;
                assert_eq!((kept, held), (posted, pending), "{number}");
            }
        }
        for (_, lease, _) in open {
            world.void(&lease).await.unwrap();
        }
        assert_eq!(world.day().await.1, 0);
        assert!(posted > 10_000 && refused > 20, "{posted} {refused}");
    })
    .await;
}

/// The refund that reaches the alarm stops money in its own transaction; one that fails stops nothing.
#[tokio::test]
async fn an_alarm_goes_off_with_the_refund_that_reaches_it_and_once() {
    on_both(async || {
        let world = World::new().await;
        let allow = async |number: u32, minor: i64, cap: i64| {
            let lease = world.opened(number).await;
            let mut intent = world.intent(&lease, &format!("ch_{number}"), 0, minor, cap);
            let why = "80 % are used".to_owned();
            intent.reservations[0].alarm = Some(Alarm { at: 800, why });
            let case = CaseChange { state: Some(State::Settling), ..CaseChange::default() };
            let transition = Transition { intent: Some(intent), case, ..Transition::default() };
            world.store.commit(&lease, transition).await
        };
        let stopped = async || world.store.stop_state().await.unwrap();
        allow(1, 700, 1_000).await.unwrap();
        assert!(!stopped().await.is_stopped);
        // It would reach the alarm, but its hour has no room left: the last of its reservations fails.
        let lease = world.opened(2).await;
        let mut intent = world.intent(&lease, "ch_2", 0, 100, 1_000);
        intent.reservations[0].alarm = Some(Alarm { at: 800, why: "80 % are used".to_owned() });
        intent.reservations[1].cap = 1;
        let transition = Transition { intent: Some(intent), ..Transition::default() };
        let refused = world.store.commit(&lease, transition).await;
        assert!(matches!(refused, Err(Error::Limit(Limit::Hour))), "{refused:?}");
        assert!(!stopped().await.is_stopped);
        allow(3, 100, 1_000).await.unwrap();
        let stop = stopped().await;
        assert_eq!((stop.is_stopped, stop.why.as_str()), (true, "80 % are used"));
        assert_eq!(stop.by, "quittance");
        let change = quittance_store::stop::StopChange {
            why: "seen".to_owned(),
            by: "ann".to_owned(),
            at: world.now,
        };
        world.store.resume(change).await.unwrap();
        allow(4, 100, 1_000).await.unwrap();
        assert!(!stopped().await.is_stopped, "it was reached before");
        world.store.log_verify(|_, _| {}).await.unwrap();
    })
    .await;
}

/// In milliseconds.
const HOUR: i64 = 3_600_000;

/// A case that wants work for more than an hour is overdue; one whose refund is under way, after 26.
#[tokio::test]
async fn a_case_that_wants_work_for_long_is_overdue() {
    on_both(async || {
        let world = World::new().await;
        let overdue = async |after: i64| -> Vec<String> {
            let found: Vec<Overdue> = world.store.overdue(world.after(after), 10).await.unwrap();
            found.into_iter().map(|one| one.case.to_string()).collect()
        };
        let settling = world.opened(1).await;
        world.allow(&settling, "ch_1", 100, 1_000).await.unwrap();
        let failing = world.opened(2).await;
        let done = world.opened(3).await;
        let release = Some(Release { at: world.now, due: None, failures: 0 });
        let case =
            CaseChange { release, state: Some(State::AwaitingPerson), ..CaseChange::default() };
        world.store.commit(&done, Transition { case, ..Transition::default() }).await.unwrap();
        assert!(overdue(HOUR).await.is_empty());
        assert_eq!(overdue(HOUR + 1).await, [failing.case.to_string()]);
        assert_eq!(overdue(26 * HOUR).await, [failing.case.to_string()]);
        let both = [settling.case.to_string(), failing.case.to_string()];
        let mut found = overdue(26 * HOUR + 1).await;
        found.sort();
        assert_eq!(found, both);
    })
    .await;
}

#[tokio::test]
async fn the_budgets_of_now_are_those_of_this_hour_day_and_month() {
    on_both(async || {
        let world = World::new().await;
        let windows = Windows::of(world.now);
        let lease = world.opened(1).await;
        let mut intent = world.intent(&lease, "ch_1", 0, 100, 1_000);
        let base = intent.reservations[0].clone();
        let one = |scope: &str, window_start| Reservation {
            scope: scope.to_owned(),
            window_start,
            ..base.clone()
        };
        intent.reservations = vec![
            one("day", windows.day),
            one("month", windows.month),
            one("hour", windows.hour),
            one("reason:goodwill", windows.day),
            one("customer:cus_1", windows.month),
            one("charge:ch_1", 0),
        ];
        let transition = Transition { intent: Some(intent), ..Transition::default() };
        world.store.commit(&lease, transition).await.unwrap();
        let scopes = async |windows: Windows| -> Vec<String> {
            let found = world.store.budgets_of(windows).await.unwrap();
            found.into_iter().map(|budget| budget.scope).collect()
        };
        assert_eq!(scopes(windows).await, ["day", "hour", "month", "reason:goodwill"]);
        let tomorrow = Windows::of(world.after(24 * 3_600_000));
        assert_eq!(scopes(tomorrow).await, ["month"]);
        assert_eq!(world.store.under_way().await.unwrap(), [("USD".to_owned(), 100)]);
    })
    .await;
}

#[tokio::test]
async fn a_refund_is_reserved_posted_and_given_back() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        world.arrive("n2", 2).await;
        let (one, two) = (world.lease().await.unwrap(), world.lease().await.unwrap());
        world.allow(&one, "ch_1", 400, 1_000).await.unwrap();
        world.allow(&two, "ch_2", 500, 1_000).await.unwrap();
        assert_eq!(world.budget().await, (0, 900));
        world.mark(&one, world.now).await.unwrap();
        world.settle(&one, confirmed("re_1")).await.unwrap();
        assert_eq!(world.budget().await, (400, 500));
        world.mark(&two, world.now).await.unwrap();
        world.settle(&two, Settled::Void { why: "refused".to_owned() }).await.unwrap();
        assert_eq!(world.budget().await, (400, 0));
        assert_eq!(world.store.log_verify(|_, _| {}).await.unwrap(), 6);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_refunds_racing_for_a_limit_never_break_it() {
    on_both(async || {
        let world = World::new().await;
        for number in 0..100 {
            world.arrive(&format!("n{number}"), number).await;
        }
        let leases = world.store.lease_due(world.now, world.after(60_000), 100).await.unwrap();
        let outcomes = leases.iter().enumerate().map(|(number, lease)| {
            let charge = format!("ch_{number}");
            let (world, lease) = (&world, lease);
            async move { world.allow(lease, &charge, 25, 1_000).await }
        });
        let outcomes = futures_util::future::join_all(outcomes).await;
        let refused = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Err(Error::Limit(Limit::Day))))
            .count();
        assert_eq!((outcomes.iter().filter(|outcome| outcome.is_ok()).count(), refused), (40, 60));
        assert_eq!(world.budget().await, (0, 1_000));
        assert_eq!(world.store.log_verify(|_, _| {}).await.unwrap(), 40);
    })
    .await;
}
