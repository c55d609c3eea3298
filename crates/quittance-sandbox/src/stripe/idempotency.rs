//! Idempotency keys: <https://docs.stripe.com/api/idempotent_requests>.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::failure::Failure;

/// The longest key, in characters.
const MAX_KEY: usize = 255;
/// How long a key is kept, in seconds. Afterwards it no longer protects.
const KEPT_S: i64 = 24 * 60 * 60;
/// Old keys are dropped when there are this many more.
const SWEEP_EVERY: usize = 1024;

/// An answer as it was first given.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The request that was answered first.
    pub(crate) request: String,
}

#[derive(Debug)]
struct Entry {
    path: String,
    params: Map<String, Value>,
    began: i64,
    answer: Option<Answer>,
}

/// The keys that have been used.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    entries: HashMap<String, Entry>,
    since_sweep: usize,
}

impl Keys {
    /// Looks a key up before anything is carried out. `None` means: carry the request out, and
    /// then call [`Keys::finish`] or [`Keys::forget`].
    pub(crate) fn begin(
        &mut self,
        key: &str,
        path: &str,
        params: &Map<String, Value>,
        now: i64,
    ) -> Result<Option<Answer>, Failure> {
        if key.chars().count() > MAX_KEY {
            let message = format!("Idempotency keys can be at most {MAX_KEY} characters long");
            return Err(Failure::invalid_plain("Idempotency-Key", message));
        }
        self.sweep(now);
        let oldest = now.saturating_sub(KEPT_S);
        match self.entries.get(key).filter(|entry| entry.began >= oldest) {
            Some(entry) if entry.path != path || entry.params != *params => {
                Err(Failure::key_reused(key))
            }
            Some(Entry { answer: Some(answer), .. }) => Ok(Some(answer.clone())),
            Some(Entry { answer: None, .. }) => Err(Failure::key_in_use(key)),
            None => {
                let entry = Entry {
                    path: path.to_owned(),
                    params: params.clone(),
                    began: now,
                    answer: None,
                };
                self.entries.insert(key.to_owned(), entry);
                Ok(None)
            }
        }
    }

    /// Keeps the answer for as long as the key is kept.
    pub(crate) fn finish(&mut self, key: &str, answer: Answer) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.answer = Some(answer);
        }
    }

    /// Frees the key: nothing was carried out.
    pub(crate) fn forget(&mut self, key: &str) {
        self.entries.remove(key);
    }

    fn sweep(&mut self, now: i64) {
        self.since_sweep = self.since_sweep.saturating_add(1);
        if self.since_sweep >= SWEEP_EVERY {
            self.since_sweep = 0;
            let oldest = now.saturating_sub(KEPT_S);
            self.entries.retain(|_, entry| entry.began >= oldest);
        }
    }
}
