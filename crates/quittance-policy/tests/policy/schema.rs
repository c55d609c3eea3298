//! The schema of the front matter against what reads it.

use quittance_policy::{front_matter_schema, read};
use serde_json::{Value, json};

/// A file whose front matter says this.
fn file(front: &Value) -> String {
    let lines = front.as_object().unwrap().iter().map(|(key, value)| format!("{key}: {value}\n"));
    format!("---\n{}---\n\n# A\n\nProse.\n", lines.collect::<String>())
}

fn whole() -> Value {
    json!({"title": "Refunds", "language": "en", "currency": "usd", "effective": "2026-01-31"})
}

#[test]
fn the_schema_accepts_what_is_read_and_nothing_else() {
    let schema = jsonschema::draft7::options()
        .should_validate_formats(true)
        .build(&front_matter_schema())
        .unwrap();
    let mut count = (0, 0);
    let mut hold = |front: &Value| {
        let is_read = read("p.md", &file(front)).is_ok();
        assert_eq!(schema.is_valid(front), is_read, "{front}");
        if is_read { count.0 += 1 } else { count.1 += 1 }
    };
    hold(&whole());
    for key in ["title", "language", "currency", "effective"] {
        let mut front = whole();
        front.as_object_mut().unwrap().remove(key);
        hold(&front);
    }
    let values = [
        ("title", json!("")),
        ("title", json!("  ")),
        ("title", json!("Rückgabe: alles")),
        ("title", json!(["a", "b"])),
        ("title", json!({"a": "b"})),
        ("language", json!("de")),
        ("language", json!("pt-BR")),
        ("language", json!("pt_BR")),
        ("language", json!("english")),
        ("language", json!("e")),
        ("language", json!("en-")),
        ("language", json!("e1")),
        ("currency", json!("EUR")),
        ("currency", json!("xqz")),
        ("currency", json!("dollars")),
        ("currency", json!("")),
        ("effective", json!("2026-02-30")),
        ("effective", json!("2026-2-3")),
        ("effective", json!("20260203")),
        ("effective", json!("2026-02-03T00:00:00")),
        ("effective", json!("soon")),
        ("until", json!("2026-12-31")),
        ("until", json!("2026-13-01")),
        ("until", json!("31.12.2026")),
        ("layout", json!("page")),
        ("$schema", json!("./front-matter.schema.json")),
    ];
    for (key, value) in values {
        let mut front = whole();
        front[key] = value;
        hold(&front);
    }
    assert!(count.0 >= 8 && count.1 >= 15, "{count:?}");
}

#[test]
fn an_editors_own_key_is_no_mistake() {
    let mut front = whole();
    front["$schema"] = json!("./front-matter.schema.json");
    assert_eq!(read("p.md", &file(&front)).unwrap().warnings.len(), 1);
    assert_eq!(read("p.md", &file(&whole())).unwrap().warnings.len(), 1);
}
