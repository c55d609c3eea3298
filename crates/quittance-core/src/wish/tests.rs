use super::*;

/// Sentences, a line each: `+` asks for a person, `-` does not, `?` asks whether a machine answers, and `~` asks that
/// and more.
const SENTENCES: [(&str, &str); 10] = [
    ("en", include_str!("sentences/en.txt")),
    ("fr", include_str!("sentences/fr.txt")),
    ("de", include_str!("sentences/de.txt")),
    ("es", include_str!("sentences/es.txt")),
    ("pt", include_str!("sentences/pt.txt")),
    ("it", include_str!("sentences/it.txt")),
    ("nl", include_str!("sentences/nl.txt")),
    ("ja", include_str!("sentences/ja.txt")),
    ("ar", include_str!("sentences/ar.txt")),
    ("others", include_str!("sentences/others.txt")),
];

#[test]
fn a_wish_is_told_from_what_only_sounds_like_one() {
    let mut wrong = Vec::new();
    let mut of_all = 0;
    for (language, sentences) in SENTENCES {
        for line in sentences.lines() {
            let (kind, text) = line.split_once(' ').unwrap();
            let meant = match kind {
                "+" => Some(Wish::Person),
                "-" => None,
                "?" => Some(Wish::Disclosure { is_all: true }),
                "~" => Some(Wish::Disclosure { is_all: false }),
                other => panic!("{other}"),
            };
            of_all += 1;
            if of([text]) != meant {
                wrong.push(format!("{language} {line}: {:?}", of([text])));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {of_all} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn messages_are_read_together() {
    assert_eq!(of(["Hello", "I want a human"]), Some(Wish::Person));
    assert_eq!(of(["Hello", "Are you a bot?"]), Some(Wish::Disclosure { is_all: true }));
    assert_eq!(
        of(["Are you a bot?", "Where is my refund?"]),
        Some(Wish::Disclosure { is_all: false })
    );
    assert_eq!(of(["Are you a bot? Get me a human."]), Some(Wish::Person));
    assert_eq!(of([]), None);
}

#[test]
fn a_quoted_message_wishes_for_nothing() {
    assert_eq!(of(["> I want a human\nWhere is my refund?"]), None);
}

/// Whatever is written, reading it ends, and soon.
#[test]
fn a_long_message_is_read_to_a_bound() {
    let long = "talk to a ".repeat(100_000);
    assert_eq!(of([long.as_str()]), None);
}
