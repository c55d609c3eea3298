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

fn read_text(text: &str) -> Result<Value, String> {
    let schema = schema::of::<Refund>().unwrap();
    read(&Arguments::Text(text.to_owned()), &schema).map_err(|why| why.0)
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
