//! The ways in which customers write the number of a card.

use crate::prove::dice::Dice;

/// A way to write a number.
pub(super) struct Disguise {
    pub(super) name: &'static str,
    /// How many digits may be left that are none of the card's, such as the numbers of a list.
    pub(super) spare: usize,
    how: How,
}

enum How {
    /// In one message.
    One(fn(&str, &mut Dice) -> String),
    /// In several.
    Several(fn(&str) -> Vec<String>),
}

impl Disguise {
    /// The messages in which a card is written.
    pub(super) fn write(&self, card: &str, dice: &mut Dice) -> Vec<String> {
        match self.how {
            How::One(write) => vec![write(card, dice)],
            How::Several(write) => write(card),
        }
    }
}

const ENGLISH: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const FRENCH: [&str; 10] =
    ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"];
const GERMAN: [&str; 10] =
    ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"];
const SPANISH: [&str; 10] =
    ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"];
const KANJI: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const TENS: [&str; 8] =
    ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Every disguise.
pub(super) const ALL: &[Disguise] = &[
    one("plain", |card, _| card.to_owned()),
    one("spaces", |card, _| grouped(card, " ")),
    one("dashes", |card, _| grouped(card, "-")),
    one("dots", |card, _| grouped(card, ".")),
    one("slashes", |card, _| grouped(card, "/")),
    one("backslashes", |card, _| grouped(card, "\\")),
    one("underscores", |card, _| grouped(card, "_")),
    one("commas", |card, _| grouped(card, ", ")),
    one("pipes", |card, _| grouped(card, " | ")),
    one("stars", |card, _| grouped(card, " * ")),
    one("long dashes", |card, _| grouped(card, " – ")),
    one("line breaks", |card, _| grouped(card, "\n")),
    one("empty lines", |card, _| grouped(card, "\n\n")),
    one("no-break spaces", |card, _| grouped(card, "\u{a0}")),
    one("thin spaces", |card, _| grouped(card, "\u{2009}")),
    one("zero-width between groups", |card, _| grouped(card, "\u{200b}")),
    one("zero-width between digits", |card, _| each(card, "", "\u{200d}")),
    one("soft hyphens", |card, _| grouped(card, "\u{ad}")),
    one("bidi marks", |card, _| format!("\u{202e}{}\u{202c}", grouped(card, "\u{200f} "))),
    one("tag characters", |card, _| each(card, "", "\u{e0041}")),
    one("terminal colors", |card, _| each(card, "\u{1b}[31m", "\u{1b}[0m")),
    one("struck through", |card, _| each(card, "", "\u{336}")),
    one("full-width", |card, _| scripted(card, '０')),
    one("full-width, grouped", |card, _| scripted(&grouped(card, "　"), '０')),
    one("Arabic-Indic", |card, _| scripted(&grouped(card, " "), '\u{660}')),
    one("Persian", |card, _| scripted(card, '\u{6f0}')),
    one("Devanagari", |card, _| scripted(&grouped(card, " "), '\u{966}')),
    one("Bengali", |card, _| scripted(card, '\u{9e6}')),
    one("Thai", |card, _| scripted(&grouped(card, "-"), '\u{e50}')),
    one("mathematical", |card, _| scripted(card, '\u{1d7ce}')),
    one("double-struck", |card, _| scripted(&grouped(card, " "), '\u{1d7d8}')),
    one("circled", |card, _| dressed(card, '⓪', '①', "")),
    one("black circles", |card, _| dressed(card, '⓿', '❶', " ")),
    one("superscripts", |card, _| raised(card)),
    one("subscripts", |card, _| scripted(card, '\u{2080}')),
    one("keycaps", |card, _| each(card, "", "\u{fe0f}\u{20e3}")),
    one("several scripts", several_scripts),
    one("single digits", |card, _| each(card, "", " ")),
    one("single digits, dashes", |card, _| each(card, "", "-")),
    one("a digit a line", |card, _| each(card, "", "\n")),
    one("pairs", |card, _| chunks(card, 2).join(" ")),
    one("threes", |card, _| chunks(card, 3).join(" ")),
    one("halves", |card, _| chunks(card, 8).join(" ")),
    one("odd groups", odd_groups),
    one("odd marks", odd_marks),
    one("round brackets", |card, _| format!("({})", grouped(card, ") ("))),
    one("square brackets", |card, _| format!("[{}]", grouped(card, "]["))),
    one("emoji between", |card, _| grouped(card, " 💳 ")),
    one("x between", |card, _| grouped(card, "x")),
    one("entities between", |card, _| grouped(card, "&nbsp;")),
    one("digits as entities", |card, _| entities(card)),
    one("tags between", |card, _| format!("<b>{}</b>", grouped(card, "</b><b>"))),
    one("escaped spaces", |card, _| grouped(card, "%20")),
    one("English words", |card, _| spelled(card, &ENGLISH, " ")),
    one("English words, dashes", |card, _| spelled(card, &ENGLISH, "-")),
    one("English words, commas", |card, _| spelled(card, &ENGLISH, ", ")),
    one("English pairs", |card, _| tens(card)),
    one("double and triple", |card, _| doubled(card)),
    one("French words", |card, _| spelled(card, &FRENCH, " ")),
    one("German words", |card, _| spelled(card, &GERMAN, " ")),
    one("Spanish words", |card, _| spelled(card, &SPANISH, " ")),
    one("Japanese signs", |card, _| spelled(card, &KANJI, "")),
    one("words and digits", mixed_words),
    one("O for 0 and l for 1", |card, _| grouped(card, " ").replace('0', "O").replace('1', "l")),
    one("words between", |card, _| grouped(card, " and then ")),
    Disguise { spare: 9, ..one("counted groups", |card, _| counted(card)) },
    Disguise { spare: 5, ..one("a numbered list", |card, _| listed(card)) },
    one("month and code behind", |card, dice| {
        format!("{} {} {}", grouped(card, " "), month(dice), code(dice))
    }),
    one("month and code, named", |card, dice| {
        format!("{card}, exp {}, cvv: {}", month(dice), code(dice))
    }),
    one("code before", |card, dice| format!("CVC {} and card {card}", code(dice))),
    one("glued to month and code", |card, dice| {
        format!("card {card}{}{}", month(dice).replace('/', ""), code(dice))
    }),
    several("two messages", |card| cut(card, 2)),
    several("three messages", |card| cut(card, 3)),
    several("three messages, grouped", grouped_messages),
    several("three messages, words", told_messages),
];

const fn one(name: &'static str, write: fn(&str, &mut Dice) -> String) -> Disguise {
    Disguise { name, spare: 0, how: How::One(write) }
}

const fn several(name: &'static str, write: fn(&str) -> Vec<String>) -> Disguise {
    Disguise { name, spare: 0, how: How::Several(write) }
}

/// How many digits a text holds, in any script or as words of these languages.
pub(super) fn digits_in(text: &str) -> usize {
    let signs = text
        .chars()
        .filter(|sign| sign.is_numeric() && !KANJI.contains(&sign.to_string().as_str()));
    let kanji = text.chars().filter(|sign| KANJI.iter().any(|known| known.starts_with(*sign)));
    let words = text
        .split(|sign: char| !sign.is_alphabetic())
        .filter(|word| is_number(&word.to_lowercase()));
    signs.count().saturating_add(kanji.count()).saturating_add(words.count())
}

fn is_number(word: &str) -> bool {
    let digits = [ENGLISH, FRENCH, GERMAN, SPANISH];
    digits.iter().any(|digits| digits.contains(&word))
        || TENS.contains(&word)
        || matches!(word, "double" | "triple")
}

/// The digits as they are grouped on a card.
fn groups(card: &str) -> Vec<String> {
    let lengths: &[usize] = match card.len() {
        15 => &[4, 6, 5],
        14 => &[4, 6, 4],
        _ => &[4, 4, 4, 4, 4],
    };
    let mut rest = card;
    let mut groups = Vec::new();
    for length in lengths {
        let (group, behind) = rest.split_at_checked(*length).unwrap_or((rest, ""));
        groups.push(group.to_owned());
        rest = behind;
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn grouped(card: &str, mark: &str) -> String {
    groups(card).join(mark)
}

/// Every digit with something before and behind it.
fn each(card: &str, before: &str, behind: &str) -> String {
    let digits = card.chars().map(|digit| format!("{before}{digit}{behind}"));
    digits.collect::<String>().trim_end_matches([' ', '-', '\n']).to_owned()
}

fn chunks(card: &str, length: usize) -> Vec<String> {
    let digits: Vec<char> = card.chars().collect();
    digits.chunks(length).map(|chunk| chunk.iter().collect()).collect()
}

fn digit(sign: char) -> usize {
    sign.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or_default()
}

/// The sign so many behind another.
fn behind(first: char, steps: usize) -> char {
    let steps = u32::try_from(steps).unwrap_or_default();
    char::from_u32(u32::from(first).saturating_add(steps)).unwrap_or(first)
}

/// In the digits of another script, by its zero.
fn scripted(card: &str, zero: char) -> String {
    let change = |sign: char| if sign.is_ascii_digit() { behind(zero, digit(sign)) } else { sign };
    card.chars().map(change).collect()
}

fn dressed(card: &str, zero: char, first: char, mark: &str) -> String {
    let dress = |sign: char| match digit(sign) {
        0 => zero,
        digit => behind(first, digit.saturating_sub(1)),
    };
    let groups = groups(card).into_iter().map(|group| group.chars().map(dress).collect::<String>());
    groups.collect::<Vec<_>>().join(mark)
}

fn raised(card: &str) -> String {
    let raise = |sign: char| match digit(sign) {
        1 => '¹',
        2 => '²',
        3 => '³',
        digit => behind('\u{2070}', digit),
    };
    card.chars().map(raise).collect()
}

fn several_scripts(card: &str, dice: &mut Dice) -> String {
    const ZEROS: [char; 6] = ['0', '０', '\u{660}', '\u{966}', '\u{1d7ce}', '\u{e50}'];
    let change = |sign: char| behind(dice.pick(&ZEROS).unwrap_or('0'), digit(sign));
    card.chars().map(change).collect()
}

fn odd_groups(card: &str, dice: &mut Dice) -> String {
    let mut written = String::new();
    let mut left = 0;
    for sign in card.chars() {
        if left == 0 {
            written.push(' ');
            left = dice.between(2, 6);
        }
        written.push(sign);
        left = left.saturating_sub(1);
    }
    written.trim().to_owned()
}

fn odd_marks(card: &str, dice: &mut Dice) -> String {
    const MARKS: [&str; 8] = [" ", "-", ". ", " / ", "_", " : ", "\u{a0}", "\u{2009}- "];
    let mut written = String::new();
    for group in groups(card) {
        written.push_str(&group);
        written.push_str(dice.pick(&MARKS).unwrap_or(" "));
    }
    written.trim_end_matches([' ', '-', '.', '/', '_', ':', '\u{a0}', '\u{2009}']).to_owned()
}

fn entities(card: &str) -> String {
    let codes: Vec<String> = card.chars().map(|sign| u32::from(sign).to_string()).collect();
    format!("&#{};", codes.join(";&#"))
}

fn spelled(card: &str, words: &[&str; 10], mark: &str) -> String {
    let said = card.chars().map(|sign| words.get(digit(sign)).copied().unwrap_or_default());
    said.collect::<Vec<_>>().join(mark)
}

/// Two digits at a time, as people read them out.
fn tens(card: &str) -> String {
    let said = chunks(card, 2).into_iter().map(|pair| {
        let mut signs = pair.chars().map(digit);
        let (first, second) = (signs.next().unwrap_or_default(), signs.next());
        let word = |digit: usize| ENGLISH.get(digit).copied().unwrap_or_default();
        match (first, second) {
            (2.., Some(0)) => {
                TENS.get(first.saturating_sub(2)).copied().unwrap_or_default().to_owned()
            }
            (2.., Some(second)) => {
                let tens = TENS.get(first.saturating_sub(2)).copied().unwrap_or_default();
                format!("{tens}-{}", word(second))
            }
            (first, Some(second)) => format!("{} {}", word(first), word(second)),
            (first, None) => word(first).to_owned(),
        }
    });
    said.collect::<Vec<_>>().join(" ")
}

fn doubled(card: &str) -> String {
    let signs: Vec<char> = card.chars().collect();
    let said = signs.chunk_by(|one, other| one == other).flat_map(|run| {
        let word =
            run.first().and_then(|sign| ENGLISH.get(digit(*sign))).copied().unwrap_or_default();
        match run.len() {
            2 => vec![format!("double {word}")],
            3 => vec![format!("triple {word}")],
            count => vec![word.to_owned(); count],
        }
    });
    said.collect::<Vec<_>>().join(" ")
}

fn mixed_words(card: &str, dice: &mut Dice) -> String {
    let said = card.chars().map(|sign| {
        let word = ENGLISH.get(digit(sign)).copied().unwrap_or_default();
        if dice.one_in(2) { word.to_owned() } else { sign.to_string() }
    });
    said.collect::<Vec<_>>().join(" ")
}

/// `first four 4242, next four 4242`.
fn counted(card: &str) -> String {
    let said = groups(card).into_iter().enumerate().map(|(at, group)| {
        let which = if at == 0 { "first" } else { "next" };
        let count = ENGLISH.get(group.len()).copied().unwrap_or_default();
        format!("{which} {count} {group}")
    });
    said.collect::<Vec<_>>().join(", ")
}

fn listed(card: &str) -> String {
    let lines = groups(card).into_iter().zip(1..).map(|(group, at)| format!("{at}) {group}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn month(dice: &mut Dice) -> String {
    format!("{:02}/{}", dice.between(1, 12), dice.between(26, 35))
}

fn code(dice: &mut Dice) -> String {
    format!("{:03}", dice.below(1_000))
}

/// Cut into messages of about the same length.
fn cut(card: &str, messages: usize) -> Vec<String> {
    chunks(card, card.len().div_ceil(messages))
}

fn grouped_messages(card: &str) -> Vec<String> {
    let mut groups = groups(card);
    let behind = groups.split_off(groups.len().min(2));
    let mut messages = groups;
    messages.push(behind.join(" "));
    messages
}

fn told_messages(card: &str) -> Vec<String> {
    let begins = ["my card starts with", "then comes", "and it ends with"];
    grouped_messages(card)
        .into_iter()
        .zip(begins)
        .map(|(digits, begin)| format!("{begin} {digits}"))
        .collect()
}
