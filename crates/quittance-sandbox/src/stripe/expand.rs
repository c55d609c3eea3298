//! `expand[]`: ids replaced by the objects they name: <https://docs.stripe.com/expand>.
//!
//! Paths are checked before anything is executed, against the table of what can be expanded.

use serde_json::{Value, json};

use super::account::Account;
use super::failure::Failure;
use super::kind::Kind;
use super::value::text;

/// How deep a path may go, not counting the `data` of a list.
const MAX_DEPTH: usize = 4;

/// Object, field, and the object found there. Fields that cannot be expanded themselves but lead
/// to others are listed too, with `false`.
const FIELDS: &[(&str, &str, &str, bool)] = &[
    ("balance_transaction", "source", "charge", true),
    ("charge", "balance_transaction", "balance_transaction", true),
    ("charge", "customer", "customer", true),
    ("charge", "payment_intent", "payment_intent", true),
    ("charge", "refunds", "list refund", true),
    ("charge", "review", "review", true),
    ("credit_note", "customer", "customer", true),
    ("credit_note", "invoice", "invoice", true),
    ("credit_note", "refunds", "credit_note.refund", false),
    ("credit_note.refund", "refund", "refund", true),
    ("customer", "default_source", "card", true),
    ("customer", "invoice_settings", "customer.invoice_settings", false),
    ("customer", "sources", "list card", true),
    ("customer", "subscriptions", "list subscription", true),
    ("customer.invoice_settings", "default_payment_method", "payment_method", true),
    ("dispute", "charge", "charge", true),
    ("dispute", "payment_intent", "payment_intent", true),
    ("invoice", "customer", "customer", true),
    ("invoice", "default_payment_method", "payment_method", true),
    ("invoice", "discounts", "discount", true),
    ("invoice", "parent", "invoice.parent", false),
    ("invoice", "payments", "list invoice_payment", true),
    ("invoice.parent", "subscription_details", "invoice.parent.subscription_details", false),
    ("invoice.parent.subscription_details", "subscription", "subscription", true),
    ("invoice_payment", "invoice", "invoice", true),
    ("invoice_payment", "payment", "invoice_payment.payment", false),
    ("invoice_payment.payment", "charge", "charge", true),
    ("invoice_payment.payment", "payment_intent", "payment_intent", true),
    ("payment_intent", "customer", "customer", true),
    ("payment_intent", "latest_charge", "charge", true),
    ("payment_intent", "payment_method", "payment_method", true),
    ("payment_intent", "review", "review", true),
    ("payment_method", "customer", "customer", true),
    ("price", "product", "product", true),
    ("product", "default_price", "price", true),
    ("radar.early_fraud_warning", "charge", "charge", true),
    ("refund", "balance_transaction", "balance_transaction", true),
    ("refund", "charge", "charge", true),
    ("refund", "failure_balance_transaction", "balance_transaction", true),
    ("refund", "payment_intent", "payment_intent", true),
    ("subscription", "customer", "customer", true),
    ("subscription", "default_payment_method", "payment_method", true),
    ("subscription", "discounts", "discount", true),
    ("subscription", "items", "list subscription_item", false),
    ("subscription", "latest_invoice", "invoice", true),
    ("subscription_item", "price", "price", false),
];

/// Where a path leads from `object`: the object there, and whether it is expanded itself.
fn step(object: &str, field: &str) -> Option<(&'static str, bool)> {
    FIELDS
        .iter()
        .find(|(from, name, _, _)| *from == object && *name == field)
        .map(|(_, _, to, is_expandable)| (*to, *is_expandable))
}

/// Fails when a path cannot be expanded in an answer that is an `object`, such as `charge` or
/// `list charge`.
pub(crate) fn check(object: &str, paths: &[String]) -> Result<(), Failure> {
    paths.iter().try_for_each(|path| check_one(object, path))
}

fn check_one(object: &str, path: &str) -> Result<(), Failure> {
    let depth = path.split('.').filter(|segment| *segment != "data").count();
    if depth > MAX_DEPTH {
        let message = format!(
            "You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}"
        );
        return Err(Failure::invalid_plain("expand", message));
    }
    let refuse = |segment: &str| {
        let message = format!(
            "This property cannot be expanded ({segment}). You may want to try expanding 'data.{segment}' \
             instead, if you are expanding a list."
        );
        Failure::invalid_plain("expand", message)
    };
    let mut at = object;
    let mut is_expanded = false;
    for segment in path.split('.') {
        if let Some(element) = at.strip_prefix("list ") {
            if segment != "data" {
                return Err(refuse(segment));
            }
            at = element;
        } else {
            (at, is_expanded) = step(at, segment).ok_or_else(|| refuse(segment))?;
        }
    }
    if is_expanded { Ok(()) } else { Err(refuse(path)) }
}

/// Expands checked paths in an answer.
pub(crate) fn apply(account: &Account, answer: &mut Value, paths: &[String]) {
    for path in paths {
        let segments: Vec<&str> = path.split('.').collect();
        walk(account, answer, &segments);
    }
}

fn walk(account: &Account, value: &mut Value, segments: &[&str]) {
    if let Value::Array(elements) = value {
        for element in elements {
            resolve(account, element);
            walk(account, element, segments);
        }
        return;
    }
    let Some((first, rest)) = segments.split_first() else { return };
    if let Some(computed) = computed(account, value, first)
        && let Some(map) = value.as_object_mut()
        && !map.contains_key(*first)
    {
        map.insert((*first).to_owned(), computed);
    }
    let Some(inner) = value.get_mut(*first) else { return };
    resolve(account, inner);
    walk(account, inner, rest);
}

/// Puts the object in the place of its id.
fn resolve(account: &Account, value: &mut Value) {
    let found = value.as_str().and_then(|id| account.get(Kind::of_id(id)?, id));
    if let Some(found) = found.cloned() {
        *value = found;
    }
}

/// Lists that exist only when they are asked for.
fn computed(account: &Account, value: &Value, field: &str) -> Option<Value> {
    let id = text(value, "id");
    let (rows, url) = match (text(value, "object"), field) {
        ("charge", "refunds") => {
            (account.with(Kind::Refund, "charge", id), format!("/v1/charges/{id}/refunds"))
        }
        ("invoice", "payments") => {
            let rows = account.with(Kind::InvoicePayment, "invoice", id);
            (rows, format!("/v1/invoice_payments?invoice={id}"))
        }
        ("customer", "subscriptions") => {
            let mut rows = account.with(Kind::Subscription, "customer", id);
            rows.retain(|row| text(row, "status") != "canceled");
            (rows, format!("/v1/customers/{id}/subscriptions"))
        }
        ("customer", "sources") => {
            (account.with(Kind::Card, "customer", id), format!("/v1/customers/{id}/sources"))
        }
        (_, _) => return None,
    };
    let data: Vec<&Value> = rows.iter().take(10).copied().collect();
    let has_more = rows.len() > data.len();
    Some(json!({"object": "list", "data": data, "has_more": has_more, "url": url}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(object: &str, path: &str) -> bool {
        check(object, &[path.to_owned()]).is_ok()
    }

    #[test]
    fn lists_are_entered_by_data_only() {
        assert!(is_accepted("list charge", "data.refunds"));
        assert!(!is_accepted("list charge", "refunds"));
        assert!(!is_accepted("charge", "data.refunds"));
        assert!(is_accepted("list invoice_payment", "data.payment.payment_intent"));
    }

    #[test]
    fn plain_fields_and_deep_paths_are_refused() {
        assert!(!is_accepted("charge", "amount"));
        assert!(!is_accepted("charge", "id"));
        assert!(!is_accepted("invoice", "parent"));
        let deep = "payment_intent.latest_charge.payment_intent.latest_charge";
        assert!(is_accepted("charge", deep));
        assert!(!is_accepted("charge", &format!("{deep}.customer")));
    }
}
