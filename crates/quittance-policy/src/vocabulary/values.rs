//! What conditions compare with, where that is a closed list.

use super::{Entry, Table, said};

/// Ways to pay, as Stripe's `payment_method_details.type`.
/// <https://docs.stripe.com/api/charges/object#charge_object-payment_method_details-type>
pub(crate) static METHODS: Table<&'static str> = Table::new(&[
    Entry {
        meaning: "card",
        documentation: "A card, also in a wallet such as Apple Pay.",
        en: said(&["card", "credit card", "debit card", "cards"], "card"),
        fr: said(&["carte", "carte bancaire", "carte de crédit"], "carte"),
        de: said(&["Karte", "Kreditkarte"], "Karte"),
        es: said(&["tarjeta", "tarjeta de crédito"], "tarjeta"),
    },
    Entry {
        meaning: "link",
        documentation: "Stripe's Link.",
        en: said(&["link"], "link"),
        fr: said(&["link"], "link"),
        de: said(&["Link"], "Link"),
        es: said(&["link"], "link"),
    },
    Entry {
        meaning: "paypal",
        documentation: "PayPal.",
        en: said(&["paypal"], "paypal"),
        fr: said(&["paypal"], "paypal"),
        de: said(&["PayPal"], "PayPal"),
        es: said(&["paypal"], "paypal"),
    },
    Entry {
        meaning: "sepa_debit",
        documentation: "A direct debit in euros.",
        en: said(&["sepa debit", "sepa", "sepa direct debit"], "sepa debit"),
        fr: said(&["prélèvement sepa", "sepa"], "prélèvement sepa"),
        de: said(&["SEPA-Lastschrift", "Lastschrift", "SEPA"], "SEPA-Lastschrift"),
        es: said(&["domiciliación sepa", "sepa"], "domiciliación sepa"),
    },
    Entry {
        meaning: "bacs_debit",
        documentation: "A direct debit in pounds.",
        en: said(&["bacs debit", "bacs"], "bacs debit"),
        fr: said(&["bacs"], "bacs"),
        de: said(&["BACS"], "BACS"),
        es: said(&["bacs"], "bacs"),
    },
    Entry {
        meaning: "us_bank_account",
        documentation: "A debit from an account in the United States.",
        en: said(&["us bank account", "ach", "ach debit"], "us bank account"),
        fr: said(&["compte bancaire us", "ach"], "compte bancaire us"),
        de: said(&["US-Bankkonto", "ACH"], "US-Bankkonto"),
        es: said(&["cuenta bancaria us", "ach"], "cuenta bancaria us"),
    },
    Entry {
        meaning: "klarna",
        documentation: "Klarna.",
        en: said(&["klarna"], "klarna"),
        fr: said(&["klarna"], "klarna"),
        de: said(&["Klarna"], "Klarna"),
        es: said(&["klarna"], "klarna"),
    },
    Entry {
        meaning: "ideal",
        documentation: "iDEAL.",
        en: said(&["ideal"], "ideal"),
        fr: said(&["ideal"], "ideal"),
        de: said(&["iDEAL"], "iDEAL"),
        es: said(&["ideal"], "ideal"),
    },
]);

/// What state a subscription is in, as Stripe's `status`.
/// <https://docs.stripe.com/api/subscriptions/object#subscription_object-status>
pub(crate) static STATUSES: Table<&'static str> = Table::new(&[
    Entry {
        meaning: "active",
        documentation: "It runs.",
        en: said(&["active", "running"], "active"),
        fr: said(&["actif", "en cours"], "actif"),
        de: said(&["aktiv", "laufend"], "aktiv"),
        es: said(&["activa", "activo"], "activa"),
    },
    Entry {
        meaning: "trialing",
        documentation: "It is in its trial.",
        en: said(&["trialing", "in trial", "on trial"], "trialing"),
        fr: said(&["à l'essai", "en essai"], "à l'essai"),
        de: said(&["in der Testphase", "Testphase"], "in der Testphase"),
        es: said(&["en prueba"], "en prueba"),
    },
    Entry {
        meaning: "past_due",
        documentation: "Its last payment failed.",
        en: said(&["past due", "overdue"], "past due"),
        fr: said(&["en retard", "impayé récent"], "en retard"),
        de: said(&["überfällig"], "überfällig"),
        es: said(&["vencida", "vencido"], "vencida"),
    },
    Entry {
        meaning: "unpaid",
        documentation: "Stripe has given up collecting.",
        en: said(&["unpaid"], "unpaid"),
        fr: said(&["impayé"], "impayé"),
        de: said(&["unbezahlt"], "unbezahlt"),
        es: said(&["impagada", "impagado"], "impagada"),
    },
    Entry {
        meaning: "canceled",
        documentation: "It has ended.",
        en: said(&["canceled", "cancelled", "ended"], "canceled"),
        fr: said(&["résilié", "annulé", "terminé"], "résilié"),
        de: said(&["gekündigt", "beendet"], "gekündigt"),
        es: said(&["cancelada", "cancelado", "terminada"], "cancelada"),
    },
    Entry {
        meaning: "paused",
        documentation: "Its trial ended without a way to pay.",
        en: said(&["paused"], "paused"),
        fr: said(&["en pause"], "en pause"),
        de: said(&["pausiert"], "pausiert"),
        es: said(&["pausada", "pausado"], "pausada"),
    },
    Entry {
        meaning: "incomplete",
        documentation: "Its first payment is not through.",
        en: said(&["incomplete"], "incomplete"),
        fr: said(&["incomplet"], "incomplet"),
        de: said(&["unvollständig"], "unvollständig"),
        es: said(&["incompleta"], "incompleta"),
    },
]);
