//! Several files in one text, as a version of a policy is kept.

use std::fmt::Write as _;

use quittance_core::policy::Policy;

use crate::Source;

const BEGINS: &str = "<!-- file: ";
const ENDS: &str = " bytes -->\n";

/// The text of a policy: its file, or if there are several all of them in the order of their names, each
/// after a line with its name and length. [`unbundle`] takes it apart.
pub fn bundle<'a>(sources: impl IntoIterator<Item = &'a Source>) -> String {
    let mut sources: Vec<&Source> = sources.into_iter().collect();
    if let [only] = sources.as_slice() {
        return only.text.clone();
    }
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    let mut text = String::new();
    for source in sources {
        let Source { name, text: file } = source;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{BEGINS}{name}, {}{ENDS}{file}", file.len());
    }
    text
}

/// The text of a policy, as [`bundle`] makes it of its files.
pub fn text(policy: &Policy) -> String {
    let documents = policy.documents.iter();
    let sources: Vec<Source> =
        documents.map(|document| Source::new(&document.name, &document.text)).collect();
    bundle(&sources)
}

/// The files of a policy's text; `name` is what the only one is called, if it is one.
pub fn unbundle(name: &str, text: &str) -> Vec<Source> {
    parts(text).unwrap_or_else(|| vec![Source::new(name, text)])
}

fn parts(text: &str) -> Option<Vec<Source>> {
    let mut sources = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (head, after) = rest.strip_prefix(BEGINS)?.split_once(ENDS)?;
        let (name, length) = head.rsplit_once(", ")?;
        let (file, left) = after.split_at_checked(length.parse().ok()?)?;
        sources.push(Source::new(name, file));
        rest = left.strip_prefix('\n')?;
    }
    (sources.len() > 1).then_some(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_come_back_as_they_were() {
        let one =
            Source::new("b, 1 bytes -->.md", "---\ntitle: B\n<!-- file: c.md, 3 bytes -->\nabc\n");
        let two = Source::new("a.md", "ä");
        let text = bundle([&one, &two]);
        assert_eq!(text, bundle([&two, &one]));
        assert_eq!(unbundle("x.md", &text), [two, one]);
    }

    #[test]
    fn one_file_stays_as_it_is() {
        for text in ["", "---\ntitle: A\n---\n", "<!-- file: a.md, 9 bytes -->\nabc\n"] {
            let source = Source::new("x.md", text);
            assert_eq!(bundle([&source]), text);
            assert_eq!(unbundle("x.md", text), [source]);
        }
    }
}
