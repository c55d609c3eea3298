use super::*;

fn section(text: &str, language: &str) -> Section {
    Section {
        document: "a.md".to_owned(),
        title: String::new(),
        clause: String::new(),
        anchor: String::new(),
        text: text.to_owned(),
        language: language.to_owned(),
    }
}

fn lexicon(language: &str, text: &str) -> Lexicon {
    let mut lexicon = Lexicon::new(language);
    let reading = lexicon.reader().section(&section(text, language));
    lexicon.learn(&reading);
    lexicon
}

/// What a word is looked for as, besides itself.
fn relatives(lexicon: &Lexicon, word: &str) -> Vec<String> {
    let mut reader = lexicon.reader();
    let spot = reader.text(word).remove(0);
    let relatives = lexicon.relatives(&mut reader, &spot.form.unwrap(), &spot.written);
    relatives.iter().map(ToString::to_string).collect()
}

fn looked_up(lexicon: &Lexicon, word: &str) -> Vec<String> {
    let form = lexicon.reader().text(word).remove(0).form.unwrap();
    lexicon.look_up(&form).iter().map(ToString::to_string).collect()
}

#[test]
fn a_german_compound_leads_to_its_parts() {
    let lexicon = lexicon("de", "Das Jahr, ein Abo, die Zahlung und eine Rechnung.");
    assert_eq!(relatives(&lexicon, "Jahresabo"), ["abo", "jahr"]);
    assert_eq!(relatives(&lexicon, "Zahlungsrechnungen"), ["rechnung", "zahlung"]);
    assert_eq!(relatives(&lexicon, "Jahreszahlungsrechnung"), ["jahr", "rechnung", "zahlung"]);
    assert_eq!(relatives(&lexicon, "Sonnenschein"), Vec::<String>::new());
}

#[test]
fn a_german_word_leads_to_the_compounds_it_is_in() {
    let lexicon = lexicon("de", "Rückerstattungen, Jahresabo, Abo und Abendbrot");
    assert_eq!(relatives(&lexicon, "Erstattung"), ["ruckerstatt"]);
    assert_eq!(relatives(&lexicon, "Jahr"), ["jahresabo"]);
    assert_eq!(relatives(&lexicon, "Abend"), Vec::<String>::new());
}

#[test]
fn dutch_and_swedish_compounds_are_taken_apart_too_and_english_words_are_not() {
    let dutch = lexicon("nl", "De betaling van een abonnement.");
    assert_eq!(relatives(&dutch, "abonnementsbetaling"), ["abonnement", "betaal"]);
    let swedish = lexicon("sv", "Din betalning för ett medlemskap");
    assert!(relatives(&swedish, "medlemskapsbetalning").contains(&"betalning".to_owned()));
    let english = lexicon("en", "a market place");
    assert_eq!(relatives(&english, "marketplace"), Vec::<String>::new());
}

#[test]
fn a_word_is_found_without_its_accents() {
    let french = lexicon("fr", "La facture prélevée est réglée, le délai est écoulé.");
    for word in ["prelevee", "Prélevée", "reglee", "delai", "ecoule"] {
        assert_eq!(looked_up(&french, word).len(), 1, "{word}");
    }
    let german = lexicon("de", "Die Rückerstattung der Gebühr ist möglich.");
    for word in ["Rueckerstattung", "Ruckerstattung", "Gebuehr", "moeglich"] {
        assert_eq!(looked_up(&german, word).len(), 1, "{word}");
    }
    assert_eq!(looked_up(&french, "gebuehr"), Vec::<String>::new());
}

#[test]
fn what_is_forgotten_leaves_nothing() {
    let mut lexicon = lexicon("de", "Die Rückerstattung der Gebühr.");
    let more = lexicon.reader().section(&section("Gebühr, Jahresabo; Gebühren!", "de"));
    let before = (lexicon.words.clone(), lexicon.stems.clone(), lexicon.backwards.clone());
    lexicon.learn(&more);
    assert_eq!(lexicon.uses("gebuhr"), Uses { in_headings: 0, in_texts: 2 });
    lexicon.forget(&more);
    assert_eq!((lexicon.words, lexicon.stems, lexicon.backwards), before);
    assert_eq!((lexicon.sections, lexicon.text_words), (1, 2));
}

#[test]
fn one_wrong_letter_is_forgiven_but_not_the_first() {
    let lexicon = lexicon("en", "The subscription was duplicated.");
    let guesses = |word: &str| {
        let form = lexicon.reader().text(word).remove(0).form.unwrap();
        lexicon.guesses(&form).len()
    };
    assert_eq!(
        [guesses("subscripton"), guesses("subscritpion"), guesses("xubscription")],
        [1, 1, 0]
    );
}

#[test]
fn a_mistake_is_one_letter_or_two_that_changed_places() {
    for (one, other) in [
        ("refund", "refxnd"),
        ("refund", "refnd"),
        ("refund", "reffund"),
        ("refund", "refunds"),
        ("refund", "refnud"),
        ("refund", "refudn"),
        ("refund", "xrefund"),
        ("été", "ète"),
        ("a", ""),
    ] {
        let is_near = (one, other) != ("été", "ète");
        assert_eq!(
            [is_one_mistake(one, other), is_one_mistake(other, one)],
            [is_near; 2],
            "{one} {other}"
        );
    }
    for (one, other) in [("refund", "refund"), ("refund", "rfnd"), ("refund", "erfnud"), ("", "")] {
        assert!(!is_one_mistake(one, other) && !is_one_mistake(other, one), "{one} {other}");
    }
}
