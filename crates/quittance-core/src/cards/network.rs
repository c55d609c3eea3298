//! Which numbers card networks give out.

/// The fewest and the most digits of a card's number.
pub(super) const SHORTEST: usize = 13;
pub(super) const LONGEST: usize = 19;

/// The ranges that networks give cards from, by the first six digits and the count of all: Visa, Mastercard, Amex,
/// Discover, Diners, JCB, `UnionPay`, Maestro, Mir, `RuPay`, Elo, Hipercard, Troy, Verve, Dankort, Humo, Uzcard,
/// Napas and what shares their ranges. <https://en.wikipedia.org/wiki/Payment_card_number>
const RANGES: [(u32, u32, &[usize]); 44] = [
    (400_000, 499_999, &[13, 16, 19]),
    (222_100, 272_099, &[16]),
    (510_000, 559_999, &[16]),
    (340_000, 349_999, &[15]),
    (370_000, 379_999, &[15]),
    (601_100, 601_199, &[16, 17, 18, 19]),
    (644_000, 659_999, &[16, 17, 18, 19]),
    (300_000, 305_999, &[14]),
    (309_500, 309_599, &[14]),
    (360_000, 369_999, &[14]),
    (380_000, 399_999, &[14]),
    (352_800, 358_999, &[16, 17, 18, 19]),
    (620_000, 629_999, &[16, 17, 18, 19]),
    (501_800, 501_899, MAESTRO),
    (502_000, 502_099, MAESTRO),
    (503_800, 503_899, MAESTRO),
    (561_200, 561_299, MAESTRO),
    (589_300, 589_399, MAESTRO),
    (630_400, 630_499, MAESTRO),
    (670_300, 670_399, MAESTRO),
    (670_900, 670_999, MAESTRO),
    (675_900, 675_999, MAESTRO),
    (676_100, 676_399, MAESTRO),
    (676_770, 676_774, MAESTRO),
    (60_400, 60_499, MAESTRO),
    (677_100, 677_199, &[16, 17, 18, 19]),
    (220_000, 220_499, &[16, 17, 18, 19]),
    (508_500, 508_999, &[16]),
    (606_985, 607_984, &[16]),
    (608_001, 608_500, &[16]),
    (652_100, 653_149, &[16]),
    (506_699, 506_778, &[16]),
    (509_000, 509_999, &[16]),
    (627_780, 627_780, &[16]),
    (636_000, 639_999, &[16]),
    (606_282, 606_282, &[16]),
    (504_175, 504_175, &[16]),
    (979_200, 979_299, &[16]),
    (506_099, 506_198, &[16, 18, 19]),
    (501_900, 501_999, &[16]),
    (986_000, 986_099, &[16]),
    (860_000, 860_099, &[16]),
    (970_400, 970_499, &[16, 19]),
    (357_111, 357_111, &[16]),
];

const MAESTRO: &[usize] = &[13, 14, 15, 16, 17, 18, 19];

/// Wider ranges of the same networks, in which few cards are given out: only where somebody speaks of a card.
const RARE: [(u32, u32, &[usize]); 7] = [
    (810_000, 817_199, &[16, 17, 18, 19]),
    (300_000, 305_999, &[16, 17, 18, 19]),
    (360_000, 369_999, &[15, 16, 17, 18, 19]),
    (380_000, 399_999, &[16, 17, 18, 19]),
    (500_000, 509_999, MAESTRO),
    (560_000, 699_999, MAESTRO),
    (100_000, 199_999, &[15]),
];

/// Whether these digits are a card's number: of a network's range and length, and with the right last digit.
pub(super) fn is_card(digits: &[u8]) -> bool {
    is_in(&RANGES, digits) && is_luhn(digits)
}

/// As [`is_card`], also for rare ranges and for `UnionPay`'s cards without a check digit: where somebody speaks of a card.
pub(super) fn may_be_card(digits: &[u8]) -> bool {
    let is_union_pay = digits.starts_with(&[6, 2]) && digits.len() >= 16;
    (is_in(&RANGES, digits) || is_in(&RARE, digits)) && (is_luhn(digits) || is_union_pay)
}

fn is_in(ranges: &[(u32, u32, &[usize])], digits: &[u8]) -> bool {
    let count = digits.len();
    let begin = digits
        .iter()
        .take(6)
        .fold(0_u32, |so_far, digit| so_far.saturating_mul(10).saturating_add(u32::from(*digit)));
    ranges
        .iter()
        .any(|(from, to, counts)| (*from..=*to).contains(&begin) && counts.contains(&count))
}

/// Whether the last digit is what Luhn's rule makes of the others.
/// <https://en.wikipedia.org/wiki/Luhn_algorithm>
pub(super) fn is_luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0_u32, |sum, (place, digit)| {
        let digit = u32::from(*digit);
        let counted = match (place % 2, digit) {
            (0, digit) => digit,
            (_, 0..=4) => digit.saturating_mul(2),
            (_, digit) => digit.saturating_mul(2).saturating_sub(9),
        };
        sum.saturating_add(counted)
    });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().filter(u8::is_ascii_digit).map(|byte| byte.saturating_sub(b'0')).collect()
    }

    #[test]
    fn test_numbers_of_every_network_are_cards() {
        for card in [
            "4242424242424242",
            "4000056655665556",
            "4222222222222",
            "5555555555554444",
            "2223003122003222",
            "5200828282828210",
            "378282246310005",
            "371449635398431",
            "6011111111111117",
            "6011000990139424",
            "3056930009020004",
            "36227206271667",
            "38520000023237",
            "30569309025904",
            "3566002020360505",
            "6200000000000005",
            "6205500000000000004",
            "6759649826438453",
            "2200000000000004",
        ] {
            assert!(is_card(&digits(card)) || may_be_card(&digits(card)), "{card}");
        }
        for other in ["4242424242424241", "1234567890123452", "79927398713", "0000000000000000"] {
            assert!(!is_card(&digits(other)), "{other}");
        }
    }
}
