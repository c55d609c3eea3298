//! Numbers that are written as words, in the languages of the shipped replies.

use unicode_normalization::UnicodeNormalization;

/// 0 to 19, then 20, 30 and so on up to 90, where the language says them in one word each. What is left empty is said
/// in several words, or would be another word of another language.
const NUMBERS: [[&str; 27]; 7] = [
    // English.
    [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
    ],
    // French.
    [
        "zero",
        "un",
        "deux",
        "trois",
        "quatre",
        "cinq",
        "six",
        "sept",
        "huit",
        "neuf",
        "dix",
        "onze",
        "douze",
        "treize",
        "quatorze",
        "quinze",
        "seize",
        "",
        "",
        "",
        "vingt",
        "trente",
        "quarante",
        "cinquante",
        "soixante",
        "septante",
        "octante",
    ],
    // German.
    [
        "null", "eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn",
        "elf", "zwolf", "dreizehn", "vierzehn", "funfzehn", "sechzehn", "siebzehn", "achtzehn",
        "neunzehn", "zwanzig", "dreissig", "vierzig", "funfzig", "sechzig", "siebzig", "achtzig",
    ],
    // Spanish.
    [
        "cero",
        "uno",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "diez",
        "",
        "doce",
        "trece",
        "catorce",
        "quince",
        "dieciseis",
        "diecisiete",
        "dieciocho",
        "diecinueve",
        "veinte",
        "treinta",
        "cuarenta",
        "cincuenta",
        "sesenta",
        "setenta",
        "ochenta",
    ],
    // Italian.
    [
        "zero",
        "uno",
        "due",
        "tre",
        "quattro",
        "cinque",
        "sei",
        "sette",
        "otto",
        "nove",
        "dieci",
        "undici",
        "dodici",
        "tredici",
        "quattordici",
        "quindici",
        "sedici",
        "diciassette",
        "diciotto",
        "diciannove",
        "venti",
        "trenta",
        "quaranta",
        "cinquanta",
        "sessanta",
        "settanta",
        "ottanta",
    ],
    // Portuguese.
    [
        "zero",
        "um",
        "dois",
        "tres",
        "quatro",
        "cinco",
        "seis",
        "sete",
        "oito",
        "nove",
        "dez",
        "onze",
        "doze",
        "treze",
        "catorze",
        "quinze",
        "dezesseis",
        "dezessete",
        "dezoito",
        "dezenove",
        "vinte",
        "trinta",
        "quarenta",
        "cinquenta",
        "sessenta",
        "setenta",
        "oitenta",
    ],
    // Dutch.
    [
        "nul",
        "een",
        "twee",
        "drie",
        "vier",
        "vijf",
        "zes",
        "zeven",
        "acht",
        "negen",
        "tien",
        "elf",
        "twaalf",
        "dertien",
        "veertien",
        "vijftien",
        "zestien",
        "zeventien",
        "achttien",
        "negentien",
        "twintig",
        "dertig",
        "veertig",
        "vijftig",
        "zestig",
        "zeventig",
        "tachtig",
    ],
];

/// Other words and other ways to write them.
const OTHERS: [(&str, u8); 29] = [
    ("vingts", 20),
    ("oh", 0),
    ("nought", 0),
    ("une", 1),
    ("ein", 1),
    ("eine", 1),
    ("una", 1),
    ("uma", 1),
    ("duas", 2),
    ("zwo", 2),
    ("fuenf", 5),
    ("fünf", 5),
    ("zwoelf", 12),
    ("fuenfzehn", 15),
    ("fuenfzig", 50),
    ("fourty", 40),
    ("ninety", 90),
    ("nonante", 90),
    ("neunzig", 90),
    ("noventa", 90),
    ("novanta", 90),
    ("negentig", 90),
    ("meia", 6),
    ("huitante", 80),
    ("veintiuno", 21),
    ("veintidos", 22),
    ("veintitres", 23),
    ("veinticuatro", 24),
    ("veinticinco", 25),
];

/// What is said before a digit that comes more than once.
const TIMES: [(&str, u8); 6] =
    [("double", 2), ("triple", 3), ("treble", 3), ("doppel", 2), ("doble", 2), ("doppio", 2)];

/// Between tens and ones: `cuarenta y dos`, `vingt et un`.
const AND: [&str; 4] = ["y", "et", "e", "and"];

/// A word in small letters and without accents.
pub(super) fn fold(word: &str) -> String {
    let small = word.nfkd().filter(|letter| !matches!(letter, '\u{300}'..='\u{36f}'));
    small.flat_map(char::to_lowercase).collect::<String>().replace('ß', "ss")
}

/// The number that a folded word says: 0 to 99.
pub(super) fn number(word: &str) -> Option<u8> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    NUMBERS.iter().find_map(|numbers| one_of(numbers, word)).or_else(|| compound(word))
}

/// The longest word that is looked at, in bytes: `siebenundzwanzig` is shorter.
const LONGEST: usize = 30;

fn one_of(numbers: &[&str], word: &str) -> Option<u8> {
    let other = OTHERS.iter().find(|(other, _)| *other == word).map(|(_, number)| *number);
    let at = numbers.iter().position(|number| *number == word);
    let at = at.and_then(|at| u8::try_from(at).ok());
    let number = at.map(|at| if at < 20 { at } else { at.saturating_sub(18).saturating_mul(10) });
    number.or(other)
}

/// `zweiundvierzig`, `tweeenveertig`, `quarantadue` and `veintisiete`: tens and ones in one word.
fn compound(word: &str) -> Option<u8> {
    let [_, _, german, _, italian, _, dutch] = &NUMBERS;
    let sum = |tens: u8, ones: u8| {
        let fits = tens >= 20 && tens.is_multiple_of(10) && (1..10).contains(&ones);
        fits.then(|| tens.saturating_add(ones))
    };
    let ones_first = |numbers: &[&str; 27], and: &str| {
        let (ones, tens) = word.split_once(and)?;
        let ones = if ones == "ein" { Some(1) } else { one_of(numbers, ones) };
        sum(one_of(numbers, tens)?, ones?)
    };
    let tens_first = || {
        let tens = italian.iter().skip(20).find_map(|tens| {
            let stem = tens.trim_end_matches(['a', 'i']);
            let rest = word.strip_prefix(tens).or_else(|| word.strip_prefix(stem))?;
            sum(one_of(italian, tens)?, one_of(italian, rest)?)
        });
        tens.or_else(|| word.strip_prefix("veinti").and_then(|ones| sum(20, number(ones)?)))
    };
    ones_first(german, "und").or_else(|| ones_first(dutch, "en")).or_else(tens_first)
}

/// How many times the digit behind a word comes.
pub(super) fn times(word: &str) -> Option<u8> {
    TIMES.iter().find(|(known, _)| *known == word).map(|(_, times)| *times)
}

/// Whether a word may stand between tens and ones.
pub(super) fn is_and(word: &str) -> bool {
    AND.contains(&word)
}

/// The digit of a Chinese or Japanese sign.
pub(super) fn ideograph(sign: char) -> Option<u8> {
    const SIGNS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let digit = if sign == '零' { Some(0) } else { SIGNS.iter().position(|known| *known == sign) };
    digit.and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_known_in_words() {
        for (word, known) in [
            ("Four", 4),
            ("oh", 0),
            ("nineteen", 19),
            ("eighty", 80),
            ("ninety", 90),
            ("deux", 2),
            ("Zéro", 0),
            ("seize", 16),
            ("soixante", 60),
            ("fünf", 5),
            ("fuenf", 5),
            ("zwölf", 12),
            ("zweiundvierzig", 42),
            ("einundzwanzig", 21),
            ("dreißig", 30),
            ("dieciséis", 16),
            ("veintidós", 22),
            ("veintisiete", 27),
            ("cuarenta", 40),
            ("quarantadue", 42),
            ("ventotto", 28),
            ("três", 3),
            ("quarenta", 40),
            ("tweeënveertig", 42),
            ("negen", 9),
            ("noventa", 90),
        ] {
            assert_eq!(number(&fold(word)), Some(known), "{word}");
        }
        for word in ["fourteenth", "card", "", "und", "en", "once", "undvierzig"] {
            assert_eq!(number(&fold(word)), None, "{word}");
        }
    }
}
