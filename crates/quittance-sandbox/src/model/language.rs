//! Which of four languages a customer writes in.

use super::text::{count, fold};

/// A language the stand-in can answer in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    French,
    German,
    Spanish,
}

impl Language {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::English, Self::French, Self::German, Self::Spanish];
}

const ENGLISH: &[&str] = &[
    "a",
    "again",
    "am",
    "and",
    "are",
    "can",
    "could",
    "did",
    "do",
    "for",
    "get",
    "have",
    "hello",
    "help",
    "hey",
    "hi",
    "i",
    "in",
    "is",
    "it",
    "me",
    "money",
    "my",
    "need",
    "not",
    "of",
    "on",
    "please",
    "refund",
    "thank",
    "thanks",
    "that",
    "the",
    "this",
    "to",
    "twice",
    "want",
    "was",
    "were",
    "what",
    "why",
    "with",
    "you",
    "your",
    "where",
    "when",
    "has",
    "charged",
    "charge",
    "card",
    "cancel",
    "subscription",
    "order",
    "it",
    "been",
    "still",
    "let",
    "there",
    "too",
];
const FRENCH: &[&str] = &[
    "ai",
    "au",
    "aux",
    "avec",
    "bonjour",
    "ce",
    "cette",
    "dans",
    "de",
    "des",
    "deux",
    "du",
    "est",
    "et",
    "ete",
    "fois",
    "il",
    "j",
    "je",
    "l",
    "la",
    "le",
    "les",
    "ma",
    "me",
    "merci",
    "mes",
    "moi",
    "mon",
    "ne",
    "nous",
    "on",
    "ou",
    "pas",
    "plait",
    "pour",
    "pouvez",
    "que",
    "quel",
    "qui",
    "salut",
    "votre",
    "etait",
    "notre",
    "nos",
    "sans",
    "quand",
    "vais",
    "jamais",
    "prix",
    "toujours",
    "bande",
    "appareil",
    "casse",
    "colis",
    "contacter",
    "avocat",
    "geste",
    "suis",
    "sur",
    "un",
    "une",
    "vous",
    "remboursement",
    "rembourser",
    "rembourse",
    "remboursez",
    "svp",
    "paiement",
    "abonnement",
    "argent",
    "carte",
    "bonsoir",
    "veux",
    "voudrais",
    "espece",
    "mais",
    "c",
    "d",
    "n",
    "montant",
    "prelevement",
    "parfait",
];
const GERMAN: &[&str] = &[
    "aber",
    "auf",
    "bin",
    "bitte",
    "danke",
    "das",
    "dem",
    "den",
    "der",
    "die",
    "ein",
    "eine",
    "er",
    "es",
    "fur",
    "guten",
    "habe",
    "haben",
    "hallo",
    "ich",
    "ihr",
    "im",
    "in",
    "ist",
    "kann",
    "mein",
    "meine",
    "mich",
    "mir",
    "mit",
    "mochte",
    "nicht",
    "noch",
    "sie",
    "tag",
    "und",
    "von",
    "war",
    "warum",
    "was",
    "wie",
    "wir",
    "worden",
    "wurde",
    "zu",
    "zweimal",
    "erstattung",
    "erstatten",
    "geld",
    "zahlung",
    "abo",
    "zuruck",
    "kundigen",
    "betrag",
    "konto",
    "wo",
    "wann",
    "sich",
    "du",
    "hat",
    "alles",
    "vielen",
    "doppelt",
    "arschloch",
    "mehr",
];
const SPANISH: &[&str] = &[
    "al",
    "buenas",
    "buenos",
    "como",
    "con",
    "de",
    "del",
    "dos",
    "el",
    "en",
    "es",
    "esta",
    "favor",
    "gracias",
    "ha",
    "han",
    "he",
    "hola",
    "la",
    "las",
    "lo",
    "los",
    "me",
    "mi",
    "mis",
    "muy",
    "no",
    "para",
    "pero",
    "por",
    "puede",
    "que",
    "quiero",
    "se",
    "su",
    "tengo",
    "un",
    "una",
    "veces",
    "y",
    "ya",
    "yo",
    "reembolso",
    "devolucion",
    "dinero",
    "tarjeta",
    "pago",
    "suscripcion",
    "cargo",
    "cobro",
    "cuando",
    "cobraron",
    "abogado",
    "a",
    "olvide",
    "queria",
    "antes",
    "voy",
    "doble",
    "donde",
    "nunca",
    "llego",
    "hijo",
    "son",
    "unos",
    "muchas",
    "alguien",
    "importe",
];

/// The language of what a customer wrote last. A message that shows nothing leaves it to the ones
/// before; without any sign it is English.
pub(super) fn detect(newest_first: &[String]) -> Language {
    newest_first.iter().find_map(|text| of(text)).unwrap_or(Language::English)
}

/// The language of one text, unless nothing shows it.
fn of(text: &str) -> Option<Language> {
    let folded = fold(text);
    let signs = |signs: &str, weight: usize| {
        text.chars().filter(|sign| signs.contains(*sign)).count().min(2).saturating_mul(weight)
    };
    let scores = [
        (Language::English, count(&folded, ENGLISH)),
        (Language::French, count(&folded, FRENCH).saturating_add(signs("çœêèàùî", 1))),
        (Language::German, count(&folded, GERMAN).saturating_add(signs("ßäöü", 2))),
        (Language::Spanish, count(&folded, SPANISH).saturating_add(signs("ñ¿¡", 3))),
    ];
    let best = scores.iter().map(|(_, score)| *score).max().filter(|score| *score > 0)?;
    scores.into_iter().find(|(_, score)| *score == best).map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_words_give_a_language_away() {
        for (text, expected) in [
            ("I was charged twice this month, can you help?", Language::English),
            ("refund please", Language::English),
            ("Bonjour, j'ai été débité deux fois", Language::French),
            ("Je veux être remboursé", Language::French),
            ("Mir wurde zweimal Geld abgebucht", Language::German),
            ("Ich möchte mein Geld zurück", Language::German),
            ("Me han cobrado dos veces", Language::Spanish),
            ("¿Cuál es la política de reembolsos?", Language::Spanish),
        ] {
            assert_eq!(of(text), Some(expected), "{text}");
        }
        assert_eq!(of("49.00"), None);
    }

    #[test]
    fn whatever_is_understood_is_in_its_language() {
        let files = [
            (Language::English, include_str!("sentences/en.txt")),
            (Language::French, include_str!("sentences/fr.txt")),
            (Language::German, include_str!("sentences/de.txt")),
            (Language::Spanish, include_str!("sentences/es.txt")),
        ];
        let mut wrong = Vec::new();
        for (language, sentences) in files {
            let texts = sentences.lines().map(|line| line.split_once(": ").unwrap().1);
            wrong.extend(texts.filter(|text| of(text) != Some(language)));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn an_amount_alone_leaves_the_language_as_it_was() {
        let texts = ["49".to_owned(), "Ich möchte mein Geld zurück".to_owned()];
        assert_eq!(detect(&texts), Language::German);
        assert_eq!(detect(&["???".to_owned()]), Language::English);
    }
}
