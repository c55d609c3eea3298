//! Signs that stand for digits, whatever they look like.

/// The zeros of every script that counts in tens (Unicode 14, category Nd); nine digits follow each.
const ZEROS: [char; 66] = [
    '\u{30}',
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// Digits in circles, brackets, with a point or raised: the first sign, and the number it stands for. As many
/// follow as the third number says.
const DRESSED: [(char, u8, u8); 18] = [
    ('²', 2, 2),
    ('¹', 1, 1),
    ('\u{2070}', 0, 1),
    ('\u{2074}', 4, 6),
    ('\u{2080}', 0, 10),
    ('①', 1, 20),
    ('⑴', 1, 20),
    ('⒈', 1, 20),
    ('⓪', 0, 1),
    ('⓫', 11, 10),
    ('⓵', 1, 10),
    ('⓿', 0, 1),
    ('❶', 1, 10),
    ('➀', 1, 10),
    ('➊', 1, 10),
    ('\u{1f100}', 0, 1),
    ('\u{1f101}', 0, 10),
    ('\u{1f10b}', 0, 1),
];

/// The digits that a sign stands for: one, or two for such as `⑫`.
pub(super) fn of(sign: char) -> Option<Digits> {
    if sign.is_ascii() {
        return sign.to_digit(10).and_then(|digit| u8::try_from(digit).ok()).map(Digits::one);
    }
    let offset = |first: char| u32::from(sign).checked_sub(u32::from(first));
    let zero = ZEROS.iter().rev().find(|zero| **zero <= sign);
    let in_script = zero.and_then(|zero| offset(*zero)).filter(|digit| *digit < 10);
    if let Some(digit) = in_script.and_then(|digit| u8::try_from(digit).ok()) {
        return Some(Digits::one(digit));
    }
    if sign == '\u{1f51f}' {
        return Some(Digits::of_number(10));
    }
    let dressed = DRESSED.iter().find_map(|(first, number, count)| {
        let step = offset(*first).and_then(|step| u8::try_from(step).ok())?;
        (step < *count).then(|| number.saturating_add(step))
    });
    dressed.map(Digits::of_number)
}

/// One to three digits that one sign or word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    digits: [u8; 3],
    count: u8,
}

impl Digits {
    pub(super) fn one(digit: u8) -> Self {
        Self { digits: [digit, 0, 0], count: 1 }
    }

    /// A number below 100, without leading zeros.
    pub(super) fn of_number(number: u8) -> Self {
        let (tens, ones) = (number / 10, number % 10);
        if tens == 0 { Self::one(ones) } else { Self { digits: [tens, ones, 0], count: 2 } }
    }

    /// The same digit two or three times.
    pub(super) fn repeated(digit: u8, times: u8) -> Self {
        Self { digits: [digit; 3], count: times.clamp(1, 3) }
    }

    /// The only digit.
    pub(super) fn single(self) -> Option<u8> {
        (self.count == 1).then(|| self.iter().next()).flatten()
    }

    /// What it is as a number, if that is below 100.
    pub(super) fn number(self) -> Option<u8> {
        let number = |so_far: u8, digit: u8| so_far.saturating_mul(10).saturating_add(digit);
        (self.count < 3).then(|| self.iter().fold(0, number))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = u8> {
        self.digits.into_iter().take(usize::from(self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_dress_are_known() {
        for (sign, number) in [
            ('7', 7),
            ('٤', 4),
            ('४', 4),
            ('４', 4),
            ('𝟜', 4),
            ('𝟰', 4),
            ('๔', 4),
            ('④', 4),
            ('⑫', 12),
            ('❹', 4),
            ('⁴', 4),
            ('₄', 4),
            ('²', 2),
            ('¹', 1),
            ('⓪', 0),
            ('⒋', 4),
            ('⑷', 4),
            ('🄅', 4),
            ('🯴', 4),
            ('🔟', 10),
        ] {
            assert_eq!(of(sign), Some(Digits::of_number(number)), "{sign}");
        }
        for sign in ['a', 'O', '½', '一', ' ', '\u{20e3}'] {
            assert_eq!(of(sign), None, "{sign}");
        }
    }
}
