//! Words that mean the same when it is about money and what was bought: a small table of ordinary
//! language.

use std::collections::{BTreeMap, BTreeSet};

/// Each line's entries mean about the same. What belongs together is joined by `_`.
const ENGLISH: &[&str] = &[
    "refund reimburse reimbursement repay repayment money_back",
    "charge bill debit",
    "cancel terminate unsubscribe",
    "purchase buy order",
    "broken faulty defective damaged",
    "subscription membership plan",
    "duplicate twice double",
    "wrong incorrect error mistake erroneous",
    "accident accidental accidentally mistakenly",
    "fee cost",
    "fraud unauthorized fraudulent",
    "replace exchange",
    "lost missing",
    "delay late",
    "yearly annual year",
    "monthly month",
    "outage downtime",
    "limit maximum cap",
];

const GERMAN: &[&str] = &[
    "Erstattung Rückerstattung Rückzahlung erstatten zurückzahlen zurückerstatten Geld_zurück",
    "abbuchen belasten berechnen einziehen",
    "kündigen stornieren beenden abbestellen",
    "kaufen bestellen Kauf Bestellung",
    "kaputt defekt beschädigt fehlerhaft",
    "Abo Abonnement Mitgliedschaft",
    "doppelt zweimal",
    "falsch irrtümlich versehentlich Fehler",
    "Gebühr Kosten",
    "Betrug unberechtigt betrügerisch",
    "Umtausch umtauschen ersetzen",
    "verloren fehlt",
    "verspätet Verzögerung",
    "jährlich Jahr",
    "monatlich Monat",
    "Ausfall Störung",
];

const FRENCH: &[&str] = &[
    "remboursement rembourser rendre_argent",
    "prélever débiter facturer",
    "résilier annuler désabonner",
    "acheter commander achat commande",
    "cassé défectueux endommagé",
    "abonnement adhésion forfait",
    "double doublon deux_fois",
    "erreur erroné faux incorrect",
    "frais coût",
    "fraude frauduleux",
    "échanger remplacer",
    "perdu manquant",
    "retard tard",
    "annuel an année",
    "mensuel mois",
    "panne interruption",
];

const SPANISH: &[&str] = &[
    "reembolso reembolsar devolución devolver_dinero reintegro",
    "cobrar cargar facturar",
    "cancelar anular",
    "comprar pedir compra pedido",
    "roto defectuoso dañado",
    "suscripción membresía plan",
    "duplicado doble dos_veces",
    "error erróneo incorrecto equivocado",
    "tarifa coste costo",
    "fraude fraudulento",
    "cambiar reemplazar",
    "perdido falta",
    "retraso tarde",
    "anual año",
    "mensual mes",
    "caída interrupción",
];

/// The synonyms of one language, by stems.
#[derive(Debug, Default)]
pub(crate) struct Synonyms {
    /// For the stems of an entry, those of the others of its line.
    others: BTreeMap<Vec<String>, BTreeSet<String>>,
}

impl Synonyms {
    /// The table of a language; empty where there is none.
    pub(crate) fn new(primary: &str, mut stems: impl FnMut(&str) -> Vec<String>) -> Self {
        let lines = match primary {
            "en" => ENGLISH,
            "de" => GERMAN,
            "fr" => FRENCH,
            "es" => SPANISH,
            _ => &[],
        };
        let mut others: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
        for line in lines {
            let entries: Vec<Vec<String>> =
                line.split_whitespace().map(|entry| stems(&entry.replace('_', " "))).collect();
            for entry in &entries {
                // An entry of two words is understood, but not looked for.
                let words = entries.iter().filter(|other| other.len() == 1 && *other != entry);
                others.entry(entry.clone()).or_default().extend(words.flatten().cloned());
            }
        }
        Self { others }
    }

    /// What else could have been said.
    pub(crate) fn of(&self, stems: &[&str]) -> impl Iterator<Item = &str> {
        let stems: Vec<String> = stems.iter().map(|stem| (*stem).to_owned()).collect();
        self.others.get(&stems).into_iter().flatten().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{analyzer, terms};

    fn of(language: &str, said: &str) -> Vec<String> {
        let synonyms = Synonyms::new(language, |word| terms(&mut analyzer(language), word));
        let stems = terms(&mut analyzer(language), said);
        let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
        synonyms.of(&stems).map(str::to_owned).collect()
    }

    #[test]
    fn words_of_one_meaning_lead_to_each_other_in_any_form() {
        assert!(of("en", "billed").contains(&"charg".to_owned()));
        assert!(of("en", "money back").contains(&"refund".to_owned()));
        assert!(of("de", "Geld zurück").contains(&"erstatt".to_owned()));
        assert!(of("fr", "annulée").contains(&"resili".to_owned()));
        assert!(of("es", "cobraron").contains(&"factur".to_owned()));
    }

    #[test]
    fn a_word_is_not_its_own_synonym() {
        assert!(!of("en", "charged").contains(&"charg".to_owned()));
        assert_eq!(of("en", "sunshine"), Vec::<String>::new());
        assert_eq!(of("xx", "refund"), Vec::<String>::new());
    }
}
