//! The policy as the model reads it.

use std::fmt::Write as _;

use quittance_core::policy::{Decision, Policy, Rule, list};

/// The clauses as a model reads them: headings, prose as it is written, and the rules in short lines.
/// The limits of automation (`At most`, `Per customer`, `Rests on`) are left out: the guard keeps them,
/// and what a model has not read it cannot be talked into telling.
pub(crate) fn summary(policy: &Policy) -> String {
    let mut text = String::new();
    for document in &policy.documents {
        let _ = write!(text, "{} (in force from {}", document.title, document.effective);
        if let Some(until) = document.until {
            let _ = write!(text, " to {until}");
        }
        text.push_str(")\n");
        for clause in &document.clauses {
            let _ = write!(text, "\n## {}\n", clause.heading);
            if !clause.prose.is_empty() {
                let _ = writeln!(text, "{}", clause.prose);
            }
            if let Some(rule) = &clause.rule {
                summarize(&mut text, rule);
            }
        }
    }
    text
}

fn summarize(text: &mut String, rule: &Rule) {
    let mut lines: Vec<(&str, String)> = vec![("Reason", list(&rule.reasons))];
    if !rule.conditions.is_empty() {
        lines.push(("Applies when", list(&rule.conditions)));
    }
    if !rule.plans.is_empty() {
        lines.push(("Applies to", format!("plans: {}", list(&rule.plans))));
    }
    if !rule.products.is_empty() {
        lines.push(("Applies to", format!("products: {}", list(&rule.products))));
    }
    lines.extend(rule.within.map(|within| ("Within", within.to_string())));
    match &rule.decision {
        Decision::Ask => lines.push(("Decision", "ask a person".to_owned())),
        Decision::Refuse => lines.push(("Decision", "refuse".to_owned())),
        Decision::Refund(terms) => {
            lines.push(("Decision", "refund".to_owned()));
            lines.push(("Refund", terms.gives.to_string()));
        }
    }
    for (name, value) in lines {
        let _ = writeln!(text, "- {name}: {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_reads_every_clause_and_rule() {
        let shipped = include_str!("../../../../policies/refunds.md");
        let policy = quittance_policy::read("refunds.md", shipped).unwrap().policy;
        insta::assert_snapshot!(summary(&policy));
    }
}
