use super::*;

/// Sentences with what they want: a reason, or another wish.
const SENTENCES: [&str; 4] = [
    include_str!("../sentences/en.txt"),
    include_str!("../sentences/fr.txt"),
    include_str!("../sentences/de.txt"),
    include_str!("../sentences/es.txt"),
];

fn meant(name: &str) -> Intent {
    match name {
        "refund" => Intent::Refund(None),
        "where" => Intent::Whereabouts,
        "policy" => Intent::Policy,
        "person" => Intent::Person,
        "cancel" => Intent::Cancel,
        "done" => Intent::Done,
        "abuse" => Intent::Abuse,
        "vague" => Intent::Vague,
        reason => Intent::Refund(Reason::ALL.into_iter().find(|it| it.name() == reason)),
    }
}

#[test]
fn wishes_and_reasons_are_understood_in_four_languages() {
    let mut wrong = Vec::new();
    for line in SENTENCES.iter().flat_map(|sentences| sentences.lines()) {
        let (name, text) = line.split_once(": ").unwrap();
        if of(text) != meant(name) {
            wrong.push(format!("{line}: {:?}", of(text)));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_reason_has_sentences_in_every_language() {
    for sentences in SENTENCES {
        for reason in Reason::ALL.into_iter().filter(|reason| *reason != Reason::Other) {
            let is_there =
                sentences.lines().any(|line| line.starts_with(&format!("{}:", reason.name())));
            assert!(is_there, "{reason}");
        }
    }
}

#[test]
fn a_demand_is_none_for_the_rules() {
    assert_eq!(
        of("I know your policy but I want a refund, I changed my mind"),
        Intent::Refund(Some(Reason::ChangedMind))
    );
}
