//! What every answer to `POST /v1/refunds` means, on a first send and on a repeat: the table of the
//! money protocol, row by row.

use quittance_core::clock::Clock as _;
use quittance_sandbox::stripe::{Fault, Stripe};
use quittance_store::stop::StopChange;
use serde_json::{Value, json};

use crate::house::{Customer, House, TWICE};
use crate::wire::Trick;

/// What the customer is told at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// That the refund is on its way.
    Refund,
    /// That the refund was submitted.
    Submitted,
    /// That a person has the conversation.
    Person,
}

/// What the send in question meets.
enum Meet {
    /// Nothing special.
    Nothing,
    Fault(Fault),
    /// Once.
    Trick(Trick),
    /// Every time.
    Always(Trick),
    /// Something that happens at Stripe between the last look and the send.
    Before(fn(&Stripe, &str)),
}

struct Row {
    name: &'static str,
    meets: Meet,
    /// The intent's state right after the answer.
    after: &'static str,
    /// The intent's state when everything has come to rest.
    end: &'static str,
    /// How many refunds of ours Stripe has at the end.
    ours: usize,
    told: Told,
    /// Whether the answer stops money.
    stops: bool,
}

impl Row {
    /// The same, and money stops until a person has looked.
    fn stopping(self) -> Self {
        Self { stops: true, ..self }
    }
}

fn row(
    name: &'static str,
    meets: Meet,
    after: &'static str,
    end: &'static str,
    ours: usize,
    told: Told,
) -> Row {
    Row { name, meets, after, end, ours, told, stops: false }
}

fn error(kind: &str, code: Option<&str>, param: Option<&str>) -> String {
    json!({"error": {"type": kind, "code": code, "param": param, "message": "No."}}).to_string()
}

fn invalid(code: Option<&str>, param: Option<&str>) -> String {
    error("invalid_request_error", code, param)
}

fn instead(status: u16, body: String) -> Meet {
    Meet::Trick(Trick::Instead(status, body))
}

fn always(status: u16, body: String) -> Meet {
    Meet::Always(Trick::Instead(status, body))
}

fn behind(status: u16, body: &str) -> Meet {
    Meet::Trick(Trick::Behind(status, body.to_owned()))
}

fn edit(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Meet {
    Meet::Trick(Trick::edit(change))
}

fn give_back_all(stripe: &Stripe, charge: &str) {
    stripe.refund(charge, 4_900).unwrap();
}

fn give_back_some(stripe: &Stripe, charge: &str) {
    stripe.refund(charge, 1).unwrap();
}

fn dispute(stripe: &Stripe, charge: &str) {
    stripe.dispute(charge, "needs_response");
}

/// Looked for, found or sent again, and confirmed.
fn found_out(name: &'static str, meets: Meet) -> Row {
    row(name, meets, "unknown", "confirmed", 1, Told::Refund)
}

/// An object that says how far the refund is.
fn status(status: &'static str, told: Told) -> Row {
    let meets = edit(move |refund| refund["status"] = json!(status));
    row(status, meets, "confirmed", "confirmed", 1, told)
}

/// An object that is not the one that was asked for, while the list has the right one.
fn other(name: &'static str, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Row {
    row(name, edit(change), "parked", "confirmed", 1, Told::Person).stopping()
}

/// The rows whose meaning does not depend on whether it was sent before.
fn always_the_same() -> Vec<Row> {
    let misused = || instead(400, error("idempotency_error", None, None));
    let in_use = || instead(409, error("idempotency_error", Some("idempotency_key_in_use"), None));
    let objects = [
        row("200", Meet::Nothing, "confirmed", "confirmed", 1, Told::Refund),
        status("pending", Told::Submitted),
        status("requires_action", Told::Submitted),
        status("a_status_of_the_future", Told::Submitted),
        status("failed", Told::Person),
        status("canceled", Told::Person),
        other("another charge", |refund| refund["charge"] = json!("ch_other")),
        other("another amount", |refund| refund["amount"] = json!(4_899)),
        other("another currency", |refund| refund["currency"] = json!("eur")),
        other("another decision", |refund| refund["metadata"]["decision"] = json!("theirs")),
        found_out("half a body", Meet::Fault(Fault::Malformed200)),
        found_out("another object", behind(200, r#"{"id":"ch_1","object":"charge"}"#)),
        found_out("an oversize body", behind(200, &"x".repeat(2 << 20))),
    ];
    let refusals = [
        row("idempotency_error", misused(), "parked", "parked", 0, Told::Person).stopping(),
        found_out("409 idempotency_key_in_use", in_use()),
        found_out("409 lock_timeout", instead(409, invalid(Some("lock_timeout"), None))),
        found_out("429 rate_limit", Meet::Fault(Fault::RateLimit429)),
        found_out("429 lock_timeout", Meet::Fault(Fault::LockTimeout429)),
        found_out("302", instead(302, String::new())),
        found_out("307", instead(307, String::new())),
        found_out("a gateway's 403", instead(403, "<html>blocked</html>".to_owned())),
        found_out("a gateway's 400 with effect", behind(400, "bad gateway")),
    ];
    let failures = [
        row("500 that is kept", Meet::Fault(Fault::Error500), "unknown", "parked", 0, Told::Person),
        found_out("500 with effect", Meet::Fault(Fault::Error500AfterEffect)),
        found_out("cut off, with effect", Meet::Fault(Fault::DropAfterEffect)),
        found_out("cut off, without effect", Meet::Fault(Fault::DropBeforeEffect)),
    ];
    let outages = [424, 500, 502, 503, 504].into_iter().flat_map(|status| {
        let said = error("api_error", None, None);
        [
            found_out("a 5xx with effect", behind(status, &said)),
            found_out("a 5xx without effect", instead(status, said)),
        ]
    });
    objects.into_iter().chain(refusals).chain(failures).chain(outages).collect()
}

/// On a first send these prove that nothing was made.
fn only_first() -> Vec<Row> {
    let void = |name, meets| row(name, meets, "void", "void", 0, Told::Person);
    vec![
        // Nobody can have used our key before, but somebody has: look before believing.
        row(
            "200, replayed",
            Meet::Trick(Trick::Header("idempotent-replayed", "true")),
            "unknown",
            "confirmed",
            1,
            Told::Refund,
        )
        .stopping(),
        void("charge_already_refunded", Meet::Before(give_back_all)),
        void("more than is left", Meet::Before(give_back_some)),
        void("charge_disputed", Meet::Before(dispute)),
        void("400 otherwise", instead(400, invalid(Some("parameter_unknown"), Some("reason")))),
        void("401", instead(401, invalid(None, None))).stopping(),
        void("402", instead(402, error("card_error", Some("card_declined"), None))),
        void("403", instead(403, invalid(None, None))).stopping(),
        void("404", instead(404, invalid(Some("resource_missing"), Some("charge")))),
    ]
}

/// On a repeat an answer that did not look at the first send closes nothing.
fn only_repeated() -> Vec<Row> {
    let open = |name, meets| row(name, meets, "unknown", "parked", 0, Told::Person);
    let healed = |name, meets| row(name, meets, "unknown", "confirmed", 1, Told::Refund);
    vec![
        open("charge_already_refunded", Meet::Before(give_back_all)),
        open("more than is left", Meet::Before(give_back_some)),
        open("charge_disputed", Meet::Before(dispute)),
        open("400 otherwise, for ever", always(400, invalid(Some("parameter_unknown"), None))),
        open("401, for ever", always(401, invalid(None, None))).stopping(),
        open("403, for ever", always(403, invalid(None, None))).stopping(),
        open("404, for ever", always(404, invalid(Some("resource_missing"), Some("charge")))),
        open("429, for ever", always(429, invalid(Some("rate_limit"), None))),
        open("503, for ever", always(503, error("api_error", None, None))),
        healed("400 otherwise, once", instead(400, invalid(Some("parameter_unknown"), None))),
        healed("401, once", instead(401, invalid(None, None))).stopping(),
        healed("403, once", instead(403, invalid(None, None))).stopping(),
        healed("404, once", instead(404, invalid(Some("resource_missing"), Some("charge")))),
    ]
}

fn play(house: &House, customer: &Customer, meets: &Meet) {
    let (method, path) = ("POST", "/v1/refunds");
    match meets {
        Meet::Nothing => {}
        Meet::Fault(fault) => house.stripe.fail_next("POST /v1/refunds", 1, *fault),
        Meet::Trick(trick) => house.stripe_wire.next(method, path, trick.clone()),
        Meet::Always(trick) => house.stripe_wire.always(method, path, trick.clone()),
        Meet::Before(what) => {
            let (what, charge) = (*what, customer.newest().to_owned());
            house.stripe.hook_before_refund(move |stripe| what(stripe, &charge));
        }
    }
}

/// Works until everything is at rest; a person lets money move again whenever it was stopped.
async fn settle(house: &House) {
    for _ in 0..200 {
        resume(house).await;
        if house.once().await > 0 {
            continue;
        }
        let Some(due) = house.store().next_due().await.unwrap() else { return };
        house.move_to(due);
    }
    panic!("it does not come to rest");
}

async fn resume(house: &House) {
    let (why, by) = ("looked at".to_owned(), "Ana".to_owned());
    let change = StopChange { why, by, at: house.clock.now() };
    house.store().resume(change).await.unwrap();
}

async fn check(house: &House, customer: &Customer, conversation: &str, row: &Row, name: &str) {
    assert_eq!(house.state(conversation).await, row.after, "{name}: after the answer");
    let stop = house.store().stop_state().await.unwrap();
    // So many sends that go wrong stop money as well, but not because of this one.
    let is_alarmed = stop.is_stopped && stop.why.contains("refund d1-");
    assert_eq!(is_alarmed, row.stops, "{name}: whether money is stopped: {}", stop.why);
    settle(house).await;
    house.stripe_wire.heal();
    assert_eq!(house.state(conversation).await, row.end, "{name}: at the end");
    assert_eq!(house.own_refunds(customer.newest()), row.ours, "{name}: refunds at Stripe");
    let told = house.replies(conversation);
    assert_eq!(told.len(), 1, "{name}: {told:?}");
    let told = match &told[0] {
        text if text.contains("Your refund of 49.00 USD is on its way") => Told::Refund,
        text if text.contains("We have submitted your refund of 49.00 USD") => Told::Submitted,
        text if text.contains("I have passed your request to a colleague") => Told::Person,
        text => panic!("{name}: {text}"),
    };
    assert_eq!(told, row.told, "{name}: what the customer is told");
    let is_person = row.told == Told::Person;
    assert_eq!(house.is_with_team(conversation), is_person, "{name}: with a person");
    assert_eq!(house.is_closed(conversation), !is_person, "{name}: closed");
    // A refund that turns up after it was parked is one more note, and never one more answer.
    let has_turned_up = row.after == "parked" && row.end == "confirmed";
    let notes = usize::from(is_person) + usize::from(has_turned_up);
    assert_eq!(house.notes(conversation).len(), notes, "{name}: notes");
    let attempts = house.intents(conversation).await[0].attempt;
    assert!((1..=4).contains(&attempts), "{name}: {attempts} sends");
}

#[tokio::test]
async fn an_answer_to_a_first_send_means_what_the_table_says() {
    let house = House::new().await;
    for (number, row) in always_the_same().into_iter().chain(only_first()).enumerate() {
        let customer = house.charged_twice(&format!("first{number}"));
        let held = house.pending().await;
        let conversation = house.say(&customer, TWICE);
        play(&house, &customer, &row.meets);
        house.once().await;
        let name = format!("first send, {}", row.name);
        assert_eq!(house.intents(&conversation).await[0].attempt, 1, "{name}");
        check(&house, &customer, &conversation, &row, &name).await;
        let expected = held + if row.end == "parked" { 4_900 } else { 0 };
        assert_eq!(house.pending().await, expected, "{name}: what is held in all");
    }
    house.close().await;
}

#[tokio::test]
async fn an_answer_to_a_repeat_means_what_the_table_says() {
    let house = House::new().await;
    for (number, row) in always_the_same().into_iter().chain(only_repeated()).enumerate() {
        let customer = house.charged_twice(&format!("again{number}"));
        let held = house.pending().await;
        let conversation = house.say(&customer, TWICE);
        house.stripe.fail_next("POST /v1/refunds", 1, Fault::DropBeforeEffect);
        house.once().await;
        let name = format!("repeat, {}", row.name);
        assert_eq!(house.state(&conversation).await, "unknown", "{name}: before the repeat");
        resume(&house).await;
        play(&house, &customer, &row.meets);
        house.clock.advance_ms(60_000);
        house.once().await;
        assert_eq!(house.intents(&conversation).await[0].attempt, 2, "{name}");
        check(&house, &customer, &conversation, &row, &name).await;
        let expected = held + if row.end == "parked" { 4_900 } else { 0 };
        assert_eq!(house.pending().await, expected, "{name}: what is held in all");
    }
    house.close().await;
}

/// The list lags behind: the first send was carried out and is not listed yet.
#[tokio::test]
async fn a_repeat_that_stripe_replays_confirms_the_first_send() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next("POST /v1/refunds", 1, Fault::DropAfterEffect);
    house.once().await;
    house.stripe_wire.next("GET", "/v1/refunds", Trick::edit(|list| list["data"] = json!([])));
    house.clock.advance_ms(60_000);
    house.once().await;
    assert_eq!(house.stripe.replays(), 1);
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    let keys: Vec<String> =
        house.stripe_wire.sent_refunds().into_iter().map(|one| one.key).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
    house.close().await;
}

/// A refund with our decision in it is ours only if it is the one that was written down.
#[tokio::test]
async fn a_listed_refund_of_another_amount_is_a_persons_matter() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next("POST /v1/refunds", 1, Fault::DropAfterEffect);
    house.once().await;
    let other = Trick::edit(|list| list["data"][0]["amount"] = json!(4_800));
    house.stripe_wire.always("GET", "/v1/refunds", other);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "parked");
    assert!(house.is_with_team(&conversation));
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1, "it is not sent again");
    house.close().await;
}

/// What is made is told from what Stripe says, and nothing is made again.
#[tokio::test]
async fn whoever_asks_where_a_refund_is_hears_that_it_was_made() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    house.intercom.say_in(&conversation, "Where is my refund?").unwrap();
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("has already been given back in full"), "{told:?}");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}
