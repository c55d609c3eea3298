//! Shows the demo's page without Quittance, for work on the page itself:
//!
//! ```text
//! cargo run -p quittance-sandbox --example page -- 8080
//! ```
//!
//! Behind the page are the real stand-ins with the seeded customers. What answers is not
//! Quittance but a script that does at once what is expected of each customer; it says so.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use jiff::Timestamp;
use quittance_core::clock::Clock;
use quittance_core::ids::CaseId;
use quittance_core::record::{Draft, Entry, Hash, Kind};
use quittance_sandbox::intercom::{self, Intercom, Writer};
use quittance_sandbox::page::{self, FeedLine, Page};
use quittance_sandbox::stripe::{self, Stripe};
use quittance_sandbox::world::{Expected, Persona, World};
use serde_json::{Value, json};
use tokio::sync::watch;

type Failed = Box<dyn std::error::Error>;

/// How long the script waits between two steps.
const PACE: Duration = Duration::from_millis(350);
/// How long a request to a stand-in may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The machine's clock: this is a program of its own.
#[derive(Debug)]
struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "a program owns the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "it is a program for the terminal")]
            {
                eprintln!("error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failed> {
    let port: u16 = std::env::args().nth(1).ok_or("usage: page PORT")?.parse()?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (stripe, _stripe_webhooks) =
        Stripe::new(Arc::new(MachineClock), stripe::Options::default());
    let (intercom, _intercom_webhooks) =
        Intercom::new(Arc::new(MachineClock), intercom::Options::default());
    let people = World::seed(&stripe, &intercom, MachineClock.now());
    let lines = Arc::new(Lines::default());
    let feed = Arc::clone(&lines);
    let page = page::router(Page {
        stripe: stripe.clone(),
        intercom: intercom.clone(),
        people: people.clone(),
        model_name: "a script".to_owned(),
        is_stand_in_model: true,
        feed: Arc::new(move || Arc::clone(&feed).stream()),
    });
    let any = ("127.0.0.1", 0);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let for_stripe = tokio::net::TcpListener::bind(any).await?;
    let for_intercom = tokio::net::TcpListener::bind(any).await?;
    let script = Script {
        client: reqwest::Client::builder().timeout(TIMEOUT).build()?,
        stripe: format!("http://{}/v1", for_stripe.local_addr()?),
        intercom: format!("http://{}", for_intercom.local_addr()?),
        workspace: intercom.clone(),
        people,
        lines,
    };
    #[expect(clippy::print_stdout, reason = "whoever started it reads this line")]
    {
        println!("LISTENING http://{}", listener.local_addr()?);
    }
    tokio::select! {
        result = async { axum::serve(listener, page).await } => result?,
        result = async { axum::serve(for_stripe, stripe.router()).await } => result?,
        result = async { axum::serve(for_intercom, intercom.router()).await } => result?,
        result = script.play() => result?,
    }
    Ok(())
}

/// The lines so far, for everybody who looks.
struct Lines {
    all: Mutex<Vec<FeedLine>>,
    count: watch::Sender<usize>,
    last: Mutex<(u64, Hash)>,
}

impl Default for Lines {
    fn default() -> Self {
        let count = watch::Sender::new(0);
        Self { all: Mutex::default(), count, last: Mutex::new((0, Hash::START)) }
    }
}

impl Lines {
    fn add(&self, line: FeedLine) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        self.count.send_modify(|count| *count = count.saturating_add(1));
    }

    fn at(&self, index: usize) -> Option<FeedLine> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).get(index).cloned()
    }

    fn stream(self: Arc<Self>) -> BoxStream<'static, FeedLine> {
        let receiver = self.count.subscribe();
        let lines = stream::unfold((self, receiver, 0), |(lines, mut receiver, next)| async move {
            receiver.wait_for(|count| *count > next).await.ok()?;
            let line = lines.at(next)?;
            Some((line, (lines, receiver, next.saturating_add(1))))
        });
        lines.boxed()
    }

    fn step(&self, conversation: &str, step: &str, text: &str) {
        self.add(FeedLine {
            conversation: conversation.to_owned(),
            at_ms: MachineClock.now().as_millisecond(),
            step: step.to_owned(),
            text: text.to_owned(),
            seq: None,
            hash: None,
            detail: None,
        });
    }

    /// Writes a real, chained entry and gives its number.
    fn entry(
        &self,
        conversation: &str,
        kind: Kind,
        text: &str,
        body: Value,
    ) -> Result<u64, Failed> {
        let case: Option<CaseId> = None;
        let draft = Draft { at: MachineClock.now(), case, kind, body };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = Entry::chain(draft, last.0, last.1)?;
        *last = (entry.seq, entry.hash);
        drop(last);
        self.add(FeedLine {
            conversation: conversation.to_owned(),
            at_ms: entry.draft.at.as_millisecond(),
            step: kind.name().to_owned(),
            text: text.to_owned(),
            seq: Some(entry.seq),
            hash: Some(entry.hash.to_string()),
            detail: Some(entry.draft.body),
        });
        Ok(entry.seq)
    }
}

/// Does what is expected, over HTTP.
struct Script {
    client: reqwest::Client,
    stripe: String,
    intercom: String,
    workspace: Intercom,
    people: Vec<Persona>,
    lines: Arc<Lines>,
}

impl Script {
    async fn play(&self) -> Result<(), Failed> {
        let mut changes = self.workspace.subscribe_changes();
        loop {
            for person in &self.people {
                for conversation in self.workspace.conversations_of(&person.contact_id) {
                    let messages = self.workspace.messages(&conversation);
                    let is_taken =
                        messages.iter().any(|said| matches!(said.author, Writer::Teammate { .. }));
                    let last = messages.iter().rfind(|said| !said.is_note);
                    if !is_taken && last.is_some_and(|said| said.author == Writer::Contact) {
                        // A second refund, for one: Stripe refuses it, and the script says so.
                        if let Err(refused) = self.act(person, &conversation).await {
                            self.lines.step(&conversation, "refund", &refused.to_string());
                            self.reply(&conversation, "The script can do no more here.").await?;
                        }
                    }
                }
            }
            changes.changed().await?;
        }
    }

    async fn act(&self, person: &Persona, conversation: &str) -> Result<(), Failed> {
        let lines = &self.lines;
        lines.step(conversation, "event", "the customer wrote a message");
        self.pause().await;
        lines.step(conversation, "facts", "2 charges of a verified customer");
        self.pause().await;
        lines.step(conversation, "model", "asked, call 1 (a script: there is no model here)");
        self.pause().await;
        lines.step(conversation, "tool", "the model calls propose_refund");
        self.pause().await;
        let charge = json!({ "charge": person.charge_id, "story": person.story });
        lines.entry(conversation, Kind::Facts, "what Stripe and Intercom say", charge)?;
        let asked = json!({ "charge": "charge 1", "reason": "duplicate_charge", "amount": null });
        lines.entry(conversation, Kind::Proposal, "refund charge 1, duplicate charge", asked)?;
        let says = json!({ "clauses": ["Charged twice"], "is_gap": false, "most": null });
        lines.entry(conversation, Kind::Ruling, "clause “Charged twice” applies", says)?;
        self.finish(person, conversation).await
    }

    async fn finish(&self, person: &Persona, conversation: &str) -> Result<(), Failed> {
        let lines = &self.lines;
        let verdict = |said: &str| json!({ "verdict": said, "build": env!("CARGO_PKG_VERSION") });
        match person.expected {
            Expected::Refund(amount) => {
                lines.step(conversation, "verdict", &format!("allow {amount}"));
                lines.entry(
                    conversation,
                    Kind::Verdict,
                    &format!("allow {amount}"),
                    verdict("allow"),
                )?;
                let body = json!({ "refund": amount.to_string(), "charge": person.charge_id });
                let text = format!("{amount} will be given back");
                let seq = lines.entry(conversation, Kind::Intent, &text, body)?;
                self.pause().await;
                lines.entry(
                    conversation,
                    Kind::Mark,
                    "about to be sent",
                    json!({ "intent": seq }),
                )?;
                let charge = person.charge_id.clone().unwrap_or_default();
                let (minor, seq) = (amount.minor().to_string(), seq.to_string());
                let form = [("charge", charge), ("amount", minor), ("metadata[log_seq]", seq)];
                self.send_to_stripe(&form).await?;
                lines.step(conversation, "refund", &format!("Stripe has the refund of {amount}"));
                lines.entry(
                    conversation,
                    Kind::Outcome,
                    "succeeded",
                    json!({ "status": "succeeded" }),
                )?;
                self.reply(conversation, &format!("We have given {amount} back to your card."))
                    .await?;
                self.part(conversation, json!({ "message_type": "close" })).await?;
                lines.step(conversation, "close", "done in Intercom");
            }
            Expected::Refuse => {
                lines.step(conversation, "verdict", "refuse: the policy refuses it");
                lines.entry(conversation, Kind::Verdict, "refuse", verdict("refuse"))?;
                self.reply(conversation, "We cannot give this payment back. “Changed my mind: within 14 days of the payment.”").await?;
            }
            Expected::Person => {
                lines.step(
                    conversation,
                    "verdict",
                    "ask a person: more than one refund may be without one",
                );
                lines.entry(conversation, Kind::Verdict, "ask a person", verdict("ask"))?;
                lines.step(conversation, "person", "handed to a person");
                let note = "Why: the limit for one refund\n\nKnown: 1 payment\n\nDone: nothing; no money has moved";
                self.message(conversation, "note", note).await?;
                lines.step(conversation, "note", "done in Intercom");
                self.reply(conversation, "A colleague will look at this and answer you here.")
                    .await?;
                let to =
                    json!({ "message_type": "assignment", "type": "team", "assignee_id": "7001" });
                self.part(conversation, to).await?;
                lines.step(conversation, "assign", "done in Intercom");
            }
        }
        Ok(())
    }

    async fn pause(&self) {
        tokio::time::sleep(PACE).await;
    }

    async fn reply(&self, conversation: &str, text: &str) -> Result<(), Failed> {
        self.message(conversation, "comment", text).await?;
        self.lines.step(conversation, "reply", "done in Intercom");
        let body = json!({ "characters": text.chars().count() });
        self.lines.entry(conversation, Kind::Reply, "the customer was told", body)?;
        Ok(())
    }

    async fn message(&self, conversation: &str, kind: &str, text: &str) -> Result<(), Failed> {
        let body =
            json!({ "message_type": kind, "type": "admin", "admin_id": "9001", "body": text });
        self.post(&format!("/conversations/{conversation}/reply"), body).await
    }

    async fn part(&self, conversation: &str, mut body: Value) -> Result<(), Failed> {
        if let Some(body) = body.as_object_mut() {
            body.insert("admin_id".to_owned(), json!("9001"));
            body.entry("type").or_insert(json!("admin"));
        }
        self.post(&format!("/conversations/{conversation}/parts"), body).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<(), Failed> {
        let request = self
            .client
            .post(format!("{}{path}", self.intercom))
            .bearer_auth("intercom-sandbox-token")
            .header("Intercom-Version", "2.16")
            .json(&body);
        let answer = request.send().await?;
        if answer.status().is_success() { Ok(()) } else { Err(answer.text().await?.into()) }
    }

    async fn send_to_stripe(&self, form: &[(&str, String)]) -> Result<(), Failed> {
        let request = self
            .client
            .post(format!("{}/refunds", self.stripe))
            .bearer_auth("sk_test_sandbox_1234567890")
            .header("Stripe-Version", stripe::API_VERSION)
            .form(form);
        let answer = request.send().await?;
        if answer.status().is_success() { Ok(()) } else { Err(answer.text().await?.into()) }
    }
}
