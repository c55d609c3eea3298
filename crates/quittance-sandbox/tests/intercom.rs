//! The stand-in Intercom over HTTP. Every body is checked against the vendor's description when
//! `QUITTANCE_SPECS` says where that is.

#[cfg(test)]
#[path = "intercom/harness.rs"]
mod harness;

#[cfg(test)]
#[path = "support/intercom_spec.rs"]
mod intercom_spec;

#[cfg(test)]
#[path = "intercom/workspace.rs"]
mod workspace;

#[cfg(test)]
#[path = "intercom/contacts.rs"]
mod contacts;

#[cfg(test)]
#[path = "intercom/conversations.rs"]
mod conversations;

#[cfg(test)]
#[path = "intercom/people.rs"]
mod people;
