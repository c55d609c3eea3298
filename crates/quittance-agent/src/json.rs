//! JSON that was written by a model or an unknown server, read with care.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A JSON value together with what a plain [`Value`] does not tell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Careful {
    /// The value; of a doubled key, the last.
    pub(crate) value: Value,
    /// Whether some object names a key twice, so that readers may disagree on what it says.
    pub(crate) has_doubled_keys: bool,
    /// How many arrays and objects are nested in each other.
    pub(crate) depth: usize,
}

impl Careful {
    /// Reads one JSON value and nothing after it. `serde_json` itself refuses numbers that are too
    /// large, lone surrogates, and more than 128 levels.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

impl<'de> Deserialize<'de> for Careful {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let mut notes = Notes { has_doubled_keys: false, depth: 0 };
        let value = Level { at: 0, notes: &mut notes }.deserialize(reader)?;
        Ok(Self { value, has_doubled_keys: notes.has_doubled_keys, depth: notes.depth })
    }
}

/// What is noticed on the way.
struct Notes {
    has_doubled_keys: bool,
    depth: usize,
}

/// Reads a value at one level of nesting.
struct Level<'n> {
    at: usize,
    notes: &'n mut Notes,
}

impl Level<'_> {
    fn below(&mut self) -> Level<'_> {
        Level { at: self.at.saturating_add(1), notes: self.notes }
    }

    fn enter(&mut self) {
        self.notes.depth = self.notes.depth.max(self.at.saturating_add(1));
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.enter();
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.below())? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        self.enter();
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.below())?;
            if object.insert(key, value).is_some() {
                self.notes.has_doubled_keys = true;
            }
            if object.len() > MOST_KEYS {
                return Err(A::Error::custom("an object with too many keys"));
            }
        }
        Ok(Value::Object(object))
    }
}

/// The most keys one object may have.
const MOST_KEYS: usize = 10_000;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Careful, String> {
        Careful::read(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_serde_json_reads() {
        let text = r#"{"a":[1,-2,2.5,true,null,"é\n"],"b":{"c":{}},"d":18446744073709551615}"#;
        let careful = read(text).unwrap();
        assert_eq!(careful.value, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!((careful.depth, careful.has_doubled_keys), (3, false));
    }

    #[test]
    fn notices_doubled_keys_at_any_level_and_however_they_are_written() {
        assert!(read(r#"{"a":1,"a":1}"#).unwrap().has_doubled_keys);
        assert!(read(r#"[{"x":{"a":1,"\u0061":2}}]"#).unwrap().has_doubled_keys);
        assert!(!read(r#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#).unwrap().has_doubled_keys);
    }

    #[test]
    fn refuses_what_is_not_one_json_value() {
        let deep = "[".repeat(10_000);
        for text in
            ["", "{", "{}{}", "{} x", "NaN", "1e400", r#""\ud800""#, "\"a\0b\"", "{'a':1}", &deep]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn measures_depth() {
        assert_eq!(read("1").unwrap().depth, 0);
        assert_eq!(
            read("[[[]],[]]").unwrap(),
            Careful { value: json!([[[]], []]), has_doubled_keys: false, depth: 3 }
        );
    }
}
