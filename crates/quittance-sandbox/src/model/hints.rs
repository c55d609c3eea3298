//! Amounts, plans and dates in what a customer wrote.

use super::charges::Charge;
use super::text::{fold, has};

/// The beginnings of the months' names in four languages, folded.
const MONTHS: [&[&str]; 12] = [
    &["january", "janvier", "januar", "enero", "jan"],
    &["february", "fevrier", "februar", "febrero", "feb"],
    &["march", "mars", "marz", "maerz", "marzo"],
    &["april", "avril", "abril", "apr"],
    &["may", "mai", "mayo"],
    &["june", "juin", "juni", "junio", "jun"],
    &["july", "juillet", "juli", "julio", "jul"],
    &["august", "aout", "agosto", "aug"],
    &["september", "septembre", "septiembre", "sept", "sep"],
    &["october", "octobre", "oktober", "octubre", "oct", "okt"],
    &["november", "novembre", "noviembre", "nov"],
    &["december", "decembre", "dezember", "diciembre", "dec", "dez", "dic"],
];
/// Words beside which the first part of a plan's name means the plan.
const PLAN_WORDS: [&str; 12] = [
    "plan",
    "plans",
    "subscription",
    "abonnement",
    "forfait",
    "formule",
    "abo",
    "tarif",
    "suscripcion",
    "package",
    "account",
    "plan's",
];

/// How people say that they mean their last payment, folded.
const NEWEST: &str = "last payment|last charge|last invoice|last one|last renewal|latest|most recent|newest|\
    dernier paiement|dernier prelevement|derniere facture|dernier|derniere|letzte zahlung|\
    letzten zahlung|letzte abbuchung|letzten abbuchung|letzte rechnung|neueste|ultimo pago|\
    ultimo cobro|ultimo cargo|ultima factura|mas reciente";

/// What a text points to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    amounts: Vec<String>,
    words: Vec<String>,
    /// Month and, if it was said, day.
    dates: Vec<(i8, Option<i8>)>,
    /// Whether the last payment is meant.
    pub(super) is_newest: bool,
}

impl Hints {
    pub(super) fn read(text: &str) -> Self {
        let folded = fold(text);
        let words: Vec<String> =
            folded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let dates = dates(text, &words);
        Self { amounts: amounts(text), words, dates, is_newest: has(&folded, NEWEST) }
    }

    pub(super) fn fit_amount(&self, charge: &Charge) -> bool {
        let wanted = plain(&charge.amount);
        self.amounts.contains(&wanted)
    }

    /// Whether anything here points to one of the charges.
    pub(super) fn fit_any(&self, charges: &[Charge]) -> bool {
        let fits = |one: &Charge| self.fit_amount(one) || self.fit_plan(one) || self.fit_date(one);
        self.is_newest || charges.iter().any(fits)
    }

    pub(super) fn fit_plan(&self, charge: &Charge) -> bool {
        charge.plans.iter().any(|plan| self.names_plan(plan))
    }

    pub(super) fn fit_date(&self, charge: &Charge) -> bool {
        self.dates.iter().any(|(month, day)| {
            *month == charge.month && day.is_none_or(|day| day == charge.day_of_month)
        })
    }

    /// Whether the words name the plan: all parts of its name in a row, or the first one beside a word
    /// such as "plan".
    fn names_plan(&self, plan: &str) -> bool {
        let parts: Vec<String> =
            fold(plan).split(' ').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let Some(first) = parts.first() else { return false };
        let is_whole = self.words.windows(parts.len()).any(|window| window == parts.as_slice());
        let is_plan_word = |word: &String| PLAN_WORDS.contains(&word.as_str());
        let is_beside = self.words.windows(2).any(|pair| match pair {
            [one, other] => {
                (one == first && is_plan_word(other)) || (is_plan_word(one) && other == first)
            }
            _ => false,
        });
        is_whole || is_beside
    }
}

/// Every number in the text, in each way it can be read, without needless zeros.
fn amounts(text: &str) -> Vec<String> {
    let is_part = |sign: char| sign.is_ascii_digit() || matches!(sign, '.' | ',' | '\'');
    let runs = text.split(|sign: char| !is_part(sign));
    let mut found = Vec::new();
    for run in runs.map(|run| run.trim_matches(|sign: char| !sign.is_ascii_digit())) {
        if run.is_empty() {
            continue;
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        found.push(plain(&digits(run)));
        if let Some((whole, fraction)) = run.rsplit_once(['.', ','])
            && fraction.len() <= 2
        {
            found.push(plain(&format!("{}.{fraction}", digits(whole))));
        }
    }
    found
}

/// An amount without needless zeros: `49.00` is `49`.
fn plain(amount: &str) -> String {
    let amount = amount.trim_start_matches('0');
    let amount = match amount.split_once('.') {
        Some((whole, fraction)) => {
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
        }
        None => amount.to_owned(),
    };
    if amount.is_empty() || amount.starts_with('.') { format!("0{amount}") } else { amount }
}

fn dates(text: &str, words: &[String]) -> Vec<(i8, Option<i8>)> {
    let mut found = Vec::new();
    for word in text.split(|sign: char| !(sign.is_ascii_digit() || sign == '-')) {
        if let Ok(date) = word.parse::<jiff::civil::Date>() {
            found.push((date.month(), Some(date.day())));
        }
    }
    for (at, word) in words.iter().enumerate() {
        let month = MONTHS.iter().position(|names| names.contains(&word.as_str()));
        let Some(month) = month.and_then(|at| i8::try_from(at).ok()) else { continue };
        let before = |back: usize| at.checked_sub(back).and_then(|at| words.get(at));
        // "2 November", "November 2nd", "2 de noviembre".
        let beside = [before(1), words.get(at.saturating_add(1)), before(2)];
        let day = beside.into_iter().flatten().find_map(|word| day(word));
        let is_may_the_verb = word == "may" && day.is_none();
        if !is_may_the_verb {
            found.push((month.saturating_add(1), day));
        }
    }
    found
}

fn day(word: &str) -> Option<i8> {
    let digits = word.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(
            amounts("$1,234.50 or 49,00 € or 4'900 or 49."),
            ["123450", "1234.5", "4900", "49", "4900", "49"]
        );
        assert_eq!(plain("0.50"), "0.5");
        assert_eq!(plain("4900"), "4900");
    }

    #[test]
    fn dates_are_read_in_four_languages() {
        for text in ["November 2nd", "2 novembre", "2. November", "2 de noviembre", "2026-11-02"] {
            assert_eq!(Hints::read(text).dates, [(11, Some(2))], "{text}");
        }
        assert_eq!(Hints::read("last november").dates, [(11, None)]);
        assert_eq!(Hints::read("may I ask").dates, []);
    }

    #[test]
    fn a_plan_is_named_in_full_or_beside_the_word_plan() {
        for text in ["pro-monthly", "my Pro plan", "plan Pro", "das Pro-Abo"] {
            assert!(Hints::read(text).names_plan("pro-monthly"), "{text}");
        }
        for text in ["hi team", "professional plan", "pro"] {
            assert!(!Hints::read(text).names_plan("pro-monthly"), "{text}");
            assert!(!Hints::read(text).names_plan("team-yearly"), "{text}");
        }
    }
}
