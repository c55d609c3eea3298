//! What a customer wants, by the phrases they use in four languages.

use quittance_core::reason::Reason;

use super::text::{count, has};

/// What a customer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Money back; without a reason if none was given.
    Refund(Option<Reason>),
    /// To know the rules.
    Policy,
    /// To talk to somebody.
    Person,
    /// To cancel and nothing else.
    Cancel,
    /// Nothing more.
    Done,
    /// To insult or to threaten.
    Abuse,
    /// Something that cannot be told yet.
    Vague,
}

// The phrases are folded and parted as `text::has` wants them.

const PERSON: &str = "a human|a person$|a real person|a manager|agent please|human agent|human please|\
    live agent|real human|representative|speak to some|speak with some|supervisor|talk to a|\
    talk to some|your manager|un humain|conseiller|une vraie personne|parler a quelqu un|\
    parler a un|parler avec un|responsable|einem menschen|ein mensch|mitarbeiter|\
    mit jemandem|echten menschen|vorgesetzt|una persona|un humano|hablar con alguien|\
    hablar con un|un agente|un encargado";
const THREAT: &str = "attorney|lawsuit|lawyer|sue you|my solicitor|avocat|porter plainte|anwalt|anzeige|\
    verklage|abogado|denunciar|demandar";
const ABUSE: &str = "asshole|bastard|fuck|idiot|moron|piece of shit|scammer|stupid bot|connard|encule|salaud|\
    arschloch|scheiss|wichser|cabron|gilipollas|hijo de puta|mierda";
const REFUND: &str = "chargeback|money back|my money|refund|reimburs|give it back|return the charge|rembours|\
    mon argent|erstatt|ruckerstatt|ruckzahl|geld zuruck|geld wieder|zuruckerstatt|\
    zuruckzahl|zuruckbuch|devoluc|devolv|devuel|dinero de vuelta|mi dinero|reembols|\
    reintegr";
const POLICY: &str = "are refunds|can i still get|do you offer refund|do you refund|do you give refund|\
    am i eligible|how long do i have|how do refunds|how does the refund|refund policy|\
    refund rules|return policy|policy|terms|what are the rules|conditions|politique|\
    quelles sont les regles|remboursez vous|faites vous|delai|bedingungen|erstatten sie|\
    richtlinie|regeln|welche frist|wie lange habe ich|condiciones|politica|hacen reembolsos|\
    cuanto tiempo tengo|reglas";
const HYPOTHETICAL: &str = "what if|what happens if|would i get|can i get a refund if|could i get a refund if|\
    que se passe t il si|et si je|was passiert wenn|was ist wenn|bekomme ich mein geld zuruck wenn|\
    que pasa si|que pasaria si";
const CANCEL: &str = "cancel my|cancel the|unsubscribe|resilier|annuler mon abonnement|kundigen|kundigung|\
    abbestellen|cancelar mi|cancelar la|dar de baja";
const DONE: &str = "all good|appreciate|great thank|no that s all|no thank|that s all|thank|thx|ty$|merci|\
    c est tout|parfait|danke|vielen dank|das war alles|gracias|eso es todo|perfecto";
const INSISTING: &str = "but$|not$|still$|why|mais|pas$|aber|nicht|pero|no$";

/// Phrases for each reason; the first reason that fits wins.
const REASONS: &[(Reason, &str)] = &[
    (
        Reason::DuplicateCharge,
        "billed again|billed me two|charged again|charged me again|charged two times|\
         double charge|double bill|double payment|doubly|duplicat|same charge|same payment|twice|\
         two charges|two identical|two payments|two times|2 times|2x|deux fois|deux prelevements|\
         deux paiements|doublon|en double|2 fois|abgebucht zweimal|doppelt|zweifach|zweimal|\
         zwei mal|zwei abbuchungen|2 mal|cobro doble|dos cargos|dos cobros|dos pagos|dos veces|\
         duplicad|2 veces|por duplicado",
    ),
    (
        Reason::Unrecognized,
        "did not authori|didn t authori|do not recogni|don t recogni|fraud|never made this|\
         never signed up|not me$|stolen|unauthori|unknown charge|ne reconnais pas|pas autorise|\
         fraude|erkenne ich nicht|erkenne diese|kenne ich nicht|kenne diese|nicht autorisiert|\
         betrug|no autorice|no reconozco",
    ),
    (
        Reason::ForgotToCancel,
        "forgot to cancel|forgotten to cancel|meant to cancel|should have cancel|\
         thought i cancel|thought i had cancel|tried to cancel|oublie d annuler|\
         oublie de resilier|voulais resilier|vergessen zu kundigen|kundigen vergessen|\
         vergessen das abo|wollte kundigen|olvide cancelar|olvide de cancelar|queria cancelar|\
         olvido cancelar",
    ),
    (
        Reason::Accidental,
        "accident|by mistake|clicked the wrong|didn t mean to|wrong plan|unintention|\
         par accident|par erreur|aus versehen|versehentlich|irrtumlich|accidental|por accidente|\
         por error|sin querer",
    ),
    (
        Reason::WrongAmount,
        "charged more than|charged too much|incorrect amount|more than i should|overcharg|\
         too expensive than|wrong amount|wrong price|mauvais montant|montant incorrect|\
         trop preleve|trop factur|falscher betrag|falsche betrag|zu viel abgebucht|\
         zu viel berechnet|cobrado de mas|cobraron de mas|importe incorrecto|importe equivocado",
    ),
    (
        Reason::NotReceived,
        "did not arrive|didn t arrive|didn t receive|never arrived|never got|never received|\
         not received|jamais recu|pas recu|nicht angekommen|nicht erhalten|nie erhalten|\
         no he recibido|no llego|nunca recibi",
    ),
    (
        Reason::ServiceProblem,
        "could not use|couldn t access|couldn t use|does not work|doesn t work|not working|\
         outage|service was down|was down|stopped working|en panne|ne fonctionne pas|\
         ne marche pas|ausfall|ausgefallen|funktioniert nicht|nicht funktioniert|geht nicht|\
         caido|no funciona|no funcionaba",
    ),
    (
        Reason::Damaged,
        "dropped it|spilled|spilt|i damaged|i broke|fell down|heruntergefallen|fait tomber|se me cayo",
    ),
    (Reason::Defective, "broken|damaged|defective|casse|defectueux|defekt|kaputt|defectuos|roto$"),
    (
        Reason::NotAsDescribed,
        "not as described|not what was described|pas conforme|nicht wie beschrieben|no es como",
    ),
    (
        Reason::Unused,
        "did not use|didn t use|don t use|hardly use|have not used|haven t used|never logged in|\
         never use|not been using|not used|not using|unused|jamais utilise|n utilise pas|\
         pas utilise|n ai pas servi|gar nicht benutzt|nicht benutz|nicht genutz|nicht verwendet|\
         nie benutzt|nie genutzt|nutze es nicht|ungenutzt|no he usado|no he utilizado|\
         no la he usado|no lo he usado|no lo uso|nunca he usado|nunca lo use|sin usar",
    ),
    (
        Reason::ChangedMind,
        "change of mind|changed my mind|change my mind|changed our mind|change our mind|\
         changing my mind|decided against|do not need|do not want|don t need|don t want|\
         no longer need|no longer want|not for me|not what i|regret|switched to|ai change d avis|\
         change d avis|n en ai plus besoin|n en avons plus besoin|change nos plans|\
         n en veux plus|plus besoin|anders uberlegt|brauche es nicht|brauche ich nicht|\
         doch nicht|meinung geandert|nicht mehr haben|will es nicht|will ich nicht|\
         cambiado de idea|cambiado de opinion|cambie de opinion|no lo necesito|no lo quiero|\
         ya no lo|ya no la|ya no necesito|ya no quiero",
    ),
    (Reason::Goodwill, "as a gesture|goodwill|geste commercial|kulanz|gesto comercial"),
];

/// The reason that a folded text gives.
pub(super) fn reason(folded: &str) -> Option<Reason> {
    REASONS.iter().find(|(_, phrases)| has(folded, phrases)).map(|(reason, _)| *reason)
}

/// What the customer wants, from a folded text.
pub(super) fn of(folded: &str) -> Intent {
    let reason = reason(folded);
    let wants_money = has(folded, REFUND);
    if has(folded, PERSON) || has(folded, THREAT) {
        return Intent::Person;
    }
    if reason == Some(Reason::DuplicateCharge) && !has(folded, HYPOTHETICAL) {
        return Intent::Refund(reason);
    }
    if has(folded, HYPOTHETICAL) || (asks_for_rules(folded) && reason.is_none()) {
        return Intent::Policy;
    }
    if wants_money || reason.is_some() {
        return Intent::Refund(reason);
    }
    if has(folded, ABUSE) {
        return Intent::Abuse;
    }
    if has(folded, CANCEL) {
        return Intent::Cancel;
    }
    let is_short = count_words(folded) <= 12;
    if has(folded, DONE) && is_short && !has(folded, INSISTING) {
        return Intent::Done;
    }
    Intent::Vague
}

/// A question about the rules, unless the same text also demands the money.
fn asks_for_rules(folded: &str) -> bool {
    const DEMANDS: &str = "i want|i d like|i would like|i need|give me|please refund|refund me|refund my|\
    refund this|refund the|je veux|je voudrais|je souhaite|remboursez moi|ich mochte|\
    ich will|erstatten sie mir|quiero|quisiera|devuelvan";
    has(folded, POLICY) && !has(folded, DEMANDS)
}

fn count_words(folded: &str) -> usize {
    folded.split(' ').filter(|word| !word.is_empty()).count()
}

/// Whether the text is a short yes or no.
pub(super) fn is_bare_answer(folded: &str) -> bool {
    const ANSWERS: &[&str] = &[
        "yes", "yeah", "yep", "ok", "okay", "sure", "no", "nope", "oui", "non", "ja", "nein", "si",
        "vale", "claro",
    ];
    count_words(folded) <= 3 && count(folded, ANSWERS) > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::fold;

    fn intent(text: &str) -> Intent {
        of(&fold(text))
    }

    #[test]
    fn duplicates_are_recognized_in_four_languages() {
        for text in [
            "You charged me twice!",
            "There is a duplicate payment on my card",
            "J'ai été débité deux fois",
            "Mir wurde doppelt abgebucht",
            "Me han cobrado dos veces",
        ] {
            assert_eq!(intent(text), Intent::Refund(Some(Reason::DuplicateCharge)), "{text}");
        }
    }

    #[test]
    fn reasons_are_recognized_in_four_languages() {
        for (text, reason) in [
            ("I changed my mind, refund please", Reason::ChangedMind),
            ("J'ai changé d'avis, remboursez-moi", Reason::ChangedMind),
            ("Ich habe es mir anders überlegt", Reason::ChangedMind),
            ("Ya no lo quiero", Reason::ChangedMind),
            ("I haven't used it at all", Reason::Unused),
            ("Ich habe es nicht benutzt", Reason::Unused),
            ("Je ne l'ai jamais utilisé", Reason::Unused),
            ("No lo he usado", Reason::Unused),
            ("I forgot to cancel", Reason::ForgotToCancel),
            ("I don't recognize this charge", Reason::Unrecognized),
            ("Ich habe versehentlich bestellt", Reason::Accidental),
            ("Me cobraron de más", Reason::WrongAmount),
        ] {
            assert_eq!(intent(text), Intent::Refund(Some(reason)), "{text}");
        }
        assert_eq!(intent("I want my money back"), Intent::Refund(None));
    }

    #[test]
    fn other_wishes_are_told_apart() {
        for (text, expected) in [
            ("What is your refund policy?", Intent::Policy),
            ("What happens if I forgot to cancel?", Intent::Policy),
            ("Was passiert, wenn ich vergessen habe zu kündigen?", Intent::Policy),
            ("Quelle est votre politique de remboursement ?", Intent::Policy),
            ("Wie lange habe ich Zeit? Was sind die Bedingungen?", Intent::Policy),
            ("¿Cuál es la política de reembolsos?", Intent::Policy),
            ("let me talk to a human", Intent::Person),
            ("Je veux parler à un conseiller", Intent::Person),
            ("Ich will mit einem Mitarbeiter sprechen", Intent::Person),
            ("Quiero hablar con una persona", Intent::Person),
            ("My lawyer will call you about the refund", Intent::Person),
            ("thanks, that's all", Intent::Done),
            ("Vielen Dank!", Intent::Done),
            ("thanks but I still did not get an answer", Intent::Vague),
            ("please cancel my subscription", Intent::Cancel),
            ("you stupid bot", Intent::Abuse),
            ("hello", Intent::Vague),
        ] {
            assert_eq!(intent(text), expected, "{text}");
        }
        assert_eq!(
            intent("I know your policy but I want a refund, I changed my mind"),
            Intent::Refund(Some(Reason::ChangedMind))
        );
    }
}
