//! The phrases of worked examples.

use super::{Entry, Table, said};
use crate::case::{self, CaseDraft, CaseReader};
use crate::problem::Fault;
use crate::text::Piece;

/// Reads a phrase of a worked example. None where it is not a phrase of this kind.
pub(crate) type ReadPhrase =
    fn(&mut CaseDraft, Piece<'_>, &CaseReader<'_>) -> Option<Result<(), Fault>>;

/// What stands under `Expect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpectForm {
    /// A refund, with or without an amount.
    Refund,
    /// A person decides.
    Ask,
    /// No refund.
    Refuse,
    /// No clause applies, so a person decides.
    Gap,
}

/// The phrases of a worked example, in the order in which they are tried.
pub(crate) static CASES: Table<ReadPhrase> = Table::new(&[
    Entry {
        meaning: case::asked,
        documentation: "The amount the customer asks for: all that the policy gives if nothing is said.",
        en: said(&["asks for", "asked for", "wants"], "asks for 20 USD"),
        fr: said(&["demande"], "demande 20 EUR"),
        de: said(&["möchte", "verlangt", "will"], "möchte 20 EUR"),
        es: said(&["pide", "quiere"], "pide 20 EUR"),
    },
    Entry {
        meaning: case::refunded,
        documentation: "An earlier refund to the same customer, for a reason nobody wrote down: of an amount, or else \
                        of the same amount.",
        en: said(&["refunded"], "refunded 20 USD 2 months ago"),
        fr: said(&["remboursé"], "remboursé 20 EUR il y a 2 mois"),
        de: said(&["erstattet"], "erstattet 20 EUR vor 2 Monaten"),
        es: said(&["reembolsado"], "reembolsado 20 EUR hace 2 meses"),
    },
    Entry {
        meaning: case::charged_again,
        documentation: "The same amount was charged a second time, this long after the charge whose age is given. The \
                        question is then about the second.",
        en: said(&["charged again", "duplicate"], "charged again 1 day later"),
        fr: said(&["débité à nouveau"], "débité à nouveau 1 jour plus tard"),
        de: said(&["erneut abgebucht"], "erneut abgebucht 1 Tag später"),
        es: said(&["cobrado otra vez"], "cobrado otra vez 1 día después"),
    },
    Entry {
        meaning: case::shipping,
        documentation: "How much of the payment was for shipping: nothing if nothing is said.",
        en: said(&["shipping"], "shipping 5 USD"),
        fr: said(&["frais de port"], "frais de port 5 EUR"),
        de: said(&["Versand"], "Versand 5 EUR"),
        es: said(&["envío"], "envío 5 EUR"),
    },
    Entry {
        meaning: case::bought,
        documentation: "Something else that was paid for at the same time.",
        en: said(&["another line"], "extra-seats for 20 USD"),
        fr: said(&["une autre ligne"], "extra-seats pour 20 EUR"),
        de: said(&["ein anderer Posten"], "extra-seats für 20 EUR"),
        es: said(&["otra línea"], "extra-seats por 20 EUR"),
    },
    Entry {
        meaning: case::lasts,
        documentation: "How long the time was that was paid for, from the charge on. Without it nobody knows what is \
                        left of it.",
        en: said(&["a time"], "for 30 days"),
        fr: said(&["une durée"], "pour 30 jours"),
        de: said(&["eine Dauer"], "für 30 Tage"),
        es: said(&["una duración"], "por 30 días"),
    },
    Entry {
        meaning: case::known,
        documentation: "What Stripe or Intercom shows: the payment method, the country, the subscription's status or \
                        age, when the trial ended, a dispute, the product, or an attribute of the contact.",
        en: said(
            &["something known"],
            "country US` · `paid by card` · `subscription canceled` · `subscription 40 days ago` · `trial ended 3 days \
             ago` · `disputed` · `product prod_a` · `usage_hours 0.5` · \
             `attribute tier gold",
        ),
        fr: said(&["un fait connu"], "pays FR"),
        de: said(&["etwas Bekanntes"], "Land DE"),
        es: said(&["algo conocido"], "país ES"),
    },
    Entry {
        meaning: case::age,
        documentation: "How long ago it was paid: today if nothing is said.",
        en: said(&["an age", "today", "yesterday"], "3 days ago"),
        fr: said(&["un âge", "aujourd'hui", "hier"], "il y a 3 jours"),
        de: said(&["ein Alter", "heute", "gestern"], "vor 3 Tagen"),
        es: said(&["una antigüedad", "hoy", "ayer"], "hace 3 días"),
    },
    Entry {
        meaning: case::reason,
        documentation: "What the customer says is the matter. Every example has one.",
        en: said(&["a reason"], "changed mind"),
        fr: said(&["un motif"], "changement d'avis"),
        de: said(&["ein Grund"], "anders überlegt"),
        es: said(&["un motivo"], "cambio de opinión"),
    },
    Entry {
        meaning: case::billing,
        documentation: "Whether it is a `first charge`, a `renewal` or a `one-off purchase`.",
        en: said(&["a kind of charge"], "first charge"),
        fr: said(&["un type de paiement"], "premier paiement"),
        de: said(&["eine Art der Zahlung"], "erste Zahlung"),
        es: said(&["un tipo de pago"], "primer pago"),
    },
    Entry {
        meaning: case::plan,
        documentation: "What was paid for. A plan that no clause lists has `plan` before it. With a plan and nothing \
                        else said, the charge is a renewal; without one, a one-off purchase.",
        en: said(&["a plan"], "pro-monthly"),
        fr: said(&["une formule"], "pro-monthly"),
        de: said(&["ein Tarif"], "pro-monthly"),
        es: said(&["un plan"], "pro-monthly"),
    },
    Entry {
        meaning: case::amount,
        documentation: "What was paid. Every example has one.",
        en: said(&["an amount"], "49 USD"),
        fr: said(&["un montant"], "49 EUR"),
        de: said(&["ein Betrag"], "49 EUR"),
        es: said(&["un importe"], "49 EUR"),
    },
]);

/// What may stand under `Expect`.
pub(crate) static EXPECTATIONS: Table<ExpectForm> = Table::new(&[
    Entry {
        meaning: ExpectForm::Refund,
        documentation: "A refund: of any amount, of a sum, of a share of the charge, or in full.",
        en: said(&["refund"], "refund 49 USD"),
        fr: said(&["rembourser", "remboursement"], "rembourser 49 EUR"),
        de: said(&["erstatten", "Erstattung"], "erstatten 49 EUR"),
        es: said(&["reembolsar", "reembolso"], "reembolsar 49 EUR"),
    },
    Entry {
        meaning: ExpectForm::Ask,
        documentation: "A person decides.",
        en: said(
            &["ask a person", "ask", "a person", "person", "human", "escalate"],
            "ask a person",
        ),
        fr: said(&["demander à une personne", "une personne"], "demander à une personne"),
        de: said(&["einen Menschen fragen", "ein Mensch", "Mensch"], "einen Menschen fragen"),
        es: said(&["preguntar a una persona", "una persona"], "preguntar a una persona"),
    },
    Entry {
        meaning: ExpectForm::Refuse,
        documentation: "No refund.",
        en: said(&["refuse", "decline", "deny", "reject", "no refund"], "refuse"),
        fr: said(&["refuser", "pas de remboursement"], "refuser"),
        de: said(&["ablehnen", "keine Erstattung"], "ablehnen"),
        es: said(&["rechazar", "sin reembolso"], "rechazar"),
    },
    Entry {
        meaning: ExpectForm::Gap,
        documentation: "No clause applies, so a person decides and the case is counted as a gap.",
        en: said(&["gap", "no clause", "not covered", "no rule"], "gap"),
        fr: said(&["lacune", "aucune clause"], "lacune"),
        de: said(&["Lücke", "keine Klausel"], "Lücke"),
        es: said(&["hueco", "ninguna cláusula"], "hueco"),
    },
]);
