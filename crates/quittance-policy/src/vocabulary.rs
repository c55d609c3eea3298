//! The closed vocabulary of the tables: every word in one place, with what it means, how else people
//! say it, and how it is explained. The parser, the suggestions and the reference page all read it.

mod examples;
mod reasons;

use crate::read::{self, Draft, Reader};
use crate::text::{Piece, fold, nearest};
use quittance_core::policy::{Condition, Period};

pub(crate) use examples::{CASES, EXPECTATIONS, ExpectForm};
pub(crate) use reasons::REASONS;

/// A word of the vocabulary.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    /// How it is written.
    pub(crate) word: &'static str,
    /// How else people write it.
    pub(crate) synonyms: &'static [&'static str],
    /// What it is to the program.
    pub(crate) meaning: T,
    /// What it is to a reader.
    pub(crate) documentation: &'static str,
    /// How it is used: the value's cell for a row, the phrase elsewhere.
    pub(crate) example: &'static str,
}

impl<T> Entry<T> {
    fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.word).chain(self.synonyms.iter().copied())
    }
}

/// A row of a rule table.
#[derive(Debug)]
pub(crate) struct Row {
    /// Reads the value.
    pub(crate) read: fn(&mut Draft, Piece<'_>, &mut Reader),
    /// Whether it means something only when the decision is a refund.
    pub(crate) is_for_refunds: bool,
    /// Whether every rule has it.
    pub(crate) is_required: bool,
}

/// What a phrase after `Applies when` stands for.
#[derive(Debug)]
pub(crate) enum ConditionForm {
    /// No condition.
    Always,
    /// The phrase alone.
    Plain(Condition),
    /// The phrase, `within` and a period.
    Timed(fn(Period) -> Condition),
}

/// What a phrase after `Refund` stands for.
#[derive(Debug)]
pub(crate) enum GivesForm {
    /// The words `in full`.
    InFull,
    /// A percentage.
    Share,
    /// Sums of money.
    Sums,
}

/// What a phrase after `Rests on` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EvidenceForm {
    /// Stripe's record.
    Record,
    /// The customer's word, with or without `up to`.
    Word,
    /// A person.
    Person,
}

/// The rows of a rule table.
pub(crate) const ROWS: &[Entry<Row>] = &[
    Entry {
        word: "Reason",
        synonyms: &["Reasons", "Why", "Because", "Customer says"],
        meaning: Row { read: read::reasons, is_for_refunds: false, is_required: true },
        documentation: "The reasons the clause is about, parted by commas.",
        example: "changed mind, unused",
    },
    Entry {
        word: "Decision",
        synonyms: &["Decide", "Answer", "Outcome", "Result", "Action"],
        meaning: Row { read: read::decision, is_for_refunds: false, is_required: true },
        documentation: "What happens when the clause applies.",
        example: "refund",
    },
    Entry {
        word: "Applies when",
        synonyms: &["When", "If", "Only when", "Only if", "Condition", "Conditions"],
        meaning: Row { read: read::conditions, is_for_refunds: false, is_required: false },
        documentation: "What Stripe must show about the charge. Several conditions, parted by commas, \
                        must all hold. Without this row the clause always applies.",
        example: "same amount charged again within 3 days",
    },
    Entry {
        word: "Applies to",
        synonyms: &["Plans", "Plan", "For", "Only for", "Covers"],
        meaning: Row { read: read::plans, is_for_refunds: false, is_required: false },
        documentation: "The plans the clause is about: the lookup keys of their Stripe prices, or the \
                        nicknames of prices without one. A charge for listed and other plans together \
                        goes to a person.",
        example: "plans: starter-monthly, pro-monthly",
    },
    Entry {
        word: "Within",
        synonyms: &["Window", "Time limit", "Deadline", "No later than", "Not later than"],
        meaning: Row { read: read::within, is_for_refunds: false, is_required: false },
        documentation: "How old the charge may be. Days, weeks, months and years are counted on the \
                        calendar in UTC, and the last day counts as a whole; hours are exact.",
        example: "14 days of the charge",
    },
    Entry {
        word: "Refund",
        synonyms: &["Amount", "How much", "Refund amount", "Gives", "Gives back", "We give back"],
        meaning: Row { read: read::gives, is_for_refunds: true, is_required: false },
        documentation: "How much of the charge is given back, what was given back before included. \
                        Without this row: in full.",
        example: "in full",
    },
    Entry {
        word: "At most",
        synonyms: &["Max", "Maximum", "Limit", "Up to", "No more than", "Not more than", "Cap"],
        meaning: Row { read: read::at_most, is_for_refunds: true, is_required: false },
        documentation: "The largest refund, one amount for each currency you charge in. A larger one, \
                        or one in a currency that is not listed, goes to a person.",
        example: "500 USD, 450 EUR",
    },
    Entry {
        word: "Per customer",
        synonyms: &["Each customer", "For each customer", "Customer limit", "How often"],
        meaning: Row { read: read::per_customer, is_for_refunds: true, is_required: false },
        documentation: "How often, or how much, one customer gets in a running period. More goes to a \
                        person. Earlier refunds count unless they are known to be for reasons that the \
                        clause does not list.",
        example: "1 in 12 months",
    },
    Entry {
        word: "Rests on",
        synonyms: &["Evidence", "Proof", "Based on", "Whose word", "Relies on"],
        meaning: Row { read: read::rests_on, is_for_refunds: true, is_required: false },
        documentation: "Whose word is enough. Without this row: Stripe's record for a charge that \
                        Stripe shows to be made twice, otherwise the customer's word.",
        example: "the customer's word up to 50 USD, else a person",
    },
];

/// What may stand after `Decision`.
pub(crate) const DECISIONS: &[Entry<DecisionWord>] = &[
    Entry {
        word: "refund",
        synonyms: &["approve", "allow", "accept", "give back", "pay back", "yes"],
        meaning: DecisionWord::Refund,
        documentation: "Give the money back, on the terms of the other rows.",
        example: "refund",
    },
    Entry {
        word: "ask a person",
        synonyms: &[
            "ask",
            "person",
            "a person",
            "a person decides",
            "ask someone",
            "human",
            "a human",
            "escalate",
            "hand off",
            "hand over",
            "review",
            "manual",
        ],
        meaning: DecisionWord::Ask,
        documentation: "A teammate decides.",
        example: "ask a person",
    },
    Entry {
        word: "refuse",
        synonyms: &["decline", "deny", "reject", "no", "no refund", "not refundable", "never"],
        meaning: DecisionWord::Refuse,
        documentation: "No refund. The customer is told which clause says so and can ask for a person.",
        example: "refuse",
    },
];

/// What may stand after `Applies when`.
pub(crate) const CONDITIONS: &[Entry<ConditionForm>] = &[
    Entry {
        word: "always",
        synonyms: &["any charge", "any time", "no condition"],
        meaning: ConditionForm::Always,
        documentation: "No condition.",
        example: "always",
    },
    Entry {
        word: "first charge",
        synonyms: &["first payment", "first invoice", "new subscription", "first period"],
        meaning: ConditionForm::Plain(Condition::FirstCharge),
        documentation: "The charge paid for the first period of a subscription.",
        example: "first charge",
    },
    Entry {
        word: "renewal",
        synonyms: &["renewals", "renewal charge", "renewed", "recurring charge", "later charge"],
        meaning: ConditionForm::Plain(Condition::Renewal),
        documentation: "The charge paid for a later period of a subscription.",
        example: "renewal",
    },
    Entry {
        word: "one-off purchase",
        synonyms: &[
            "one-off",
            "one-time purchase",
            "one-time",
            "single purchase",
            "no subscription",
        ],
        meaning: ConditionForm::Plain(Condition::OneOff),
        documentation: "The charge belongs to no subscription.",
        example: "one-off purchase",
    },
    Entry {
        word: "same amount charged again",
        synonyms: &[
            "charged again",
            "charged twice",
            "same amount charged twice",
            "same payment taken again",
            "same payment taken twice",
            "duplicate",
            "duplicate charge",
        ],
        meaning: ConditionForm::Timed(Condition::ChargedAgain),
        documentation: "An earlier charge of the same amount, and not for other plans, went through at most \
                        this long before, and nothing of it was given back or is disputed. It is the \
                        later charge that is refunded. A period follows.",
        example: "same amount charged again within 3 days",
    },
];

/// What may stand after `Refund`.
pub(crate) const GIVES: &[Entry<GivesForm>] = &[
    Entry {
        word: "in full",
        synonyms: &[
            "full",
            "everything",
            "all",
            "all of it",
            "full amount",
            "the full amount",
            "whole",
        ],
        meaning: GivesForm::InFull,
        documentation: "All that was paid.",
        example: "in full",
    },
    Entry {
        word: "a percentage",
        synonyms: &[],
        meaning: GivesForm::Share,
        documentation: "A share of what was paid, rounded down.",
        example: "50 % of the charge",
    },
    Entry {
        word: "sums",
        synonyms: &[],
        meaning: GivesForm::Sums,
        documentation: "A fixed sum, one for each currency. Other currencies go to a person.",
        example: "20 USD, 18 EUR",
    },
];

/// What may stand after `Rests on`.
pub(crate) const EVIDENCE: &[Entry<EvidenceForm>] = &[
    Entry {
        word: "Stripe's record",
        synonyms: &["Stripe", "Stripe record", "the record", "our record", "our records"],
        meaning: EvidenceForm::Record,
        documentation: "What Stripe shows is enough.",
        example: "Stripe's record",
    },
    Entry {
        word: "the customer's word",
        synonyms: &[
            "customer's word",
            "customers word",
            "the customers word",
            "the customer",
            "customer",
        ],
        meaning: EvidenceForm::Word,
        documentation: "What the customer says is believed, with `up to` only as far as that, one \
                        amount for each currency. Above it a person decides.",
        example: "the customer's word up to 50 USD, 45 EUR, else a person",
    },
    Entry {
        word: "a person",
        synonyms: &["person", "a human", "human", "a teammate", "teammate"],
        meaning: EvidenceForm::Person,
        documentation: "A person looks first.",
        example: "a person",
    },
];

/// Finds the entry that `text` names, in any case, by its word or a synonym.
pub(crate) fn find<'a, T>(table: &'a [Entry<T>], text: &str) -> Option<&'a Entry<T>> {
    let wanted = fold(text);
    // Folding keeps the length of every spelling, so most need not be folded.
    let is_wanted = |spelling: &str| spelling.len() == wanted.len() && fold(spelling) == wanted;
    table.iter().find(|entry| entry.spellings().any(is_wanted))
}

/// The word of the entry that `text` is probably a misspelling of.
pub(crate) fn suggest<T>(table: &[Entry<T>], text: &str) -> Option<&'static str> {
    let spelling = nearest(text, table.iter().flat_map(Entry::spellings))?;
    find(table, spelling).map(|entry| entry.word)
}

/// The word for a decision in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecisionWord {
    /// Give money back.
    Refund,
    /// A person decides.
    Ask,
    /// No refund.
    Refuse,
}

#[cfg(test)]
mod tests {
    use super::*;
    use quittance_core::reason::Reason;

    /// Whether no two spellings are alike, and each is as long as it is when it is compared.
    fn is_sound<T>(table: &[Entry<T>]) -> bool {
        let mut seen = std::collections::BTreeSet::new();
        assert!(table.iter().flat_map(Entry::spellings).all(|one| fold(one).len() == one.len()));
        table.iter().flat_map(Entry::spellings).all(|spelling| seen.insert(fold(spelling)))
    }

    #[test]
    fn no_spelling_means_two_things() {
        assert!(is_sound(ROWS));
        assert!(is_sound(DECISIONS));
        assert!(is_sound(CONDITIONS));
        assert!(is_sound(GIVES));
        assert!(is_sound(EVIDENCE));
        assert!(is_sound(REASONS));
        assert!(is_sound(CASES));
        assert!(is_sound(EXPECTATIONS));
    }

    #[test]
    fn every_reason_has_its_own_words() {
        let words: Vec<_> = REASONS.iter().map(|entry| (entry.meaning, entry.word)).collect();
        let expected: Vec<_> =
            Reason::ALL.into_iter().map(|reason| (reason, reason.words())).collect();
        assert_eq!(words, expected);
    }

    #[test]
    fn no_spelling_of_a_listed_word_would_be_split() {
        for entry in REASONS {
            for spelling in entry.spellings() {
                let cell = crate::text::Cell::verbatim(spelling, 0);
                assert_eq!(cell.piece().split_list().len(), 1, "{spelling}");
            }
        }
    }

    #[test]
    fn a_synonym_suggests_its_word() {
        assert_eq!(suggest(ROWS, "Maximun"), Some("At most"));
        assert_eq!(suggest(ROWS, "Whithin"), Some("Within"));
        assert_eq!(suggest(REASONS, "chnged mind"), Some("changed mind"));
        assert_eq!(suggest(ROWS, "Color"), None);
    }
}
