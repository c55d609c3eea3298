//! Subscriptions. <https://docs.stripe.com/api/subscriptions>

use quittance_core::facts::Subscription;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::prices::{Names, WirePrice};
use crate::wire::{Entry, List, id, instant};

/// Lists every subscription of a customer, ended ones too, with all of their items.
pub(crate) async fn list(client: &Client, customer: &str) -> Result<Vec<WireSubscription>, Error> {
    let query = [("customer", customer), ("status", "all")];
    let mut listed: Vec<WireSubscription> =
        client.list("list subscriptions", &["v1", "subscriptions"], &query).await?;
    for subscription in listed.iter_mut().filter(|subscription| subscription.items.has_more) {
        let query = [("subscription", subscription.id.as_str())];
        let path = ["v1", "subscription_items"];
        subscription.items.data = client.list("list subscription items", &path, &query).await?;
    }
    Ok(listed)
}

/// A subscription as Stripe writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct WireSubscription {
    id: String,
    status: String,
    created: Option<i64>,
    start_date: Option<i64>,
    #[serde(default)]
    cancel_at_period_end: bool,
    cancel_at: Option<i64>,
    trial_end: Option<i64>,
    #[serde(default = "no_items")]
    items: List<WireItem>,
    /// Before 2025-03-31 the period stood here and not on the items.
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
    /// Before prices a subscription had one plan.
    plan: Option<WirePrice>,
}

fn no_items() -> List<WireItem> {
    List { data: Vec::new(), has_more: false }
}

impl Entry for WireSubscription {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Debug, Deserialize)]
struct WireItem {
    id: String,
    price: Option<WirePrice>,
    plan: Option<WirePrice>,
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

impl Entry for WireItem {
    fn id(&self) -> &str {
        &self.id
    }
}

impl WireSubscription {
    /// Every price on it.
    pub(crate) fn prices(&self) -> impl Iterator<Item = &WirePrice> {
        let items =
            self.items.data.iter().filter_map(|item| item.price.as_ref().or(item.plan.as_ref()));
        items.chain(self.plan.as_ref().filter(|_| self.items.data.is_empty()))
    }

    /// The subscription in our words. Items may have periods of their own: the earliest beginning
    /// and the latest end count.
    pub(crate) fn subscription(&self, names: &Names) -> Result<Subscription, String> {
        let items = &self.items.data;
        let start = items.iter().filter_map(|item| item.current_period_start).min();
        let end = items.iter().filter_map(|item| item.current_period_end).max();
        let (start, end) = (start.or(self.current_period_start), end.or(self.current_period_end));
        let created = self.created.or(self.start_date).ok_or("a subscription without a start")?;
        let ends_early = self.cancel_at.is_some_and(|at| end.is_none_or(|end| at <= end));
        Ok(Subscription {
            id: id(&self.id)?,
            status: self.status.clone(),
            created: instant(created)?,
            plans: names.plans(self.prices()),
            period_start: start.map(instant).transpose()?,
            period_end: end.map(instant).transpose()?,
            is_canceling: self.cancel_at_period_end || ends_early,
            trial_end: self.trial_end.map(instant).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::{answer_all, client, http, listen};

    fn read(json: &serde_json::Value) -> Subscription {
        WireSubscription::deserialize(json).unwrap().subscription(&Names::default()).unwrap()
    }

    #[test]
    fn the_period_spans_the_items_and_else_stands_at_the_top() {
        let new = read(&serde_json::json!({
            "id": "sub_1", "status": "active", "created": 1, "items": {"data": [
                {"id": "si_1", "price": {"id": "price_1"}, "current_period_start": 10, "current_period_end": 20},
                {"id": "si_2", "price": "price_2", "current_period_start": 5, "current_period_end": 15},
            ]}, "cancel_at": 30,
        }));
        assert_eq!(new.plans, ["price_1", "price_2"]);
        assert_eq!(new.period_start.unwrap().as_second(), 5);
        assert_eq!(new.period_end.unwrap().as_second(), 20);
        assert!(!new.is_canceling);
        let old = read(&serde_json::json!({
            "id": "sub_1", "status": "newly_invented", "start_date": 1, "plan": {"id": "gold"},
            "current_period_start": 10, "current_period_end": 20, "cancel_at": 20,
        }));
        assert_eq!((old.plans, old.status.as_str()), (vec!["gold".to_owned()], "newly_invented"));
        assert_eq!(old.period_end.unwrap().as_second(), 20);
        assert!(old.is_canceling);
    }

    #[tokio::test]
    async fn items_that_did_not_fit_are_read() {
        let (listener, url) = listen().await;
        let client = client(url, 0);
        let page = r#"{"data":[{"id":"sub_1","status":"active","created":1,
            "items":{"data":[{"id":"si_1","price":"price_1"}],"has_more":true}}]}"#;
        let items = r#"{"data":[{"id":"si_1","price":"price_1"},{"id":"si_2","price":"price_2"}]}"#;
        let answers = [page, items].map(|page| http(200, "", page));
        let (listed, requests) =
            tokio::join!(list(&client, "cus_1"), answer_all(&listener, &answers));
        assert!(requests[0].contains("?customer=cus_1&status=all&"), "{requests:?}");
        assert!(
            requests[1].starts_with("GET /v1/subscription_items?subscription=sub_1&"),
            "{requests:?}"
        );
        let prices: Vec<_> = listed.as_ref().unwrap()[0].prices().map(WirePrice::id).collect();
        assert_eq!(prices, ["price_1", "price_2"]);
    }
}
