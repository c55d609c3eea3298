use std::sync::LazyLock;

use proptest::prelude::*;
use schemars::JsonSchema;
use serde_json::json;

use super::*;
use crate::schema;

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct Refund {
    charge: String,
    amount: Option<String>,
    reason: Reason,
    #[schemars(range(min = 1, max = 20))]
    limit: Option<u32>,
    parts: Option<Vec<Part>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "only the schema is looked at")]
enum Reason {
    /// Twice.
    Duplicate,
    /// Other.
    Other,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct Part {
    name: String,
    parts: Vec<Part>,
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schema::of::<Refund>().unwrap());

fn read_text(text: &str) -> Result<Value, String> {
    read(&Arguments::Text(text.to_owned()), &SCHEMA).map_err(|why| why.0)
}

#[test]
fn arguments_that_fit_are_read_as_they_are() {
    let text = r#"{"charge":"charge 1","amount":"12.50","reason":"duplicate","limit":20,"parts":[{"name":"a","parts":[{"name":"b","parts":[]}]}]}"#;
    assert_eq!(read_text(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    assert!(
        read_text(r#"{"charge":"1","amount":null,"reason":"other","limit":null,"parts":null}"#)
            .is_ok()
    );
}

#[test]
fn no_arguments_at_all_are_an_empty_object() {
    let schema =
        json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    for arguments in
        [Arguments::Text(String::new()), Arguments::Text(" \n".to_owned()), Arguments::Absent]
    {
        assert_eq!(read(&arguments, &schema), Ok(json!({})));
    }
}

#[test]
fn arguments_that_are_not_exactly_right_are_refused() {
    for (text, why) in [
        ("{", "not one JSON object"),
        (r#"{"charge":"1","reason":"other"} and then"#, "not one JSON object"),
        (r#"{"charge":"1"}{"charge":"2"}"#, "not one JSON object"),
        (r#"Sure! {"charge":"1"}"#, "not one JSON object"),
        ("NaN", "not one JSON object"),
        (r#"{"limit":1e400}"#, "not one JSON object"),
        (r#"{"charge":"\ud800"}"#, "not one JSON object"),
        ("[1]", "not a JSON object"),
        ("null", "not a JSON object"),
        (r#""{}""#, "not a JSON object"),
        (r#"{"amount":"1","amount":"2"}"#, "twice"),
        (r#"{"charge":"a\u0000b"}"#, "control characters"),
        (r#"{"charge":"a\u009bb"}"#, "control characters"),
        (r#"{"charge":1}"#, "arguments.charge: must be"),
        (r#"{"amount":12.5}"#, "arguments.amount: must be"),
        (r#"{"amount":-5}"#, "arguments.amount: must be"),
        (r#"{"reason":"Duplicate"}"#, "arguments.reason: must be one of"),
        (r#"{"reason":{"duplicate":null}}"#, "arguments.reason: must be"),
        (r#"{"limit":0}"#, "out of range"),
        (r#"{"limit":21}"#, "out of range"),
        (r#"{"limit":2.0}"#, "arguments.limit: must be"),
        (r#"{"limit":"2"}"#, "arguments.limit: must be"),
        (r#"{"customer":"cus_1"}"#, "unknown field"),
        (r#"{"parts":[{"name":"a","parts":[],"more":1}]}"#, "unknown field"),
        (r#"{"parts":[["a",[]]]}"#, "arguments.parts[]: must be"),
    ] {
        let error = read_text(text).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
}

#[test]
fn long_and_deep_arguments_are_refused() {
    let long = format!(r#"{{"charge":"{}"}}"#, "x".repeat(MOST_BYTES));
    assert!(read_text(&long).unwrap_err().contains("bytes"));
    let nested = |levels: usize| {
        (0..levels).fold(json!([]), |parts, _| json!([{"name": "a", "parts": parts}]))
    };
    let deep = json!({"charge": "1", "reason": "other", "parts": nested(7)});
    assert!(read_text(&deep.to_string()).is_ok());
    let deep = json!({"charge": "1", "reason": "other", "parts": nested(8)});
    assert!(read_text(&deep.to_string()).unwrap_err().contains("deeper"));
    assert!(read_text(&"[".repeat(10_000)).is_err());
}

#[test]
fn an_object_that_the_server_took_apart_is_held_to_the_same_limits() {
    let schema = schema::of::<Refund>().unwrap();
    let object = |value: Value, has_doubled_keys| {
        read(&Arguments::Object { value, has_doubled_keys }, &schema)
    };
    let fine = json!({"charge": "1", "reason": "other"});
    assert_eq!(object(fine.clone(), false), Ok(fine.clone()));
    assert!(object(fine, true).unwrap_err().0.contains("twice"));
    assert!(
        object(json!({"charge": "x".repeat(MOST_BYTES)}), false).unwrap_err().0.contains("bytes")
    );
    assert!(object(json!({"charge": 1}), false).is_err());
    assert!(read(&Arguments::Unusable, &schema).is_err());
}

/// Text that is nearly the arguments of a refund.
fn nearly() -> impl Strategy<Value = String> {
    let plain = r#"{"charge":"charge 1","amount":"12.50","reason":"other","limit":3,"parts":[{"name":"a","parts":[]}]}"#;
    let insert = prop_oneof![
        Just("\"".to_owned()),
        Just("{".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just("\\u0000".to_owned()),
        Just("\\ud800".to_owned()),
        Just("1e400".to_owned()),
        Just("-".to_owned()),
        Just("null".to_owned()),
        Just("\"amount\":\"9\",".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    let edit = (0..plain.len(), 0..6_usize, insert);
    proptest::collection::vec(edit, 0..4).prop_map(move |edits| {
        edits.into_iter().fold(plain.to_owned(), |mut text, (at, length, insert)| {
            let from = text.floor_char_boundary(at);
            let to = text.floor_char_boundary(from.saturating_add(length));
            text.replace_range(from..to, &insert);
            text
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn whatever_is_accepted_is_what_was_written_and_fits(text in prop_oneof![nearly(), any::<String>()]) {
        let Ok(value) = read_text(&text) else { return Ok(()) };
        if text.trim().is_empty() {
            prop_assert_eq!(value, json!({}));
            return Ok(());
        }
        prop_assert_eq!(&value, &serde_json::from_str::<Value>(&text).unwrap());
        let known = ["charge", "amount", "reason", "limit", "parts"];
        prop_assert!(value.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())));
        prop_assert!(value.get("charge").is_none_or(Value::is_string));
        prop_assert!(value.get("amount").is_none_or(|amount| amount.is_string() || amount.is_null()));
        prop_assert!(value.get("reason").is_none_or(|reason| reason == "duplicate" || reason == "other"));
        prop_assert!(value.get("limit").is_none_or(|limit| limit.is_null() || (1..=20).contains(&limit.as_u64().unwrap())));
        prop_assert!(text.matches("\"amount\"").count() <= 1);
    }
}
