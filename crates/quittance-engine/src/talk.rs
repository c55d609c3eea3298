//! What an answer is made from: the case, what was said, and what is known.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quittance_core::facts::{Binding, Facts};
use quittance_core::record::{Draft, Kind};
use quittance_core::wish::Wish;
use quittance_store::approvals::{Waiting, Word};
use quittance_store::leases::Lease;
use serde_json::{Value, json};

use crate::conversation::Heard;
use crate::engine::Engine;
use crate::facts::Known;
use crate::language;
use crate::library::Library;
use crate::note;

/// What an answer is made from: the case, what was said, and what is known.
pub(crate) struct Talk<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) lease: &'a Lease,
    pub(crate) heard: Heard,
    pub(crate) facts: Arc<Facts>,
    pub(crate) language: String,
    /// The policy that this answer goes by, and the words it is given in.
    pub(crate) library: Arc<Library>,
    /// When the facts were begun to be read.
    pub(crate) begun: Begun,
    /// Whether nothing was said to the customer before.
    pub(crate) is_first: bool,
    /// What a person was asked, and has said.
    pub(crate) request: Option<Request>,
    /// Whether the answer says who is speaking: the first one does, and the one to whoever asks.
    pub(crate) introduces: bool,
    /// What is to be logged with the decision.
    pub(crate) entries: Vec<Draft>,
}

/// What a person was asked, and has said.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) waiting: Waiting,
    /// What they said, where it is not written down yet.
    pub(crate) word: Option<Word>,
}

/// When something was begun to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    /// By our clock.
    pub(crate) at: Timestamp,
    /// By the clock that nobody sets.
    pub(crate) elapsed: Duration,
    /// The number of the last log entry then.
    pub(crate) log: u64,
}

impl<'a> Talk<'a> {
    /// Chooses the language and logs the facts.
    pub(crate) fn begin(
        engine: &'a Engine,
        lease: &'a Lease,
        heard: Heard,
        known: Known,
        begun: Begun,
        is_first: bool,
    ) -> Self {
        let Known { facts, language } = known;
        let wish = heard.wish();
        let parts = &engine.parts;
        let library = parts.library.now();
        let language = language::choose(
            &heard.new,
            lease.language.as_deref(),
            language.as_deref(),
            &library.said.templates,
            &parts.options.default_language,
        )
        .to_owned();
        let told = match facts.binding {
            Binding::Bound { .. } => {
                let noun = if facts.charges.len() == 1 { "charge" } else { "charges" };
                format!("{} {noun} of a verified customer", facts.charges.len())
            }
            Binding::Unbound { why } => note::unbound(why).to_owned(),
        };
        engine.progress.tell(&lease.case, "facts", told);
        let mut talk = Self {
            engine,
            lease,
            heard,
            facts: Arc::new(facts),
            language,
            library,
            begun,
            is_first,
            request: None,
            introduces: is_first || matches!(wish, Some(Wish::Disclosure { .. })),
            entries: Vec::new(),
        };
        let body = json!(&*talk.facts);
        talk.log(Kind::Facts, body);
        talk
    }

    /// Adds an entry about the case.
    pub(crate) fn log(&mut self, kind: Kind, body: Value) {
        let at = self.engine.now();
        self.entries.push(Draft { at, case: Some(self.lease.case.clone()), kind, body });
    }
}
