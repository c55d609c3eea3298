//! Speaks Intercom: API and webhook signatures.
