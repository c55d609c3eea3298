//! What a person approves: they are asked in a note, and answer with a note or through the program's own interface.
//!
//! A person's word moves no money by itself. It makes the case due, and the guard judges again on what is known then.

mod command;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use quittance_core::action::Proposal;
use quittance_core::case::State;
use quittance_core::guard::{Approval, Cause};
use quittance_core::ids::{AdminId, ApprovalId, CaseId};
use quittance_core::money::Money;
use quittance_core::policy::Ruling;
use quittance_core::record::{Draft, Hash, Kind};
use quittance_core::reply::Reply;
use quittance_intercom::conversations::{Author, Conversation, Part, State as Standing};
use quittance_store::approvals::{ApprovalEnd, ApprovalStep, Ended, NewApproval, Waiting, Word};
use quittance_store::effects::EffectKind;
use quittance_store::leases::{FollowUp, Lease};
use quittance_store::transition::{CaseChange, Transition};
use serde_json::json;

use crate::conversation::Heard;
use crate::decide;
use crate::engine::Engine;
use crate::error::Error;
use crate::facts;
use crate::handle;
use crate::note::{self, Note};
use crate::replies;
use crate::talk::{Begun, Request, Talk};

use command::Command;

/// What is to be done about a request now.
enum Next {
    /// A person has said something.
    Said(Word, IsNew),
    /// It can never be approved any more.
    Over(&'static str),
    /// A note that was meant to say something does not.
    Advice(String),
    /// Nothing yet.
    Wait,
}

/// Whether a word is not written down yet.
type IsNew = bool;

/// Asks a person, and tells the customer so.
pub(crate) async fn ask(
    talk: &mut Talk<'_>,
    proposal: &Proposal,
    ruling: &Ruling,
    causes: &[Cause],
    amount: Money,
) -> Result<(), Error> {
    let (engine, case) = (talk.engine, &talk.lease.case);
    let now = engine.now();
    let expires_at = engine.options().approvals.expires(now);
    let id = id(case, engine.store().approvals_count(case).await?)?;
    let note = Note {
        because: causes.iter().copied().map(note::cause).collect(),
        facts: Some(&talk.facts),
        proposal: Some(proposal),
        ruling: Some(ruling),
        todo: Some(advice(amount, expires_at)),
        ..Note::default()
    };
    let note = note.write();
    let entry = Draft {
        at: now,
        case: Some(case.clone()),
        kind: Kind::Approval,
        body: json!({"request": id, "amount": amount, "proposal": proposal, "expires_at": expires_at}),
    };
    let new = NewApproval {
        id,
        proposal: json!(proposal),
        amount,
        seen_at: talk.heard.changed_at,
        made_at: now,
        expires_at,
        entry,
    };
    engine.progress.tell(case, "approval", format!("a person is asked to approve {amount}"));
    decide::ask_and_wait(talk, note, ApprovalStep::Ask(Box::new(new)), expires_at).await
}

/// Names a request: the case and how many it had before.
fn id(case: &CaseId, before: u64) -> Result<ApprovalId, Error> {
    let hash = Hash::of(format!("{case} {before}").as_bytes()).to_string();
    let short: String = hash.chars().take(12).collect();
    Ok(format!("a1-{short}").parse()?)
}

/// What a person can do.
fn advice(amount: Money, expires_at: Timestamp) -> String {
    let until = expires_at.to_zoned(TimeZone::UTC);
    format!(
        "write the note `/approve` here to give {amount} back, `/approve` and an amount for less, or `/decline` and \
         why, until {} UTC. Nothing is given back before",
        until.strftime("%Y-%m-%d %H:%M")
    )
}

/// Looks whether a person has said something about a request, and does it. Gives whether there is something to
/// carry out now; if not, the request waits on.
pub(crate) async fn settle(
    engine: &Engine,
    lease: &Lease,
    waiting: Waiting,
) -> Result<bool, Error> {
    let Some(conversation) = handle::conversation(engine, lease).await? else {
        end(engine, lease, &waiting, Ended::Expired, None, "the conversation is gone").await?;
        return Ok(true);
    };
    let own = engine.me().await?.admin;
    match next(engine, &conversation, &own, &waiting) {
        Next::Wait => Ok(false),
        Next::Advice(text) => {
            say(engine, lease, text).await?;
            Ok(true)
        }
        Next::Over(why) => {
            end(engine, lease, &waiting, Ended::Expired, None, why).await?;
            Ok(true)
        }
        Next::Said(word, is_new) if word.is_approval => {
            approve(engine, lease, &conversation, waiting, word, is_new).await?;
            Ok(true)
        }
        Next::Said(word, is_new) => {
            decline(engine, lease, &waiting, word, is_new).await?;
            Ok(true)
        }
    }
}

fn next(engine: &Engine, conversation: &Conversation, own: &AdminId, waiting: &Waiting) -> Next {
    if let Some(word) = &waiting.word {
        return Next::Said(word.clone(), false);
    }
    let said = conversation.parts.iter().filter(|part| part.created_at >= waiting.seen_at);
    for (at, part) in said.clone().enumerate() {
        let Some(command) = command::read(part, own, waiting.amount) else { continue };
        let Author::Admin(admin) = &part.author else { continue };
        let is_answered = said.clone().skip(at).any(|later| is_advice(later, own));
        if !engine.options().approvals.admins.contains(admin) {
            if is_answered {
                continue;
            }
            return Next::Advice(NOT_PERMITTED.to_owned());
        }
        match command {
            Command::Word(word) => return Next::Said(word, true),
            Command::Unclear(_) if is_answered => {}
            Command::Unclear(advice) => return Next::Advice(advice),
        }
    }
    if engine.now() >= waiting.expires_at {
        return Next::Over("nobody said anything in time");
    }
    if conversation.state == Standing::Closed {
        return Next::Over("the conversation was closed");
    }
    Next::Wait
}

const NOT_PERMITTED: &str = "Nothing was approved or declined: this teammate may not do that. Who may stands in \
                             `engine.approvals.admins`.";

/// Whether a part is our answer to a note that said nothing clear.
fn is_advice(part: &Part, own: &AdminId) -> bool {
    let text = part.text.reveal();
    part.is_note
        && part.author == Author::Admin(own.clone())
        && (text.starts_with("Nothing was approved"))
}

/// A note to the team.
async fn say(engine: &Engine, lease: &Lease, text: String) -> Result<(), Error> {
    let note = replies::handling(EffectKind::Note, &lease.case, engine.now(), text);
    let transition = Transition { effects: vec![note], ..Transition::default() };
    Ok(engine.store().commit(lease, transition).await?)
}

/// Ends a request without giving anything back: the team is told, and has the conversation.
async fn end(
    engine: &Engine,
    lease: &Lease,
    waiting: &Waiting,
    to: Ended,
    word: Option<Word>,
    why: &str,
) -> Result<(), Error> {
    let at = engine.now();
    let text = format!(
        "Nothing was given back: {why}. The request to approve {} is over, and the conversation is yours.",
        waiting.amount
    );
    let transition = Transition {
        approval: Some(ended(engine, &lease.case, waiting, to, word, why)),
        effects: vec![replies::handling(EffectKind::Note, &lease.case, at, text)],
        case: CaseChange { follow_up: Some(FollowUp::default()), ..CaseChange::default() },
        ..Transition::default()
    };
    engine.progress.tell(&lease.case, "approval", format!("{}: {why}", to.name()));
    Ok(engine.store().commit(lease, transition).await?)
}

/// The end of a request, with its log entry.
pub(crate) fn ended(
    engine: &Engine,
    case: &CaseId,
    waiting: &Waiting,
    to: Ended,
    word: Option<Word>,
    why: &str,
) -> ApprovalStep {
    let at = engine.now();
    let said = word.as_ref().or(waiting.word.as_ref());
    let body = json!({
        "request": waiting.id,
        "became": to.name(),
        "by": said.map(|word| word.by.as_str()).unwrap_or_default(),
        "amount": said.and_then(|word| word.amount),
        "why": why,
    });
    let entry = Draft { at, case: Some(case.clone()), kind: Kind::Approval, body };
    ApprovalStep::End(Box::new(ApprovalEnd { id: waiting.id.clone(), to, word, at, entry }))
}

/// Tells the customer that a person decided against it.
async fn decline(
    engine: &Engine,
    lease: &Lease,
    waiting: &Waiting,
    word: Word,
    is_new: IsNew,
) -> Result<(), Error> {
    let library = engine.parts.library.now();
    let language = lease.language.as_deref().unwrap_or(&engine.options().default_language);
    let (templates, at) = (&library.said.templates, engine.now());
    let reply = replies::reply(templates, language, &lease.case, at, &Reply::Declined, &[]);
    let why = word.why.clone().unwrap_or_default();
    engine.progress.tell(&lease.case, "approval", format!("declined by {}", word.by));
    let step = ended(engine, &lease.case, waiting, Ended::Declined, is_new.then_some(word), &why);
    let transition = Transition {
        approval: Some(step),
        effects: reply.into_iter().collect(),
        case: CaseChange { follow_up: Some(FollowUp::default()), ..CaseChange::default() },
        ..Transition::default()
    };
    Ok(engine.store().commit(lease, transition).await?)
}

/// Judges the proposal again with a person's word for it.
async fn approve(
    engine: &Engine,
    lease: &Lease,
    conversation: &Conversation,
    waiting: Waiting,
    word: Word,
    is_new: IsNew,
) -> Result<(), Error> {
    let Ok(proposal) = serde_json::from_value::<Proposal>(waiting.proposal.clone()) else {
        let word = is_new.then_some(word);
        return end(engine, lease, &waiting, Ended::Overruled, word, "the request cannot be read")
            .await;
    };
    let Some(handled) = lease.handled_part.clone() else {
        let word = is_new.then_some(word);
        return end(engine, lease, &waiting, Ended::Overruled, word, "the case was begun anew")
            .await;
    };
    let (log, _) = engine.store().log_head().await?;
    let begun = Begun { at: engine.now(), elapsed: engine.parts.clock.elapsed(), log };
    let known = facts::read(engine, conversation).await?;
    let heard = Heard {
        newest: handled,
        new: Vec::new(),
        has_card: false,
        cards: Vec::new(),
        history: Vec::new(),
        changed_at: conversation.updated_at,
    };
    let mut talk = Talk::begin(engine, lease, heard, known, begun, false);
    let approval = Approval {
        request: waiting.id.clone(),
        by: word.by.clone(),
        amount: word.amount.unwrap_or(waiting.amount),
    };
    talk.request = Some(Request { waiting, word: is_new.then_some(word) });
    decide::decide_approved(&mut talk, &proposal, &approval).await
}

/// Whether a case waits for a person's word.
pub(crate) fn may_wait(lease: &Lease) -> bool {
    lease.state == State::AwaitingPerson
}
