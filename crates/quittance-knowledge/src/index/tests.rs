use super::*;
use crate::document::sections_of;

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
fn a_score_has_two_decimals() {
    let hit = index().search("subscription", 1).unwrap().remove(0);
    let text = hit.score.to_string();
    let (whole, decimals) = text.split_once('.').unwrap();
    assert!(whole.parse::<u32>().is_ok() && decimals.len() == 2, "{text}");
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
