//! Reads the values of a rule table's rows, and makes a rule of them.

use std::ops::Range;

use crate::document::{Table, TableRow};
use crate::problem::{Fault, Report};
use crate::text::Piece;
use crate::vocabulary::{
    CONDITIONS, ConditionForm, DECISIONS, DecisionWord, EVIDENCE, Entry, EvidenceForm, GIVES,
    GivesForm, REASONS, ROWS, Row, find, suggest,
};
use crate::{amount, period};
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{
    Allowance, Condition, Decision, Evidence, Gives, Period, Rule, Terms, in_currency,
};
use quittance_core::reason::Reason;

/// How many things one cell may list.
const LONGEST_LIST: usize = 100;

/// What reading a value needs and finds.
#[derive(Debug)]
pub(crate) struct Reader {
    home: Currency,
    faults: Vec<Fault>,
}

impl Reader {
    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn amounts(&mut self, piece: Piece<'_>) -> Vec<Money> {
        let amounts = amount::read_several(piece, self.home, &mut self.faults);
        if !amounts.is_empty() && in_currency(&amounts, self.home).is_none() {
            self.missing_home(piece);
        }
        amounts
    }

    fn missing_home(&mut self, piece: Piece<'_>) {
        let message = format!("there is no amount in {}, the policy's currency", self.home);
        self.fault(piece.fault(message));
    }

    fn list<'a>(&mut self, piece: Piece<'a>) -> Vec<Piece<'a>> {
        let mut parts = piece.split_list();
        if parts.len() > LONGEST_LIST {
            self.fault(piece.fault(format!("a cell lists at most {LONGEST_LIST} things")));
            parts.truncate(LONGEST_LIST);
        }
        parts
    }
}

/// The values of a table so far.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    reasons: Vec<Reason>,
    decision: Option<DecisionWord>,
    conditions: Vec<Condition>,
    plans: Vec<String>,
    within: Option<Period>,
    gives: Option<Gives>,
    at_most: Vec<Money>,
    per_customer: Vec<Allowance>,
    rests_on: Option<Evidence>,
}

/// Makes a rule of a table, or reports every reason why not.
pub(crate) fn rule(
    table: &Table,
    heading: &Range<usize>,
    home: Currency,
    report: &mut Report<'_>,
) -> Option<Rule> {
    let mut reader = Reader { home, faults: Vec::new() };
    let mut draft = Draft::default();
    let mut seen: Vec<(&Entry<Row>, Range<usize>)> = Vec::new();
    for row in &table.rows {
        let Some(entry) = row_entry(row, &seen, &mut reader, report) else { continue };
        seen.push((entry, row.name().span()));
        if row.value().is_empty() {
            let message = format!("`{}` has no value, such as `{}`", entry.word, entry.example);
            reader.fault(row.value().fault(message));
        } else {
            (entry.meaning.read)(&mut draft, row.value(), &mut reader);
        }
    }
    require(&seen, heading, &mut reader);
    contradictions(&draft, &seen, &mut reader);
    let is_sound = reader.faults.is_empty();
    for fault in reader.faults {
        report.error(fault);
    }
    if is_sound { finish(draft) } else { None }
}

/// The entry that a row's name means, if the row can be read at all.
fn row_entry(
    row: &TableRow,
    seen: &[(&'static Entry<Row>, Range<usize>)],
    reader: &mut Reader,
    report: &Report<'_>,
) -> Option<&'static Entry<Row>> {
    let name = row.name();
    if let Some(fault) = row.misshapen() {
        reader.fault(fault);
        return None;
    }
    let Some(entry) = find(ROWS, name.text()) else {
        let message = match name.text() {
            "" => "a row needs a name in its first cell".to_owned(),
            text => format!("no row is called `{text}`"),
        };
        reader.fault(name.fault(message).perhaps(suggest(ROWS, name.text())));
        return None;
    };
    if let Some((_, span)) = seen.iter().find(|(known, _)| known.word == entry.word) {
        let (line, _) = report.position(span.start);
        reader.fault(name.fault(format!("`{}` stands in line {line} already", entry.word)));
        return None;
    }
    Some(entry)
}

fn require(seen: &[(&Entry<Row>, Range<usize>)], heading: &Range<usize>, reader: &mut Reader) {
    for entry in ROWS.iter().filter(|entry| entry.meaning.is_required) {
        if !seen.iter().any(|(known, _)| known.word == entry.word) {
            let message = format!(
                "the table under this heading has no row `{}`, such as `{}`",
                entry.word, entry.example
            );
            reader.fault(Fault::new(heading.clone(), message));
        }
    }
}

/// Rows that cannot stand in one table.
fn contradictions(draft: &Draft, seen: &[(&Entry<Row>, Range<usize>)], reader: &mut Reader) {
    let span_of = |word: &str| {
        seen.iter().find(|(entry, _)| entry.word == word).map(|(_, span)| span.clone())
    };
    let gives_money = draft.decision.is_none_or(|decision| decision == DecisionWord::Refund);
    for (entry, span) in
        seen.iter().filter(|(entry, _)| entry.meaning.is_for_refunds && !gives_money)
    {
        let message = format!("`{}` means nothing when the decision is not a refund", entry.word);
        reader.fault(Fault::new(span.clone(), message));
    }
    let kinds = [Condition::FirstCharge, Condition::Renewal, Condition::OneOff];
    if draft.conditions.iter().filter(|condition| kinds.contains(condition)).count() > 1 {
        let message = "a charge is either a first charge, a renewal or a one-off purchase: no charge \
                       can meet these conditions";
        reader.faults.extend(span_of("Applies when").map(|span| Fault::new(span, message)));
    }
    if draft.conditions.contains(&Condition::OneOff) && !draft.plans.is_empty() {
        let message = "a one-off purchase has no plan: no charge can meet both";
        reader.faults.extend(span_of("Applies to").map(|span| Fault::new(span, message)));
    }
    if let Some(Gives::Sums(sums)) = &draft.gives {
        for sum in sums {
            let most = in_currency(&draft.at_most, sum.currency());
            if let Some(most) = most.filter(|most| most.minor() < sum.minor()) {
                let message = format!("the refund of {sum} is above `At most` {most}");
                reader.faults.extend(span_of("Refund").map(|span| Fault::new(span, message)));
            }
        }
    }
}

fn finish(draft: Draft) -> Option<Rule> {
    let Draft { reasons, decision, conditions, plans, within, .. } = draft;
    let mut rule = Rule { reasons, conditions, plans, within, decision: Decision::Ask };
    rule.decision = match decision? {
        DecisionWord::Ask => Decision::Ask,
        DecisionWord::Refuse => Decision::Refuse,
        DecisionWord::Refund => {
            let is_shown = rule.reasons == [Reason::DuplicateCharge] && rule.shows_duplicate();
            let default =
                if is_shown { Evidence::Record } else { Evidence::Word { up_to: Vec::new() } };
            Decision::Refund(Terms {
                gives: draft.gives.unwrap_or(Gives::InFull),
                at_most: draft.at_most,
                per_customer: draft.per_customer,
                rests_on: draft.rests_on.unwrap_or(default),
            })
        }
    };
    Some(rule)
}

/// Reads `Reason`.
pub(crate) fn reasons(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    for part in reader.list(value) {
        match find(REASONS, part.text()) {
            Some(entry) if draft.reasons.contains(&entry.meaning) => {
                reader.fault(part.fault(format!("`{}` is listed twice", entry.word)));
            }
            Some(entry) => draft.reasons.push(entry.meaning),
            None => {
                let message = format!("`{}` is no reason that policies know", part.text());
                reader.fault(part.fault(message).perhaps(suggest(REASONS, part.text())));
            }
        }
    }
}

/// Reads `Decision`.
pub(crate) fn decision(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    draft.decision = find(DECISIONS, value.text()).map(|entry| entry.meaning);
    if draft.decision.is_none() {
        let message = "a decision is `refund`, `ask a person` or `refuse`";
        reader.fault(value.fault(message).perhaps(suggest(DECISIONS, value.text())));
    }
}

/// Reads `Applies when`.
pub(crate) fn conditions(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let parts = reader.list(value);
    for part in &parts {
        let (phrase, period) = match part.split_at_word("within") {
            Some((phrase, period)) => (phrase, Some(period)),
            None => (*part, None),
        };
        match (find(CONDITIONS, phrase.text()).map(|entry| (entry, &entry.meaning)), period) {
            (Some((_, ConditionForm::Always)), None) if parts.len() == 1 => {}
            (Some((_, ConditionForm::Plain(condition))), None) => draft.conditions.push(*condition),
            (Some((_, ConditionForm::Timed(make))), Some(period)) => match period::read(period) {
                Ok(period) => draft.conditions.push(make(period)),
                Err(fault) => reader.fault(fault),
            },
            (Some((entry, ConditionForm::Timed(_))), None) => {
                let message = format!("`{}` needs a period", entry.word);
                reader.fault(part.fault(message).suggest(entry.example));
            }
            (Some((entry, ConditionForm::Plain(_))), Some(_)) => {
                let message = format!("`{}` has no period; use the row `Within`", entry.word);
                reader.fault(part.fault(message).suggest(entry.word));
            }
            (Some((_, ConditionForm::Always)), _) => {
                reader.fault(part.fault("`always` stands alone"));
            }
            (None, _) => {
                let message = format!("`{}` is no condition that policies know", phrase.text());
                reader.fault(phrase.fault(message).perhaps(suggest(CONDITIONS, phrase.text())));
            }
        }
    }
}

/// Reads `Applies to`.
pub(crate) fn plans(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let listed = match value.text().split_once(':') {
        Some((kind, _)) if ["plan", "plans"].contains(&crate::text::fold(kind).as_str()) => {
            value.after(kind.len().saturating_add(1))
        }
        Some((kind, _)) => {
            let kind = value.part(0..kind.len());
            let message = format!("a clause cannot apply to `{}`, only to plans", kind.text());
            return reader.fault(kind.fault(message).suggest("plans"));
        }
        None => value,
    };
    let parts = reader.list(listed);
    if parts.is_empty() {
        reader
            .fault(value.fault("no plan is listed, such as `plans: starter-monthly, pro-monthly`"));
    }
    for part in parts {
        if draft.plans.iter().any(|plan| plan.eq_ignore_ascii_case(part.text())) {
            reader.fault(part.fault(format!("`{}` is listed twice", part.text())));
        } else {
            draft.plans.push(part.text().to_owned());
        }
    }
}

/// Reads `Within`.
pub(crate) fn within(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    const STARTS: &[&str] = &[
        "charge",
        "payment",
        "purchase",
        "order",
        "renewal",
        "invoice",
        "being charged",
        "buying",
    ];
    let value = value.after_word("within").unwrap_or(value);
    let words = ["of", "from", "after", "since"];
    let parts = words
        .iter()
        .filter_map(|word| value.split_at_word(word))
        .min_by_key(|(length, _)| length.text().len());
    let length = match parts {
        Some((length, start)) => {
            let folded = start.folded();
            let bare = ["the date of ", "the day of ", "date of ", "the "]
                .iter()
                .find_map(|article| folded.strip_prefix(article))
                .unwrap_or(&folded);
            let bare = bare.strip_prefix("the ").unwrap_or(bare);
            if !STARTS.contains(&bare) {
                let message = "a window is counted from the charge";
                return reader.fault(start.fault(message).suggest("the charge"));
            }
            length
        }
        None => value,
    };
    match period::read(length) {
        Ok(period) => draft.within = Some(period),
        Err(fault) => reader.fault(fault),
    }
}

/// Reads `Refund`.
pub(crate) fn gives(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    if let Some(entry) = find(GIVES, value.text()) {
        match entry.meaning {
            GivesForm::InFull => draft.gives = Some(Gives::InFull),
            GivesForm::Share | GivesForm::Sums => {
                reader.fault(value.fault(format!("say how much, such as `{}`", entry.example)));
            }
        }
    } else if let Some(share) = amount::read_share(value) {
        match share {
            Ok(10_000) => draft.gives = Some(Gives::InFull),
            Ok(points) => draft.gives = Some(Gives::Share(points)),
            Err(fault) => reader.fault(fault),
        }
    } else if value.text().contains(|char: char| char.is_ascii_digit()) {
        draft.gives = Some(Gives::Sums(reader.amounts(value)));
    } else {
        let message = "a refund is `in full`, a percentage or a sum";
        reader.fault(value.fault(message).perhaps(suggest(GIVES, value.text())));
    }
}

/// Reads `At most`.
pub(crate) fn at_most(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let value = value.after_word("up to").unwrap_or(value);
    draft.at_most = reader.amounts(value);
}

/// Reads `Per customer`. Sums that are listed before a period share it: `100 USD, 90 EUR in 12
/// months`.
pub(crate) fn per_customer(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    const EXAMPLE: &str = "1 in 12 months";
    let mut waiting: Vec<Piece<'_>> = Vec::new();
    for part in value.split_amounts().into_iter().take(LONGEST_LIST) {
        let words = ["in", "per", "every", "within", "a", "each"];
        let Some((what, length)) = words.iter().find_map(|word| part.split_at_word(word)) else {
            waiting.push(part);
            continue;
        };
        waiting.push(what);
        match period::read(length) {
            Ok(period) => {
                for what in waiting.drain(..) {
                    allowance(draft, what, period, reader);
                }
            }
            Err(fault) => {
                waiting.clear();
                reader.fault(fault);
            }
        }
    }
    for part in waiting {
        reader
            .fault(part.fault("say in how long").suggest(format!("{} in 12 months", part.text())));
    }
    let sums: Vec<Money> = draft
        .per_customer
        .iter()
        .filter_map(|allowance| match allowance {
            Allowance::Sum { sum, .. } => Some(*sum),
            Allowance::Count { .. } => None,
        })
        .collect();
    if !sums.is_empty() && in_currency(&sums, reader.home).is_none() {
        reader.missing_home(value);
    }
    if draft.per_customer.is_empty() && reader.faults.is_empty() {
        reader.fault(value.fault("this is not a number of refunds in a period").suggest(EXAMPLE));
    }
}

fn allowance(draft: &mut Draft, what: Piece<'_>, period: Period, reader: &mut Reader) {
    let folded = what.folded();
    let count = ["refunds", "refund", "times", "time"]
        .iter()
        .find_map(|word| folded.strip_suffix(word))
        .unwrap_or(&folded)
        .trim();
    let count = match count {
        "once" => Some(1),
        "twice" => Some(2),
        text => period::read_count(text),
    };
    match count {
        Some(0) => reader.fault(what.fault("no refund at all is the decision `refuse`")),
        Some(count) => draft.per_customer.push(Allowance::Count { count, period }),
        None => match amount::read(what, reader.home) {
            Ok(sum) => draft.per_customer.push(Allowance::Sum { sum, period }),
            Err(fault) => reader.fault(fault),
        },
    }
}

/// Reads `Rests on`.
pub(crate) fn rests_on(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let (rest, otherwise) = ["else", "otherwise"]
        .iter()
        .find_map(|word| value.split_at_word(word))
        .map_or((value, None), |(rest, otherwise)| (rest, Some(otherwise)));
    let (word, ceiling) =
        rest.split_at_word("up to").map_or((rest, None), |(word, ceiling)| (word, Some(ceiling)));
    if let Some(otherwise) = otherwise {
        let form = find(EVIDENCE, otherwise.text()).map(|entry| entry.meaning);
        if form != Some(EvidenceForm::Person) || ceiling.is_none() {
            let message = "`else a person` follows the amount up to which the word is taken";
            return reader
                .fault(otherwise.fault(message).perhaps(ceiling.is_some().then_some("a person")));
        }
    }
    let Some(entry) = find(EVIDENCE, word.text().trim_end_matches([',', ' '])) else {
        let message = "a refund rests on Stripe's record, the customer's word or a person";
        return reader.fault(word.fault(message).perhaps(suggest(EVIDENCE, word.text())));
    };
    match (entry.meaning, ceiling) {
        (EvidenceForm::Word, ceiling) => {
            let up_to = ceiling.map(|ceiling| reader.amounts(ceiling)).unwrap_or_default();
            draft.rests_on = Some(Evidence::Word { up_to });
        }
        (EvidenceForm::Record, None) => draft.rests_on = Some(Evidence::Record),
        (EvidenceForm::Person, None) => draft.rests_on = Some(Evidence::Person),
        (EvidenceForm::Record | EvidenceForm::Person, Some(ceiling)) => {
            let message = "only the customer's word has an amount; use the row `At most`";
            reader.fault(ceiling.fault(message));
        }
    }
}
