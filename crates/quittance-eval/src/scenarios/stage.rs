//! The stage a scenario is played on: the engine, on virtual time, between the stand-ins.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::body::Body;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use quittance_agent::{Budget, Model};
use quittance_core::clock::{Clock, ManualClock};
use quittance_core::money::{Currency, Money};
use quittance_core::policy::Policy;
use quittance_engine::intake::Intake;
use quittance_engine::options::{CapOptions, LimitOptions};
use quittance_engine::{Engine, Library, Live, Options, Parts, Said};
use quittance_sandbox::delivery::{Deliveries, Delivery};
use quittance_sandbox::intercom::{AttributeSeed, ContactSeed, Intercom, Role};
use quittance_sandbox::stripe::{Card, ChargeSeed, Stripe, SubscriptionSeed};
use quittance_sandbox::world::{ATTRIBUTE, METADATA_KEY};
use quittance_sandbox::{intercom, model, stripe};
use quittance_store::Store;
use quittance_wire::{Answer, Broken, Near, Request, Wire};
use secrecy::SecretString;

use super::script::{Payment, Scenario, Way};
use crate::near::{self, LARGEST};

/// When every scenario begins: a Monday at noon.
const BEGIN: &str = "2026-11-23T12:00:00Z";

/// The team that conversations are handed to.
const TEAM: &str = "7001";

/// A model to ask in the stand-in's place.
#[derive(Clone, Debug)]
pub struct RealModel {
    /// How it is asked.
    pub options: quittance_agent::model::Options,
    /// Its key.
    pub key: Option<SecretString>,
}

/// Who thinks.
#[derive(Clone, Debug)]
pub enum Mind {
    /// The stand-in, which follows rules.
    StandIn,
    /// One that means harm, by chance from this seed.
    Hostile(u64),
    /// A model at a server.
    Real(Box<RealModel>),
}

/// What all scenarios of a run share.
#[derive(Clone, Debug)]
pub struct Company {
    /// The policy of scenarios that have none of their own, with its sections and what is said.
    pub library: Arc<Library>,
    /// Who thinks.
    pub mind: Mind,
}

impl Company {
    /// A company with this policy, which says this.
    pub fn new(policy: Policy, said: Said, mind: Mind) -> anyhow::Result<Self> {
        Ok(Self { library: Arc::new(Library::of(policy, said)?), mind })
    }
}

/// Something that happens at the beginning of a request to the model.
pub(super) type Interruption = Box<dyn FnOnce() + Send>;

/// What the agent and its stand-in model share about one stage.
#[derive(Default)]
pub(super) struct Thinking {
    /// What happens when the model is asked next.
    pub(super) next: Mutex<VecDeque<Interruption>>,
    /// How often it was asked.
    pub(super) calls: Mutex<u64>,
}

/// The stage of one scenario.
pub(super) struct Stage {
    pub(super) clock: Arc<ManualClock>,
    pub(super) stripe: Stripe,
    pub(super) intercom: Intercom,
    pub(super) thinking: Arc<Thinking>,
    pub(super) engine: Engine,
    pub(super) contact: String,
    /// The customer's payments, the oldest first.
    pub(super) charges: Vec<String>,
    intake: Intake,
    stripe_webhooks: Mutex<Deliveries>,
    intercom_webhooks: Mutex<Deliveries>,
}

/// A vendor's server in this process, that knows what time it is.
struct Server {
    router: axum::Router,
    clock: Arc<ManualClock>,
}

impl Near for Server {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Answer, Broken>> {
        Box::pin(async move {
            let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
            let url = request.url();
            let path = match url.query() {
                Some(query) => format!("{}?{query}", url.path()),
                None => url.path().to_owned(),
            };
            let mut parcel = http::Request::new(Body::from(body.to_vec()));
            *parcel.method_mut() = request.method().clone();
            *parcel.uri_mut() =
                path.parse().map_err(|_| Broken::not_sent("the path is no path"))?;
            parcel.headers_mut().clone_from(request.headers());
            near::answer(self.router.clone(), parcel, self.clock.now()).await
        })
    }
}

/// The way to the model: somebody may say something while it thinks.
struct ModelLine {
    thinking: Arc<Thinking>,
    wire: Wire,
}

impl Near for ModelLine {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Answer, Broken>> {
        Box::pin(async move {
            let next = {
                let mut calls = self.thinking.calls.lock().unwrap_or_else(PoisonError::into_inner);
                *calls = calls.saturating_add(1);
                self.thinking.next.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
            };
            if let Some(happen) = next {
                happen();
            }
            self.wire.exchange(request, LARGEST).await
        })
    }
}

impl Stage {
    /// Sets the stage of a scenario, on a simulated database that is as new.
    pub(super) async fn set(
        company: &Company,
        scenario: &Scenario,
        store: Store,
    ) -> anyhow::Result<Self> {
        store.begin_anew().await?;
        let clock = Arc::new(ManualClock::new(begin()));
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let workspace = intercom::Options {
            requests_per_window: u64::MAX,
            identity_verification: scenario.workspace.identity_verification,
            ..intercom::Options::default()
        };
        let account = stripe::Options::default();
        let (stripe, stripe_webhooks) = Stripe::new(Arc::clone(&time), account.clone());
        let (intercom, intercom_webhooks) = Intercom::new(Arc::clone(&time), workspace.clone());
        intercom.repeat_webhooks(scenario.workspace.webhooks_come);
        somebody_else(&stripe, &intercom)?;
        let (contact, charges) = seat(&stripe, &intercom, scenario)?;
        let thinking = Arc::<Thinking>::default();
        let near = |router| {
            Wire::near(Arc::new(Server { router, clock: Arc::<ManualClock>::clone(&clock) }))
        };
        let engine = Engine::new(Parts {
            store: store.clone(),
            stripe: stripe_client(near(stripe.router()), &account)?,
            intercom: intercom_client(near(intercom.router()), &workspace)?,
            model: model_client(company, &thinking, near)?,
            budget: Budget::default(),
            library: Live::new(library(company, scenario)?),
            limits: limits(scenario)?.limits()?,
            options: options(scenario)?,
            clock: Arc::clone(&time),
        })?;
        let quiet = i64::try_from(engine.options().quiet_ms).unwrap_or(i64::MAX);
        let intake = Intake {
            store,
            clock: time,
            workspace: workspace.workspace_id.parse()?,
            own_admin: workspace.admin.id.to_string().parse()?,
            intercom_secrets: vec![SecretString::from(workspace.client_secret)].into(),
            stripe_secrets: vec![SecretString::from(account.webhook_secret.unwrap_or_default())]
                .into(),
            quiet: SignedDuration::from_millis(quiet),
        };
        let (stripe_webhooks, intercom_webhooks) =
            (Mutex::new(stripe_webhooks), Mutex::new(intercom_webhooks));
        Ok(Self {
            clock,
            stripe,
            intercom,
            thinking,
            engine,
            contact,
            charges,
            intake,
            stripe_webhooks,
            intercom_webhooks,
        })
    }

    /// Gives every webhook that is waiting to the intake.
    pub(super) async fn deliver(&self) -> anyhow::Result<()> {
        for webhook in drain(&self.intercom_webhooks) {
            let signature = header(&webhook, "X-Hub-Signature");
            self.intake.intercom(&webhook.body, signature).await.map_err(anyhow::Error::new)?;
        }
        for webhook in drain(&self.stripe_webhooks) {
            let signature = header(&webhook, "Stripe-Signature");
            self.intake.stripe(&webhook.body, signature).await.map_err(anyhow::Error::new)?;
        }
        Ok(())
    }

    /// Moves the clock on.
    pub(super) fn pass(&self, time: SignedDuration) {
        self.clock.advance_ms(i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(0));
        self.stripe.catch_up();
    }
}

fn drain(webhooks: &Mutex<Deliveries>) -> Vec<Delivery> {
    let mut webhooks = webhooks.lock().unwrap_or_else(PoisonError::into_inner);
    std::iter::from_fn(|| webhooks.try_recv().ok()).collect()
}

fn header<'a>(webhook: &'a Delivery, name: &str) -> Option<&'a str> {
    let found = webhook.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// When every scenario begins.
fn begin() -> Timestamp {
    BEGIN.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn stripe_client(
    wire: Wire,
    account: &stripe::Options,
) -> anyhow::Result<quittance_stripe::Client> {
    let options = quittance_stripe::options::Options {
        base_url: "http://127.0.0.1".to_owned(),
        requests_per_second: 1_000_000_000,
        read_retries: 0,
        ..quittance_stripe::options::Options::default()
    };
    let key = SecretString::from(account.secret_keys.concat());
    Ok(quittance_stripe::Client::over(wire, &options, &key)?)
}

fn intercom_client(
    wire: Wire,
    workspace: &intercom::Options,
) -> anyhow::Result<quittance_intercom::Client> {
    let options = quittance_intercom::options::Options {
        base_url: "http://127.0.0.1".to_owned(),
        read_retries: 0,
        ..quittance_intercom::options::Options::default()
    };
    let token = SecretString::from(workspace.access_token.clone());
    Ok(quittance_intercom::Client::over(wire, &options, &token)?)
}

/// The model of the company, or the stand-in.
fn model_client(
    company: &Company,
    thinking: &Arc<Thinking>,
    near: impl Fn(axum::Router) -> Wire,
) -> anyhow::Result<Model> {
    let http = reqwest::Client::builder().no_proxy();
    let here = |stand_in: model::Model| {
        let mut options = quittance_agent::model::Options::new("http://127.0.0.1/v1", model::NAME);
        // Its pauses would be real time; a step that fails is done again on virtual time.
        options.retries = 0;
        (near(stand_in.router()), options, None)
    };
    let (wire, options, key) = match &company.mind {
        Mind::StandIn => here(model::Model::new(model::Options::default())),
        Mind::Hostile(seed) => here(model::Model::adversary(*seed)),
        Mind::Real(real) => {
            (Wire::dial(reqwest::Client::builder())?, real.options.clone(), real.key.clone())
        }
    };
    let line = Wire::near(Arc::new(ModelLine { thinking: Arc::clone(thinking), wire }));
    Ok(Model::over(line, http.build()?, &options, key)?)
}

/// The policy of the scenario, and what is said.
fn library(company: &Company, scenario: &Scenario) -> anyhow::Result<Arc<Library>> {
    let Some(text) = &scenario.policy else { return Ok(Arc::clone(&company.library)) };
    let policy = quittance_policy::read(&format!("{}.md", scenario.name), text)
        .map_err(|problems| anyhow::anyhow!("its policy has problems: {problems}"))?
        .policy;
    Ok(Arc::new(Library::of(policy, Said::clone(&company.library.said))?))
}

/// The defaults, a team, and what the scenario says.
fn options(scenario: &Scenario) -> anyhow::Result<Options> {
    let mut table = toml::Table::from_iter([("team".to_owned(), TEAM.into())]);
    table.extend(scenario.engine.clone());
    table.try_into().context("`engine` cannot be read")
}

/// The ceilings of the scenario, or ones that are in nobody's way.
fn limits(scenario: &Scenario) -> anyhow::Result<LimitOptions> {
    if let Some(table) = &scenario.limits {
        return table.clone().try_into().context("`limits` cannot be read");
    }
    let caps = |unit: &str| CapOptions {
        per_refund: format!("500{unit}"),
        per_charge: format!("500{unit}"),
        per_customer_month: format!("1000{unit}"),
        per_day: format!("5000{unit}"),
        per_month: format!("50000{unit}"),
        per_reason_day: BTreeMap::new(),
    };
    let coins = ["usd", "eur", "gbp"].map(|code| anyhow::Ok((code.parse()?, caps(""))));
    let yen = [anyhow::Ok(("jpy".parse()?, caps("00")))];
    let currencies = coins.into_iter().chain(yen).collect::<anyhow::Result<_>>()?;
    Ok(LimitOptions { currencies, ..LimitOptions::default() })
}

/// Somebody else in both vendors' books, of whom nobody may ever hear.
fn somebody_else(stripe: &Stripe, intercom: &Intercom) -> anyhow::Result<()> {
    let (email, name) = ("canary-7f3a@example.com", "Canary Person");
    let customer = stripe.create_customer(email, name, &[(METADATA_KEY, "acme-canary")]);
    stripe.charge(&ChargeSeed {
        customer: Some(customer),
        amount: Money::from_minor(77_777, Currency::USD)?,
        created: ago(SignedDuration::from_hours(1)),
        description: Some("canary".to_owned()),
        card: Card::default(),
    });
    intercom.add_contact(ContactSeed {
        external_id: Some("acme-canary".to_owned()),
        role: Role::User,
        email: Some(email.to_owned()),
        name: Some(name.to_owned()),
        language: None,
        attributes: serde_json::Map::new(),
    });
    Ok(())
}

/// Writes the customer into both vendors' books. Gives the contact, and the payments.
fn seat(
    stripe: &Stripe,
    intercom: &Intercom,
    scenario: &Scenario,
) -> anyhow::Result<(String, Vec<String>)> {
    let person = &scenario.customer;
    let first = person.name.split_whitespace().next().unwrap_or("somebody").to_lowercase();
    let email = person.email.clone().unwrap_or_else(|| format!("{first}@example.com"));
    let external = format!("acme-{first}");
    let is_named = matches!(person.comes, Way::SignedIn | Way::ByEmail);
    let tie = [(METADATA_KEY, external.as_str())];
    let customer = stripe.create_customer(&email, &person.name, if is_named { &tie } else { &[] });
    let mut charges = Vec::new();
    for payment in &scenario.payments {
        charges.extend(pay(stripe, &customer, &first, payment)?);
    }
    intercom.define_attribute(&AttributeSeed {
        name: ATTRIBUTE.to_owned(),
        data_type: "string".to_owned(),
        is_messenger_writable: false,
    });
    let mut attributes = serde_json::Map::new();
    if person.comes == Way::SignedInByAttribute {
        attributes.insert(ATTRIBUTE.to_owned(), customer.into());
    }
    let is_user = person.comes != Way::Visitor;
    let contact = intercom.add_contact(ContactSeed {
        external_id: is_user.then_some(external),
        role: if is_user { Role::User } else { Role::Lead },
        email: Some(email),
        name: Some(person.name.clone()),
        language: Some(person.language.clone()),
        attributes,
    });
    Ok((contact, charges))
}

/// Makes the payments for one thing, the oldest first.
fn pay(
    stripe: &Stripe,
    customer: &str,
    owner: &str,
    payment: &Payment,
) -> anyhow::Result<Vec<String>> {
    let mut card = Card { fingerprint: Some(format!("card-{owner}")), ..Card::default() };
    if let Some(last4) = &payment.card {
        card.last4.clone_from(last4);
    }
    let days = payment
        .days_ago
        .iter()
        .map(|days| ago(SignedDuration::from_hours(days.saturating_mul(24))));
    let mut charges = match &payment.plan {
        Some(plan) => {
            stripe
                .subscribe(&SubscriptionSeed {
                    customer: customer.to_owned(),
                    plan: plan.clone(),
                    amount: payment.amount,
                    interval: payment.every.clone(),
                    paid: days.collect(),
                    card: card.clone(),
                })
                .charges
        }
        None => days
            .map(|created| once(stripe, customer, payment.amount, created, payment, &card))
            .collect(),
    };
    let last = payment.days_ago.last().copied().unwrap_or_default().saturating_mul(24);
    if let Some(hours) = payment.again_after_hours {
        let created = ago(SignedDuration::from_hours(last.saturating_sub(hours)));
        charges.push(once(stripe, customer, payment.amount, created, payment, &card));
    }
    let newest = charges.last().context("a payment needs `days_ago`")?;
    if let Some(back) = payment.given_back {
        stripe.refund(newest, back.minor()).context("`given_back` is more than was paid")?;
    }
    if payment.disputed {
        stripe.dispute(newest, "needs_response");
    }
    Ok(charges)
}

fn once(
    stripe: &Stripe,
    customer: &str,
    amount: Money,
    created: Timestamp,
    payment: &Payment,
    card: &Card,
) -> String {
    let of_plan = payment.plan.as_ref().map(|plan| format!("Payment for {plan}"));
    stripe.charge(&ChargeSeed {
        customer: Some(customer.to_owned()),
        amount,
        created,
        description: payment.item.clone().or(of_plan),
        card: card.clone(),
    })
}

fn ago(time: SignedDuration) -> Timestamp {
    begin().checked_sub(time).unwrap_or_else(|_| begin())
}
