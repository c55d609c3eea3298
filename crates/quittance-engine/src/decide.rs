//! From a proposal to a decision that is written down.

use jiff::Timestamp;
use quittance_core::action::{Proposal, Refund};
use quittance_core::case::State;
use quittance_core::facts::{Binding, Charge, Unbound};
use quittance_core::guard::{
    self, Approval, Approved, Cause, IntentEntry, Matter, Mode, Verdict, judge,
};
use quittance_core::ids::DecisionKey;
use quittance_core::limits;
use quittance_core::mutant::Mutant;
use quittance_core::policy::{Answer, Ruling};
use quittance_core::record::{Draft, Hash, Kind, canonical_body};
use quittance_core::reply::{Quote, Reply};
use quittance_store::Error as StoreError;
use quittance_store::approvals::{ApprovalStep, Ended};
use quittance_store::effects::{EffectKind, NewEffect};
use quittance_store::intents::NewIntent;
use quittance_store::leases::FollowUp;
use quittance_store::transition::{CaseChange, Transition};
use quittance_stripe::refunds;
use serde_json::json;

use crate::approvals;
use crate::error::Error;
use crate::note::{self, Note};
use crate::replies;
use crate::talk::Talk;
use crate::teams;

/// What became of a proposal.
pub(crate) enum Judged {
    /// A decision is written down.
    Written,
    /// The proposal makes no sense; the text tells the model why.
    Mistaken(String),
}

/// Judges a proposal on fresh facts and writes the decision down.
pub(crate) async fn decide(talk: &mut Talk<'_>, proposal: &Proposal) -> Result<Judged, Error> {
    judge_and_write(talk, proposal, None).await
}

/// Judges again what a person has approved. If it cannot be done any more, they are told why.
pub(crate) async fn decide_approved(
    talk: &mut Talk<'_>,
    proposal: &Proposal,
    approval: &Approval,
) -> Result<(), Error> {
    if let Judged::Mistaken(why) = judge_and_write(talk, proposal, Some(approval)).await? {
        hand_over(talk, vec![why], None).await?;
    }
    Ok(())
}

async fn judge_and_write(
    talk: &mut Talk<'_>,
    proposal: &Proposal,
    approval: Option<&Approval>,
) -> Result<Judged, Error> {
    let engine = talk.engine;
    let Some(known) = talk.facts.charge(&proposal.charge) else {
        return Ok(Judged::Mistaken("there is no such charge".to_owned()));
    };
    let fresh = engine.parts.stripe.refresh(known).await?;
    if let Some(differs) = engine.differs_on(&fresh).await? {
        hand_over(talk, vec![differs], None).await?;
        return Ok(Judged::Written);
    }
    let ruling = guard::rule(&talk.library.policy, &talk.facts, &fresh, proposal);
    talk.log(Kind::Ruling, json!(ruling));
    let decisions = engine.store().decisions_on(&talk.lease.case, &fresh.id).await?;
    let is_stopped = engine.is_stopped().await.is_some();
    let facts = std::sync::Arc::clone(&talk.facts);
    let matter = Matter {
        proposal,
        facts: &facts,
        charge: &fresh,
        ruling: &ruling,
        limits: &engine.parts.limits,
        mode: engine.parts.options.mode,
        is_stopped,
        is_live_key: engine.parts.stripe.is_live_key(),
        earlier_decisions: decisions.standing,
        approval,
    };
    let verdict = judge(&matter)?;
    let is_asking = engine.options().approvals.ask && approval.is_none();
    let to_approve = if is_asking { guard::to_approve(&matter, &verdict)? } else { None };
    tell_verdict(talk, &verdict);
    talk.log(Kind::Verdict, guard::verdict_entry(&matter, &verdict, env!("CARGO_PKG_VERSION"))?);
    match verdict {
        Verdict::Allow(approved) => {
            allow(talk, proposal, &ruling, &fresh, &approved, decisions.here).await?;
        }
        Verdict::Ask(causes) => match to_approve {
            Some(amount) => approvals::ask(talk, proposal, &ruling, &causes, amount).await?,
            None => ask_person(talk, proposal, &ruling, &causes).await?,
        },
        Verdict::Refuse(causes) if causes.iter().any(|cause| cause.is_mistake()) => {
            let words: Vec<String> = causes.into_iter().map(note::cause).collect();
            return Ok(Judged::Mistaken(words.join("; ")));
        }
        Verdict::Refuse(causes) => refuse(talk, proposal, &ruling, &causes).await?,
    }
    Ok(Judged::Written)
}

fn tell_verdict(talk: &Talk<'_>, verdict: &Verdict) {
    let words =
        |causes: &[Cause]| causes.iter().copied().map(note::cause).collect::<Vec<_>>().join("; ");
    let text = match verdict {
        Verdict::Allow(approved) => format!("allow {}", approved.get().amount),
        Verdict::Ask(causes) => format!("ask a person: {}", words(causes)),
        Verdict::Refuse(causes) => format!("refuse: {}", words(causes)),
    };
    talk.engine.progress.tell(&talk.lease.case, "verdict", text);
}

/// Writes an allowed refund down: reservation, frozen request, key and entries in one transaction.
async fn allow(
    talk: &mut Talk<'_>,
    proposal: &Proposal,
    ruling: &Ruling,
    charge: &Charge,
    approved: &Approved<Refund>,
    ordinal: u32,
) -> Result<(), Error> {
    let (engine, lease) = (talk.engine, talk.lease);
    let Some(customer) = talk.facts.binding.customer() else {
        // The guard allows nothing to somebody who is not bound.
        return ask_person(talk, proposal, ruling, &[Cause::NotBound]).await;
    };
    let key = DecisionKey {
        workspace: &lease.workspace,
        charge: &charge.id,
        conversation: &lease.conversation,
        ordinal,
    };
    let entry = IntentEntry {
        decision: key.decision()?,
        idempotency_key: key.idempotency()?,
        refund: approved.get().clone(),
        paid_with: charge.method.name(),
        verdict: verdict_hash(talk)?,
        rules: Some(guard::rules(&talk.library.policy.version, &engine.parts.limits)),
        read_at: Some(talk.begun.at),
        contact: Some(talk.facts.contact.id.clone()),
        approval: talk.request.as_ref().map(|request| request.waiting.id.clone()),
    };
    let at = engine.now();
    let (refund, decision, case) =
        (entry.refund.clone(), entry.decision.clone(), lease.case.clone());
    let intent = NewIntent {
        decision: entry.decision.clone(),
        key: entry.idempotency_key.clone(),
        charge: charge.id.clone(),
        customer: customer.clone(),
        read_after: talk.begun.log,
        amount: entry.refund.amount,
        entry: Draft { at, case: Some(lease.case.clone()), kind: Kind::Intent, body: entry.body() },
        reservations: limits::with_alarm(
            limits::reservations(&engine.parts.limits, &entry.refund, charge, at),
            engine.parts.options.stop.at_share_of_day,
        ),
        freeze: Box::new(move |seq, hash| {
            let (seq, hash) = (seq.to_string(), hash.to_string());
            if Mutant::NoLogInMetadata.is_planted() {
                let metadata = [("case", case.as_str()), ("decision", decision.as_str())];
                return refunds::request_body(&refund, &metadata);
            }
            let metadata = [
                ("case", case.as_str()),
                ("decision", decision.as_str()),
                ("log_seq", &seq),
                ("log_hash", &hash),
            ];
            refunds::request_body(&refund, &metadata)
        }),
    };
    if Mutant::SentBeforeIntent.is_planted() {
        let metadata = [("case", lease.case.as_str()), ("decision", entry.decision.as_str())];
        let body = refunds::request_body(&entry.refund, &metadata);
        let frozen = refunds::Frozen { body: &body, key: &entry.idempotency_key };
        refunds::create(&engine.parts.stripe, approved, &frozen).await;
    }
    let made = intent.decision.clone();
    let transition = Transition {
        entries: talk.entries.clone(),
        approval: end_of(talk, Ended::Approved, ""),
        intent: Some(intent),
        effects: redactions(talk).into_iter().chain(meanwhile(talk)).collect(),
        case: CaseChange { questions: Some(0), ..change(talk, State::Settling) },
        ..Transition::default()
    };
    let cause = match engine.store().commit(lease, transition).await {
        Ok(()) => {
            engine.fresh.remember(made, talk.begun.elapsed);
            return Ok(());
        }
        Err(StoreError::Limit(limit)) => Cause::OverLimit(limit),
        Err(StoreError::ChargeBusy { .. } | StoreError::CustomerBusy) => Cause::Busy,
        Err(StoreError::Stopped { .. }) => Cause::Stopped,
        Err(error) => return Err(error.into()),
    };
    // The database had the last word: what was allowed a moment ago does not fit any more.
    let verdict = Verdict::Ask(vec![cause]);
    tell_verdict(talk, &verdict);
    talk.log(Kind::Verdict, guard::database_verdict_entry(&verdict));
    ask_person(talk, proposal, ruling, &[cause]).await
}

/// The hash of the newest verdict's entry, as an intent names it.
fn verdict_hash(talk: &Talk<'_>) -> Result<Option<Hash>, Error> {
    let verdict = talk.entries.iter().rev().find(|entry| entry.kind == Kind::Verdict);
    let body = verdict.map(|entry| canonical_body(&entry.body)).transpose()?;
    Ok(body.map(|body| Hash::of(body.as_bytes())))
}

async fn ask_person(
    talk: &mut Talk<'_>,
    proposal: &Proposal,
    ruling: &Ruling,
    causes: &[Cause],
) -> Result<(), Error> {
    let is_elsewhere = causes.iter().any(|cause| matches!(cause, Cause::Repeated | Cause::Busy));
    let note = Note {
        done: if is_elsewhere {
            "nothing here; another decision about the customer stands"
        } else {
            ""
        },
        because: causes.iter().copied().map(note::cause).collect(),
        facts: Some(&talk.facts),
        proposal: Some(proposal),
        ruling: Some(ruling),
        is_watching: is_watching(talk),
        ..Note::default()
    };
    let note = note.write();
    let said = handed_over(talk);
    to_person(talk, note, &said).await
}

/// Tells the customer that there will be no refund, in the words of the policy.
async fn refuse(
    talk: &mut Talk<'_>,
    proposal: &Proposal,
    ruling: &Ruling,
    causes: &[Cause],
) -> Result<(), Error> {
    if causes.contains(&Cause::AlreadyRefunded) {
        return tell(talk, Reply::AlreadyRefunded).await;
    }
    match quote(talk, ruling) {
        Some(quote) if causes.contains(&Cause::PolicyRefuses) => {
            tell(talk, Reply::Refused(quote)).await
        }
        _ => ask_person(talk, proposal, ruling, causes).await,
    }
}

/// The clause that refuses, in its own words.
fn quote(talk: &Talk<'_>, ruling: &Ruling) -> Option<Quote> {
    let applied = ruling.clauses.iter().find(|applied| applied.answer == Answer::Refuse)?;
    let clause = talk.library.policy.clause(&applied.clause)?;
    let quote = Quote::new(&clause.heading, &clause.prose);
    (!quote.text.is_empty()).then_some(quote)
}

/// Asks the customer something, and waits for the answer.
pub(crate) async fn ask(talk: &mut Talk<'_>, question: String) -> Result<(), Error> {
    let follow_up = talk.engine.options().follow_up.of_question(talk.engine.now());
    tell_and_follow(talk, Reply::Free(question), follow_up).await
}

/// Tells the customer something, and waits for them.
pub(crate) async fn tell(talk: &mut Talk<'_>, said: Reply) -> Result<(), Error> {
    tell_and_follow(talk, said, FollowUp::default()).await
}

/// Tells the customer something, and says what becomes of it if they do not answer. The model's own words, questions
/// or not, are sent a few times in a row only: whoever is not helped by them gets a person.
async fn tell_and_follow(
    talk: &mut Talk<'_>,
    said: Reply,
    follow_up: FollowUp,
) -> Result<(), Error> {
    if is_watching(talk) {
        return only_note(talk, &said).await;
    }
    let is_free = matches!(said, Reply::Free(_));
    let questions = if is_free { talk.lease.questions.saturating_add(1) } else { 0 };
    if questions > talk.engine.parts.options.most_questions {
        let times = talk.lease.questions;
        let because =
            vec![format!("{times} questions and answers of the model's did not settle it")];
        return hand_over(talk, because, None).await;
    }
    let case = CaseChange {
        questions: Some(questions),
        follow_up: Some(follow_up),
        ..change(talk, State::AwaitingCustomer)
    };
    let effects = reply(talk, &said);
    write(talk, case, effects).await
}

fn is_watching(talk: &Talk<'_>) -> bool {
    talk.engine.parts.options.mode == Mode::Watch
}

/// Tells the team what the customer would have been told.
async fn only_note(talk: &mut Talk<'_>, said: &Reply) -> Result<(), Error> {
    let texts = reply(talk, said).into_iter().map(|effect| effect.body);
    let because = vec!["the agent is set to watch; it would have answered as below".to_owned()];
    let note = Note { because, facts: Some(&talk.facts), is_watching: true, ..Note::default() };
    let text = std::iter::once(note.write()).chain(texts).collect::<Vec<_>>().join("\n\n");
    to_person(talk, text, said).await
}

/// Hands the conversation to a person.
pub(crate) async fn hand_over(
    talk: &mut Talk<'_>,
    because: Vec<String>,
    model: Option<&str>,
) -> Result<(), Error> {
    let facts = std::sync::Arc::clone(&talk.facts);
    let is_watching = is_watching(talk);
    let note = Note { because, facts: Some(&facts), model, is_watching, ..Note::default() }.write();
    let said = match facts.binding {
        // An outage of ours is no doubt about the customer.
        Binding::Bound { .. } | Binding::Unbound { why: Unbound::Unread } => handed_over(talk),
        Binding::Unbound { .. } => Reply::NotVerified,
    };
    to_person(talk, note, &said).await
}

/// What is said to whoever gets a person, now or when somebody is there.
fn handed_over(talk: &Talk<'_>) -> Reply {
    if is_open(talk) { Reply::HandedOver } else { Reply::HandedOverLater }
}

/// Whether people are there.
fn is_open(talk: &Talk<'_>) -> bool {
    let office = talk.engine.options().office.as_ref();
    office.is_none_or(|office| office.is_open(talk.engine.now()))
}

/// Hands the conversation to a person, since the customer wants one.
pub(crate) async fn person_asked_for(talk: &mut Talk<'_>) -> Result<(), Error> {
    let because = vec!["the customer asks for a person".to_owned()];
    let is_watching = is_watching(talk);
    let note = Note { because, facts: Some(&talk.facts), is_watching, ..Note::default() }.write();
    let said = if is_open(talk) { Reply::AskedForPerson } else { Reply::HandedOverLater };
    to_person(talk, note, &said).await
}

async fn to_person(talk: &mut Talk<'_>, note: String, said: &Reply) -> Result<(), Error> {
    talk.engine.progress.tell(&talk.lease.case, "person", "handed to a person");
    let case = CaseChange { questions: Some(0), ..change(talk, State::AwaitingPerson) };
    let mut effects = vec![handling(talk, EffectKind::Note, note)];
    // Whoever only watches says nothing to the customer and moves nothing in the inbox.
    if !is_watching(talk) {
        effects.extend(reply(talk, said));
        effects.push(teams::assignment(talk).await?);
    }
    write(talk, case, effects).await
}

async fn write(
    talk: &mut Talk<'_>,
    case: CaseChange,
    effects: Vec<NewEffect>,
) -> Result<(), Error> {
    let effects = redactions(talk).into_iter().chain(effects).collect();
    let approval = end_of(talk, Ended::Overruled, "the guard does not allow it any more");
    let transition = Transition {
        entries: talk.entries.clone(),
        approval,
        effects,
        case,
        ..Transition::default()
    };
    Ok(talk.engine.store().commit(talk.lease, transition).await?)
}

/// The end of the request that this decision answers, if it answers one.
fn end_of(talk: &Talk<'_>, to: Ended, why: &str) -> Option<ApprovalStep> {
    let request = talk.request.as_ref()?;
    let (engine, case, word) = (talk.engine, &talk.lease.case, request.word.clone());
    Some(approvals::ended(engine, case, &request.waiting, to, word, why))
}

/// Asks a person, tells the customer that one was asked, and waits for their word.
pub(crate) async fn ask_and_wait(
    talk: &mut Talk<'_>,
    note: String,
    request: ApprovalStep,
    until: Timestamp,
) -> Result<(), Error> {
    let mut effects = redactions(talk);
    effects.push(handling(talk, EffectKind::Note, note));
    effects.extend(reply(talk, &Reply::InReview));
    effects.push(teams::assignment(talk).await?);
    let case = CaseChange {
        questions: Some(0),
        follow_up: Some(FollowUp { at: Some(until), reminders: 0 }),
        ..change(talk, State::AwaitingPerson)
    };
    let entries = talk.entries.clone();
    let approval = Some(request);
    let transition = Transition { entries, approval, effects, case, ..Transition::default() };
    Ok(talk.engine.store().commit(talk.lease, transition).await?)
}

fn change(talk: &Talk<'_>, state: State) -> CaseChange {
    CaseChange {
        state: Some(state),
        handled_part: Some(talk.heard.newest.clone()),
        language: Some(talk.language.clone()),
        follow_up: Some(FollowUp::default()),
        ..CaseChange::default()
    }
}

fn reply(talk: &Talk<'_>, said: &Reply) -> Vec<NewEffect> {
    let (templates, at) = (&talk.library.said.templates, talk.engine.now());
    let before = before(talk, said);
    let effect = replies::reply(templates, &talk.language, &talk.lease.case, at, said, &before);
    effect.into_iter().collect()
}

/// What is said before an answer: who is speaking, and that a card number was taken out of what it answers.
fn before(talk: &Talk<'_>, said: &Reply) -> Vec<Reply> {
    let introduction = talk.introduces.then_some(Reply::Introduction);
    let card = talk.heard.has_card.then_some(Reply::CardRemoved);
    introduction.into_iter().chain(card).filter(|reply| reply != said).collect()
}

/// What is done about a card number whatever is answered: the messages are blanked, if that is asked for.
fn redactions(talk: &Talk<'_>) -> Vec<NewEffect> {
    if !talk.engine.parts.options.redact_cards_in_intercom || is_watching(talk) {
        return Vec::new();
    }
    let (case, at) = (&talk.lease.case, talk.engine.now());
    talk.heard.cards.iter().map(|part| replies::redaction(part, case, at)).collect()
}

/// What is told while a refund is under way, since the answer about that comes later: that a card number was taken
/// out, and who is speaking, to whoever asked. The first answer tells that by itself.
fn meanwhile(talk: &Talk<'_>) -> Vec<NewEffect> {
    if talk.heard.has_card {
        reply(talk, &Reply::CardRemoved)
    } else if talk.introduces && !talk.is_first {
        reply(talk, &Reply::Introduction)
    } else {
        Vec::new()
    }
}

fn handling(talk: &Talk<'_>, kind: EffectKind, body: String) -> NewEffect {
    replies::handling(kind, &talk.lease.case, talk.engine.now(), body)
}
