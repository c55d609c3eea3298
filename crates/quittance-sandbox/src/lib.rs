//! Stands in for Intercom, Stripe and the model as real HTTP servers.

pub mod delivery;
pub mod intercom;
pub mod model;
pub mod page;
pub mod stripe;
pub mod world;
