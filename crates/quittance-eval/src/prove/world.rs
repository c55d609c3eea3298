//! One simulated world: the vendors, the customers, and the machines that work for them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use quittance_agent::{Budget, Model};
use quittance_core::clock::{Clock, ManualClock};
use quittance_core::guard::Mode;
use quittance_core::limits::{Caps, Limits};
use quittance_core::money::{Currency, Money};
use quittance_engine::intake::Intake;
use quittance_engine::settle::Desk;
use quittance_engine::{Engine, Library, Live, Options, Parts};
use quittance_sandbox::delivery::Deliveries;
use quittance_sandbox::intercom::{ContactSeed, Intercom, Role};
use quittance_sandbox::stripe::{Card, ChargeSeed, Stripe};
use quittance_sandbox::{intercom, model, stripe};
use quittance_store::Store;
use quittance_store::watermark::Watermark;
use quittance_wire::Wire;
use secrecy::SecretString;

use super::brain::Brain;
use super::hub::{Hub, NodeClock, NodeId};
use super::lines::{Line, ModelLine, NodeLine, Post};
use super::probe::Watch;
use super::scenario::{Person, Scenario};
use crate::sample;

/// When every run begins.
const BEGIN: &str = "2026-11-23T12:00:00Z";

/// How long a worker may hold a case, in milliseconds.
pub(crate) const LEASE_MS: i64 = 240_000;

/// What whoever sets Quittance up subscribes to at Intercom.
const TOPICS: [&str; 5] = [
    "conversation.user.created",
    "conversation.user.replied",
    "conversation.admin.replied",
    "conversation.admin.assigned",
    "conversation.admin.closed",
];

const POLICY: &str = include_str!("policy.md");

/// What all runs of a process share: nothing in it changes.
#[derive(Clone)]
pub(crate) struct Kit {
    library: Arc<Library>,
    http: reqwest::Client,
    /// The database of all runs, one after the other.
    store: Store,
    model_options: quittance_agent::model::Options,
    workspace: intercom::Options,
    account: stripe::Options,
    /// What the vendors know of these people before the first of them writes.
    books: Arc<Mutex<HashMap<Vec<Person>, Arc<Books>>>>,
}

/// What the vendors know of the customers when a run begins.
struct Books {
    stripe: Stripe,
    intercom: Intercom,
    people: Vec<Known>,
}

impl Kit {
    /// Makes what all runs on this thread share.
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let library = Arc::new(sample::library_of("policy.md", POLICY)?);
        let store = Store::simulated().await?;
        let mut model_options =
            quittance_agent::model::Options::new("http://127.0.0.1/v1", model::NAME);
        model_options.retries = 0;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let workspace = intercom::Options {
            requests_per_window: u64::MAX,
            topics: TOPICS.map(str::to_owned).to_vec(),
            ..intercom::Options::default()
        };
        let account = stripe::Options::default();
        Ok(Self { library, http, store, model_options, workspace, account, books: Arc::default() })
    }

    /// The books in which these people stand. There are few different ones in all runs together.
    fn books(&self, people: &[Person]) -> anyhow::Result<Arc<Books>> {
        let mut known = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(books) = known.get(people) {
            return Ok(Arc::clone(books));
        }
        let books = Arc::new(Books::of(people, self)?);
        known.insert(people.to_vec(), Arc::clone(&books));
        Ok(books)
    }
}

/// A customer in both vendors' books.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) contact: String,
    /// Oldest first.
    pub(crate) charges: Vec<String>,
}

/// A machine that works on the cases.
pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    pub(crate) intake: Intake,
    pub(crate) clock: Arc<NodeClock>,
    pub(crate) mode: Mode,
}

/// The world of one run.
pub(crate) struct World {
    pub(crate) hub: Arc<Hub>,
    pub(crate) stripe: Stripe,
    pub(crate) intercom: Intercom,
    pub(crate) brain: Arc<Brain>,
    pub(crate) post: Arc<Post>,
    pub(crate) people: Vec<Known>,
    pub(crate) nodes: Vec<Node>,
    /// The database as somebody outside sees it: nothing goes wrong there.
    pub(crate) outside: Store,
    pub(crate) stripe_webhooks: Mutex<Deliveries>,
    pub(crate) intercom_webhooks: Mutex<Deliveries>,
    stripe_line: Line,
    intercom_line: Line,
    pub(crate) library: Arc<Library>,
    limits: Limits,
}

/// When every run begins.
pub(crate) fn begin() -> Timestamp {
    BEGIN.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

impl World {
    /// Builds the world of a scenario.
    pub(crate) async fn build(
        kit: &Kit,
        scenario: &Scenario,
        hub: Arc<Hub>,
    ) -> anyhow::Result<Self> {
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&hub.truth);
        let books = kit.books(&scenario.people)?;
        let (stripe, stripe_webhooks) = books.stripe.twin(Arc::clone(&time));
        let (intercom, intercom_webhooks) = books.intercom.twin(time);
        let outside = kit.store.clone();
        outside.begin_anew().await?;
        // Whoever serves has asked Intercom what changed ever since it was started for the first time.
        outside.claim(Watermark::Intercom, begin(), begin(), begin()).await?;
        let brain =
            Brain::new(scenario.thoughts.clone(), scenario.afterwards.clone(), scenario.is_hostile);
        let mut world = Self {
            stripe_line: Line { router: stripe.router(), is_stripe: true },
            intercom_line: Line { router: intercom.router(), is_stripe: false },
            hub,
            stripe,
            intercom,
            brain: Arc::new(brain),
            post: Arc::default(),
            people: books.people.clone(),
            nodes: Vec::new(),
            outside,
            stripe_webhooks: Mutex::new(stripe_webhooks),
            intercom_webhooks: Mutex::new(intercom_webhooks),
            library: Arc::clone(&kit.library),
            limits: limits(scenario)?,
        };
        for node in 0..scenario.nodes {
            let clock = world.hub.clock();
            let made = world.node(kit, node, clock, scenario.mode)?;
            world.nodes.push(made);
        }
        Ok(world)
    }

    /// A machine with a fresh process on it.
    fn node(
        &self,
        kit: &Kit,
        node: NodeId,
        clock: Arc<NodeClock>,
        mode: Mode,
    ) -> anyhow::Result<Node> {
        let watch = Watch { hub: Arc::clone(&self.hub), node };
        let store = self.outside.clone().probed(Arc::new(watch));
        let workspace = &kit.workspace;
        let brain = ModelLine { hub: Arc::clone(&self.hub), node, brain: Arc::clone(&self.brain) };
        let time: Arc<dyn Clock> = Arc::<NodeClock>::clone(&clock);
        let engine = Engine::new(Parts {
            store: store.clone(),
            stripe: self.stripe_client(kit, node)?,
            intercom: quittance_intercom::Client::over(
                self.wire(node, &self.intercom_line),
                &intercom_options(),
                &SecretString::from(workspace.access_token.clone()),
            )?,
            model: Model::over(
                Wire::near(Arc::new(brain)),
                kit.http.clone(),
                &kit.model_options,
                None,
            )?,
            budget: Budget::default(),
            library: Live::new(Arc::clone(&kit.library)),
            limits: self.limits.clone(),
            options: Options {
                mode,
                quiet_ms: 0,
                team: Some("7001".parse()?),
                lease_ms: u64::try_from(LEASE_MS)?,
                ..Options::default()
            },
            clock: Arc::clone(&time),
        })?;
        let intake = Intake {
            store: store.clone(),
            clock: time,
            workspace: workspace.workspace_id.parse()?,
            own_admin: workspace.admin.id.to_string().parse()?,
            intercom_secrets: vec![SecretString::from(workspace.client_secret.clone())].into(),
            stripe_secrets: vec![SecretString::from(
                kit.account.webhook_secret.clone().unwrap_or_default(),
            )]
            .into(),
            quiet: SignedDuration::ZERO,
        };
        Ok(Node { store, engine, intake, clock, mode })
    }

    /// What a person settles refunds with at the terminal of a node.
    pub(crate) fn desk(&self, kit: &Kit, node: NodeId) -> anyhow::Result<Option<Desk>> {
        let Some(machine) = self.nodes.get(node) else { return Ok(None) };
        let stripe = self.stripe_client(kit, node)?;
        let clock: Arc<dyn Clock> = Arc::<NodeClock>::clone(&machine.clock);
        Ok(Some(Desk { store: machine.store.clone(), stripe: Arc::new(stripe), clock }))
    }

    fn stripe_client(&self, kit: &Kit, node: NodeId) -> anyhow::Result<quittance_stripe::Client> {
        let key = SecretString::from(kit.account.secret_keys.concat());
        let wire = self.wire(node, &self.stripe_line);
        Ok(quittance_stripe::Client::over(wire, &stripe_options(), &key)?)
    }

    fn wire(&self, node: NodeId, line: &Line) -> Wire {
        let (hub, post) = (Arc::clone(&self.hub), Arc::clone(&self.post));
        Wire::near(Arc::new(NodeLine { hub, post, node, line: line.clone() }))
    }

    /// Starts the process of a node anew: what it had in memory is gone. It sends no refund before it has
    /// compared its log with Stripe.
    pub(crate) async fn restart(
        &mut self,
        kit: &Kit,
        node: NodeId,
        mode: Mode,
    ) -> anyhow::Result<()> {
        let Some(old) = self.nodes.get(node) else { return Ok(()) };
        let fresh = self.node(kit, node, Arc::clone(&old.clock), mode)?;
        fresh.engine.hold_refunds();
        if self.nodes.len() == 1 {
            self.outside.end_leases().await?;
        } else {
            // The others may be alive, so nobody's lease is known to be over.
            self.outside.expire_leases().await?;
        }
        if let Some(place) = self.nodes.get_mut(node) {
            *place = fresh;
        }
        Ok(())
    }

    /// Copies the database, as a backup does.
    pub(crate) async fn back_up(&self) -> anyhow::Result<()> {
        Ok(self.outside.back_up().await?)
    }

    /// Puts the backup in the place of the database, and starts every machine on it.
    pub(crate) async fn restore(&mut self, kit: &Kit) -> anyhow::Result<()> {
        self.outside.restore().await?;
        for node in 0..self.nodes.len() {
            let mode = self.nodes.get(node).map_or(Mode::Act, |node| node.mode);
            self.restart(kit, node, mode).await?;
        }
        Ok(())
    }

    /// The webhooks that the vendors have sent since the last look, and whether they are Stripe's.
    pub(crate) fn webhooks(&self) -> Vec<(bool, quittance_sandbox::delivery::Delivery)> {
        let drain = |webhooks: &Mutex<Deliveries>| {
            let mut webhooks = webhooks.lock().unwrap_or_else(PoisonError::into_inner);
            std::iter::from_fn(|| webhooks.try_recv().ok()).collect::<Vec<_>>()
        };
        let intercom = drain(&self.intercom_webhooks).into_iter().map(|one| (false, one));
        intercom.chain(drain(&self.stripe_webhooks).into_iter().map(|one| (true, one))).collect()
    }
}

fn stripe_options() -> quittance_stripe::options::Options {
    quittance_stripe::options::Options {
        base_url: "http://127.0.0.1".to_owned(),
        read_retries: 0,
        requests_per_second: 1_000_000_000,
        ..quittance_stripe::options::Options::default()
    }
}

fn intercom_options() -> quittance_intercom::options::Options {
    quittance_intercom::options::Options {
        base_url: "http://127.0.0.1".to_owned(),
        read_retries: 0,
        ..quittance_intercom::options::Options::default()
    }
}

fn limits(scenario: &Scenario) -> anyhow::Result<Limits> {
    let usd = |minor| Money::from_minor(minor, Currency::USD);
    let caps = Caps {
        per_refund: usd(50_000)?,
        per_charge: usd(50_000)?,
        per_customer_month: usd(100_000)?,
        per_day: usd(scenario.per_day)?,
        per_month: usd(100_000_000)?,
        per_reason_day: BTreeMap::new(),
    };
    Ok(Limits {
        refunds_per_hour: scenario.per_hour,
        currencies: BTreeMap::from([(Currency::USD, caps)]),
    })
}

impl Books {
    /// Writes these people and their payments into both vendors' books.
    fn of(people: &[Person], kit: &Kit) -> anyhow::Result<Self> {
        let time: Arc<dyn Clock> = Arc::new(ManualClock::new(begin()));
        // What was made before a run is nobody's news.
        let (stripe, _) = Stripe::new(Arc::clone(&time), kit.account.clone());
        let (intercom, _) = Intercom::new(time, kit.workspace.clone());
        let people = people.iter().enumerate();
        let people: anyhow::Result<_> =
            people.map(|(number, person)| enter(&stripe, &intercom, number, person)).collect();
        Ok(Self { people: people?, stripe, intercom })
    }
}

/// Enters a customer.
fn enter(
    stripe: &Stripe,
    intercom: &Intercom,
    number: usize,
    person: &Person,
) -> anyhow::Result<Known> {
    let (email, external) = (format!("person{number}@example.com"), format!("user-{number}"));
    let name = format!("Person {number}");
    let customer = stripe.create_customer(&email, &name, &[("intercom_external_id", &external)]);
    let mut charges = Vec::new();
    for (minor, hours_ago) in &person.payments {
        charges.push(stripe.charge(&ChargeSeed {
            customer: Some(customer.clone()),
            amount: Money::from_minor(*minor, Currency::USD)?,
            created: begin().checked_sub(SignedDuration::from_hours(*hours_ago))?,
            description: None,
            card: Card { fingerprint: Some(format!("card-{}", person.card)), ..Card::default() },
        }));
    }
    let contact = intercom.add_contact(ContactSeed {
        external_id: Some(external).filter(|_| person.is_verified),
        role: if person.is_verified { Role::User } else { Role::Lead },
        email: Some(email),
        name: Some(name),
        language: None,
        attributes: serde_json::Map::new(),
    });
    Ok(Known { contact, charges })
}
