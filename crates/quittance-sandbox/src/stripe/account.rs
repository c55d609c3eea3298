//! Everything one Stripe account holds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use quittance_core::clock::Clock;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::UnboundedSender;

use super::cards::Behavior;
use super::failure::Failure;
use super::kind::Kind;
use super::options::Options;
use super::refunds;
use super::table::Table;
use crate::delivery::Delivery;

/// The API request that is being carried out; events name it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) request: String,
    pub(crate) idempotency_key: Option<String>,
}

/// Something the card network will say later about a refund.
#[derive(Clone, Debug)]
struct Settlement {
    /// In seconds.
    due: i64,
    refund: String,
    succeeds: bool,
}

/// The account: its objects, its settings and the way out for its events.
pub(crate) struct Account {
    clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    tables: BTreeMap<Kind, Table>,
    counter: u64,
    counters: BTreeMap<&'static str, u64>,
    /// What a test card will do, by the id of its payment method or card.
    pub(crate) behaviors: HashMap<String, Behavior>,
    settlements: Vec<Settlement>,
    pub(crate) origin: Option<Origin>,
    pub(crate) deliveries: UnboundedSender<Delivery>,
    /// Something was written since the last look.
    pub(crate) is_changed: bool,
}

/// How long the card network takes to settle a refund on the test cards that do so later.
const SETTLEMENT_S: i64 = 60;

impl Account {
    /// An empty account.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        options: Options,
        deliveries: UnboundedSender<Delivery>,
    ) -> Self {
        Self {
            clock,
            options,
            tables: BTreeMap::new(),
            counter: 0,
            counters: BTreeMap::new(),
            behaviors: HashMap::new(),
            settlements: Vec::new(),
            origin: None,
            deliveries,
            is_changed: false,
        }
    }

    /// Another account that holds the same.
    pub(crate) fn twin(
        &self,
        clock: Arc<dyn Clock>,
        deliveries: UnboundedSender<Delivery>,
    ) -> Self {
        Self {
            clock,
            options: self.options.clone(),
            tables: self.tables.clone(),
            counter: self.counter,
            counters: self.counters.clone(),
            behaviors: self.behaviors.clone(),
            settlements: self.settlements.clone(),
            origin: None,
            deliveries,
            is_changed: false,
        }
    }

    /// The present, in seconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    /// A fresh id of this kind.
    pub(crate) fn new_id(&mut self, kind: Kind) -> String {
        let prefix = kind.prefix();
        // Each kind counts by itself: a request in between changes nobody else's id.
        let count = self.counters.entry(prefix).or_default();
        *count = count.saturating_add(1);
        let name = format!("{}/{prefix}/{count}", self.options.seed);
        format!("{prefix}_{}", letters(&name, 24))
    }

    /// Fresh letters and digits, the same in every run with one seed.
    pub(crate) fn new_token(&mut self, length: usize) -> String {
        self.counter = self.counter.saturating_add(1);
        letters(&format!("{}/{}", self.options.seed, self.counter), length)
    }

    /// The objects of a kind.
    pub(crate) fn table(&mut self, kind: Kind) -> &mut Table {
        self.tables.entry(kind).or_default()
    }

    /// All objects of a kind, newest first.
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.tables.get(&kind).into_iter().flat_map(Table::all)
    }

    /// The objects of a kind whose `field` is `value`, newest first.
    pub(crate) fn with(&self, kind: Kind, field: &'static str, value: &str) -> Vec<&Value> {
        self.tables.get(&kind).map_or_else(Vec::new, |table| table.with(field, value))
    }

    /// An object, if there is one with this id.
    pub(crate) fn get(&self, kind: Kind, id: &str) -> Option<&Value> {
        self.tables.get(&kind)?.get(id)
    }

    /// The object that the path names.
    pub(crate) fn find(&self, kind: Kind, id: &str) -> Result<&Value, Failure> {
        self.get(kind, id).ok_or_else(|| Failure::missing(kind, id, "id"))
    }

    /// The object that a parameter names.
    pub(crate) fn find_in(&self, kind: Kind, id: &str, param: &str) -> Result<&Value, Failure> {
        self.get(kind, id).ok_or_else(|| Failure::missing_in(kind, id, param))
    }

    /// Stores a new object and gives it back.
    pub(crate) fn insert(&mut self, kind: Kind, value: Value) -> Value {
        self.is_changed = true;
        self.table(kind).insert(value.clone());
        value
    }

    /// Changes an object and gives what it has become; null when it does not exist.
    pub(crate) fn update(
        &mut self,
        kind: Kind,
        id: &str,
        change: impl FnOnce(&mut Value),
    ) -> Value {
        self.is_changed = true;
        self.table(kind).update(id, change).cloned().unwrap_or_default()
    }

    /// Forgets an object.
    pub(crate) fn remove(&mut self, kind: Kind, id: &str) {
        self.is_changed = true;
        self.table(kind).remove(id);
    }

    /// Remembers that the card network will settle this refund later.
    pub(crate) fn settle_later(&mut self, refund: &str, succeeds: bool) {
        let due = self.now().saturating_add(SETTLEMENT_S);
        self.settlements.push(Settlement { due, refund: refund.to_owned(), succeeds });
    }

    /// Lets everything happen that was due by now.
    pub(crate) fn catch_up(&mut self) {
        let now = self.now();
        let (due, later) = std::mem::take(&mut self.settlements)
            .into_iter()
            .partition(|settlement: &Settlement| settlement.due <= now);
        self.settlements = later;
        for settlement in due {
            if settlement.succeeds {
                refunds::succeed(self, &settlement.refund);
            } else {
                refunds::fail(self, &settlement.refund, "expired_or_canceled_card");
            }
        }
    }
}

/// Letters and digits that belong to a name.
fn letters(name: &str, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz0123456789";
    let digest = Sha256::digest(name);
    let letter = |byte: &u8| {
        let index = usize::from(*byte).checked_rem(ALPHABET.len())?;
        ALPHABET.get(index).map(|letter| char::from(*letter))
    };
    digest.iter().cycle().take(length).filter_map(letter).collect()
}
