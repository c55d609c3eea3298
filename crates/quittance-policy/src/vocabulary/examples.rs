//! The phrases of worked examples.

use super::Entry;
use crate::case::{self, CaseDraft, CaseReader};
use crate::problem::Fault;
use crate::text::Piece;

/// Reads a phrase of a worked example. None where it is not a phrase of this kind.
pub(crate) type ReadPhrase =
    fn(&mut CaseDraft, Piece<'_>, &CaseReader<'_>) -> Option<Result<(), Fault>>;

/// What stands under `Expect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpectForm {
    /// A refund, with or without an amount.
    Refund,
    /// A person decides.
    Ask,
    /// No refund.
    Refuse,
    /// No clause applies, so a person decides.
    Gap,
}

/// The phrases of a worked example, in the order in which they are tried.
pub(crate) const CASES: &[Entry<ReadPhrase>] = &[
    Entry {
        word: "asks for",
        synonyms: &["asked for", "wants"],
        meaning: case::asked,
        documentation: "The amount the customer asks for: all that the policy gives if nothing is said.",
        example: "asks for 20 USD",
    },
    Entry {
        word: "refunded",
        synonyms: &[],
        meaning: case::refunded,
        documentation: "An earlier refund to the same customer, for a reason nobody wrote down: of an \
                        amount, or else of the same amount.",
        example: "refunded 20 USD 2 months ago",
    },
    Entry {
        word: "charged again",
        synonyms: &["duplicate"],
        meaning: case::charged_again,
        documentation: "The same amount was charged a second time, this long after the charge whose age \
                        is given. The question is then about the second.",
        example: "charged again 1 day later",
    },
    Entry {
        word: "an age",
        synonyms: &["today", "yesterday"],
        meaning: case::age,
        documentation: "How long ago it was paid: today if nothing is said.",
        example: "3 days ago",
    },
    Entry {
        word: "a reason",
        synonyms: &[],
        meaning: case::reason,
        documentation: "What the customer says is the matter. Every example has one.",
        example: "changed mind",
    },
    Entry {
        word: "a kind of charge",
        synonyms: &[],
        meaning: case::billing,
        documentation: "Whether it is a `first charge`, a `renewal` or a `one-off purchase`.",
        example: "first charge",
    },
    Entry {
        word: "a plan",
        synonyms: &[],
        meaning: case::plan,
        documentation: "What was paid for. A plan that no clause lists has `plan` before it. With a plan \
                        and nothing else said, the charge is a renewal; without one, a one-off purchase.",
        example: "pro-monthly",
    },
    Entry {
        word: "an amount",
        synonyms: &[],
        meaning: case::amount,
        documentation: "What was paid. Every example has one.",
        example: "49 USD",
    },
];

/// What may stand under `Expect`.
pub(crate) const EXPECTATIONS: &[Entry<ExpectForm>] = &[
    Entry {
        word: "refund",
        synonyms: &[],
        meaning: ExpectForm::Refund,
        documentation: "A refund: of any amount, of a sum, of a share of the charge, or in full.",
        example: "refund 49 USD",
    },
    Entry {
        word: "ask a person",
        synonyms: &["ask", "a person", "person", "human", "escalate"],
        meaning: ExpectForm::Ask,
        documentation: "A person decides.",
        example: "ask a person",
    },
    Entry {
        word: "refuse",
        synonyms: &["decline", "deny", "reject", "no refund"],
        meaning: ExpectForm::Refuse,
        documentation: "No refund.",
        example: "refuse",
    },
    Entry {
        word: "gap",
        synonyms: &["no clause", "not covered", "no rule"],
        meaning: ExpectForm::Gap,
        documentation: "No clause applies, so a person decides and the case is counted as a gap.",
        example: "gap",
    },
];
