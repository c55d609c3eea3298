//! Request parameters: forms with nested and repeated names, read strictly. A parameter that the
//! endpoint does not know is an error, as at Stripe.

use serde_json::{Map, Value};

use super::failure::Failure;

/// The parameters of one request, or of one hash inside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Params {
    /// Where these are inside the request, such as `items[0]`; empty at the top.
    path: String,
    fields: Map<String, Value>,
}

/// Bounds on a time, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Range {
    lowest: Option<i64>,
    highest: Option<i64>,
}

impl Range {
    /// Whether `instant` lies within.
    pub(crate) fn holds(self, instant: i64) -> bool {
        self.lowest.is_none_or(|lowest| instant >= lowest)
            && self.highest.is_none_or(|highest| instant <= highest)
    }
}

/// How deep names may nest.
const MAX_DEPTH: usize = 8;
/// How many metadata entries one object takes: <https://docs.stripe.com/metadata>.
const MAX_METADATA_ENTRIES: usize = 50;
/// The longest name of a metadata entry, in characters.
const MAX_METADATA_NAME: usize = 40;
/// The longest value of a metadata entry, in characters.
const MAX_METADATA_VALUE: usize = 500;

impl Params {
    /// Reads an encoded form or query into these parameters.
    pub(crate) fn read(&mut self, encoded: &[u8]) -> Result<(), Failure> {
        for (name, text) in form_urlencoded::parse(encoded) {
            let segments = segments(&name).ok_or_else(|| unreadable(&name))?;
            insert(&mut self.fields, &segments, text.into_owned())
                .ok_or_else(|| unreadable(&name))?;
        }
        Ok(())
    }

    /// The whole tree, for comparing two requests.
    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Takes `expand[]` out.
    pub(crate) fn take_expand(&mut self) -> Result<Vec<String>, Failure> {
        let paths = self.texts("expand")?;
        self.fields.remove("expand");
        Ok(paths)
    }

    fn name(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}[{field}]", self.path) }
    }

    /// Fails when there is a parameter that is not in `known`.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Failure> {
        let unknown: Vec<String> = self
            .fields
            .keys()
            .filter(|field| !known.contains(&field.as_str()))
            .map(|field| self.name(field))
            .collect();
        match unknown.as_slice() {
            [] => Ok(()),
            [one] => Err(Failure::invalid(
                "parameter_unknown",
                one,
                format!("Received unknown parameter: {one}"),
            )),
            [first, ..] => Err(Failure::invalid(
                "parameter_unknown",
                first,
                format!("Received unknown parameters: {}", unknown.join(", ")),
            )),
        }
    }

    /// Whether the parameter was sent at all.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// A text, where the empty text means "unset".
    pub(crate) fn unsettable(&self, field: &str) -> Result<Option<&str>, Failure> {
        match self.fields.get(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => {
                let name = self.name(field);
                Err(Failure::invalid_plain(&name, format!("Invalid string: {name}")))
            }
        }
    }

    /// A text that cannot be unset.
    pub(crate) fn text(&self, field: &str) -> Result<Option<&str>, Failure> {
        match self.unsettable(field)? {
            Some("") => {
                let name = self.name(field);
                let message = format!(
                    "You passed an empty string for '{name}'. We assume empty values are an attempt \
                     to unset a parameter; however '{name}' cannot be unset. You should remove \
                     '{name}' from your request or supply a non-empty value."
                );
                Err(Failure::invalid("parameter_invalid_empty", &name, message))
            }
            other => Ok(other),
        }
    }

    /// A text that must be there.
    pub(crate) fn required(&self, field: &str) -> Result<&str, Failure> {
        self.text(field)?.ok_or_else(|| Failure::lacking(&self.name(field)))
    }

    /// A whole number.
    pub(crate) fn integer(&self, field: &str) -> Result<Option<i64>, Failure> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let name = self.name(field);
            Failure::invalid("parameter_invalid_integer", &name, format!("Invalid integer: {text}"))
        })
    }

    /// A whole number of at least one.
    pub(crate) fn positive(&self, field: &str) -> Result<Option<i64>, Failure> {
        match self.integer(field)? {
            Some(number) if number < 1 => Err(Failure::invalid(
                "parameter_invalid_integer",
                &self.name(field),
                "Invalid positive integer",
            )),
            other => Ok(other),
        }
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self, field: &str) -> Result<Option<bool>, Failure> {
        match self.text(field)? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => {
                let message = format!("Invalid boolean: {other}");
                Err(Failure::invalid_plain(&self.name(field), message))
            }
        }
    }

    /// One of a closed set of words.
    pub(crate) fn choice(&self, field: &str, words: &[&str]) -> Result<Option<&str>, Failure> {
        match self.text(field)? {
            Some(word) if !words.contains(&word) => {
                let name = self.name(field);
                let message = format!("Invalid {name}: must be one of {}", words.join(", "));
                Err(Failure::invalid_plain(&name, message))
            }
            other => Ok(other),
        }
    }

    /// A nested hash with `known` members.
    pub(crate) fn hash(&self, field: &str, known: &[&str]) -> Result<Option<Self>, Failure> {
        let hash = self.any_hash(field)?;
        if let Some(hash) = &hash {
            hash.only(known)?;
        }
        Ok(hash)
    }

    fn any_hash(&self, field: &str) -> Result<Option<Self>, Failure> {
        match self.fields.get(field) {
            None => Ok(None),
            Some(Value::Object(fields)) => {
                Ok(Some(Self { path: self.name(field), fields: fields.clone() }))
            }
            Some(_) => {
                let name = self.name(field);
                Err(Failure::invalid_plain(&name, "Invalid object"))
            }
        }
    }

    /// An array of hashes with `known` members.
    pub(crate) fn hashes(&self, field: &str, known: &[&str]) -> Result<Vec<Self>, Failure> {
        let Some(array) = self.any_hash(field)? else { return Ok(Vec::new()) };
        array.is_array()?;
        array.fields.keys().filter_map(|index| array.hash(index, known).transpose()).collect()
    }

    /// An array of texts.
    pub(crate) fn texts(&self, field: &str) -> Result<Vec<String>, Failure> {
        let Some(array) = self.any_hash(field)? else { return Ok(Vec::new()) };
        array.is_array()?;
        array
            .fields
            .keys()
            .filter_map(|index| array.text(index).transpose())
            .map(|text| text.map(str::to_owned))
            .collect()
    }

    fn is_array(&self) -> Result<(), Failure> {
        if self.fields.keys().all(|key| key.parse::<usize>().is_ok()) {
            Ok(())
        } else {
            Err(Failure::invalid_plain(&self.path, "Invalid array"))
        }
    }

    /// A time filter: a number of seconds, or `gt`, `gte`, `lt` and `lte`.
    pub(crate) fn range(&self, field: &str) -> Result<Range, Failure> {
        match self.fields.get(field) {
            None => Ok(Range::default()),
            Some(Value::String(_)) => {
                let exact = self.integer(field)?;
                Ok(Range { lowest: exact, highest: exact })
            }
            Some(_) => {
                let Some(bounds) = self.hash(field, &["gt", "gte", "lt", "lte"])? else {
                    return Ok(Range::default());
                };
                let above = bounds.integer("gt")?.map(|bound| bound.saturating_add(1));
                let below = bounds.integer("lt")?.map(|bound| bound.saturating_sub(1));
                Ok(Range {
                    lowest: bounds.integer("gte")?.max(above),
                    highest: [bounds.integer("lte")?, below].into_iter().flatten().min(),
                })
            }
        }
    }

    /// Merges `metadata` into what the object has: an empty value removes one entry, an empty
    /// `metadata` removes all.
    pub(crate) fn metadata(&self, current: &Value) -> Result<Value, Failure> {
        let mut merged = current.as_object().cloned().unwrap_or_default();
        if self.fields.get("metadata").and_then(Value::as_str) == Some("") {
            return Ok(Value::Object(Map::new()));
        }
        let Some(changes) = self.any_hash("metadata")? else { return Ok(Value::Object(merged)) };
        for name in changes.fields.keys() {
            let at = changes.name(name);
            if name.chars().count() > MAX_METADATA_NAME {
                let message =
                    format!("Metadata keys can be at most {MAX_METADATA_NAME} characters long");
                return Err(Failure::invalid_plain(&at, message));
            }
            let text = changes.unsettable(name)?.unwrap_or_default();
            if text.chars().count() > MAX_METADATA_VALUE {
                let message =
                    format!("Metadata values can have up to {MAX_METADATA_VALUE} characters");
                return Err(Failure::invalid_plain(&at, message));
            }
            if text.is_empty() {
                merged.shift_remove(name);
            } else {
                merged.insert(name.clone(), text.into());
            }
        }
        if merged.len() > MAX_METADATA_ENTRIES {
            let message =
                format!("You may have up to {MAX_METADATA_ENTRIES} metadata keys per object");
            return Err(Failure::invalid_plain("metadata", message));
        }
        Ok(Value::Object(merged))
    }
}

fn unreadable(name: &str) -> Failure {
    Failure::invalid_plain(name, format!("Invalid request: the parameter {name} cannot be read"))
}

/// `items[0][price]` → `items`, `0`, `price`. The empty segment of `expand[]` stays empty.
fn segments(name: &str) -> Option<Vec<&str>> {
    let Some((root, rest)) = name.split_once('[') else {
        return (!name.is_empty() && !name.contains(']')).then(|| vec![name]);
    };
    let inner = rest.strip_suffix(']')?;
    let mut found = vec![root];
    found.extend(inner.split("]["));
    let is_plain = |segment: &&str| !segment.contains(['[', ']']);
    (!root.is_empty() && found.len() <= MAX_DEPTH && found.iter().all(is_plain)).then_some(found)
}

/// Puts `text` in place; nothing when the name was used before in another way.
fn insert(map: &mut Map<String, Value>, segments: &[&str], text: String) -> Option<()> {
    let (first, rest) = segments.split_first()?;
    let name = if first.is_empty() { next_index(map, rest) } else { (*first).to_owned() };
    if rest.is_empty() {
        return map.insert(name, Value::String(text)).is_none().then_some(());
    }
    let inner = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
    insert(inner.as_object_mut()?, rest, text)
}

/// `lines[][a]=1&lines[][b]=2&lines[][a]=3` are two elements: a repeated member starts the next.
fn next_index(map: &Map<String, Value>, rest: &[&str]) -> String {
    let count = map.len();
    let last = count.saturating_sub(1).to_string();
    let continues = match (rest.first(), map.get(&last)) {
        (Some(member), Some(Value::Object(element))) => !element.contains_key(*member),
        (_, _) => false,
    };
    if continues { last } else { count.to_string() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn no_form_makes_it_panic(encoded in "[a-c0-2=&\\[\\]%+]{0,60}") {
            let mut params = Params::default();
            if params.read(encoded.as_bytes()).is_ok() {
                for field in ["a", "b", "0"] {
                    let _ = params.texts(field);
                    let _ = params.hashes(field, &["a"]);
                    let _ = params.range(field);
                    let _ = params.integer(field);
                }
                prop_assert_eq!(params.only(&["a"]).is_ok(), params.fields().keys().all(|key| key == "a"));
            }
        }
    }

    fn read(encoded: &str) -> Params {
        let mut params = Params::default();
        params.read(encoded.as_bytes()).unwrap();
        params
    }

    #[test]
    fn nested_indexed_and_appended_names_are_read() {
        let params = read(
            "amount=5&metadata[case]=c%201&items[0][price]=p1&items[0][quantity]=2&items[1][price]=p2\
             &expand[]=a&expand[]=b&lines[][x]=1&lines[][y]=2&lines[][x]=3",
        );
        let expected = json!({
            "amount": "5",
            "metadata": {"case": "c 1"},
            "items": {"0": {"price": "p1", "quantity": "2"}, "1": {"price": "p2"}},
            "expand": {"0": "a", "1": "b"},
            "lines": {"0": {"x": "1", "y": "2"}, "1": {"x": "3"}},
        });
        assert_eq!(Value::Object(params.fields), expected);
    }

    #[test]
    fn names_that_contradict_each_other_are_refused() {
        for encoded in ["a=1&a[b]=2", "a[b]=2&a=1", "a=1&a=2", "[a]=1", "a[b=1", "a]b=1", "=1"] {
            assert!(Params::default().read(encoded.as_bytes()).is_err(), "{encoded}");
        }
    }

    #[test]
    fn an_unknown_member_is_named_with_its_place() {
        let params = read("items[0][price]=p&items[0][bogus]=1");
        let failure = params.hashes("items", &["price"]).unwrap_err();
        assert_eq!(failure.param.as_deref(), Some("items[0][bogus]"));
        assert_eq!(failure.message, "Received unknown parameter: items[0][bogus]");
        assert_eq!(failure.code, Some("parameter_unknown"));
    }

    #[test]
    fn metadata_is_merged_and_unset() {
        let current = json!({"a": "1", "b": "2"});
        let changed = read("metadata[b]=&metadata[c]=3").metadata(&current).unwrap();
        assert_eq!(changed, json!({"a": "1", "c": "3"}));
        assert_eq!(read("metadata=").metadata(&current).unwrap(), json!({}));
        let long = format!("metadata[{}]=1", "k".repeat(41));
        assert!(read(&long).metadata(&current).is_err());
        let long = format!("metadata[k]={}", "v".repeat(501));
        assert!(read(&long).metadata(&current).is_err());
    }

    #[test]
    fn a_time_filter_takes_open_and_closed_bounds() {
        let range = read("created[gt]=10&created[lte]=20").range("created").unwrap();
        assert_eq!([10, 11, 20, 21].map(|at| range.holds(at)), [false, true, true, false]);
        let exact = read("created=7").range("created").unwrap();
        assert_eq!([6, 7, 8].map(|at| exact.holds(at)), [false, true, false]);
    }
}
