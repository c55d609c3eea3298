//! What the stand-in says to customers. No sentence holds an amount, a date or a promise: those are
//! the program's business.

use quittance_core::reason::Reason;

use super::language::Language::{self, English, French, German, Spanish};

/// Asks what it is about.
pub(super) fn greeting(language: Language) -> &'static str {
    match language {
        English => "Hello! How can I help you with your payments?",
        French => "Bonjour ! Comment puis-je vous aider au sujet de vos paiements ?",
        German => "Hallo! Wie kann ich Ihnen bei Ihren Zahlungen helfen?",
        Spanish => "¡Hola! ¿Cómo puedo ayudarle con sus pagos?",
    }
}

/// Asks for the reason.
pub(super) fn ask_reason(language: Language) -> &'static str {
    match language {
        English => "I can look into that. Could you tell me why you would like the payment back?",
        French => {
            "Je peux m'en occuper. Pourriez-vous me dire pourquoi vous souhaitez récupérer ce paiement ?"
        }
        German => {
            "Das sehe ich mir gern an. Können Sie mir sagen, warum Sie die Zahlung zurückhaben möchten?"
        }
        Spanish => "Puedo revisarlo. ¿Podría decirme por qué desea que se le devuelva el pago?",
    }
}

/// Asks which payment is meant.
pub(super) fn ask_which(language: Language) -> &'static str {
    match language {
        English => "I see more than one recent payment. Which one do you mean?",
        French => "Je vois plusieurs paiements récents. Duquel s'agit-il ?",
        German => "Ich sehe mehrere Zahlungen aus letzter Zeit. Welche meinen Sie?",
        Spanish => "Veo varios pagos recientes. ¿A cuál se refiere?",
    }
}

/// Answers thanks.
pub(super) fn welcome(language: Language) -> &'static str {
    match language {
        English => "You're welcome! Just write again if anything else comes up.",
        French => "Avec plaisir ! N'hésitez pas à nous réécrire.",
        German => "Gern geschehen! Schreiben Sie einfach wieder, wenn noch etwas ist.",
        Spanish => "¡Con gusto! Escríbanos de nuevo cuando lo necesite.",
    }
}

/// Ends a turn whose outcome the program tells.
pub(super) fn closing(language: Language) -> &'static str {
    match language {
        English => "Is there anything else I can help you with?",
        French => "Puis-je vous aider pour autre chose ?",
        German => "Kann ich sonst noch etwas für Sie tun?",
        Spanish => "¿Puedo ayudarle en algo más?",
    }
}

/// Tells that a person is needed, where the tool for it is not on offer.
pub(super) fn person(language: Language) -> &'static str {
    match language {
        English => "This is something for one of my colleagues, who can look at it with you.",
        French => "C'est un point pour l'un de mes collègues, qui pourra l'examiner avec vous.",
        German => "Das ist etwas für eine Kollegin oder einen Kollegen von mir.",
        Spanish => "Esto es algo para uno de mis compañeros, que puede verlo con usted.",
    }
}

/// Points to a clause of the policy.
pub(super) fn clause(language: Language, clause: &str) -> String {
    match language {
        English => format!(
            "Our policy has a section on this, “{clause}”. Shall I look at one of your payments?"
        ),
        French => format!(
            "Nos conditions y consacrent une section, « {clause} ». Voulez-vous que je regarde l'un de vos paiements ?"
        ),
        German => format!(
            "Dazu gibt es in unseren Regeln einen Abschnitt: „{clause}“. Soll ich mir eine Ihrer Zahlungen ansehen?"
        ),
        Spanish => format!(
            "Nuestra política tiene una sección sobre esto: «{clause}». ¿Quiere que revise uno de sus pagos?"
        ),
    }
}

/// Points to the policy without naming a clause.
pub(super) fn policy(language: Language) -> &'static str {
    match language {
        English => "Our policy covers this, case by case. Shall I look at one of your payments?",
        French => {
            "Nos conditions le prévoient, au cas par cas. Voulez-vous que je regarde l'un de vos paiements ?"
        }
        German => {
            "Das regeln unsere Regeln je nach Fall. Soll ich mir eine Ihrer Zahlungen ansehen?"
        }
        Spanish => "Nuestra política lo regula según el caso. ¿Quiere que revise uno de sus pagos?",
    }
}

/// What to look for in the policy, in the policy's language.
pub(super) fn query(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::DuplicateCharge) => "charged twice duplicate payment",
        Some(Reason::ChangedMind) => "changed my mind refund",
        Some(Reason::Unused) => "unused subscription refund",
        Some(Reason::ForgotToCancel) => "forgot to cancel renewal refund",
        Some(Reason::Accidental) => "bought by mistake refund",
        Some(Reason::WrongAmount) => "wrong amount charged",
        Some(Reason::NotReceived) => "not received refund",
        Some(Reason::Damaged) => "damaged return",
        Some(Reason::Defective) => "defective refund",
        Some(Reason::NotAsDescribed) => "not as described refund",
        Some(Reason::ServiceProblem) => "service outage not working refund",
        Some(Reason::Unrecognized) => "unrecognized charge fraud",
        Some(Reason::Goodwill) => "goodwill gesture",
        Some(Reason::Other) | None => "changed your mind payment back",
    }
}

#[cfg(test)]
mod tests {
    use quittance_core::filter;

    use super::*;

    #[test]
    fn what_is_said_passes_the_programs_filter() {
        for language in [English, French, German, Spanish] {
            let said = [
                greeting(language).to_owned(),
                ask_reason(language).to_owned(),
                ask_which(language).to_owned(),
                welcome(language).to_owned(),
                closing(language).to_owned(),
                person(language).to_owned(),
                clause(language, "Charged twice"),
                policy(language).to_owned(),
            ];
            for text in said {
                assert_eq!(filter::check(&text), Ok(()), "{text}");
            }
        }
    }
}
