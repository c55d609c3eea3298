//! Words of the prose that say what a number there is about.

use quittance_core::policy::Unit;

use crate::tongue::Tongue;

/// The words of a language that stand around numbers in prose.
#[derive(Debug)]
pub(crate) struct Prose {
    /// Whose sentences are about how long something takes, and not about how long somebody has.
    pub(crate) takes: &'static [&'static str],
    /// Whose sentences are about what something costs.
    pub(crate) prices: &'static [&'static str],
    /// Whose sentences are about taxes and discounts.
    pub(crate) taxes: &'static [&'static str],
    /// Larger numbers in words. Some languages say fifteen days for two weeks; such words are left out.
    pub(crate) numbers: &'static [(u32, &'static str)],
    /// How words begin that stand behind a number and mean so many of a unit.
    pub(crate) stems: &'static [(Unit, &'static str)],
    /// What stands between a count and its period, besides what tables have there.
    pub(crate) per: &'static [&'static str],
}

impl Prose {
    /// The words of a language.
    pub(crate) fn of(tongue: Tongue) -> &'static Self {
        match tongue {
            Tongue::English => &ENGLISH,
            Tongue::French => &FRENCH,
            Tongue::German => &GERMAN,
            Tongue::Spanish => &SPANISH,
        }
    }
}

static ENGLISH: Prose = Prose {
    takes: &[
        "bank",
        "banks",
        "arrive",
        "arrives",
        "takes",
        "take",
        "appear",
        "appears",
        "shows",
        "reply",
        "replies",
        "answer",
        "answers",
        "respond",
        "trial",
        "trials",
        "process",
        "processed",
        "processing",
        "delivery",
        "delivered",
        "statement",
        "reaches",
    ],
    prices: &["costs", "cost", "price", "priced", "prices", "fee", "fees", "shipping"],
    taxes: &["tax", "taxes", "vat", "discount", "discounts", "off", "coupon", "cheaper"],
    numbers: &[
        (14, "fourteen"),
        (15, "fifteen"),
        (20, "twenty"),
        (30, "thirty"),
        (60, "sixty"),
        (90, "ninety"),
    ],
    stems: &[],
    per: &[],
};

static FRENCH: Prose = Prose {
    takes: &[
        "banque",
        "banques",
        "arrive",
        "arrivent",
        "prend",
        "prennent",
        "apparaît",
        "apparaissent",
        "répond",
        "répondons",
        "réponse",
        "essai",
        "traitement",
        "traitée",
        "livraison",
        "relevé",
        "compte",
    ],
    prices: &["coûte", "coûtent", "prix", "tarif", "frais", "port"],
    taxes: &["tva", "taxe", "taxes", "remise", "réduction", "rabais"],
    numbers: &[(14, "quatorze"), (20, "vingt"), (30, "trente"), (60, "soixante")],
    stems: &[],
    per: &[],
};

static GERMAN: Prose = Prose {
    takes: &[
        "bank",
        "banken",
        "dauert",
        "dauern",
        "erscheint",
        "kommt",
        "antworten",
        "antwort",
        "testphase",
        "probezeit",
        "probemonat",
        "bearbeitung",
        "lieferung",
        "kontoauszug",
        "konto",
    ],
    prices: &["kostet", "kosten", "preis", "gebühr", "versand", "versandkosten"],
    taxes: &["mwst", "mehrwertsteuer", "steuer", "rabatt", "günstiger"],
    numbers: &[
        (14, "vierzehn"),
        (15, "fünfzehn"),
        (20, "zwanzig"),
        (30, "dreißig"),
        (30, "dreissig"),
        (60, "sechzig"),
        (90, "neunzig"),
    ],
    stems: &[
        (Unit::Days, "tägig"),
        (Unit::Weeks, "wöchig"),
        (Unit::Months, "monatig"),
        (Unit::Years, "jährig"),
    ],
    per: &["im"],
};

static SPANISH: Prose = Prose {
    takes: &[
        "banco",
        "bancos",
        "tarda",
        "tardan",
        "llega",
        "llegará",
        "aparece",
        "aparecerá",
        "responde",
        "respondemos",
        "respuesta",
        "prueba",
        "procesa",
        "procesamos",
        "entrega",
        "extracto",
        "cuenta",
    ],
    prices: &["cuesta", "cuestan", "precio", "tarifa", "gastos", "envío"],
    taxes: &["iva", "impuesto", "impuestos", "descuento", "descuentos"],
    numbers: &[(14, "catorce"), (20, "veinte"), (30, "treinta"), (60, "sesenta"), (90, "noventa")],
    stems: &[],
    per: &[],
};
