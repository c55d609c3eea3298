//! One API call as an endpoint sees it.

use serde_json::Value;

use super::account::Account;
use super::failure::Failure;
use super::params::Params;

/// One API call: the account, what was asked, and the ids in the path.
pub(crate) struct Call<'a> {
    pub(crate) account: &'a mut Account,
    pub(crate) params: Params,
    /// The first id in the path; empty when there is none.
    pub(crate) id: String,
    /// The second id in the path; empty when there is none.
    pub(crate) inner_id: String,
    /// The caller sent the newest `Stripe-Version`, so parameters that it removed are unknown.
    /// Without the header the account's default version applies, which is older.
    pub(crate) is_pinned: bool,
}

/// Carries out one call.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Value, Failure>;
