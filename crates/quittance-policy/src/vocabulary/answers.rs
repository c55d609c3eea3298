//! What a clause decides, how much it gives, and whose word it takes.

use super::{Entry, Table, said};

/// The word for a decision in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecisionWord {
    /// Give money back.
    Refund,
    /// A person decides.
    Ask,
    /// No refund.
    Refuse,
}

/// What a phrase after `Refund` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivesForm {
    /// The words `in full`.
    InFull,
    /// A percentage.
    Share,
    /// Sums of money.
    Sums,
    /// The words `the unused time`.
    UnusedTime,
    /// The words `the lines of these plans`.
    ListedLines,
    /// The words `without shipping`.
    WithoutShipping,
}

/// What a phrase after `Rests on` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EvidenceForm {
    /// Stripe's record.
    Record,
    /// The customer's word, with or without `up to`.
    Word,
    /// A person.
    Person,
}

/// What may stand after `Decision`.
pub(crate) static DECISIONS: Table<DecisionWord> = Table::new(&[
    Entry {
        meaning: DecisionWord::Refund,
        documentation: "Give the money back, on the terms of the other rows.",
        en: said(
            &["refund", "approve", "allow", "accept", "give back", "pay back", "yes"],
            "refund",
        ),
        fr: said(&["rembourser", "remboursement", "accepter", "accorder", "oui"], "rembourser"),
        de: said(
            &["erstatten", "Erstattung", "rückerstatten", "zurückzahlen", "genehmigen", "ja"],
            "erstatten",
        ),
        es: said(
            &["reembolsar", "reembolso", "devolver", "devolución", "aprobar", "sí"],
            "reembolsar",
        ),
    },
    Entry {
        meaning: DecisionWord::Ask,
        documentation: "A teammate decides.",
        en: said(
            &[
                "ask a person",
                "ask",
                "person",
                "a person",
                "a person decides",
                "ask someone",
                "human",
                "a human",
                "escalate",
                "hand off",
                "hand over",
                "review",
                "manual",
            ],
            "ask a person",
        ),
        fr: said(
            &[
                "demander à une personne",
                "une personne",
                "une personne décide",
                "un humain",
                "transférer",
            ],
            "demander à une personne",
        ),
        de: said(
            &[
                "einen Menschen fragen",
                "Mensch",
                "ein Mensch",
                "ein Mensch entscheidet",
                "weiterleiten",
                "prüfen",
            ],
            "einen Menschen fragen",
        ),
        es: said(
            &[
                "preguntar a una persona",
                "una persona",
                "una persona decide",
                "un humano",
                "derivar",
                "revisar",
            ],
            "preguntar a una persona",
        ),
    },
    Entry {
        meaning: DecisionWord::Refuse,
        documentation: "No refund. The customer is told which clause says so and can ask for a person.",
        en: said(
            &["refuse", "decline", "deny", "reject", "no", "no refund", "not refundable", "never"],
            "refuse",
        ),
        fr: said(
            &["refuser", "refus", "non", "pas de remboursement", "non remboursable", "jamais"],
            "refuser",
        ),
        de: said(
            &["ablehnen", "Ablehnung", "nein", "keine Erstattung", "nicht erstattbar", "nie"],
            "ablehnen",
        ),
        es: said(
            &["rechazar", "denegar", "no", "sin reembolso", "no reembolsable", "nunca"],
            "rechazar",
        ),
    },
]);

/// What may stand after `Refund`.
pub(crate) static GIVES: Table<GivesForm> = Table::new(&[
    Entry {
        meaning: GivesForm::InFull,
        documentation: "All that was paid.",
        en: said(
            &[
                "in full",
                "full",
                "everything",
                "all",
                "all of it",
                "full amount",
                "the full amount",
                "whole",
            ],
            "in full",
        ),
        fr: said(
            &["en entier", "intégral", "intégralement", "tout", "totalité", "la totalité"],
            "en entier",
        ),
        de: said(
            &["vollständig", "voll", "alles", "ganz", "in voller Höhe", "der volle Betrag"],
            "vollständig",
        ),
        es: said(
            &["completo", "íntegro", "todo", "total", "el importe total", "en su totalidad"],
            "completo",
        ),
    },
    Entry {
        meaning: GivesForm::Share,
        documentation: "A share of what was paid, rounded down.",
        en: said(&["a percentage"], "50 % of the charge"),
        fr: said(&["un pourcentage"], "50 % du paiement"),
        de: said(&["ein Prozentsatz"], "50 % der Zahlung"),
        es: said(&["un porcentaje"], "50 % del pago"),
    },
    Entry {
        meaning: GivesForm::Sums,
        documentation: "A fixed sum, one for each currency. Other currencies go to a person.",
        en: said(&["sums"], "20 USD, 18 EUR"),
        fr: said(&["des sommes"], "20 EUR, 22 USD"),
        de: said(&["Summen"], "20 EUR, 22 USD"),
        es: said(&["sumas"], "20 EUR, 22 USD"),
    },
    Entry {
        meaning: GivesForm::UnusedTime,
        documentation: "The part of what was paid that is for time still to come, counted by the second from the \
                        invoice's own periods and rounded down. A charge whose invoice does not add up goes to a \
                        person. The subscription itself goes on until somebody cancels it.",
        en: said(
            &[
                "the unused time",
                "unused time",
                "the rest of the period",
                "the time left",
                "pro rata",
                "prorated",
            ],
            "the unused time",
        ),
        fr: said(
            &["le temps non utilisé", "temps non utilisé", "le reste de la période", "au prorata"],
            "le temps non utilisé",
        ),
        de: said(
            &["die ungenutzte Zeit", "ungenutzte Zeit", "die restliche Zeit", "anteilig"],
            "die ungenutzte Zeit",
        ),
        es: said(
            &["el tiempo no usado", "tiempo no usado", "el resto del periodo", "prorrateado"],
            "el tiempo no usado",
        ),
    },
    Entry {
        meaning: GivesForm::ListedLines,
        documentation: "What was paid for the plans or products of `Applies to` alone, where the invoice has other \
                        lines too.",
        en: said(
            &[
                "the lines of these plans",
                "these plans only",
                "the listed plans",
                "the listed lines",
                "these products only",
            ],
            "the lines of these plans",
        ),
        fr: said(
            &["les lignes de ces formules", "ces formules seulement"],
            "les lignes de ces formules",
        ),
        de: said(&["die Posten dieser Tarife", "nur diese Tarife"], "die Posten dieser Tarife"),
        es: said(
            &["las líneas de estos planes", "solo estos planes"],
            "las líneas de estos planes",
        ),
    },
    Entry {
        meaning: GivesForm::WithoutShipping,
        documentation: "All that was paid but the shipping on the invoice. A payment without an invoice goes to a \
                        person.",
        en: said(
            &[
                "without shipping",
                "all but shipping",
                "everything but shipping",
                "excluding shipping",
                "less shipping",
            ],
            "without shipping",
        ),
        fr: said(
            &["sans les frais de port", "hors frais de port", "sans la livraison"],
            "sans les frais de port",
        ),
        de: said(&["ohne Versand", "ohne Versandkosten", "abzüglich Versand"], "ohne Versand"),
        es: said(&["sin el envío", "sin gastos de envío", "sin envío"], "sin el envío"),
    },
]);

/// What may stand after `Rests on`.
pub(crate) static EVIDENCE: Table<EvidenceForm> = Table::new(&[
    Entry {
        meaning: EvidenceForm::Record,
        documentation: "What Stripe shows is enough.",
        en: said(
            &[
                "Stripe's record",
                "Stripe",
                "Stripe record",
                "the record",
                "our record",
                "our records",
            ],
            "Stripe's record",
        ),
        fr: said(&["les données de Stripe", "Stripe"], "les données de Stripe"),
        de: said(&["die Daten von Stripe", "Stripe"], "die Daten von Stripe"),
        es: said(&["los datos de Stripe", "Stripe"], "los datos de Stripe"),
    },
    Entry {
        meaning: EvidenceForm::Word,
        documentation: "What the customer says is believed, with `up to` only as far as that, one amount for each \
                        currency. Above it a person decides.",
        en: said(
            &[
                "the customer's word",
                "customer's word",
                "customers word",
                "the customers word",
                "the customer",
                "customer",
            ],
            "the customer's word up to 50 USD, 45 EUR, else a person",
        ),
        fr: said(
            &["la parole du client", "parole du client", "le client"],
            "la parole du client jusqu'à 50 EUR, sinon une personne",
        ),
        de: said(
            &["das Wort des Kunden", "Wort des Kunden", "der Kunde"],
            "das Wort des Kunden bis 50 EUR, sonst ein Mensch",
        ),
        es: said(
            &["la palabra del cliente", "palabra del cliente", "el cliente"],
            "la palabra del cliente hasta 50 EUR, si no una persona",
        ),
    },
    Entry {
        meaning: EvidenceForm::Person,
        documentation: "A person looks first.",
        en: said(&["a person", "person", "a human", "human", "a teammate", "teammate"], "a person"),
        fr: said(&["une personne", "personne", "un humain", "un collègue"], "une personne"),
        de: said(&["ein Mensch", "Mensch", "einen Menschen", "eine Person"], "ein Mensch"),
        es: said(&["una persona", "persona", "un humano"], "una persona"),
    },
]);
