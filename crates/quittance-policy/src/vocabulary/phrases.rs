//! The small words around the vocabulary: numbers, units, and what joins phrases.

use quittance_core::policy::Unit;

use crate::tongue::Tongue;

/// How a language says that something lies some time back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ago {
    /// A word before the period: `vor 3 Tagen`.
    Before(&'static [&'static str]),
    /// A word after it: `3 days ago`.
    After(&'static [&'static str]),
}

/// The small words of a language. Where one of several stands, longer ones come first.
#[derive(Debug)]
pub(crate) struct Phrases {
    /// The heads of tables of rules.
    pub(crate) rule_head: [&'static str; 2],
    /// The heads of tables of examples.
    pub(crate) case_head: [&'static str; 2],
    /// Between the things of a list, besides commas.
    pub(crate) joins: &'static [&'static str],
    /// Those of the joins that say one or the other.
    pub(crate) either: &'static [&'static str],
    /// What stands for every reason.
    pub(crate) any_reason: &'static [&'static str],
    /// Before a period that something must keep.
    pub(crate) within: &'static [&'static str],
    /// Between a window and what it is counted from.
    pub(crate) counted_from: &'static [&'static str],
    /// What a window is counted from, without articles.
    pub(crate) starts: &'static [&'static str],
    /// What may stand before it.
    pub(crate) articles: &'static [&'static str],
    /// How the end of the time that was paid for is called.
    pub(crate) billing_period: &'static [&'static str],
    /// Before the largest amount.
    pub(crate) up_to: &'static [&'static str],
    /// Before what happens above it.
    pub(crate) otherwise: &'static [&'static str],
    /// Between a count and its period.
    pub(crate) per: &'static [&'static str],
    /// After a count.
    pub(crate) times: &'static [&'static str],
    /// Once, and twice.
    pub(crate) once: [&'static [&'static str]; 2],
    /// Before a list of plans.
    pub(crate) plans: &'static [&'static str],
    /// Before a list of products.
    pub(crate) products: &'static [&'static str],
    /// After a percentage.
    pub(crate) of_the_charge: &'static [&'static str],
    /// The percent sign in words.
    pub(crate) percent: &'static [&'static str],
    /// How something lies back.
    pub(crate) ago: Ago,
    /// After a period that passes until a second charge.
    pub(crate) later: &'static [&'static str],
    /// Before the amount that a customer asks for.
    pub(crate) asks_for: &'static [&'static str],
    /// Before an earlier refund.
    pub(crate) refunded: &'static [&'static str],
    /// Before a month.
    pub(crate) in_month: &'static [&'static str],
    /// The present day, and the one before.
    pub(crate) days: [&'static [&'static str]; 2],
    /// Before the time or the amount that something is for.
    pub(crate) lasts: &'static [&'static str],
    /// What is paid for a parcel.
    pub(crate) shipping: &'static [&'static str],
    /// Yes, and no.
    pub(crate) yes_no: [&'static [&'static str]; 2],
    /// Before days that are not counted.
    pub(crate) working: &'static [&'static str],
    /// Before a unit, where it says nothing.
    pub(crate) calendar: &'static [&'static str],
    /// One, as an article.
    pub(crate) one: &'static [&'static str],
    /// The numbers from one on.
    pub(crate) numbers: [&'static [&'static str]; 12],
    /// The units, one and many.
    pub(crate) units: [(Unit, &'static [&'static str]); 5],
    /// The months.
    pub(crate) months: [&'static str; 12],
}

impl Phrases {
    /// The small words of a language.
    pub(crate) fn of(tongue: Tongue) -> &'static Self {
        match tongue {
            Tongue::English => &ENGLISH,
            Tongue::French => &FRENCH,
            Tongue::German => &GERMAN,
            Tongue::Spanish => &SPANISH,
        }
    }

    /// The first of several phrases of this kind, as it is suggested.
    pub(crate) fn first(words: &[&'static str]) -> &'static str {
        words.first().copied().unwrap_or_default()
    }
}

static ENGLISH: Phrases = Phrases {
    rule_head: ["Rule", "Value"],
    case_head: ["Case", "Expect"],
    joins: &["and", "or"],
    either: &["or"],
    any_reason: &["any reason", "all reasons", "every reason", "whatever the reason"],
    within: &["within", "in"],
    counted_from: &["of", "from", "after", "since"],
    starts: &[
        "charge",
        "payment",
        "purchase",
        "order",
        "renewal",
        "invoice",
        "being charged",
        "buying",
    ],
    articles: &["the date of the", "the day of the", "the date of", "the day of", "date of", "the"],
    billing_period: &[
        "the end of the billing period",
        "end of the billing period",
        "the billing period",
        "billing period",
        "the end of the period",
        "end of the period",
    ],
    up_to: &["up to"],
    otherwise: &["else", "otherwise"],
    per: &["in", "per", "every", "within", "a", "each"],
    times: &["refunds", "refund", "times", "time"],
    once: [&["once"], &["twice"]],
    plans: &["plans", "plan"],
    products: &["products", "product"],
    of_the_charge: &["of the charge", "of the payment", "of the price", "of the amount", "back"],
    percent: &["percent"],
    ago: Ago::After(&["ago", "old"]),
    later: &["later", "after"],
    asks_for: &["asks for", "asked for", "wants"],
    refunded: &["refunded"],
    in_month: &["in"],
    days: [&["today"], &["yesterday"]],
    lasts: &["for"],
    shipping: &["shipping"],
    yes_no: [&["yes", "true"], &["no", "false"]],
    working: &["business", "working"],
    calendar: &["calendar"],
    one: &["a", "an", "one"],
    numbers: [
        &["one", "a", "an"],
        &["two"],
        &["three"],
        &["four"],
        &["five"],
        &["six"],
        &["seven"],
        &["eight"],
        &["nine"],
        &["ten"],
        &["eleven"],
        &["twelve"],
    ],
    units: [
        (Unit::Hours, &["hour", "hours"]),
        (Unit::Days, &["day", "days"]),
        (Unit::Weeks, &["week", "weeks"]),
        (Unit::Months, &["month", "months"]),
        (Unit::Years, &["year", "years"]),
    ],
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

static FRENCH: Phrases = Phrases {
    rule_head: ["Règle", "Valeur"],
    case_head: ["Cas", "Attendu"],
    joins: &["et", "ou"],
    either: &["ou"],
    any_reason: &["tout motif", "tous les motifs", "toutes les raisons", "quel que soit le motif"],
    within: &["dans un délai de", "en moins de", "dans les", "sous", "en"],
    counted_from: &["à compter", "à partir", "après", "suivant", "depuis", "de"],
    starts: &[
        "paiement",
        "achat",
        "l'achat",
        "débit",
        "commande",
        "la commande",
        "renouvellement",
        "facture",
        "la facture",
    ],
    articles: &["de la date du", "la date du", "de l'", "du", "de la", "le", "la", "l'"],
    billing_period: &[
        "la fin de la période de facturation",
        "fin de la période de facturation",
        "la période de facturation",
    ],
    up_to: &["jusqu'à"],
    otherwise: &["sinon", "autrement"],
    per: &["en", "par", "sur", "tous les", "toutes les", "dans", "chaque"],
    times: &["remboursements", "remboursement", "fois"],
    once: [&["une fois"], &["deux fois"]],
    plans: &["formules", "formule", "abonnements", "abonnement", "forfaits"],
    products: &["produits", "produit"],
    of_the_charge: &["du paiement", "du prix", "du montant", "de la somme"],
    percent: &["pour cent", "pourcent"],
    ago: Ago::Before(&["il y a"]),
    later: &["plus tard", "après"],
    asks_for: &["demande"],
    refunded: &["remboursé", "remboursée"],
    in_month: &["en"],
    days: [&["aujourd'hui"], &["hier"]],
    lasts: &["pour"],
    shipping: &["frais de port", "livraison"],
    yes_no: [&["oui", "vrai"], &["non", "faux"]],
    working: &["jours ouvrés", "jours ouvrables", "ouvrés", "ouvrables"],
    calendar: &[],
    one: &["un", "une"],
    numbers: [
        &["un", "une"],
        &["deux"],
        &["trois"],
        &["quatre"],
        &["cinq"],
        &["six"],
        &["sept"],
        &["huit"],
        &["neuf"],
        &["dix"],
        &["onze"],
        &["douze"],
    ],
    units: [
        (Unit::Hours, &["heure", "heures"]),
        (Unit::Days, &["jour", "jours"]),
        (Unit::Weeks, &["semaine", "semaines"]),
        (Unit::Months, &["mois"]),
        (Unit::Years, &["an", "ans", "année", "années"]),
    ],
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
};

static GERMAN: Phrases = Phrases {
    rule_head: ["Regel", "Wert"],
    case_head: ["Fall", "Erwartet"],
    joins: &["und", "oder"],
    either: &["oder"],
    any_reason: &["jeder Grund", "alle Gründe", "gleich welcher Grund"],
    within: &["innerhalb von", "binnen", "in"],
    counted_from: &["nach", "ab", "seit", "von"],
    starts: &["Zahlung", "Abbuchung", "Kauf", "Bestellung", "Verlängerung", "Rechnung"],
    articles: &["dem tag der", "dem datum der", "der", "dem", "die", "den"],
    billing_period: &[
        "das Ende des Abrechnungszeitraums",
        "Ende des Abrechnungszeitraums",
        "der Abrechnungszeitraum",
    ],
    up_to: &["bis zu", "bis"],
    otherwise: &["sonst", "andernfalls"],
    per: &["innerhalb von", "in", "pro", "je", "alle", "im"],
    times: &["Erstattungen", "Erstattung", "Mal", "mal"],
    once: [&["einmal"], &["zweimal"]],
    plans: &["Tarife", "Tarif", "Pläne", "Plan"],
    products: &["Produkte", "Produkt"],
    of_the_charge: &["der Zahlung", "des Preises", "des Betrags"],
    percent: &["Prozent"],
    ago: Ago::Before(&["vor"]),
    later: &["später", "danach"],
    asks_for: &["möchte", "verlangt", "will"],
    refunded: &["erstattet"],
    in_month: &["im"],
    days: [&["heute"], &["gestern"]],
    lasts: &["für"],
    shipping: &["Versand", "Versandkosten"],
    yes_no: [&["ja", "wahr"], &["nein", "falsch"]],
    working: &["Werktage", "Werktagen", "Arbeitstage", "Arbeitstagen"],
    calendar: &[],
    one: &["ein", "eine", "einem", "einer", "einen"],
    numbers: [
        &["ein", "eine", "einem", "einer", "einen", "eins"],
        &["zwei"],
        &["drei"],
        &["vier"],
        &["fünf"],
        &["sechs"],
        &["sieben"],
        &["acht"],
        &["neun"],
        &["zehn"],
        &["elf"],
        &["zwölf"],
    ],
    units: [
        (Unit::Hours, &["Stunde", "Stunden"]),
        (Unit::Days, &["Tag", "Tage", "Tagen"]),
        (Unit::Weeks, &["Woche", "Wochen"]),
        (Unit::Months, &["Monat", "Monate", "Monaten"]),
        (Unit::Years, &["Jahr", "Jahre", "Jahren"]),
    ],
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
};

static SPANISH: Phrases = Phrases {
    rule_head: ["Regla", "Valor"],
    case_head: ["Caso", "Esperado"],
    joins: &["y", "e", "o", "u"],
    either: &["o", "u"],
    any_reason: &["cualquier motivo", "todos los motivos", "cualquier razón"],
    within: &["dentro de", "en menos de", "en"],
    counted_from: &["después", "desde", "a partir", "tras", "de"],
    starts: &[
        "pago",
        "cobro",
        "compra",
        "la compra",
        "pedido",
        "renovación",
        "la renovación",
        "factura",
        "la factura",
    ],
    articles: &["de la fecha del", "la fecha del", "del", "de la", "de", "el", "la"],
    billing_period: &[
        "el fin del periodo de facturación",
        "fin del periodo de facturación",
        "el periodo de facturación",
    ],
    up_to: &["hasta"],
    otherwise: &["si no", "en otro caso"],
    per: &["cada", "en", "por", "al", "a la"],
    times: &["reembolsos", "reembolso", "veces", "vez"],
    once: [&["una vez"], &["dos veces"]],
    plans: &["planes", "plan"],
    products: &["productos", "producto"],
    of_the_charge: &["del pago", "del precio", "del importe"],
    percent: &["por ciento"],
    ago: Ago::Before(&["hace"]),
    later: &["después", "más tarde"],
    asks_for: &["pide", "quiere"],
    refunded: &["reembolsado", "reembolsada"],
    in_month: &["en"],
    days: [&["hoy"], &["ayer"]],
    lasts: &["por", "para"],
    shipping: &["envío", "gastos de envío"],
    yes_no: [&["sí", "verdadero"], &["no", "falso"]],
    working: &["días hábiles", "días laborables", "hábiles", "laborables"],
    calendar: &[],
    one: &["un", "una"],
    numbers: [
        &["un", "una", "uno"],
        &["dos"],
        &["tres"],
        &["cuatro"],
        &["cinco"],
        &["seis"],
        &["siete"],
        &["ocho"],
        &["nueve"],
        &["diez"],
        &["once"],
        &["doce"],
    ],
    units: [
        (Unit::Hours, &["hora", "horas"]),
        (Unit::Days, &["día", "días"]),
        (Unit::Weeks, &["semana", "semanas"]),
        (Unit::Months, &["mes", "meses"]),
        (Unit::Years, &["año", "años"]),
    ],
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
};
