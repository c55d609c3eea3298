//! Which groups of digits are a card's number.

use super::code;
use super::explained::Explained;
use super::group::{Group, Groups, Reading, Signs};
use super::network::{LONGEST, SHORTEST, is_card, may_be_card};
use super::place::{self, Said};
use super::token::Token;

/// How many words may stand between two groups of one number, and how long it all may be, in bytes.
const MOST_WORDS: usize = 10;
const LONGEST_GAP: usize = 120;

/// Over how many ends of messages a number may go: three messages.
const MOST_BREAKS: usize = 2;

/// A card's number that was found: the tokens of each of its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// First and last token of each group, in order.
    pub(super) groups: Vec<(usize, usize)>,
}

/// How the digits of a number stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// All together.
    Whole,
    /// As on a card: 4-4-4-4, 4-6-5, 4-6-4.
    Card,
    /// In groups of one length.
    Even,
    /// As words.
    Spoken,
    /// In any other way.
    Odd,
}

/// Finds all numbers of cards, in every way in which the digits may be read.
pub(super) fn find(tokens: &[Token]) -> Vec<Found> {
    let plain = Groups::read(tokens, Reading::default());
    let explained = Explained::of(tokens, &plain);
    let mut found = in_groups(tokens, &plain, &explained);
    let readings = [
        Reading { fewest: 2, ..Reading::default() },
        Reading { fewest: 3, ..Reading::default() },
        Reading { skips_counts: true, ..Reading::default() },
        Reading { signs: Signs::Lookalikes, ..Reading::default() },
        Reading { signs: Signs::Words, ..Reading::default() },
        Reading { signs: Signs::Words, skips_counts: true, ..Reading::default() },
        Reading { signs: Signs::ShortWords, ..Reading::default() },
    ];
    for reading in readings {
        let groups = Groups::read(tokens, reading);
        if groups.digits != plain.digits {
            found.extend(in_groups(tokens, &groups, &explained));
        }
    }
    found
}

fn in_groups(tokens: &[Token], groups: &Groups, explained: &Explained) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, first) in groups.groups.iter().enumerate() {
        let (mut breaks, mut window) = (0_usize, Vec::new());
        for group in groups.groups.iter().skip(at).take(LONGEST) {
            let gap = if window.is_empty() { None } else { Some(group.gap) };
            if let Some(gap) = gap {
                breaks = breaks.saturating_add(gap.breaks);
                if gap.words > MOST_WORDS || gap.bytes > LONGEST_GAP || breaks > MOST_BREAKS {
                    break;
                }
            }
            window.push(group);
            let count = group.to.saturating_sub(first.from);
            if count > LONGEST {
                break;
            }
            let following = groups.groups.get(at.saturating_add(window.len()));
            let window = Window { tokens, explained, groups, of: &window, following };
            if count >= SHORTEST && window.is_card() {
                found.push(window.found());
            }
        }
        let is_account = explained.is_account(first.first, first.last);
        if first.len() > SHORTEST && !is_account && is_glued(tokens, groups, first) {
            found.push(Found { groups: vec![(first.first, first.last)] });
        }
    }
    found
}

/// Some groups in a row.
struct Window<'a> {
    tokens: &'a [Token],
    explained: &'a Explained,
    groups: &'a Groups,
    of: &'a [&'a Group],
    /// The group behind.
    following: Option<&'a Group>,
}

impl Window<'_> {
    fn found(&self) -> Found {
        Found { groups: self.of.iter().map(|group| (group.first, group.last)).collect() }
    }

    fn is_card(&self) -> bool {
        let (Some(first), Some(last)) = (self.of.first(), self.of.last()) else { return false };
        let digits = self.groups.digits_of(first, last);
        if !may_be_card(digits) {
            return false;
        }
        let said = place::said(self.tokens, first.first, last.last);
        // Where it is not called a card only what networks really give out counts.
        // Visa's short numbers are from long ago: in pieces they are rather something else.
        let is_short = digits.len() == SHORTEST && self.of.len() > 1;
        let is_likely = said == Said::Card || (is_card(digits) && !is_short);
        let is_account = self.explained.is_account(first.first, last.last);
        is_likely && (said == Said::Card || !is_account) && self.decide(said, first, last)
    }

    fn decide(&self, said: Said, first: &Group, last: &Group) -> bool {
        let is_tight = self.of.iter().skip(1).all(|group| group.gap.is_tight());
        let has_break = self.of.iter().skip(1).any(|group| group.gap.breaks > 0);
        let is_lettered = self.of.iter().any(|group| group.has_lookalikes);
        if is_lettered && self.of.iter().any(|group| self.is_glued_to_letters(group)) {
            return false;
        }
        let is_other = said == Said::Other || (!is_tight && self.is_named_otherwise());
        let is_near = matches!(said, Said::Card | Said::NearCard);
        let is_explained = self.explained.is_amount(first.first, last.last);
        match self.shape() {
            // What is called an order is one, unless a card's code comes with it.
            Shape::Whole => !is_other || code::is_behind(self.tokens, last.last),
            Shape::Card if is_tight && !has_break && !is_lettered => {
                is_near || !self.goes_on_before(first)
            }
            Shape::Card => !is_other && (is_near || !self.has_years()),
            Shape::Even | Shape::Odd if is_lettered => false,
            Shape::Spoken => !is_other,
            Shape::Even | Shape::Odd if is_tight && said == Said::Card => true,
            Shape::Even | Shape::Odd if is_other || is_explained => false,
            Shape::Even if is_tight => is_near || self.is_alone(first),
            Shape::Odd if is_tight => self.is_alone(first),
            // Letters and digits without a space are an id.
            Shape::Even
                if first.len() < 4 && self.of.iter().skip(1).any(|group| group.gap.marks == 0) =>
            {
                said == Said::Card
            }
            // `4 … 2 …`, or two halves, with words between.
            Shape::Even => {
                let is_half = first.len() == 8 && (last.gap.words > 1 || last.gap.breaks > 0);
                is_near || ((first.len() <= 2 || is_half) && self.is_alone(first))
            }
            Shape::Odd => said == Said::Card,
        }
    }

    fn shape(&self) -> Shape {
        let spoken = self.of.iter().filter(|group| group.is_word).count();
        if spoken.saturating_mul(2) > self.of.len() {
            return Shape::Spoken;
        }
        let lengths: Vec<usize> = self.of.iter().map(|group| group.len()).collect();
        match lengths.as_slice() {
            [_] => Shape::Whole,
            [4, 4, 4, 1..=4] | [4, 4, 4, 4, 1..=3] | [4, 6, 4..=5] => Shape::Card,
            [length, between @ .., end] => {
                let is_even = between.iter().all(|other| other == length) && end <= length;
                if is_even { Shape::Even } else { Shape::Odd }
            }
            [] => Shape::Odd,
        }
    }

    /// Whether the number goes on before its first group: the same sign, and no short number.
    fn goes_on_before(&self, first: &Group) -> bool {
        let at = self.groups.groups.partition_point(|group| group.first < first.first);
        let before = at.checked_sub(1).and_then(|at| self.groups.groups.get(at));
        let sign = self.of.get(1).and_then(|second| second.gap.sign);
        let is_joined = first.gap.is_tight() && first.gap.breaks == 0 && first.gap.sign == sign;
        is_joined && before.is_some_and(|before| before.len() > 2)
    }

    /// Whether no other digits belong to it, but for a code and a month behind it.
    fn is_alone(&self, first: &Group) -> bool {
        let is_first = self.groups.groups.first().is_some_and(|group| group.first == first.first);
        let is_apart =
            |group: &Group| !group.gap.is_tight() || group.gap.breaks > 0 || group.gap.bytes > 8;
        let begins = is_first || is_apart(first);
        let ends = self.following.is_none_or(|group| is_apart(group) || group.len() <= 4);
        begins && ends
    }

    /// Whether one of its groups is called something else, such as an order.
    fn is_named_otherwise(&self) -> bool {
        let said = |group: &&&Group| place::name_at(self.tokens, group.first) == Said::Other;
        self.of.iter().any(|group| said(&group))
    }

    /// Whether a letter that looks like no digit stands right beside a group.
    fn is_glued_to_letters(&self, group: &Group) -> bool {
        let beside = [group.first.checked_sub(1), group.last.checked_add(1)];
        let mut tokens = beside.into_iter().flatten().filter_map(|at| self.tokens.get(at));
        tokens.any(|token| place::word(token).is_some_and(str::is_ascii))
    }

    /// Whether most of it may be years: a card may begin a group or two so.
    fn has_years(&self) -> bool {
        let is_year = |group: &&&Group| {
            let digits = self.groups.digits_of(group, group);
            group.len() == 4 && (digits.starts_with(&[2, 0]) || digits.starts_with(&[1, 9]))
        };
        self.of.iter().filter(is_year).count() > 2
    }
}

/// Whether a card's number is followed by its last month and its code, or by another card's, without anything between.
fn is_glued(tokens: &[Token], groups: &Groups, group: &Group) -> bool {
    let digits = groups.digits_of(group, group);
    let said = place::said(tokens, group.first, group.last);
    if said == Said::Other {
        return false;
    }
    let is_near = matches!(said, Said::Card | Said::NearCard);
    (SHORTEST..=LONGEST.min(digits.len().saturating_sub(3))).any(|length| {
        let Some((card, rest)) = digits.split_at_checked(length) else { return false };
        let number = |digits: Option<&[u8]>| {
            let digits = digits.unwrap_or_default().iter();
            digits.fold(0_u8, |so_far, it| so_far.saturating_mul(10).saturating_add(*it))
        };
        // A month, and a year in two digits or in four.
        let has_month = |rest: &[u8]| {
            (1..=12).contains(&number(rest.get(..2))) && (20..=45).contains(&number(rest.get(2..4)))
        };
        let is_rest = match rest.len() {
            3 => is_near,
            4 => is_near || has_month(rest),
            6..=8 => has_month(rest),
            _ => is_card(rest),
        };
        is_card(card) && is_rest
    })
}
