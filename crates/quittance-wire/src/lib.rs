//! One HTTP exchange, and what is certain afterwards.
//!
//! Every client of a vendor sends through a [`Wire`]. It sends a request once, follows no redirect,
//! repeats nothing, reads a bounded answer, and says of a failure whether the request can have
//! arrived. A wire leads over the network, or to a server in the same process.

mod address;
mod broken;
mod date;
mod wire;

pub use address::base_url;
pub use broken::Broken;
pub use date::LastDate;
pub use wire::{Answer, Near, Wire};

pub use reqwest::{Method, Request, StatusCode, Url};
