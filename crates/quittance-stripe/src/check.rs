//! Whether the key may do what Quittance needs, asked before the first customer does.

use std::fmt;

use serde::de::IgnoredAny;

use crate::client::Client;
use crate::error::Error;

/// What is read: its name in an error, and its path.
const NEEDED: [(&str, &str); 8] = [
    ("list customers", "customers"),
    ("list charges", "charges"),
    ("list refunds", "refunds"),
    ("list disputes", "disputes"),
    ("list invoices", "invoices"),
    ("list invoice payments", "invoice_payments"),
    ("list subscriptions", "subscriptions"),
    ("list prices", "prices"),
];

/// What a check of the key found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What the key may not read; nothing if all is well.
    pub missing: Vec<MissingPermission>,
}

/// Something the key may not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPermission {
    /// What was asked, such as `list charges`.
    pub request: &'static str,
    /// The permission, such as `rak_charge_read`, where Stripe named it.
    pub permission: Option<String>,
}

impl fmt::Display for MissingPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permission = self.permission.clone();
        Error::Denied { request: self.request, status: 403, permission }.fmt(f)
    }
}

impl Client {
    /// Reads one entry of everything that is needed, and says all that the key may not read. Fails
    /// when the key is not accepted at all or Stripe does not answer.
    ///
    /// Whether the key may write refunds shows only in a refund: Stripe has no way to ask.
    pub async fn check(&self) -> Result<Checked, Error> {
        let mut missing = Vec::new();
        for (request, resource) in NEEDED {
            match self.get::<IgnoredAny>(request, &["v1", resource], &[("limit", "1")]).await {
                // Stripe has all of these; a stand-in that lacks one refuses when it is needed.
                Ok(IgnoredAny) | Err(Error::Missing { .. }) => {}
                Err(Error::Denied { request, status: 403, permission }) => {
                    missing.push(MissingPermission { request, permission });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Checked { missing })
    }
}

/// The row of the dashboard's table of permissions that grants a permission.
/// <https://docs.stripe.com/keys/restricted-api-keys>
pub(crate) fn row(slug: &str) -> Option<&'static str> {
    let resource = slug.strip_prefix("rak_")?.rsplit_once('_')?.0;
    Some(match resource {
        // One row: a key that can refund can also charge saved cards.
        "charge" | "refund" => "Charges and Refunds",
        "customer" => "Customers",
        "dispute" => "Disputes",
        "invoice" => "Invoices",
        "subscription" => "Subscriptions",
        "price" | "plan" => "Prices",
        "product" => "Products",
        _ => return None,
    })
}
