use std::sync::LazyLock;

use super::*;
use crate::samples;

static TEMPLATES: LazyLock<BTreeMap<String, Templates>> = LazyLock::new(samples::templates);

fn chosen(said: &[&str], before: Option<&str>, contact: Option<&str>) -> String {
    let said: Vec<Personal> = said.iter().map(|text| Personal::new((*text).to_owned())).collect();
    choose(&said, before, contact, &TEMPLATES, "en").to_owned()
}

#[test]
fn whoever_writes_a_sentence_is_answered_in_its_language() {
    for (text, language) in [
        ("I was charged twice for the same thing, please give it back.", "en"),
        ("J'ai été débité deux fois pour la même chose, remboursez-moi.", "fr"),
        ("Mir wurde zweimal dasselbe abgebucht, bitte erstatten Sie es.", "de"),
        ("Me han cobrado dos veces lo mismo, devuélvanme el dinero.", "es"),
        ("Fui cobrado duas vezes pela mesma coisa, devolvam-me o dinheiro.", "pt"),
        ("Mi avete addebitato due volte la stessa cosa, vorrei un rimborso.", "it"),
        ("Er is twee keer hetzelfde bedrag afgeschreven, kunt u het terugbetalen?", "nl"),
        ("同じ料金が二回請求されています。返金してください。", "ja"),
    ] {
        assert_eq!(chosen(&[text], Some("en"), Some("en")), language, "{text}");
    }
}

/// What customers write when they are in a hurry.
#[test]
fn short_messages_are_answered_in_their_language() {
    for (text, language) in [
        ("I want a refund please", "en"),
        ("refund my last payment", "en"),
        ("Remboursez mon dernier paiement svp", "fr"),
        ("Bitte die letzte Zahlung erstatten", "de"),
        ("Reembolso del último pago por favor", "es"),
        ("Reembolso do último pagamento por favor", "pt"),
        ("Rimborso dell'ultimo pagamento per favore", "it"),
        ("Graag de laatste betaling terug", "nl"),
        ("最後のお支払いを返金してください", "ja"),
        ("Nao quero mais o plano", "pt"),
        ("Ya no quiero el plan", "es"),
        ("Non voglio più il piano", "it"),
        ("Je veux être remboursé", "fr"),
        ("Ich möchte mein Geld zurück", "de"),
        ("Quiero que me devuelvan el dinero", "es"),
        ("Quero o meu dinheiro de volta, por favor", "pt"),
        ("Vorrei un rimborso, per favore", "it"),
        ("Ik wil graag mijn geld terug", "nl"),
        ("返金してください", "ja"),
        ("返金希望です", "ja"),
        ("Visa 4242 を返金してください", "ja"),
    ] {
        assert_eq!(chosen(&[text], None, None), language, "{text}");
    }
}

/// Short real-life messages, a file for each language.
const MESSAGES: [(&str, &str); 9] = [
    ("en", include_str!("messages/en.txt")),
    ("fr", include_str!("messages/fr.txt")),
    ("de", include_str!("messages/de.txt")),
    ("es", include_str!("messages/es.txt")),
    ("pt", include_str!("messages/pt.txt")),
    ("it", include_str!("messages/it.txt")),
    ("nl", include_str!("messages/nl.txt")),
    ("ja", include_str!("messages/ja.txt")),
    ("ar", include_str!("messages/ar.txt")),
];

#[test]
fn the_first_message_is_enough() {
    let (mut wrong, mut of_all) = (Vec::new(), 0);
    for (language, messages) in MESSAGES {
        // The default is another language, so that nothing is right by chance.
        let default = if language == "en" { "de" } else { "en" };
        for text in messages.lines() {
            of_all += 1;
            let said = [Personal::new(text.to_owned())];
            let chosen = choose(&said, None, None, &TEMPLATES, default);
            if chosen != language {
                wrong.push(format!("{language} {text}: {chosen}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {of_all} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A word, a name or a number is no reason to speak another language than before.
#[test]
fn the_language_of_a_case_stays() {
    for before in ["en", "fr", "de", "es", "pt", "it", "nl", "ja", "ar"] {
        for text in [
            "ok",
            "OK thanks",
            "thanks",
            "Thanks!",
            "merci",
            "gracias",
            "danke",
            "ciao",
            "hello",
            "hola",
            "no",
            "refund",
            "Pro Monthly",
            "Team plan",
            "Premium Business Subscription",
            "Visa 4242",
            "yes please",
            "49.00 EUR",
            "PayPal",
            "Apple Pay",
            "The Business Suite Pro",
            "Customer Success Platform",
            "👍",
            "iPhone 15 Pro Max",
            "https://example.com/orders/123",
            "maya@example.com",
            "bonjour",
            "bitte",
        ] {
            assert_eq!(chosen(&[text], Some(before), Some("en")), before, "{text}");
        }
    }
}

#[test]
fn a_clear_sentence_switches_the_language() {
    for (text, language) in [
        ("Sorry, I do not speak that, can we talk in English please?", "en"),
        ("I would like to have my money back", "en"),
        ("Je préfère écrire en français, merci.", "fr"),
        ("J'ai été débité deux fois", "fr"),
        ("Ich möchte lieber auf Deutsch schreiben", "de"),
        ("Mir wurde zweimal abgebucht", "de"),
        ("Prefiero escribir en español, por favor", "es"),
        ("Me han cobrado dos veces", "es"),
        ("Prefiro escrever em português, por favor", "pt"),
        ("Fui cobrado duas vezes pela mesma coisa", "pt"),
        ("Preferisco scrivere in italiano, grazie", "it"),
        ("Mi avete addebitato due volte la stessa cosa", "it"),
        ("Ik schrijf liever in het Nederlands", "nl"),
        ("Er is twee keer hetzelfde bedrag afgeschreven", "nl"),
        ("日本語でお願いします", "ja"),
        ("二回請求されました", "ja"),
        ("أفضل الكتابة بالعربية من فضلك", "ar"),
        ("تم خصم المبلغ مرتين من بطاقتي", "ar"),
    ] {
        for before in ["en", "fr", "de", "es", "pt", "it", "nl", "ja", "ar"] {
            assert_eq!(chosen(&[text], Some(before), None), language, "{text} after {before}");
        }
    }
}

#[test]
fn the_newest_clear_sentence_counts() {
    let said = ["Ich möchte mein Geld zurück", "Sorry, I mean I want my money back please", "ok"];
    assert_eq!(chosen(&said, None, None), "en");
}

#[test]
fn persian_and_chinese_are_not_taken_for_their_neighbors() {
    assert_eq!(chosen(&["من می‌خواهم پولم را پس بگیرم"], None, None), "en");
    assert_eq!(chosen(&["我们要求退款"], None, None), "en");
}

#[test]
fn signs_of_joy_are_not_japanese() {
    assert_eq!(chosen(&["Thank you so much! ツツ"], None, Some("en")), "en");
    assert_eq!(chosen(&["ok ツ"], Some("fr"), None), "fr");
}

#[test]
fn every_language_that_can_be_told_apart_is_known_to_the_reply_files() {
    let mut told_apart: Vec<&str> = LANGUAGES.iter().map(|(_, code)| *code).collect();
    let mut known: Vec<&str> = quittance_policy::Known::ALL.iter().map(|it| it.code).collect();
    told_apart.sort_unstable();
    known.sort_unstable();
    assert_eq!(told_apart, known);
    assert_eq!(LANGUAGES.len(), Lang::all().len());
}

#[test]
fn another_language_is_one_more_file() {
    let polish = include_str!("../../../../policies/replies/en.md").replacen("en", "pl", 1);
    let polish = polish.replace("- other:", "- few: within {from} to {to} business days\n- many: within {from} to {to} business days\n- other:");
    let polish = quittance_policy::read_templates("pl.md", &polish).unwrap();
    let mut templates = samples::templates();
    templates.insert("pl".to_owned(), polish);
    let said = Personal::new("Pobrano mi dwa razy tę samą opłatę, proszę o zwrot.".to_owned());
    assert_eq!(choose(&[said], None, None, &templates, "en"), "pl");
}

#[test]
fn a_word_says_nothing_about_the_language() {
    assert_eq!(chosen(&["ok"], Some("fr"), Some("de")), "fr", "what was spoken before");
    assert_eq!(chosen(&["ok"], None, Some("de-AT")), "de", "what Intercom knows");
    assert_eq!(chosen(&["ok"], None, Some("pt_BR")), "pt", "what Intercom knows");
    assert_eq!(chosen(&["ok"], None, Some("pl_PL")), "en", "there are no replies in it");
    assert_eq!(chosen(&["ok"], Some("pl"), None), "en");
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
        Personal::new("Pobrano mi dwa razy tę samą opłatę, proszę o zwrot pieniędzy".to_owned());
    let templates = samples::templates();
    let chosen = choose(&[said], None, None, &templates, "en");
    assert!(templates.contains_key(chosen), "{chosen}");
}
