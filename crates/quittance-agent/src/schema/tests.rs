use std::collections::HashMap;

use serde::Deserialize;

use super::*;

/// What the customer wants back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct Everything {
    /// Which charge.
    #[schemars(regex(pattern = r"^charge [0-9]+$"))]
    charge: String,
    #[schemars(range(min = 1, max = 20))]
    limit: u32,
    #[schemars(length(min = 2, max = 9))]
    #[serde(default)]
    word: String,
    amount: Option<String>,
    reason: Documented,
    plain: Option<Plain>,
    target: Option<Target>,
    names: Vec<String>,
    count: i64,
    rate: f64,
}

/// Why.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Documented {
    /// Charged twice.
    DuplicateCharge,
    /// Anything else.
    Other,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Plain {
    Usd,
    Eur,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(dead_code, reason = "only the schema is looked at")]
enum Target {
    /// A named team.
    Team { team: String },
    /// Whoever is there.
    Anyone,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct Tree {
    label: String,
    children: Vec<Tree>,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn path_of<A: JsonSchema>() -> String {
    of::<A>().unwrap_err().path
}

#[test]
fn every_construct_is_brought_into_strict_form() {
    let schema = of::<Everything>().unwrap();
    let expected = json!({
        "type": "object",
        "description": "What the customer wants back.",
        "properties": {
            "charge": {"type": "string", "description": "Which charge.", "pattern": "^charge [0-9]+$"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 20},
            "word": {"type": "string"},
            "amount": {"type": ["string", "null"]},
            "reason": {
                "type": "string",
                "enum": ["duplicate_charge", "other"],
                "description": "Why.\nduplicate_charge: Charged twice.; other: Anything else.",
            },
            "plain": {"type": ["string", "null"], "enum": ["usd", "eur", null]},
            "target": {"anyOf": [
                {"anyOf": [
                    {"type": "object", "description": "A named team.",
                     "properties": {"kind": {"type": "string", "const": "team"}, "team": {"type": "string"}},
                     "required": ["kind", "team"], "additionalProperties": false},
                    {"type": "object", "description": "Whoever is there.",
                     "properties": {"kind": {"type": "string", "const": "anyone"}},
                     "required": ["kind"], "additionalProperties": false},
                ]},
                {"type": "null"},
            ]},
            "names": {"type": "array", "items": {"type": "string"}},
            "count": {"type": "integer"},
            "rate": {"type": "number"},
        },
        "required": ["charge", "limit", "word", "amount", "reason", "plain", "target", "names", "count", "rate"],
        "additionalProperties": false,
    });
    assert_eq!(schema, expected);
}

#[test]
fn properties_stay_in_the_order_of_the_type() {
    let schema = of::<Everything>().unwrap();
    let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let required: Vec<&str> =
        schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(names[..4], ["charge", "limit", "word", "amount"]);
    assert_eq!(names, required);
}

#[test]
fn no_arguments_are_a_closed_empty_object() {
    let expected =
        json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    assert_eq!(of::<Nothing>().unwrap(), expected);
}

#[test]
fn a_recursive_type_keeps_its_reference_and_nothing_beside_it() {
    let schema = of::<Tree>().unwrap();
    let items = &schema["properties"]["children"]["items"];
    assert_eq!(items.as_object().unwrap().keys().collect::<Vec<_>>(), ["$ref"]);
}

#[test]
fn what_strict_mode_cannot_express_is_refused_with_its_place() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct WithMap {
        inner: Inner,
    }
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct Inner {
        fields: HashMap<String, String>,
    }
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct WithAnything {
        list: Vec<Value>,
    }
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct WithPair {
        pair: (String, i64),
    }
    assert_eq!(path_of::<WithMap>(), "$.inner.fields");
    assert_eq!(path_of::<WithAnything>(), "$.list[]");
    assert_eq!(path_of::<WithPair>(), "$.pair");
    assert_eq!(path_of::<Target>(), "$");
    assert_eq!(path_of::<Documented>(), "$");
    assert_eq!(path_of::<String>(), "$");
    assert_eq!(path_of::<Value>(), "$");
}

/// A strict object with one property.
fn with(property: &Value) -> Value {
    json!({"type": "object", "properties": {"a": property}, "required": ["a"], "additionalProperties": false})
}

#[test]
fn check_refuses_every_keyword_and_form_that_servers_refuse() {
    assert_eq!(check(&with(&json!({"type": "string"}))), Ok(()));
    for (property, path) in [
        (json!({"oneOf": [{"type": "string"}]}), "$.a"),
        (json!({"allOf": [{"type": "string"}, {"type": "string"}]}), "$.a"),
        (json!({"type": "string", "not": {"const": "x"}}), "$.a"),
        (json!({"type": "string", "default": "x"}), "$.a"),
        (json!({"type": "string", "title": "x"}), "$.a"),
        (json!({"type": "string", "minLength": 1}), "$.a"),
        (json!({"type": "integer", "format": "uint32"}), "$.a"),
        (json!({"type": "array"}), "$.a"),
        (json!({"type": ["array", "null"]}), "$.a"),
        (json!({"type": "array", "items": true}), "$.a[]"),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "string"}}),
            "$.a",
        ),
        (json!({"type": "object"}), "$.a"),
        (json!({"type": "object", "additionalProperties": {"type": "string"}}), "$.a"),
        (json!({"type": "object", "properties": {}}), "$.a"),
        (json!({"type": "object", "properties": {}, "additionalProperties": true}), "$.a"),
        (
            json!({"type": "object", "properties": {"b": {"type": "null"}}, "additionalProperties": false}),
            "$.a.b",
        ),
        (json!({"anyOf": [{"type": "string"}, {}]}), "$.a|1"),
        (json!({"description": "anything"}), "$.a"),
        (json!({"$ref": "#/$defs/A", "description": "x"}), "$.a"),
        (json!({"$ref": "#/$defs/Missing"}), "$.a"),
        (json!(true), "$.a"),
    ] {
        assert_eq!(check(&with(&property)).unwrap_err().path, path, "{property}");
    }
}

#[test]
fn check_refuses_a_root_that_is_not_an_object() {
    for root in
        [json!({"type": "string"}), json!({"anyOf": [with(&json!({"type": "null"}))]}), json!(true)]
    {
        assert_eq!(check(&root).unwrap_err().path, "$");
    }
}

#[test]
fn check_refuses_what_is_too_large() {
    let values: Vec<String> = (0..=MOST_VALUES).map(|value| value.to_string()).collect();
    assert!(
        check(&with(&json!({"type": "string", "enum": values}))).unwrap_err().why.contains("1001")
    );
    assert!(check(&with(&json!({"type": "string", "enum": values[1..]}))).is_ok());
    let deep = |levels: usize| (0..levels).fold(json!({"type": "string"}), |inner, _| with(&inner));
    assert!(check(&deep(DEEPEST)).is_ok());
    assert!(check(&deep(DEEPEST + 1)).unwrap_err().why.contains("levels"));
    let long = "x".repeat(MOST_CHARACTERS + 1);
    assert!(
        check(&with(&json!({"type": "string", "enum": [long]})))
            .unwrap_err()
            .why
            .contains("characters")
    );
    let names: Vec<String> = (0..=MOST_PROPERTIES).map(|name| format!("p{name}")).collect();
    let properties: Map<String, Value> =
        names.iter().map(|name| (name.clone(), json!({"type": "null"}))).collect();
    let wide = json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false});
    assert!(check(&wide).unwrap_err().why.contains("properties"));
}
