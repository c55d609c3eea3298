//! Small words by which short messages in the shipped languages are told apart.
//!
//! The statistics of letters are unsure where two languages are alike, such as Spanish and Portuguese, and where
//! there are few letters; a few words are not.

/// Words of a language that its speakers use in nearly every message about a payment, without accents.
const WORDS: [(&str, &str); 7] = [
    (
        "en",
        "the my you i was is for please refund refunds refunded want money back have charged charge this and it twice \
         to of not are can your been need how do did does what why when where from get has a on in an any if there \
         they we be by or could should will which account card cancel order purchase hello thanks thank would like \
         payment me that with im dont didnt cant never received still waiting answer help last subscription changed \
         mind forgot work works hi hey lot",
    ),
    (
        "fr",
        "je j vous mon ma mes pas est et une pour remboursement remboursements rembourse rembourser remboursez argent \
         ai ete veux voudrais dans du des le la les un plait merci bonjour bonsoir salut fois etre avec sur votre avez \
         de que paiement paiements compte comment puis peux souhaite carte ce cette en au deux me svp stp beaucoup ou \
         pourquoi annulez annuler resilier abonnement rendez moi oublie rien recu quelle quel ca c n s qu combien temps \
         toujours reponse pouvez aider avis marche prelevement debite preleve",
    ),
    (
        "de",
        "ich sie mein meine meinen nicht ist und eine fur bitte geld zuruck wurde das der die den mir haben habe mochte \
         will erstattung ruckerstattung ruckzahlung erstatten zweimal auf es von zu war hallo danke ein zahlung mit wie \
         guten tag morgen abend vielen schon wo warum kundigen abo vergessen nichts erhalten konnen helfen was ihre \
         regeln uberlegt anders warte noch antwort lange dauert abgebucht doppelt schreiben letzte lieber dank",
    ),
    (
        "es",
        "yo mi me que el la los las dinero quiero por favor una un han he cobrado cobraron reembolso reembolsos devuelvan \
         devuelvanme para con del no se es lo dos veces mismo misma hola gracias esta puede pueden usted devolver \
         devolucion y quisiera pago cobro de en donde cancele suscripcion olvide cancelar funciona recibido nada muchas \
         buenos buenas dias tardes noches ayudarme cual su politica cambiado opinion este sigo esperando respuesta \
         cuanto tiempo mis ultimo tarda prefiero escribir",
    ),
    (
        "pt",
        "eu meu minha nao me que o a os as uma um dinheiro quero por favor fui cobrado cobrada reembolso reembolsos de \
         para com do da em na duas vezes mesma mesmo ola oi obrigado obrigada esta voce voces isto isso devolvam \
         devolver devolucao e gostaria pagamento volta pela pelo onde cancele assinatura esqueci cancelar funciona \
         recebi nada muito bom boa dia tarde noite podem ajudar qual politica mudei ideia este ainda estou esperando \
         resposta quanto tempo demora ultimo meus foi prefiro escrever",
    ),
    (
        "it",
        "io mio mia miei non che il la lo i gli una un soldi denaro voglio vorrei per favore avete addebitato rimborso \
         rimborsi rimborsare di con del della dell due volte stessa stesso ciao grazie e mi sono stato pagamento \
         indietro ho buongiorno buonasera salve a dov disdite disdire abbonamento perche ridatemi dimenticato funziona \
         ricevuto niente mille potete aiutarmi qual vostra politica cambiato idea questo aspetto ancora risposta quanto \
         tempo ci vuole ultimo preferisco scrivere in",
    ),
    (
        "nl",
        "ik mijn u niet is en een voor alstublieft aub geld terug wil graag het de van heb hebben twee keer dat \
         terugbetaling terugbetaald betaling afgeschreven kunt wordt werd te op zijn hallo hoi bedankt maar jullie \
         hetzelfde mij met goedemorgen goedemiddag goedenavond goedendag dank wel waar zeg abonnement waarom vergeten \
         zeggen werkt niets ontvangen helpen wat beleid me bedacht dit wacht nog antwoord hoe lang duurt er laatste liever \
         ben",
    ),
];

/// Words that people of every language say.
const EVERYWHERE: &str = "ok okay hi hello hey hallo ciao merci thanks thank you thx bye no yes si";

/// Words that Japanese writes in Chinese characters and Chinese does not.
pub(super) const JAPANESE: [&str; 8] =
    ["返金", "請求", "解約", "担当者", "決済", "領収書", "支払", "注文"];

/// What the small words of a text say about its language.
pub(super) struct Most {
    /// The language of which the text has the most words.
    pub(super) code: &'static str,
    /// By how many more than of any other language.
    pub(super) lead: usize,
}

/// The language of which a text has the most words. Only languages that `may_be` are looked at. None without any
/// such word, and for a text whose letters look like a language without words here: small words are the same in
/// many.
pub(super) fn most(
    folded: &str,
    looks_like: Option<&str>,
    may_be: impl Fn(&str) -> bool,
) -> Option<Most> {
    if looks_like.is_some_and(is_wordless) {
        return None;
    }
    let words: Vec<&str> = words(folded).collect();
    let count = |known: &str| {
        words.iter().filter(|word| known.split_whitespace().any(|it| it == **word)).count()
    };
    let counts = WORDS.iter().filter(|(code, _)| may_be(code));
    let mut counts: Vec<(usize, &str)> =
        counts.map(|(code, known)| (count(known), *code)).collect();
    counts.sort_unstable();
    let (most, code) = counts.pop().filter(|(most, _)| *most > 0)?;
    let second = counts.pop().map_or(0, |(count, _)| count);
    Some(Most { code, lead: most.saturating_sub(second) })
}

/// Whether there are no words of a language here, so that its letters alone must tell it.
pub(super) fn is_wordless(language: &str) -> bool {
    WORDS.iter().all(|(code, _)| *code != language)
}

/// Whether a text has no words but those that people of every language say.
pub(super) fn is_from_anywhere(folded: &str) -> bool {
    words(folded).all(|word| EVERYWHERE.split_whitespace().any(|it| it == word))
}

/// The words of a folded text.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty())
}
