//! Customers. <https://docs.stripe.com/api/customers>

use std::collections::BTreeMap;

use quittance_core::ids::CustomerId;
use quittance_core::personal::Personal;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::wire::{Entry, id};

/// A customer, as far as it tells who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Stripe's id.
    pub id: CustomerId,
    /// The address on file.
    pub email: Option<Personal>,
    /// What the merchant wrote on the customer; never written by a browser.
    pub metadata: BTreeMap<String, String>,
    /// Whether the customer was deleted. Nothing else is known of them then.
    pub is_deleted: bool,
}

impl Client {
    /// Reads one customer. A deleted one is found, and says so.
    pub async fn customer(&self, customer: &CustomerId) -> Result<Customer, Error> {
        const REQUEST: &str = "read a customer";
        let path = ["v1", "customers", customer.as_str()];
        let wire: WireCustomer = self.get(REQUEST, &path, &[]).await?;
        let found = wire.customer().map_err(|problem| Error::unreadable(REQUEST, problem))?;
        if found.id != *customer {
            return Err(Error::unreadable(REQUEST, "another customer"));
        }
        Ok(found)
    }

    /// Reads every customer with this address, as written and in small letters: Stripe compares
    /// letter by letter, and several customers may share an address.
    pub async fn customers_by_email(&self, email: &str) -> Result<Vec<Customer>, Error> {
        const REQUEST: &str = "list customers";
        let small = email.to_lowercase();
        let mut found = BTreeMap::new();
        for spelling in [email, &small] {
            let query = [("email", spelling)];
            let listed: Vec<WireCustomer> =
                self.list(REQUEST, &["v1", "customers"], &query).await?;
            for wire in listed {
                let customer =
                    wire.customer().map_err(|problem| Error::unreadable(REQUEST, problem))?;
                let has_address = customer
                    .email
                    .as_ref()
                    .is_some_and(|address| address.reveal() == email || address.reveal() == small);
                // A server that overlooks the filter would name everybody.
                if has_address {
                    found.insert(customer.id.clone(), customer);
                }
            }
            if email == small {
                break;
            }
        }
        Ok(found.into_values().collect())
    }
}

#[derive(Debug, Deserialize)]
struct WireCustomer {
    id: String,
    email: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    #[serde(default)]
    deleted: bool,
}

impl Entry for WireCustomer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl WireCustomer {
    fn customer(self) -> Result<Customer, String> {
        Ok(Customer {
            id: id(&self.id)?,
            email: self.email.filter(|email| !email.is_empty()).map(Personal::new),
            metadata: self.metadata.unwrap_or_default(),
            is_deleted: self.deleted,
        })
    }
}
