//! Whether the numbers of cards are found in every disguise, and other numbers are left alone.

mod disguise;
mod house;
mod number;
mod report;

use indicatif::ProgressBar;
use quittance_core::cards;
use quittance_intercom::text;

use crate::prove::dice::Dice;
use disguise::{ALL, Disguise, digits_in};

pub use report::CardsReport;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct CardsOptions {
    /// How many messages with a card's number there are, over all disguises.
    pub messages: u64,
    /// How many messages with other numbers.
    pub others: u64,
    /// How many messages of each disguise go through the whole engine.
    pub through: u32,
    /// What all chance comes from.
    pub seed: u64,
}

/// What came of the messages of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) messages: u64,
    /// Cards of which something was left, or other numbers that were taken out.
    pub(crate) wrong: u64,
}

/// What stands around a number.
const AROUND: [(&str, &str); 12] = [
    ("", ""),
    ("", ""),
    ("my card is ", ""),
    ("Please refund it to ", ", thanks"),
    ("You charged ", " again!"),
    ("Hello, I want my money back. My card: ", ". Regards"),
    ("card number: ", " please"),
    ("Bitte erstatten Sie auf ", ", danke"),
    ("Meine Kartennummer lautet ", "."),
    ("Ma carte est ", ", merci"),
    ("Mi tarjeta es ", ", gracias"),
    ("カード番号は", "です"),
];

/// Measures. Fails only when it cannot; what is found is in the report.
pub async fn cards(options: CardsOptions) -> anyhow::Result<CardsReport> {
    let mut dice = Dice::new(options.seed);
    let progress = ProgressBar::new(options.messages.saturating_add(options.others));
    let mut missed = Vec::new();
    let disguises = in_disguise(options.messages, &mut dice, &progress, &mut missed);
    let mut hits = Vec::new();
    let others = others(options.others, &mut dice, &progress, &mut hits);
    progress.finish_and_clear();
    let through = house::through(options.through, &mut dice).await?;
    Ok(CardsReport { seed: options.seed, disguises, missed, others, hits, through })
}

/// Masks so many messages, the same number in each disguise.
fn in_disguise(
    messages: u64,
    dice: &mut Dice,
    progress: &ProgressBar,
    missed: &mut Vec<String>,
) -> Vec<(&'static str, Count)> {
    let each = messages.div_ceil(u64::try_from(ALL.len()).unwrap_or(1));
    let one = |disguise: &Disguise| {
        let mut count = Count::default();
        for _ in 0..each {
            let written = written(disguise, &number::card(dice), dice);
            let kept = masked(&written);
            count.messages = count.messages.saturating_add(1);
            if digits_in(&kept) > disguise.spare {
                count.wrong = count.wrong.saturating_add(1);
                note(missed, format!("{}: {written:?}", disguise.name));
            }
            progress.inc(1);
        }
        (disguise.name, count)
    };
    ALL.iter().map(one).collect()
}

fn others(
    messages: u64,
    dice: &mut Dice,
    progress: &ProgressBar,
    hits: &mut Vec<String>,
) -> Vec<(&'static str, Count)> {
    let each = messages.div_ceil(u64::try_from(number::kinds()).unwrap_or(1));
    let one = |kind: usize| {
        let mut count = Count::default();
        for _ in 0..each {
            let written = number::other(kind, dice);
            count.messages = count.messages.saturating_add(1);
            if cards::mask(&[&text::plain(&written)]).has_card.contains(&true) {
                count.wrong = count.wrong.saturating_add(1);
                note(hits, written);
            }
            progress.inc(1);
        }
        (number::kind_name(kind), count)
    };
    (0..number::kinds()).map(one).collect()
}

/// The messages in which a card stands, with what people write around it.
fn written(disguise: &Disguise, card: &str, dice: &mut Dice) -> Vec<String> {
    let mut messages = disguise.write(card, dice);
    let (before, behind) = dice.pick(&AROUND).unwrap_or_default();
    if let Some(first) = messages.first_mut() {
        first.insert_str(0, before);
    }
    if let Some(last) = messages.last_mut() {
        last.push_str(behind);
    }
    messages
}

/// What is left of messages, without the marker.
fn masked(messages: &[String]) -> String {
    let plain: Vec<String> = messages.iter().map(|message| text::plain(message)).collect();
    let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
    cards::mask(&plain).texts.join("\n").replace(cards::REMOVED, " ")
}

/// How many examples of what went wrong are kept.
const MOST_EXAMPLES: usize = 400;

fn note(examples: &mut Vec<String>, example: String) {
    if examples.len() < MOST_EXAMPLES {
        examples.push(example);
    }
}

#[cfg(test)]
mod tests;
