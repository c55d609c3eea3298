//! What the log keeps of a verdict, and judging it again from that alone.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::judge::{Matter, Mode, judge};
use crate::action::Proposal;
use crate::facts::{Charge, Facts};
use crate::ids::CaseId;
use crate::limits::Limits;
use crate::money::MoneyError;
use crate::policy::{Policy, PolicyVersion, Question, Ruling, evaluate, prior_from};
use crate::record::{Broken, Entry, Hash, Kind, canonical_body};

use super::{Approval, Verdict};

/// What a verdict rests on besides the facts, the proposal and the ruling, which have entries of their
/// own before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Basis {
    build: String,
    policy: PolicyVersion,
    facts: Hash,
    proposal: Proposal,
    charge: Charge,
    limits: Limits,
    mode: Mode,
    is_stopped: bool,
    is_live_key: bool,
    earlier_decisions: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval: Option<Approval>,
}

/// The body of a verdict's log entry: what was decided, and everything it was decided from that stands
/// nowhere else. Its hash covers the facts too, and with them who is bound to whom.
pub fn verdict_entry(matter: &Matter<'_>, verdict: &Verdict, build: &str) -> Result<Value, Broken> {
    let basis = Basis {
        build: build.to_owned(),
        policy: matter.ruling.policy.clone(),
        facts: Hash::of(canonical_body(&json!(matter.facts))?.as_bytes()),
        proposal: matter.proposal.clone(),
        charge: matter.charge.clone(),
        limits: matter.limits.clone(),
        mode: matter.mode,
        is_stopped: matter.is_stopped,
        is_live_key: matter.is_live_key,
        earlier_decisions: matter.earlier_decisions,
        approval: matter.approval.cloned(),
    };
    let mut body = verdict.body();
    if let (Value::Object(body), Value::Object(basis)) = (&mut body, json!(basis)) {
        body.extend(basis);
    }
    Ok(body)
}

/// The body of the entry of a verdict that the database spoke: what was allowed a moment before did not fit
/// any more. It cannot be judged again from the log, since it rests on what others did meanwhile.
pub fn database_verdict_entry(verdict: &Verdict) -> Value {
    let mut body = verdict.body();
    if let Value::Object(body) = &mut body {
        body.insert("by".to_owned(), json!("database"));
    }
    body
}

/// What the policy says about a proposal, with the charge as it is now instead of as it was when the facts
/// were read.
pub fn rule(policy: &Policy, facts: &Facts, fresh: &Charge, proposal: &Proposal) -> Ruling {
    let mut facts = facts.clone();
    for charge in facts.charges.iter_mut().filter(|charge| charge.id == fresh.id) {
        charge.clone_from(fresh);
    }
    let prior = prior_from(&facts);
    let question = Question {
        facts: &facts,
        charge: fresh,
        reason: proposal.reason,
        asked: proposal.asked,
        prior: &prior,
    };
    evaluate(policy, &question)
}

/// A question that was asked of a policy, as the log keeps it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The number of the verdict's entry.
    pub seq: u64,
    /// The case.
    pub case: Option<CaseId>,
    /// What was known.
    pub facts: Facts,
    /// The charge as it was at the decision.
    pub charge: Charge,
    /// What the model proposed.
    pub proposal: Proposal,
    /// What the policy of that day said.
    pub ruling: Ruling,
}

/// Every question among `entries`, which are in the order of the log, that was ruled on. What cannot be read,
/// as from an older build, is left out.
pub fn asked<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Vec<Asked> {
    let mut told = Told::default();
    let mut asked = Vec::new();
    for entry in entries {
        told.hear(entry);
        if entry.draft.kind == Kind::Verdict && entry.draft.body.get("by").is_none() {
            asked.extend(told.asked(entry));
        }
    }
    asked
}

/// How many verdicts were judged again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Rulings and verdicts that came out byte for byte as they are logged.
    pub verdicts: u64,
    /// Verdicts that the database spoke, which rest on more than the log.
    pub by_database: u64,
}

/// A verdict that cannot be judged again, or comes out otherwise.
#[derive(Debug, thiserror::Error)]
pub enum Unlike {
    /// Something that it rests on is not in the log before it, or cannot be read.
    #[error("entry {seq}: {what} is missing or cannot be read")]
    Missing {
        /// The entry's number.
        seq: u64,
        /// What is missing.
        what: &'static str,
    },
    /// It comes out otherwise.
    #[error("entry {seq}: the {what} comes out otherwise: logged {logged}, now {now}")]
    Different {
        /// The entry's number.
        seq: u64,
        /// What differs.
        what: &'static str,
        /// What the log says.
        logged: String,
        /// What comes out now.
        now: String,
    },
    /// An amount does not add up.
    #[error("entry {seq}: an amount does not add up")]
    Money {
        /// The entry's number.
        seq: u64,
        /// Why.
        #[source]
        source: MoneyError,
    },
}

/// Judges every verdict among `entries`, which are in the order of the log, again, and compares byte by
/// byte. `policy` gives the policies by their version.
pub fn replay<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    policy: impl Fn(&PolicyVersion) -> Option<Policy>,
) -> Result<Replayed, Unlike> {
    let mut replayed = Replayed::default();
    let mut told = Told::default();
    for entry in entries {
        told.hear(entry);
        if entry.draft.kind != Kind::Verdict {
            continue;
        }
        if entry.draft.body.get("by").is_some() {
            replayed.by_database = replayed.by_database.saturating_add(1);
        } else {
            told.judge_again(entry, &policy)?;
            replayed.verdicts = replayed.verdicts.saturating_add(1);
        }
    }
    Ok(replayed)
}

/// What the log said of the case so far. One decision's entries follow one another, so one case at a time
/// is enough.
#[derive(Default)]
struct Told {
    case: Option<CaseId>,
    facts: Option<Value>,
    ruling: Option<Value>,
}

impl Told {
    fn hear(&mut self, entry: &Entry) {
        if self.case != entry.draft.case {
            *self = Self { case: entry.draft.case.clone(), ..Self::default() };
        }
        match entry.draft.kind {
            Kind::Facts => self.facts = Some(entry.draft.body.clone()),
            Kind::Ruling => self.ruling = Some(entry.draft.body.clone()),
            Kind::Policy
            | Kind::Proposal
            | Kind::Verdict
            | Kind::Intent
            | Kind::Mark
            | Kind::Outcome
            | Kind::Reply
            | Kind::Handling
            | Kind::Stop
            | Kind::Reconcile
            | Kind::Approval => {}
        }
    }

    fn asked(&self, entry: &Entry) -> Option<Asked> {
        let basis: Basis = read(Some(&entry.draft.body))?;
        Some(Asked {
            seq: entry.seq,
            case: entry.draft.case.clone(),
            facts: read(self.facts.as_ref())?,
            charge: basis.charge,
            proposal: basis.proposal,
            ruling: read(self.ruling.as_ref())?,
        })
    }

    fn judge_again(
        &self,
        entry: &Entry,
        policy: impl Fn(&PolicyVersion) -> Option<Policy>,
    ) -> Result<(), Unlike> {
        let seq = entry.seq;
        let missing = |what| Unlike::Missing { seq, what };
        let facts: Facts = read(self.facts.as_ref()).ok_or(missing("what the facts were"))?;
        let basis: Basis =
            read(Some(&entry.draft.body)).ok_or(missing("what the verdict rests on"))?;
        let policy = policy(&basis.policy).ok_or(missing("the policy's text"))?;
        let ruling = rule(&policy, &facts, &basis.charge, &basis.proposal);
        let logged = self.ruling.as_ref().ok_or(missing("the ruling"))?;
        same(seq, "ruling", logged, &json!(ruling))?;
        let matter = Matter {
            proposal: &basis.proposal,
            facts: &facts,
            charge: &basis.charge,
            ruling: &ruling,
            limits: &basis.limits,
            mode: basis.mode,
            is_stopped: basis.is_stopped,
            is_live_key: basis.is_live_key,
            earlier_decisions: basis.earlier_decisions,
            approval: basis.approval.as_ref(),
        };
        let verdict = judge(&matter).map_err(|source| Unlike::Money { seq, source })?;
        let now = verdict_entry(&matter, &verdict, &basis.build)
            .map_err(|_| missing("the verdict's canonical form"))?;
        same(seq, "verdict", &entry.draft.body, &now)
    }
}

fn read<T: for<'de> Deserialize<'de>>(body: Option<&Value>) -> Option<T> {
    body.and_then(|body| T::deserialize(body).ok())
}

/// Compares the canonical bytes.
fn same(seq: u64, what: &'static str, logged: &Value, now: &Value) -> Result<(), Unlike> {
    let canonical =
        |body| canonical_body(body).map_err(|_| Unlike::Missing { seq, what: "a canonical form" });
    let (logged, now) = (canonical(logged)?, canonical(now)?);
    if logged == now { Ok(()) } else { Err(Unlike::Different { seq, what, logged, now }) }
}
