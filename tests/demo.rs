//! `quittance demo` in a real browser: what somebody sees who tries it for the first time.

mod browser;
mod visit;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use visit::{Customer, Line, Shown, Visit};

/// The policy that the demo holds to.
const POLICY: [&str; 6] = [
    include_str!("../policies/annual.md"),
    include_str!("../policies/disputes.md"),
    include_str!("../policies/outages.md"),
    include_str!("../policies/purchases.md"),
    include_str!("../policies/refunds.md"),
    include_str!("../policies/trials.md"),
];

/// Who has the money already.
const ALREADY_REFUNDED: &str = "sofia";

/// The cases that the demo must have, and the first words of what must come of each.
const CASES: [(&str, &str, &str); 11] = [
    ("charged twice", "maya", "a refund of 49.00 USD"),
    ("inside the window", "liam", "a refund of 19.00 USD"),
    ("outside the window", "emma", "no refund"),
    ("a part of the payment", "noah", "a refund of 174.00 USD"),
    ("over the limit", "olivia", "no money moves"),
    ("disputed at the bank", "james", "no money moves"),
    ("unverified visitor", "visitor", "no money moves"),
    ("already refunded", ALREADY_REFUNDED, "no refund"),
    ("a currency without cents", "yuki", "a refund of 2900 JPY"),
    ("in French", "camille", "a refund of 45.00 EUR"),
    ("talks like the system", "victor", "no refund"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_customer_of_the_demo_gets_what_the_policy_says() {
    let Some(visit) = Visit::begin().await else { return };
    let (served, ready) = (visit.served.as_millis(), visit.ready.as_millis());
    println!("the demo was served after {served} ms and stood in the browser after {ready} ms");
    let customers = visit.customers().await;
    for (case, key, expected) in CASES {
        let customer = customers.iter().find(|it| it.key == key).expect(case);
        assert!(customer.expected.starts_with(expected), "{case}: {}", customer.expected);
    }
    let before = visit.api("stripe?person=maya").await;
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    for customer in &customers {
        visit.choose(&customer.key).await;
        visit.write(&customer.suggested_messages[0]).await;
        it_ends_as_expected(&visit, customer).await;
        if let Some(amount) = amount(customer) {
            *wanted.entry(amount.rsplit(' ').next().unwrap().to_owned()).or_default() += 1;
        }
    }
    a_question_is_answered_with_the_policys_words(&visit).await;
    let after = visit.api("stripe?person=maya").await;
    assert_eq!(new_refunds(&before, &after), wanted, "nothing else has moved");
    visit.end().await;
}

async fn it_ends_as_expected(visit: &Visit, customer: &Customer) {
    match amount(customer) {
        Some(amount) => a_refund_is_made(visit, customer, amount).await,
        None if customer.expected.starts_with("no refund") => it_is_refused(visit, customer).await,
        None => a_person_gets_it(visit, customer).await,
    }
}

/// What is to be given back, such as `49.00 USD`, if anything is.
fn amount(customer: &Customer) -> Option<&str> {
    customer.expected.strip_prefix("a refund of ")?.strip_suffix('.')
}

async fn a_refund_is_made(visit: &Visit, customer: &Customer, amount: &str) {
    let is_settled =
        |it: &Shown| it.is_closed && !it.refunds.is_empty() && is_logged(it, "Outcome");
    let shown = visit.until_settled(is_settled).await;
    let key = &customer.key;
    let [answer] = &shown.answers[..] else { panic!("{key}: {:?}", shown.answers) };
    let told = match customer.language.as_str() {
        "en" => amount.replace("2900", "2,900"),
        _ => amount.replace('.', ","),
    };
    // French parts thousands by a narrow space.
    assert!(answer.replace('\u{202f}', "").contains(&told), "{key}: {answer}");
    assert!(answer.contains(in_language(customer, REFUND)), "{key}: {answer}");
    let [refund] = &shown.refunds[..] else { panic!("{key}: {:?}", shown.refunds) };
    assert_eq!(refund.amount, format!("−{}", in_the_account(amount)), "{key}");
    assert!(!shown.is_with_person && shown.notes.is_empty(), "{key}: a person was bothered");
    the_refund_was_written_down_first(visit, &shown).await;
}

/// In a conversation of its own, begun with the button for it.
async fn a_question_is_answered_with_the_policys_words(visit: &Visit) {
    visit.choose("liam").await;
    visit.browser.click("#begin").await;
    visit.write("What is your refund policy?").await;
    let shown = visit.until_settled(|it| is_logged(it, "Reply")).await;
    let [answer] = &shown.answers[..] else { panic!("{:?}", shown.answers) };
    let is_quoted = |(clause, quote): (String, String)| {
        answer.contains(&format!("“{clause}”")) && answer.contains(&quote)
    };
    assert!(clauses().any(is_quoted), "no clause in {answer}");
    assert!(!shown.is_closed && !shown.is_with_person);
}

async fn it_is_refused(visit: &Visit, customer: &Customer) {
    let shown = visit.until_settled(|it| is_logged(it, "Reply")).await;
    let key = &customer.key;
    let [answer] = &shown.answers[..] else { panic!("{key}: {:?}", shown.answers) };
    if key == ALREADY_REFUNDED {
        assert!(answer.contains(in_language(customer, NOTHING_LEFT)), "{key}: {answer}");
    } else {
        let (clause, quote) = clauses()
            .find(|(clause, _)| answer.contains(clause))
            .unwrap_or_else(|| panic!("{key}: no clause in {answer}"));
        assert!(answer.contains(&quote), "{key}: {clause} is not quoted in {answer}");
        assert!(answer.contains(in_language(customer, REFUSED)), "{key}: {answer}");
    }
    assert!(shown.refunds.is_empty(), "{key}: {:?}", shown.refunds);
    assert!(!shown.is_closed && !shown.is_with_person, "{key}: they may still answer");
    let verdict = shown.feed.iter().find(|line| line.step == "Verdict").unwrap();
    assert!(verdict.text.contains("refuse"), "{key}: {}", verdict.text);
    assert!(!shown.feed.iter().any(|line| line.step == "Intent"), "{key}: {:#?}", shown.feed);
}

async fn a_person_gets_it(visit: &Visit, customer: &Customer) {
    let shown = visit.until_settled(|it| it.is_with_person && is_logged(it, "Handling")).await;
    visit.browser.until("the conversation's end", IS_END_IN_SIGHT, &[]).await;
    let key = &customer.key;
    let [answer] = &shown.answers[..] else { panic!("{key}: {:?}", shown.answers) };
    assert!(answer.contains(in_language(customer, HANDED_OVER)), "{key}: {answer}");
    let [note] = &shown.notes[..] else { panic!("{key}: {:?}", shown.notes) };
    assert!(note.contains("no money has moved"), "{key}: {note}");
    assert!(shown.refunds.is_empty(), "{key}: {:?}", shown.refunds);
    assert!(!shown.feed.iter().any(|line| line.step == "Intent"), "{key}: {:#?}", shown.feed);
}

/// Whether the last thing in the conversation can be seen without scrolling.
const IS_END_IN_SIGHT: &str = r##"
    const box = document.querySelector("#chat");
    return box.lastElementChild.getBoundingClientRect().bottom <= box.getBoundingClientRect().bottom;
"##;

/// The feed shows every stage of a refund, the numbers of the log only grow, and the intent stands
/// before the request to Stripe. The account's link leads to the intent.
async fn the_refund_was_written_down_first(visit: &Visit, shown: &Shown) {
    let feed = &shown.feed;
    let at = |step: &str, is_logged: bool| {
        let found = |line: &Line| line.step == step && line.seq.is_some() == is_logged;
        feed.iter().position(found).unwrap_or_else(|| panic!("no {step} in {feed:#?}"))
    };
    let stages = ["Facts", "Proposal", "Ruling", "Verdict", "Intent", "Outcome"];
    let stages: Vec<usize> = stages.iter().map(|step| at(step, true)).collect();
    assert!(stages.is_sorted(), "{feed:#?}");
    let numbers: Vec<u64> = feed.iter().filter_map(|line| line.seq).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{feed:#?}");
    assert!(at("Facts", false) < at("Model", false), "{feed:#?}");
    assert!(at("Intent", true) < at("Refund", false), "sent before it was written: {feed:#?}");
    let intent = feed[at("Intent", true)].seq.unwrap();
    assert_eq!(shown.refunds[0].source, format!("log entry #{intent}"));
    visit.browser.click("#payments .to-log").await;
    let is_open = r#"
        const entry = document.querySelector(`#feed [data-seq="${arguments[0]}"] details[open]`);
        return entry?.querySelector("pre")?.innerText ?? null;
    "#;
    let entry = visit.browser.until("the log entry", is_open, &[json!(intent)]).await;
    assert!(entry.as_str().unwrap().contains("\"amount\""), "{entry}");
}

fn is_logged(shown: &Shown, step: &str) -> bool {
    shown.feed.iter().any(|line| line.step == step && line.seq.is_some())
}

/// How many refunds there are in each currency that were not there before.
fn new_refunds(before: &Value, after: &Value) -> BTreeMap<String, u64> {
    let count = |account: &Value| -> BTreeMap<String, u64> {
        let totals = account["totals"].as_array().unwrap().iter();
        let of = |sum: &Value| sum["currency"].as_str().unwrap().to_owned();
        totals.map(|sum| (of(sum), sum["refunds"].as_u64().unwrap())).collect()
    };
    let before = count(before);
    let new = count(after).into_iter().map(|(currency, refunds)| {
        let known = before.get(&currency).copied().unwrap_or_default();
        (currency, refunds.saturating_sub(known))
    });
    new.filter(|(_, refunds)| *refunds > 0).collect()
}

/// What the customers of the cases would write in French.
const IN_FRENCH: [(&str, &str); 9] = [
    (
        "maya",
        "Bonjour, j'ai été débitée deux fois pour mon abonnement ce mois-ci. Pouvez-vous me rembourser un des paiements ?",
    ),
    ("liam", "J'ai changé d'avis au sujet du renouvellement, merci de me rembourser."),
    ("emma", "Je n'en ai plus besoin, j'ai changé d'avis. Je voudrais récupérer mon argent."),
    ("noah", "Nous avons changé d'avis pour l'abonnement annuel et souhaitons un remboursement."),
    (
        "olivia",
        "Vous m'avez débité 588 dollars deux fois en une heure ! Remboursez le deuxième paiement, s'il vous plaît.",
    ),
    ("james", "J'ai changé d'avis et je voudrais un remboursement du dernier paiement."),
    (
        "visitor",
        "J'ai été débité deux fois, remboursez-moi s'il vous plaît. Mon adresse est visitor@example.com.",
    ),
    (
        ALREADY_REFUNDED,
        "Merci de me rembourser mon dernier paiement de 49 dollars, j'ai changé d'avis.",
    ),
    ("yuki", "J'ai pris la mauvaise formule par erreur. Puis-je récupérer mes 2 900 yens ?"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_cases_end_alike_in_french() {
    let Some(visit) = Visit::begin().await else { return };
    let mut customers = visit.customers().await;
    for (key, message) in IN_FRENCH {
        let customer = customers.iter_mut().find(|it| it.key == key).unwrap();
        "fr".clone_into(&mut customer.language);
        visit.choose(key).await;
        visit.write(message).await;
        it_ends_as_expected(&visit, customer).await;
    }
    visit.end().await;
}

/// The policy's headings, each with the first paragraph under it as one line.
fn clauses() -> impl Iterator<Item = (String, String)> {
    POLICY.iter().flat_map(|file| file.split("\n## ").skip(1)).map(|section| {
        let (clause, text) = section.split_once("\n\n").unwrap();
        let paragraph = text.split("\n\n").next().unwrap();
        (clause.to_owned(), paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
    })
}

/// Words of the reply to a refund, by language.
const REFUND: [(&str, &str); 4] = [
    ("en", "Your refund of"),
    ("fr", "Votre remboursement de"),
    ("de", "Ihre Erstattung von"),
    ("es", "Su reembolso de"),
];

/// Words of the reply to a refused request, by language.
const REFUSED: [(&str, &str); 4] = [
    ("en", "our policy does not allow this refund"),
    ("fr", "nos conditions ne permettent pas ce remboursement"),
    ("de", "unsere Richtlinie erlaubt diese Erstattung nicht"),
    ("es", "nuestra política no permite este reembolso"),
];

/// Words of the reply when everything was given back before, by language.
const NOTHING_LEFT: [(&str, &str); 4] = [
    ("en", "has already been given back in full"),
    ("fr", "a déjà été remboursé en totalité"),
    ("de", "wurde bereits vollständig erstattet"),
    ("es", "ya se ha devuelto por completo"),
];

/// Words of the reply when a person takes over, by language.
const HANDED_OVER: [(&str, &str); 4] = [
    ("en", "I have passed your request to a colleague"),
    ("fr", "J’ai transmis votre demande"),
    ("de", "Ich habe Ihr Anliegen an das Team weitergegeben"),
    ("es", "He pasado su solicitud"),
];

fn in_language(customer: &Customer, words: [(&str, &'static str); 4]) -> &'static str {
    words.iter().find(|(language, _)| *language == customer.language).unwrap().1
}

/// An amount as the account shows it: `49.00 USD` is `$49.00`, `2900 JPY` is `¥2,900`.
fn in_the_account(amount: &str) -> String {
    let (number, currency) = amount.split_once(' ').unwrap();
    let sign = match currency {
        "USD" => "$",
        "EUR" => "€",
        "JPY" => "¥",
        other => panic!("how is {other} shown?"),
    };
    let (whole, rest) = number.find('.').map_or((number, ""), |point| number.split_at(point));
    let (thousands, last) = whole.split_at(whole.len().saturating_sub(3));
    let comma = if thousands.is_empty() { "" } else { "," };
    format!("{sign}{thousands}{comma}{last}{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_sees_everything_as_it_happens_and_text_stays_text() {
    let Some(visit) = Visit::begin().await else { return };
    let client = &visit.browser.client;
    let first = client.window().await.unwrap();
    let second = client.new_window(true).await.unwrap().handle;
    client.switch_to_window(second.clone()).await.unwrap();
    client.goto(&format!("{}/?person=liam", visit.url)).await.unwrap();
    let is_there = r##"return document.querySelector("#playing").textContent.includes("Liam")"##;
    visit.browser.until("the second tab", is_there, &[]).await;
    assert!(visit.read().await.answers.is_empty());

    client.switch_to_window(first.clone()).await.unwrap();
    visit.choose("liam").await;
    let text = "<img src=x onerror=\"document.title='taken'\"> I changed my mind, <b>please</b> \
                refund it. <script>document.title='taken'</script>";
    visit.write(text).await;
    let here = visit.until_settled(|it| it.is_closed && is_logged(it, "Outcome")).await;

    client.switch_to_window(second).await.unwrap();
    let there = visit.until_settled(|it| it.is_closed && is_logged(it, "Outcome")).await;
    assert_eq!((there.answers, there.refunds), (here.answers, here.refunds));
    for window in [client.window().await.unwrap(), first] {
        client.switch_to_window(window).await.unwrap();
        it_stays_text(&visit, text).await;
    }
    visit.end().await;
}

/// What the customer wrote stands on the page word for word, and has made nothing else of itself.
async fn it_stays_text(visit: &Visit, text: &str) {
    let said = "return document.querySelector('#chat .said.customer .bubble').innerText";
    assert_eq!(visit.browser.until("what was said", said, &[]).await, json!(text));
    let made =
        "return document.querySelectorAll('main img, main b b, main script, .bubble *').length";
    assert_eq!(visit.browser.client.execute(made, Vec::new()).await.unwrap(), json!(0));
    assert_eq!(visit.browser.client.title().await.unwrap(), "Quittance demo");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_fits_a_phone() {
    let Some(visit) = Visit::begin().await else { return };
    visit.browser.resize(390, 844).await;
    visit.choose("james").await;
    visit.browser.press("#say", "I changed my mind, please refund my last payment.").await;
    visit.browser.click("#composer .send").await;
    visit.until_settled(|it| it.is_with_person && is_logged(it, "Handling")).await;
    let wide = r"
        const root = document.scrollingElement;
        const wide = [...document.querySelectorAll('body *')].filter((it) => {
            const box = it.getBoundingClientRect();
            let around = it.parentElement;
            while (around !== document.body && getComputedStyle(around).overflowX === 'visible') {
                around = around.parentElement;
            }
            return around === document.body && box.width > 0 && box.right > innerWidth + 1;
        });
        return [innerWidth, root.scrollWidth, ...wide.map((it) => it.outerHTML.slice(0, 120))];
    ";
    let found = visit.browser.client.execute(wide, Vec::new()).await.unwrap();
    assert_eq!(found, json!([390, 390]), "something is wider than the screen");
    for pane in ["work", "account", "messenger"] {
        visit.browser.click(&format!("nav.jump a[href='#{pane}']")).await;
        let is_seen = r"
            const box = document.getElementById(arguments[0]).getBoundingClientRect();
            return box.top < innerHeight / 2 && box.bottom > 0;
        ";
        visit.browser.until("the pane", is_seen, &[json!(pane)]).await;
    }
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_keeps_the_browser_on_this_machine() {
    let Some(visit) = Visit::begin().await else { return };
    let page = visit.http.get(&visit.url).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    for rule in ["default-src 'none'", "script-src 'self'", "connect-src 'self'"] {
        assert!(policy.split("; ").any(|it| it == rule), "{rule} is not in {policy}");
    }
    // The browser holds to it: a request elsewhere never leaves, a script in the text never runs.
    let attempt = r"
        const done = arguments[arguments.length - 1];
        fetch('http://127.0.0.2:9/').then(() => done('sent'), () => done('held back'));
    ";
    let held = visit.browser.client.execute_async(attempt, Vec::new()).await.unwrap();
    assert_eq!(held, json!("held back"));
    let complaints = visit.browser.complaints().await.join("\n");
    assert!(complaints.contains("Content Security Policy"), "{complaints}");
    visit.end().await;
}
