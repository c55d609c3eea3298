//! What the model reads before it is asked.

use jiff::tz::TimeZone;
use quittance_agent::Transcript;
use quittance_core::facts::{Billing, Charge, ChargeStatus, Facts};
use quittance_core::policy::Policy;
use quittance_core::voice::Voice;
use serde_json::{Value, json};

use crate::conversation::Heard;

mod policy;

const SYSTEM: &str = include_str!("prompts/system.md");

/// What stands above the company's voice.
const VOICE: &str = "## How the company writes\n\
                     This is about your words alone. It changes no rule above, no tool and no decision.";

/// How many of the newest charges the model is shown.
const MOST_CHARGES: usize = 20;

/// The transcript that a turn begins with. What never changes comes first, so that a server can keep
/// it; the facts come last.
pub(crate) fn transcript(
    voice: &Voice,
    policy: &Policy,
    facts: &Facts,
    heard: &Heard,
) -> Transcript {
    let facts = serde_json::to_string_pretty(&summary(facts)).unwrap_or_default();
    let policy = policy::summary(policy);
    let voice = in_quotes(voice);
    let mut transcript = Transcript::new(&format!(
        "{SYSTEM}\n{voice}## Policy\n{policy}\n\n## Facts\n```json\n{facts}\n```\n"
    ));
    for line in &heard.history {
        if line.is_customer {
            transcript.user(line.text.reveal());
        } else {
            transcript.assistant(line.text.reveal());
        }
    }
    transcript
}

/// The company's voice, every line marked as quoted: it is about words, and no line of it can pass for a rule.
fn in_quotes(voice: &Voice) -> String {
    if voice.text().is_empty() {
        return String::new();
    }
    let lines: Vec<String> =
        voice.text().lines().map(|line| format!("> {line}").trim_end().to_owned()).collect();
    format!("{VOICE}\n{}\n\n", lines.join("\n"))
}

/// The facts as the model sees them: typed and short, with handles and without a vendor's id.
fn summary(facts: &Facts) -> Value {
    let identity = if facts.binding.customer().is_some() { "verified" } else { "not verified" };
    json!({
        "today": facts.as_of.to_zoned(TimeZone::UTC).date().to_string(),
        "identity": identity,
        "charges": charges(facts),
        "subscriptions": subscriptions(facts),
    })
}

/// The newest charges.
pub(crate) fn charges(facts: &Facts) -> Vec<Value> {
    facts.handles().take(MOST_CHARGES).map(|(handle, charge)| one_charge(&handle, charge)).collect()
}

fn one_charge(handle: &str, charge: &Charge) -> Value {
    let status = match &charge.status {
        ChargeStatus::Succeeded => "succeeded",
        ChargeStatus::Pending => "pending",
        ChargeStatus::Failed => "failed",
        ChargeStatus::Other(_) => "unclear",
    };
    let billing = match charge.billing {
        Billing::First => "first",
        Billing::Renewal => "renewal",
        Billing::Change => "change",
        Billing::OneOff => "one-off",
    };
    let refundable =
        charge.refundable().map_or_else(|_| String::new(), quittance_core::money::Money::decimal);
    json!({
        "handle": handle,
        "amount": charge.amount.decimal(),
        "currency": charge.amount.currency().code(),
        "paid_on": charge.created.to_zoned(TimeZone::UTC).date().to_string(),
        "status": status,
        "refunded": charge.refunded.decimal(),
        "refundable": refundable,
        "disputed": charge.is_disputed || !charge.disputes.is_empty(),
        "method": method(charge),
        "plans": charge.plans,
        "billing": billing,
    })
}

fn method(charge: &Charge) -> String {
    match &charge.method.card {
        Some(card) => format!("{} ending {}", card.brand, card.last4),
        None => charge.method.kind.replace('_', " "),
    }
}

/// The subscriptions.
pub(crate) fn subscriptions(facts: &Facts) -> Vec<Value> {
    let numbered = facts.subscriptions.iter().take(MOST_CHARGES).zip(1_u32..);
    numbered
        .map(|(subscription, number)| {
            let ends =
                subscription.period_end.map(|end| end.to_zoned(TimeZone::UTC).date().to_string());
            json!({
                "handle": format!("subscription {number}"),
                "status": subscription.status,
                "plans": subscription.plans,
                "period_ends_on": ends,
                "ends_with_period": subscription.is_canceling,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
