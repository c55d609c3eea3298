//! Messages with card numbers through the whole engine, and a look at everything it wrote.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use quittance_agent::{Budget, Model};
use quittance_core::cards::REMOVED;
use quittance_core::clock::{Clock, ManualClock};
use quittance_core::event::Source;
use quittance_core::letters;
use quittance_core::limits::Limits;
use quittance_engine::{Engine, Live, Options, Parts};
use quittance_sandbox::intercom::{ContactSeed, Intercom, Role, Writer};
use quittance_sandbox::stripe::Stripe;
use quittance_sandbox::{intercom, model, stripe};
use quittance_store::Store;
use quittance_store::inbox::{Arrival, Wakes};
use secrecy::SecretString;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::instrument::WithSubscriber;

use super::disguise::{ALL, digits_in};
use super::{number, written};
use crate::prove::dice::Dice;
use crate::sample;
use crate::stand_ins::listen;

const BEGIN: &str = "2026-11-23T12:00:00Z";

/// How often a case is taken up at most, and how far the clock goes on each time, in milliseconds.
const ROUNDS: u32 = 20;
const STEP_MS: i64 = 60_000;

/// How many digits of a card in a row are no chance any more.
const TELLING: usize = 12;

/// The largest request of the model's, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// What was seen of the engine.
#[derive(Clone, Debug)]
pub(super) struct Through {
    pub(super) conversations: u64,
    /// How often the model was asked, and how many bytes were logged.
    pub(super) asked: usize,
    pub(super) traced: usize,
    /// Where something of a card was found.
    pub(super) leaks: Vec<String>,
}

/// What bytes are written to, by many.
type Sheet = Arc<Mutex<Vec<u8>>>;

/// Sends so many messages of each disguise through the engine.
pub(super) async fn through(each: u32, dice: &mut Dice) -> anyhow::Result<Through> {
    let folder = tempfile::tempdir()?;
    let trace = Sheet::default();
    let sheet = Arc::clone(&trace);
    // All that the program could ever print, at the finest level.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || Pen(Arc::clone(&sheet)))
        .finish();
    let house = House::open(folder.path()).await?;
    let said = house.converse(each, dice).with_subscriber(subscriber).await?;
    let told = house.told(&said);
    let (asked, database) = (house.asked(), house.close(folder.path()).await?);
    let trace = trace.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut leaks = Vec::new();
    let places = [("the database", row(&database)), ("the log", row(&trace))];
    for one in &said {
        for (place, row) in &places {
            if holds(row, &one.card) {
                leaks.push(format!("{place}: {}", one.disguise));
            }
        }
    }
    leaks.extend(asked.iter().flat_map(|request| in_request(request, &said)));
    leaks.extend(told);
    leaks.sort();
    leaks.dedup();
    let conversations = u64::try_from(said.len())?;
    Ok(Through { conversations, asked: asked.len(), traced: trace.len(), leaks })
}

/// A card in one conversation.
struct SaidCard {
    disguise: &'static str,
    spare: usize,
    card: Digits,
    conversation: String,
}

/// A number's digits, made so that they can be looked for.
struct Digits(String);

struct House {
    clock: Arc<ManualClock>,
    store: Store,
    engine: Engine,
    inbox: Intercom,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl House {
    async fn open(folder: &Path) -> anyhow::Result<Self> {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let begin: Timestamp = BEGIN.parse()?;
        let clock = Arc::new(ManualClock::new(begin));
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let (stripe, _) = Stripe::new(Arc::clone(&time), stripe::Options::default());
        let workspace =
            intercom::Options { requests_per_window: u64::MAX, ..intercom::Options::default() };
        let (inbox, _) = Intercom::new(Arc::clone(&time), workspace);
        let requests = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let talks = model::Model::new(model::Options::default()).router();
        let talks = talks.layer(from_fn_with_state(Arc::clone(&requests), note));
        let urls = [
            listen(0, stripe.router(), &tasks, &stop).await?,
            listen(0, inbox.router(), &tasks, &stop).await?,
            format!("{}/v1", listen(0, talks, &tasks, &stop).await?),
        ];
        let store = Store::open(&folder.join("cards.db").display().to_string()).await?;
        let engine = engine(store.clone(), &urls, &time)?;
        Ok(Self { clock, store, engine, inbox, requests, tasks, stop })
    }

    /// Has customers write, and works on what they wrote.
    async fn converse(&self, each: u32, dice: &mut Dice) -> anyhow::Result<Vec<SaidCard>> {
        let mut said = Vec::new();
        for disguise in ALL {
            for number in 0..each {
                let card = number::card(dice);
                let messages = written(disguise, &card, dice);
                let name = format!("{}-{number}", disguise.name);
                let conversation = self.say(&name, &messages)?;
                self.arrive(&name, &conversation).await?;
                let (disguise, spare) = (disguise.name, disguise.spare);
                said.push(SaidCard { disguise, spare, card: Digits(card), conversation });
            }
        }
        self.work().await?;
        Ok(said)
    }

    /// A new contact writes. Gives the conversation.
    fn say(&self, name: &str, messages: &[String]) -> anyhow::Result<String> {
        let contact = self.inbox.add_contact(ContactSeed {
            external_id: Some(name.to_owned()),
            email: None,
            name: None,
            role: Role::User,
            language: None,
            attributes: serde_json::Map::new(),
        });
        let mut conversation = None;
        for message in messages {
            conversation = self.inbox.say(&contact, message);
        }
        conversation.context("the stand-in for Intercom takes no message")
    }

    async fn arrive(&self, name: &str, conversation: &str) -> anyhow::Result<()> {
        let at = self.clock.now();
        let wakes = Wakes::Conversation {
            workspace: intercom::Options::default().workspace_id.parse()?,
            conversation: conversation.parse()?,
            due: at,
            changed: None,
        };
        let topic = "conversation.user.created".to_owned();
        let id = name.replace(|sign: char| !sign.is_ascii_alphanumeric(), "-").parse()?;
        let arrival = Arrival { source: Source::Intercom, id, topic, at, wakes };
        self.store.take_in(arrival).await?;
        Ok(())
    }

    async fn work(&self) -> anyhow::Result<()> {
        for _ in 0..ROUNDS {
            let now = self.clock.now();
            let until = now.checked_add(SignedDuration::from_secs(240))?;
            let leases = self.store.lease_due(now, until, 10_000).await?;
            for lease in leases {
                Box::pin(self.engine.step(&lease)).await?;
            }
            self.clock.advance_ms(STEP_MS);
        }
        Ok(())
    }

    /// What was written to customers and to the team with something of a card in it, and who was not told.
    fn told(&self, said: &[SaidCard]) -> Vec<String> {
        let mut leaks = Vec::new();
        for one in said {
            let messages = self.inbox.messages(&one.conversation);
            let ours = messages.iter().filter(|message| message.author == Writer::Agent);
            let ours: Vec<&str> = ours.map(|message| message.text.as_str()).collect();
            if holds(&row(ours.concat().as_bytes()), &one.card) {
                leaks.push(format!("a reply or a note: {}", one.disguise));
            }
            if !ours.iter().any(|text| text.contains("never send a card number")) {
                leaks.push(format!("nothing; but the customer was not told: {}", one.disguise));
            }
        }
        leaks
    }

    fn asked(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends everything, and gives every byte of the database.
    async fn close(self, folder: &Path) -> anyhow::Result<Vec<u8>> {
        self.store.close().await;
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let mut bytes = Vec::new();
        for file in std::fs::read_dir(folder)? {
            bytes.extend(std::fs::read(file?.path())?);
        }
        Ok(bytes)
    }
}

/// All digits of bytes in a row, in any script and whatever is between.
fn row(bytes: &[u8]) -> String {
    let text = letters::read(&String::from_utf8_lossy(bytes));
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a row holds most of a card's digits.
fn holds(row: &str, card: &Digits) -> bool {
    let parts =
        card.0.as_bytes().windows(TELLING).filter_map(|part| std::str::from_utf8(part).ok());
    parts.into_iter().any(|part| row.contains(part))
}

/// The customers' words in a request to the model in which more digits are left than may be.
fn in_request(request: &[u8], said: &[SaidCard]) -> Vec<String> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let messages = request.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
    let of_user =
        messages.iter().filter(|message| message.get("role") == Some(&Value::from("user")));
    let words: Vec<&str> =
        of_user.filter_map(|message| message.get("content").and_then(Value::as_str)).collect();
    let left = digits_in(&words.join("\n").replace(REMOVED, " "));
    let most = said.iter().map(|one| one.spare).max().unwrap_or_default();
    let row = row(&serde_json::to_vec(&messages).unwrap_or_default());
    let named = said.iter().filter(|one| holds(&row, &one.card)).map(|one| one.disguise);
    let mut leaks: Vec<String> =
        named.map(|name| format!("a request to the model: {name}")).collect();
    if left > most {
        leaks.push(format!("a request to the model: {left} digits in {words:?}"));
    }
    leaks
}

/// Keeps what the model is asked.
async fn note(
    State(requests): State<Arc<Mutex<Vec<Vec<u8>>>>>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, LARGEST).await.unwrap_or_default();
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(body.to_vec());
    next.run(Request::from_parts(head, Body::from(body))).await
}

/// Writes to a sheet.
struct Pen(Sheet);

impl std::io::Write for Pen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn engine(store: Store, urls: &[String; 3], clock: &Arc<dyn Clock>) -> anyhow::Result<Engine> {
    let [stripe_url, intercom_url, model_url] = urls.clone();
    let http = || reqwest::Client::builder().no_proxy();
    let stripe = quittance_stripe::options::Options {
        base_url: stripe_url,
        requests_per_second: 1_000_000,
        ..quittance_stripe::options::Options::default()
    };
    let intercom = quittance_intercom::options::Options {
        base_url: intercom_url,
        ..quittance_intercom::options::Options::default()
    };
    let key = SecretString::from(stripe::Options::default().secret_keys.concat());
    let token = SecretString::from(intercom::Options::default().access_token);
    let talks = quittance_agent::model::Options::new(model_url, model::NAME);
    Ok(Engine::new(Parts {
        store,
        stripe: quittance_stripe::Client::new(http(), &stripe, &key)?,
        intercom: quittance_intercom::Client::new(http(), &intercom, &token)?,
        model: Model::new(http().build()?, &talks, None)?,
        budget: Budget::default(),
        library: Live::new(Arc::new(sample::library()?)),
        limits: Limits { refunds_per_hour: 0, currencies: BTreeMap::new() },
        options: Options { team: Some("7001".parse()?), ..Options::default() },
        clock: Arc::clone(clock),
    })?)
}
