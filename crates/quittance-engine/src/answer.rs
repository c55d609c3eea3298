//! A turn with the model about what the customer said.

use std::sync::PoisonError;

use quittance_agent::{End, Step, Turn};
use quittance_core::action::Proposal;
use quittance_core::filter::{self, Violation};
use quittance_core::record::Kind;
use quittance_core::reply::{Quote, Reply};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::conversation::{self, Reading};
use crate::decide::{self, Judged};
use crate::error::Error;
use crate::prompt;
use crate::talk::Talk;
use crate::tools::{self, ASK_CUSTOMER, HAND_OFF, LastQuote, PROPOSE_REFUND, SHOW_POLICY};

/// How often the model may try again after a text that may not be sent or a proposal that is a mistake.
const SECOND_CHANCES: u32 = 1;

const REWRITE: &str = "this may not be sent: write it again without figures, amounts, dates, currencies, links, \
                       addresses or promises, or hand off";

/// What the log calls a text with words that the company never says.
const NEVER_SAID: &str = "never_said";

/// What became of a turn.
pub(crate) enum Held {
    /// What came of it is written down.
    Answered,
    /// Something was said in the conversation meanwhile: it counts for nothing.
    Overtaken,
}

/// Holds the turn and writes down what comes of it, unless something was said meanwhile and `may_be_overtaken`.
pub(crate) async fn answer(talk: &mut Talk<'_>, may_be_overtaken: bool) -> Result<Held, Error> {
    let quote = LastQuote::default();
    let turn = turn(talk, &quote)?;
    let mut dialog = Dialog { talk, turn, quote, chances: SECOND_CHANCES };
    let stop = CancellationToken::new();
    loop {
        let end = dialog.turn.run(&stop).await?;
        if may_be_overtaken && is_overtaken(dialog.talk).await {
            return Ok(Held::Overtaken);
        }
        if let Next::Done = dialog.take(end).await? {
            return Ok(Held::Answered);
        }
    }
}

/// Whether the conversation is not any more what the turn began with. Whatever cannot be read now is read again
/// before anything is sent.
async fn is_overtaken(talk: &Talk<'_>) -> bool {
    let (engine, lease) = (talk.engine, talk.lease);
    let Ok(now) = engine.parts.intercom.conversation(&lease.conversation).await else {
        return false;
    };
    let Ok(me) = engine.me().await else { return false };
    match conversation::read(&now, lease.handled_part.as_ref(), lease.state, &me.admin) {
        Reading::Heard(heard) => heard.newest != talk.heard.newest,
        Reading::Quiet | Reading::WithPerson | Reading::WithFin => true,
    }
}

/// Whether something was written down, or the model is asked once more.
enum Next {
    Done,
    Again,
}

/// Why a text may not be sent.
struct Objection {
    /// As the model and the log read it.
    code: String,
    /// What the model is asked to do.
    rewrite: String,
}

/// The model's side of a talk.
struct Dialog<'a, 't> {
    talk: &'a mut Talk<'t>,
    turn: Turn,
    quote: LastQuote,
    chances: u32,
}

impl Dialog<'_, '_> {
    async fn take(&mut self, end: End) -> Result<Next, Error> {
        match end {
            End::Ended { tool, call_id, value } if tool == PROPOSE_REFUND => {
                return self.propose(&call_id, value).await;
            }
            End::Ended { tool, call_id, value } if tool == ASK_CUSTOMER => {
                return self.ask(&call_id, value.as_str().unwrap_or_default()).await;
            }
            End::Ended { tool, .. } if tool == SHOW_POLICY => {
                self.log("answer", json!(true));
                match self.found() {
                    Some(quote) => decide::tell(self.talk, Reply::Quoted(quote)).await?,
                    None => self.give_up("no clause was found").await?,
                }
            }
            End::Ended { tool, value, .. } => {
                self.log("hand_off", json!(tool == HAND_OFF));
                let because = vec!["the model asks for a person".to_owned()];
                decide::hand_over(self.talk, because, value.as_str()).await?;
            }
            End::Answer(text) => return self.say(text).await,
            End::Exhausted(limit) => self.give_up(&format!("the turn used up its {limit}")).await?,
            End::Misbehaved(what) => self.give_up(&what).await?,
        }
        Ok(Next::Done)
    }

    async fn propose(&mut self, call_id: &str, value: Value) -> Result<Next, Error> {
        let Ok(proposal) = serde_json::from_value::<Proposal>(value) else {
            self.give_up("the proposal could not be read").await?;
            return Ok(Next::Done);
        };
        self.log("refund", json!(proposal));
        let Judged::Mistaken(message) = decide::decide(self.talk, &proposal).await? else {
            return Ok(Next::Done);
        };
        if !self.has_another_chance() {
            self.give_up(&message).await?;
            return Ok(Next::Done);
        }
        self.refuse(call_id, "refused", &message)?;
        Ok(Next::Again)
    }

    async fn ask(&mut self, call_id: &str, question: &str) -> Result<Next, Error> {
        self.log("question", json!(true));
        match self.objection(filter::check_question(question), question) {
            None => decide::ask(self.talk, question.to_owned()).await?,
            Some(Objection { code, rewrite }) if self.has_another_chance() => {
                self.refuse(call_id, &code, &rewrite)?;
                return Ok(Next::Again);
            }
            Some(Objection { code, .. }) => {
                self.give_up(&format!("its question may not be sent: {code}")).await?;
            }
        }
        Ok(Next::Done)
    }

    async fn say(&mut self, text: String) -> Result<Next, Error> {
        self.log("answer", json!(true));
        match self.objection(filter::check(&text), &text) {
            // After a search of the policy the customer reads the policy, not what a model makes of it.
            None => {
                let said = self.found().map_or(Reply::Free(text), Reply::Quoted);
                decide::tell(self.talk, said).await?;
            }
            Some(Objection { code, rewrite }) if self.has_another_chance() => {
                self.turn.object(&code, &rewrite);
                return Ok(Next::Again);
            }
            Some(Objection { code, .. }) => {
                self.give_up(&format!("its answer may not be sent: {code}")).await?;
            }
        }
        Ok(Next::Done)
    }

    /// Why a text of the model's is not sent: what the filter found, or words that the company never says.
    fn objection(&self, checked: Result<(), Violation>, text: &str) -> Option<Objection> {
        if let Err(violation) = checked {
            return Some(Objection { code: code(violation), rewrite: REWRITE.to_owned() });
        }
        let phrase = self.talk.library.said.voice.never_says(text)?;
        let rewrite = format!("the company never says `{phrase}`: write it again without that");
        Some(Objection { code: NEVER_SAID.to_owned(), rewrite })
    }

    /// Tells the model why its call came to nothing.
    fn refuse(&mut self, call_id: &str, code: &str, message: &str) -> Result<(), Error> {
        let error = json!({"code": code, "message": message, "retryable": true});
        Ok(self.turn.resume(call_id, json!({"ok": false, "error": error}))?)
    }

    fn has_another_chance(&mut self) -> bool {
        let left = self.chances.checked_sub(1);
        self.chances = left.unwrap_or_default();
        left.is_some()
    }

    fn found(&self) -> Option<Quote> {
        self.quote.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn give_up(&mut self, why: &str) -> Result<(), Error> {
        let because = vec![format!("the model did not come to a decision: {why}")];
        decide::hand_over(self.talk, because, None).await
    }

    /// Logs what the model wants, with what the turn has used.
    fn log(&mut self, what: &str, value: Value) {
        let model = self.talk.engine.parts.model.name();
        let mut body = json!({"usage": self.turn.usage(), "model": model});
        if let Some(body) = body.as_object_mut() {
            body.insert(what.to_owned(), value);
        }
        self.talk.log(Kind::Proposal, body);
    }
}

/// The violation's name, as the model and the log read it.
fn code(violation: Violation) -> String {
    let name = serde_json::to_value(violation).ok();
    name.as_ref().and_then(Value::as_str).unwrap_or("not_allowed").to_owned()
}

fn turn(talk: &Talk<'_>, quote: &LastQuote) -> Result<Turn, Error> {
    let (parts, library) = (&talk.engine.parts, &talk.library);
    let transcript =
        prompt::transcript(&library.said.voice, &library.policy, &talk.facts, &talk.heard);
    let turn = |tools| Turn::new(parts.model.clone(), tools, transcript, parts.budget);
    let turn = if parts.model.is_led() {
        let mut tools = tools::led(&talk.facts, &library.index, quote);
        // Whoever writes again was not helped by what the policy says.
        if talk.is_first {
            tools.push(tools::showing_policy());
        }
        turn(tools)?.led()
    } else {
        turn(tools::all(&talk.facts, &library.index, quote))?
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
