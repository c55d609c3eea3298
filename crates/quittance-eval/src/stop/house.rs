//! Two nodes on one database, refunds that were allowed, and a stand-in for Stripe that tells when it heard
//! of each.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use quittance_agent::{Budget, Model};
use quittance_core::action::Refund;
use quittance_core::case::State as CaseState;
use quittance_core::clock::Clock;
use quittance_core::event::Source;
use quittance_core::guard::IntentEntry;
use quittance_core::ids::{ConversationId, DecisionKey};
use quittance_core::limits::Limits;
use quittance_core::money::{Currency, Money};
use quittance_core::reason::Reason;
use quittance_core::record::{Draft, Kind};
use quittance_engine::{Engine, Live, Options, Parts};
use quittance_sandbox::intercom::{ContactSeed, Intercom, Role};
use quittance_sandbox::stripe::{Card, ChargeSeed, Stripe};
use quittance_sandbox::{intercom, model, stripe};
use quittance_store::Store;
use quittance_store::inbox::{Arrival, Wakes};
use quittance_store::intents::NewIntent;
use quittance_store::leases::Lease;
use quittance_store::stop::StopChange;
use quittance_store::transition::{CaseChange, Transition};
use quittance_stripe::refunds;
use secrecy::SecretString;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sample;
use crate::stand_ins::listen;

/// How long a node may hold a case, in seconds.
const LEASE_S: i64 = 240;

/// How many cases are taken up at once at most.
const MOST_DUE: u32 = 1_000;

/// How often refunds are rehearsed: the first ones are slow.
const REHEARSALS: u32 = 10;

/// Every refund is of this many cents.
const CENTS: i64 = 4_900;

/// When Stripe heard of each send since the last look.
type Heard = Arc<Mutex<Vec<Instant>>>;

/// Everything that is measured on.
pub(super) struct House {
    clock: Arc<dyn Clock>,
    nodes: Vec<Engine>,
    /// Whoever throws the switch has a connection of their own, as another process has.
    outside: Store,
    stripe: Stripe,
    inbox: Intercom,
    reader: quittance_intercom::Client,
    customer: u64,
    charges: Vec<String>,
    heard: Heard,
    takes: Duration,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl House {
    /// Starts the stand-ins and two nodes on a new database in `folder`.
    pub(super) async fn open(clock: Arc<dyn Clock>, folder: &Path) -> anyhow::Result<Self> {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let (stripe, _) = Stripe::new(Arc::clone(&clock), stripe::Options::default());
        let (inbox, _) = Intercom::new(
            Arc::clone(&clock),
            intercom::Options { requests_per_window: u64::MAX, ..intercom::Options::default() },
        );
        let heard = Heard::default();
        let noting = stripe.router().layer(from_fn_with_state(Arc::clone(&heard), note));
        let urls = [
            listen(0, noting, &tasks, &stop).await?,
            listen(0, inbox.router(), &tasks, &stop).await?,
        ];
        let url = folder.join("stop.db").display().to_string();
        let mut nodes = Vec::new();
        for store in [Store::open(&url).await?, Store::join(&url).await?] {
            nodes.push(engine(store, &urls, &clock)?);
        }
        let outside = Store::join(&url).await?;
        let [_, inbox_url] = &urls;
        let reader = client(inbox_url)?;
        let (customer, charges, takes) = (0, Vec::new(), Duration::ZERO);
        Ok(Self {
            clock,
            nodes,
            outside,
            stripe,
            inbox,
            reader,
            customer,
            charges,
            heard,
            takes,
            tasks,
            stop,
        })
    }

    /// Allows so many refunds, each of a customer of its own, and leaves them due.
    pub(super) async fn allow(&mut self, trial: u32, count: u32) -> anyhow::Result<()> {
        let mut new = Vec::new();
        for number in 0..count {
            new.push(self.arrive(trial, number).await?);
        }
        let leases = self.leases(0, MOST_DUE).await?;
        // An older case may want a last look at its conversation; nothing is new there.
        let (leases, older): (Vec<Lease>, Vec<Lease>) =
            leases.into_iter().partition(|lease| new.contains(&lease.conversation));
        ensure!(leases.len() == new.len(), "{} cases are due", leases.len());
        for lease in older {
            self.node(0)?.rest(&lease, None).await?;
        }
        for lease in leases {
            let intent = Some(self.intent(&lease)?);
            // What was said is answered by the refund.
            let read = self.reader.conversation(&lease.conversation).await?;
            let case = CaseChange {
                state: Some(CaseState::Settling),
                handled_part: read.parts.last().map(|part| part.id.clone()),
                ..CaseChange::default()
            };
            let step = Transition { intent, case, ..Transition::default() };
            self.outside.commit(&lease, step).await?;
            self.node(0)?.rest(&lease, Some(self.clock.now())).await?;
        }
        Ok(())
    }

    async fn arrive(&self, trial: u32, number: u32) -> anyhow::Result<ConversationId> {
        let at = self.clock.now();
        let id = format!("{trial}{number:03}");
        let contact = self.inbox.add_contact(ContactSeed {
            external_id: Some(id.clone()),
            email: None,
            name: None,
            role: Role::User,
            language: None,
            attributes: serde_json::Map::new(),
        });
        let said = self.inbox.say_anew(&contact, "I was charged twice.");
        let conversation = said.context("the stand-in for Intercom takes no message")?;
        let conversation: ConversationId = conversation.parse()?;
        let wakes = Wakes::Conversation {
            workspace: intercom::Options::default().workspace_id.parse()?,
            conversation: conversation.clone(),
            due: at,
            changed: None,
        };
        let topic = "conversation.user.created".to_owned();
        let arrival = Arrival { source: Source::Intercom, id: id.parse()?, topic, at, wakes };
        self.outside.take_in(arrival).await?;
        Ok(conversation)
    }

    /// A refund of a new charge.
    fn intent(&mut self, lease: &Lease) -> anyhow::Result<NewIntent> {
        self.customer = self.customer.saturating_add(1);
        let (name, now) = (format!("customer{}", self.customer), self.clock.now());
        let amount = Money::from_minor(CENTS, Currency::USD)?;
        let customer = self.stripe.create_customer(&format!("{name}@example.com"), &name, &[]);
        let charge = self.stripe.charge(&ChargeSeed {
            customer: Some(customer.clone()),
            amount,
            created: now.checked_sub(SignedDuration::from_hours(24))?,
            description: None,
            card: Card { fingerprint: Some(name), ..Card::default() },
        });
        self.charges.push(charge.clone());
        intent(lease, &charge, &customer, amount, now)
    }

    async fn leases(&self, node: usize, limit: u32) -> anyhow::Result<Vec<Lease>> {
        let now = self.clock.now();
        let until = now.checked_add(SignedDuration::from_secs(LEASE_S))?;
        Ok(self.node(node)?.store().lease_due(now, until, limit).await?)
    }

    fn node(&self, node: usize) -> anyhow::Result<&Engine> {
        self.nodes.get(node).context("there is no such node")
    }

    /// Works once on everything that is due, half on each node.
    pub(super) async fn work(&self) -> anyhow::Result<usize> {
        let mut steps = JoinSet::new();
        for (node, limit) in [(0, super::AT_ONCE / 2), (1, super::AT_ONCE)] {
            for lease in self.leases(node, limit).await? {
                let engine = self.node(node)?.clone();
                steps.spawn(async move { Box::pin(engine.step(&lease)).await });
            }
        }
        let count = steps.len();
        while let Some(done) = steps.join_next().await {
            done??;
        }
        Ok(count)
    }

    /// Works until nothing is due.
    pub(super) async fn work_off(&self) -> anyhow::Result<()> {
        while self.work().await? > 0 {}
        Ok(())
    }

    /// Lets refunds go without a stop, to know how long they take. Its cases are nobody else's.
    pub(super) async fn rehearse(&mut self) -> anyhow::Result<()> {
        for round in 0..REHEARSALS {
            self.allow(u32::MAX.saturating_sub(round), super::AT_ONCE).await?;
            let begin = Instant::now();
            self.work().await?;
            self.takes = begin.elapsed();
            self.work_off().await?;
        }
        self.heard();
        Ok(())
    }

    /// How long refunds take on two nodes when nobody stops them.
    pub(super) fn takes(&self) -> Duration {
        self.takes
    }

    /// Throws the switch after a while, and tells when it was written.
    pub(super) async fn throw(&self, wait: Duration) -> anyhow::Result<Instant> {
        tokio::time::sleep(wait).await;
        self.outside.stop(self.change()).await?;
        Ok(Instant::now())
    }

    pub(super) async fn resume(&self) -> anyhow::Result<()> {
        self.outside.resume(self.change()).await?;
        Ok(())
    }

    fn change(&self) -> StopChange {
        StopChange { why: "a drill".to_owned(), by: "bench".to_owned(), at: self.clock.now() }
    }

    /// When Stripe heard of each send since the last look.
    pub(super) fn heard(&self) -> Vec<Instant> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Checks that every charge was refunded once.
    pub(super) async fn check(&self) -> anyhow::Result<()> {
        let mut count: BTreeMap<String, u32> = BTreeMap::new();
        for refund in self.stripe.refunds() {
            let charge = refund.get("charge").and_then(serde_json::Value::as_str);
            let charge = charge.context("a refund without a charge")?;
            let seen = count.entry(charge.to_owned()).or_default();
            *seen = seen.saturating_add(1);
        }
        for charge in &self.charges {
            let times = count.get(charge).copied().unwrap_or(0);
            ensure!(times == 1, "charge {charge} was refunded {times} times");
        }
        self.outside.log_verify(|_, _| {}).await?;
        Ok(())
    }

    /// Ends everything.
    pub(super) async fn close(self) {
        for node in &self.nodes {
            node.store().close().await;
        }
        self.outside.close().await;
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Notes when Stripe hears of a refund, before it does anything.
async fn note(State(heard): State<Heard>, request: Request, next: Next) -> Response {
    if request.method() == Method::POST && request.uri().path() == "/v1/refunds" {
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
    }
    next.run(request).await
}

/// What the engine writes for a refund that the guard allowed.
fn intent(
    lease: &Lease,
    charge: &str,
    customer: &str,
    amount: Money,
    now: Timestamp,
) -> anyhow::Result<NewIntent> {
    let charge = charge.parse()?;
    let key = DecisionKey {
        workspace: &lease.workspace,
        charge: &charge,
        conversation: &lease.conversation,
        ordinal: 0,
    };
    let refund = Refund { charge: charge.clone(), amount, reason: Reason::DuplicateCharge };
    let entry = IntentEntry {
        decision: key.decision()?,
        idempotency_key: key.idempotency()?,
        refund: refund.clone(),
        paid_with: "Visa 4242".to_owned(),
        verdict: None,
        rules: None,
        read_at: Some(now),
        contact: None,
        approval: None,
    };
    let (decision, case) = (entry.decision.clone(), lease.case.clone());
    Ok(NewIntent {
        decision: entry.decision.clone(),
        key: entry.idempotency_key.clone(),
        customer: customer.parse()?,
        read_after: u32::MAX.into(),
        amount,
        entry: Draft { at: now, case: Some(case.clone()), kind: Kind::Intent, body: entry.body() },
        reservations: Vec::new(),
        freeze: Box::new(move |seq, hash| {
            let (seq, hash) = (seq.to_string(), hash.to_string());
            let metadata = [
                ("case", case.as_str()),
                ("decision", decision.as_str()),
                ("log_seq", &seq),
                ("log_hash", &hash),
            ];
            refunds::request_body(&refund, &metadata)
        }),
        charge,
    })
}

fn engine(store: Store, urls: &[String; 2], clock: &Arc<dyn Clock>) -> anyhow::Result<Engine> {
    let [stripe_url, intercom_url] = urls.clone();
    let http = || reqwest::Client::builder().no_proxy();
    let stripe = quittance_stripe::options::Options {
        base_url: stripe_url,
        requests_per_second: 1_000_000,
        ..quittance_stripe::options::Options::default()
    };
    let key = SecretString::from(stripe::Options::default().secret_keys.concat());
    // Nobody asks the model anything here.
    let talks = quittance_agent::model::Options::new("http://127.0.0.1:9/v1", model::NAME);
    Ok(Engine::new(Parts {
        store,
        stripe: quittance_stripe::Client::new(http(), &stripe, &key)?,
        intercom: client(&intercom_url)?,
        model: Model::new(http().build()?, &talks, None)?,
        budget: Budget::default(),
        library: Live::new(Arc::new(sample::library()?)),
        limits: Limits { refunds_per_hour: 0, currencies: BTreeMap::new() },
        options: Options::default(),
        clock: Arc::clone(clock),
    })?)
}

fn client(url: &str) -> anyhow::Result<quittance_intercom::Client> {
    let options = quittance_intercom::options::Options {
        base_url: url.to_owned(),
        ..quittance_intercom::options::Options::default()
    };
    let token = SecretString::from(intercom::Options::default().access_token);
    Ok(quittance_intercom::Client::new(reqwest::Client::builder().no_proxy(), &options, &token)?)
}
