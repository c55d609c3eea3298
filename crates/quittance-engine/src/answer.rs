//! A turn with the model about what the customer said.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use quittance_agent::{End, Step, Turn};
use quittance_core::action::Proposal;
use quittance_core::facts::Facts;
use quittance_core::filter;
use quittance_core::record::{Draft, Kind};
use quittance_core::reply::{Quote, Reply};
use quittance_store::leases::Lease;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::conversation::Heard;
use crate::decide::{self, Judged};
use crate::engine::Engine;
use crate::error::Error;
use crate::facts::Known;
use crate::language;
use crate::note;
use crate::prompt;
use crate::tools::{self, ASK_CUSTOMER, HAND_OFF, LastQuote, PROPOSE_REFUND, SHOW_POLICY};

/// How often the model may try again after a text that may not be sent or a proposal that is a mistake.
const SECOND_CHANCES: u32 = 1;

/// What an answer is made from: the case, what was said, and what is known.
pub(crate) struct Talk<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) lease: &'a Lease,
    pub(crate) heard: Heard,
    pub(crate) facts: Arc<Facts>,
    pub(crate) language: String,
    /// When the facts were begun to be read.
    pub(crate) read_at: Timestamp,
    /// Whether nothing was said to the customer before.
    pub(crate) is_first: bool,
    /// What is to be logged with the decision.
    pub(crate) entries: Vec<Draft>,
}

impl<'a> Talk<'a> {
    /// Chooses the language and logs the facts.
    pub(crate) async fn begin(
        engine: &'a Engine,
        lease: &'a Lease,
        heard: Heard,
        known: Known,
        read_at: Timestamp,
    ) -> Result<Self, Error> {
        let Known { facts, language } = known;
        let parts = &engine.parts;
        let language = language::choose(
            &heard.new,
            lease.language.as_deref(),
            language.as_deref(),
            &parts.templates,
            &parts.options.default_language,
        )
        .to_owned();
        let is_first = engine.store().own_parts(&lease.case).await?.is_empty();
        let told = match facts.binding {
            quittance_core::facts::Binding::Bound { .. } => {
                let noun = if facts.charges.len() == 1 { "charge" } else { "charges" };
                format!("{} {noun} of a verified customer", facts.charges.len())
            }
            quittance_core::facts::Binding::Unbound { why } => note::unbound(why).to_owned(),
        };
        engine.progress.tell(&lease.case, "facts", told);
        let mut talk = Self {
            engine,
            lease,
            heard,
            facts: Arc::new(facts),
            language,
            read_at,
            is_first,
            entries: Vec::new(),
        };
        let body = json!(&*talk.facts);
        talk.log(Kind::Facts, body);
        Ok(talk)
    }

    /// Adds an entry about the case.
    pub(crate) fn log(&mut self, kind: Kind, body: Value) {
        let at = self.engine.now();
        self.entries.push(Draft { at, case: Some(self.lease.case.clone()), kind, body });
    }
}

/// Holds the turn and writes down what comes of it.
pub(crate) async fn answer(talk: &mut Talk<'_>) -> Result<(), Error> {
    let quote = LastQuote::default();
    let mut turn = turn(talk, &quote)?;
    let stop = CancellationToken::new();
    let mut chances = SECOND_CHANCES;
    loop {
        let end = turn.run(&stop).await?;
        let mut proposed = json!({"usage": turn.usage(), "model": talk.engine.parts.model.name()});
        match end {
            End::Ended { tool, call_id, value } if tool == PROPOSE_REFUND => {
                let Ok(proposal) = serde_json::from_value::<Proposal>(value) else {
                    return give_up(talk, "the proposal could not be read".to_owned()).await;
                };
                insert(&mut proposed, "refund", json!(proposal));
                talk.log(Kind::Proposal, proposed);
                match decide::decide(talk, &proposal).await? {
                    Judged::Written => return Ok(()),
                    Judged::Mistaken(message) if chances > 0 => {
                        chances = chances.saturating_sub(1);
                        let error =
                            json!({"code": "refused", "message": message, "retryable": true});
                        turn.resume(&call_id, json!({"ok": false, "error": error}))?;
                    }
                    Judged::Mistaken(message) => return give_up(talk, message).await,
                }
            }
            End::Ended { tool, call_id, value } if tool == ASK_CUSTOMER => {
                insert(&mut proposed, "question", json!(true));
                talk.log(Kind::Proposal, proposed);
                let question = value.as_str().unwrap_or_default().to_owned();
                match filter::check_question(&question) {
                    Ok(()) => return decide::ask(talk, question).await,
                    Err(violation) if chances > 0 => {
                        chances = chances.saturating_sub(1);
                        let error =
                            json!({"code": violation, "message": REWRITE, "retryable": true});
                        turn.resume(&call_id, json!({"ok": false, "error": error}))?;
                    }
                    Err(violation) => {
                        return give_up(
                            talk,
                            format!("its question may not be sent ({violation:?})"),
                        )
                        .await;
                    }
                }
            }
            End::Ended { tool, .. } if tool == SHOW_POLICY => {
                insert(&mut proposed, "answer", json!(true));
                talk.log(Kind::Proposal, proposed);
                let found = quote.lock().unwrap_or_else(PoisonError::into_inner).take();
                return match found {
                    Some(quote) => decide::tell(talk, Reply::Quoted(quote)).await,
                    None => give_up(talk, "no clause was found".to_owned()).await,
                };
            }
            End::Ended { tool, value, .. } => {
                insert(&mut proposed, "hand_off", json!(tool == HAND_OFF));
                talk.log(Kind::Proposal, proposed);
                let why = value.as_str().unwrap_or_default().to_owned();
                let because = vec!["the model hands off".to_owned()];
                return decide::hand_over(talk, because, Some(&why)).await;
            }
            End::Answer(text) => {
                insert(&mut proposed, "answer", json!(true));
                talk.log(Kind::Proposal, proposed);
                match filter::check(&text) {
                    Ok(()) => {
                        let quote = quote.lock().unwrap_or_else(PoisonError::into_inner).take();
                        return decide::tell(talk, free(text, quote)).await;
                    }
                    Err(violation) if chances > 0 => {
                        chances = chances.saturating_sub(1);
                        let code = serde_json::to_value(violation).unwrap_or_default();
                        turn.object(code.as_str().unwrap_or("not_allowed"), REWRITE);
                    }
                    Err(violation) => {
                        return give_up(
                            talk,
                            format!("its answer may not be sent ({violation:?})"),
                        )
                        .await;
                    }
                }
            }
            End::Exhausted(limit) => {
                return give_up(talk, format!("the turn used up its {limit}")).await;
            }
            End::Misbehaved(what) => return give_up(talk, what).await,
        }
    }
}

const REWRITE: &str = "this may not be sent: write it again without figures, amounts, dates, currencies, links, \
                       addresses or promises, or hand off";

fn insert(body: &mut Value, key: &str, value: Value) {
    if let Some(body) = body.as_object_mut() {
        body.insert(key.to_owned(), value);
    }
}

/// After a search of the policy the customer reads the policy, not what a model makes of it.
fn free(text: String, quote: Option<Quote>) -> Reply {
    quote.map_or(Reply::Free(text), Reply::Quoted)
}

async fn give_up(talk: &mut Talk<'_>, why: String) -> Result<(), Error> {
    decide::hand_over(talk, vec![format!("the model did not come to a decision: {why}")], None)
        .await
}

fn turn(talk: &Talk<'_>, quote: &LastQuote) -> Result<Turn, Error> {
    let parts = &talk.engine.parts;
    let transcript = prompt::transcript(&parts.policy, &talk.facts, &talk.heard);
    let turn = |tools| Turn::new(parts.model.clone(), tools, transcript, parts.budget);
    let turn = if parts.model.is_led() {
        let mut tools = tools::led(&talk.facts, &parts.index, quote);
        // Whoever writes again was not helped by what the policy says.
        if talk.is_first {
            tools.push(tools::showing_policy());
        }
        turn(tools)?.led()
    } else {
        turn(tools::all(&talk.facts, &parts.index, quote))?
    };
    let (progress, case) = (talk.engine.progress.clone(), talk.lease.case.clone());
    Ok(turn.observe(move |step| match step {
        Step::Asked { number } => progress.tell(&case, "model", format!("asked, call {number}")),
        Step::Called { tool, .. } => {
            progress.tell(&case, "tool", format!("the model calls {tool}"));
        }
        Step::Mistaken { code } => {
            progress.tell(&case, "tool", format!("the model made a mistake: {code}"));
        }
        Step::Replied { .. } | Step::Answered { .. } => {}
    }))
}
