//! How well a section fits, in whole numbers: the same sections and the same question give the same
//! score, in whatever order they were put into the index.
//!
//! A word counts as in BM25 (Robertson and Zaragoza, 2009): the rarer it is, and the more often it stands
//! in a section that is not longer than others, with the usual `k1` of 1.2 and `b` of 0.75.

use std::fmt;

/// What a score of one is. Rarities have 16 binary digits after the point, and weights are in thousandths.
const ONE: u64 = 1_000 << 16;
/// `k1`, in thousandths: how soon a word that is repeated counts no more.
const K1: u64 = 1_200;
/// `k1 · b`, in thousandths: how much of that depends on the section's length.
const K1_BY_LENGTH: u64 = 900;
/// The natural logarithm of two, with 16 binary digits after the point.
const LN_2: u64 = 45_426;
/// How many binary digits of a logarithm are computed.
const DIGITS: u32 = 16;

/// How well a section fits a question: higher is better, and comparable within one search only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u64);

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.0.saturating_mul(100).checked_div(ONE).unwrap_or(0);
        let whole = hundredths.checked_div(100).unwrap_or(0);
        write!(f, "{whole}.{:02}", hundredths.checked_rem(100).unwrap_or(0))
    }
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Score {
    pub(crate) const fn new(score: u64) -> Self {
        Self(score)
    }
}

/// How much something counts, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weight(u64);

impl Weight {
    pub(crate) const ONE: Self = Self(1_000);

    pub(crate) const fn thousandths(thousandths: u64) -> Self {
        Self(thousandths)
    }

    /// Part of another weight.
    pub(crate) fn of(self, other: Self) -> Self {
        Self(self.0.saturating_mul(other.0).checked_div(1_000).unwrap_or(0))
    }
}

/// How rare a word is, with 16 binary digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rarity(u64);

impl Rarity {
    /// `ln((sections + 1) / (having + ½))`.
    pub(crate) fn new(sections: u64, having: u64) -> Self {
        let above = u128::from(sections.saturating_add(1)).saturating_mul(2);
        let below = u128::from(having.saturating_mul(2).saturating_add(1));
        let ratio = above.unbounded_shl(32).checked_div(below).unwrap_or(0);
        let log = binary_logarithm(ratio).saturating_mul(LN_2).unbounded_shr(DIGITS);
        Self(log)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What a word of this rarity counts at most, but for its repetition.
    pub(crate) fn weighed(self, weight: Weight) -> u64 {
        self.0.saturating_mul(weight.0)
    }
}

/// The binary logarithm of a number with 32 binary digits after the point, none below one, with 16.
fn binary_logarithm(ratio: u128) -> u64 {
    let Some(top) = ratio.checked_ilog2().filter(|top| *top >= 32) else { return 0 };
    let mut log = u64::from(top.saturating_sub(32));
    // Between one and two, with 31 digits. Squaring doubles the logarithm, which gives its next digit.
    let mut rest = ratio.unbounded_shr(top.saturating_sub(31));
    for _ in 0..DIGITS {
        rest = rest.saturating_mul(rest).unbounded_shr(31);
        let is_above_two = rest >= 1 << 32;
        log = log.unbounded_shl(1) | u64::from(is_above_two);
        if is_above_two {
            rest = rest.unbounded_shr(1);
        }
    }
    log
}

/// What the length of a section takes away from its words, by the length as the index keeps it.
pub(crate) struct Lengths(Vec<u64>);

impl Lengths {
    /// For sections that have so many words together.
    pub(crate) fn new(sections: u64, words: u64) -> Self {
        let length_of = tantivy::fieldnorm::FieldNormReader::id_to_fieldnorm;
        let by_length = |id| {
            let length = u64::from(length_of(id));
            let relative = length.saturating_mul(sections).saturating_mul(K1_BY_LENGTH);
            let fixed = K1.saturating_sub(K1_BY_LENGTH);
            fixed.saturating_add(relative.checked_div(words).unwrap_or(0))
        };
        Self((0..=u8::MAX).map(by_length).collect())
    }

    /// What a word counts that stands so many times in a section of this length.
    pub(crate) fn score(&self, weighed: u64, times: u64, length: u8) -> u64 {
        let slowing = self.0.get(usize::from(length)).copied().unwrap_or(K1);
        let above = times.saturating_mul(K1.saturating_add(1_000));
        let below = times.saturating_mul(1_000).saturating_add(slowing);
        weighed.saturating_mul(above).checked_div(below).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rarity_is_a_natural_logarithm() {
        // ln(101 / 0.5), ln(101 / 50.5), ln(101 / 100.5).
        for (having, thousandths) in [(0, 5_308), (50, 693), (100, 5)] {
            let Rarity(found) = Rarity::new(100, having);
            let found = found * 1_000 / (1 << 16);
            assert!(found.abs_diff(thousandths) <= 1, "{having}: {found}");
        }
        assert_eq!(Rarity::new(0, 5), Rarity(0));
        assert!(Rarity::new(u64::MAX, 1) > Rarity::new(1_000_000, 1));
    }

    #[test]
    fn a_word_counts_more_when_it_is_repeated_and_less_in_a_long_section() {
        let lengths = Lengths::new(100, 10_000);
        let id = tantivy::fieldnorm::FieldNormReader::fieldnorm_to_id;
        let [short, average, long] = [id(20), id(100), id(900)];
        let score = |times, length| lengths.score(1_000_000, times, length);
        assert_eq!(score(1, average).abs_diff(1_000_000), score(1, average) - 1_000_000);
        assert!(score(2, average) > score(1, average) && score(1, short) > score(1, long));
        assert!(score(u64::from(u32::MAX), short) <= 2_200_000);
        assert_eq!(score(0, short), 0);
    }

    #[test]
    fn a_score_has_two_decimals() {
        assert_eq!(Score::new(ONE * 12 + ONE / 20).to_string(), "12.05");
        assert_eq!(format!("{:?}", Score::new(0)), "0.00");
    }
}
