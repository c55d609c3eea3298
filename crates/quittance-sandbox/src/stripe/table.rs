//! Stored objects of one kind, newest first, with the indexes that lists filter by.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::value::{int, maybe_text, text};

/// Fields that lists filter by often.
const INDEXED: [&str; 5] = ["customer", "charge", "payment_intent", "invoice", "email"];

/// Where an object stands: its creation time in seconds, then the order of insertion.
type Place = (i64, u64);

/// An indexed field and what an object holds in it.
type Key = (&'static str, String);

/// Objects of one kind. Clones share each object until one of them changes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: BTreeMap<Place, Arc<Value>>,
    places: HashMap<String, Place>,
    index: HashMap<Key, BTreeSet<Place>>,
    next: u64,
}

impl Table {
    /// Stores a new object.
    pub(crate) fn insert(&mut self, value: Value) {
        let place = (int(&value, "created"), self.next);
        self.next = self.next.saturating_add(1);
        self.places.insert(text(&value, "id").to_owned(), place);
        self.index(place, keys(&value));
        self.rows.insert(place, Arc::new(value));
    }

    /// The object with this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        self.rows.get(self.places.get(id)?).map(Arc::as_ref)
    }

    /// Changes the object with this id, and gives what it has become.
    pub(crate) fn update(&mut self, id: &str, change: impl FnOnce(&mut Value)) -> Option<&Value> {
        let place = *self.places.get(id)?;
        let value = Arc::make_mut(self.rows.get_mut(&place)?);
        let before = keys(value);
        change(value);
        let after = keys(value);
        if before != after {
            self.unindex(place, before);
            self.index(place, after);
        }
        self.get(id)
    }

    /// Forgets the object with this id.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Value> {
        let place = self.places.remove(id)?;
        let value = self.rows.remove(&place)?;
        self.unindex(place, keys(&value));
        Some(Arc::unwrap_or_clone(value))
    }

    /// Forgets the oldest objects beyond `count`.
    pub(crate) fn keep_newest(&mut self, count: usize) {
        while self.rows.len() > count {
            let Some((place, value)) = self.rows.pop_first() else { return };
            self.places.remove(text(&value, "id"));
            self.unindex(place, keys(&value));
        }
    }

    /// All objects, newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Value> {
        self.rows.values().rev().map(Arc::as_ref)
    }

    /// The objects whose `field` is `value`, newest first.
    pub(crate) fn with<'t>(&'t self, field: &'static str, value: &str) -> Vec<&'t Value> {
        if !INDEXED.contains(&field) {
            return self.all().filter(|row| maybe_text(row, field) == Some(value)).collect();
        }
        let places = self.index.get(&(field, value.to_owned()));
        let places = places.into_iter().flatten().rev();
        places.filter_map(|place| self.rows.get(place).map(Arc::as_ref)).collect()
    }

    fn index(&mut self, place: Place, keys: Vec<Key>) {
        for key in keys {
            self.index.entry(key).or_default().insert(place);
        }
    }

    fn unindex(&mut self, place: Place, keys: Vec<Key>) {
        for key in keys {
            if let Some(places) = self.index.get_mut(&key) {
                places.remove(&place);
                if places.is_empty() {
                    self.index.remove(&key);
                }
            }
        }
    }
}

/// What an object is found by.
fn keys(value: &Value) -> Vec<Key> {
    let key = |field| maybe_text(value, field).map(|found| (field, found.to_owned()));
    INDEXED.into_iter().filter_map(key).collect()
}
