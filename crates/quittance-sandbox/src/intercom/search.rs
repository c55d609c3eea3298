//! The search language of contacts and conversations, as far as its documentation goes.
//!
//! <https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/conversations/searchconversations>

use serde_json::Value;

use super::fields::Fields;
use super::problem::Problem;

/// How many filters one group may hold.
const MOST_FILTERS: usize = 15;
/// How deep groups may be nested.
const DEEPEST: usize = 2;
/// Seconds in a day.
const DAY_S: i64 = 86_400;

/// What a field holds, which decides how it may be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Compared without regard to capitals.
    Email,
    /// Compared word by word.
    Words,
    Integer,
    /// To the second, as for conversations.
    Instant,
    /// To the day, as for contacts.
    Day,
    Flag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    In,
    NotIn,
    More,
    Less,
    Contains,
    Lacks,
    Starts,
    Ends,
}

/// One comparison.
#[derive(Clone, Debug)]
pub(super) struct Test {
    field: String,
    kind: Kind,
    operator: Operator,
    values: Vec<String>,
}

/// A checked query.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    One(Test),
}

impl Filter {
    /// Reads the `query` of a search. `kind` tells what a field holds, or that there is no such
    /// field.
    pub(super) fn read(
        query: &Value,
        kind: &dyn Fn(&str) -> Option<Kind>,
    ) -> Result<Self, Problem> {
        read(query, kind, 0)
    }

    /// Whether an object matches. `values` gives what it holds in a field, as text.
    pub(super) fn matches(&self, values: &dyn Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(values)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(values)),
            Self::One(test) => test.holds(&values(&test.field)),
        }
    }
}

fn read(
    query: &Value,
    kind: &dyn Fn(&str) -> Option<Kind>,
    depth: usize,
) -> Result<Filter, Problem> {
    let fields = Fields::of("query", query)?;
    let operator = fields.text("operator")?;
    if !matches!(operator, "AND" | "OR") {
        return test(&fields, operator, kind).map(Filter::One);
    }
    fields.only(&["operator", "value"])?;
    if depth >= DEEPEST {
        return Err(Problem::invalid("query", "filters are nested too deeply"));
    }
    let parts = fields.list("value")?;
    if parts.is_empty() || parts.len() > MOST_FILTERS {
        let message = format!("a group holds 1 to {MOST_FILTERS} filters");
        return Err(Problem::invalid("value", message));
    }
    let inner = depth.saturating_add(1);
    let filters: Result<Vec<_>, _> = parts.iter().map(|part| read(part, kind, inner)).collect();
    Ok(if operator == "AND" { Filter::All(filters?) } else { Filter::Any(filters?) })
}

fn test(
    fields: &Fields,
    operator: &str,
    kind: &dyn Fn(&str) -> Option<Kind>,
) -> Result<Test, Problem> {
    fields.only(&["field", "operator", "value"])?;
    let field = fields.text("field")?;
    let Some(kind) = kind(field) else {
        return Err(Problem::invalid("field", format!("{field} cannot be searched")));
    };
    let operator = match operator {
        "=" => Operator::Is,
        "!=" => Operator::IsNot,
        "IN" => Operator::In,
        "NIN" => Operator::NotIn,
        ">" => Operator::More,
        "<" => Operator::Less,
        "~" => Operator::Contains,
        "!~" => Operator::Lacks,
        "^" => Operator::Starts,
        "$" => Operator::Ends,
        other => {
            return Err(Problem::invalid("operator", format!("{other} is not an operator")));
        }
    };
    if !is_allowed(kind, operator) {
        let message = format!("this operator cannot be used on {field}");
        return Err(Problem::invalid("operator", message));
    }
    let values = match (operator, fields.0.get("value")) {
        (_, None) => return Err(Problem::absent("value")),
        (Operator::In | Operator::NotIn, Some(Value::Array(values))) => {
            values.iter().map(|value| scalar(kind, value)).collect::<Result<_, _>>()?
        }
        (Operator::In | Operator::NotIn, Some(_)) => {
            return Err(Problem::invalid("value", "IN and NIN take an array"));
        }
        // Nothing: matches where the object holds nothing.
        (Operator::Is | Operator::IsNot, Some(Value::Null)) => Vec::new(),
        (_, Some(value)) => vec![scalar(kind, value)?],
    };
    Ok(Test { field: field.to_owned(), kind, operator, values })
}

fn is_allowed(kind: Kind, operator: Operator) -> bool {
    match operator {
        Operator::Is => true,
        Operator::IsNot | Operator::In | Operator::NotIn => kind != Kind::Day,
        Operator::More | Operator::Less => {
            matches!(kind, Kind::Integer | Kind::Instant | Kind::Day)
        }
        Operator::Contains | Operator::Lacks | Operator::Starts | Operator::Ends => {
            matches!(kind, Kind::Text | Kind::Email | Kind::Words)
        }
    }
}

fn scalar(kind: Kind, value: &Value) -> Result<String, Problem> {
    let refuse = || Problem::invalid("value", "the value does not fit the field's type");
    let text = match (value.as_str(), value.as_bool(), value.as_i64()) {
        (Some(text), _, _) => text.to_owned(),
        (_, Some(flag), _) => flag.to_string(),
        (_, _, Some(number)) => number.to_string(),
        (None, None, None) => return Err(refuse()),
    };
    let fits = match kind {
        Kind::Text | Kind::Email | Kind::Words => value.is_string(),
        Kind::Integer | Kind::Instant | Kind::Day => text.parse::<i64>().is_ok(),
        Kind::Flag => matches!(text.as_str(), "true" | "false"),
    };
    if fits { Ok(text) } else { Err(refuse()) }
}

impl Test {
    fn holds(&self, held: &[String]) -> bool {
        let any = |compare: &dyn Fn(&str, &str) -> bool| {
            held.iter().any(|held| self.values.iter().any(|value| compare(held, value)))
        };
        match self.operator {
            Operator::Is if self.values.is_empty() => held.is_empty(),
            Operator::IsNot if self.values.is_empty() => !held.is_empty(),
            Operator::Is | Operator::In => any(&|held, value| self.is_equal(held, value)),
            Operator::IsNot | Operator::NotIn => !any(&|held, value| self.is_equal(held, value)),
            Operator::More => any(&|held, value| self.is_beyond(held, value)),
            Operator::Less => any(&|held, value| self.is_before(held, value)),
            Operator::Contains => any(&|held, value| folded(held).contains(&folded(value))),
            Operator::Lacks => !any(&|held, value| folded(held).contains(&folded(value))),
            Operator::Starts => any(&|held, value| folded(held).starts_with(&folded(value))),
            Operator::Ends => any(&|held, value| folded(held).ends_with(&folded(value))),
        }
    }

    fn is_equal(&self, held: &str, value: &str) -> bool {
        match self.kind {
            Kind::Text | Kind::Flag => held == value,
            Kind::Email => folded(held) == folded(value),
            Kind::Words => {
                let value = folded(value);
                folded(held).split(|sign: char| !sign.is_alphanumeric()).any(|word| word == value)
            }
            Kind::Integer | Kind::Instant => number(held) == number(value),
            Kind::Day => day(number(held)) == day(number(value)),
        }
    }

    fn is_beyond(&self, held: &str, value: &str) -> bool {
        let (held, value) = (number(held), number(value));
        match self.kind {
            // On dates of conversations `>` is "greater (or equal)".
            Kind::Instant => held >= value,
            Kind::Day => day(held) > day(value),
            Kind::Text | Kind::Email | Kind::Words | Kind::Integer | Kind::Flag => held > value,
        }
    }

    fn is_before(&self, held: &str, value: &str) -> bool {
        let (held, value) = (number(held), number(value));
        match self.kind {
            Kind::Instant => held <= value,
            Kind::Day => day(held) < day(value),
            Kind::Text | Kind::Email | Kind::Words | Kind::Integer | Kind::Flag => held < value,
        }
    }
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}

fn day(second: i64) -> i64 {
    second.div_euclid(DAY_S)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(field: &str) -> Option<Kind> {
        match field {
            "email" => Some(Kind::Email),
            "updated_at" => Some(Kind::Instant),
            "created_at" => Some(Kind::Day),
            "body" => Some(Kind::Words),
            "open" => Some(Kind::Flag),
            _ => None,
        }
    }

    fn finds(query: &Value, held: &[(&str, &str)]) -> bool {
        Filter::read(query, &kind).unwrap().matches(&|field| {
            held.iter().filter(|(name, _)| *name == field).map(|(_, it)| (*it).to_owned()).collect()
        })
    }

    #[test]
    fn instants_include_the_bound_and_days_do_not() {
        let later =
            |field: &str, value: i64| json!({ "field": field, "operator": ">", "value": value });
        assert!(finds(&later("updated_at", 100), &[("updated_at", "100")]));
        assert!(!finds(&later("updated_at", 101), &[("updated_at", "100")]));
        assert!(!finds(&later("created_at", 0), &[("created_at", "86399")]));
        assert!(finds(&later("created_at", 0), &[("created_at", "86400")]));
    }

    #[test]
    fn groups_nest_twice_and_no_deeper() {
        let one = json!({ "field": "email", "operator": "=", "value": "A@b.example" });
        let group = |inner: &Value| json!({ "operator": "OR", "value": [inner] });
        let (once, twice) = (group(&one), group(&group(&one)));
        assert!(finds(&once, &[("email", "a@B.example")]));
        assert!(finds(&twice, &[("email", "a@b.example")]));
        assert!(Filter::read(&group(&twice), &kind).is_err());
    }

    #[test]
    fn only_whole_words_of_a_body_are_found() {
        let word = |value: &str| json!({ "field": "body", "operator": "=", "value": value });
        assert!(finds(&word("support"), &[("body", "I need support")]));
        assert!(!finds(&word("need support"), &[("body", "I need support")]));
    }

    #[test]
    fn what_the_field_cannot_do_is_refused() {
        for query in [
            json!({ "field": "nothing", "operator": "=", "value": "x" }),
            json!({ "field": "updated_at", "operator": ">", "value": "yesterday" }),
            json!({ "field": "updated_at", "operator": ">=", "value": 5 }),
            json!({ "field": "created_at", "operator": "!=", "value": 5 }),
            json!({ "field": "email", "operator": ">", "value": "a" }),
            json!({ "field": "open", "operator": "=", "value": "maybe" }),
            json!({ "field": "email", "operator": "IN", "value": "a" }),
            json!({ "field": "email", "operator": "=" }),
            json!({ "operator": "AND", "value": [] }),
        ] {
            assert!(Filter::read(&query, &kind).is_err(), "{query}");
        }
    }

    #[test]
    fn nothing_is_found_by_null() {
        let none = json!({ "field": "email", "operator": "=", "value": null });
        assert!(finds(&none, &[]));
        assert!(!finds(&none, &[("email", "a@b.example")]));
    }
}
