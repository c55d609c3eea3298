//! Filling the account from Rust: customers, payments and subscriptions of the past, without
//! events, and things that happen now, with events.

use jiff::Timestamp;
use quittance_core::money::Money;
use serde_json::{Value, json};

use super::account::Account;
use super::cards::Behavior;
use super::charges::NewCharge;
use super::kind::Kind;
use super::payment_intents::NewIntent;
use super::products::NewPrice;
use super::subscriptions::{NewItem, NewSubscription};
use super::value::{deep_text, int, set, set_deep, text};
use super::{
    charges, customers, invoices, payment_intents, payment_methods, products, subscriptions,
};

/// The card a seeded payment was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Brand in small letters, such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// The same for one card wherever it is used; derived from brand and digits without it.
    pub fingerprint: Option<String>,
}

impl Default for Card {
    fn default() -> Self {
        Self { brand: "visa".to_owned(), last4: "4242".to_owned(), fingerprint: None }
    }
}

/// A payment of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeSeed {
    /// Who paid; `None` is a guest.
    pub customer: Option<String>,
    /// How much.
    pub amount: Money,
    /// When.
    pub created: Timestamp,
    /// What for.
    pub description: Option<String>,
    /// With which card. The digits of a test card (such as 5126 for refunds that fail later)
    /// bring its behavior with them.
    pub card: Card,
}

/// A subscription of the past, with one paid invoice for each payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionSeed {
    /// Who subscribed.
    pub customer: String,
    /// The name of the plan; it is the product's name and the price's `lookup_key`.
    pub plan: String,
    /// What one interval costs.
    pub amount: Money,
    /// `day`, `week`, `month` or `year`.
    pub interval: String,
    /// When it was paid: first the start, then the renewals, in order.
    pub paid: Vec<Timestamp>,
    /// With which card.
    pub card: Card,
}

/// What a seeded subscription is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribed {
    /// The subscription, `sub_…`.
    pub subscription: String,
    /// One invoice for each payment, `in_…`.
    pub invoices: Vec<String>,
    /// One charge for each payment, `ch_…`.
    pub charges: Vec<String>,
}

/// Makes a customer.
pub(crate) fn customer(
    account: &mut Account,
    email: &str,
    name: &str,
    metadata: &[(&str, &str)],
) -> String {
    let now = account.now();
    let customer = customers::make(account, now);
    let id = text(&customer, "id").to_owned();
    let metadata: serde_json::Map<String, Value> =
        metadata.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    account.update(Kind::Customer, &id, |customer| {
        set(customer, "email", Some(email).filter(|email| !email.is_empty()));
        set(customer, "name", Some(name).filter(|name| !name.is_empty()));
        set(customer, "metadata", metadata);
    });
    id
}

fn method(account: &mut Account, customer: Option<&str>, card: &Card) -> Value {
    let same = customer.and_then(|customer| {
        account.with(Kind::PaymentMethod, "customer", customer).into_iter().find(|known| {
            deep_text(known, "/card/last4") == Some(&card.last4)
                && deep_text(known, "/card/brand") == Some(&card.brand)
        })
    });
    if let Some(same) = same.cloned() {
        return same;
    }
    let behavior = match card.last4.as_str() {
        "7726" => Behavior::RefundPending,
        "5126" => Behavior::RefundFails,
        _ => Behavior::Plain,
    };
    let method = payment_methods::make(
        account,
        &card.brand,
        &card.last4,
        card.fingerprint.as_deref(),
        behavior,
    );
    match customer {
        None => method,
        Some(customer) => account.update(Kind::PaymentMethod, text(&method, "id"), |method| {
            set(method, "customer", customer);
        }),
    }
}

/// Makes a payment: a payment intent and its charge.
pub(crate) fn charge(account: &mut Account, seed: &ChargeSeed) -> String {
    let customer = seed.customer.as_deref();
    let method = method(account, customer, &seed.card);
    let currency = seed.amount.currency().code().to_ascii_lowercase();
    let created = seed.created.as_second();
    let intent = payment_intents::make(
        account,
        &NewIntent {
            amount: seed.amount.minor(),
            currency: &currency,
            customer,
            payment_method: Some(text(&method, "id")),
            description: seed.description.as_deref(),
            metadata: json!({}),
            receipt_email: None,
            is_manual: false,
            created,
        },
    );
    let charge = charges::make(
        account,
        &NewCharge {
            amount: seed.amount.minor(),
            currency: &currency,
            customer,
            method: &method,
            payment_intent: Some(text(&intent, "id")),
            description: seed.description.as_deref(),
            is_captured: true,
            metadata: json!({}),
            receipt_email: None,
            created,
        },
    );
    payment_intents::settle(account, text(&intent, "id"), &charge);
    text(&charge, "id").to_owned()
}

/// The price of a plan; made with its product when it does not exist.
fn price(account: &mut Account, seed: &SubscriptionSeed, currency: &str) -> Value {
    let known = account.with(Kind::Price, "lookup_key", &seed.plan).into_iter().find(|price| {
        int(price, "unit_amount") == seed.amount.minor() && text(price, "currency") == currency
    });
    if let Some(known) = known.cloned() {
        return known;
    }
    let product = products::make_product(account, &seed.plan);
    let new = NewPrice {
        product: text(&product, "id"),
        unit_amount: seed.amount.minor(),
        currency,
        recurring: Some((&seed.interval, 1)),
        lookup_key: Some(&seed.plan),
        nickname: None,
        metadata: json!({}),
    };
    products::make_price(account, &new)
}

/// Makes a subscription with its invoices and payments.
pub(crate) fn subscribe(account: &mut Account, seed: &SubscriptionSeed) -> Subscribed {
    let currency = seed.amount.currency().code().to_ascii_lowercase();
    let price = price(account, seed, &currency);
    let method = method(account, Some(&seed.customer), &seed.card);
    let started = seed.paid.first().map_or_else(|| account.now(), |paid| paid.as_second());
    let new = NewSubscription {
        customer: &seed.customer,
        items: vec![NewItem { price, quantity: 1 }],
        payment_method: Some(text(&method, "id")),
        started,
        trial_end: None,
        ends_with_period: false,
        description: None,
        metadata: json!({}),
        after_trial: "create_invoice",
    };
    let id = text(&subscriptions::make(account, &new), "id").to_owned();
    let mut made =
        Subscribed { subscription: id.clone(), invoices: Vec::new(), charges: Vec::new() };
    for (index, paid) in seed.paid.iter().enumerate() {
        let reason = if index == 0 { "subscription_create" } else { "subscription_cycle" };
        let subscription = subscriptions::renew(account, &id, paid.as_second());
        let draft = subscriptions::bill(account, &subscription, paid.as_second(), reason);
        let invoice = text(&draft, "id").to_owned();
        invoices::finalize(account, &invoice, paid.as_second());
        let description = if index == 0 { "Subscription creation" } else { "Subscription update" };
        let payment = ChargeSeed {
            customer: Some(seed.customer.clone()),
            amount: seed.amount,
            created: *paid,
            description: Some(description.to_owned()),
            card: seed.card.clone(),
        };
        let charge = charge(account, &payment);
        if let Some(paid) = account.get(Kind::Charge, &charge).cloned() {
            invoices::record_payment(account, &invoice, &paid);
        }
        made.invoices.push(invoice);
        made.charges.push(charge);
    }
    account.update(Kind::Customer, &seed.customer, |customer| {
        set_deep(customer, "/invoice_settings", "default_payment_method", text(&method, "id"));
    });
    made
}

/// Everything about one customer that a person would want to see.
pub(crate) fn snapshot(account: &Account, customer: &str) -> Value {
    let charges: Vec<Value> = account
        .with(Kind::Charge, "customer", customer)
        .into_iter()
        .map(|charge| {
            let id = text(charge, "id");
            let mut shown = charge.clone();
            set(&mut shown, "refunds", clones(&account.with(Kind::Refund, "charge", id)));
            set(&mut shown, "disputes", clones(&account.with(Kind::Dispute, "charge", id)));
            shown
        })
        .collect();
    json!({
        "customer": account.get(Kind::Customer, customer),
        "charges": charges,
        "subscriptions": clones(&account.with(Kind::Subscription, "customer", customer)),
        "invoices": clones(&account.with(Kind::Invoice, "customer", customer)),
    })
}

fn clones(rows: &[&Value]) -> Vec<Value> {
    rows.iter().map(|row| (*row).clone()).collect()
}
