//! Links that lead nowhere within the folder of a policy.

use std::collections::BTreeSet;

use crate::document::Link;
use crate::file::File;
use crate::problem::{Fault, quote};
use crate::surroundings::Folder;
use crate::text::nearest;

/// How many names are compared with one that does not exist.
const MOST_COMPARED: usize = 100;

/// What can be linked to.
struct Targets<'a> {
    folder: Option<&'a Folder>,
    /// The policy's files, and the names of the places within them.
    anchors: Vec<(&'a str, BTreeSet<String>)>,
}

/// Warns of relative links to files that do not exist, and to places that are not in their files. What lies
/// outside the folder is nobody's business here.
pub(crate) fn check(files: &mut [File<'_>], folder: Option<&Folder>) {
    let anchors = files.iter().map(|file| (file.name, file.anchors())).collect();
    let targets = Targets { folder, anchors };
    for file in files {
        for link in std::mem::take(&mut file.links) {
            if file.report.is_full() {
                break;
            }
            if let Some(fault) = targets.fault(file.name, &link) {
                file.report.warn(fault);
            }
        }
    }
}

impl Targets<'_> {
    fn fault(&self, from: &str, link: &Link) -> Option<Fault> {
        let to = link.to.trim();
        if to.is_empty() {
            return Some(Fault::new(link.span.clone(), "this link leads nowhere"));
        }
        let (path, anchor) = match to.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (to, None),
        };
        let path = path.split('?').next().unwrap_or_default();
        if has_scheme(path) || path.starts_with('/') || path.starts_with('\\') {
            return None;
        }
        let name = if path.is_empty() { from.to_owned() } else { resolve(from, &decoded(path))? };
        let Some((_, anchors)) = self.anchors.iter().find(|(known, _)| *known == name) else {
            return self.missing_file(&name, path, link);
        };
        let anchor = anchor.filter(|anchor| !anchor.is_empty()).map(decoded)?;
        (!anchors.contains(&anchor)).then(|| missing_anchor(&anchor, anchors, to, link))
    }

    /// What is wrong with a link to a file that is no file of the policy.
    fn missing_file(&self, name: &str, path: &str, link: &Link) -> Option<Fault> {
        let folder = self.folder.filter(|folder| name.starts_with(&folder.root))?;
        let name = name.trim_end_matches('/');
        let is_root = name == folder.root.trim_end_matches('/');
        if name.is_empty() || is_root || folder.files.contains(name) {
            return None;
        }
        let (place, own) = name.rsplit_once('/').unwrap_or(("", name));
        let beside = || {
            let names =
                folder.files.iter().map(|known| known.rsplit_once('/').unwrap_or(("", known)));
            names.filter(|(known, _)| *known == place).map(|(_, own)| own).take(MOST_COMPARED)
        };
        let small = own.to_lowercase();
        let other_case = beside().find(|known| known.to_lowercase() == small);
        let message = match other_case {
            Some(_) => format!("`{}` differs in capital letters from its file", quote(path)),
            None => format!("there is no file `{}`", quote(path)),
        };
        let near = other_case.or_else(|| nearest(own, beside()));
        let near = near.filter(|_| link.is_verbatim).and_then(|near| {
            let before = path.strip_suffix(own)?;
            let behind = link.to.get(path.len()..)?;
            Some(format!("{before}{near}{behind}"))
        });
        Some(Fault::new(link.span.clone(), message).perhaps(near))
    }
}

fn missing_anchor(anchor: &str, anchors: &BTreeSet<String>, to: &str, link: &Link) -> Fault {
    let message = format!("no heading there has the name `#{}`", quote(anchor));
    let known = anchors.iter().take(MOST_COMPARED).map(String::as_str);
    let near = nearest(anchor, known).map(|near| {
        let path = to.split('#').next().unwrap_or_default();
        format!("{path}#{near}")
    });
    Fault::new(link.span.clone(), message).perhaps(near.filter(|_| link.is_verbatim))
}

/// Whether a link begins with something like `https:` or `mailto:`.
fn has_scheme(path: &str) -> bool {
    path.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|char: char| char.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// The name that a path means in a file; none above all folders that are known.
fn resolve(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().filter(|part| *part != "..")?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A link's text without `%20` and the like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                let value = high.saturating_mul(16).saturating_add(low);
                bytes.push(u8::try_from(value).unwrap_or(byte));
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_followed_from_the_file_it_stands_in() {
        for (from, path, name) in [
            ("a.md", "b.md", Some("b.md")),
            ("x/a.md", "./b.md", Some("x/b.md")),
            ("x/a.md", "../b.md", Some("b.md")),
            ("a.md", "x/../y/./b.md", Some("y/b.md")),
            ("a.md", "../b.md", None),
            ("../p/a.md", "../../b.md", None),
        ] {
            assert_eq!(resolve(from, path).as_deref(), name, "{from} {path}");
        }
    }

    #[test]
    fn escapes_are_read_and_broken_ones_are_left() {
        assert_eq!(decoded("a%20b%C3%A4%zz%"), "a bä%zz%");
    }
}
