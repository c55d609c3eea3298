use super::*;
use crate::samples;

fn chosen(said: &[&str], before: Option<&str>, contact: Option<&str>) -> String {
    let said: Vec<Personal> = said.iter().map(|text| Personal::new((*text).to_owned())).collect();
    choose(&said, before, contact, &samples::templates(), "en").to_owned()
}

#[test]
fn whoever_writes_a_sentence_is_answered_in_its_language() {
    for (text, language) in [
        ("I was charged twice for the same thing, please give it back.", "en"),
        ("J'ai été débité deux fois pour la même chose, remboursez-moi.", "fr"),
        ("Mir wurde zweimal dasselbe abgebucht, bitte erstatten Sie es.", "de"),
        ("Me han cobrado dos veces lo mismo, devuélvanme el dinero.", "es"),
    ] {
        assert_eq!(chosen(&[text], Some("en"), Some("en")), language, "{text}");
    }
}

#[test]
fn a_word_says_nothing_about_the_language() {
    assert_eq!(chosen(&["ok"], Some("fr"), Some("de")), "fr", "what was spoken before");
    assert_eq!(chosen(&["ok"], None, Some("de-AT")), "de", "what Intercom knows");
    assert_eq!(chosen(&["ok"], None, Some("pt_BR")), "en", "there are no replies in it");
    assert_eq!(chosen(&["ok"], Some("pt"), None), "en");
    assert_eq!(chosen(&[], None, None), "en");
}

#[test]
fn several_messages_are_one_text() {
    let said = ["Bonjour", "j'ai été débité", "deux fois pour la même chose"];
    assert_eq!(chosen(&said, None, None), "fr");
}

#[test]
fn a_language_without_replies_is_not_chosen() {
    let said =
        Personal::new("Fui cobrado duas vezes pela mesma coisa, devolvam-me o dinheiro".to_owned());
    let templates = samples::templates();
    let chosen = choose(&[said], None, None, &templates, "en");
    assert!(templates.contains_key(chosen), "{chosen}");
}
