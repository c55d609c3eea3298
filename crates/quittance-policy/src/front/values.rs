//! The front matter of files that are no policies: of replies and of the voice.

use std::ops::Range;

use super::{Entries, LONGEST_FRONT_MATTER, block, place_in, unreadable};
use crate::problem::{Fault, Report, quote};
use crate::text::nearest;

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) key: &'static str,
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

/// Reads front matter with these keys, all of which are required, and says where the body begins. `begins` says
/// what such a file begins with.
pub(crate) fn values(
    source: &str,
    keys: &[&'static str],
    begins: &str,
    report: &mut Report<'_>,
) -> (Vec<Value>, usize) {
    let start = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some(block) = block(source, start, begins, report) else { return (Vec::new(), start) };
    let yaml = source.get(block.inside.clone()).unwrap_or_default();
    if yaml.len() > LONGEST_FRONT_MATTER {
        let message = format!("front matter is at most {LONGEST_FRONT_MATTER} bytes long");
        report.error(Fault::new(block.inside.start..block.inside.start, message));
        return (Vec::new(), block.end);
    }
    let entries = match serde_saphyr::from_str::<Entries>(yaml) {
        Ok(Entries(entries)) => entries,
        Err(error) => {
            report.error(unreadable(&error, yaml, &block));
            return (Vec::new(), block.end);
        }
    };
    let mut found = Vec::new();
    let mut guessed = Vec::new();
    for (key, value) in &entries {
        let known = keys.iter().find(|known| **known == key.value);
        if let (Some(known), Some(value)) = (known, value) {
            let span = place_in(yaml, &block, value.referenced, &value.value);
            found.push(Value { key: known, text: value.value.trim().to_owned(), span });
            continue;
        }
        let near = nearest(&key.value, keys.iter().copied());
        guessed.extend(near);
        let at = place_in(yaml, &block, key.referenced, &key.value);
        let message = format!("the front matter of this file has no key `{}`", quote(&key.value));
        report.error(Fault::new(at, message).perhaps(near));
    }
    let is_missing = |key: &&&str| {
        !guessed.contains(*key) && !entries.iter().any(|(known, _)| known.value == **key)
    };
    for key in keys.iter().filter(is_missing) {
        let end = block.inside.end;
        report.error(Fault::new(end..end, format!("the front matter has no `{key}`")));
    }
    (found, block.end)
}
