//! The note that a person gets with a conversation: what is known, what the policy says, what was
//! done, and what is left.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use quittance_core::action::Proposal;
use quittance_core::facts::{Binding, Charge, Facts, Unbound};
use quittance_core::guard::Cause;
use quittance_core::policy::{Answer, Ruling, Word};

/// How many charges the note lists.
const MOST_CHARGES: usize = 8;

/// How much of the model's own words the note carries, in characters.
const LONGEST_WHY: usize = 400;

/// What the note is written from.
#[derive(Debug, Default)]
pub(crate) struct Note<'a> {
    /// Why a person is needed, one line each.
    pub(crate) because: Vec<String>,
    pub(crate) facts: Option<&'a Facts>,
    pub(crate) proposal: Option<&'a Proposal>,
    pub(crate) ruling: Option<&'a Ruling>,
    /// What the model wrote about it.
    pub(crate) model: Option<&'a str>,
    /// What was done so far.
    pub(crate) done: &'a str,
    /// Whether the agent only watches.
    pub(crate) is_watching: bool,
    /// What a person is asked to do.
    pub(crate) todo: Option<String>,
}

impl Note<'_> {
    /// Writes the note, in English.
    pub(crate) fn write(&self) -> String {
        let mut text = String::from(match &self.todo {
            Some(_) => "Quittance asks you to decide.\n\n",
            None if self.is_watching => "Quittance only watches and does nothing here.\n\n",
            None => "Quittance hands this conversation to you.\n\n",
        });
        paragraph(&mut text, "To do", self.todo.as_deref().unwrap_or_default());
        paragraph(&mut text, "Why", &self.because.join("; "));
        if let Some(proposal) = self.proposal {
            paragraph(&mut text, "Asked", &asked(proposal, self.facts));
        }
        if let Some(ruling) = self.ruling {
            paragraph(&mut text, "Policy", &policy(ruling));
            paragraph(&mut text, "Uncertain", &uncertain(ruling));
        }
        if let Some(facts) = self.facts {
            paragraph(&mut text, "Known", &known(facts));
        }
        paragraph(
            &mut text,
            "Done",
            if self.done.is_empty() { "nothing; no money has moved" } else { self.done },
        );
        if let Some(why) = self.model {
            let why: String = why.chars().take(LONGEST_WHY).collect();
            paragraph(&mut text, "The model's own words (unchecked)", &why);
        }
        text.trim_end().to_owned()
    }
}

fn paragraph(text: &mut String, heading: &str, body: &str) {
    if !body.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{heading}: {body}\n");
    }
}

/// What is asked for, with the payment it is about.
fn asked(proposal: &Proposal, facts: Option<&Facts>) -> String {
    let asked = proposal
        .asked
        .map_or_else(|| "what the policy gives".to_owned(), |asked| asked.to_string());
    let charge = facts.and_then(|facts| facts.charge(&proposal.charge));
    let of = charge.map_or_else(|| proposal.charge.to_string(), payment);
    format!("{asked} of {of}; reason: {}", proposal.reason)
}

/// What the answer rests on and Stripe cannot show.
fn uncertain(ruling: &Ruling) -> String {
    let claims = ruling.claims.iter().map(|claim| match claim.word {
        Word::Customer => format!("{}: the customer's word, which the clause takes", claim.reason),
        Word::Person => {
            format!("{}: the customer's word; the clause wants you to look", claim.reason)
        }
    });
    let mut claims: Vec<String> = claims.collect();
    claims.dedup();
    claims.join("; ")
}

/// The customer and their newest payments, with the way to each in Stripe's dashboard.
fn known(facts: &Facts) -> String {
    match &facts.binding {
        Binding::Unbound { why } => unbound(*why).to_owned(),
        Binding::Bound { customer, .. } => {
            let is_live = facts.charges.iter().all(|charge| charge.is_live);
            let mut lines = vec![dashboard(is_live, "customers", customer.as_str())];
            if facts.charges.is_empty() {
                lines.push("no payments".to_owned());
            }
            lines.extend(facts.charges.iter().take(MOST_CHARGES).map(payment));
            let more = facts.charges.len().saturating_sub(MOST_CHARGES);
            if more > 0 {
                lines.push(format!("{more} more"));
            }
            lines.join("\n- ")
        }
    }
}

/// A payment in a line.
fn payment(charge: &Charge) -> String {
    let day = charge.created.to_zoned(TimeZone::UTC).date();
    let back = if charge.refunded.is_zero() {
        String::new()
    } else {
        format!(", {} given back", charge.refunded)
    };
    let is_disputed = charge.is_disputed || !charge.disputes.is_empty();
    let disputed = if is_disputed { ", disputed" } else { "" };
    let link = dashboard(charge.is_live, "payments", charge.id.as_str());
    format!("{} of {day}{back}{disputed}: {link}", charge.amount)
}

/// Where Stripe shows something to people. <https://docs.stripe.com/dashboard/basics>
fn dashboard(is_live: bool, what: &str, id: &str) -> String {
    let mode = if is_live { "" } else { "test/" };
    format!("https://dashboard.stripe.com/{mode}{what}/{id}")
}

fn policy(ruling: &Ruling) -> String {
    if ruling.is_gap {
        return "it says nothing about this case: a gap".to_owned();
    }
    let clauses = ruling.clauses.iter().map(|applied| {
        let because: Vec<String> = applied.because.iter().map(ToString::to_string).collect();
        format!("“{}”: {}", applied.heading, because.join(", "))
    });
    let answer = match ruling.answer {
        Answer::Refund { amount } => format!("it gives {amount}"),
        Answer::Ask => "it wants a person to decide".to_owned(),
        Answer::Refuse => "it refuses".to_owned(),
    };
    std::iter::once(answer).chain(clauses).collect::<Vec<_>>().join("; ")
}

/// Why nobody knows who the customer is.
pub(crate) fn unbound(why: Unbound) -> &'static str {
    match why {
        Unbound::VerificationOff => {
            "identity verification is not enforced in this workspace, so nobody is known"
        }
        Unbound::NotMessenger => {
            "the conversation did not come through the Messenger, so nobody signed who wrote"
        }
        Unbound::NotAUser => "the contact is a visitor or a lead, not a signed-in user",
        Unbound::NoExternalId => "the contact has no external id",
        Unbound::SeveralContacts => "several contacts take part in the conversation",
        Unbound::NoCustomer => "no Stripe customer carries the contact's external id",
        Unbound::SeveralCustomers => "several Stripe customers carry the contact's external id",
        Unbound::OtherContact => {
            "the Stripe customer that the contact's attribute names, names another contact"
        }
        Unbound::CustomerDeleted => "the Stripe customer was deleted",
        Unbound::Unread => "Intercom or Stripe could not be read",
    }
}

/// A cause in words.
pub(crate) fn cause(cause: Cause) -> String {
    match cause {
        Cause::NotBound => "nobody signed who the customer is".to_owned(),
        Cause::NotTheirs => "the charge is not this customer's".to_owned(),
        Cause::WrongMode => "the charge is not of the Stripe key's mode (test or live)".to_owned(),
        Cause::NotSettled => "the payment has not gone through".to_owned(),
        Cause::NothingTaken => "the payment failed, nothing was taken".to_owned(),
        Cause::AlreadyRefunded => "everything was given back already".to_owned(),
        Cause::Disputed => "the payment is, or was, disputed".to_owned(),
        Cause::Bounced => "an earlier refund of the payment did not go through".to_owned(),
        Cause::BankDebit => {
            "a bank debit can come back on its own, so a refund may pay twice".to_owned()
        }
        Cause::Connect => "another Stripe account has a part in the payment".to_owned(),
        Cause::OtherCurrency => "another currency than the payment's was asked for".to_owned(),
        Cause::ImpossibleAmount => {
            "the amount asked for is nothing or more than is left".to_owned()
        }
        Cause::PolicyRefuses => "the policy refuses".to_owned(),
        Cause::PolicyAsks => "the policy wants a person to decide".to_owned(),
        Cause::Gap => "the policy says nothing about this".to_owned(),
        Cause::OverLimit(limit) => {
            format!("it is above the limit set per {limit:?}").to_lowercase()
        }
        Cause::Repeated => "a refund of this charge was decided before".to_owned(),
        Cause::Busy => "a refund of this charge is under way".to_owned(),
        Cause::NotActing => "the agent is set not to act on its own".to_owned(),
        Cause::Stopped => "money is stopped; `quittance status` tells by whom and why".to_owned(),
    }
}

#[cfg(test)]
mod tests;
