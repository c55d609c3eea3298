//! How the company sounds: the file that is shipped, and what is said about files with mistakes.

use std::fmt::Write as _;

use quittance_policy::{Replies, Source, read_replies};

const SHIPPED: &str = include_str!("../../../../policies/voice.md");

fn read(text: &str) -> Result<Replies, String> {
    let voice = Source::new("voice.md", text);
    read_replies(&[], Some(&voice)).map_err(|problems| problems.to_string())
}

#[test]
fn the_shipped_voice_is_sound_and_given_to_the_model_whole() {
    let said = read(SHIPPED).unwrap();
    assert_eq!(said.warnings, []);
    insta::assert_snapshot!(said.voice.text());
    assert_eq!(said.voice.never_says("Das geht leider nicht."), Some("leider"));
    assert_eq!(said.voice.never_says("Which of the two do you mean?"), None);
}

#[test]
fn the_mistakes_of_a_voice_are_explained() {
    let changes: [(&str, &str); 14] = [
        ("# Never say", "# Nevr say"),
        ("# Names", "# Money"),
        ("# Names", "# Tone"),
        ("title: How we write\n", ""),
        ("title: How we write", "titel: How we write"),
        ("title: How we write", "title: ''"),
        ("- unfortunately", "unfortunately"),
        ("- unfortunately", "- …"),
        ("- unfortunately", "- a\n- calm down"),
        (
            "- unfortunately",
            "- unfortunately we are unable to help you with this request at this point in time",
        ),
        ("- I see, that is annoying.", "- Unfortunately, that is annoying."),
        ("- I see, that is annoying.", "- We will refund 50 USD."),
        ("# Examples\n", "# Examples\n\n# Examples\n"),
        ("---\n\nWhat the model", "\n\nWhat the model"),
    ];
    let mut page = String::new();
    for (from, to) in changes {
        let text = SHIPPED.replacen(from, to, 1);
        assert_ne!(text, SHIPPED, "{from}");
        let told = match read(&text) {
            Ok(said) => {
                said.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            Err(told) => told,
        };
        assert!(!told.is_empty(), "{from} -> {to}");
        writeln!(page, "{} -> {}", from.replace('\n', "⏎"), to.replace('\n', "⏎")).unwrap();
        for line in told.lines() {
            writeln!(page, "    {line}").unwrap();
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn a_voice_is_bounded() {
    let long = SHIPPED.replacen("Write like", &"Write like ".repeat(500), 1);
    assert!(read(&long).unwrap_err().contains("at most 4000 characters"));
    let phrases: Vec<String> = (0..201).map(|number| format!("- phrase {number}x\n")).collect();
    let many = SHIPPED.replacen("- unfortunately\n", &phrases.concat(), 1);
    assert!(read(&many).unwrap_err().contains("at most 200 phrases"));
    assert!(read(&"x".repeat(70_000)).unwrap_err().contains("at most 65536 bytes"));
    let empty = "---\ntitle: V\nlanguage: en\n---\n\nNothing.\n";
    assert!(read(empty).unwrap_err().contains("begin with `# Tone`"));
}

#[test]
fn a_voice_comes_as_editors_save_it() {
    let plain = read(SHIPPED).unwrap().voice;
    for text in [SHIPPED.replace('\n', "\r\n"), format!("\u{feff}{SHIPPED}")] {
        assert_eq!(read(&text).unwrap().voice, plain);
    }
}
