//! The rows of a rule table.

use super::{Entry, Table, said};
use crate::read::{self, Draft, Reader};
use crate::text::Piece;

/// A row of a rule table.
#[derive(Debug)]
pub(crate) struct Row {
    /// Reads the value.
    pub(crate) read: fn(&mut Draft, Piece<'_>, &mut Reader),
    /// Whether it means something only when the decision is a refund.
    pub(crate) is_for_refunds: bool,
    /// Whether every rule has it.
    pub(crate) is_required: bool,
}

/// The rows of a rule table.
pub(crate) static ROWS: Table<Row> = Table::new(&[
    Entry {
        meaning: Row { read: read::reasons, is_for_refunds: false, is_required: true },
        documentation: "The reasons the clause is about, parted by commas, or `any reason`.",
        en: said(&["Reason", "Reasons", "Why", "Because", "Customer says"], "changed mind, unused"),
        fr: said(
            &["Motif", "Motifs", "Raison", "Raisons", "Pourquoi"],
            "changement d'avis, non utilisé",
        ),
        de: said(&["Grund", "Gründe", "Warum", "Anlass"], "anders überlegt, nicht genutzt"),
        es: said(
            &["Motivo", "Motivos", "Razón", "Razones", "Por qué", "Causa"],
            "cambio de opinión, sin usar",
        ),
    },
    Entry {
        meaning: Row { read: read::decision, is_for_refunds: false, is_required: true },
        documentation: "What happens when the clause applies.",
        en: said(&["Decision", "Decide", "Answer", "Outcome", "Result", "Action"], "refund"),
        fr: said(&["Décision", "Réponse", "Résultat"], "rembourser"),
        de: said(&["Entscheidung", "Antwort", "Ergebnis"], "erstatten"),
        es: said(&["Decisión", "Respuesta", "Resultado", "Acción"], "reembolsar"),
    },
    Entry {
        meaning: Row { read: read::conditions, is_for_refunds: false, is_required: false },
        documentation: "What Stripe or Intercom must show. Several conditions, parted by commas, must all hold; what \
                        may hold instead is a clause of its own. Without this row the clause always applies. What \
                        nobody can tell goes to a person.",
        en: said(
            &["Applies when", "When", "If", "Only when", "Only if", "Condition", "Conditions"],
            "renewal, amount below 50 USD",
        ),
        fr: said(
            &[
                "S'applique si",
                "S'applique quand",
                "Si",
                "Quand",
                "Seulement si",
                "Condition",
                "Conditions",
            ],
            "renouvellement, montant inférieur à 50 EUR",
        ),
        de: said(
            &[
                "Gilt wenn",
                "Wenn",
                "Falls",
                "Nur wenn",
                "Bedingung",
                "Bedingungen",
                "Voraussetzung",
            ],
            "Verlängerung, Betrag unter 50 EUR",
        ),
        es: said(
            &[
                "Se aplica si",
                "Se aplica cuando",
                "Si",
                "Cuando",
                "Solo si",
                "Condición",
                "Condiciones",
            ],
            "renovación, importe menor que 50 EUR",
        ),
    },
    Entry {
        meaning: Row { read: read::covers, is_for_refunds: false, is_required: false },
        documentation: "The plans the clause is about: the lookup keys of their Stripe prices, or the nicknames of \
                        prices without one. Or the products, by their ids in Stripe: `products: prod_a, prod_b`. A \
                        charge for listed and other things together goes to a person.",
        en: said(
            &["Applies to", "Plans", "Plan", "For", "Only for", "Covers"],
            "plans: starter-monthly, pro-monthly",
        ),
        fr: said(
            &[
                "S'applique à",
                "Formules",
                "Formule",
                "Abonnements",
                "Pour",
                "Seulement pour",
                "Concerne",
            ],
            "formules : starter-monthly, pro-monthly",
        ),
        de: said(
            &["Gilt für", "Tarife", "Tarif", "Pläne", "Für", "Nur für", "Betrifft"],
            "Tarife: starter-monthly, pro-monthly",
        ),
        es: said(
            &["Se aplica a", "Planes", "Para", "Solo para"],
            "planes: starter-monthly, pro-monthly",
        ),
    },
    Entry {
        meaning: Row { read: read::within, is_for_refunds: false, is_required: false },
        documentation: "How old the charge may be. Days, weeks, months and years are counted on the calendar in UTC, \
                        and the last day counts as a whole; hours are exact. Or `the end of the billing period`: as \
                        long as the time that was paid for runs.",
        en: said(
            &["Within", "Window", "Time limit", "Deadline", "No later than", "Not later than"],
            "14 days of the charge",
        ),
        fr: said(
            &["Délai", "Dans les", "Au plus tard", "Dans un délai de"],
            "14 jours après le paiement",
        ),
        de: said(
            &["Frist", "Innerhalb von", "Binnen", "Spätestens", "Zeitraum"],
            "14 Tage nach der Zahlung",
        ),
        es: said(&["Plazo", "Dentro de", "A más tardar"], "14 días después del pago"),
    },
    Entry {
        meaning: Row { read: read::gives, is_for_refunds: true, is_required: false },
        documentation: "How much of the charge is given back, what was given back before included. Without this row: \
                        in full.",
        en: said(
            &[
                "Refund",
                "Amount",
                "How much",
                "Refund amount",
                "Gives",
                "Gives back",
                "We give back",
            ],
            "in full",
        ),
        fr: said(&["Remboursement", "Montant", "Combien", "Montant remboursé"], "en entier"),
        de: said(&["Erstattung", "Betrag", "Wie viel", "Rückerstattung", "Höhe"], "vollständig"),
        es: said(&["Reembolso", "Importe", "Monto", "Cuánto", "Devolución"], "completo"),
    },
    Entry {
        meaning: Row { read: read::at_most, is_for_refunds: true, is_required: false },
        documentation: "The largest refund, one amount for each currency you charge in. A larger one, or one in a \
                        currency that is not listed, goes to a person.",
        en: said(
            &[
                "At most",
                "Max",
                "Maximum",
                "Limit",
                "Up to",
                "No more than",
                "Not more than",
                "Cap",
            ],
            "500 USD, 450 EUR",
        ),
        fr: said(
            &["Au plus", "Maximum", "Au maximum", "Plafond", "Limite", "Jusqu'à"],
            "500 EUR, 550 USD",
        ),
        de: said(
            &["Höchstens", "Höchstbetrag", "Maximum", "Maximal", "Bis zu", "Obergrenze"],
            "500 EUR, 550 USD",
        ),
        es: said(&["Como máximo", "Máximo", "Límite", "Hasta", "Tope"], "500 EUR, 550 USD"),
    },
    Entry {
        meaning: Row { read: read::per_customer, is_for_refunds: true, is_required: false },
        documentation: "How often, or how much, one customer gets in a running period. More goes to a person. Earlier \
                        refunds count unless they are known to be for reasons that the clause does not list.",
        en: said(
            &["Per customer", "Each customer", "For each customer", "Customer limit", "How often"],
            "1 in 12 months",
        ),
        fr: said(&["Par client", "Chaque client", "Combien de fois"], "1 en 12 mois"),
        de: said(&["Pro Kunde", "Je Kunde", "Pro Kundin", "Wie oft"], "1 in 12 Monaten"),
        es: said(&["Por cliente", "Cada cliente", "Cuántas veces"], "1 en 12 meses"),
    },
    Entry {
        meaning: Row { read: read::rests_on, is_for_refunds: true, is_required: false },
        documentation: "Whose word is enough. Without this row: Stripe's record for a charge that Stripe shows to be \
                        made twice, otherwise the customer's word.",
        en: said(
            &["Rests on", "Evidence", "Proof", "Based on", "Whose word", "Relies on"],
            "the customer's word up to 50 USD, else a person",
        ),
        fr: said(
            &["Repose sur", "Preuve", "Fondé sur", "Sur la base de"],
            "la parole du client jusqu'à 50 EUR, sinon une personne",
        ),
        de: said(
            &["Beruht auf", "Nachweis", "Beleg", "Grundlage", "Wessen Wort"],
            "das Wort des Kunden bis 50 EUR, sonst ein Mensch",
        ),
        es: said(
            &["Se basa en", "Prueba", "Evidencia", "Basado en"],
            "la palabra del cliente hasta 50 EUR, si no una persona",
        ),
    },
]);
