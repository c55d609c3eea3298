//! Digits as they stand in groups, and what is between the groups.

use super::digits::Digits;
use super::token::{Kind, Token};
use super::words;

/// Which digits are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    pub(super) signs: Signs,
    /// Whether `first four` and `next 4` say how many digits follow.
    pub(super) skips_counts: bool,
    /// Shorter groups are left out, such as the numbers of a list.
    pub(super) fewest: usize,
}

/// Which signs count as digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Signs {
    /// Digits only.
    #[default]
    Digits,
    /// `O` is 0 and `l` is 1 too, beside digits.
    Lookalikes,
    /// `four` is 4 too, and `forty two` and `forty-two` are 42.
    Words,
    /// As words, but `forty two` is 40 and 2.
    ShortWords,
}

impl Signs {
    fn has_words(self) -> bool {
        matches!(self, Self::Words | Self::ShortWords)
    }
}

/// Digits without anything visible between them.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Where its digits begin and end among all digits.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Its first and its last token.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Whether it is a word.
    pub(super) is_word: bool,
    /// Whether letters in it only look like digits.
    pub(super) has_lookalikes: bool,
    /// What is between it and the group before.
    pub(super) gap: Gap,
}

impl Group {
    pub(super) fn len(&self) -> usize {
        self.to.saturating_sub(self.from)
    }
}

/// What is between two groups.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gap {
    /// How many words.
    pub(super) words: usize,
    /// How many spaces and other signs that are seen.
    pub(super) marks: usize,
    /// How many ends of messages.
    pub(super) breaks: usize,
    /// How long it is, in bytes.
    pub(super) bytes: usize,
    /// Its only sign, however often.
    pub(super) sign: Option<char>,
}

/// All digits of a text.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) digits: Vec<u8>,
    pub(super) groups: Vec<Group>,
}

/// Digits that one token stands for, or two that belong together.
#[derive(Clone, Copy)]
struct Atom {
    digits: Digits,
    first: usize,
    last: usize,
    is_word: bool,
    is_lookalike: bool,
}

impl Groups {
    /// Reads the digits of a text in one way.
    pub(super) fn read(tokens: &[Token], reading: Reading) -> Self {
        let mut atoms = atoms(tokens, reading);
        if reading.signs.has_words() {
            atoms = sums(tokens, &atoms, reading.signs == Signs::ShortWords);
        }
        let mut all = Self::default();
        for atom in atoms {
            all.add(tokens, atom);
        }
        all.groups.retain(|group| group.len() >= reading.fewest);
        all.measure(tokens);
        all
    }

    /// The digits of a group and of those up to another.
    pub(super) fn digits_of(&self, from: &Group, to: &Group) -> &[u8] {
        self.digits.get(from.from..to.to).unwrap_or_default()
    }

    fn add(&mut self, tokens: &[Token], atom: Atom) {
        let from = self.digits.len();
        self.digits.extend(atom.digits.iter());
        let to = self.digits.len();
        if let Some(last) = self.groups.last_mut() {
            let between = tokens.get(last.last.saturating_add(1)..atom.first).unwrap_or_default();
            let is_joined = between.iter().all(|token| token.kind == Kind::Hidden);
            // Words stand alone: `four two`, also where nothing is between them, as in `四二`.
            if is_joined && !atom.is_word && !last.is_word {
                (last.to, last.last) = (to, atom.last);
                last.has_lookalikes |= atom.is_lookalike;
                return;
            }
        }
        self.groups.push(Group {
            from,
            to,
            first: atom.first,
            last: atom.last,
            is_word: atom.is_word,
            has_lookalikes: atom.is_lookalike,
            gap: Gap::default(),
        });
    }

    /// Writes the digits anew, without those of groups that were left out, and looks at the gaps.
    fn measure(&mut self, tokens: &[Token]) {
        let mut digits = Vec::with_capacity(self.digits.len());
        let mut before: Option<usize> = None;
        for group in &mut self.groups {
            let own = self.digits.get(group.from..group.to).unwrap_or_default();
            group.from = digits.len();
            digits.extend_from_slice(own);
            group.to = digits.len();
            if let Some(before) = before {
                let between = tokens.get(before.saturating_add(1)..group.first);
                group.gap = Gap::of(between.unwrap_or_default());
            }
            before = Some(group.last);
        }
        self.digits = digits;
    }
}

impl Gap {
    fn of(between: &[Token]) -> Self {
        let mut gap = Self::default();
        let mut signs = Vec::new();
        for token in between {
            gap.bytes = gap.bytes.saturating_add(token.end.saturating_sub(token.start));
            match &token.kind {
                // A number that was left out is as much as a word.
                Kind::Word(_) | Kind::Digit(_) => gap.words = gap.words.saturating_add(1),
                Kind::Mark(mark) => {
                    gap.marks = gap.marks.saturating_add(1);
                    signs.push(*mark);
                }
                Kind::Space => {
                    gap.marks = gap.marks.saturating_add(1);
                    signs.push(' ');
                }
                Kind::Break => gap.breaks = gap.breaks.saturating_add(1),
                Kind::Hidden => {}
            }
        }
        let first = signs.first().copied();
        gap.sign = first.filter(|first| gap.words == 0 && signs.iter().all(|sign| sign == first));
        gap
    }

    /// Whether nothing but marks and spaces is in it.
    pub(super) fn is_tight(&self) -> bool {
        self.words == 0
    }
}

fn atoms(tokens: &[Token], reading: Reading) -> Vec<Atom> {
    let mut atoms = Vec::new();
    let mut times: Option<(usize, u8)> = None;
    for (at, token) in tokens.iter().enumerate() {
        let digits = match &token.kind {
            Kind::Digit(digits) => Some((*digits, false, false)),
            Kind::Word(word) if reading.signs.has_words() => {
                let said = spoken(word);
                if said.is_none() {
                    times = words::times(word).map(|times| (at, times));
                }
                said.map(|digits| (digits, true, false))
            }
            Kind::Word(word) if reading.signs == Signs::Lookalikes => {
                for digits in lookalikes(tokens, at, word) {
                    atoms.push(Atom {
                        digits,
                        first: at,
                        last: at,
                        is_word: false,
                        is_lookalike: true,
                    });
                }
                None
            }
            Kind::Word(_) | Kind::Space | Kind::Mark(_) | Kind::Hidden | Kind::Break => None,
        };
        let Some((digits, is_word, is_lookalike)) = digits else { continue };
        if reading.skips_counts && is_count(tokens, at) {
            continue;
        }
        let repeated = times
            .take()
            .and_then(|(first, times)| Some((first, Digits::repeated(digits.single()?, times))));
        let (first, digits) = repeated.unwrap_or((at, digits));
        atoms.push(Atom { digits, first, last: at, is_word, is_lookalike });
    }
    atoms
}

/// The digits that a word says.
fn spoken(word: &str) -> Option<Digits> {
    let mut signs = word.chars();
    if let (Some(sign), None) = (signs.next(), signs.next())
        && let Some(digit) = words::ideograph(sign)
    {
        return Some(Digits::one(digit));
    }
    words::number(word).map(Digits::of_number)
}

/// The digits that the letters of a word look like: beside digits, or if they look like nothing else.
fn lookalikes(tokens: &[Token], at: usize, word: &str) -> Vec<Digits> {
    let digit = |letter: char| match letter {
        'o' | 'q' | 'd' => Some(0),
        'i' | 'l' => Some(1),
        'z' => Some(2),
        's' => Some(5),
        'b' => Some(8),
        _ => None,
    };
    let is_digit = |at: Option<usize>| {
        let token = at.and_then(|at| tokens.get(at));
        token.is_some_and(|token| matches!(token.kind, Kind::Digit(_)))
    };
    let is_beside = is_digit(at.checked_sub(1)) || is_digit(at.checked_add(1));
    let is_like = word.len() <= 8 && word.chars().all(|letter| matches!(letter, 'o' | 'i' | 'l'));
    if word.len() > 8 || !(is_beside || is_like) {
        return Vec::new();
    }
    let digits: Option<Vec<Digits>> = word.chars().map(|it| digit(it).map(Digits::one)).collect();
    digits.unwrap_or_default()
}

/// Whether a number says how many digits follow, or which ones: `first four`, `next 4`, `part 2`.
fn is_count(tokens: &[Token], at: usize) -> bool {
    const ORDERS: [&str; 60] = [
        "first",
        "next",
        "last",
        "final",
        "then",
        "second",
        "third",
        "fourth",
        "other",
        "part",
        "group",
        "block",
        "line",
        "row",
        "set",
        "digits",
        "numbers",
        "premier",
        "premiers",
        "prochains",
        "suivants",
        "derniers",
        "dernier",
        "groupe",
        "partie",
        "bloc",
        "chiffres",
        "erste",
        "ersten",
        "nachste",
        "nachsten",
        "letzte",
        "letzten",
        "zweite",
        "dritte",
        "vierte",
        "teil",
        "gruppe",
        "ziffern",
        "primeros",
        "primeras",
        "siguientes",
        "ultimos",
        "ultimas",
        "grupo",
        "parte",
        "bloque",
        "cifras",
        "primi",
        "prime",
        "prossimi",
        "ultimi",
        "eerste",
        "volgende",
        "laatste",
        "deel",
        "groep",
        "primeiros",
        "proximos",
        "digitos",
    ];
    let before = tokens.get(..at).unwrap_or_default().iter().rev();
    let before = before.take(3).find(|token| !matches!(token.kind, Kind::Space | Kind::Hidden));
    let is_ordered = before.is_some_and(|token| match &token.kind {
        Kind::Word(word) => ORDERS.contains(&word.as_str()),
        Kind::Digit(_) | Kind::Space | Kind::Mark(_) | Kind::Hidden | Kind::Break => false,
    });
    let after = tokens.get(at.saturating_add(1));
    is_ordered && !after.is_some_and(|token| matches!(token.kind, Kind::Digit(_)))
}

/// Puts tens and ones together: `forty two`, `cuarenta y dos`, `quatre-vingt-douze`.
fn sums(tokens: &[Token], atoms: &[Atom], is_short: bool) -> Vec<Atom> {
    let mut summed: Vec<Atom> = Vec::with_capacity(atoms.len());
    for atom in atoms {
        let sum = summed.last().and_then(|last| sum(tokens, *last, *atom, is_short));
        match (summed.last_mut(), sum) {
            (Some(last), Some(number)) => {
                (last.digits, last.last) = (Digits::of_number(number), atom.last);
            }
            _ => summed.push(*atom),
        }
    }
    summed
}

fn sum(tokens: &[Token], one: Atom, other: Atom, is_short: bool) -> Option<u8> {
    if !one.is_word || !other.is_word {
        return None;
    }
    let between = tokens.get(one.last.saturating_add(1)..other.first)?;
    let joins = |token: &Token| match &token.kind {
        Kind::Space => !is_short,
        Kind::Hidden => true,
        Kind::Mark(mark) => matches!(mark, '-' | '‐' | '‑'),
        Kind::Word(word) => words::is_and(word),
        Kind::Digit(_) | Kind::Break => false,
    };
    if between.len() > 3 || !between.iter().all(joins) {
        return None;
    }
    let says = |at: usize, begin: &str| {
        tokens
            .get(at)
            .is_some_and(|token| matches!(&token.kind, Kind::Word(word) if word.starts_with(begin)))
    };
    match (one.digits.number()?, other.digits.number()?) {
        // French counts in twenties.
        (4, 20) if says(one.last, "quatre") && says(other.first, "vingt") => Some(80),
        (60 | 80, 10..=19) if says(one.first, "soixante") || says(one.first, "quatre") => {
            one.digits.number()?.checked_add(other.digits.number()?)
        }
        (tens @ 20..=90, ones @ 1..=9) if tens.is_multiple_of(10) => tens.checked_add(ones),
        _ => None,
    }
}
