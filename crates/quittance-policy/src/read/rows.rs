//! The values of the rows.

use quittance_core::money::Money;
use quittance_core::policy::{Allowance, Evidence, Gives, Period, Unit, Window};
use quittance_core::reason::Reason;

use super::{Draft, Reader};
use crate::problem::{Fault, quote};
use crate::text::{Cell, Piece, fold, misspelt, nearest};
use crate::tongue::{Tongue, Writing};
use crate::vocabulary::{
    DECISIONS, EVIDENCE, EvidenceForm, GIVES, GivesForm, Phrases, REASONS, ROWS,
};
use crate::{amount, period};

/// Reads `Reason`.
pub(crate) fn reasons(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let parts = reader.list(value);
    let is_alone = parts.len() == 1;
    for part in parts {
        match REASONS.find(reader.tongue(), part.text()) {
            Some(entry) if draft.reasons.contains(&entry.meaning) => {
                reader.fault(
                    part.fault(format!("`{}` is listed twice", entry.word(reader.tongue()))),
                );
            }
            Some(entry) => draft.reasons.push(entry.meaning),
            None if is_any_reason(part, reader) && is_alone => draft.reasons = Reason::ALL.to_vec(),
            None if is_any_reason(part, reader) => {
                let message = format!("`{}` has all the others in it", part.text());
                reader.fault(part.fault(message));
            }
            None => {
                let fault = unknown_reason(part, reader);
                reader.fault(fault);
            }
        }
    }
}

fn unknown_reason(part: Piece<'_>, reader: &Reader) -> Fault {
    let tongue = reader.tongue();
    let any = reader.writing.phrases().flat_map(|phrases| phrases.any_reason).copied();
    let near = REASONS.suggest(tongue, part.text()).or_else(|| nearest(part.text(), any));
    let known = format!("`{}` is no reason that policies know", quote(part.text()));
    if near.is_some() {
        return part.fault(known).perhaps(near);
    }
    let words: Vec<&str> = REASONS.entries.iter().map(|entry| entry.word(tongue)).collect();
    let any = Phrases::first(reader.writing.own().any_reason);
    part.fault(known).note(format!("known are {}, and `{any}` for all of them", words.join(", ")))
}

fn is_any_reason(part: Piece<'_>, reader: &Reader) -> bool {
    let folded = part.folded();
    let mut words = reader.writing.phrases().flat_map(|phrases| phrases.any_reason);
    words.any(|word| fold(word) == folded)
}

/// Reads `Decision`.
pub(crate) fn decision(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    draft.decision = DECISIONS.find(reader.tongue(), value.text()).map(|entry| entry.meaning);
    if draft.decision.is_none() {
        let words: Vec<String> = DECISIONS
            .entries
            .iter()
            .map(|entry| format!("`{}`", entry.word(reader.tongue())))
            .collect();
        let message = format!("a decision is one of {}", words.join(", "));
        let near = DECISIONS.suggest(reader.tongue(), value.text());
        reader.fault(value.fault(message).perhaps(near));
    }
}

/// Reads `Applies to`: plans, products, or both, parted by a semicolon.
pub(crate) fn covers(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let mut start = 0;
    let ends: Vec<usize> = value.text().match_indices(';').map(|(at, _)| at).collect();
    for end in ends.into_iter().chain([value.text().len()]) {
        let part = value.part(start..end);
        start = end.saturating_add(1);
        if !part.is_empty() {
            covers_one_kind(draft, part, reader);
        }
    }
}

fn covers_one_kind(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let (kind, listed) = match value.text().split_once(':') {
        Some((kind, _)) => (value.part(0..kind.len()), value.after(kind.len().saturating_add(1))),
        None => (value.part(0..0), value),
    };
    let writing = reader.writing;
    let is_one_of = |words: fn(&Phrases) -> &'static [&'static str]| {
        let folded = kind.folded();
        writing.phrases().flat_map(words).any(|word| fold(word) == folded)
    };
    let is_products = is_one_of(|phrases| phrases.products);
    if !kind.is_empty() && !is_products && !is_one_of(|phrases| phrases.plans) {
        let message =
            format!("a clause applies to plans or products, not to `{}`", quote(kind.text()));
        let word = Phrases::first(writing.own().plans);
        return reader.fault(kind.fault(message).suggest(word));
    }
    let parts = reader.list(listed);
    if parts.is_empty() {
        let message = "nothing is listed, such as `plans: starter-monthly, pro-monthly`";
        reader.fault(value.fault(message));
    }
    let names = if is_products { &mut draft.products } else { &mut draft.plans };
    let mut faults = Vec::new();
    for part in parts {
        if names.iter().any(|name| name.eq_ignore_ascii_case(part.text())) {
            faults.push(part.fault(format!("`{}` is listed twice", quote(part.text()))));
        } else {
            names.push(part.text().to_owned());
        }
    }
    reader.faults.extend(faults);
}

/// Reads `Within`.
pub(crate) fn within(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let writing = reader.writing;
    let words = |of: fn(&Phrases) -> &'static [&'static str]| writing.phrases().flat_map(of);
    let value = value.after_any(words(|phrases| phrases.within)).unwrap_or(value);
    if words(|phrases| phrases.billing_period).any(|word| fold(word) == value.folded()) {
        draft.within = Some(Window::BillingPeriod);
        return;
    }
    let length = match value.split_at_any(words(|phrases| phrases.counted_from)) {
        Some((length, start)) => {
            let bare = bare_start(start, writing);
            let folded = bare.folded();
            let known = || words(|phrases| phrases.starts);
            if !known().any(|word| fold(word) == folded) {
                let message = match quote(bare.text()).as_str() {
                    "" => "a window is counted from the charge".to_owned(),
                    other => format!("a window is counted from the charge, not from `{other}`"),
                };
                let near = misspelt(bare.text(), known().copied());
                return reader.fault(bare.fault(message).perhaps(near));
            }
            length
        }
        None => value,
    };
    match period::read(length, writing) {
        Ok(period) => draft.within = Some(Window::Period(period)),
        Err(fault) => reader.fault(match period::in_days(length, writing) {
            Some(meant) => length.fault("a period needs its unit").suggest(meant),
            None => fault,
        }),
    }
}

/// What a window is counted from, without joining words and articles before it.
fn bare_start(start: Piece<'_>, writing: Writing) -> Piece<'_> {
    let mut bare = start;
    let words = || {
        writing.phrases().flat_map(|phrases| phrases.articles.iter().chain(phrases.counted_from))
    };
    while let Some(rest) = bare.after_any(words()).filter(|rest| !rest.is_empty()) {
        bare = rest;
    }
    bare
}

/// Reads `Refund`.
pub(crate) fn gives(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let tongue = reader.tongue();
    if let Some(entry) = GIVES.find(tongue, value.text()) {
        draft.gives = match entry.meaning {
            GivesForm::InFull => Some(Gives::InFull),
            GivesForm::UnusedTime => Some(Gives::UnusedTime),
            GivesForm::ListedLines => Some(Gives::ListedLines),
            GivesForm::WithoutShipping => Some(Gives::WithoutShipping),
            GivesForm::Share | GivesForm::Sums => {
                let message = format!("say how much, such as `{}`", entry.example(tongue));
                return reader.fault(value.fault(message));
            }
        };
    } else if let Some(share) = amount::read_share(value, reader.writing) {
        match share {
            Ok(10_000) => draft.gives = Some(Gives::InFull),
            Ok(points) => draft.gives = Some(Gives::Share(points)),
            Err(fault) => reader.fault(fault),
        }
    } else if value.text().contains(|char: char| char.is_ascii_digit()) {
        draft.gives = Some(Gives::Sums(reader.amounts(value)));
    } else {
        let forms: Vec<String> =
            GIVES.entries.iter().map(|entry| format!("`{}`", entry.example(tongue))).collect();
        let message = "this is not how much is given back, such as `50 %` or `20 USD`";
        let fault = value.fault(message).note(format!("it is one of {}", forms.join(", ")));
        reader.fault(fault.perhaps(GIVES.suggest(tongue, value.text())));
    }
}

/// Reads `At most`.
pub(crate) fn at_most(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let words = reader.writing.phrases().flat_map(|phrases| phrases.up_to);
    let value = value.after_any(words).unwrap_or(value);
    draft.at_most = reader.amounts(value);
}

/// Reads `Per customer`. Sums that are listed before a period share it: `100 USD, 90 EUR in 12
/// months`.
pub(crate) fn per_customer(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let writing = reader.writing;
    let per = || writing.phrases().flat_map(|phrases| phrases.per);
    let mut waiting: Vec<Piece<'_>> = Vec::new();
    for part in reader.bounded(value, value.split_amounts(writing.tongue)) {
        let Some((what, length)) = part.split_at_any(per()) else {
            waiting.push(without_most(part, writing));
            continue;
        };
        waiting.push(without_most(what, writing));
        match period::read(length, writing) {
            Ok(period) => {
                for what in waiting.drain(..) {
                    match allowance(what, period, writing) {
                        Ok(allowance) => draft.per_customer.push(allowance),
                        Err(fault) => reader.fault(fault),
                    }
                }
            }
            Err(fault) => {
                waiting.clear();
                let is_bare = length.text().bytes().all(|byte| byte.is_ascii_digit());
                let message = format!("the time has no unit, such as `1 {}`", in_a_year(writing));
                reader.fault(if is_bare { length.fault(message) } else { fault });
            }
        }
    }
    for part in waiting {
        let fault = without_time(part, writing);
        reader.fault(fault);
    }
    let mut sums = draft.per_customer.iter().filter_map(|allowance| match allowance {
        Allowance::Sum { sum, .. } => Some(sum.currency()),
        Allowance::Count { .. } => None,
    });
    let home = reader.home();
    let mut has_sums = false;
    if !sums.by_ref().inspect(|_| has_sums = true).any(|currency| currency == home) && has_sums {
        reader.missing_home(value);
    }
    if draft.per_customer.is_empty() && reader.faults.is_empty() {
        let message = format!("this is no number of refunds such as `1 {}`", in_a_year(writing));
        reader.fault(value.fault(message));
    }
}

/// What is wrong with a limit for which no time is named. The time is suggested only where it is all that is
/// missing.
fn without_time(part: Piece<'_>, writing: Writing) -> Fault {
    let meant = format!("{} {}", part.text(), in_a_year(writing));
    let cell = Cell::verbatim(&meant, 0);
    let per = writing.phrases().flat_map(|phrases| phrases.per);
    let is_read = cell.piece().split_at_any(per).is_some_and(|(what, length)| {
        period::read(length, writing).is_ok_and(|period| allowance(what, period, writing).is_ok())
    });
    if is_read {
        return part.fault("this needs the time in which it counts").suggest(meant);
    }
    let a_year = Period { count: 1, unit: Unit::Years };
    allowance(part, a_year, writing).err().unwrap_or_else(|| no_limit(part, writing))
}

/// What is said of a limit without a number, such as `unlimited`.
fn no_limit(what: Piece<'_>, writing: Writing) -> Fault {
    what.fault(format!(
        "a limit is written `1 {}`; where there is none, leave the row out",
        in_a_year(writing)
    ))
}

/// What stands behind words such as `max` and `up to`, which say nothing in a limit.
fn without_most(what: Piece<'_>, writing: Writing) -> Piece<'_> {
    let most = ROWS.find(Tongue::English, "At most");
    let rows = writing.tongue.understood().filter_map(|tongue| Some(most?.said(tongue).words));
    let words = rows.flatten().chain(writing.phrases().flat_map(|phrases| phrases.up_to));
    what.after_any(words).unwrap_or(what)
}

/// In twelve months, in the file's language.
fn in_a_year(writing: Writing) -> String {
    let Phrases { per, units, .. } = writing.own();
    let months = units.iter().find(|(unit, _)| *unit == Unit::Months).map(|found| found.1);
    let months = months.and_then(|words| words.last()).copied().unwrap_or_default();
    format!("{} 12 {months}", Phrases::first(per))
}

/// Reads a count or a sum.
fn allowance(what: Piece<'_>, period: Period, writing: Writing) -> Result<Allowance, Fault> {
    let folded = what.folded();
    let is = |words: &[&str]| words.iter().any(|word| fold(word) == folded);
    let bare = what.before_any(writing.phrases().flat_map(|phrases| phrases.times)).unwrap_or(what);
    let count = match writing.phrases().find_map(|phrases| {
        let [once, twice] = phrases.once;
        if is(once) { Some(1) } else { is(twice).then_some(2) }
    }) {
        Some(count) => Some(count),
        None => period::read_count(bare.text(), writing),
    };
    match count {
        Some(0) => {
            let refuse = DECISIONS.find(Tongue::English, "refuse");
            let refuse = refuse.map_or("refuse", |entry| entry.word(writing.tongue));
            Err(what.fault(format!("no refund at all is the decision `{refuse}`")))
        }
        Some(count) => Ok(Allowance::Count { count, period }),
        None if what.text().contains(|char: char| char.is_ascii_digit()) => {
            amount::read(what, writing).map(|sum| Allowance::Sum { sum, period })
        }
        None => Err(no_limit(what, writing)),
    }
}

/// Reads `Rests on`.
pub(crate) fn rests_on(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let writing = reader.writing;
    let tongue = writing.tongue;
    let words = |of: fn(&Phrases) -> &'static [&'static str]| writing.phrases().flat_map(of);
    let (rest, otherwise) = match value.split_at_any(words(|phrases| phrases.otherwise)) {
        Some((rest, otherwise)) => (rest, Some(otherwise)),
        None => (value, None),
    };
    let (word, ceiling) = match rest.split_at_any(words(|phrases| phrases.up_to)) {
        Some((word, ceiling)) => (word, Some(ceiling)),
        None => (rest, None),
    };
    if let Some(otherwise) = otherwise {
        let form = EVIDENCE.find(tongue, otherwise.text()).map(|entry| entry.meaning);
        if form != Some(EvidenceForm::Person) || ceiling.is_none() {
            let person = EVIDENCE.find(Tongue::English, "a person");
            let person = person.map_or("a person", |entry| entry.word(tongue));
            let message = format!(
                "`{} {person}` follows the amount up to which the word is taken",
                Phrases::first(writing.own().otherwise)
            );
            let meant = ceiling.is_some().then_some(person);
            return reader.fault(otherwise.fault(message).perhaps(meant));
        }
    }
    let Some(entry) = EVIDENCE.find(tongue, word.text().trim_end_matches([',', ' '])) else {
        let words: Vec<String> =
            EVIDENCE.entries.iter().map(|entry| format!("`{}`", entry.word(tongue))).collect();
        let message = format!("a refund rests on one of {}", words.join(", "));
        return reader.fault(word.fault(message).perhaps(EVIDENCE.suggest(tongue, word.text())));
    };
    match (entry.meaning, ceiling) {
        (EvidenceForm::Word, ceiling) => {
            let up_to = ceiling.map(|ceiling| word_up_to(ceiling, reader)).unwrap_or_default();
            draft.rests_on = Some(Evidence::Word { up_to });
        }
        (EvidenceForm::Record, None) => draft.rests_on = Some(Evidence::Record),
        (EvidenceForm::Person, None) => draft.rests_on = Some(Evidence::Person),
        (EvidenceForm::Record | EvidenceForm::Person, Some(ceiling)) => {
            let most = ROWS.find(Tongue::English, "At most");
            let most = most.map_or("At most", |entry| entry.word(tongue));
            let message = format!("only the customer's word has an amount; use the row `{most}`");
            reader.fault(ceiling.fault(message));
        }
    }
}

/// As far as the customer's word goes. What has no number is no amount but says, in other words, what happens
/// above it.
fn word_up_to(ceiling: Piece<'_>, reader: &mut Reader) -> Vec<Money> {
    let writing = reader.writing;
    let has_no_digit = |part: &Piece<'_>| !part.text().contains(|char: char| char.is_ascii_digit());
    let parts = ceiling.split_amounts(writing.tongue);
    let Some(words) = parts.last().filter(|last| parts.len() > 1 && has_no_digit(last)) else {
        return reader.amounts(ceiling);
    };
    let person = EVIDENCE.find(Tongue::English, "a person");
    let person = person.map_or("a person", |entry| entry.word(writing.tongue));
    let meant = format!("{} {person}", Phrases::first(writing.own().otherwise));
    let message = "above the amount up to which the word is taken, a person decides";
    reader.fault(words.fault(message).suggest(meant));
    Vec::new()
}
