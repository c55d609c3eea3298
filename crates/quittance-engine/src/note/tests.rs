use quittance_core::limits::Limit;
use quittance_core::policy::{Question, evaluate, prior_from};
use quittance_core::reason::Reason;

use super::*;
use crate::samples;

const UNBOUND: [Unbound; 10] = [
    Unbound::VerificationOff,
    Unbound::NotMessenger,
    Unbound::NotAUser,
    Unbound::NoExternalId,
    Unbound::SeveralContacts,
    Unbound::NoCustomer,
    Unbound::SeveralCustomers,
    Unbound::OtherContact,
    Unbound::CustomerDeleted,
    Unbound::Unread,
];

#[test]
fn a_person_reads_why_what_is_known_and_what_the_policy_says() {
    let facts = samples::facts();
    let proposal = Proposal {
        charge: facts.charges[0].id.clone(),
        reason: Reason::ChangedMind,
        asked: Some(samples::usd(2_000)),
    };
    let ruling = evaluate(
        &samples::policy(),
        &Question {
            facts: &facts,
            charge: &facts.charges[0],
            reason: proposal.reason,
            asked: proposal.asked,
            prior: &prior_from(&facts),
        },
    );
    let note = Note {
        because: vec![cause(Cause::OverLimit(Limit::Day)), cause(Cause::Disputed)],
        facts: Some(&facts),
        proposal: Some(&proposal),
        ruling: Some(&ruling),
        model: Some("The customer seems sincere."),
        ..Note::default()
    };
    insta::assert_snapshot!(note.write());
}

#[test]
fn whoever_is_not_known_is_not_described() {
    let mut facts = samples::facts();
    facts.binding = Binding::Unbound { why: Unbound::NotMessenger };
    let because = vec!["the model hands off".to_owned()];
    let note = Note { because, facts: Some(&facts), is_watching: true, ..Note::default() };
    insta::assert_snapshot!(note.write());
}

#[test]
fn every_reason_is_a_sentence_of_its_own() {
    let mut said: Vec<&str> = UNBOUND.into_iter().map(unbound).collect();
    said.sort_unstable();
    said.dedup();
    assert_eq!(said.len(), UNBOUND.len());
}

#[test]
fn the_models_words_are_cut() {
    let why = "ä".repeat(10_000);
    let note = Note { model: Some(&why), ..Note::default() }.write();
    assert_eq!(note.matches('ä').count(), LONGEST_WHY);
}
