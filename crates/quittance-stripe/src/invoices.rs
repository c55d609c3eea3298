//! Invoices: what a charge was for. <https://docs.stripe.com/api/invoices>

use quittance_core::facts::{Bill, Billing, Line};
use quittance_core::money::Money;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::prices::{Names, WirePrice};
use crate::wire::{Entry, Expandable, List, instant, money, reference};

const LIST_INVOICES: &str = "list invoices";

/// Lists every invoice of a customer with all of its payments and lines.
pub(crate) async fn list(client: &Client, customer: &str) -> Result<Vec<WireInvoice>, Error> {
    let mut listed = listed(client, customer).await?;
    for invoice in &mut listed {
        if let Some(payments) = invoice.payments.as_mut().filter(|payments| payments.has_more) {
            let query = [("invoice", invoice.id.as_str())];
            let path = ["v1", "invoice_payments"];
            payments.data = client.list("list invoice payments", &path, &query).await?;
        }
        if let Some(lines) = invoice.lines.as_mut().filter(|lines| lines.has_more) {
            let path = ["v1", "invoices", &invoice.id, "lines"];
            lines.data = client.list("list invoice lines", &path, &[]).await?;
        }
    }
    Ok(listed)
}

async fn listed(client: &Client, customer: &str) -> Result<Vec<WireInvoice>, Error> {
    let path = ["v1", "invoices"];
    let query = [("customer", customer), ("expand[]", "data.payments")];
    match client.list(LIST_INVOICES, &path, &query).await {
        // Stand-ins for versions before 2025-03-31 have the payment on the invoice and know of no
        // `payments` to expand.
        Err(Error::Refused { status: 400, .. }) => {
            client.list(LIST_INVOICES, &path, &[("customer", customer)]).await
        }
        listed => listed,
    }
}

/// An invoice as Stripe writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct WireInvoice {
    id: String,
    billing_reason: Option<String>,
    lines: Option<List<WireLine>>,
    payments: Option<List<WirePayment>>,
    parent: Option<WireParent>,
    /// Before 2025-03-31 an invoice had one charge and one payment intent, and named its
    /// subscription here.
    charge: Option<Expandable>,
    payment_intent: Option<Expandable>,
    subscription: Option<Expandable>,
    shipping_cost: Option<WireShipping>,
}

/// <https://docs.stripe.com/api/invoices/object#invoice_object-shipping_cost>
#[derive(Debug, Deserialize)]
struct WireShipping {
    amount_total: i64,
}

impl Entry for WireInvoice {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Debug, Deserialize)]
struct WireParent {
    subscription_details: Option<WireSubscriptionDetails>,
}

#[derive(Debug, Deserialize)]
struct WireSubscriptionDetails {
    subscription: Option<Expandable>,
}

#[derive(Debug, Deserialize)]
struct WirePayment {
    id: String,
    payment: WirePaid,
}

impl Entry for WirePayment {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Debug, Deserialize)]
struct WirePaid {
    payment_intent: Option<Expandable>,
    charge: Option<Expandable>,
}

#[derive(Debug, Deserialize)]
struct WireLine {
    id: String,
    #[serde(default)]
    amount: i64,
    pricing: Option<WirePricing>,
    /// Before 2025-03-31 the price stood on the line, and before prices the plan.
    price: Option<WirePrice>,
    plan: Option<WirePrice>,
    period: Option<WirePeriod>,
    #[serde(default)]
    discount_amounts: Option<Vec<WireDiscount>>,
    #[serde(default)]
    taxes: Option<Vec<WireTax>>,
    /// Before 2025-03-31 taxes stood here.
    #[serde(default)]
    tax_amounts: Option<Vec<WireTax>>,
}

#[derive(Debug, Deserialize)]
struct WirePeriod {
    start: i64,
    end: i64,
}

#[derive(Debug, Deserialize)]
struct WireDiscount {
    amount: i64,
}

#[derive(Debug, Deserialize)]
struct WireTax {
    amount: i64,
    tax_behavior: Option<String>,
    inclusive: Option<bool>,
}

impl WireTax {
    /// What it adds to the line's amount.
    fn added(&self) -> i64 {
        let is_inclusive =
            self.inclusive.unwrap_or(self.tax_behavior.as_deref() == Some("inclusive"));
        if is_inclusive { 0 } else { self.amount }
    }
}

impl Entry for WireLine {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Debug, Deserialize)]
struct WirePricing {
    price_details: Option<WirePriceDetails>,
}

#[derive(Debug, Deserialize)]
struct WirePriceDetails {
    price: Option<WirePrice>,
    product: Option<Expandable>,
}

impl WireLine {
    fn price(&self) -> Option<&WirePrice> {
        let details = self.pricing.as_ref().and_then(|pricing| pricing.price_details.as_ref());
        let price = details.and_then(|details| details.price.as_ref());
        price.or(self.price.as_ref()).or(self.plan.as_ref())
    }

    fn product(&self) -> Option<String> {
        let details = self.pricing.as_ref().and_then(|pricing| pricing.price_details.as_ref());
        let named = details.and_then(|details| details.product.as_ref()).map(Expandable::id);
        named.or_else(|| self.price()?.product()).map(ToOwned::to_owned)
    }

    /// What was paid for it: after discounts, and with the taxes that are not in it already.
    fn paid(&self) -> i64 {
        let discounts = self.discount_amounts.iter().flatten().map(|discount| discount.amount);
        let taxes = self.taxes.as_ref().or(self.tax_amounts.as_ref());
        let taxes = taxes.into_iter().flatten().map(WireTax::added);
        let less = discounts.fold(self.amount, i64::saturating_sub);
        taxes.fold(less, i64::saturating_add)
    }

    fn line(&self, names: &Names, currency: &str) -> Result<Line, String> {
        let plan = names.plans(self.price().into_iter()).pop();
        let period = self.period.as_ref();
        let period = period
            .map(|period| Ok::<_, String>((instant(period.start)?, instant(period.end)?)))
            .transpose()?;
        Ok(Line {
            amount: money(self.paid(), currency)?,
            plan,
            product: self.product(),
            period: period.filter(|(start, end)| start < end),
        })
    }
}

impl WireInvoice {
    /// Whether this charge, or the payment intent behind it, paid this invoice.
    pub(crate) fn was_paid_by(&self, charge: &str, intent: Option<&str>) -> bool {
        let is_it = |paid: Option<&Expandable>, wanted: Option<&str>| {
            paid.is_some_and(|paid| wanted == Some(paid.id()))
        };
        let payments = self.payments.iter().flat_map(|payments| &payments.data);
        is_it(self.charge.as_ref(), Some(charge))
            || is_it(self.payment_intent.as_ref(), intent)
            || payments.map(|payment| &payment.payment).any(|paid| {
                is_it(paid.charge.as_ref(), Some(charge))
                    || is_it(paid.payment_intent.as_ref(), intent)
            })
    }

    /// The prices that were paid for. A line below zero is the credit for a plan that was left.
    pub(crate) fn prices(&self) -> impl Iterator<Item = &WirePrice> {
        let lines = self.lines.iter().flat_map(|lines| &lines.data);
        lines.filter(|line| line.amount >= 0).filter_map(WireLine::price)
    }

    /// What the invoice was made for. A reason that is not known counts as a change when it
    /// belongs to a subscription.
    pub(crate) fn billing(&self) -> Billing {
        match self.billing_reason.as_deref() {
            Some("subscription_create") => Billing::First,
            // `subscription` is how invoices from before 2018 say it.
            Some("subscription_cycle" | "subscription") => Billing::Renewal,
            Some("subscription_update" | "subscription_threshold") => Billing::Change,
            Some("manual" | "quote_accept") => Billing::OneOff,
            _ if self.is_of_subscription() => Billing::Change,
            _ => Billing::OneOff,
        }
    }

    fn is_of_subscription(&self) -> bool {
        let parent = self.parent.as_ref();
        self.subscription.is_some()
            || parent.is_some_and(|parent| parent.subscription_details.is_some())
    }

    /// What the invoice says about a charge that paid it. Its lines are told only if they and the shipping
    /// are together what was charged: with credits, balances and several payments nobody can say what
    /// one of them was for.
    pub(crate) fn bill(&self, charged: Money, names: &Names) -> Result<Bill, String> {
        let details = self.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
        let subscription = details.and_then(|details| details.subscription.as_ref());
        let subscription = reference(subscription.or(self.subscription.as_ref()))?;
        let currency = charged.currency().code().to_lowercase();
        let shipping = self.shipping_cost.as_ref().map_or(0, |shipping| shipping.amount_total);
        let wires = self.lines.iter().flat_map(|lines| &lines.data);
        let paid: i64 = wires.clone().map(WireLine::paid).fold(shipping, i64::saturating_add);
        let has_credits = wires.clone().any(|line| line.paid() < 0);
        if paid != charged.minor() || has_credits || shipping < 0 {
            return Ok(Bill { subscription, lines: Vec::new(), shipping: None });
        }
        let lines: Result<Vec<Line>, String> =
            wires.map(|line| line.line(names, &currency)).collect();
        Ok(Bill { subscription, lines: lines?, shipping: Some(money(shipping, &currency)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::{answer_all, client, http, listen};

    fn read(json: serde_json::Value) -> WireInvoice {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn an_invoice_knows_its_payment_in_every_version() {
        let new = read(serde_json::json!({"id": "in_1", "payments": {"data": [
            {"id": "inpay_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}},
            {"id": "inpay_2", "payment": {"type": "charge", "charge": {"id": "ch_2"}}},
        ]}}));
        assert!(new.was_paid_by("ch_1", Some("pi_1")));
        assert!(new.was_paid_by("ch_2", None));
        assert!(!new.was_paid_by("ch_3", Some("pi_3")));
        assert!(!new.was_paid_by("ch_3", None));
        let old = read(serde_json::json!({"id": "in_1", "charge": "ch_1", "payment_intent": null}));
        assert!(old.was_paid_by("ch_1", None));
    }

    #[test]
    fn the_reason_says_what_was_billed() {
        let billing = |reason: &str, subscription: Option<&str>| {
            read(serde_json::json!({
                "id": "in_1", "billing_reason": reason, "subscription": subscription,
            }))
            .billing()
        };
        assert_eq!(billing("subscription_create", None), Billing::First);
        assert_eq!(billing("subscription_cycle", None), Billing::Renewal);
        assert_eq!(billing("subscription_update", None), Billing::Change);
        assert_eq!(billing("manual", Some("sub_1")), Billing::OneOff);
        assert_eq!(billing("newly_invented", Some("sub_1")), Billing::Change);
        assert_eq!(billing("newly_invented", None), Billing::OneOff);
    }

    #[test]
    fn a_plan_that_was_left_is_not_what_was_paid_for() {
        let invoice = read(serde_json::json!({"id": "in_1", "lines": {"data": [
            {"id": "il_1", "amount": -500, "pricing": {"price_details": {"price": "price_old"}}},
            {"id": "il_2", "amount": 900, "pricing": {"price_details": {"price": "price_new"}}},
            {"id": "il_3", "amount": 0, "plan": {"id": "gold"}},
        ]}}));
        let prices: Vec<&str> = invoice.prices().map(WirePrice::id).collect();
        assert_eq!(prices, ["price_new", "gold"]);
    }

    #[test]
    fn a_bill_is_told_only_if_it_adds_up() {
        let json = |discount: i64| {
            serde_json::json!({
                "id": "in_1", "parent": {"subscription_details": {"subscription": "sub_1"}},
                "shipping_cost": {"amount_total": 500},
                "lines": {"data": [
                    {"id": "il_1", "amount": 3_000, "discount_amounts": [{"amount": discount}],
                     "taxes": [{"amount": 190, "tax_behavior": "exclusive"}],
                     "period": {"start": 1_775_001_600, "end": 1_777_593_600},
                     "pricing": {"price_details": {"price": "price_1", "product": "prod_1"}}},
                    {"id": "il_2", "amount": 1_190, "price": {"id": "price_2"},
                     "tax_amounts": [{"amount": 190, "inclusive": true}]},
                ]},
            })
        };
        let charged = Money::from_minor(4_880 - 1_000, "usd".parse().unwrap()).unwrap();
        let bill = |json| read(json).bill(charged, &Names::default()).unwrap();
        let told = bill(json(1_000));
        assert_eq!(told.subscription.as_ref().unwrap().as_str(), "sub_1");
        assert_eq!(told.shipping.unwrap().minor(), 500);
        let amounts: Vec<i64> = told.lines.iter().map(|line| line.amount.minor()).collect();
        assert_eq!(amounts, [2_190, 1_190]);
        assert_eq!(told.lines[0].product.as_deref(), Some("prod_1"));
        assert_eq!(told.lines[1].plan.as_deref(), Some("price_2"));
        assert!(told.lines[0].period.is_some() && told.lines[1].period.is_none());
        let untold = bill(json(999));
        assert!(untold.lines.is_empty() && untold.shipping.is_none());
        assert!(untold.subscription.is_some());
    }

    #[tokio::test]
    async fn a_server_that_cannot_expand_payments_is_asked_without() {
        let (listener, url) = listen().await;
        let client = client(url, 0);
        let refusal = r#"{"error":{"message":"Bad expand","type":"invalid_request_error"}}"#;
        let page = r#"{"data":[{"id":"in_1","charge":{"id":"ch_1","amount":1}}]}"#;
        let answers = [http(400, "", refusal), http(200, "", page)];
        let (invoices, requests) =
            tokio::join!(list(&client, "cus_1"), answer_all(&listener, &answers));
        assert!(requests[0].contains("customer=cus_1&expand%5B%5D=data.payments&"), "{requests:?}");
        assert!(requests[1].contains("customer=cus_1&limit=100 "), "{requests:?}");
        assert!(invoices.unwrap()[0].was_paid_by("ch_1", None));
    }

    #[tokio::test]
    async fn payments_and_lines_that_did_not_fit_are_read() {
        let (listener, url) = listen().await;
        let client = client(url, 0);
        let invoices = r#"{"data":[{"id":"in_1","payments":{"data":[],"has_more":true},
            "lines":{"data":[{"id":"il_1","price":{"id":"price_1"}}],"has_more":true}}]}"#;
        let payments = r#"{"data":[{"id":"inpay_1","payment":{"payment_intent":"pi_1"}}]}"#;
        let lines = r#"{"data":[{"id":"il_1","price":"price_1"},{"id":"il_2","price":"price_2"}]}"#;
        let answers = [invoices, payments, lines].map(|page| http(200, "", page));
        let (invoices, requests) =
            tokio::join!(list(&client, "cus_1"), answer_all(&listener, &answers));
        assert!(requests[1].starts_with("GET /v1/invoice_payments?invoice=in_1&"), "{requests:?}");
        assert!(requests[2].starts_with("GET /v1/invoices/in_1/lines?"), "{requests:?}");
        let invoice = invoices.unwrap().remove(0);
        assert!(invoice.was_paid_by("ch_1", Some("pi_1")));
        assert_eq!(invoice.prices().map(WirePrice::id).collect::<Vec<_>>(), ["price_1", "price_2"]);
    }
}
