//! Policies in French, German and Spanish.

use std::fmt::Write as _;

use quittance_core::policy::{Answer, Policy};
use quittance_policy::{Checked, read};

use crate::world::assert_short;

const FRENCH: &str = "---
title: Remboursements
language: fr
currency: eur
effective: 2026-01-01
---

# Remboursements

## Changement d'avis

Nous remboursons dans les 14 jours, une fois par an.

| Règle | Valeur |
| --- | --- |
| Motif | changement d'avis, non utilisé |
| Décision | rembourser |
| S'applique si | renouvellement, montant au plus 1 000,00 €, moyen de paiement est carte |
| S'applique à | formules : pro-monthly |
| Délai | 14 jours après le paiement |
| Remboursement | 50 % du paiement |
| Au plus | 500,50 EUR |
| Par client | une fois par an |
| Repose sur | la parole du client jusqu'à 50 €, sinon une personne |

## Exemples

| Cas | Attendu |
| --- | --- |
| pro-monthly, 49,00 EUR, il y a 3 jours, changement d'avis | rembourser 24,50 EUR |
| pro-monthly, 49 €, il y a 3 jours, non utilisé, demande 10 € | rembourser 10 € |
| pro-monthly, 49 €, il y a 3 jours, non utilisé, remboursé en mars | demander à une personne |
| pro-monthly, 49 €, il y a 20 jours, changement d'avis | refuser |
| pro-monthly, 49 €, hier, geste commercial | lacune |
";

const GERMAN: &str = "---
title: Erstattungen
language: de
currency: eur
effective: 2026-01-01
---

# Erstattungen

## Anders überlegt

Innerhalb von 14 Tagen gibt es das Geld zurück, einmal im Jahr.

| Regel | Wert |
| --- | --- |
| Grund | anders überlegt, nicht genutzt |
| Entscheidung | erstatten |
| Gilt wenn | Verlängerung, Betrag höchstens 1.000,00 €, Zahlungsart ist Karte oder SEPA-Lastschrift |
| Gilt für | Tarife: pro-monthly |
| Frist | 14 Tage nach der Zahlung |
| Erstattung | 50 % der Zahlung |
| Höchstens | 500,50 EUR |
| Pro Kunde | einmal pro Jahr |
| Beruht auf | das Wort des Kunden bis 50 €, sonst ein Mensch |

## Beispiele

| Fall | Erwartet |
| --- | --- |
| pro-monthly, 49,00 EUR, vor 3 Tagen, anders überlegt | erstatten 24,50 EUR |
| pro-monthly, 49 €, vor 3 Tagen, nicht genutzt, möchte 10 € | erstatten 10 € |
| pro-monthly, 49 €, vor 3 Tagen, nicht genutzt, erstattet im März | einen Menschen fragen |
| pro-monthly, 49 €, vor 20 Tagen, anders überlegt | ablehnen |
| pro-monthly, 49 €, gestern, Kulanz | Lücke |
";

const SPANISH: &str = "---
title: Reembolsos
language: es
currency: eur
effective: 2026-01-01
---

# Reembolsos

## Cambio de opinión

Devolvemos el dinero dentro de 14 días, una vez al año.

| Regla | Valor |
| --- | --- |
| Motivo | cambio de opinión, sin usar |
| Decisión | reembolsar |
| Se aplica si | renovación, importe como máximo 1.000,00 €, método de pago es tarjeta |
| Se aplica a | planes: pro-monthly |
| Plazo | 14 días después del pago |
| Reembolso | 50 % del pago |
| Como máximo | 500,50 EUR |
| Por cliente | una vez al año |
| Se basa en | la palabra del cliente hasta 50 €, si no una persona |

## Ejemplos

| Caso | Esperado |
| --- | --- |
| pro-monthly, 49,00 EUR, hace 3 días, cambio de opinión | reembolsar 24,50 EUR |
| pro-monthly, 49 €, hace 3 días, sin usar, pide 10 € | reembolsar 10 € |
| pro-monthly, 49 €, hace 3 días, sin usar, reembolsado en marzo | preguntar a una persona |
| pro-monthly, 49 €, hace 20 días, cambio de opinión | rechazar |
| pro-monthly, 49 €, ayer, gesto comercial | hueco |
";

fn checked(text: &str) -> Checked {
    read("policy.md", text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The rules without the words around them.
fn rules(policy: &Policy) -> Vec<String> {
    policy.clauses().map(|clause| format!("{:?}", clause.rule)).collect()
}

#[test]
fn a_policy_says_the_same_in_every_language() {
    let [french, german, spanish] = [FRENCH, GERMAN, SPANISH].map(checked);
    assert_eq!(french.warnings, []);
    assert_eq!(german.warnings, []);
    assert_eq!(spanish.warnings, []);
    assert_eq!(rules(&french.policy), rules(&spanish.policy));
    let german_rules = rules(&german.policy);
    let only_card: Vec<String> =
        german_rules.iter().map(|rule| rule.replace(", \"sepa_debit\"", "")).collect();
    assert_eq!(rules(&french.policy), only_card);
    for checked in [french, german, spanish] {
        let answers: Vec<Answer> =
            checked.examples.iter().map(|example| example.ruling.answer).collect();
        assert!(matches!(
            answers.as_slice(),
            [
                Answer::Refund { .. },
                Answer::Refund { .. },
                Answer::Ask,
                Answer::Refuse,
                Answer::Ask
            ]
        ));
    }
}

#[test]
fn a_mistake_is_explained_with_the_words_of_its_language() {
    let mut page = String::new();
    for (text, wrong, right) in [
        (FRENCH, "| Délia |", "| Délai |"),
        (FRENCH, "| Motif | changement davis |", "| Motif | changement d'avis, non utilisé |"),
        (FRENCH, "14 jours ouvrés", "14 jours après le paiement"),
        (FRENCH, "500.50 EUR", "500,50 EUR"),
        (GERMAN, "| Entscheidung | vielleicht |", "| Entscheidung | erstatten |"),
        (GERMAN, "14 Tage nach dem Mond", "14 Tage nach der Zahlung"),
        (GERMAN, "| Regeln | Wert |", "| Regel | Wert |"),
        (GERMAN, "Innerhalb von 30 Tagen gibt", "Innerhalb von 14 Tagen gibt"),
        (GERMAN, "erstatten 25,50 EUR", "erstatten 24,50 EUR"),
        (SPANISH, "| Por cliente | una vez |", "| Por cliente | una vez al año |"),
        (SPANISH, "método de pago es dinero", "método de pago es tarjeta"),
        (SPANISH, "| Caso | Espera |", "| Caso | Esperado |"),
    ] {
        assert!(text.contains(right), "{right}");
        let found = match read("policy.md", &text.replacen(right, wrong, 1)) {
            Ok(checked) => checked.warnings,
            Err(problems) => problems.list,
        };
        page.push_str(wrong);
        for problem in found {
            assert_short(&problem);
            write!(page, "\n    => {problem}").unwrap();
        }
        page.push('\n');
    }
    insta::assert_snapshot!(page);
}
