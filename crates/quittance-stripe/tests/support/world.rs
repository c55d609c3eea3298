//! An account at the stand-in, the client that reads it, and refunds that may be sent.

use std::sync::Arc;

use quittance_core::action;
use quittance_core::clock::ManualClock;
use quittance_core::guard::{Approved, IntentEntry, recall};
use quittance_core::ids::{ChargeId, CustomerId, IdempotencyKey};
use quittance_core::money::{Currency, Money};
use quittance_core::reason::Reason;
use quittance_core::record::{Draft, Entry, Hash, Kind};
use quittance_sandbox::delivery::Deliveries;
use quittance_sandbox::stripe::{
    Card, ChargeSeed, Options as Account, RestrictedKey, Stripe, SubscriptionSeed,
};
use quittance_stripe::refunds::{Answer, DECISION, Frozen, create, request_body};
use quittance_stripe::{Client, Options};
use secrecy::SecretString;
use tokio::task::JoinSet;

use crate::spec::Spec;

pub(crate) const KEY: &str = "sk_test_sandbox_1234567890";

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) stripe: Stripe,
    pub(crate) deliveries: Deliveries,
    pub(crate) base_url: String,
    pub(crate) client: Client,
    pub(crate) customer: CustomerId,
    _server: JoinSet<()>,
}

impl World {
    pub(crate) async fn new() -> Self {
        // Another test may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::new("2026-11-23T10:00:00Z".parse().unwrap()));
        let restricted = RestrictedKey {
            key: "rk_test_half_1234567890".to_owned(),
            permissions: vec!["rak_customer_read".to_owned(), "rak_charge_read".to_owned()],
        };
        let account = Account {
            records_exchanges: true,
            restricted_keys: vec![restricted],
            ..Account::default()
        };
        let (stripe, deliveries) = Stripe::new(clock.clone(), account);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (router, mut server) = (stripe.router(), JoinSet::new());
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let client = client(&base_url, KEY, 0);
        let customer = stripe.create_customer("Joe@Example.com", "Joe", &[("external_id", "70")]);
        let customer = customer.parse().unwrap();
        Self { clock, stripe, deliveries, base_url, client, customer, _server: server }
    }

    pub(crate) fn pays(&self, amount: Money, at: &str) -> ChargeId {
        let seed = ChargeSeed {
            customer: Some(self.customer.to_string()),
            amount,
            created: at.parse().unwrap(),
            description: None,
            card: Card::default(),
        };
        self.stripe.charge(&seed).parse().unwrap()
    }

    pub(crate) fn subscribes(&self, plan: &str, paid: &[&str]) -> Vec<ChargeId> {
        let seed = SubscriptionSeed {
            customer: self.customer.to_string(),
            plan: plan.to_owned(),
            amount: usd(4_900),
            interval: "month".to_owned(),
            paid: paid.iter().map(|at| at.parse().unwrap()).collect(),
            card: Card::default(),
        };
        let made = self.stripe.subscribe(&seed);
        made.charges.iter().map(|charge| charge.parse().unwrap()).collect()
    }

    pub(crate) async fn send(&self, refund: &Ready) -> Answer {
        create(&self.client, &refund.approved, &refund.frozen()).await
    }

    /// Holds everything that passed against the description.
    pub(crate) fn check(&self) {
        let exchanges = self.stripe.exchanges();
        assert!(!exchanges.is_empty());
        let Some(spec) = Spec::load() else { return };
        let problems: Vec<String> =
            exchanges.iter().flat_map(|exchange| spec.problems(exchange)).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

pub(crate) fn client(base_url: &str, key: &str, read_retries: usize) -> Client {
    let options = Options {
        base_url: base_url.to_owned(),
        read_retries,
        requests_per_second: 1_000,
        ..Options::default()
    };
    Client::new(reqwest::Client::builder(), &options, &SecretString::from(key)).unwrap()
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD).unwrap()
}

/// A refund that was approved and written down.
pub(crate) struct Ready {
    pub(crate) approved: Approved<action::Refund>,
    pub(crate) body: Vec<u8>,
    pub(crate) key: IdempotencyKey,
}

impl Ready {
    pub(crate) fn new(charge: &ChargeId, amount: Money, name: &str) -> Self {
        let refund =
            action::Refund { charge: charge.clone(), amount, reason: Reason::DuplicateCharge };
        let body = request_body(&refund, &[(DECISION, name), ("case", "w:7")]);
        let key: IdempotencyKey = format!("q1-{name}").parse().unwrap();
        let intent = IntentEntry {
            decision: name.parse().unwrap(),
            idempotency_key: key.clone(),
            refund,
            paid_with: "Visa 4242".to_owned(),
            verdict: None,
            rules: None,
            read_at: None,
            contact: None,
            approval: None,
        };
        let draft = Draft {
            at: "2026-11-23T10:00:00Z".parse().unwrap(),
            case: None,
            kind: Kind::Intent,
            body: intent.body(),
        };
        let entry = Entry::chain(draft, 0, Hash::START).unwrap();
        let (_, approved) = recall(&entry.verify(0, Hash::START).unwrap()).unwrap();
        Self { approved, body, key }
    }

    pub(crate) fn frozen(&self) -> Frozen<'_> {
        Frozen { body: &self.body, key: &self.key }
    }
}
