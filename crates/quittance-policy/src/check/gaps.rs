//! Usual cases to which a policy says nothing.

use quittance_core::policy::{Policy, evaluate, list};
use quittance_core::reason::Reason;

use crate::case::{CaseReader, examples_now, read_case};
use crate::example::Plans;
use crate::file::File;
use crate::problem::Fault;
use crate::text::Cell;
use crate::tongue::Writing;

/// How many plans of a policy are asked about.
const MOST_PLANS: usize = 24;

/// A payment without a subscription, in the words of examples.
const ONE_OFF: &str = "one-off purchase";

/// The kinds of payments that are asked about.
const KINDS: [&str; 3] = [ONE_OFF, "first charge", "renewal"];

/// Notes the usual reasons about which no clause says anything, and those about which only some payments are
/// spoken of. Where there are no rules at all, somebody has been told.
pub(crate) fn check(policy: &Policy, plans: &Plans, files: &mut [File<'_>]) {
    let rules = || policy.clauses().filter_map(|clause| clause.rule.as_ref());
    if rules().next().is_none() {
        return;
    }
    let speaks = |reason: &Reason| rules().any(|rule| rule.reasons.contains(reason));
    let (known, unknown): (Vec<Reason>, Vec<Reason>) =
        Reason::ALL.iter().copied().partition(speaks);
    let Some(first) = files.first_mut() else { return };
    if !unknown.is_empty() {
        let message = "some usual reasons have no clause: a person answers, and they count as gaps";
        let note = format!("they are {}", list(&unknown));
        first.gap(Fault::new(0..0, message).note(note));
    }
    let home = first.writing().home;
    for reason in known {
        let silent = silent_kinds(policy, plans, reason, Writing::english(home));
        if !silent.is_empty() && silent.len() < KINDS.len() {
            let message = format!("`{reason}` has no answer for some usual payments");
            let note = format!("no clause says anything for: {}", silent.join(", "));
            first.gap(Fault::new(0..0, message).note(note));
        }
    }
}

/// The kinds of payments with this reason for which the policy has a gap, whatever was bought.
fn silent_kinds(
    policy: &Policy,
    plans: &Plans,
    reason: Reason,
    writing: Writing,
) -> Vec<&'static str> {
    let says = |kind: &str, plan: Option<&str>| -> Option<bool> {
        let plan = plan.map(|plan| format!("{plan}, ")).unwrap_or_default();
        let words = format!("{plan}20 {}, 1 day ago, {kind}, {}", writing.home, reason.words());
        let document = policy.documents.first()?;
        let now = examples_now(document.effective, document.until)?;
        let reader = CaseReader { writing, now, plans, is_whole: true };
        let case = read_case(Cell::verbatim(&words, 0).piece(), &reader).ok()?;
        Some(!evaluate(policy, &case.question()).is_gap)
    };
    let names = || plans.names().take(MOST_PLANS).map(Some).chain([None]);
    // Nobody forgets to cancel what was bought once.
    let is_usual = |kind: &&str| reason != Reason::ForgotToCancel || *kind != ONE_OFF;
    let is_silent = |kind: &&str| !names().any(|plan| says(kind, plan).unwrap_or(true));
    KINDS.iter().copied().filter(is_usual).filter(is_silent).collect()
}
