//! What a number is said to be by the words around it.

use super::token::{Kind, Token};

/// How many tokens before and after a number are looked at, and how many words among them.
const NEAR: usize = 80;
const NEAR_WORDS: usize = 8;

/// What a number is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is called a card.
    Card,
    /// A card, or what belongs to one, is spoken of nearby.
    NearCard,
    /// It is called something else, such as an order.
    Other,
    /// Nothing.
    Nothing,
}

/// Words of cards, at the beginning of a word.
const CARDS: [&str; 34] = [
    "card",
    "cc",
    "visa",
    "mastercard",
    "amex",
    "american",
    "discover",
    "diners",
    "jcb",
    "unionpay",
    "maestro",
    "pan",
    "cvv",
    "cvc",
    "cid",
    "debit",
    "credit",
    "exp",
    "karte",
    "kreditkarte",
    "ec",
    "kredit",
    "gultig",
    "ablauf",
    "prufziffer",
    "carte",
    "bancaire",
    "tarjeta",
    "carta",
    "cartao",
    "kaart",
    "creditcard",
    "カート",
    "カード",
];

/// Words of other numbers, at the beginning of a word.
const OTHERS: [&str; 90] = [
    "order",
    "invoice",
    "tracking",
    "shipment",
    "parcel",
    "package",
    "delivery",
    "receipt",
    "reference",
    "ref",
    "transaction",
    "booking",
    "reservation",
    "box",
    "postfach",
    "zip",
    "plz",
    "ticket",
    "case",
    "customer",
    "member",
    "subscription",
    "serial",
    "imei",
    "ean",
    "gtin",
    "isbn",
    "upc",
    "sku",
    "article",
    "item",
    "product",
    "phone",
    "tel",
    "mobile",
    "cell",
    "fax",
    "whatsapp",
    "call",
    "iban",
    "account",
    "id",
    "uuid",
    "po",
    "quote",
    "waybill",
    "awb",
    "bestell",
    "auftrag",
    "rechnung",
    "sendung",
    "paket",
    "referenz",
    "transaktion",
    "buchung",
    "kunden",
    "kundin",
    "artikel",
    "seriennummer",
    "handy",
    "konto",
    "mandat",
    "vorgang",
    "beleg",
    "commande",
    "facture",
    "colis",
    "suivi",
    "livraison",
    "compte",
    "client",
    "pedido",
    "factura",
    "envio",
    "seguimiento",
    "cliente",
    "cuenta",
    "ordine",
    "fattura",
    "spedizione",
    "bestel",
    "factuur",
    "klant",
    "zending",
    "encomenda",
    "fatura",
    "rastreio",
    "注文",
    "追跡",
    "伝票",
];

/// Words that stand between a name and its number.
const LINKS: [&str; 44] = [
    "number", "numbers", "no", "nr", "num", "n", "nummer", "nummern", "numero", "numeros", "code",
    "id", "ids", "is", "are", "was", "ist", "war", "lautet", "est", "es", "e", "de", "da", "di",
    "do", "la", "le", "the", "my", "and", "und", "et", "y", "of", "for", "von", "fur", "with",
    "mit", "番号", "は", "ref", "s",
];

/// What the number at these tokens is said to be: by the name it has, or else by what is spoken of nearby.
pub(super) fn said(tokens: &[Token], first: usize, last: usize) -> Said {
    let before = tokens.get(first.saturating_sub(NEAR)..first).unwrap_or_default();
    let name = name(before);
    if name != Said::Nothing {
        return name;
    }
    let after = tokens.get(last.saturating_add(1)..).unwrap_or_default();
    let words = |near: &mut dyn Iterator<Item = &Token>| {
        near.take(NEAR).filter_map(word).take(NEAR_WORDS).any(|word| is_one_of(&CARDS, word))
    };
    let is_card = words(&mut before.iter().rev()) || words(&mut after.iter());
    if is_card { Said::NearCard } else { Said::Nothing }
}

/// The name that stands right before the number at a token.
pub(super) fn name_at(tokens: &[Token], first: usize) -> Said {
    name(tokens.get(first.saturating_sub(NEAR)..first).unwrap_or_default())
}

/// The name that stands right before a number, perhaps with other numbers between.
fn name(before: &[Token]) -> Said {
    let before = without_prefix(before);
    for (at, token) in before.iter().enumerate().rev() {
        match &token.kind {
            // `card #`, `order #`; without a word it is a number of something else.
            Kind::Mark('#' | '№') => {
                let is_card = before.iter().rev().take(6).any(is_of_card);
                return if is_card { Said::Card } else { Said::Other };
            }
            Kind::Word(word) if is_one_of(&CARDS, word) => return Said::Card,
            Kind::Word(word) if is_one_of(&OTHERS, word) => return Said::Other,
            Kind::Word(_) if is_link(Some(token)) => {}
            // `order no.` goes on, and the end of a sentence does not.
            Kind::Mark('.') if is_link(at.checked_sub(1).and_then(|at| before.get(at))) => {}
            Kind::Word(_) | Kind::Break | Kind::Mark('.' | '!' | '?') => return Said::Nothing,
            Kind::Digit(_) | Kind::Space | Kind::Mark(_) | Kind::Hidden => {}
        }
    }
    Said::Nothing
}

fn is_link(token: Option<&Token>) -> bool {
    token.and_then(word).is_some_and(|word| LINKS.contains(&word))
}

/// The tokens before a number without letters that belong to it, as in `order NTX123`.
fn without_prefix(before: &[Token]) -> &[Token] {
    let is_own = |token: &Token| match &token.kind {
        Kind::Word(word) => {
            !is_one_of(&CARDS, word) && !is_one_of(&OTHERS, word) && !is_link(Some(token))
        }
        Kind::Digit(_) | Kind::Mark('_') => true,
        Kind::Space | Kind::Mark(_) | Kind::Hidden | Kind::Break => false,
    };
    let is_lettered =
        before.last().is_some_and(|last| is_own(last) && !matches!(last.kind, Kind::Digit(_)));
    let own =
        if is_lettered { before.iter().rev().take_while(|token| is_own(token)).count() } else { 0 };
    before.get(..before.len().saturating_sub(own)).unwrap_or_default()
}

fn is_of_card(token: &Token) -> bool {
    word(token).is_some_and(|word| is_one_of(&CARDS, word))
}

/// The word that a token is.
pub(super) fn word(token: &Token) -> Option<&str> {
    match &token.kind {
        Kind::Word(word) => Some(word),
        Kind::Digit(_) | Kind::Space | Kind::Mark(_) | Kind::Hidden | Kind::Break => None,
    }
}

/// Whether a word begins with one of these. Short ones are whole words, and Japanese has no spaces between words.
fn is_one_of(known: &[&str], word: &str) -> bool {
    known.iter().any(|known| {
        if !known.is_ascii() {
            word.contains(known)
        } else if known.len() <= 3 {
            word == *known || word.strip_suffix('s') == Some(known)
        } else {
            word.starts_with(known) || (known.len() >= 5 && word.ends_with(known))
        }
    })
}
