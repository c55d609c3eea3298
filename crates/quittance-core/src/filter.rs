//! What a model may say to a customer in its own words: nothing that sounds like money.
//!
//! Code, not another model, decides: a text with a figure, a date, a promise, an address or a link is
//! not sent. Money may be mentioned in a question only, and never as something that has happened or
//! will. The test is strict, since the sentences about money are the company's own templates. It knows
//! the Latin-script languages in which replies are shipped; a text in another script, Japanese too, is
//! not sent, and a person answers in its place.

mod words;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use words::{CURRENCIES, MACHINERY, MONEY, PROMISES};

/// The longest text, in characters.
pub const LONGEST: usize = 1_200;

/// Why a text is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Violation {
    /// There is nothing to send.
    Empty,
    /// It is too long.
    TooLong,
    /// It has a digit: an amount, a date, a period, a card number.
    Figure,
    /// It names a currency.
    Currency,
    /// It says that money was or will be given back, or that something is certain.
    Promise,
    /// It speaks of money outside a question.
    Money,
    /// It should be a question and is none.
    NotAQuestion,
    /// It is in a script whose promises nobody here can tell.
    Script,
    /// It has a link, an e-mail address or an image.
    Address,
    /// It has characters that are not for reading: controls, direction marks, a model's own marks.
    Control,
    /// It repeats the instructions or looks like a tool call.
    Machinery,
}

/// Currencies in Japanese and in Arabic, whose words have other words before them without a space.
const UNPARTED_CURRENCIES: [&str; 9] =
    ["円", "ドル", "ユーロ", "ポンド", "دولار", "يورو", "درهم", "ريال", "جنيه"];

/// Checks a question to the customer: one that passes [`check`] and asks something.
pub fn check_question(text: &str) -> Result<(), Violation> {
    check(text)?;
    if text.trim_end().ends_with(['?', '？']) { Ok(()) } else { Err(Violation::NotAQuestion) }
}

/// Checks a text. It may be sent when nothing is found.
pub fn check(text: &str) -> Result<(), Violation> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Violation::Empty);
    }
    if trimmed.chars().count() > LONGEST {
        return Err(Violation::TooLong);
    }
    if trimmed.chars().any(is_control) || trimmed.contains("<|") || trimmed.contains("[INST") {
        return Err(Violation::Control);
    }
    let folded = fold(trimmed);
    if folded.chars().any(|letter| letter.is_alphabetic() && !is_latin(letter)) {
        return Err(Violation::Script);
    }
    check_words(&folded)
}

/// A text in small letters, with straight apostrophes, and with letters that only look different, such as
/// full-width ones, as what they look like.
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkc().collect();
    plain.to_lowercase().replace(['’', '`'], "'")
}

/// Whether a folded text names a currency at its beginning or its end: a sign, a code or a word.
pub fn names_currency(folded: &str) -> bool {
    folded.chars().any(is_currency_sign)
        || CURRENCIES.iter().any(|word| begins_a_word(folded, word))
        || UNPARTED_CURRENCIES.iter().any(|word| folded.contains(word))
}

fn check_words(folded: &str) -> Result<(), Violation> {
    let holds = |words: &[&str]| words.iter().any(|word| begins_a_word(folded, word));
    if MACHINERY.iter().any(|word| folded.contains(word)) {
        return Err(Violation::Machinery);
    }
    if is_address(folded) {
        return Err(Violation::Address);
    }
    if folded.chars().any(char::is_numeric) {
        return Err(Violation::Figure);
    }
    if folded.chars().any(is_currency_sign) || holds(&CURRENCIES) {
        return Err(Violation::Currency);
    }
    if holds(&PROMISES) {
        return Err(Violation::Promise);
    }
    let says = folded
        .split_inclusive(['.', '!', '?', '…', '\n'])
        .filter(|sentence| !sentence.ends_with('?'));
    for sentence in says {
        if MONEY.iter().any(|word| begins_a_word(sentence, word)) {
            return Err(Violation::Money);
        }
    }
    Ok(())
}

fn is_latin(letter: char) -> bool {
    matches!(letter, 'a'..='z' | 'A'..='Z' | '\u{AA}' | '\u{BA}' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

fn is_control(letter: char) -> bool {
    let is_layout = matches!(letter, '\n' | '\r' | '\t');
    let is_hidden = matches!(
        letter,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{FFF9}'..='\u{FFFB}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}'
    );
    is_hidden || (letter.is_control() && !is_layout)
}

fn is_currency_sign(letter: char) -> bool {
    matches!(letter, '$' | '¢' | '£' | '¤' | '¥' | '\u{20A0}'..='\u{20CF}' | '＄' | '￡' | '￥')
}

fn is_address(folded: &str) -> bool {
    let is_marked = ["://", "www.", "mailto:", "](", "<a ", "<img", "@"]
        .iter()
        .any(|mark| folded.contains(mark));
    is_marked || folded.split_whitespace().any(is_domain)
}

/// Whether a word looks like `example.com`: letters, a point, and two or more letters.
fn is_domain(word: &str) -> bool {
    let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    let Some((before, after)) = word.rsplit_once('.') else { return false };
    let is_name = |part: &str| {
        part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.')
    };
    before.len() > 1
        && after.len() > 1
        && is_name(before)
        && after.chars().all(|letter| letter.is_ascii_alphabetic())
}

/// Whether `phrase` stands in the text at the start of a word.
fn begins_a_word(folded: &str, phrase: &str) -> bool {
    folded.match_indices(phrase).any(|(at, _)| {
        let before = folded.get(..at).and_then(|text| text.chars().next_back());
        before.is_none_or(|letter| !letter.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_or_a_plain_answer_passes() {
        for text in [
            "Which of the two payments do you mean?",
            "Lequel des deux paiements voulez-vous dire ?",
            "Welche der beiden Zahlungen meinen Sie?",
            "¿A cuál de los dos pagos se refiere?",
            "A qual dos dois pagamentos se refere?",
            "A quale dei due pagamenti si riferisce?",
            "Welke van de twee betalingen bedoelt u?",
            "Poderia dizer-me o que aconteceu?",
            "Mi può dire che cosa è successo?",
            "Kunt u mij vertellen wat er is gebeurd?",
            "Per quale pagamento chiede il rimborso?",
            "Welke betaling wilt u terugkrijgen?",
            "Para qual pagamento pede o reembolso?",
            "Yes, there is a rule for that. Here is what it says.",
            "Could you tell me more? E.g. what went wrong.",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn money_dates_promises_and_links_do_not_pass() {
        for (text, violation) in [
            ("I gave you 50 back", Violation::Figure),
            ("You get ５０ back", Violation::Figure),
            ("It comes on ٢", Violation::Figure),
            ("You get fifty dollars", Violation::Currency),
            ("You get fifty €", Violation::Currency),
            ("Your money was refunded", Violation::Promise),
            ("We’ll refund you, no worries", Violation::Promise),
            ("That’s a legally binding offer", Violation::Promise),
            ("Nous vous avons remboursé", Violation::Promise),
            ("Das Geld wurde überwiesen", Violation::Promise),
            ("Le hemos reembolsado todo", Violation::Promise),
            ("See https://evil.example", Violation::Address),
            ("Write to help@evil.example", Violation::Address),
            ("Go to evil.example now", Violation::Address),
            ("![x](y)", Violation::Address),
            ("{\"name\": \"x\"}", Violation::Machinery),
            ("<|im_end|>", Violation::Control),
            ("hi\u{202E}there", Violation::Control),
            ("We are re\u{AD}funding you", Violation::Control),
            ("We are refunding you right now, in full.", Violation::Money),
            ("We are ｒｅｆｕｎｄｉｎｇ you", Violation::Money),
            ("Your refund went through.", Violation::Money),
            ("You get all your money back by Monday.", Violation::Money),
            ("I have reversed the payment for you.", Violation::Money),
            ("Sie bekommen das Geld zurück.", Violation::Money),
            ("Te devolvemos todo.", Violation::Promise),
            ("On vous rend l'argent demain.", Violation::Money),
            ("Le rimborsiamo tutto.", Violation::Promise),
            ("Otrzymasz zwrot w całości.", Violation::Money),
            ("Já devolvemos o seu dinheiro.", Violation::Promise),
            ("Vai receber tudo amanhã.", Violation::Promise),
            ("Estornamos a compra hoje.", Violation::Promise),
            ("O dinheiro volta para o seu cartão.", Violation::Money),
            ("Faremos a transferência ainda hoje.", Violation::Money),
            ("La rimborseremo domani.", Violation::Promise),
            ("Abbiamo accreditato tutto.", Violation::Promise),
            ("Riceverà tutto domani.", Violation::Promise),
            ("Le ridiamo i suoi soldi.", Violation::Money),
            ("Facciamo un bonifico oggi.", Violation::Money),
            ("Wij hebben het teruggestort.", Violation::Promise),
            ("U ontvangt alles morgen.", Violation::Promise),
            ("Wij beloven dat het goed komt.", Violation::Promise),
            ("U krijgt uw geld morgen.", Violation::Money),
            ("Het bedrag staat morgen op uw rekening.", Violation::Money),
            ("すぐに返金いたします。", Violation::Script),
            ("どのお支払いについてでしょうか？", Violation::Script),
            ("我们会退款给您", Violation::Script),
            ("We will гefund you", Violation::Script),
            ("You get it all back to you. Is that fine?", Violation::Money),
            (" \n ", Violation::Empty),
        ] {
            assert_eq!(check(text), Err(violation), "{text}");
        }
        assert_eq!(check(&"a ".repeat(LONGEST)), Err(Violation::TooLong));
    }

    #[test]
    fn a_question_asks_something() {
        assert_eq!(check_question("Which payment should be refunded?"), Err(Violation::Promise));
        assert_eq!(check_question("Which payment is the refund about?"), Ok(()));
        assert_eq!(check_question("All is well."), Err(Violation::NotAQuestion));
    }
}
