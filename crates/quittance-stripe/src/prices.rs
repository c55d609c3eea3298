//! What a price is called. <https://docs.stripe.com/api/prices>

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::wire::Expandable;

/// Prices that are looked up one by one at most, for one customer.
const MOST_LOOKED_UP: usize = 50;

/// A price as Stripe writes it: an id, or the whole object.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum WirePrice {
    Id(String),
    Object(Price),
}

/// The parts of a price, or of a plan from before prices, that name it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Price {
    id: String,
    lookup_key: Option<String>,
    nickname: Option<String>,
    product: Option<Expandable>,
}

impl WirePrice {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(price) => &price.id,
        }
    }

    /// The product, where the whole object came along.
    pub(crate) fn product(&self) -> Option<&str> {
        match self {
            Self::Id(_) => None,
            Self::Object(price) => price.product.as_ref().map(Expandable::id),
        }
    }
}

impl Price {
    /// The lookup key, else the nickname, else the id.
    fn name(&self) -> &str {
        let names = [&self.lookup_key, &self.nickname];
        let given = names.into_iter().flatten().find(|name| !name.trim().is_empty());
        given.unwrap_or(&self.id)
    }
}

/// The names of the prices that one customer has to do with.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    /// Collects the names that came along with whole objects and looks the others up.
    pub(crate) async fn of<'a>(
        client: &Client,
        prices: impl Iterator<Item = &'a WirePrice>,
    ) -> Result<Self, Error> {
        const REQUEST: &str = "read a price";
        let mut names = Self::default();
        let mut bare = BTreeSet::new();
        for price in prices {
            match price {
                WirePrice::Id(id) => {
                    bare.insert(id.as_str());
                }
                WirePrice::Object(price) => names.add(price),
            }
        }
        bare.retain(|id| !names.0.contains_key(*id));
        if bare.len() > MOST_LOOKED_UP {
            return Err(Error::TooMuch { request: REQUEST, bound: MOST_LOOKED_UP });
        }
        for id in bare {
            match client.get::<Price>(REQUEST, &["v1", "prices", id], &[]).await {
                Ok(price) => names.add(&price),
                // A deleted price goes by its id.
                Err(Error::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(names)
    }

    /// The names of some prices, each once, in order.
    pub(crate) fn plans<'a>(&self, prices: impl Iterator<Item = &'a WirePrice>) -> Vec<String> {
        let mut plans = Vec::new();
        for price in prices {
            let name = self.0.get(price.id()).map_or(price.id(), String::as_str);
            if !plans.iter().any(|plan| plan == name) {
                plans.push(name.to_owned());
            }
        }
        plans
    }

    fn add(&mut self, price: &Price) {
        self.0.insert(price.id.clone(), price.name().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::{answer_all, client, http, listen};

    #[test]
    fn a_price_is_called_by_its_lookup_key_then_nickname_then_id() {
        let name = |json: serde_json::Value| Price::deserialize(&json).unwrap().name().to_owned();
        let json = |key: &str, nickname: &str| serde_json::json!({"id": "price_1", "lookup_key": key, "nickname": nickname});
        assert_eq!(name(json("pro-monthly", "Pro")), "pro-monthly");
        assert_eq!(name(json("", "Pro")), "Pro");
        assert_eq!(name(serde_json::json!({"id": "price_1", "nickname": null})), "price_1");
    }

    #[tokio::test]
    async fn only_names_that_did_not_come_along_are_looked_up() {
        let (listener, url) = listen().await;
        let client = client(url, 0);
        let whole = serde_json::json!({"id": "price_1", "lookup_key": "pro"});
        let prices = [
            WirePrice::Id("price_1".to_owned()),
            WirePrice::Object(Price::deserialize(&whole).unwrap()),
            WirePrice::Id("price_2".to_owned()),
            WirePrice::Id("price_3".to_owned()),
        ];
        let answers = [
            http(200, "", r#"{"id":"price_2","nickname":"Max"}"#),
            http(404, "", r#"{"error":{"type":"invalid_request_error"}}"#),
        ];
        let (names, requests) =
            tokio::join!(Names::of(&client, prices.iter()), answer_all(&listener, &answers));
        assert!(requests[0].starts_with("GET /v1/prices/price_2 "), "{requests:?}");
        assert!(requests[1].starts_with("GET /v1/prices/price_3 "), "{requests:?}");
        assert_eq!(names.unwrap().plans(prices.iter()), ["pro", "Max", "price_3"]);
    }
}
