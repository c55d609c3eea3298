use proptest::prelude::*;

use super::*;

/// Whether nothing like a digit is left, but for the marker.
fn is_clean(text: &str) -> bool {
    let tokens = token::tokens(&[text]);
    let is_number = |token: &Token| match &token.kind {
        Kind::Digit(_) => true,
        Kind::Word(word) => words::number(word).is_some(),
        Kind::Space | Kind::Mark(_) | Kind::Hidden | Kind::Break => false,
    };
    !tokens.iter().any(is_number)
}

#[test]
fn card_numbers_are_taken_out_in_any_disguise() {
    for text in [
        "4242424242424242",
        "My card is 4242 4242 4242 4242, thanks",
        "4242-4242-4242-4242",
        "4242.4242.4242.4242",
        "4242/4242/4242/4242",
        "4242_4242_4242_4242",
        "4242\n4242\n4242\n4242",
        "4242\u{a0}4242\u{2009}4242\u{202f}4242",
        "4242\u{200b}42424242\u{feff}4242",
        "４２４２４２４２４２４２４２４２",
        "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢",
        "४२४२४२४२४२४२४२४२",
        "𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐",
        "④②④② ④②④② ④②④② ④②④②",
        "⁴²⁴²⁴²⁴²⁴²⁴²⁴²⁴²",
        "₄₂₄₂₄₂₄₂₄₂₄₂₄₂₄₂",
        "4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
        "42 42 42 42 42 42 42 42",
        "4\n2\n4\n2\n4\n2\n4\n2\n4\n2\n4\n2\n4\n2\n4\n2",
        "(4242) (4242) (4242) (4242)",
        "[4242][4242][4242][4242]",
        "4242 - 4242 – 4242 — 4242",
        "4242 * 4242 * 4242 * 4242",
        "4242&nbsp;4242&nbsp;4242&#160;4242",
        "<b>4242</b><i>4242</i>4242<br/>4242",
        "&#52;242 4242 4242 4242",
        "424242424242 4242",
        "42424242 42424242",
        "4242 4242 4242 4242 12/27 123",
        "4242424242424242 exp 12/27 cvv 123",
        "42424242424242421227123",
        "cvv 123 card 4242424242424242",
        "3782 822463 10005",
        "3782-822463-10005",
        "378282246310005",
        "5555 5555 5555 4444",
        "2223003122003222",
        "visa:4222222222222",
        "four two four two four two four two four two four two four two four two",
        "four-two-four-two-four-two-four-two-four-two-four-two-four-two-four-two",
        "double four double four double four double four double four double four double four four eight",
        "forty two forty two forty two forty two forty two forty two forty two forty two",
        "quatre deux quatre deux quatre deux quatre deux quatre deux quatre deux quatre deux quatre deux",
        "quarante-deux quarante-deux quarante-deux quarante-deux quarante-deux quarante-deux quarante-deux quarante-deux",
        "vier zwei vier zwei vier zwei vier zwei vier zwei vier zwei vier zwei vier zwei",
        "zweiundvierzig zweiundvierzig zweiundvierzig zweiundvierzig zweiundvierzig zweiundvierzig zweiundvierzig zweiundvierzig",
        "cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos",
        "四二四二四二四二四二四二四二四二",
        "4242x4242x4242x4242",
        "4242 then 4242 then 4242 and 4242",
        "4607 and then 9374 and then 1983 and then 2045",
        "order number 4242 4242 4242 4242",
        "Card#4242424242424242",
        "card no. 4242424242424242",
        "4242%204242%204242%204242",
        "カード番号はfour two four two four two four two four two four two four two four twoです",
    ] {
        let masked = mask_one(text);
        assert!(is_clean(&masked) && masked.contains(REMOVED), "{text}: {masked}");
    }
}

#[test]
fn words_and_counts_between_the_groups_do_not_hide_a_number() {
    for text in [
        "the first four are 4242 then 4242 then 4242 and the last four are 4242",
        "first 4: 4242, next 4: 4242, next 4: 4242, last 4: 4242",
        "1) 4242 2) 4242 3) 4242 4) 4242",
        "number one: four two four two four two four two four two four two four two four two",
        "4OOO O566 5566 5556 is my card",
        "card 4O12888888881881",
        "4l11 llll 1111 1111",
    ] {
        let masked = mask_one(text);
        assert!(
            masked.contains(REMOVED) && !masked.contains("42 4") && !masked.contains("4242"),
            "{masked}"
        );
        assert!(
            !masked.contains("1111") && !masked.contains("8888") && !masked.contains("6556"),
            "{masked}"
        );
    }
}

#[test]
fn a_number_may_be_spread_over_three_messages() {
    let masked = mask(&["my card: 4242 4242", "4242 42", "42, cvv 123", "thanks"]);
    assert_eq!(masked.has_card, [true, true, true, false]);
    assert!(masked.texts.iter().all(|text| is_clean(text)), "{masked:?}");
    for messages in [
        &["42424242", "42424242"][..],
        &["4242", "4242 4242", "4242"],
        &["first half 42424242", "second half 42424242"],
        &["card 424242424", "2424242"],
        &["4242 4242 4242 4242", "12/27", "123"],
    ] {
        let masked = mask(messages);
        assert!(masked.texts.iter().all(|text| is_clean(text)), "{masked:?}");
    }
    let four = mask(&["4242", "4242", "4242", "4242"]);
    assert_eq!(four.has_card, [false; 4]);
}

#[test]
fn other_numbers_stay() {
    for text in [
        "order 4242424242424242",
        "Bestellnummer: 4242424242424242",
        "tracking number 4242424242424242 and 5555555555554444",
        "#4242424242424242",
        "Order 302-1234567-1234567",
        "call +49 30 1234 5678 901",
        "DE89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "paid 49.00, 12.50, 13.75 and 99,00 on 2026-03-14 at 10:30",
        "14.03.2026 10:30 and 15.03.2026 11:30",
        "1234567812345678",
        "ch_3NqYb2eZvKYlo2C1",
        "in 2024, 2025, 2026 and 2027",
        "I have one question about two payments, or three",
        "postcode 10115 Berlin",
        "I expected 149 back, valid since 2024",
        "PO Box 4296, 94463-8535",
        "sub_1MMAMvu0g6268JfGDi",
        "order no. 4242424242424242",
        "My card was charged twice. Bestellung Nr. 4242424242424242",
        "booking NTX4242424242424242",
        "at 52.516283, 13.377704",
        "es geht um 07723933196221 please help",
        "My card was charged twice. es geht um 07723933196221 please help",
    ] {
        assert_eq!(mask_one(text), text);
    }
}

#[test]
fn what_is_around_a_number_stays() {
    assert_eq!(
        mask_one("I paid 49.00 USD with 4242 4242 4242 4242 on 2026-03-14, please refund."),
        "I paid 49.00 USD with [card number removed] on 2026-03-14, please refund."
    );
    assert_eq!(
        mask_one("order 1001: charged twice on 4242424242424242!"),
        "order 1001: charged twice on [card number removed]!"
    );
}

/// A number with the right check digit.
fn card() -> impl Strategy<Value = String> {
    let begin = prop_oneof![Just("4"), Just("51"), Just("2223"), Just("6011")];
    (begin, prop::collection::vec(0..10_u8, 15)).prop_map(|(begin, digits)| {
        let mut card: Vec<u8> = begin.bytes().map(|byte| byte.saturating_sub(b'0')).collect();
        card.extend(digits.iter().take(15_usize.saturating_sub(card.len())));
        let last = (0..10).find(|last| network::is_luhn(&[card.as_slice(), &[*last]].concat()));
        card.push(last.unwrap());
        card.iter().map(|digit| char::from(b'0'.saturating_add(*digit))).collect()
    })
}

proptest! {
    #[test]
    fn no_digit_of_a_card_is_left(card in card(), mark in "[ ._/*|:\u{a0}\u{200b}-]{0,2}", size in 1..9_usize) {
        let groups: Vec<String> = card.as_bytes().chunks(size).map(|it| String::from_utf8_lossy(it).into_owned()).collect();
        let text = format!("Please refund my card {} soon", groups.join(&mark));
        let masked = mask_one(&text);
        prop_assert!(!masked.chars().any(char::is_numeric), "{}", masked);
    }

    #[test]
    fn any_text_is_masked_and_masking_twice_changes_nothing(texts in prop::collection::vec(any::<String>(), 0..4)) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let once = mask(&texts);
        prop_assert_eq!(once.texts.len(), texts.len());
        let again: Vec<&str> = once.texts.iter().map(String::as_str).collect();
        prop_assert_eq!(mask(&again).texts, once.texts.clone());
    }
}
