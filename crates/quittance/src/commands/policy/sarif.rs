//! Problems in the format that code scanners share.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::fmt::Write as _;

use quittance_policy::{Problem, Severity};
use serde_json::{Value, json};

/// The one rule: whatever is wrong with a policy.
const RULE: &str = "policy";

/// A whole log of one run.
pub(super) fn log(results: &[Value]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "columnKind": "unicodeCodePoints",
            "tool": {
                "driver": {
                    "name": "quittance",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": [{
                        "id": RULE,
                        "shortDescription": {"text": "A policy, or what is said about it, that cannot be held to as it is written"},
                    }],
                },
            },
            "results": results,
        }],
    })
}

/// One problem; `text` is what stands in the file, `path` where it lies.
pub(super) fn result(problem: &Problem, path: &str, text: &str) -> Value {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let covered = text.get(problem.span.clone()).unwrap_or_default();
    let (end_line, end_column) = end(problem, covered);
    let place = json!({
        "artifactLocation": {"uri": uri(path)},
        "region": {
            "startLine": problem.line,
            "startColumn": problem.column,
            "endLine": end_line,
            "endColumn": end_column,
        },
    });
    let mut result = json!({
        "ruleId": RULE,
        "level": level,
        "message": {"text": problem.in_words()},
        "locations": [{"physicalLocation": place}],
    });
    if let (Some(suggestion), Some(fields)) = (&problem.suggestion, result.as_object_mut()) {
        let change = json!({
            "artifactLocation": {"uri": uri(path)},
            "replacements": [{
                "deletedRegion": place.get("region"),
                "insertedContent": {"text": suggestion},
            }],
        });
        fields.insert("fixes".to_owned(), json!([{"artifactChanges": [change]}]));
    }
    result
}

/// The line and column behind the last character that a problem is about.
fn end(problem: &Problem, covered: &str) -> (usize, usize) {
    let breaks = covered.matches('\n').count();
    let last = covered.rsplit('\n').next().unwrap_or_default().chars().count();
    let column =
        if breaks == 0 { problem.column.saturating_add(last) } else { last.saturating_add(1) };
    (problem.line.saturating_add(breaks), column)
}

/// A path as a reference: with `/`, and with what has a meaning in one escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
