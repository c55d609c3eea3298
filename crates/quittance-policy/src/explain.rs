//! A ruling, told as a person would want to hear it.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;
use quittance_core::facts::{Billing, Charge};
use quittance_core::money::Money;
use quittance_core::policy::{
    Anchor, Answer, Because, Document, Policy, Question, Ruling, Word, date, list,
};

/// What a policy says to a question, clause by clause: which speak about it, what they answer and why, and
/// which condition fails by how much. `ruling` is what the policy said to the question.
pub fn explain(policy: &Policy, question: &Question<'_>, ruling: &Ruling) -> String {
    let mut page = String::new();
    let now = question.facts.as_of;
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{}", asked(question));
    let _ = writeln!(page, "\n{}", answer(ruling));
    for applied in &ruling.clauses {
        let decides =
            if applied.answer == ruling.answer { "" } else { ", and a stricter clause counts" };
        let _ = writeln!(
            page,
            "\n  {}\n    answers: {}{decides}",
            place(policy, &applied.clause, &applied.heading),
            short(applied.answer)
        );
        grounds(&mut page, &applied.because, now);
        for claim in ruling.claims.iter().filter(|claim| claim.clause == applied.clause) {
            let whose = match claim.word {
                Word::Customer => "on the customer's word",
                Word::Person => "a person must confirm it",
            };
            let _ = writeln!(page, "    - `{}` is claimed: {whose}", claim.reason);
        }
    }
    for passed in &ruling.considered {
        let _ = writeln!(
            page,
            "\n  {}\n    does not apply",
            place(policy, &passed.clause, &passed.heading)
        );
        grounds(&mut page, &passed.because, now);
    }
    let looked = ruling.clauses.len().saturating_add(ruling.considered.len());
    let rules = policy.clauses().filter(|clause| clause.rule.is_some()).count();
    let others = rules.saturating_sub(looked);
    if others > 0 {
        let (clauses, are) = if others == 1 { ("clause", "is") } else { ("clauses", "are") };
        let _ = writeln!(
            page,
            "\n{others} more {clauses} {are} about other reasons than `{}`.",
            question.reason
        );
    }
    page
}

/// The question in one line.
fn asked(question: &Question<'_>) -> String {
    let charge = question.charge;
    let mut line = format!("{} on {}", charge.captured, date(charge.created));
    if !charge.plans.is_empty() {
        let _ = write!(line, " for {}", list(&charge.plans));
    }
    let _ = write!(line, " ({}, {})", kind(charge), charge.method.name());
    let _ = write!(line, ", asked on {}: {}", date(question.facts.as_of), question.reason);
    if let Some(asked) = question.asked {
        let _ = write!(line, ", {asked}");
    }
    for prior in question.prior {
        let _ = write!(line, ", refunded {} on {}", prior.amount, date(prior.at));
    }
    line
}

fn kind(charge: &Charge) -> &'static str {
    match charge.billing {
        Billing::First => "first charge",
        Billing::Renewal => "renewal",
        Billing::Change => "change within a period",
        Billing::OneOff => "one-off purchase",
    }
}

fn answer(ruling: &Ruling) -> String {
    match ruling.answer {
        Answer::Ask if ruling.is_gap => {
            "A person decides: no clause answers. This is a gap in the policy.".to_owned()
        }
        Answer::Ask => "A person decides.".to_owned(),
        Answer::Refuse => "No refund.".to_owned(),
        Answer::Refund { amount } => format!("A refund of {amount}."),
    }
}

fn short(answer: Answer) -> String {
    match answer {
        Answer::Ask => "ask a person".to_owned(),
        Answer::Refuse => "refuse".to_owned(),
        Answer::Refund { amount } => format!("refund {amount}"),
    }
}

/// A clause with its file and line.
fn place(policy: &Policy, anchor: &Anchor, heading: &str) -> String {
    let stands = |document: &'_ &Document| document.clauses.iter().any(|it| it.anchor == *anchor);
    match (policy.documents.iter().find(stands), policy.clause(anchor)) {
        (Some(document), Some(clause)) => {
            format!("{heading} ({}:{})", document.name, clause.line)
        }
        _ => heading.to_owned(),
    }
}

fn grounds(page: &mut String, because: &[Because], now: Timestamp) {
    for ground in because {
        let _ = write!(page, "    - {ground}");
        if let Some(much) = by_how_much(ground, date(now)) {
            let _ = write!(page, ": {much}");
        }
        page.push('\n');
    }
}

/// By how much a condition fails or a limit is passed, where that can be counted.
fn by_how_much(because: &Because, today: Date) -> Option<String> {
    let days = |last: Date| {
        let days = last.until(today).ok()?.get_days();
        Some(format!("{days} day{} too late", if days == 1 { "" } else { "s" }))
    };
    let more = |amount: Money, most: Money| Some(format!("{} too much", amount.less(most).ok()?));
    if let Because::OutsideWindow { last_day: Some(last), .. } = because {
        days(*last)
    } else if let Because::PeriodOver { ended_on } = because {
        days(*ended_on)
    } else if let Because::AboveMost { amount, most } = because {
        more(*amount, *most)
    } else if let Because::AboveWord { amount, ceiling } = because {
        more(*amount, *ceiling)
    } else if let Because::TooMuch { earlier, amount, allowed, .. } = because {
        more(earlier.checked_add(*amount).ok()?, *allowed)
    } else {
        None
    }
}
