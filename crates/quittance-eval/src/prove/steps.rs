//! What a run did to its refund, in the words of the model, and whether the model allows it.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use quittance_core::ids::CaseId;
use quittance_wire::{Answer, Broken, StatusCode, Url};
use serde_json::Value;

use super::hub::{Hub, NodeId};
use crate::model::{self, Step, Tick, conforms};

/// How many steps of a run are held against the model. What the model cannot see grows with them.
const MOST_STEPS: usize = 400;

/// How long before the intent the time of a trace begins, in milliseconds: a clock that is set back shows
/// an earlier time and not its beginning.
const BEFORE_MS: Tick = 10 * 24 * 3_600_000;

/// The number of a task of the run.
pub(crate) type TaskId = u64;

/// Something that the model has a word for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A write was committed.
    Wrote {
        /// Its name: `intent`, `settle:confirmed` and the like.
        name: &'static str,
        /// How far its writer's clock was ahead.
        ahead_ms: i64,
    },
    /// A mark was committed.
    Marked {
        /// When its writer read the clocks, by true time.
        read_ms: i64,
        /// How far its own was ahead then.
        ahead_ms: i64,
    },
    /// The last check before the first byte of a refund was passed. From there on nothing can hold it back,
    /// not even a pause of the process, which counts to the life of the request.
    Sent,
    /// The program reads an answer to it, or why there is none.
    Answered(model::Answer),
    /// The customer has been told of a refund.
    Replied,
    /// Money is stopped.
    Stop,
    /// Money may move again.
    Resume,
    /// A case was leased anew while somebody was at work on it.
    LeaseLost(CaseId),
    /// Somebody at work on a case is gone.
    Gone(CaseId),
    /// Everybody is gone.
    AllGone,
}

impl What {
    /// Whether it has to do with this case. What does not name one has.
    fn is_about(&self, case: &CaseId) -> bool {
        !matches!(self, Self::LeaseLost(of) | Self::Gone(of) if of != case)
    }
}

/// A note of what happened.
#[derive(Clone, Debug)]
struct Note {
    /// True time since the beginning of the run, in milliseconds.
    at_ms: i64,
    what: What,
}

/// What the clocks showed before a mark: true time, and how far the node's own was ahead.
#[derive(Clone, Copy, Debug)]
struct Reading {
    task: TaskId,
    at_ms: i64,
    ahead_ms: i64,
}

#[derive(Debug, Default)]
struct Book {
    notes: Vec<Note>,
    readings: Vec<Reading>,
}

/// The notes of a run.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    book: Mutex<Book>,
    /// The task that goes on now.
    current: AtomicU64,
}

impl Notes {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells which task goes on now.
    pub(crate) fn go_on(&self, task: TaskId) {
        self.current.store(task, Ordering::Relaxed);
    }

    /// What happened to the one decision of a run, made in `case`. Its confirmation says whether it was
    /// found in Stripe's list.
    pub(crate) fn steps(&self, case: &CaseId, is_found: bool) -> Vec<Step> {
        let mut trace = Trace { is_found, ..Trace::default() };
        for note in &self.book().notes {
            if note.what.is_about(case) {
                trace.take(note);
            }
        }
        trace.steps
    }
}

impl Hub {
    /// Takes down what happened now.
    pub(crate) fn note(&self, what: What) {
        let note = Note { at_ms: self.now_ms(), what };
        self.notes.book().notes.push(note);
    }

    /// Takes down that a node begins to write, right after it has read its clock.
    pub(crate) fn note_begun(&self, node: NodeId, write: &'static str) {
        if write == "mark" {
            let task = self.notes.current.load(Ordering::Relaxed);
            let reading = Reading { task, at_ms: self.now_ms(), ahead_ms: self.ahead_ms(node) };
            let mut book = self.notes.book();
            book.readings.retain(|old| old.task != task);
            book.readings.push(reading);
        }
    }

    /// Takes down what was committed just now.
    pub(crate) fn note_written(&self, node: NodeId, write: &'static str) {
        match write {
            "mark" => {
                let task = self.notes.current.load(Ordering::Relaxed);
                let (read_ms, ahead_ms) = self
                    .notes
                    .book()
                    .readings
                    .iter()
                    .find(|reading| reading.task == task)
                    .map_or_else(
                        || (self.now_ms(), self.ahead_ms(node)),
                        |reading| (reading.at_ms, reading.ahead_ms),
                    );
                self.note(What::Marked { read_ms, ahead_ms });
            }
            "stop" => self.note(What::Stop),
            "resume" => self.note(What::Resume),
            _ if write == "intent" || write.starts_with("settle:") => {
                self.note(What::Wrote { name: write, ahead_ms: self.ahead_ms(node) });
            }
            _ => {}
        }
    }
}

/// A trace that is being written down, from the intent on.
#[derive(Default)]
struct Trace {
    steps: Vec<Step>,
    is_found: bool,
    is_stopped: bool,
    /// When the last step was, by true time of the run.
    at_ms: i64,
    ahead_ms: i64,
    marks: u8,
    /// What was last written about it, but for marks.
    written: Option<Step>,
}

impl Trace {
    fn take(&mut self, note: &Note) {
        if matches!(note.what, What::Stop | What::Resume) {
            self.is_stopped = note.what == What::Stop;
        }
        if self.steps.is_empty() {
            if matches!(note.what, What::Wrote { name: "intent", .. }) {
                self.begin(note.at_ms);
            }
            return;
        }
        let passed = note.at_ms.saturating_sub(self.at_ms);
        if let Ok(ms @ 1..) = Tick::try_from(passed) {
            self.steps.push(Step::Tick { ms });
        }
        self.at_ms = note.at_ms;
        self.follow(note);
    }

    fn begin(&mut self, at_ms: i64) {
        self.steps.push(Step::Tick { ms: BEFORE_MS });
        if self.is_stopped {
            self.steps.push(Step::Stop);
        }
        self.steps.push(Step::Intent);
        self.at_ms = at_ms;
        self.written = Some(Step::Intent);
    }

    fn follow(&mut self, note: &Note) {
        let step = match note.what {
            What::Wrote { name, ahead_ms } => return self.write(name, ahead_ms),
            What::Marked { read_ms, ahead_ms } => {
                return self.mark(note.at_ms.saturating_sub(read_ms), ahead_ms);
            }
            What::Sent => Step::Sent,
            What::Answered(answer) => Step::Answered(answer),
            What::Replied => Step::Replied,
            What::Stop => Step::Stop,
            What::Resume => Step::Resume,
            // Nobody holds what is settled or with a person.
            What::LeaseLost(_) if !self.is_open() => return,
            What::LeaseLost(_) => Step::LeaseLost,
            What::Gone(_) => Step::NodeCrash,
            What::AllGone => Step::Crash,
        };
        self.steps.push(step);
    }

    fn write(&mut self, name: &'static str, ahead_ms: i64) {
        let step = match name {
            "intent" => Step::Intent,
            "settle:unknown" => Step::Unknown,
            "settle:confirmed" => Step::Confirmed,
            "settle:void" => Step::Void,
            "settle:parked" => Step::Parked,
            "settle:failed" => Step::Failed,
            // The bank has sent it back, of which the model knows nothing.
            _ => return,
        };
        if step == Step::Confirmed && self.is_found && self.is_open() {
            self.steps.push(Step::Found);
        }
        self.jump(ahead_ms);
        self.written = Some(step);
        self.steps.push(step);
    }

    fn is_open(&self) -> bool {
        matches!(self.written, Some(Step::Intent | Step::Unknown))
    }

    /// The clock of whoever writes next.
    fn jump(&mut self, ahead_ms: i64) {
        if ahead_ms != self.ahead_ms {
            let bound = i64::from(i32::MAX);
            let ahead = i32::try_from(ahead_ms.clamp(bound.saturating_neg(), bound));
            self.steps.push(Step::Jump { ahead_ms: ahead.unwrap_or(0) });
            self.ahead_ms = ahead_ms;
        }
    }

    fn mark(&mut self, late_ms: i64, ahead_ms: i64) {
        self.jump(ahead_ms);
        self.marks = self.marks.saturating_add(1);
        let late_ms = Tick::try_from(late_ms).unwrap_or(0);
        self.steps.push(Step::Mark { attempt: self.marks, late_ms });
    }
}

/// What came of holding a run against the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// It was.
    Yes,
    /// It has none or several decisions, or its database forgot some of what it did.
    NotOne,
    /// It is too long.
    TooLong,
}

/// Holds steps against the model. Fails with what it forbids.
pub(crate) fn hold(steps: &[Step]) -> Result<Held, String> {
    if steps.len() > MOST_STEPS {
        return Ok(Held::TooLong);
    }
    conforms(steps).map(|()| Held::Yes)
}

/// What an answer to the sending of a refund says, if it is held against the form that was sent.
pub(crate) fn classify(sent: &[u8], answer: &Result<Answer, Broken>) -> model::Answer {
    let answer = match answer {
        Ok(answer) => answer,
        Err(Broken::TooLarge { .. }) => return model::Answer::Broken,
        Err(Broken::NotSent(_) | Broken::Late(_) | Broken::Lost(_)) => {
            return model::Answer::Silence;
        }
    };
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return model::Answer::Broken;
    };
    if answer.status == StatusCode::OK {
        let repeated = answer.headers.get("idempotent-replayed");
        let is_repeated = repeated.is_some_and(|value| value.as_bytes() == b"true");
        return made(sent, &body, is_repeated);
    }
    let word = |path: &str| body.pointer(path).and_then(Value::as_str);
    match answer.status.as_u16() {
        _ if body.get("error").is_none() => model::Answer::Broken,
        409 if word("/error/code") == Some("idempotency_key_in_use") => model::Answer::Busy,
        429 => model::Answer::Busy,
        400 | 402 | 404 if word("/error/type") == Some("idempotency_error") => {
            model::Answer::Foreign
        }
        400..=404 => model::Answer::Refused,
        _ => model::Answer::Broken,
    }
}

fn made(sent: &[u8], refund: &Value, is_repeated: bool) -> model::Answer {
    let word = |path: &str| refund.pointer(path).and_then(Value::as_str).unwrap_or_default();
    if word("/object") != "refund" {
        return model::Answer::Broken;
    }
    let amount = refund.get("amount").and_then(Value::as_i64).unwrap_or(0).to_string();
    let is_ours = [
        ("charge", word("/charge")),
        ("amount", amount.as_str()),
        ("metadata[decision]", word("/metadata/decision")),
    ]
    .into_iter()
    .all(|(name, value)| field(sent, name).is_some_and(|field| field == value));
    match (is_ours, is_repeated) {
        (false, _) => model::Answer::Foreign,
        (true, false) => model::Answer::Created,
        (true, true) => model::Answer::Replayed,
    }
}

/// A field of a form.
fn field(form: &[u8], name: &str) -> Option<String> {
    let mut url = Url::parse("http://form.example").ok()?;
    url.set_query(std::str::from_utf8(form).ok());
    let mut pairs = url.query_pairs();
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
