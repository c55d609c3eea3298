//! Stored objects of one kind, newest first, with the indexes that lists filter by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::value::{int, maybe_text, text};

/// Fields that lists filter by often.
const INDEXED: [&str; 5] = ["customer", "charge", "payment_intent", "invoice", "email"];

/// Where an object stands: its creation time in seconds, then the order of insertion.
type Place = (i64, u64);

/// Objects of one kind.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: BTreeMap<Place, Value>,
    places: HashMap<String, Place>,
    index: HashMap<(&'static str, String), BTreeSet<Place>>,
    next: u64,
}

impl Table {
    /// Stores a new object.
    pub(crate) fn insert(&mut self, value: Value) {
        let place = (int(&value, "created"), self.next);
        self.next = self.next.saturating_add(1);
        self.places.insert(text(&value, "id").to_owned(), place);
        self.index(place, &value);
        self.rows.insert(place, value);
    }

    /// The object with this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        self.rows.get(self.places.get(id)?)
    }

    /// Changes the object with this id, and gives what it has become.
    pub(crate) fn update(&mut self, id: &str, change: impl FnOnce(&mut Value)) -> Option<&Value> {
        let place = *self.places.get(id)?;
        let mut value = self.rows.get(&place)?.clone();
        self.unindex(place, &value);
        change(&mut value);
        self.index(place, &value);
        self.rows.insert(place, value);
        self.rows.get(&place)
    }

    /// Forgets the object with this id.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Value> {
        let place = self.places.remove(id)?;
        let value = self.rows.remove(&place)?;
        self.unindex(place, &value);
        Some(value)
    }

    /// Forgets the oldest objects beyond `count`.
    pub(crate) fn keep_newest(&mut self, count: usize) {
        while self.rows.len() > count {
            let Some((place, value)) = self.rows.pop_first() else { return };
            self.places.remove(text(&value, "id"));
            self.unindex(place, &value);
        }
    }

    /// All objects, newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Value> {
        self.rows.values().rev()
    }

    /// The objects whose `field` is `value`, newest first.
    pub(crate) fn with<'t>(&'t self, field: &'static str, value: &str) -> Vec<&'t Value> {
        if !INDEXED.contains(&field) {
            return self.all().filter(|row| maybe_text(row, field) == Some(value)).collect();
        }
        let places = self.index.get(&(field, value.to_owned()));
        let places = places.into_iter().flatten().rev();
        places.filter_map(|place| self.rows.get(place)).collect()
    }

    fn index(&mut self, place: Place, value: &Value) {
        for field in INDEXED {
            if let Some(found) = maybe_text(value, field) {
                self.index.entry((field, found.to_owned())).or_default().insert(place);
            }
        }
    }

    fn unindex(&mut self, place: Place, value: &Value) {
        for field in INDEXED {
            if let Some(found) = maybe_text(value, field) {
                let key = (field, found.to_owned());
                if let Some(places) = self.index.get_mut(&key) {
                    places.remove(&place);
                    if places.is_empty() {
                        self.index.remove(&key);
                    }
                }
            }
        }
    }
}
