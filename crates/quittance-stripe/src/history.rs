//! Everything about a customer's payments that a decision may rest on, in a few lists.

use std::cmp::Reverse;

use jiff::Timestamp;
use quittance_core::facts::{Charge, Subscription};
use quittance_core::ids::CustomerId;

use crate::charges::WireCharge;
use crate::client::Client;
use crate::error::Error;
use crate::invoices::{self, WireInvoice};
use crate::prices::Names;
use crate::subscriptions;
use crate::wire::{Entry, Expandable};

const LIST_CHARGES: &str = "list charges";

/// A customer's payments at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Every charge, newest first, with refunds, disputes, billing and plans.
    pub charges: Vec<Charge>,
    /// Every subscription, newest first.
    pub subscriptions: Vec<Subscription>,
    /// When Stripe said so, by its own clock; nothing if it did not tell the time.
    pub as_of: Option<Timestamp>,
}

impl Client {
    /// Reads a customer's charges, subscriptions and invoices and puts them together.
    ///
    /// Three lists are read at once, and then disputes of the charges that are disputed, refunds of
    /// the charges that have many, and names of prices that did not come along.
    pub async fn history(&self, customer: &CustomerId) -> Result<History, Error> {
        let query = [("customer", customer.as_str()), ("expand[]", "data.refunds")];
        let (wires, invoices, subscriptions) = tokio::try_join!(
            self.list::<WireCharge>(LIST_CHARGES, &["v1", "charges"], &query),
            invoices::list(self, customer.as_str()),
            subscriptions::list(self, customer.as_str()),
        )?;
        let as_of = self.last_date();
        let bought = invoices.iter().flat_map(WireInvoice::prices);
        let subscribed = subscriptions.iter().flat_map(subscriptions::WireSubscription::prices);
        let names = Names::of(self, bought.chain(subscribed)).await?;

        let mut charges = Vec::with_capacity(wires.len());
        for wire in &wires {
            let charge = self.with_refunds(wire).await?;
            if charge.customer.as_ref() != Some(customer) {
                return Err(Error::unreadable(LIST_CHARGES, "a charge of another customer"));
            }
            let billed = billed(charge, wire, &invoices, &names);
            charges.push(billed.map_err(|problem| Error::unreadable(LIST_CHARGES, problem))?);
        }
        charges.sort_by_key(|charge| Reverse(charge.created));

        let subscriptions: Result<Vec<Subscription>, String> =
            subscriptions.iter().map(|wire| wire.subscription(&names)).collect();
        let mut subscriptions =
            subscriptions.map_err(|problem| Error::unreadable("list subscriptions", problem))?;
        subscriptions.sort_by_key(|subscription| Reverse(subscription.created));
        Ok(History { charges, subscriptions, as_of })
    }

    /// The charge with its refunds and disputes, asking again only for what did not come along.
    async fn with_refunds(&self, wire: &WireCharge) -> Result<Charge, Error> {
        let odd = |problem| Error::unreadable(LIST_CHARGES, problem);
        let mut charge = wire.charge().map_err(odd)?;
        charge.refunds = match &wire.refunds {
            Some(refunds) if !refunds.has_more => {
                let refunds: Result<_, String> =
                    refunds.data.iter().map(super::refunds::WireRefund::refund).collect();
                refunds.map_err(odd)?
            }
            // Without a list, a charge of which nothing was given back has none worth asking for.
            None if charge.refunded.is_zero() => Vec::new(),
            Some(_) | None => self.refunds_of(&charge.id).await?,
        };
        if charge.is_disputed {
            charge.disputes = self.disputes_of(&charge.id).await?;
        }
        Ok(charge)
    }
}

/// Adds what the charge was for.
fn billed(
    charge: Charge,
    wire: &WireCharge,
    invoices: &[WireInvoice],
    names: &Names,
) -> Result<Charge, String> {
    let intent = charge.payment_intent.as_ref().map(ToString::to_string);
    let named = wire.invoice.as_ref().map(Expandable::id);
    let invoice = invoices.iter().find(|invoice| {
        named == Some(invoice.id()) || invoice.was_paid_by(charge.id.as_str(), intent.as_deref())
    });
    match invoice {
        Some(invoice) => {
            let bill = invoice.bill(charge.amount, names)?;
            let plans = names.plans(invoice.prices());
            Ok(Charge { billing: invoice.billing(), plans, bill, ..charge })
        }
        None => Ok(charge),
    }
}
