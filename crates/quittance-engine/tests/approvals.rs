//! A person's word: it counts once, through whichever door it comes, and the guard has the last one.

use quittance_core::guard::Mode;
use quittance_core::record::Kind;
use quittance_store::approvals::{Given, Word};
use serde_json::json;

use crate::house::{House, Plan, TWICE, poll_times, usd};

async fn house() -> House {
    let mut plan = Plan::default();
    plan.options.mode = Mode::Propose;
    let approvals = json!({"ask": true, "admins": ["9002"]});
    plan.options.approvals = serde_json::from_value(approvals).unwrap_or_default();
    House::build(plan).await
}

fn yes() -> Word {
    Word { is_approval: true, by: "Dana".to_owned(), amount: None, why: None }
}

#[tokio::test]
async fn what_is_approved_through_the_interface_is_refunded_once() {
    let house = house().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.once().await;
    let waiting = house.store().approvals(10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].amount, usd(4_900));
    assert!(house.stripe.refunds().is_empty());
    let give = async |word| house.store().give_word(&waiting[0].id, word, house.engine.now()).await;
    let more = Word { amount: Some(usd(4_901)), ..yes() };
    assert_eq!(give(more).await.unwrap(), Given::WrongAmount);
    let other = "a1-nobody".parse().unwrap();
    let unknown = house.store().give_word(&other, yes(), house.engine.now()).await.unwrap();
    assert_eq!(unknown, Given::Unknown);
    assert_eq!(give(yes()).await.unwrap(), Given::Written);
    assert_eq!(give(yes()).await.unwrap(), Given::TooLate);
    // Who comes second through the other door says nothing any more.
    house.intercom.teammate_notes(&conversation, "/decline").unwrap();
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert!(house.is_closed(&conversation));
    let log = house.log(&conversation, Kind::Approval).await;
    assert_eq!(log.len(), 2);
    assert_eq!(log[1].draft.body["became"], json!("approved"));
    assert_eq!(log[1].draft.body["by"], json!("Dana"));
    let intent = house.log(&conversation, Kind::Intent).await;
    assert_eq!(intent[0].draft.body["approval"], json!(waiting[0].id));
    // It is judged again from the log alone, too.
    house.close().await;
}

/// Wherever the program ends between the note and the end of the case, it is refunded and told once.
#[tokio::test]
async fn a_crash_while_it_is_carried_out_approves_it_once() {
    for polls in (0..400).step_by(7) {
        let house = house().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        house.once().await;
        house.intercom.teammate_notes(&conversation, "/approve 20.00").unwrap();
        let lease = house.lease().await;
        let mut step = Box::pin(house.engine.step(&lease));
        let is_done = poll_times(step.as_mut(), polls).await.is_some();
        drop(step);
        house.restart().await;
        house.settle().await;
        assert_eq!(house.own_refunds(customer.newest()), 1, "after {polls} polls");
        assert_eq!(house.refunds(customer.newest())[0]["amount"], 2_000);
        assert_eq!(house.replies(&conversation).len(), 2, "after {polls} polls");
        assert!(house.is_closed(&conversation), "after {polls} polls");
        house.close().await;
        if is_done {
            return;
        }
    }
    panic!("the step never ends");
}

#[tokio::test]
async fn an_approval_gives_way_to_what_has_changed_since() {
    let house = house().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.once().await;
    // A colleague has given it back by hand meanwhile.
    house.stripe.refund(customer.newest(), 4_900).unwrap();
    house.intercom.teammate_notes(&conversation, "/approve").unwrap();
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 0);
    let log = house.log(&conversation, Kind::Approval).await;
    assert_eq!(log[1].draft.body["became"], json!("overruled"));
    house.close().await;
}
