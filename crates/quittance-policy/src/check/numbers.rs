//! Numbers in the prose that the table contradicts.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use quittance_core::money::Money;
use quittance_core::policy::{Allowance, Gives, Period, Rule, Unit, list, percent};

use super::relations::hours;
use crate::problem::Report;
use crate::text::{Cell, fold, is_word};
use crate::tongue::{Tongue, Writing};
use crate::vocabulary::{Phrases, Prose};
use crate::{amount, period};

/// How many numbers in the prose of one clause are looked at.
const MOST_NUMBERS: usize = 2_000;

/// How many words say one number.
const LONGEST: usize = 3;

/// A sentence of the prose. What its numbers are about is looked up once, if it has any.
struct Sentence<'a> {
    words: Vec<Word<'a>>,
    takes: OnceCell<bool>,
    costs: OnceCell<bool>,
    taxes: OnceCell<bool>,
}

impl<'a> Sentence<'a> {
    fn new(words: Vec<Word<'a>>) -> Self {
        let (takes, costs, taxes) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { words, takes, costs, taxes }
    }

    /// Whether it tells how long something takes.
    fn takes(&self, writing: Writing) -> bool {
        *self.takes.get_or_init(|| self.has(writing, |prose| prose.takes))
    }

    /// Whether it tells what something costs.
    fn costs(&self, writing: Writing) -> bool {
        *self.costs.get_or_init(|| self.has(writing, |prose| prose.prices))
    }

    /// Whether it is about taxes or discounts.
    fn taxes(&self, writing: Writing) -> bool {
        *self.taxes.get_or_init(|| self.has(writing, |prose| prose.taxes))
    }

    fn has(&self, writing: Writing, of: fn(&Prose) -> &'static [&'static str]) -> bool {
        let mut known = writing.tongue.understood().map(Prose::of).flat_map(of);
        known.any(|known| self.words.iter().any(|word| word.small == *known))
    }
}

/// A word without the punctuation around it.
struct Word<'a> {
    text: &'a str,
    /// The same, as the vocabulary writes it.
    small: String,
    start: usize,
}

/// Warns about a period, an amount, a percentage or a count that is not in the table, although the table has
/// others of its kind.
pub(super) fn check(
    prose: &[Range<usize>],
    rule: &Rule,
    writing: Writing,
    report: &mut Report<'_>,
) {
    let looked = Looked::new(rule, writing);
    let source = report.source();
    let mut numbers = 0_usize;
    for range in prose {
        let text = source.get(range.clone()).unwrap_or_default();
        for sentence in sentences(text, range.start) {
            let mut at = 0;
            while at < sentence.words.len() {
                let taken = looked.look(&sentence, at, report);
                numbers = numbers.saturating_add(taken.min(1));
                if numbers > MOST_NUMBERS {
                    return;
                }
                at = at.saturating_add(taken.max(1));
            }
        }
    }
}

/// The words of a language that units, counts and times such as `once` begin with: others need not be
/// looked at.
struct Marks {
    units: BTreeSet<String>,
    counts: BTreeSet<String>,
    times: BTreeSet<String>,
}

impl Marks {
    /// The words of a language, which are gathered once.
    fn of(tongue: Tongue) -> &'static Self {
        static MARKS: OnceLock<[Marks; Tongue::ALL.len()]> = OnceLock::new();
        let [english, french, german, spanish] =
            MARKS.get_or_init(|| Tongue::ALL.map(Self::gather));
        match tongue {
            Tongue::English => english,
            Tongue::French => french,
            Tongue::German => german,
            Tongue::Spanish => spanish,
        }
    }

    fn gather(tongue: Tongue) -> Self {
        let phrases = || tongue.understood().map(Phrases::of);
        let units = phrases().flat_map(|phrases| phrases.units).flat_map(|(_, words)| words);
        let small = phrases().flat_map(|phrases| phrases.numbers).flatten().copied();
        let times = phrases().flat_map(|phrases| phrases.once).flatten();
        Self {
            units: units.map(|word| fold(word)).collect(),
            counts: small.chain(numbers(tongue).map(|(_, word)| word)).map(fold).collect(),
            times: times.filter_map(|said| said.split(' ').next()).map(fold).collect(),
        }
    }
}

/// What the prose is held against.
struct Looked<'a> {
    rule: &'a Rule,
    writing: Writing,
    marks: &'static Marks,
    periods: Vec<Period>,
    amounts: Vec<Money>,
}

impl<'a> Looked<'a> {
    fn new(rule: &'a Rule, writing: Writing) -> Self {
        let marks = Marks::of(writing.tongue);
        Self { rule, writing, marks, periods: rule.periods(), amounts: rule.amounts() }
    }

    /// Looks at what begins with this word, and says how many words it has.
    fn look(&self, sentence: &Sentence<'_>, at: usize, report: &mut Report<'_>) -> usize {
        let ahead = sentence.words.get(at..).unwrap_or_default();
        let Some(first) = ahead.first() else { return 0 };
        if let Some(taken) = self.times(ahead, report) {
            return taken;
        }
        let second = ahead.get(1);
        // `USD 100`: the number comes second.
        let has_number = first.has_digit() || second.is_some_and(Word::has_digit);
        let has_unit =
            ahead.iter().take(LONGEST).any(|word| self.marks.units.contains(&word.small));
        let is_alone = first.has_digit() || !Prose::of(self.writing.tongue).stems.is_empty();
        let is_counted = has_unit && (has_number || self.marks.counts.contains(&first.small));
        for count in (1..=ahead.len().min(LONGEST)).rev() {
            let words = ahead.get(..count).unwrap_or_default();
            let next = ahead.get(count..).unwrap_or_default();
            let may_be_period = if count == 1 { is_alone } else { is_counted };
            let found = may_be_period.then(|| period_in(words, self.writing)).flatten();
            if let Some((cell, found)) = found {
                if !self.is_rate(next) && !sentence.takes(self.writing) {
                    self.period(&cell, found, &sentence.words, at, report);
                }
                return count;
            }
            if !has_number {
                continue;
            }
            let cell = cell(words);
            if let Ok(found) = amount::read(cell.piece(), self.writing) {
                let is_other = || sentence.costs(self.writing) || sentence.taxes(self.writing);
                if !self.is_rate(next) && !is_other() {
                    self.money(&cell, found, &sentence.words, at, report);
                }
                return count;
            }
            if let Some(Ok(found)) = amount::read_share(cell.piece(), self.writing) {
                if !sentence.taxes(self.writing) {
                    self.share(&cell, found, report);
                }
                return count;
            }
        }
        0
    }

    fn period(
        &self,
        cell: &Cell,
        found: Period,
        words: &[Word<'_>],
        at: usize,
        report: &mut Report<'_>,
    ) {
        let base = found.in_base_unit();
        let is_same = |known: &Period| known.in_base_unit() == base;
        let has_unit = self.periods.iter().any(|known| known.in_base_unit().unit == base.unit);
        let is_near = |known: &Period| {
            let ([low, high], [least, most]) = (hours(found), hours(*known));
            low <= most && least <= high
        };
        let is_limit = || self.is_after(words, at, |phrases| phrases.within);
        // In another unit it is compared where it is said to be what somebody has.
        let is_wrong = if has_unit {
            !self.periods.iter().any(is_same)
        } else if self.periods.is_empty() {
            self.rule.terms().is_some() && is_limit()
        } else {
            is_limit() && !self.periods.iter().any(is_near)
        };
        if is_wrong {
            warn(cell, &found.to_string(), &list(&self.periods), report);
        }
    }

    fn money(
        &self,
        cell: &Cell,
        found: Money,
        words: &[Word<'_>],
        at: usize,
        report: &mut Report<'_>,
    ) {
        let known: Vec<Money> = self
            .amounts
            .iter()
            .copied()
            .filter(|known| known.currency() == found.currency())
            .collect();
        let is_wrong = if known.is_empty() {
            self.rule.terms().is_some() && self.is_after(words, at, |phrases| phrases.up_to)
        } else {
            !known.contains(&found)
        };
        if is_wrong {
            warn(cell, &found.to_string(), &list(&self.amounts), report);
        }
    }

    fn share(&self, cell: &Cell, found: u16, report: &mut Report<'_>) {
        // Who gives 70 % back may say that 30 % are kept.
        if let Some(Gives::Share(points)) = self.rule.terms().map(|terms| &terms.gives)
            && *points != found
            && points.saturating_add(found) != 10_000
        {
            warn(cell, &percent(found), &percent(*points), report);
        }
    }

    /// Looks for `once a year` and the like at the beginning of `words`, and says how many of them it has.
    fn times(&self, words: &[Word<'_>], report: &mut Report<'_>) -> Option<usize> {
        words.first().filter(|first| self.marks.times.contains(&first.small))?;
        let (count, said) = (1..=2).find_map(|said| {
            let text = cell(words.get(..said)?).piece().folded();
            Some((self.count(&text)?, said))
        })?;
        let (joined, length, taken) = (1..=2).find_map(|joined| {
            let from = said.saturating_add(joined);
            let between = cell(words.get(said..from)?).piece().folded();
            if !self.is_per(&between) {
                return None;
            }
            let rest = words.get(from..)?;
            (1..=2).rev().find_map(|taken| {
                let found = period::read(cell(rest.get(..taken)?).piece(), self.writing).ok()?;
                Some((joined, found, taken))
            })
        })?;
        let taken = said.saturating_add(joined).saturating_add(taken);
        let known: Vec<Allowance> =
            self.rule.terms().map(|terms| terms.per_customer.clone()).unwrap_or_default();
        let is_count = |allowance: &&Allowance| matches!(allowance, Allowance::Count { .. });
        let counts: Vec<Allowance> = known.iter().filter(is_count).copied().collect();
        let is_same = |allowance: &Allowance| match allowance {
            Allowance::Count { count: known, period } => {
                *known == count && period.in_base_unit() == length.in_base_unit()
            }
            Allowance::Sum { .. } => false,
        };
        let is_compared = !counts.is_empty() || known.is_empty() && self.rule.terms().is_some();
        if is_compared && !counts.iter().any(is_same) {
            let cell = cell(words.get(..taken)?);
            warn(&cell, &format!("{count} in {length}"), &list(&counts), report);
        }
        Some(taken)
    }

    fn count(&self, text: &str) -> Option<u32> {
        self.writing.phrases().find_map(|phrases| {
            let [once, twice] = phrases.once;
            let is = |words: &[&str]| words.iter().any(|word| is_word(word, text));
            if is(once) { Some(1) } else { is(twice).then_some(2) }
        })
    }

    fn is_per(&self, text: &str) -> bool {
        let per = self.writing.phrases().flat_map(|phrases| phrases.per);
        let more = self.writing.tongue.understood().flat_map(|tongue| Prose::of(tongue).per);
        per.chain(more).any(|word| is_word(word, text))
    }

    /// Whether what comes next makes a rate of a number: `a month`, `per seat`, `pro Jahr`.
    fn is_rate(&self, next: &[Word<'_>]) -> bool {
        let [per, of, ..] = next else { return false };
        let has_count = of.text.starts_with(|char: char| char.is_ascii_digit());
        let is_unit = self.marks.units.contains(&of.small);
        let is_each = ["per", "pro", "par", "por", "each", "je"].contains(&per.small.as_str());
        self.is_per(&per.small) && (is_unit || is_each && !has_count)
    }

    /// Whether the words before this one are such, for instance that something must be done within it.
    fn is_after(
        &self,
        words: &[Word<'_>],
        at: usize,
        such: fn(&'static Phrases) -> &'static [&'static str],
    ) -> bool {
        let before = words.get(at.saturating_sub(LONGEST)..at).unwrap_or_default();
        cell(before).piece().before_any(self.writing.phrases().flat_map(such)).is_some()
    }
}

/// A period that is said by exactly these words, and not as a way of speaking such as `a day`.
fn period_in(words: &[Word<'_>], writing: Writing) -> Option<(Cell, Period)> {
    let whole = cell(words);
    let piece = whole.piece();
    let [first, rest @ ..] = words else { return None };
    if let Some(found) = by_stem(first.text, writing).filter(|_| rest.is_empty()) {
        return Some((whole, found));
    }
    if rest.is_empty() && !first.has_digit() {
        return None;
    }
    if let Ok(found) = period::read(piece, writing) {
        let ones = writing.phrases().flat_map(|phrases| phrases.one);
        let is_said = found.count == 1 && piece.after_any(ones).is_some();
        return (!is_said).then_some((whole, found));
    }
    let count = numbers(writing.tongue).find(|(_, word)| *word == first.small)?.0;
    let mut counted = Cell::empty(piece.span());
    counted.push(&format!("{count} "), piece.span(), "");
    for word in rest {
        counted.push(word.text, word.span(), word.text);
        counted.push(" ", word.span(), "");
    }
    let found = period::read(counted.piece(), writing).ok()?;
    Some((whole, found))
}

/// Such as `14-tägige` or `vierzehntägige`.
fn by_stem(word: &str, writing: Writing) -> Option<Period> {
    let word = word.to_lowercase();
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (count, rest) = match word.split_at_checked(digits).filter(|_| digits > 0) {
        Some((count, rest)) => (count.parse().ok()?, rest),
        None => numbers(writing.tongue)
            .find_map(|(count, known)| Some((count, word.strip_prefix(known)?)))?,
    };
    let rest = rest.trim_start_matches('-');
    let mut stems = Prose::of(writing.tongue).stems.iter();
    let (unit, _) = stems.find(|(_, stem)| rest.starts_with(stem))?;
    (count > 0 && count <= Unit::most(*unit)).then_some(Period { count, unit: *unit })
}

/// Numbers in words, those above twelve.
fn numbers(tongue: Tongue) -> impl Iterator<Item = (u32, &'static str)> {
    tongue.understood().flat_map(|tongue| Prose::of(tongue).numbers).copied()
}

fn warn(cell: &Cell, said: &str, known: &str, report: &mut Report<'_>) {
    let message = format!("the prose says {said}, and the table does not");
    let note = if known.is_empty() {
        "no row of the table says anything of the kind".to_owned()
    } else {
        format!("the table says {known}")
    };
    report.warn(cell.piece().fault(message).note(note));
}

/// Words with single spaces between them, which know where they stand.
fn cell(words: &[Word<'_>]) -> Cell {
    let start = words.first().map_or(0, |word| word.start);
    let mut cell = Cell::empty(start..start);
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            cell.push(" ", word.span(), "");
        }
        cell.push(word.text, word.span(), word.text);
    }
    cell
}

impl Word<'_> {
    fn has_digit(&self) -> bool {
        self.text.contains(|char: char| char.is_ascii_digit())
    }

    fn span(&self) -> Range<usize> {
        self.start..self.start.saturating_add(self.text.len())
    }
}

/// The sentences of a text that begins at byte `start` of its file. A full stop behind a number ends none.
fn sentences(text: &str, start: usize) -> Vec<Sentence<'_>> {
    let base = text.as_ptr().addr();
    let mut sentences = vec![Vec::new()];
    for written in text.split(char::is_whitespace).filter(|word| !word.is_empty()) {
        let ahead = written.trim_start_matches(['(', '[', '"', '*', '_', '\u{201c}', '«', '„']);
        let bare = ahead.trim_end_matches([
            ')', ']', '"', '*', '_', '\u{201d}', '.', ',', ';', ':', '!', '?', '»', '\u{201c}',
        ]);
        // The text of a link, without where it leads.
        let bare = bare.split_once("](").map_or(bare, |(text, _)| text);
        let at = bare.as_ptr().addr().saturating_sub(base);
        let is_mark = bare.bytes().all(|byte| b"|-+#>=~`/\\".contains(&byte));
        if let Some(words) = sentences.last_mut().filter(|_| !is_mark) {
            words.push(Word { text: bare, small: fold(bare), start: start.saturating_add(at) });
        }
        let is_ordinal = written.ends_with('.') && bare.bytes().all(|byte| byte.is_ascii_digit());
        let is_end = written.ends_with(['.', '!', '?', '|']) && !is_ordinal;
        if is_end && sentences.last().is_some_and(|words: &Vec<Word<'_>>| !words.is_empty()) {
            sentences.push(Vec::new());
        }
    }
    sentences.into_iter().map(Sentence::new).collect()
}
