//! What can go wrong with a step.

use quittance_core::ids::InvalidId;
use quittance_core::money::MoneyError;
use quittance_core::record::Broken;

/// A failure of the engine. A step that fails is done again later; after several failures a person
/// gets the conversation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] quittance_store::Error),
    /// Stripe failed.
    #[error("Stripe failed")]
    Stripe(#[from] quittance_stripe::Error),
    /// Intercom failed.
    #[error("Intercom failed")]
    Intercom(#[from] quittance_intercom::Error),
    /// The model failed.
    #[error("the model failed")]
    Model(#[from] quittance_agent::Error),
    /// The policy's sections could not be searched.
    #[error("the policy could not be searched")]
    Knowledge(#[from] quittance_knowledge::Error),
    /// An amount did not add up.
    #[error("an amount does not add up")]
    Money(#[from] MoneyError),
    /// A vendor's id is not one.
    #[error("an id cannot be read")]
    Id(#[from] InvalidId),
    /// The log does not verify, so nothing is carried out from it.
    #[error("the action log is broken")]
    Log(#[from] Broken),
    /// A setting does not fit.
    #[error("the setting `{setting}` {problem}")]
    Setting {
        /// The setting's name in the configuration.
        setting: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// What the store holds and what the log says differ.
    #[error("the intent of decision {0} is not what its log entry says")]
    IntentDiffers(String),
    /// There are more refunds than one comparison holds.
    #[error("there are more than {0} refunds of ours to compare at Stripe: choose a shorter time")]
    TooManyRefunds(usize),
    /// Money cannot move again while the stop file is there or cannot be checked.
    #[error("{why}: remove the file first, or make its folder readable")]
    StopFile {
        /// What is wrong with it.
        why: String,
    },
    /// A step went round too often.
    #[error("the step did not come to an end")]
    Endless,
}
