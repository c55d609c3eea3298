//! A whole engine with everything around it, driven by hand.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use axum::Router;
use jiff::{SignedDuration, Timestamp};
use quittance_agent::{Budget, Model};
use quittance_core::clock::{Clock, ManualClock};
use quittance_core::guard;
use quittance_core::ids::{AdminId, CaseId};
use quittance_core::limits::{Caps, Limits};
use quittance_core::money::{Currency, Money};
use quittance_core::record::{Entry, Kind};
use quittance_core::voice::Voice;
use quittance_engine::intake::{Intake, Taken};
use quittance_engine::options::StopOptions;
use quittance_engine::settle::Desk;
use quittance_engine::{Engine, Error, Library, Live, Options, Parts, Said};
use quittance_sandbox::delivery::{Deliveries, Delivery};
use quittance_sandbox::intercom::{ContactSeed, Intercom, Role, Writer};
use quittance_sandbox::stripe::{Card, ChargeSeed, Stripe, SubscriptionSeed};
use quittance_sandbox::{intercom, model, stripe};
use quittance_store::Store;
use quittance_store::intents::Intent;
use quittance_store::leases::Lease;
use quittance_store::totals::Budget as Spent;
use quittance_stripe::options::Options as StripeOptions;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::wire::Wire;

/// When the tests begin.
const START: &str = "2026-11-23T12:00:00Z";

/// How long a worker may hold a case.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(240);

/// The team that gets what is handed over.
pub(crate) const TEAM: &str = "7001";

/// How often the clock may be moved on until everything is at rest.
const MOST_MOVES: usize = 200;

pub(crate) const POLICY: &str = include_str!("../../../policies/refunds.md");
const REPLIES: [(&str, &str); 4] = [
    ("en.md", include_str!("../../../policies/replies/en.md")),
    ("fr.md", include_str!("../../../policies/replies/fr.md")),
    ("ja.md", include_str!("../../../policies/replies/ja.md")),
    ("ar.md", include_str!("../../../policies/replies/ar.md")),
];

/// What a customer says who was charged twice.
pub(crate) const TWICE: &str = "I was charged twice for the same thing. Please refund it.";

/// What differs from one house to another.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) limits: Limits,
    pub(crate) options: Options,
    pub(crate) intercom: intercom::Options,
    pub(crate) stripe: stripe::Options,
    pub(crate) stripe_key: String,
    pub(crate) model: model::Model,
    pub(crate) voice: Voice,
}

impl Default for Plan {
    fn default() -> Self {
        let intercom =
            intercom::Options { requests_per_window: u64::MAX, ..intercom::Options::default() };
        // Nothing stops money before a ceiling is reached: that has its own tests.
        let stop = StopOptions { at_share_of_day: 0, ..StopOptions::default() };
        let options = Options { team: Some(TEAM.parse().unwrap()), stop, ..Options::default() };
        let stripe = stripe::Options::default();
        let stripe_key = stripe.secret_keys[0].clone();
        let model = model::Model::new(model::Options::default());
        let voice = Voice::default();
        Self { limits: limits(), options, intercom, stripe, stripe_key, model, voice }
    }
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD).unwrap()
}

/// Ceilings that are in nobody's way.
pub(crate) fn limits() -> Limits {
    let caps = Caps {
        per_refund: usd(50_000),
        per_charge: usd(50_000),
        per_customer_month: usd(100_000),
        per_day: usd(100_000_000),
        per_month: usd(100_000_000),
        per_reason_day: BTreeMap::new(),
    };
    Limits { refunds_per_hour: 100_000, currencies: BTreeMap::from([(Currency::USD, caps)]) }
}

/// A house, its stand-ins and everybody in it.
pub(crate) struct House {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) stripe: Stripe,
    pub(crate) intercom: Intercom,
    /// In front of Stripe.
    pub(crate) stripe_wire: Wire,
    /// In front of Intercom.
    pub(crate) intercom_wire: Wire,
    pub(crate) engine: Engine,
    pub(crate) intake: Intake,
    plan: Plan,
    store: Store,
    urls: [String; 3],
    stripe_webhooks: Mutex<Deliveries>,
    intercom_webhooks: Mutex<Deliveries>,
    _servers: JoinSet<()>,
    folder: TempDir,
}

/// A customer in both vendors' books.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) contact: String,
    pub(crate) stripe_id: String,
    pub(crate) external: String,
    /// Oldest first.
    pub(crate) charges: Vec<String>,
}

impl Customer {
    pub(crate) fn newest(&self) -> &str {
        self.charges.last().unwrap()
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::build(Plan::default()).await
    }

    pub(crate) async fn build(plan: Plan) -> Self {
        // Another test may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
        let time: Arc<dyn Clock> = clock.clone();
        let (stripe, stripe_webhooks) = Stripe::new(Arc::clone(&time), plan.stripe.clone());
        let (intercom, intercom_webhooks) = Intercom::new(Arc::clone(&time), plan.intercom.clone());
        let (stripe_wire, intercom_wire) = (Wire::new(clock.clone()), Wire::new(clock.clone()));
        let mut servers = JoinSet::new();
        let urls = [
            listen(stripe_wire.router(stripe.router()), &mut servers).await,
            listen(intercom_wire.router(intercom.router()), &mut servers).await,
            format!("{}/v1", listen(plan.model.router(), &mut servers).await),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quittance.db");
        let store = Store::open(&format!("sqlite:{}", path.display())).await.unwrap();
        let engine = engine(&plan, &store, &urls, &time);
        let intake = Intake {
            store: store.clone(),
            clock: time,
            workspace: plan.intercom.workspace_id.parse().unwrap(),
            own_admin: plan.intercom.admin.id.to_string().parse().unwrap(),
            intercom_secrets: vec![SecretString::from(plan.intercom.client_secret.clone())].into(),
            stripe_secrets: vec![SecretString::from(plan.stripe.webhook_secret.clone().unwrap())]
                .into(),
            quiet: SignedDuration::ZERO,
        };
        Self {
            clock,
            stripe,
            intercom,
            stripe_wire,
            intercom_wire,
            engine,
            intake,
            plan,
            store,
            urls,
            stripe_webhooks: Mutex::new(stripe_webhooks),
            intercom_webhooks: Mutex::new(intercom_webhooks),
            _servers: servers,
            folder,
        }
    }

    /// Another engine on the same database and the same vendors, as after a restart.
    pub(crate) fn engine_with(&self, change: impl FnOnce(&mut Plan)) -> Engine {
        let mut plan = self.plan.clone();
        change(&mut plan);
        let time: Arc<dyn Clock> = self.clock.clone();
        engine(&plan, &self.store, &self.urls, &time)
    }

    /// Another engine with a store of its own, and the same vendors.
    pub(crate) fn engine_on(&self, store: &Store) -> Engine {
        let time: Arc<dyn Clock> = self.clock.clone();
        engine(&self.plan, store, &self.urls, &time)
    }

    /// Another engine on the same store, with a clock of its own.
    pub(crate) fn engine_by(&self, clock: &Arc<ManualClock>) -> Engine {
        let time: Arc<dyn Clock> = clock.clone();
        engine(&self.plan, &self.store, &self.urls, &time)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// What a person settles refunds with, from another process.
    pub(crate) fn desk(&self) -> Desk {
        let stripe = Arc::new(stripe_client(&self.plan, self.urls[0].clone()));
        Desk { store: self.store.clone(), stripe, clock: self.clock.clone() }
    }

    /// The agent's own way into Intercom.
    pub(crate) fn intercom_client(&self) -> quittance_intercom::Client {
        intercom_client(&self.plan, self.urls[1].clone())
    }

    /// The agent's teammate in Intercom.
    pub(crate) fn own_admin(&self) -> AdminId {
        self.intake.own_admin.clone()
    }

    /// Another house with a copy of the database as it is now, at the same vendors: a clone, or a backup to
    /// be restored later. Webhooks come here only.
    pub(crate) async fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["quittance.db", "quittance.db-wal"] {
            std::fs::copy(self.folder.path().join(file), folder.path().join(file)).unwrap();
        }
        let path = folder.path().join("quittance.db");
        let store = Store::open(&format!("sqlite:{}", path.display())).await.unwrap();
        let time: Arc<dyn Clock> = self.clock.clone();
        let engine = engine(&self.plan, &store, &self.urls, &time);
        let nothing = || Mutex::new(tokio::sync::mpsc::unbounded_channel().1);
        Self {
            clock: self.clock.clone(),
            stripe: self.stripe.clone(),
            intercom: self.intercom.clone(),
            stripe_wire: self.stripe_wire.clone(),
            intercom_wire: self.intercom_wire.clone(),
            engine,
            intake: Intake { store: store.clone(), ..self.intake.clone() },
            plan: self.plan.clone(),
            store,
            urls: self.urls.clone(),
            stripe_webhooks: nothing(),
            intercom_webhooks: nothing(),
            _servers: JoinSet::new(),
            folder,
        }
    }
}

fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy()
}

fn stripe_client(plan: &Plan, base_url: String) -> quittance_stripe::Client {
    let options = StripeOptions {
        base_url,
        read_retries: 0,
        requests_per_second: 1_000_000,
        ..StripeOptions::default()
    };
    let key = SecretString::from(plan.stripe_key.clone());
    quittance_stripe::Client::new(http(), &options, &key).unwrap()
}

fn intercom_client(plan: &Plan, base_url: String) -> quittance_intercom::Client {
    let options = quittance_intercom::options::Options {
        base_url,
        read_retries: 0,
        ..quittance_intercom::options::Options::default()
    };
    let token = SecretString::from(plan.intercom.access_token.clone());
    quittance_intercom::Client::new(http(), &options, &token).unwrap()
}

fn engine(plan: &Plan, store: &Store, urls: &[String; 3], clock: &Arc<dyn Clock>) -> Engine {
    let [stripe_url, intercom_url, model_url] = urls.clone();
    let mut model = quittance_agent::model::Options::new(model_url, model::NAME);
    model.retries = 0;
    let policy = quittance_policy::read("refunds.md", POLICY).unwrap().policy;
    let templates = REPLIES.map(|(name, text)| {
        let templates = quittance_policy::read_templates(name, text).unwrap();
        (templates.language().to_owned(), templates)
    });
    let said = Said { templates: BTreeMap::from(templates), voice: plan.voice.clone() };
    Engine::new(Parts {
        store: store.clone(),
        stripe: stripe_client(plan, stripe_url),
        intercom: intercom_client(plan, intercom_url),
        model: Model::new(http().build().unwrap(), &model, None).unwrap(),
        budget: Budget::default(),
        library: Live::new(Arc::new(Library::of(policy, said).unwrap())),
        limits: plan.limits.clone(),
        options: plan.options.clone(),
        clock: Arc::clone(clock),
    })
    .unwrap()
}

async fn listen(router: Router, servers: &mut JoinSet<()>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    servers.spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// Seeding.
impl House {
    pub(crate) fn ago(&self, hours: i64) -> Timestamp {
        self.clock.now().checked_sub(SignedDuration::from_hours(hours)).unwrap()
    }

    /// A contact who is signed in under this id.
    pub(crate) fn contact(&self, name: &str) -> String {
        self.intercom.add_contact(seed(name))
    }

    pub(crate) fn pay(&self, customer: &str, name: &str, minor: i64, hours_ago: i64) -> String {
        self.stripe.charge(&ChargeSeed {
            customer: Some(customer.to_owned()),
            amount: usd(minor),
            created: self.ago(hours_ago),
            description: None,
            card: card(name),
        })
    }

    /// A verified customer without payments.
    pub(crate) fn stranger(&self, name: &str) -> Customer {
        let external = format!("user-{name}");
        let customer =
            self.stripe.create_customer(&email(name), name, &[("intercom_external_id", &external)]);
        Customer { contact: self.contact(name), stripe_id: customer, external, charges: Vec::new() }
    }

    /// A verified customer from whom this was taken twice within two hours.
    pub(crate) fn charged_twice_of(&self, name: &str, minor: i64) -> Customer {
        let mut made = self.stranger(name);
        made.charges = [30, 28].map(|hours| self.pay(&made.stripe_id, name, minor, hours)).to_vec();
        made
    }

    /// A verified customer from whom 49 USD were taken twice.
    pub(crate) fn charged_twice(&self, name: &str) -> Customer {
        self.charged_twice_of(name, 4_900)
    }

    /// A verified customer whose monthly plan of 49 USD renewed so many days ago.
    pub(crate) fn renewed(&self, name: &str, days_ago: i64) -> Customer {
        let mut made = self.stranger(name);
        let subscribed = self.stripe.subscribe(&SubscriptionSeed {
            customer: made.stripe_id.clone(),
            plan: "pro-monthly".to_owned(),
            amount: usd(4_900),
            interval: "month".to_owned(),
            paid: [days_ago + 31, days_ago].map(|days| self.ago(days * 24)).to_vec(),
            card: card(name),
        });
        made.charges = subscribed.charges;
        made
    }
}

pub(crate) fn seed(name: &str) -> ContactSeed {
    ContactSeed {
        external_id: Some(format!("user-{name}")),
        role: Role::User,
        email: Some(email(name)),
        name: Some(name.to_owned()),
        language: None,
        attributes: serde_json::Map::new(),
    }
}

pub(crate) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

fn card(name: &str) -> Card {
    // Everybody has a card of their own: a shared fingerprint would make them one person.
    Card { fingerprint: Some(format!("card-{name}")), ..Card::default() }
}

/// Driving.
impl House {
    /// Gives every webhook that is waiting to the intake.
    pub(crate) async fn deliver(&self) {
        for (is_stripe, webhook) in self.waiting() {
            self.take_in(is_stripe, &webhook).await;
        }
    }

    /// The webhooks that are waiting, and whether they are Stripe's.
    pub(crate) fn waiting(&self) -> Vec<(bool, Delivery)> {
        let drain = |webhooks: &Mutex<Deliveries>| {
            let mut webhooks = webhooks.lock().unwrap_or_else(PoisonError::into_inner);
            std::iter::from_fn(|| webhooks.try_recv().ok()).collect::<Vec<_>>()
        };
        let intercom = drain(&self.intercom_webhooks).into_iter().map(|one| (false, one));
        intercom.chain(drain(&self.stripe_webhooks).into_iter().map(|one| (true, one))).collect()
    }

    pub(crate) async fn take_in(&self, is_stripe: bool, webhook: &Delivery) -> Taken {
        let header = |name: &str| {
            let found = webhook.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let taken = if is_stripe {
            self.intake.stripe(&webhook.body, header("Stripe-Signature")).await
        } else {
            self.intake.intercom(&webhook.body, header("X-Hub-Signature")).await
        };
        taken.unwrap()
    }

    /// Takes every case that is due now.
    pub(crate) async fn leases(&self) -> Vec<Lease> {
        let now = self.clock.now();
        self.store.lease_due(now, now + LEASE, 1_000).await.unwrap()
    }

    /// Takes the one case that is due now.
    pub(crate) async fn lease(&self) -> Lease {
        self.deliver().await;
        let mut leases = self.leases().await;
        assert_eq!(leases.len(), 1, "one case is due");
        leases.remove(0)
    }

    /// What a worker does with a lease.
    pub(crate) async fn work(&self, engine: &Engine, lease: &Lease) -> Result<(), Error> {
        let result = Box::pin(engine.step(lease)).await;
        if let Err(error) = &result {
            match engine.postpone(lease, error).await {
                Ok(()) | Err(Error::Store(quittance_store::Error::Fenced { .. })) => {}
                Err(error) => panic!("the lease could not be given back: {error}"),
            }
        }
        result
    }

    /// Works once on everything that is due now, and tells how often.
    pub(crate) async fn once(&self) -> usize {
        self.once_with(&self.engine).await
    }

    pub(crate) async fn once_with(&self, engine: &Engine) -> usize {
        self.deliver().await;
        let leases = self.leases().await;
        for lease in &leases {
            // A failure is what some tests are about; whether it ends well is asserted at the end.
            let _ = self.work(engine, lease).await;
        }
        leases.len()
    }

    /// Works until nothing is left to do, moving the clock to whatever is due next.
    pub(crate) async fn settle(&self) {
        self.settle_with(&self.engine).await;
    }

    pub(crate) async fn settle_with(&self, engine: &Engine) {
        for _ in 0..MOST_MOVES {
            if self.once_with(engine).await > 0 {
                continue;
            }
            let Some(due) = self.store.next_due().await.unwrap() else { return };
            self.move_to(due);
        }
        panic!("it does not come to rest");
    }

    /// Moves the clock on to an instant, if that is still to come.
    pub(crate) fn move_to(&self, due: Timestamp) {
        let left = due.duration_since(self.clock.now()).as_millis();
        self.clock.advance_ms(i64::try_from(left).unwrap().max(0) + 1);
    }

    /// Drops whoever was at work, as a crash and a restart do.
    pub(crate) async fn restart(&self) {
        self.store.end_leases().await.unwrap();
    }

    /// The customer says something in a new conversation, or the open one.
    pub(crate) fn say(&self, customer: &Customer, text: &str) -> String {
        self.intercom.say(&customer.contact, text).unwrap()
    }
}

/// Polls a future so often and then drops it: a crash at that place. Gives its output if it came to
/// its end before.
pub(crate) async fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = times;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left <= 1 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Looking.
impl House {
    pub(crate) fn case(&self, conversation: &str) -> CaseId {
        CaseId::of(&self.intake.workspace, &conversation.parse().unwrap()).unwrap()
    }

    pub(crate) async fn intents(&self, conversation: &str) -> Vec<Intent> {
        self.store.intents_of(&self.case(conversation)).await.unwrap()
    }

    /// The state of the one intent of a conversation.
    pub(crate) async fn state(&self, conversation: &str) -> &'static str {
        match self.intents(conversation).await.as_slice() {
            [] => "none",
            [one] => one.state.name(),
            several => panic!("{} intents", several.len()),
        }
    }

    pub(crate) async fn log(&self, conversation: &str, kind: Kind) -> Vec<Entry> {
        let log = self.store.log_of(&self.case(conversation)).await.unwrap();
        log.into_iter().filter(|entry| entry.draft.kind == kind).collect()
    }

    /// What the agent told the customer.
    pub(crate) fn replies(&self, conversation: &str) -> Vec<String> {
        let said = self.intercom.messages(conversation).into_iter();
        said.filter(|one| one.author == Writer::Agent && !one.is_note).map(|one| one.text).collect()
    }

    /// What the customer wrote, as Intercom shows it now.
    pub(crate) fn said(&self, conversation: &str) -> Vec<String> {
        let said = self.intercom.messages(conversation).into_iter();
        said.filter(|one| one.author == Writer::Contact).map(|one| one.text).collect()
    }

    /// Where the database is.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What the agent told the team.
    pub(crate) fn notes(&self, conversation: &str) -> Vec<String> {
        let said = self.intercom.messages(conversation).into_iter();
        said.filter(|one| one.author == Writer::Agent && one.is_note).map(|one| one.text).collect()
    }

    pub(crate) fn is_closed(&self, conversation: &str) -> bool {
        self.intercom.conversation(conversation).unwrap()["state"] == "closed"
    }

    /// Whether the conversation is with the team.
    pub(crate) fn is_with_team(&self, conversation: &str) -> bool {
        let team = &self.intercom.conversation(conversation).unwrap()["team_assignee_id"];
        team.as_str() == Some(TEAM) || team.as_u64().is_some_and(|id| id.to_string() == TEAM)
    }

    /// The refunds of a charge that may stand, by whoever made them.
    pub(crate) fn refunds(&self, charge: &str) -> Vec<Value> {
        let stands = |refund: &Value| {
            refund["charge"] == charge
                && !matches!(refund["status"].as_str(), Some("failed" | "canceled"))
        };
        self.stripe.refunds().into_iter().filter(stands).collect()
    }

    /// The refunds of a charge that this program made.
    pub(crate) fn own_refunds(&self, charge: &str) -> usize {
        let own = |refund: &&Value| !refund["metadata"]["decision"].is_null();
        self.refunds(charge).iter().filter(own).count()
    }

    pub(crate) async fn budget(&self, scope: &str) -> Spent {
        let budgets = self.store.budgets().await.unwrap();
        budgets.into_iter().find(|budget| budget.scope == scope).unwrap()
    }

    /// How much of the day's budget refunds under way hold, in all currencies.
    pub(crate) async fn pending(&self) -> i64 {
        let budgets = self.store.budgets().await.unwrap();
        let day = budgets.iter().filter(|budget| budget.scope == "day");
        day.map(|budget| budget.pending).sum()
    }

    /// Judges every verdict of the log again.
    async fn replay(&self) {
        let mut entries = Vec::new();
        loop {
            let page = self.store.log_after(entries.len() as u64).await.unwrap();
            if page.is_empty() {
                break;
            }
            entries.extend(page);
        }
        let policy = quittance_policy::read("refunds.md", POLICY).unwrap().policy;
        let of = |version: &_| (policy.version == *version).then(|| policy.clone());
        let replayed = guard::replay(&entries, of).unwrap();
        let is_verdict = |entry: &&Entry| entry.draft.kind == Kind::Verdict;
        let verdicts = entries.iter().filter(is_verdict).count() as u64;
        assert_eq!(replayed.verdicts + replayed.by_database, verdicts);
    }

    /// What must hold at the end of every test: the log is whole, every verdict follows from it, nothing is under way, one key never
    /// carried two bodies, and nothing is reserved but for what is with a person.
    pub(crate) async fn close(self) {
        self.settle().await;
        self.store.log_verify(|_, _| {}).await.unwrap();
        self.replay().await;
        let totals = self.store.totals().await.unwrap();
        let unfinished = ["intent", "marked", "unknown"];
        let open: Vec<_> =
            totals.intents.iter().filter(|(name, _)| unfinished.contains(&name.as_str())).collect();
        assert!(open.is_empty(), "unfinished refunds: {open:?}");
        let open: Vec<_> = totals
            .effects
            .iter()
            .filter(|(name, _)| name == "planned" || name == "marked")
            .collect();
        assert!(open.is_empty(), "unfinished effects: {open:?}");
        assert_eq!(totals.due, 0);
        let is_parked = totals.intents.iter().any(|(name, _)| name == "parked");
        for budget in self.store.budgets().await.unwrap() {
            assert!(is_parked || budget.pending == 0, "{budget:?}");
        }
        let mut bodies: BTreeMap<String, String> = BTreeMap::new();
        for sent in self.stripe_wire.sent_refunds() {
            let known = bodies.entry(sent.key).or_insert_with(|| sent.body.clone());
            assert_eq!(*known, sent.body, "one key carried two bodies");
        }
        self.one_refund_for_each_decision();
        self.store.close().await;
    }

    fn one_refund_for_each_decision(&self) {
        let mut decisions = Vec::new();
        for refund in self.stripe.refunds() {
            let Some(decision) = refund["metadata"]["decision"].as_str() else { continue };
            assert!(!decisions.contains(&decision.to_owned()), "two refunds of one decision");
            decisions.push(decision.to_owned());
        }
    }
}
