//! Numbers in the prose: sentences as people write them, and which of them contradict the table.

use quittance_policy::{Severity, read};

use crate::world::assert_short;

/// What is warned about in a clause with this sentence as its prose.
fn contradicted(language: &str, table: &str, sentence: &str) -> Vec<String> {
    let currency = if language == "en" { "usd" } else { "eur" };
    let text = format!(
        "---\ntitle: A\nlanguage: {language}\ncurrency: {currency}\neffective: 2026-01-01\n---\n\n## A\n\n{sentence}\n\n{table}"
    );
    let checked = read("p.md", &text).unwrap_or_else(|problems| panic!("{problems}"));
    let warnings = checked.warnings.into_iter().inspect(assert_short);
    let warnings = warnings.filter(|problem| problem.severity == Severity::Warning);
    warnings.map(|problem| problem.text).collect()
}

fn hold(language: &str, table: &str, sentences: &[(&str, &[&str])]) {
    assert!(sentences.len() >= 20);
    let wrong: Vec<String> = sentences
        .iter()
        .filter_map(|(sentence, expected)| {
            let found = contradicted(language, table, sentence);
            (found != *expected).then(|| format!("{sentence} {found:?}, not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // All of them together say the same: a sentence says nothing about the next.
    let all: Vec<&str> = sentences.iter().map(|(sentence, _)| *sentence).collect();
    let mut expected: Vec<&str> = sentences.iter().flat_map(|(_, wrong)| *wrong).copied().collect();
    let mut found = contradicted(language, table, &all.join(" "));
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn english_sentences_are_understood() {
    let table = "| Rule | Value |\n|---|---|\n| Reason | changed mind |\n| Decision | refund |\n| Within | 14 days |\n| Refund | 50 % |\n| At most | 100 USD |\n| Per customer | 1 in 12 months |\n| Rests on | the customer's word up to 50 USD |\n";
    hold(
        "en",
        table,
        &[
            ("Tell us within 14 days of the payment.", &[]),
            ("Tell us within 30 days of the payment.", &["30 days"]),
            ("You have two weeks to change your mind.", &[]),
            ("You have three weeks to change your mind.", &["three weeks"]),
            ("There is a 30-day money-back guarantee.", &["30-day"]),
            ("Our 14-day window is generous.", &[]),
            ("You have fourteen (14) days.", &[]),
            ("You have thirty (30) days.", &["30) days"]),
            ("Within ninety days we give half of it back.", &["ninety days"]),
            ("You have 30 calendar days.", &["30 calendar days"]),
            ("Your bank shows the money within 5 to 10 days.", &[]),
            ("It takes 3 days until it arrives.", &[]),
            ("The plan costs 49 USD a month.", &[]),
            ("Plans for $49 per seat, or 490 USD per year, are the same.", &[]),
            ("We refund at most 120 USD.", &["120 USD"]),
            ("Refunds above $50 need a colleague, and $100 is the most.", &[]),
            ("Refunds above $60 need a colleague.", &["$60"]),
            ("We give back 40 % of the price.", &["40 %"]),
            ("We give back 60% of the payment.", &["60%"]),
            ("All prices include 20 % VAT.", &[]),
            ("We keep the other 50%.", &[]),
            ("You can do this once a year.", &[]),
            ("You can do this twice a year.", &["twice a year"]),
            ("Once in 6 months is enough.", &["Once in 6 months"]),
            ("Once we have your message, we look.", &[]),
            ("We are here 24 hours a day, 7 days a week.", &[]),
            ("Ask within 24 hours.", &["24 hours"]),
            ("We answer within 24 hours, or in 2 days at worst.", &[]),
            ("The trial lasts 7 days.", &[]),
            ("Since 2019 we have had 3 offices, and that was years ago.", &[]),
            ("Give it a day, or a week.", &[]),
        ],
    );
}

#[test]
fn german_sentences_are_understood() {
    let table = "| Regel | Wert |\n|---|---|\n| Grund | anders überlegt |\n| Entscheidung | erstatten |\n| Frist | 14 Tage |\n| Erstattung | 50 % |\n| Höchstens | 100 EUR |\n| Pro Kunde | einmal pro Jahr |\n";
    hold(
        "de",
        table,
        &[
            ("Sagen Sie es uns innerhalb von 14 Tagen.", &[]),
            ("Sagen Sie es uns innerhalb von 30 Tagen.", &["30 Tagen"]),
            ("Es gilt ein 14-tägiges Rückgaberecht.", &[]),
            ("Es gilt ein 30-tägiges Rückgaberecht.", &["30-tägiges"]),
            ("Es gilt ein vierzehntägiges Rückgaberecht.", &[]),
            ("Binnen zwei Wochen geht das.", &[]),
            ("Binnen drei Wochen geht das.", &["drei Wochen"]),
            ("Dreißig Tage lang geht das.", &["Dreißig Tage"]),
            ("Die Gutschrift dauert 5 Tage.", &[]),
            ("Ihre Bank zeigt es nach 3 bis 10 Tagen an.", &[]),
            ("Wir erstatten höchstens 120 €.", &["120 €"]),
            ("Wir erstatten höchstens 100,00 €.", &[]),
            ("Der Tarif kostet 49 € pro Monat.", &[]),
            ("Der Tarif für 49 € im Monat ist beliebt.", &[]),
            ("Sie bekommen 40 % der Zahlung zurück.", &["40 %"]),
            ("Sie bekommen 50 Prozent zurück.", &[]),
            ("Alle Preise enthalten 19 % MwSt.", &[]),
            ("Das geht einmal im Jahr.", &[]),
            ("Das geht zweimal im Jahr.", &["zweimal im Jahr"]),
            ("Wir antworten innerhalb von 24 Stunden.", &[]),
            ("Melden Sie sich innerhalb von 24 Stunden.", &["24 Stunden"]),
            ("Am 31. Januar 2026 ändert sich das.", &[]),
        ],
    );
}

#[test]
fn french_sentences_are_understood() {
    let table = "| Règle | Valeur |\n|---|---|\n| Motif | changement d'avis |\n| Décision | rembourser |\n| Délai | 14 jours |\n| Remboursement | 50 % |\n| Au plus | 100 EUR |\n| Par client | une fois par an |\n";
    hold(
        "fr",
        table,
        &[
            ("Prévenez-nous dans les 14 jours.", &[]),
            ("Prévenez-nous dans les 30 jours.", &["30 jours"]),
            ("Vous avez deux semaines.", &[]),
            ("Vous avez trois semaines.", &["trois semaines"]),
            ("Vous avez quinze jours pour changer d'avis.", &[]),
            ("Vous avez trente jours.", &["trente jours"]),
            ("Le remboursement arrive sous 5 à 10 jours.", &[]),
            ("Votre banque l'affiche sous 7 jours.", &[]),
            ("Nous remboursons au plus 120 €.", &["120 €"]),
            ("Nous remboursons au plus 100,00 €.", &[]),
            ("La formule coûte 49 € par mois.", &[]),
            ("Les formules à 49 € par mois sont les mêmes.", &[]),
            ("Nous rendons 40 % du paiement.", &["40 %"]),
            ("Nous rendons 40% du paiement.", &["40% du paiement"]),
            ("Nous rendons 50% du paiement.", &[]),
            ("Tout comprend 20 % de TVA.", &[]),
            ("C'est possible une fois par an.", &[]),
            ("C'est possible deux fois par an.", &["deux fois par an"]),
            ("Nous répondons sous 24 heures.", &[]),
            ("Écrivez-nous sous 24 heures.", &["24 heures"]),
            ("La somme de 1 000 € est trop grande.", &["1 000 €"]),
            ("Un essai de 7 jours est gratuit.", &[]),
        ],
    );
}

#[test]
fn spanish_sentences_are_understood() {
    let table = "| Regla | Valor |\n|---|---|\n| Motivo | cambio de opinión |\n| Decisión | reembolsar |\n| Plazo | 14 días |\n| Reembolso | 50 % |\n| Como máximo | 100 EUR |\n| Por cliente | una vez al año |\n";
    hold(
        "es",
        table,
        &[
            ("Avísanos dentro de 14 días.", &[]),
            ("Avísanos dentro de 30 días.", &["30 días"]),
            ("Tienes dos semanas.", &[]),
            ("Tienes tres semanas.", &["tres semanas"]),
            ("Tienes quince días.", &[]),
            ("Tienes treinta días.", &["treinta días"]),
            ("El banco tarda entre 5 y 10 días.", &[]),
            ("El dinero llega en 3 días.", &[]),
            ("Devolvemos como máximo 120 €.", &["120 €"]),
            ("Devolvemos como máximo 100,00 €.", &[]),
            ("El plan cuesta 49 € al mes.", &[]),
            ("Un plan de 49 € al mes se devuelve.", &[]),
            ("Devolvemos el 40 % del pago.", &["40 %"]),
            ("Devolvemos el 50 por ciento.", &[]),
            ("Todo incluye un 21 % de IVA.", &[]),
            ("Puedes hacerlo una vez al año.", &[]),
            ("Puedes hacerlo dos veces al año.", &["dos veces al año"]),
            ("Respondemos en 24 horas.", &[]),
            ("Escríbenos dentro de 24 horas.", &["24 horas"]),
            ("La prueba de 7 días es gratis.", &[]),
            ("Son 1.000 € como máximo.", &["1.000 €"]),
        ],
    );
}
