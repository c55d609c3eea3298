//! The conditions: phrases, subjects, and how they are compared.

use quittance_core::policy::{Compare, Condition, Period};

use super::{Entry, Table, said};

/// What a phrase after `Applies when` stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ConditionForm {
    /// No condition.
    Always,
    /// The phrase alone.
    Plain(fn() -> Condition),
    /// The phrase, `within` and a period.
    Timed(fn(Period) -> Condition),
    /// The phrase, with or without `within` and a period.
    MaybeTimed(fn(Option<Period>) -> Condition),
}

/// What a condition looks at and compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// How large the charge is.
    Amount,
    /// How old it is, or when it was made.
    Charge,
    /// What it was paid in.
    Currency,
    /// How it was paid.
    Method,
    /// Where the card comes from.
    Country,
    /// The subscription's status, or how old it is.
    Subscription,
    /// When the trial ended.
    Trial,
    /// How many refunds there were before.
    EarlierRefunds,
    /// What Intercom says about the contact.
    Attribute,
}

/// Whole phrases.
pub(crate) static CONDITIONS: Table<ConditionForm> = Table::new(&[
    Entry {
        meaning: ConditionForm::Always,
        documentation: "No condition.",
        en: said(&["always", "any charge", "any time", "no condition"], "always"),
        fr: said(&["toujours", "sans condition"], "toujours"),
        de: said(&["immer", "ohne Bedingung"], "immer"),
        es: said(&["siempre", "sin condición"], "siempre"),
    },
    Entry {
        meaning: ConditionForm::Plain(|| Condition::FirstCharge),
        documentation: "The charge paid for the first period of a subscription.",
        en: said(
            &["first charge", "first payment", "first invoice", "new subscription", "first period"],
            "first charge",
        ),
        fr: said(
            &["premier paiement", "première facture", "nouvel abonnement"],
            "premier paiement",
        ),
        de: said(
            &["erste Zahlung", "erste Abbuchung", "erste Rechnung", "neues Abo"],
            "erste Zahlung",
        ),
        es: said(
            &["primer pago", "primer cobro", "primera factura", "nueva suscripción"],
            "primer pago",
        ),
    },
    Entry {
        meaning: ConditionForm::Plain(|| Condition::Renewal),
        documentation: "The charge paid for a later period of a subscription.",
        en: said(
            &[
                "renewal",
                "renewals",
                "renewal charge",
                "renewed",
                "recurring charge",
                "later charge",
            ],
            "renewal",
        ),
        fr: said(&["renouvellement", "renouvelé", "paiement récurrent"], "renouvellement"),
        de: said(&["Verlängerung", "verlängert", "wiederkehrende Zahlung"], "Verlängerung"),
        es: said(&["renovación", "renovado", "pago recurrente"], "renovación"),
    },
    Entry {
        meaning: ConditionForm::Plain(|| Condition::OneOff),
        documentation: "The charge belongs to no subscription.",
        en: said(
            &[
                "one-off purchase",
                "one-off",
                "one-time purchase",
                "one-time",
                "single purchase",
                "no subscription",
            ],
            "one-off purchase",
        ),
        fr: said(&["achat unique", "paiement unique", "sans abonnement"], "achat unique"),
        de: said(&["Einzelkauf", "einmaliger Kauf", "ohne Abo"], "Einzelkauf"),
        es: said(&["compra única", "pago único", "sin suscripción"], "compra única"),
    },
    Entry {
        meaning: ConditionForm::Timed(Condition::ChargedAgain),
        documentation: "An earlier charge of the same amount, and not for other plans, went through at most this long \
                        before, and nothing of it was given back or is disputed. It is the later charge that is \
                        refunded. A period follows.",
        en: said(
            &[
                "same amount charged again",
                "charged again",
                "charged twice",
                "same amount charged twice",
                "same payment taken again",
                "same payment taken twice",
                "duplicate",
                "duplicate charge",
            ],
            "same amount charged again within 3 days",
        ),
        fr: said(
            &[
                "même montant débité à nouveau",
                "débité à nouveau",
                "même montant débité deux fois",
                "double paiement",
            ],
            "même montant débité à nouveau dans les 3 jours",
        ),
        de: said(
            &[
                "gleicher Betrag erneut abgebucht",
                "erneut abgebucht",
                "gleicher Betrag zweimal abgebucht",
                "doppelte Abbuchung",
            ],
            "gleicher Betrag erneut abgebucht innerhalb von 3 Tagen",
        ),
        es: said(
            &[
                "mismo importe cobrado otra vez",
                "cobrado otra vez",
                "mismo importe cobrado dos veces",
                "cobro duplicado",
            ],
            "mismo importe cobrado otra vez dentro de 3 días",
        ),
    },
    Entry {
        meaning: ConditionForm::MaybeTimed(|period| {
            Condition::EarlierRefunds(Compare::AtMost, 0, period)
        }),
        documentation: "The customer was never refunded, or not in a running period.",
        en: said(
            &[
                "no earlier refund",
                "no earlier refunds",
                "never refunded",
                "no refund before",
                "first refund",
            ],
            "no earlier refund within 12 months",
        ),
        fr: said(
            &["aucun remboursement antérieur", "jamais remboursé", "premier remboursement"],
            "aucun remboursement antérieur en 12 mois",
        ),
        de: said(
            &["keine frühere Erstattung", "nie erstattet", "erste Erstattung"],
            "keine frühere Erstattung innerhalb von 12 Monaten",
        ),
        es: said(
            &["ningún reembolso anterior", "nunca reembolsado", "primer reembolso"],
            "ningún reembolso anterior en 12 meses",
        ),
    },
    Entry {
        meaning: ConditionForm::Plain(|| Condition::Disputed(false)),
        documentation: "The customer never disputed a charge.",
        en: said(
            &["never disputed", "no dispute", "no disputes", "not disputed", "no chargeback"],
            "never disputed",
        ),
        fr: said(&["jamais contesté", "aucune contestation", "aucun litige"], "jamais contesté"),
        de: said(&["nie angefochten", "keine Rückbuchung", "kein Streitfall"], "nie angefochten"),
        es: said(&["nunca disputado", "sin disputas", "ninguna disputa"], "nunca disputado"),
    },
    Entry {
        meaning: ConditionForm::Plain(|| Condition::Disputed(true)),
        documentation: "The customer disputed a charge, this one or another.",
        en: said(&["disputed before", "disputed", "has disputed", "chargeback"], "disputed before"),
        fr: said(&["déjà contesté", "contesté", "litige"], "déjà contesté"),
        de: said(
            &["schon angefochten", "angefochten", "Rückbuchung", "Streitfall"],
            "schon angefochten",
        ),
        es: said(&["ya disputado", "disputado", "con disputa"], "ya disputado"),
    },
]);

/// What conditions compare.
pub(crate) static SUBJECTS: Table<Subject> = Table::new(&[
    Entry {
        meaning: Subject::Amount,
        documentation: "How large the charge is, with one amount for each currency you charge in.",
        en: said(&["amount", "charge amount", "price", "sum"], "amount below 50 USD, 45 EUR"),
        fr: said(&["montant", "somme", "prix"], "montant inférieur à 50 EUR"),
        de: said(&["Betrag", "Summe", "Preis"], "Betrag unter 50 EUR"),
        es: said(&["importe", "monto", "precio"], "importe menor que 50 EUR"),
    },
    Entry {
        meaning: Subject::Charge,
        documentation: "How old the charge is, or when it was made, in UTC.",
        en: said(
            &["charge", "payment", "charged", "paid", "bought", "purchase"],
            "charge more than 3 days ago",
        ),
        fr: said(&["paiement", "achat", "payé", "débité"], "paiement il y a plus de 3 jours"),
        de: said(&["Zahlung", "Kauf", "Abbuchung", "bezahlt"], "Zahlung vor mehr als 3 Tagen"),
        es: said(&["pago", "compra", "cobro", "pagado"], "pago hace más de 3 días"),
    },
    Entry {
        meaning: Subject::Currency,
        documentation: "The currency it was paid in.",
        en: said(&["currency", "paid in", "charged in"], "currency is USD, EUR"),
        fr: said(&["devise", "payé en", "monnaie"], "devise est EUR"),
        de: said(&["Währung", "bezahlt in"], "Währung ist EUR"),
        es: said(&["moneda", "divisa", "pagado en"], "moneda es EUR"),
    },
    Entry {
        meaning: Subject::Method,
        documentation: "How it was paid.",
        en: said(
            &["payment method", "method", "paid by", "paid with"],
            "payment method is card, paypal",
        ),
        fr: said(&["moyen de paiement", "payé par", "payé avec"], "moyen de paiement est carte"),
        de: said(
            &["Zahlungsart", "Zahlungsmethode", "bezahlt mit", "bezahlt per"],
            "Zahlungsart ist Karte",
        ),
        es: said(&["método de pago", "pagado con", "forma de pago"], "método de pago es tarjeta"),
    },
    Entry {
        meaning: Subject::Country,
        documentation: "Where the card comes from, in two letters. Other ways to pay have no country and go to a person.",
        en: said(&["country", "card country", "card from"], "country is US, CA"),
        fr: said(&["pays", "pays de la carte"], "pays est FR, BE"),
        de: said(&["Land", "Land der Karte"], "Land ist DE, AT"),
        es: said(&["país", "país de la tarjeta"], "país es ES, MX"),
    },
    Entry {
        meaning: Subject::Subscription,
        documentation: "The status of the subscription that the charge is for, or how old it is.",
        en: said(
            &["subscription", "subscription status", "subscribed"],
            "subscription is active, past due",
        ),
        fr: said(&["abonnement", "abonné"], "abonnement est actif"),
        de: said(&["Abo", "Abonnement", "abonniert"], "Abo ist aktiv"),
        es: said(&["suscripción", "suscrito"], "suscripción es activa"),
    },
    Entry {
        meaning: Subject::Trial,
        documentation: "How long ago the trial of that subscription ended.",
        en: said(
            &["trial ended", "trial", "end of the trial", "trial end"],
            "trial ended within 7 days",
        ),
        fr: said(
            &["essai terminé", "fin de l'essai", "essai"],
            "essai terminé depuis moins de 7 jours",
        ),
        de: said(
            &["Testphase beendet", "Ende der Testphase", "Testphase"],
            "Testphase beendet innerhalb von 7 Tagen",
        ),
        es: said(
            &["prueba terminada", "fin de la prueba", "prueba"],
            "prueba terminada dentro de 7 días",
        ),
    },
    Entry {
        meaning: Subject::EarlierRefunds,
        documentation: "How many refunds the customer had before, for whatever reason, in all or in a running period.",
        en: said(
            &["earlier refunds", "refunds before", "previous refunds", "earlier refund"],
            "earlier refunds below 2 in 12 months",
        ),
        fr: said(
            &["remboursements antérieurs", "remboursements"],
            "remboursements antérieurs moins de 2 en 12 mois",
        ),
        de: said(
            &["frühere Erstattungen", "Erstattungen"],
            "frühere Erstattungen weniger als 2 in 12 Monaten",
        ),
        es: said(
            &["reembolsos anteriores", "reembolsos"],
            "reembolsos anteriores menos de 2 en 12 meses",
        ),
    },
    Entry {
        meaning: Subject::Attribute,
        documentation: "An attribute of the contact in Intercom that no browser can write, compared with a number, a day, \
                        `yes` or `no`, or texts. A name with an underscore needs no `attribute` before it. What Intercom \
                        does not know, or knows as another type, goes to a person.",
        en: said(
            &["attribute", "contact attribute"],
            "usage_hours below 1, attribute tier is gold, silver",
        ),
        fr: said(&["attribut"], "usage_hours moins de 1, attribut tier est gold"),
        de: said(&["Attribut"], "usage_hours unter 1, Attribut tier ist gold"),
        es: said(&["atributo"], "usage_hours menos de 1, atributo tier es gold"),
    },
]);

/// How they are compared.
pub(crate) static COMPARES: Table<Compare> = Table::new(&[
    Entry {
        meaning: Compare::Below,
        documentation: "Less, or before a day.",
        en: said(
            &[
                "below",
                "under",
                "less than",
                "fewer than",
                "younger than",
                "newer than",
                "before",
                "<",
            ],
            "below 50 USD",
        ),
        fr: said(
            &[
                "inférieur à",
                "moins de",
                "de moins de",
                "il y a moins de",
                "depuis moins de",
                "avant",
                "avant le",
                "<",
            ],
            "inférieur à 50 EUR",
        ),
        de: said(
            &[
                "unter",
                "weniger als",
                "kleiner als",
                "jünger als",
                "vor weniger als",
                "vor dem",
                "<",
            ],
            "unter 50 EUR",
        ),
        es: said(
            &[
                "menor que",
                "menos de",
                "por debajo de",
                "inferior a",
                "hace menos de",
                "antes de",
                "antes del",
                "<",
            ],
            "menor que 50 EUR",
        ),
    },
    Entry {
        meaning: Compare::AtMost,
        documentation: "Less or the same, or until a day.",
        en: said(
            &["at most", "up to", "no more than", "not more than", "within", "until", "<=", "≤"],
            "at most 50 USD",
        ),
        fr: said(
            &["au plus", "jusqu'à", "dans les", "il y a au plus", "jusqu'au", "<=", "≤"],
            "au plus 50 EUR",
        ),
        de: said(
            &["höchstens", "bis zu", "innerhalb von", "vor höchstens", "bis", "bis zum", "<=", "≤"],
            "höchstens 50 EUR",
        ),
        es: said(
            &["como máximo", "hasta", "dentro de", "hace como máximo", "hasta el", "<=", "≤"],
            "como máximo 50 EUR",
        ),
    },
    Entry {
        meaning: Compare::AtLeast,
        documentation: "More or the same, or since a day.",
        en: said(
            &["at least", "no less than", "not less than", "since", "from", ">=", "≥"],
            "at least 50 USD",
        ),
        fr: said(
            &["au moins", "à partir de", "il y a au moins", "depuis le", "à partir du", ">=", "≥"],
            "au moins 50 EUR",
        ),
        de: said(
            &["mindestens", "ab", "vor mindestens", "seit dem", "ab dem", ">=", "≥"],
            "mindestens 50 EUR",
        ),
        es: said(
            &["al menos", "como mínimo", "hace al menos", "desde", "desde el", ">=", "≥"],
            "al menos 50 EUR",
        ),
    },
    Entry {
        meaning: Compare::Above,
        documentation: "More, or after a day.",
        en: said(
            &[
                "above",
                "over",
                "more than",
                "greater than",
                "older than",
                "longer than",
                "after",
                ">",
            ],
            "above 50 USD",
        ),
        fr: said(
            &[
                "supérieur à",
                "plus de",
                "de plus de",
                "il y a plus de",
                "depuis plus de",
                "après",
                "après le",
                ">",
            ],
            "supérieur à 50 EUR",
        ),
        de: said(
            &[
                "über",
                "mehr als",
                "größer als",
                "älter als",
                "vor mehr als",
                "nach dem",
                "nach",
                ">",
            ],
            "über 50 EUR",
        ),
        es: said(
            &[
                "mayor que",
                "más de",
                "por encima de",
                "superior a",
                "hace más de",
                "después de",
                "después del",
                ">",
            ],
            "mayor que 50 EUR",
        ),
    },
    Entry {
        meaning: Compare::IsNot,
        documentation: "None of these.",
        en: said(&["is not", "are not", "isn't", "not", "!=", "≠"], "is not US"),
        fr: said(&["n'est pas", "ne sont pas", "pas", "!=", "≠"], "n'est pas FR"),
        de: said(&["ist nicht", "sind nicht", "nicht", "!=", "≠"], "ist nicht DE"),
        es: said(&["no es", "no son", "no está", "!=", "≠"], "no es ES"),
    },
    Entry {
        meaning: Compare::Is,
        documentation: "One of these.",
        en: said(&["is", "are", "equals", "on", "="], "is US, CA"),
        fr: said(&["est", "sont", "le", "="], "est FR, BE"),
        de: said(&["ist", "sind", "am", "="], "ist DE, AT"),
        es: said(&["es", "son", "está", "el", "="], "es ES, MX"),
    },
]);
