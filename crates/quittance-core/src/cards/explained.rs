//! Numbers that are certainly something else: dates, times, amounts, telephones, bank accounts.

use super::group::Groups;
use super::place;
use super::token::{Kind, Token};

/// Which tokens are of a number that is certainly something else.
#[derive(Debug)]
pub(super) struct Explained {
    accounts: Places,
    amounts: Places,
}

/// How many tokens before each are of something.
#[derive(Debug)]
struct Places(Vec<usize>);

impl Places {
    fn of(count: usize, spans: &[(usize, usize)]) -> Self {
        let mut is_in = vec![false; count];
        for (from, to) in spans {
            is_in.get_mut(*from..=*to).unwrap_or_default().fill(true);
        }
        let mut before = vec![0_usize];
        for is_in in is_in {
            let so_far = before.last().copied().unwrap_or_default();
            before.push(so_far.saturating_add(usize::from(is_in)));
        }
        Self(before)
    }

    fn any(&self, first: usize, last: usize) -> bool {
        self.0.get(first) != self.0.get(last.saturating_add(1))
    }
}

impl Explained {
    /// Looks for them; `plain` are the digits as they stand.
    pub(super) fn of(tokens: &[Token], plain: &Groups) -> Self {
        let mut accounts = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let end = match token.kind {
                Kind::Word(_) => iban(tokens, at),
                Kind::Mark('+') => phone(tokens, at),
                Kind::Digit(_) | Kind::Space | Kind::Mark(_) | Kind::Hidden | Kind::Break => None,
            };
            accounts.extend(end.map(|end| (at, end)));
        }
        let groups = 0..plain.groups.len();
        let amounts = groups.filter_map(|at| {
            date(tokens, plain, at)
                .or_else(|| amount(tokens, plain, at))
                .or_else(|| order(plain, at))
        });
        let amounts: Vec<(usize, usize)> = amounts.collect();
        Self {
            accounts: Places::of(tokens.len(), &accounts),
            amounts: Places::of(tokens.len(), &amounts),
        }
    }

    /// Whether an account or a telephone shares tokens with these.
    pub(super) fn is_account(&self, first: usize, last: usize) -> bool {
        self.accounts.any(first, last)
    }

    /// Whether a date or an amount shares tokens with these.
    pub(super) fn is_amount(&self, first: usize, last: usize) -> bool {
        self.amounts.any(first, last)
    }
}

/// The last token of an international bank account number that begins here, by its check digits.
/// <https://en.wikipedia.org/wiki/International_Bank_Account_Number>
fn iban(tokens: &[Token], at: usize) -> Option<usize> {
    let country = place::word(tokens.get(at)?).filter(|word| word.len() == 2 && word.is_ascii())?;
    let mut signs = country.to_owned();
    let mut end = None;
    for (step, token) in tokens.iter().enumerate().skip(at.saturating_add(1)).take(60) {
        match &token.kind {
            Kind::Digit(digits) => {
                signs.extend(digits.iter().map(|it| char::from(it.saturating_add(b'0'))));
            }
            Kind::Word(word) if word.is_ascii() && word.len() <= 8 => signs.push_str(word),
            Kind::Space | Kind::Mark('-') | Kind::Hidden if signs.len() >= 4 => {}
            Kind::Word(_) | Kind::Space | Kind::Mark(_) | Kind::Hidden | Kind::Break => break,
        }
        if signs.len() >= 15 && signs.len() <= 34 && is_checked(&signs) {
            end = Some(step);
        }
    }
    let has_check = signs.bytes().skip(2).take(2).all(|byte| byte.is_ascii_digit());
    end.filter(|_| has_check)
}

/// Whether the check digits of an account are right.
fn is_checked(signs: &str) -> bool {
    let turned = signs.chars().skip(4).chain(signs.chars().take(4));
    let rest = turned.fold(0_u32, |rest, sign| {
        let value = sign.to_digit(36).unwrap_or(0);
        let shift = if value > 9 { 100 } else { 10 };
        rest.saturating_mul(shift).saturating_add(value) % 97
    });
    rest == 1
}

/// The last token of a telephone number that begins with the `+` here: up to 15 digits.
fn phone(tokens: &[Token], at: usize) -> Option<usize> {
    let (mut count, mut end) = (0_usize, None);
    for (step, token) in tokens.iter().enumerate().skip(at.saturating_add(1)).take(40) {
        match &token.kind {
            Kind::Digit(digits) => {
                count = count.saturating_add(digits.iter().count());
                end = Some(step);
            }
            Kind::Hidden => {}
            Kind::Space | Kind::Mark('-' | '.' | '(' | ')' | '/')
                if count > 0 || step == at.saturating_add(1) => {}
            Kind::Word(_) | Kind::Space | Kind::Mark(_) | Kind::Break => break,
        }
    }
    end.filter(|_| (7..=15).contains(&count))
}

/// Such as `2026-03-14`, `14.03.2026`, `3/14/26` or `10:30:00`, from this group on.
fn date(tokens: &[Token], plain: &Groups, at: usize) -> Option<(usize, usize)> {
    let [one, two] = [at, at.saturating_add(1)].map(|at| plain.groups.get(at));
    let (one, two) = (one?, two?);
    let number = |at: usize| {
        let group = plain.groups.get(at)?;
        let digits = plain.digits_of(group, group);
        let number = digits
            .iter()
            .fold(0_u32, |so_far, it| so_far.saturating_mul(10).saturating_add(u32::from(*it)));
        (digits.len() <= 4).then_some((number, digits.len()))
    };
    let is_direct =
        |first: usize, last: usize| last == first.saturating_add(2) && tokens.get(first).is_some();
    let sign = two.gap.sign?;
    if sign == ':' && is_direct(one.last, two.first) {
        let ((hour, _), (minute, 2)) = (number(at)?, number(at.saturating_add(1))?) else {
            return None;
        };
        return (hour < 25 && minute < 60).then_some((one.first, two.last));
    }
    let three = plain.groups.get(at.saturating_add(2))?;
    if !matches!(sign, '-' | '.' | '/')
        || three.gap.sign != Some(sign)
        || !is_direct(two.last, three.first)
    {
        return None;
    }
    let [first, second, third] = [at, at.saturating_add(1), at.saturating_add(2)].map(number);
    let is_day = |number: u32| (1..=31).contains(&number);
    let is_year = |number: u32| (1_900..=2_099).contains(&number);
    let is_date = match (first?, second?, third?) {
        ((year, 4), (month, 1..=2), (day, 1..=2)) => is_year(year) && is_day(month) && is_day(day),
        ((day, 1..=2), (month, 1..=2), (year, 4)) => is_day(day) && is_day(month) && is_year(year),
        // A card in pairs has more of them.
        ((day, 1..=2), (month, 1..=2), (_, 2)) => {
            let more = plain.groups.get(at.saturating_add(3)).and_then(|four| four.gap.sign);
            is_day(day) && is_day(month) && more != Some(sign) && two.gap.sign == Some(sign)
        }
        _ => false,
    };
    is_date.then_some((one.first, three.last))
}

/// Such as `49.00`, `1,000` or `52.51628`: a point and some more digits, and no point before or behind.
fn amount(tokens: &[Token], plain: &Groups, at: usize) -> Option<(usize, usize)> {
    let (whole, cents) = (plain.groups.get(at)?, plain.groups.get(at.saturating_add(1))?);
    let is_point = |token: Option<&Token>| {
        token.is_some_and(|token| matches!(token.kind, Kind::Mark('.' | ',')))
    };
    let is_direct = cents.first == whole.last.saturating_add(2)
        && is_point(tokens.get(whole.last.saturating_add(1)));
    let fits = match cents.len() {
        2 | 3 => whole.len() <= 5,
        4..=8 => whole.len() <= 3,
        _ => false,
    };
    if !is_direct || !fits {
        return None;
    }
    let before = whole.first.checked_sub(1).and_then(|at| tokens.get(at));
    let behind = cents.last.saturating_add(1);
    let goes_on = is_point(tokens.get(behind))
        && tokens.get(behind.saturating_add(1)).is_some_and(|it| matches!(it.kind, Kind::Digit(_)));
    (!is_point(before) && !goes_on).then_some((whole.first, cents.last))
}

/// Such as `302-1234567-1234567` or `D01-1234567-1234567`, the number of an order in the largest shop.
fn order(plain: &Groups, at: usize) -> Option<(usize, usize)> {
    let groups = plain.groups.get(at..at.saturating_add(3))?;
    let [one, two, three] = groups else { return None };
    let is_order = matches!([one.len(), two.len(), three.len()], [2..=3, 7, 7])
        && two.gap.sign == Some('-')
        && three.gap.sign == Some('-');
    is_order.then_some((one.first, three.last))
}
