//! Documents and questions for the search, as they lie in files.

use anyhow::bail;
use quittance_knowledge::{Section, sections_of};
use serde_json::{Map, Value};

use super::SearchQuestion;

/// The most problems that are told at once.
const MOST_PROBLEMS: usize = 20;
/// What a line of documents is.
const DOCUMENT: &str = "a document is an object with the texts `doc_id` and `text`, and may have `title` and `language`";
/// What a line of questions is.
const QUESTION: &str = "a question is an object with the text `query` and the list `gold` of documents' names, and may \
                        have `kind` and `opening`";
/// The kind of a question that does not say its kind.
const KIND: &str = "question";

/// What is searched.
#[derive(Clone, Debug)]
pub struct SearchDocuments {
    /// All sections.
    pub sections: Vec<Section>,
}

impl SearchDocuments {
    /// The texts alone. Who asks with the titles of documents would otherwise find what was asked with.
    #[must_use]
    pub fn without_titles(mut self) -> Self {
        for section in &mut self.sections {
            section.title.clear();
            section.clause.clear();
        }
        self
    }
}

/// Reads documents from lines of JSON: `doc_id` and `text`, and `title` and `language` if there are any.
/// Each is one section.
pub fn documents_of_lines(
    name: &str,
    text: &str,
    language: &str,
) -> anyhow::Result<SearchDocuments> {
    let mut sections: Vec<Section> = Vec::new();
    let mut problems = Vec::new();
    for (at, line) in lines(name, text) {
        let section = object(line).and_then(|line| {
            Ok(Section {
                document: needed(&line, "doc_id")?,
                title: String::new(),
                clause: text_of(&line, "title")?.unwrap_or_default(),
                anchor: String::new(),
                text: needed(&line, "text")?,
                language: text_of(&line, "language")?.unwrap_or_else(|| language.to_owned()),
            })
        });
        match section {
            Ok(section) => sections.push(section),
            Err(problem) => problems.push(format!("{at}: {problem}")),
        }
    }
    none(DOCUMENT, problems)?;
    Ok(SearchDocuments { sections })
}

/// Takes markdown files apart. What their front matter says is their language is believed.
pub fn documents_of_folder<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f str)>,
    language: &str,
) -> SearchDocuments {
    let sections = files
        .into_iter()
        .flat_map(|(name, text)| sections_of(name, text, said_language(text).unwrap_or(language)));
    SearchDocuments { sections: sections.collect() }
}

/// `language:` in the front matter.
fn said_language(markdown: &str) -> Option<&str> {
    let text = markdown.strip_prefix('\u{feff}').unwrap_or(markdown);
    let mut lines = text.lines().map(str::trim_end);
    lines.next().filter(|line| *line == "---")?;
    let mut front_matter = lines.take_while(|line| *line != "---");
    let language = front_matter.find_map(|line| line.strip_prefix("language:"))?;
    Some(language.trim().trim_matches(['"', '\''])).filter(|language| !language.is_empty())
}

/// Reads questions from lines of JSON: `query` and `gold`, and `kind` if there is one. What the customer
/// said first (`opening`) is a question of its own kind.
pub fn questions_of_lines(name: &str, text: &str) -> anyhow::Result<Vec<SearchQuestion>> {
    let mut questions = Vec::new();
    let mut problems = Vec::new();
    for (at, line) in lines(name, text) {
        match object(line).and_then(|line| question(&line, &at)) {
            Ok(read) => questions.extend(read),
            Err(problem) => problems.push(format!("{at}: {problem}")),
        }
    }
    none(QUESTION, problems)?;
    Ok(questions)
}

fn question(line: &Map<String, Value>, at: &str) -> Result<Vec<SearchQuestion>, String> {
    let text = needed(line, "query")?;
    let kind = text_of(line, "kind")?.unwrap_or_else(|| KIND.to_owned());
    let gold = match line.get("gold") {
        Some(Value::Array(gold)) => gold,
        Some(_) => return Err("`gold` is no list".to_owned()),
        None => return Err("`gold` is missing".to_owned()),
    };
    let gold: Option<Vec<String>> =
        gold.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    let mut gold = gold.ok_or("`gold` has something in it that is no text")?;
    gold.sort();
    gold.dedup();
    if gold.is_empty() {
        return Err("`gold` is empty".to_owned());
    }
    let opening = text_of(line, "opening")?.filter(|opening| !opening.trim().is_empty());
    let opening = opening.map(|text| SearchQuestion {
        kind: format!("{kind}, opening words"),
        text,
        gold: gold.clone(),
        at: at.to_owned(),
    });
    let whole = SearchQuestion { kind, text, gold, at: at.to_owned() };
    Ok(std::iter::once(whole).chain(opening).collect())
}

/// The lines that are not empty, with where they stand.
fn lines<'t>(name: &'t str, text: &'t str) -> impl Iterator<Item = (String, &'t str)> {
    let numbered = (1_u64..).zip(text.lines());
    numbered
        .filter(|(_, line)| !line.trim().is_empty())
        .map(move |(number, line)| (format!("{name}:{number}"), line))
}

fn object(line: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(line) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("this is no JSON object".to_owned()),
        Err(error) => {
            // The line is one of the file, and that is said already.
            let error = error.to_string().replace(" at line 1 column ", " at column ");
            Err(format!("this is no JSON: {error}"))
        }
    }
}

fn needed(object: &Map<String, Value>, key: &str) -> Result<String, String> {
    text_of(object, key)?.ok_or_else(|| format!("`{key}` is missing"))
}

fn text_of(object: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` is no text")),
    }
}

/// Fails with all problems, if there are any, and with what was expected.
pub(super) fn none(expected: &str, problems: Vec<String>) -> anyhow::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let more = problems.len().saturating_sub(MOST_PROBLEMS);
    let mut shown: Vec<String> = problems.into_iter().take(MOST_PROBLEMS).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    bail!("{expected}\n  {}", shown.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_line_is_told() {
        let text = "{\"query\": \"x\", \"gold\": [\"a\"]}\nnot JSON\n\n[]\n{\"query\": 5}\n{\"query\": \"x\"}\n\
                    {\"query\": \"x\", \"gold\": \"a\"}\n{\"query\": \"x\", \"gold\": []}\n{\"query\": \"x\", \"gold\": [1]}";
        let error = questions_of_lines("q.jsonl", text).unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().skip(1).map(str::trim).collect();
        assert!(error.starts_with(QUESTION), "{error}");
        let beginnings = [
            "q.jsonl:2: this is no JSON",
            "q.jsonl:4: this is no JSON object",
            "q.jsonl:5: `query` is no text",
            "q.jsonl:6: `gold` is missing",
            "q.jsonl:7: `gold` is no list",
            "q.jsonl:8: `gold` is empty",
            "q.jsonl:9: `gold` has something in it that is no text",
        ];
        assert_eq!(lines.len(), beginnings.len(), "{error}");
        for (line, beginning) in lines.iter().zip(beginnings) {
            assert!(line.starts_with(beginning), "{line}");
        }
    }

    #[test]
    fn only_the_first_problems_are_told() {
        let error = documents_of_lines("d", &"{}\n".repeat(50), "en").unwrap_err().to_string();
        assert_eq!(error.lines().count(), MOST_PROBLEMS + 2);
        assert!(
            error.ends_with("\n  and 30 more") && error.contains("\n  d:1: `doc_id` is missing\n")
        );
    }

    #[test]
    fn a_document_says_its_language() {
        let said = |text| documents_of_folder([("a.md", text)], "en").sections[0].language.clone();
        assert_eq!(said("---\ntitle: x\nlanguage: de\n---\n\nHallo\n"), "de");
        assert_eq!(said("---\ntitle: x\n---\n\nlanguage: de\n"), "en");
        assert_eq!(said("language: de\n"), "en");
        let line =
            "{\"doc_id\": \"a\", \"text\": \"Hallo\", \"language\": \"de\", \"title\": null}";
        assert_eq!(documents_of_lines("d", line, "en").unwrap().sections[0].language, "de");
    }
}
