//! What an entry of the log says, in a few words.

use quittance_core::money::Money;
use quittance_core::record::Kind;
use serde::Deserialize;
use serde_json::Value;

/// How much of a hash or a key is shown, in characters.
const SHORT: usize = 11;

/// The words for an entry of this kind. The entry itself is shown on request, so what is not
/// understood here is only left out.
pub(super) fn of(kind: Kind, body: &Value) -> String {
    match kind {
        Kind::Policy => {
            format!("“{}”, version {}", text(body, "/title"), short(text(body, "/version")))
        }
        Kind::Facts => facts(body),
        Kind::Proposal => proposal(body),
        Kind::Ruling => ruling(body),
        Kind::Verdict => verdict(body),
        Kind::Intent => format!(
            "refund {}, key {}…",
            amount(body, "/refund/amount"),
            short(text(body, "/idempotency_key"))
        ),
        Kind::Mark => match body.get("attempt").and_then(Value::as_u64) {
            Some(attempt) => format!("about to be sent, attempt {attempt}"),
            None => "about to be sent".to_owned(),
        },
        Kind::Outcome => outcome(body),
        Kind::Reply | Kind::Handling => handling(body),
        Kind::Stop => stop(body),
        Kind::Reconcile => reconcile(body),
        Kind::Approval => approval(body),
    }
}

fn approval(body: &Value) -> String {
    match text(body, "/by") {
        "" => format!("a person is asked to approve {}", amount(body, "/amount")),
        by => format!("{} by {by}", text(body, "/became")),
    }
}

fn reconcile(body: &Value) -> String {
    let differences = body.get("differences").and_then(Value::as_array).map_or(0, Vec::len);
    if differences == 0 {
        "the log and Stripe agree".to_owned()
    } else {
        format!("the log and Stripe differ in {differences} places")
    }
}

fn stop(body: &Value) -> String {
    let is_stopped = body.get("stopped").and_then(Value::as_bool).unwrap_or(true);
    let done = if is_stopped { "money is stopped" } else { "money may move again" };
    format!("{done}, by {}: {}", text(body, "/by"), text(body, "/why"))
}

fn facts(body: &Value) -> String {
    if text(body, "/binding/customer").is_empty() {
        return "no payments: who is writing is not certain".to_owned();
    }
    let count = |name: &str, noun: &str| {
        let found = body.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        format!("{found} {noun}{}", if found == 1 { "" } else { "s" })
    };
    format!("{}, {}", count("charges", "charge"), count("subscriptions", "subscription"))
}

fn proposal(body: &Value) -> String {
    let is = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(false);
    if body.get("refund").is_some() {
        let asked = match amount(body, "/refund/asked") {
            asked if asked.is_empty() => "what the policy gives".to_owned(),
            asked => asked,
        };
        format!("refund {asked}: {}", plain(text(body, "/refund/reason")))
    } else if is("question") {
        "a question to the customer".to_owned()
    } else if is("answer") {
        "an answer in words".to_owned()
    } else {
        "a person should take over".to_owned()
    }
}

fn ruling(body: &Value) -> String {
    let clauses = body.get("clauses").and_then(Value::as_array).into_iter().flatten();
    let clauses: Vec<String> =
        clauses.map(|clause| format!("“{}”", text(clause, "/heading"))).collect();
    let answer = plain(text(body, "/answer/kind"));
    let answer = format!("{answer} {}", amount(body, "/answer/amount"));
    if clauses.is_empty() {
        format!("{}: no clause is about this", answer.trim())
    } else {
        format!("{} by {}", answer.trim(), clauses.join(" and "))
    }
}

fn verdict(body: &Value) -> String {
    let causes = body.get("causes").and_then(Value::as_array).into_iter().flatten();
    let causes: Vec<String> = causes.filter_map(Value::as_str).map(plain).collect();
    let said = match text(body, "/verdict") {
        "ask" => "ask a person",
        said => said,
    };
    if causes.is_empty() {
        format!("{said} {}", amount(body, "/refund/amount")).trim().to_owned()
    } else {
        format!("{said}: {}", causes.join("; "))
    }
}

fn outcome(body: &Value) -> String {
    let said = text(body, "/outcome");
    match (plain(text(body, "/refund/status")).as_str(), text(body, "/why")) {
        ("", "") => said.to_owned(),
        ("", why) => format!("{said}: {why}"),
        (status, _) => format!("{said}: refund of {}, {status}", amount(body, "/refund/amount")),
    }
}

fn handling(body: &Value) -> String {
    let of = |state: &str| body.get(state).and_then(Value::as_str).map(plain);
    if let Some(reply) = of("reply") {
        format!("“{reply}” in {}, to be sent", text(body, "/language"))
    } else if let Some(planned) = of("planned") {
        format!("{planned}: to do")
    } else if let Some(dropped) = of("dropped") {
        format!("{dropped}: not done, {}", text(body, "/why"))
    } else if of("done").as_deref() == Some("reply") {
        "sent".to_owned()
    } else {
        format!("{}: done", of("done").unwrap_or_default())
    }
}

fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn amount(body: &Value, pointer: &str) -> String {
    let amount = body.pointer(pointer).and_then(|amount| Money::deserialize(amount).ok());
    amount.map(|amount| amount.to_string()).unwrap_or_default()
}

/// A name of the log as words.
fn plain(name: &str) -> String {
    name.replace('_', " ")
}

fn short(hash: &str) -> String {
    hash.chars().take(SHORT).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_say_what_they_are_about() {
        let usd = json!({"minor": 4900, "currency": "USD"});
        let said = |kind, body: Value| of(kind, &body);
        let entry = json!({"answer": {"kind": "refund", "amount": usd}, "clauses": [{"heading": "Charged twice"}]});
        assert_eq!(said(Kind::Ruling, entry), "refund 49.00 USD by “Charged twice”");
        let entry = json!({"verdict": "refuse", "causes": ["policy_refuses"]});
        assert_eq!(said(Kind::Verdict, entry), "refuse: policy refuses");
        let entry = json!({"verdict": "ask", "causes": ["disputed"]});
        assert_eq!(said(Kind::Verdict, entry), "ask a person: disputed");
        let entry = json!({"verdict": "allow", "refund": {"amount": usd}});
        assert_eq!(said(Kind::Verdict, entry), "allow 49.00 USD");
        let entry = json!({"refund": {"asked": null, "charge": "ch_1", "reason": "changed_mind"}});
        let proposal = "refund what the policy gives: changed mind";
        assert_eq!(said(Kind::Proposal, entry), proposal);
        let refund = json!({"id": "re_1", "amount": usd, "status": "requires_action"});
        let entry = json!({"outcome": "confirmed", "refund": refund});
        let outcome = "confirmed: refund of 49.00 USD, requires action";
        assert_eq!(said(Kind::Outcome, entry), outcome);
        assert_eq!(said(Kind::Reply, json!({"done": "reply"})), "sent");
        assert_eq!(said(Kind::Handling, json!({"planned": "close"})), "close: to do");
        let entry = json!({"binding": {"customer": "cus_1"}, "charges": [{}], "subscriptions": []});
        assert_eq!(said(Kind::Facts, entry), "1 charge, 0 subscriptions");
        let entry = json!({"binding": {"kind": "unbound"}, "charges": []});
        assert_eq!(said(Kind::Facts, entry), "no payments: who is writing is not certain");
    }

    #[test]
    fn entries_of_another_shape_are_shown_without_words_of_their_own() {
        for kind in Kind::ALL {
            of(kind, &json!({"something": "else"}));
            of(kind, &json!([1, "two"]));
        }
    }
}
