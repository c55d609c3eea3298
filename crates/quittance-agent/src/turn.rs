//! The loop: ask the model, run what it calls, stop at an answer or an ending.

mod answer;
mod memory;
mod step;

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use self::memory::TurnState;
use self::memory::{Memory, Repeat};
pub use self::step::{End, Step};
use crate::budget::{Budget, Limit, Usage};
use crate::error::Error;
use crate::model::{Call, Choice, Model, Reply};
use crate::schema::arguments;
use crate::tool::{self, Answer, BAD_ARGUMENTS, Tool, ToolError};
use crate::transcript::Transcript;

/// The most calls one message may contain, of which only the first is carried out.
const MOST_CALLS: usize = 16;

type Observer = Box<dyn FnMut(Step) + Send>;

/// One turn: what is said to a model, what it may call, and what all of it may cost.
///
/// The turn is driven by [`run`](Self::run), which may be called again after an answer (see
/// [`object`](Self::object)) and after a call that ended it (see [`resume`](Self::resume)). After every
/// other end, after an error, and after a run that was dropped half-way, it is over.
pub struct Turn {
    model: Model,
    tools: Vec<Tool>,
    transcript: Transcript,
    budget: Budget,
    opening: Choice,
    is_led: bool,
    observer: Option<Observer>,
    memory: Memory,
    usage: Usage,
    mistakes: u32,
    foreign_model: Option<String>,
    started: Option<Instant>,
    pending: Option<Pending>,
    is_over: bool,
}

/// A call that ended the run and waits for its outcome.
struct Pending {
    call_id: String,
    tool: String,
    arguments: Value,
}

/// What is wrong with what the model did, in words for the model.
struct Mistake {
    code: String,
    message: String,
}

impl Mistake {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

impl Turn {
    /// Prepares a turn; nothing is sent. Fails if a tool cannot be offered or two have one name.
    pub fn new(
        model: Model,
        tools: Vec<Tool>,
        transcript: Transcript,
        budget: Budget,
    ) -> Result<Self, Error> {
        let mut names = HashSet::new();
        for tool in &tools {
            tool.check()?;
            if !names.insert(tool.name()) {
                let why = "there are two of that name".to_owned();
                return Err(Error::Tool { tool: tool.name().to_owned(), why });
            }
        }
        Ok(Self {
            model,
            tools,
            transcript,
            budget,
            opening: Choice::Free,
            is_led: false,
            observer: None,
            memory: Memory::default(),
            usage: Usage::default(),
            mistakes: 0,
            foreign_model: None,
            started: None,
            pending: None,
            is_over: false,
        })
    }

    /// Sets what the model must do when it is first asked. Afterwards it is free: a model that is
    /// always forced to call a tool never stops.
    #[must_use]
    pub fn opening(mut self, choice: Choice) -> Self {
        self.opening = choice;
        self
    }

    /// Lets the model never answer in words of its own: it must call a tool whenever it is asked, so the
    /// tools on offer must be enough to end the turn.
    #[must_use]
    pub fn led(mut self) -> Self {
        self.is_led = true;
        self
    }

    /// Has every step reported, as it happens.
    #[must_use]
    pub fn observe(mut self, observer: impl FnMut(Step) + Send + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// What the turn has used so far.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// The model that answered, if it was not the one that was asked; the turn is then over.
    pub fn foreign_model(&self) -> Option<&str> {
        self.foreign_model.as_deref()
    }

    /// Everything said so far.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// What has been called so far.
    pub fn state(&self) -> &TurnState {
        &self.memory.state
    }

    /// Runs until the model answers, a tool ends the turn, or something is used up. Time spent between
    /// runs counts. Cancelling `stop` gives up the request or look-up under way; nothing that a tool of
    /// this turn does needs to be finished.
    pub async fn run(&mut self, stop: &CancellationToken) -> Result<End, Error> {
        if self.is_over {
            return Err(Error::Over);
        }
        if let Some(pending) = &self.pending {
            return Err(Error::Pending { call_id: pending.call_id.clone() });
        }
        let started = *self.started.get_or_insert_with(Instant::now);
        // Whoever drops this future leaves a transcript that may end in the middle of a call.
        self.is_over = true;
        let left = Duration::from_millis(self.budget.wall_ms).saturating_sub(started.elapsed());
        if left.is_zero() {
            return Ok(End::Exhausted(Limit::Time));
        }
        let steps = Box::pin(self.steps());
        let end = match stop.run_until_cancelled(tokio::time::timeout(left, steps)).await {
            None => return Err(Error::Stopped),
            Some(Err(_)) => return Ok(End::Exhausted(Limit::Time)),
            Some(Ok(end)) => end?,
        };
        self.is_over = match end {
            End::Answer(_) | End::Ended { .. } => false,
            End::Exhausted(_) | End::Misbehaved(_) => true,
        };
        Ok(end)
    }

    /// Gives the call that ended the last run its outcome, which goes back to the model with the next
    /// run. `ok` is added as true if it is absent; `{"ok": false, "error": {…}}` says that it was
    /// refused.
    pub fn resume(&mut self, call_id: &str, outcome: Value) -> Result<(), Error> {
        match self.pending.take_if(|pending| pending.call_id == call_id) {
            None => Err(Error::UnknownCall { call_id: call_id.to_owned() }),
            Some(pending) => {
                let outcome = tool::success(outcome);
                self.transcript.tool(call_id, &outcome);
                self.memory.settle(&pending.tool, pending.arguments, outcome);
                Ok(())
            }
        }
    }

    /// Tells the model why its last answer cannot be used, before the next run. The caller decides how
    /// often.
    pub fn object(&mut self, code: &str, message: &str) {
        self.transcript.user(&tool::failure(code, message, true).to_string());
    }

    async fn steps(&mut self) -> Result<End, Error> {
        // Every round uses at least one model call, so the budget bounds the loop.
        loop {
            if let Some(limit) = self.used_up() {
                return Ok(End::Exhausted(limit));
            }
            let end = match self.ask().await {
                Ok(reply) => self.take(reply).await?,
                Err(Error::Garbled(_)) => {
                    let mistake = Mistake::new(
                        "unreadable_call",
                        "the call was cut off or is not valid JSON; call again",
                    );
                    self.note(&mistake)
                }
                Err(error) => return Err(error),
            };
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    fn used_up(&self) -> Option<Limit> {
        if self.memory.asked >= self.budget.model_calls {
            return Some(Limit::ModelCalls);
        }
        if self.usage.tool_calls >= self.budget.tool_calls {
            return Some(Limit::ToolCalls);
        }
        (self.usage.tokens() >= self.budget.tokens).then_some(Limit::Tokens)
    }

    async fn ask(&mut self) -> Result<Reply, Error> {
        let opening = std::mem::take(&mut self.opening);
        let choice = if self.is_led { Choice::Required } else { opening };
        self.memory.asked = self.memory.asked.saturating_add(1);
        self.report(Step::Asked { number: self.memory.asked });
        let offered: Vec<&Tool> =
            self.tools.iter().filter(|tool| tool.is_offered(&self.memory.state)).collect();
        let answer = self.model.ask(&self.transcript, &offered, &choice).await;
        if let Err(Error::Garbled(_)) = &answer {
            // The model has worked, and nobody says how much.
            self.usage.add(&self.model.bound(&self.transcript, &offered, &choice));
        }
        let reply = answer?;
        self.usage.add(&reply.usage);
        self.report(Step::Replied { model: reply.model.clone(), usage: reply.usage });
        Ok(reply)
    }

    /// Does what the reply asks for. `None` means that the model is asked again.
    async fn take(&mut self, reply: Reply) -> Result<Option<End>, Error> {
        if let Some(name) = reply.foreign_model {
            self.foreign_model = Some(name);
            return Ok(Some(End::misbehaved("another model answered than was asked")));
        }
        let mut calls = reply.calls.into_iter();
        let Some(first) = calls.next() else {
            if reply.is_refusal {
                return Ok(Some(End::misbehaved("the model declined to answer")));
            }
            return Ok(match answer::check(reply.text, reply.is_cut, &self.tools) {
                Ok(text) => {
                    self.transcript.replied(reply.message);
                    Some(End::Answer(text))
                }
                Err(mistake) => self.note(&mistake),
            });
        };
        let rest: Vec<Call> = calls.collect();
        if let Some(what) = self.objection(&first, &rest) {
            return Ok(Some(End::misbehaved(what)));
        }
        self.transcript.replied(reply.message);
        let end = self.call(first).await?;
        for call in rest {
            let error = tool::failure(
                "one_at_a_time",
                "only the first call was carried out; call one tool at a time",
                true,
            );
            self.transcript.tool(&call.id, &error);
        }
        Ok(end)
    }

    /// What is wrong with calling all of this at once.
    fn objection(&self, first: &Call, rest: &[Call]) -> Option<&'static str> {
        let may_end = |call: &Call| self.find(&call.name).is_some_and(Tool::is_ending);
        if rest.is_empty() {
            None
        } else if may_end(first) || rest.iter().any(may_end) {
            Some("several calls at once, one of which would end the turn")
        } else {
            (rest.len() >= MOST_CALLS).then_some("too many calls at once")
        }
    }

    /// Carries one call out, or answers it from memory, or points out what is wrong with it.
    async fn call(&mut self, call: Call) -> Result<Option<End>, Error> {
        let (tool, arguments) = match self.understand(&call) {
            Ok(understood) => understood,
            Err(mistake) => return Ok(self.correct(&call.id, &mistake)),
        };
        self.usage.tool_calls = self.usage.tool_calls.saturating_add(1);
        let name = tool.name().to_owned();
        self.report(Step::Called {
            call_id: call.id.clone(),
            tool: name.clone(),
            arguments: arguments.clone(),
        });
        match self.memory.repeat(&name, &arguments) {
            Repeat::New => {}
            Repeat::Second(result) => {
                self.answered(&call.id, &name, &result, true);
                return Ok(None);
            }
            Repeat::Again => {
                return Ok(Some(End::Misbehaved(format!(
                    "the same call of `{name}` again and again"
                ))));
            }
        }
        match tool.call(arguments.clone()).await {
            Ok(Answer::Result(value)) => {
                let result = tool::success(value);
                self.answered(&call.id, &name, &result, false);
                self.memory.remember(&name, arguments, result);
                Ok(None)
            }
            Ok(Answer::End(value)) if tool.is_ending() => {
                let pending = Pending { call_id: call.id.clone(), tool: name.clone(), arguments };
                self.pending = Some(pending);
                Ok(Some(End::Ended { tool: name, call_id: call.id, value }))
            }
            Ok(Answer::End(_)) => Err(Error::Undeclared { tool: name }),
            Err(ToolError::Misused { code, message }) => {
                Ok(self.correct(&call.id, &Mistake { code, message }))
            }
            Err(ToolError::Outage(source)) => Err(Error::Outage { tool: name, source }),
        }
    }

    /// Finds the tool by its exact name and reads the arguments.
    fn understand(&self, call: &Call) -> Result<(Tool, Value), Mistake> {
        let offered = || {
            let offered = self.tools.iter().filter(|tool| tool.is_offered(&self.memory.state));
            let names: Vec<&str> = offered.map(Tool::name).collect();
            names.join(", ")
        };
        let Some(tool) = self.find(&call.name) else {
            return Err(Mistake::new(
                "unknown_tool",
                format!("there is no such tool; there are: {}", offered()),
            ));
        };
        if !tool.is_offered(&self.memory.state) {
            return Err(Mistake::new(
                "not_available",
                format!("this tool cannot be called now; there are: {}", offered()),
            ));
        }
        match arguments::read(&call.arguments, tool.parameters()) {
            Ok(arguments) => Ok((tool.clone(), arguments)),
            Err(unacceptable) => Err(Mistake::new(BAD_ARGUMENTS, unacceptable.0)),
        }
    }

    fn find(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.name() == name)
    }

    fn answered(&mut self, call_id: &str, tool: &str, result: &Value, is_repeat: bool) {
        self.transcript.tool(call_id, result);
        let is_ok = memory::is_ok(result);
        self.report(Step::Answered {
            call_id: call_id.to_owned(),
            tool: tool.to_owned(),
            is_ok,
            is_repeat,
        });
    }

    /// Points a mistake out as the result of the call, or ends the turn.
    fn correct(&mut self, call_id: &str, mistake: &Mistake) -> Option<End> {
        let error = tool::failure(&mistake.code, &mistake.message, true);
        self.transcript.tool(call_id, &error);
        self.count(mistake)
    }

    /// Points a mistake out where there is no call to answer, or ends the turn.
    fn note(&mut self, mistake: &Mistake) -> Option<End> {
        self.object(&mistake.code, &mistake.message);
        self.count(mistake)
    }

    fn count(&mut self, mistake: &Mistake) -> Option<End> {
        self.mistakes = self.mistakes.saturating_add(1);
        self.report(Step::Mistaken { code: mistake.code.clone() });
        let is_last = self.mistakes > self.budget.mistakes;
        is_last.then(|| {
            End::Misbehaved(format!("{} mistakes, the last: {}", self.mistakes, mistake.code))
        })
    }

    fn report(&mut self, step: Step) {
        if let Some(observer) = &mut self.observer {
            observer(step);
        }
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("model", &self.model)
            .field("transcript", &self.transcript)
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
