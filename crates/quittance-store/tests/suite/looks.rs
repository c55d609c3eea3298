//! Recurring looks: at what Stripe holds, and at what has changed at Intercom.

use quittance_core::ids::DecisionId;
use quittance_store::inbox::Change;
use quittance_store::reconcile::{Acceptance, Accepted};
use quittance_store::watermark::Watermark;

use super::*;

impl World {
    /// A refund of a case of its own, confirmed.
    async fn refunded(&self, number: u32) -> (Lease, DecisionId) {
        self.arrive(&format!("n{number}"), number).await;
        let lease = self.lease().await.unwrap();
        self.allow(&lease, &format!("ch_{number}"), 100, 1_000_000).await.unwrap();
        self.mark(&lease, self.now).await.unwrap();
        self.settle(&lease, confirmed(&format!("re_{number}"))).await.unwrap();
        let intents = self.store.intents_of(&lease.case).await.unwrap();
        (lease, intents[0].decision.clone())
    }
}

#[tokio::test]
async fn one_at_a_time_looks_and_only_the_newest_moves_the_watermark() {
    on_both(async || {
        let world = World::new().await;
        let store = &world.store;
        let (first, until) = (world.after(-3_600_000), world.after(50_000));
        let claim = |now, until| store.claim(Watermark::Intercom, first, now, until);
        assert_eq!(store.watermark(Watermark::Intercom).await.unwrap(), None);
        let one = claim(world.now, until).await.unwrap().unwrap();
        assert_eq!(one.at, first);
        assert!(claim(world.after(49_999), until).await.unwrap().is_none());
        assert!(store.advance(&one, world.now).await.unwrap());
        let two = claim(until, world.after(100_000)).await.unwrap().unwrap();
        assert_eq!(two.at, world.now);
        // The first one was slow.
        assert!(!store.advance(&one, world.after(60_000)).await.unwrap());
        // Nobody moves it back.
        assert!(!store.advance(&two, first).await.unwrap());
        assert!(store.advance(&two, world.after(40_000)).await.unwrap());
        let at = store.watermark(Watermark::Intercom).await.unwrap();
        assert_eq!(at, Some(world.after(40_000)));
        assert!(claim(world.after(60_000), until).await.unwrap().is_none());
        store.claim_ended(&one, world.after(60_000)).await.unwrap();
        assert!(claim(world.after(60_000), until).await.unwrap().is_none());
        store.claim_ended(&two, world.after(60_000)).await.unwrap();
        assert!(claim(world.after(60_000), world.after(90_000)).await.unwrap().is_some());
        // The other look is its own.
        let stripe = store.claim(Watermark::Stripe, Timestamp::UNIX_EPOCH, world.now, until);
        assert!(stripe.await.unwrap().is_some());
        assert_eq!(store.watermark(Watermark::Stripe).await.unwrap(), None);
        store.reconciled(None, Some(world.now)).await.unwrap();
        store.reconciled(None, Some(first)).await.unwrap();
        assert_eq!(store.watermark(Watermark::Stripe).await.unwrap(), Some(world.now));
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_of_a_refund_is_found_by_its_decision_and_in_pages() {
    on_both(async || {
        let world = World::new().await;
        let mut made = Vec::new();
        for number in 1..=45 {
            made.push(world.refunded(number).await);
        }
        let mut decisions: Vec<DecisionId> = made.iter().map(|(_, made)| made.clone()).collect();
        decisions.push("d1-unknown".parse().unwrap());
        let mut kept = world.store.kept(&decisions).await.unwrap();
        kept.sort_by_key(|kept| kept.log_seq);
        assert_eq!(kept.len(), 45);
        for (kept, (lease, decision)) in kept.iter().zip(&made) {
            assert_eq!((&kept.decision, &kept.case), (decision, &lease.case));
            let hash = world.store.log_hash_at(kept.log_seq).await.unwrap();
            assert_eq!(hash, Some(kept.log_hash));
            assert_eq!(kept.state, IntentState::Confirmed);
        }
        let last = kept.last().unwrap().log_seq;
        assert_eq!(world.store.log_hash_at(last + 1_000).await.unwrap(), None);
        let page = async |after, since, before| {
            world.store.kept_confirmed(after, since, before).await.unwrap().len()
        };
        let later = world.after(1);
        assert_eq!(page(0, world.now, later).await, 45);
        assert_eq!(page(kept[9].log_seq, world.now, later).await, 35);
        assert_eq!(page(0, later, later).await, 0);
        assert_eq!(page(0, world.now, world.now).await, 0);
        let cases = world.store.refunded_in(&"ch_7".parse().unwrap()).await.unwrap();
        assert_eq!(cases, [made[6].0.case.clone()]);
    })
    .await;
}

#[tokio::test]
async fn a_case_that_is_woken_looks_at_its_refunds_again() {
    on_both(async || {
        let world = World::new().await;
        let (lease, _) = world.refunded(1).await;
        world.store.commit(&lease, rest(world.now, None, true)).await.unwrap();
        assert_eq!(world.store.next_due().await.unwrap(), None);
        world.store.wake_for_recheck(vec![lease.case.clone()], world.now).await.unwrap();
        let again = world.lease().await.unwrap();
        assert!(again.case == lease.case && again.is_recheck);
    })
    .await;
}

#[tokio::test]
async fn what_a_person_accepts_is_kept_once_and_for_ever() {
    on_both(async || {
        let world = World::new().await;
        let acceptance = Acceptance {
            accepted: Accepted { object: "re_1".to_owned(), kind: "unknown".to_owned() },
            why: "the\ndisk".to_owned(),
            by: "Ana".to_owned(),
            at: world.now,
        };
        assert!(world.store.accept(acceptance.clone()).await.unwrap());
        assert!(!world.store.accept(acceptance.clone()).await.unwrap());
        assert_eq!(world.store.accepted().await.unwrap(), [acceptance.accepted]);
        let log = world.store.log_after(0).await.unwrap();
        assert_eq!(log.len(), 1);
        assert_eq!(log[0].draft.body["why"], "the disk");
        assert!(world.meddle("delete from accepted").await.is_err());
        assert!(world.meddle("update accepted set object = 're_2'").await.is_err());
        world.store.log_verify(|_, _| {}).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_change_wakes_its_case_once_and_not_when_a_webhook_told_of_it() {
    on_both(async || {
        let world = World::new().await;
        let workspace = World::workspace();
        let wake = async |number: u32, at: Timestamp| {
            let changes = vec![Change { conversation: World::conversation(number), at }];
            world.store.wake_changed(&workspace, changes, world.now, world.now).await.unwrap()
        };
        assert_eq!(wake(1, world.now).await, 1);
        assert_eq!(wake(1, world.now).await, 0);
        assert_eq!(wake(1, world.after(-1_000)).await, 0);
        let lease = world.lease().await.unwrap();
        // It changes again while somebody works on it.
        assert_eq!(wake(1, world.after(1_000)).await, 1);
        world.store.commit(&lease, rest(world.now, None, true)).await.unwrap();
        let again = world.lease().await.unwrap();
        assert_eq!(again.case, lease.case);
        world.store.commit(&again, rest(world.now, None, true)).await.unwrap();
        assert!(world.lease().await.is_none());
        // A webhook tells of a change.
        let wakes = Wakes::Conversation {
            workspace: workspace.clone(),
            conversation: World::conversation(1),
            due: world.now,
            changed: Some(world.after(5_000)),
        };
        world.store.take_in(Arrival { wakes, ..arrival(&world) }).await.unwrap();
        assert_eq!(wake(1, world.after(5_000)).await, 0);
        assert_eq!(wake(1, world.after(6_000)).await, 1);
    })
    .await;
}

/// A thin event names a refund that nobody knows yet.
#[tokio::test]
async fn a_refund_that_is_not_known_wakes_whoever_waits_for_one() {
    on_both(async || {
        let world = World::new().await;
        let (settled, _) = world.refunded(1).await;
        world.store.commit(&settled, rest(world.now, None, true)).await.unwrap();
        world.arrive("n2", 2).await;
        let waiting = world.lease().await.unwrap();
        world.allow(&waiting, "ch_2", 100, 1_000_000).await.unwrap();
        world.mark(&waiting, world.now).await.unwrap();
        world.store.commit(&waiting, rest(world.now, None, true)).await.unwrap();
        assert_eq!(world.store.next_due().await.unwrap(), None);
        let told = |id: &str, charge: Option<&str>, news| Arrival {
            id: id.parse().unwrap(),
            wakes: Wakes::Refund {
                refund: Some("re_new".parse().unwrap()),
                charge: charge.map(|charge| charge.parse().unwrap()),
                news,
            },
            ..arrival(&world)
        };
        // Of another charge: it is none of ours.
        world.store.take_in(told("e1", Some("ch_9"), News::Changed)).await.unwrap();
        assert_eq!(world.store.next_due().await.unwrap(), None);
        // Whoever is sending a refund hears from Stripe that it was made.
        world.store.take_in(told("e2", None, News::Made)).await.unwrap();
        world.store.take_in(told("e3", Some("ch_2"), News::Made)).await.unwrap();
        assert_eq!(world.store.next_due().await.unwrap(), None);
        world.store.take_in(told("e4", None, News::Changed)).await.unwrap();
        let woken = world.lease().await.unwrap();
        assert!(woken.case == waiting.case && woken.is_recheck);
        assert!(world.lease().await.is_none());
    })
    .await;
}
