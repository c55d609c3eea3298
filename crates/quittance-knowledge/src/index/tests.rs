use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert_eq, proptest};
use proptest::sample::select;

use super::*;
use crate::document::sections_of;
use crate::question::LONGEST_QUESTION;

const ENGLISH: &str = "\
# Refund policy

Write to us in the Messenger.

## Charged twice

If we took the same payment twice, we give the second one back.

## Changed your mind

Monthly plans can be returned within 14 days of any payment.

## Leaving a yearly plan early

If you leave within 30 days of paying for your subscription, we give back half of it.
";

const FRENCH: &str = "\
# Politique de remboursement

## Prélevé deux fois

Si nous avons prélevé deux fois le même paiement, nous remboursons le second.

## Abonnement annuel

Si vous résiliez l'abonnement dans les 30 jours, nous rendons la moitié.
";

const GERMAN: &str = "\
# Rückerstattung

## Doppelt abgebucht

Haben wir dieselbe Zahlung zweimal abgebucht, erstatten wir die zweite.
";

const CHINESE: &str =
    "# 退款政策\n\n## 重复收费\n\n如果我们收取了两次相同的付款,我们会退还第二次。\n";

fn index() -> Index {
    let documents = [
        ("en.md", ENGLISH, "en"),
        ("fr.md", FRENCH, "fr-CA"),
        ("de.md", GERMAN, "de"),
        ("zh.md", CHINESE, "zh"),
    ];
    Index::in_memory(
        documents.into_iter().flat_map(|(name, text, language)| sections_of(name, text, language)),
    )
    .unwrap()
}

/// The clauses found, best first.
fn found(query: &str) -> Vec<String> {
    index().search(query, 3).unwrap().into_iter().map(|hit| hit.clause).collect()
}

fn best(query: &str) -> String {
    found(query).into_iter().next().unwrap_or_default()
}

#[test]
fn a_question_finds_its_section_in_each_language() {
    for (query, clause) in [
        ("I was charged two times for the same thing", "Charged twice"),
        ("can I return my monthly plan?", "Changed your mind"),
        ("subscriptions", "Leaving a yearly plan early"),
        ("vous m'avez prélevée deux fois !", "Prélevé deux fois"),
        ("remboursement abonnement resilie", "Abonnement annuel"),
        ("Sie haben doppelt abgebucht", "Doppelt abgebucht"),
        ("重复收费了", "重复收费"),
    ] {
        assert_eq!(best(query), clause, "{query}");
    }
}

#[test]
fn one_wrong_letter_in_a_long_word_is_forgiven() {
    for (query, clause) in [
        ("subscripton", "Leaving a yearly plan early"),
        ("mesenger", "Refund policy"),
        ("abonement", "Abonnement annuel"),
        ("paymnet twcie", "Charged twice"),
    ] {
        assert_eq!(best(query), clause, "{query}");
    }
    assert_eq!(found("hlaf"), Vec::<String>::new());
    assert_eq!(found("subscrptn"), Vec::<String>::new());
}

#[test]
fn a_guessed_word_counts_less_than_a_known_one() {
    let score = |query: &str| index().search(query, 1).unwrap()[0].score;
    assert!(score("subscripton") < score("subscription"));
}

#[test]
fn a_question_without_a_known_word_finds_nothing() {
    for query in ["", "   ", "…", "the and of", "xyzzy", "🙂", "\0"] {
        assert_eq!(found(query), Vec::<String>::new(), "{query:?}");
    }
}

#[test]
fn no_character_of_a_question_has_a_meaning() {
    for query in [
        "twice AND NOT charged",
        "text:twice",
        "\"charged twice\"~1000",
        "(charged OR",
        "charged^9 +twice -payment",
        "charged* twice? [a TO z] {x}",
        "/charged.*/ \\ twice",
    ] {
        assert_eq!(best(query), "Charged twice", "{query}");
    }
    assert_eq!(found("*"), Vec::<String>::new());
    assert_eq!(found("text:* OR /.*/"), Vec::<String>::new());
}

#[test]
fn a_language_with_few_sections_is_not_at_a_disadvantage() {
    let part = |at| format!("## Part {at}\n\nMozilla privacy notice number {at}.\n");
    let english = (0..60).map(part).collect::<Vec<_>>().join("\n");
    let german = "## Datenschutz\n\nIm Datenschutzhinweis von Mozilla (privacy notice) steht, was wir über Sie wissen.\n";
    let sections =
        [sections_of("en.md", &english, "en"), sections_of("de.md", german, "de")].concat();
    let index = Index::in_memory(sections).unwrap();
    let hits = index.search("Mozilla privacy notice Datenschutzhinweis", 3).unwrap();
    assert_eq!(hits[0].document, "de.md");
    assert_eq!(index.search("Mozilla privacy notice number 7", 3).unwrap()[0].clause, "Part 7");
}

#[test]
fn a_word_in_the_heading_counts_more() {
    let sections = sections_of(
        "a.md",
        "## Shipping\n\nAbout parcels.\n\n## Parcels\n\nAbout shipping.\n",
        "en",
    );
    let hits = Index::in_memory(sections).unwrap().search("parcels", 5).unwrap();
    assert_eq!(
        hits.iter().map(|hit| hit.clause.as_str()).collect::<Vec<_>>(),
        ["Parcels", "Shipping"]
    );
}

#[test]
fn words_that_stand_together_count_more() {
    let text =
        "## A\n\nsecond red and then payment blue\n\n## B\n\nsecond payment then red and blue\n";
    let hits = Index::in_memory(sections_of("a.md", text, "en"))
        .unwrap()
        .search("second payment", 5)
        .unwrap();
    assert_eq!((hits.len(), hits[0].clause.as_str()), (2, "B"));
}

#[test]
fn hits_are_word_for_word_and_ordered_and_bounded() {
    let hits = index().search("payment twice plan subscription", 2).unwrap();
    assert_eq!(hits.len(), 2);
    assert!(hits[0].score >= hits[1].score);
    assert!(hits.iter().all(|hit| ENGLISH.contains(&hit.text) && hit.document == "en.md"));
    assert!(index().search("payment", 0).unwrap().is_empty());
    assert!(index().search("payment", usize::MAX).is_ok());
    let many = vec![sections_of("a.md", "word", "en").remove(0); 200];
    assert_eq!(Index::in_memory(many).unwrap().search("word", 200).unwrap().len(), MOST_HITS);
}

#[test]
fn equal_sections_rank_in_the_order_given() {
    let name = |at: usize| format!("{at}.md");
    let sections = (0..9).flat_map(|at| sections_of(&name(at), "refund", "en"));
    let hits = Index::in_memory(sections).unwrap().search("refund", 9).unwrap();
    let documents: Vec<String> = hits.into_iter().map(|hit| hit.document).collect();
    assert_eq!(documents, (0..9).map(name).collect::<Vec<_>>());
}

#[test]
fn only_the_beginning_of_a_long_question_is_looked_at() {
    let long = format!("{}subscription", "filler ".repeat(LONGEST_QUESTION));
    assert_eq!(found(&long), Vec::<String>::new());
    assert_eq!(
        best(&format!("subscription {}", "x".repeat(1_000_000))),
        "Leaving a yearly plan early"
    );
}

#[test]
fn an_empty_index_finds_nothing() {
    let index = Index::in_memory([]).unwrap();
    assert!(index.is_empty());
    assert_eq!(index.search("refund", 5).unwrap(), []);
}

#[test]
fn an_index_can_be_shared_between_tasks() {
    fn is_shared<T: Clone + Send + Sync + 'static>(value: T) -> T {
        value
    }
    let index = is_shared(index());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let index = index.clone();
            std::thread::spawn(move || index.search("charged twice", 1).unwrap()[0].clause.clone())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), "Charged twice");
    }
}

#[test]
fn only_what_the_filter_takes_is_found() {
    let index = index();
    let found = |languages: &[&str], documents: &[&str]| {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let filter = Filter { languages: names(languages), documents: names(documents) };
        let hits = index.search_within(&filter, "abonnement subscription payment plan", 9).unwrap();
        let documents: HashSet<String> = hits.into_iter().map(|hit| hit.document).collect();
        let mut documents: Vec<String> = documents.into_iter().collect();
        documents.sort();
        documents
    };
    assert_eq!(found(&[], &[]), ["en.md", "fr.md"]);
    assert_eq!(found(&["fr"], &[]), ["fr.md"]);
    assert_eq!(found(&["FR-ca"], &[]), ["fr.md"]);
    assert_eq!(found(&["fr-FR"], &[]), Vec::<String>::new());
    assert_eq!(found(&[], &["en.md", "zh.md"]), ["en.md"]);
    assert_eq!(found(&["fr"], &["en.md"]), Vec::<String>::new());
}

#[test]
fn a_filter_does_not_take_places_from_what_it_lets_through() {
    let filter = Filter { documents: vec!["39.md".to_owned()], ..Filter::default() };
    let sections = (0..40).flat_map(|at| sections_of(&format!("{at}.md"), "refund", "en"));
    let hits = Index::in_memory(sections).unwrap().search_within(&filter, "refund", 1).unwrap();
    assert_eq!(hits[0].document, "39.md");
}

#[test]
fn a_hit_shows_the_sentence_that_answers() {
    let text = "# Plans\n\nWe have two plans. Yearly plans are half returned within 30 days. Others are not.\n";
    let index = Index::in_memory(sections_of("a.md", text, "en")).unwrap();
    let question = "Hello, is my annual plan returned?";
    let hit = index.search(question, 1).unwrap().remove(0);
    assert_eq!(index.snippet(question, &hit, 60), "Yearly plans are half returned within 30 days.");
    assert_eq!(index.snippet("", &hit, 60), "We have two plans.");
    assert!(index.snippet(&"\0plans ".repeat(20_000), &hit, 10).len() <= 10);
    let strange = Hit { language: "xx".to_owned(), ..hit };
    assert_eq!(index.snippet(question, &strange, 60), "We have two plans.");
}

#[test]
fn compounds_are_found_by_their_parts_and_parts_by_their_compounds() {
    let text =
        "## Jahresabo\n\nDie Hälfte.\n\n## Sonstiges\n\nEin Abo im Jahr, mit Erstattungen.\n";
    let index = Index::in_memory(sections_of("a.md", text, "de")).unwrap();
    let best = |question| index.search(question, 1).unwrap()[0].clause.clone();
    assert_eq!(best("Rückerstattung"), "Sonstiges");
    assert_eq!(best("Jahresabos"), "Jahresabo");
    assert_eq!(index.search("Jahresabo", 5).unwrap().len(), 2);
    assert_eq!(index.search("Jahr", 5).unwrap().len(), 2);
}

#[test]
fn the_title_of_the_document_counts_with_the_heading() {
    let of =
        |name, title| sections_of(name, &format!("# {title}\n\n## Terms\n\nIt depends.\n"), "en");
    let index = Index::in_memory([of("a.md", "Trials"), of("b.md", "Outages")].concat()).unwrap();
    let hits = index.search("how about outages?", 5).unwrap();
    assert_eq!((hits.len(), hits[0].title.as_str()), (1, "Outages"));
}

/// The numbers of the documents in the index below.
fn numbers(index: &Index) -> Vec<u64> {
    index.shared.live().documents.iter().map(|document| document.number).collect()
}

#[test]
fn only_a_document_that_differs_is_read_again() {
    let index = index();
    assert_eq!(numbers(&index), [0, 1, 2, 3]);
    let french = FRENCH.replace("30 jours", "60 jours");
    index.put("fr.md", sections_of("fr.md", &french, "fr-CA")).unwrap();
    assert_eq!(numbers(&index), [0, 4, 2, 3]);
    index.put("fr.md", sections_of("fr.md", &french, "fr-CA")).unwrap();
    assert_eq!(numbers(&index), [0, 4, 2, 3]);
    let mut sections = index.sections();
    sections.retain(|section| section.document != "de.md");
    sections.sort_by(|one, other| other.document.cmp(&one.document));
    index.update(sections).unwrap();
    assert_eq!(numbers(&index), [3, 4, 0]);
}

#[test]
fn a_document_is_put_in_replaced_and_taken_out() {
    let index = Index::in_memory([]).unwrap();
    index.put("a.md", sections_of("another name", "refund blue", "en")).unwrap();
    let found = |question| {
        let hits = index.search(question, 5).unwrap();
        hits.into_iter().map(|hit| hit.document).collect::<Vec<_>>()
    };
    assert_eq!((found("blue"), index.len()), (vec!["a.md".to_owned()], 1));
    index.put("a.md", sections_of("a.md", "refund green", "nl")).unwrap();
    assert_eq!((found("blue"), found("green")), (vec![], vec!["a.md".to_owned()]));
    index.put("a.md", Vec::new()).unwrap();
    assert_eq!((found("green"), index.len()), (vec![], 0));
    assert_eq!(index.sections(), []);
}

#[test]
fn whoever_searches_during_a_change_finds_the_old_or_the_new() {
    let index = Index::in_memory(sections_of("a.md", "refund number zero", "en")).unwrap();
    let writer = index.clone();
    let writing = std::thread::spawn(move || {
        for number in 0..20 {
            let text = format!("refund number {number}");
            writer.put("a.md", sections_of("a.md", &text, "en")).unwrap();
        }
    });
    let mut searches = 0;
    while !writing.is_finished() || searches == 0 {
        assert_eq!(index.search("refund", 5).unwrap().len(), 1);
        searches += 1;
    }
    writing.join().unwrap();
    assert_eq!(index.search("19", 5).unwrap()[0].text, "refund number 19");
}

#[test]
fn an_index_that_was_thrown_away_and_built_anew_finds_the_same() {
    let old = index();
    let new = Index::in_memory(old.sections()).unwrap();
    assert_eq!(new.sections(), old.sections());
    for question in
        ["charged twice", "abonement", "Zahlung", "重复收费", "payment plan 30 days", "help"]
    {
        assert_eq!(new.search(question, 50).unwrap(), old.search(question, 50).unwrap());
    }
}

const WORDS: [&str; 14] = [
    "refund",
    "payment",
    "twice",
    "Jahr",
    "Jahresabo",
    "Abo",
    "Zahlung",
    "remboursé",
    "deux",
    "delai",
    "please",
    "money",
    "back",
    "退款",
];

/// One to four words.
fn phrase() -> impl Strategy<Value = String> {
    vec(select(&WORDS[..]), 1..5).prop_map(|words| words.join(" "))
}

/// A document of up to three sections; none takes it out.
fn document() -> impl Strategy<Value = Vec<Section>> {
    let section = (phrase(), phrase(), select(&["en", "de", "fr", "zh"][..]));
    let section = section.prop_map(|(clause, text, language)| Section {
        document: String::new(),
        title: String::new(),
        clause,
        anchor: String::new(),
        text,
        language: language.to_owned(),
    });
    vec(section, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_index_that_was_changed_finds_what_a_new_one_finds(
        changes in vec((0..4_u8, document(), any::<bool>()), 1..12),
        questions in vec(phrase(), 4),
    ) {
        let index = Index::in_memory([]).unwrap();
        for (name, sections, is_whole) in changes {
            let name = format!("{name}.md");
            if is_whole {
                let mut all = index.sections();
                all.retain(|section| section.document != name);
                all.extend(sections.into_iter().map(|it| Section { document: name.clone(), ..it }));
                index.update(all).unwrap();
            } else {
                index.put(&name, sections).unwrap();
            }
        }
        let new = Index::in_memory(index.sections()).unwrap();
        for question in questions {
            prop_assert_eq!(index.search(&question, 50).unwrap(), new.search(&question, 50).unwrap());
        }
    }
}
