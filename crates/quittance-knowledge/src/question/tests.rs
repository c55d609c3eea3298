use super::*;
use crate::document::Section;

fn lexicon(language: &str, text: &str) -> Lexicon {
    let mut lexicon = Lexicon::new(language);
    let section = Section {
        document: String::new(),
        title: String::new(),
        clause: String::new(),
        anchor: String::new(),
        text: text.to_owned(),
        language: language.to_owned(),
    };
    let reading = lexicon.reader().section(&section);
    lexicon.learn(&reading);
    lexicon
}

/// What is looked for, in one language.
fn wished(lexicon: &Lexicon, question: &str) -> Vec<(String, Weight)> {
    let wishes = wishes(std::iter::once(lexicon), question);
    let stems = wishes.iter().flat_map(|wish| &wish.stems);
    stems.map(|(stem, weight)| (stem.to_string(), *weight)).collect()
}

fn stems(lexicon: &Lexicon, question: &str) -> Vec<String> {
    wished(lexicon, question).into_iter().map(|(stem, _)| stem).collect()
}

#[test]
fn small_talk_is_left_out_unless_there_is_nothing_else() {
    let english = lexicon("en", "If you need help, please ask for a voucher.");
    assert_eq!(stems(&english, "Hello, could you please help me with a voucher?"), ["voucher"]);
    assert_eq!(stems(&english, "I need help please"), ["help", "need", "pleas"]);
    let german = lexicon("de", "Bitte fragen Sie nach dem Gutschein.");
    assert_eq!(stems(&german, "Hallo, ich möchte bitte meinen Gutschein"), ["gutschein"]);
}

#[test]
fn a_word_that_is_said_again_counts_more_but_less_each_time() {
    let english = lexicon("en", "A voucher for a parcel.");
    let weight = |question: &str| wished(&english, question)[0].1;
    let [once, twice, thrice] =
        ["voucher ", "vouchers voucher", "voucher voucher voucher"].map(weight);
    assert_eq!(once, Weight::ONE);
    assert!(once < twice && twice < thrice);
    assert_eq!(weight(&"voucher ".repeat(9)), weight(&"voucher ".repeat(100)));
}

#[test]
fn words_that_follow_each_other_are_a_pair_also_over_small_talk() {
    let english = lexicon("en", "A second payment by card.");
    let wishes =
        wishes(std::iter::once(&english), "my second, please, payment payment by sunshine card");
    let pairs: Vec<(&str, &str)> = wishes[0].pairs.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(pairs, [("payment", "card"), ("second", "payment")]);
}

#[test]
fn synonyms_and_relatives_count_less_than_what_was_said() {
    let english = lexicon("en", "A refund of what was billed.");
    assert_eq!(
        wished(&english, "money back for what you charged"),
        [("bill".to_owned(), SYNONYM), ("refund".to_owned(), SYNONYM)]
    );
    assert_eq!(wished(&english, "billed, charged"), [("bill".to_owned(), Weight::ONE)]);
    let german = lexicon("de", "Das Abo gilt ein Jahr.");
    assert_eq!(
        wished(&german, "Jahresabo"),
        [("abo".to_owned(), RELATED), ("jahr".to_owned(), RELATED)]
    );
}

#[test]
fn what_one_language_knows_is_not_misspelt_in_another() {
    let [english, german] = [lexicon("en", "A contract."), lexicon("de", "Der Kontrakt.")];
    let of = |question: &str| {
        let wishes = wishes([&english, &german].into_iter(), question);
        wishes.iter().map(|wish| wish.lexicon.language().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("contract"), ["en"]);
    assert_eq!(of("kontrakt"), ["de"]);
    assert_eq!(of("kontrackt"), ["de"]);
}

#[test]
fn any_question_is_bounded() {
    let many = (0..150).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
    let english = lexicon("en", &many);
    assert_eq!(stems(&english, &many).len(), MOST_WORDS);
    for question in
        ["", " ", "\0\u{1}\u{7f}\u{200b}\u{feff}", "the and of", "?!…", &"x".repeat(100_000)]
    {
        assert_eq!(stems(&english, question), Vec::<String>::new(), "{}", question.len());
    }
}
