//! Every dispute of an account. <https://docs.stripe.com/api/disputes>

use jiff::Timestamp;
use quittance_core::ids::{ChargeId, DisputeId};
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::wire::{Expandable, List, id, reference};

/// How many disputes one page holds, the most Stripe gives.
const PAGE: &str = "100";

/// One page of the charges that were disputed, the newest dispute first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The charges, one for each dispute or inquiry.
    pub charges: Vec<ChargeId>,
    /// The last dispute of the page, if more follow after it.
    pub next: Option<DisputeId>,
}

impl Client {
    /// Reads one page of all disputes and inquiries that were opened since an instant, after the dispute
    /// `after`. <https://docs.stripe.com/api/disputes/list>
    pub async fn disputed_since(
        &self,
        since: Timestamp,
        after: Option<&DisputeId>,
    ) -> Result<Page, Error> {
        const REQUEST: &str = "list all disputes";
        let since = since.as_second().max(0).to_string();
        let mut query = vec![("created[gte]", since.as_str()), ("limit", PAGE)];
        query.extend(after.map(|after| ("starting_after", after.as_str())));
        let page: List<WireDisputed> = self.get(REQUEST, &["v1", "disputes"], &query).await?;
        page.read().map_err(|problem| Error::unreadable(REQUEST, problem))
    }
}

/// A dispute as Stripe writes it.
#[derive(Debug, Deserialize)]
struct WireDisputed {
    id: String,
    charge: Option<Expandable>,
}

impl List<WireDisputed> {
    fn read(&self) -> Result<Page, String> {
        let next = match self.data.last() {
            Some(last) if self.has_more => Some(id(&last.id)?),
            None if self.has_more => return Err("an empty page that says more follows".to_owned()),
            Some(_) | None => None,
        };
        let charges = self.data.iter().filter_map(|one| reference(one.charge.as_ref()).transpose());
        Ok(Page { charges: charges.collect::<Result<_, _>>()?, next })
    }
}
