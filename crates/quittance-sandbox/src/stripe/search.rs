//! Search, and the account's balance: <https://docs.stripe.com/search>.

use serde_json::{Value, json};

use super::call::Call;
use super::failure::Failure;
use super::kind::Kind;
use super::value::{deep_text, flag, int, text};

/// How many clauses a query takes.
const MAX_CLAUSES: usize = 10;

/// One clause: a field, an operator, and what to compare with.
struct Clause {
    field: String,
    /// `:` is exact, `~` is a part.
    operator: char,
    wanted: String,
    is_negated: bool,
}

fn refuse(query: &str) -> Failure {
    let message = format!("We were unable to parse your search query: {query}");
    Failure::invalid_plain("query", message)
}

/// `email:"a" AND -metadata["k"]:"v"`. The stand-in knows AND only.
fn parse(query: &str) -> Option<Vec<Clause>> {
    let mut rest = query.trim();
    let mut clauses = Vec::new();
    while !rest.is_empty() {
        let (is_negated, clause) = match rest.strip_prefix('-') {
            Some(clause) => (true, clause),
            None => (false, rest),
        };
        let end = clause.find([':', '~', '['])?;
        let (mut name, mut after) = (clause.get(..end)?.to_owned(), clause.get(end..)?);
        if let Some(key) = after.strip_prefix('[') {
            let (key, left) = quoted(key)?;
            name = format!("/{name}/{}", key.replace('~', "~0").replace('/', "~1"));
            after = left.strip_prefix(']')?;
        }
        let operator = after.chars().next().filter(|operator| matches!(operator, ':' | '~'))?;
        let (wanted, left) = quoted(after.get(1..)?)?;
        clauses.push(Clause { field: name, operator, wanted, is_negated });
        rest = left.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix("AND ")?.trim_start();
        }
    }
    (!clauses.is_empty() && clauses.len() <= MAX_CLAUSES).then_some(clauses)
}

/// A text in quotation marks, with `\"` inside, and what follows it. `null` stands for itself.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut found = String::new();
    let mut letters = inner.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => found.push(letters.next()?.1),
            '"' => return Some((found, inner.get(at.saturating_add(1)..)?)),
            other => found.push(other),
        }
    }
    None
}

fn holds(clause: &Clause, object: &Value) -> bool {
    let found = if clause.field.starts_with('/') {
        deep_text(object, &clause.field).unwrap_or_default()
    } else {
        text(object, &clause.field)
    };
    let (found, wanted) = (found.to_lowercase(), clause.wanted.to_lowercase());
    let is_match = if clause.operator == '~' { found.contains(&wanted) } else { found == wanted };
    is_match != clause.is_negated
}

pub(crate) fn customers(call: &mut Call<'_>) -> Result<Value, Failure> {
    search(call, Kind::Customer, "/v1/customers/search", &["email", "name", "phone"])
}

pub(crate) fn charges(call: &mut Call<'_>) -> Result<Value, Failure> {
    search(call, Kind::Charge, "/v1/charges/search", &["customer", "currency", "status"])
}

fn search(call: &Call<'_>, kind: Kind, url: &str, fields: &[&str]) -> Result<Value, Failure> {
    call.params.only(&["query", "limit", "page"])?;
    let query = call.params.required("query")?;
    let clauses = parse(query).ok_or_else(|| refuse(query))?;
    let is_known = |clause: &Clause| {
        fields.contains(&clause.field.as_str()) || clause.field.starts_with("/metadata/")
    };
    if let Some(unknown) = clauses.iter().find(|clause| !is_known(clause)) {
        let message =
            format!("Field `{}` is an unsupported search field for this resource.", unknown.field);
        return Err(Failure::invalid_plain("query", message));
    }
    let limit = call.params.positive("limit")?.unwrap_or(10).min(100);
    let limit = usize::try_from(limit).unwrap_or(1);
    let start: usize = match call.params.text("page")? {
        None => 0,
        Some(page) => page.parse().map_err(|_| Failure::invalid_plain("page", "Invalid page"))?,
    };
    let rows: Vec<&Value> = call
        .account
        .all(kind)
        .filter(|object| {
            !flag(object, "deleted") && clauses.iter().all(|clause| holds(clause, object))
        })
        .collect();
    let data: Vec<&Value> = rows.iter().skip(start).take(limit).copied().collect();
    let end = start.saturating_add(data.len());
    let has_more = end < rows.len();
    Ok(json!({
        "object": "search_result",
        "data": data,
        "has_more": has_more,
        "next_page": has_more.then(|| end.to_string()),
        "url": url,
    }))
}

pub(crate) fn balance(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let mut sums: Vec<(String, i64)> = Vec::new();
    for transaction in call.account.all(Kind::BalanceTransaction) {
        let (currency, net) = (text(transaction, "currency"), int(transaction, "net"));
        match sums.iter_mut().find(|(known, _)| known == currency) {
            Some((_, sum)) => *sum = sum.saturating_add(net),
            None => sums.push((currency.to_owned(), net)),
        }
    }
    let rows = sums.iter().map(|(currency, sum)| {
        json!({"amount": sum, "currency": currency, "source_types": {"card": sum}})
    });
    let available: Vec<Value> = rows.collect();
    Ok(json!({
        "object": "balance",
        "available": available,
        "livemode": call.account.options.livemode,
        "pending": [],
    }))
}

pub(crate) fn balance_transaction(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::BalanceTransaction, &call.id).cloned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_escaped_text_is_read_back(wanted in ".{0,20}") {
            let escaped = wanted.replace('\\', "\\\\").replace('"', "\\\"");
            let clauses = parse(&format!("email:\"{escaped}\"")).unwrap();
            prop_assert_eq!(&clauses[0].wanted, &wanted);
        }
    }

    #[test]
    fn queries_are_read_with_quotes_inside() {
        let clauses =
            parse(r#"email:"a\"b@c.d" AND -metadata["plan"]:"pro" AND name~"An""#).unwrap();
        let read: Vec<_> = clauses
            .iter()
            .map(|clause| {
                (clause.field.as_str(), clause.operator, clause.wanted.as_str(), clause.is_negated)
            })
            .collect();
        let expected = [
            ("email", ':', "a\"b@c.d", false),
            ("/metadata/plan", ':', "pro", true),
            ("name", '~', "An", false),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_not_a_query_is_refused() {
        for query in [
            "",
            "email",
            "email:",
            r#"email:"x"#,
            r#"email:"x" OR name:"y""#,
            r#"email:"x" name:"y""#,
        ] {
            assert!(parse(query).is_none(), "{query}");
        }
    }
}
