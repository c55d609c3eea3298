//! The seeded customers: what is in Stripe about them, what the sample policy says to it, and what
//! the stand-in model makes of their first message.

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use jiff::Timestamp;
    use quittance_core::clock::ManualClock;
    use quittance_core::facts::{
        Bill, Billing, Binding, Card, Charge, ChargeStatus, Contact, Dispute, Facts, Method,
        Refund, RefundStatus, Subscription, Unbound,
    };
    use quittance_core::money::Money;
    use quittance_core::policy::{Answer, Policy, Question, evaluate, prior_from};
    use quittance_core::reason::Reason;
    use quittance_sandbox::intercom::{self, Intercom};
    use quittance_sandbox::model::{Model, NAME};
    use quittance_sandbox::stripe::{self, Stripe};
    use quittance_sandbox::world::{ATTRIBUTE, Expected, METADATA_KEY, Persona, World};
    use serde_json::{Value, json};
    use tokio::task::JoinSet;

    /// The policy of the demo.
    fn sample() -> Policy {
        let file = |name: &str, text: &str| quittance_policy::Source::new(name, text);
        let files = [
            file("annual.md", include_str!("../../../policies/annual.md")),
            file("disputes.md", include_str!("../../../policies/disputes.md")),
            file("outages.md", include_str!("../../../policies/outages.md")),
            file("purchases.md", include_str!("../../../policies/purchases.md")),
            file("refunds.md", include_str!("../../../policies/refunds.md")),
            file("trials.md", include_str!("../../../policies/trials.md")),
        ];
        quittance_policy::read_all(&files).unwrap().policy
    }

    struct Seeded {
        now: Timestamp,
        stripe: Stripe,
        intercom: Intercom,
        people: Vec<Persona>,
    }

    fn seeded() -> Seeded {
        let now: Timestamp = "2026-11-23T10:30:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(now));
        let (stripe, _) = Stripe::new(clock.clone(), stripe::Options::default());
        let (intercom, _) = Intercom::new(clock, intercom::Options::default());
        let people = World::seed(&stripe, &intercom, now);
        Seeded { now, stripe, intercom, people }
    }

    fn time(value: &Value) -> Timestamp {
        Timestamp::from_second(value.as_i64().unwrap()).unwrap()
    }

    fn money(object: &Value, field: &str) -> Money {
        let currency = object["currency"].as_str().unwrap().parse().unwrap();
        Money::from_minor(object[field].as_i64().unwrap(), currency).unwrap()
    }

    /// A charge of a snapshot as a fact. Its invoice is the one of the same instant.
    fn charge(value: &Value, snapshot: &Value) -> Charge {
        let is_its = |invoice: &&Value| invoice["created"] == value["created"];
        let invoice = snapshot["invoices"].as_array().unwrap().iter().find(is_its);
        let billing = match invoice.map(|invoice| invoice["billing_reason"].as_str().unwrap()) {
            Some("subscription_create") => Billing::First,
            Some("subscription_cycle") => Billing::Renewal,
            Some(other) => panic!("{other}"),
            None => Billing::OneOff,
        };
        let price = &snapshot["subscriptions"][0]["items"]["data"][0]["price"];
        let plan = price["lookup_key"].as_str().unwrap().to_owned();
        let refunds = value["refunds"].as_array().unwrap().iter().map(|refund| Refund {
            id: refund["id"].as_str().unwrap().parse().unwrap(),
            charge: None,
            amount: money(refund, "amount"),
            status: RefundStatus::Succeeded,
            created: time(&refund["created"]),
            decision: None,
        });
        let disputes = value["disputes"].as_array().unwrap().iter().map(|dispute| Dispute {
            id: dispute["id"].as_str().unwrap().parse().unwrap(),
            status: dispute["status"].as_str().unwrap().to_owned(),
        });
        let card = &value["payment_method_details"]["card"];
        Charge {
            id: value["id"].as_str().unwrap().parse().unwrap(),
            customer: Some(value["customer"].as_str().unwrap().parse().unwrap()),
            payment_intent: None,
            amount: money(value, "amount"),
            captured: money(value, "amount_captured"),
            refunded: money(value, "amount_refunded"),
            status: ChargeStatus::Succeeded,
            is_disputed: value["disputed"].as_bool().unwrap(),
            created: time(&value["created"]),
            method: Method {
                kind: "card".to_owned(),
                card: Some(Card {
                    brand: "visa".to_owned(),
                    last4: "4242".to_owned(),
                    country: None,
                    fingerprint: Some(card["fingerprint"].as_str().unwrap().to_owned()),
                }),
            },
            email: None,
            billing,
            plans: invoice.map(|_| plan).into_iter().collect(),
            bill: Bill {
                subscription: invoice.map(|_| subscription(snapshot).id),
                ..Bill::default()
            },
            is_live: false,
            is_connect: false,
            refunds: refunds.collect(),
            disputes: disputes.collect(),
        }
    }

    /// The one subscription of a snapshot as a fact.
    fn subscription(snapshot: &Value) -> Subscription {
        let subscription = &snapshot["subscriptions"][0];
        Subscription {
            id: subscription["id"].as_str().unwrap().parse().unwrap(),
            status: subscription["status"].as_str().unwrap().to_owned(),
            created: time(&subscription["created"]),
            plans: Vec::new(),
            period_start: None,
            period_end: None,
            is_canceling: false,
            trial_end: subscription["trial_end"].is_i64().then(|| time(&subscription["trial_end"])),
        }
    }

    fn facts(seeded: &Seeded, customer: &str) -> Facts {
        let snapshot = seeded.stripe.snapshot(customer);
        let charges = snapshot["charges"].as_array().unwrap();
        Facts {
            as_of: seeded.now,
            contact: Contact::new("c".parse().unwrap(), true, true),
            binding: Binding::Unbound { why: Unbound::NoCustomer },
            charges: charges.iter().map(|value| charge(value, &snapshot)).collect(),
            subscriptions: vec![subscription(&snapshot)],
        }
    }

    /// What the model is shown, as the engine writes it.
    fn shown(facts: &Facts, is_verified: bool) -> Value {
        let charges: Vec<_> = facts
            .handles()
            .filter(|_| is_verified)
            .map(|(handle, charge)| {
                json!({
                    "handle": handle,
                    "amount": charge.amount.decimal(),
                    "currency": charge.amount.currency().code(),
                    "paid_on": charge.created.to_string().split('T').next(),
                    "status": "succeeded",
                    "refunded": charge.refunded.decimal(),
                    "refundable": charge.refundable().unwrap().decimal(),
                    "disputed": charge.is_disputed,
                    "method": "visa ending 4242",
                    "plans": charge.plans,
                    "billing": charge.billing,
                })
            })
            .collect();
        let identity = if is_verified { "verified" } else { "not verified" };
        json!({ "today": "2026-11-23", "identity": identity, "charges": charges, "subscriptions": [] })
    }

    /// The verdict on a charge and a reason: what the guard looks at first, and then the policy.
    fn verdict(policy: &Policy, facts: &Facts, charge: &Charge, reason: Reason) -> Expected {
        if charge.refundable().unwrap().is_zero() {
            return Expected::Refuse;
        }
        if charge.is_disputed || !charge.disputes.is_empty() {
            return Expected::Person;
        }
        let prior = prior_from(facts);
        let question = Question { facts, charge, reason, asked: None, prior: &prior };
        match evaluate(policy, &question).answer {
            Answer::Refund { amount } => Expected::Refund(amount),
            Answer::Ask => Expected::Person,
            Answer::Refuse => Expected::Refuse,
        }
    }

    struct Mind {
        url: String,
        client: reqwest::Client,
        _tasks: JoinSet<()>,
    }

    impl Mind {
        async fn new() -> Self {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/v1/chat/completions", listener.local_addr().unwrap());
            let router = Model::new(quittance_sandbox::model::Options::default()).router();
            let mut tasks = JoinSet::new();
            tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
            Self { url, client: reqwest::Client::builder().build().unwrap(), _tasks: tasks }
        }

        /// The call that the model makes when it has read the policy, or none.
        async fn call(&self, facts: &Value, text: &str) -> (String, Value) {
            let tool = |name: &str, fields: &[&str]| {
                let properties: serde_json::Map<_, _> = fields
                    .iter()
                    .map(|it| ((*it).to_owned(), json!({ "type": ["string", "null"] })))
                    .collect();
                json!({ "type": "function", "function": { "name": name, "parameters": {
                    "type": "object", "properties": properties, "required": fields,
                    "additionalProperties": false,
                }}})
            };
            let body = json!({
                "model": NAME,
                "messages": [
                    { "role": "system", "content": format!("## Facts\n```json\n{facts}\n```") },
                    { "role": "user", "content": text },
                ],
                "tools": [
                    tool("propose_refund", &["charge", "reason", "amount"]),
                    tool("ask_customer", &["question"]),
                    tool("hand_off", &["why"]),
                ],
            });
            let answer = self.client.post(&self.url).json(&body).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            let call = &answer["choices"][0]["message"]["tool_calls"][0]["function"];
            let arguments = call["arguments"].as_str().unwrap_or("null");
            (
                call["name"].as_str().unwrap_or_default().to_owned(),
                serde_json::from_str(arguments).unwrap(),
            )
        }
    }

    #[test]
    fn everybody_is_bound_by_what_a_browser_cannot_write_or_not_at_all() {
        let seeded = seeded();
        let mut bound = HashSet::new();
        for person in &seeded.people {
            let contact = seeded.intercom.contact(&person.contact_id).unwrap();
            let Some(customer) = &person.customer_id else {
                assert_eq!(contact["role"], "lead");
                continue;
            };
            assert_eq!(contact["role"], "user");
            let known = seeded.stripe.snapshot(customer);
            let named = &known["customer"]["metadata"][METADATA_KEY];
            let attribute = &contact["custom_attributes"][ATTRIBUTE];
            if named.is_null() {
                assert_eq!(attribute, customer);
                assert_ne!(known["customer"]["email"], contact["email"]);
                assert!(!seeded.intercom.write_from_browser(
                    &person.contact_id,
                    ATTRIBUTE,
                    json!("cus_x")
                ));
                bound.insert("attribute");
            } else {
                assert_eq!(*named, contact["external_id"]);
                assert_eq!(known["customer"]["email"], contact["email"]);
                bound.insert("metadata");
            }
        }
        assert_eq!(bound.len(), 2);
    }

    #[test]
    fn the_cases_differ() {
        let seeded = seeded();
        let keys: HashSet<_> = seeded.people.iter().map(|person| person.key).collect();
        assert_eq!((keys.len(), keys.len() >= 10), (seeded.people.len(), true));
        let languages: HashSet<_> = seeded.people.iter().map(|person| person.language).collect();
        assert_eq!(languages, HashSet::from(["en", "fr", "de", "es"]));
        let of = |wanted: fn(&Expected) -> bool| {
            seeded.people.iter().filter(|person| wanted(&person.expected)).count()
        };
        assert!(of(|it| matches!(it, Expected::Refund(_))) >= 5);
        assert!(of(|it| *it == Expected::Person) >= 3);
        assert!(of(|it| *it == Expected::Refuse) >= 3);
        assert!(seeded.people.iter().all(|person| !person.suggested_messages.is_empty()));
        assert_eq!(seeded.people[0].expected.to_string(), "refund 49.00 USD");
    }

    #[tokio::test]
    async fn the_first_message_leads_to_what_the_sample_policy_says() {
        let seeded = seeded();
        let policy = sample();
        let mind = Mind::new().await;
        for person in &seeded.people {
            let says = &person.suggested_messages[0];
            let Some(customer) = &person.customer_id else {
                let charges = facts(&seeded, seeded.people[0].customer_id.as_ref().unwrap());
                let (name, _) = mind.call(&shown(&charges, false), says).await;
                assert_eq!((name.as_str(), person.expected), ("hand_off", Expected::Person));
                continue;
            };
            let facts = facts(&seeded, customer);
            let (name, arguments) = mind.call(&shown(&facts, true), says).await;
            assert_eq!(name, "propose_refund", "{}", person.key);
            let charge = facts.charge_by_handle(arguments["charge"].as_str().unwrap()).unwrap();
            assert_eq!(Some(charge.id.as_str()), person.charge_id.as_deref(), "{}", person.key);
            let reason = serde_json::from_value(arguments["reason"].clone()).unwrap();
            let verdict = verdict(&policy, &facts, charge, reason);
            assert_eq!(verdict, person.expected, "{}", person.key);
        }
    }

    #[test]
    fn two_seedings_at_one_instant_are_equal() {
        assert_eq!(seeded().people, seeded().people);
    }
}
