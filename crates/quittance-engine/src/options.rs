//! The engine's settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use quittance_core::guard::Mode;
use quittance_core::ids::TeamId;
use quittance_core::limits::{Caps, Limits};
use quittance_core::money::{Currency, Money};
use quittance_core::reason::Reason;
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};

use crate::error::Error;
use crate::language;

mod approval;
mod follow_up;
mod office;

pub use approval::ApprovalOptions;
pub use follow_up::FollowUpOptions;
pub use office::Office;

/// How cases are worked on.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How much the agent may do on its own: `watch`, `propose` or `act`.
    pub mode: Mode,
    /// How long a conversation must be quiet before it is answered, in milliseconds, so that several
    /// short messages get one answer.
    pub quiet_ms: u64,
    /// How many cases are worked on at once.
    pub cases_at_once: u32,
    /// How long a worker may work on a case before another may take it, in milliseconds. Longer than
    /// a turn with the model and a refund together.
    pub lease_ms: u64,
    /// How long what was said to Intercom without an answer may still arrive, in milliseconds. Before that
    /// it is looked for and not said again.
    pub unanswered_ms: u64,
    /// The language of answers when the customer's is not known or has no replies.
    pub default_language: String,
    /// How many questions and other words of the model's own the customer gets in a row before a person
    /// takes over.
    pub most_questions: u32,
    /// The Intercom team that gets handed-over conversations; nobody in particular without it.
    #[serde(deserialize_with = "team")]
    pub team: Option<TeamId>,
    /// The teams for some reasons and languages only. The first that fits gets the conversation, and
    /// `team` where none does.
    pub teams: Vec<TeamRule>,
    /// The key in a Stripe customer's metadata that holds the contact's external id.
    pub stripe_metadata_key: String,
    /// The Intercom contact attribute that holds the Stripe customer id. It is used only while
    /// Intercom says that the Messenger cannot write it.
    pub contact_attribute: String,
    /// What happens when a customer does not answer.
    pub follow_up: FollowUpOptions,
    /// Who approves what the agent may not do by itself.
    pub approvals: ApprovalOptions,
    /// When people are there who take conversations over; always, without it.
    pub office: Option<Office>,
    /// Whether messages with card numbers are blanked in Intercom too, for good and for everybody.
    pub redact_cards_in_intercom: bool,
    /// What stops money. Its own section of the configuration, `[stop]`.
    #[serde(skip)]
    pub stop: StopOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::Act,
            quiet_ms: 3_000,
            cases_at_once: 16,
            lease_ms: 240_000,
            unanswered_ms: 600_000,
            default_language: "en".to_owned(),
            most_questions: 3,
            team: None,
            teams: Vec::new(),
            stripe_metadata_key: "intercom_external_id".to_owned(),
            contact_attribute: "stripe_customer_id".to_owned(),
            follow_up: FollowUpOptions::default(),
            approvals: ApprovalOptions::default(),
            office: None,
            redact_cards_in_intercom: false,
            stop: StopOptions::default(),
        }
    }
}

/// A team for some of the conversations that are handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRule {
    /// The Intercom team.
    pub team: TeamId,
    /// For refunds that were proposed for these reasons; all of them, and none, if there are none here.
    pub reasons: Vec<Reason>,
    /// For customers who write in these languages, by their codes; all if there are none here.
    pub languages: Vec<String>,
}

impl TeamRule {
    /// Whether it is for a case of this reason and language.
    pub(crate) fn fits(&self, reason: Option<Reason>, language: Option<&str>) -> bool {
        let is_reason = reason.is_some_and(|reason| self.reasons.contains(&reason));
        let is_language = language.is_some_and(|code| self.languages.iter().any(|it| it == code));
        (self.reasons.is_empty() || is_reason) && (self.languages.is_empty() || is_language)
    }
}

impl<'de> Deserialize<'de> for TeamRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(deserialize_with = "team")]
            team: Option<TeamId>,
            #[serde(default)]
            reasons: Vec<Reason>,
            #[serde(default)]
            languages: Vec<String>,
        }
        let Written { team, reasons, languages } = Written::deserialize(deserializer)?;
        let team = team.ok_or_else(|| D::Error::missing_field("team"))?;
        if reasons.is_empty() && languages.is_empty() {
            let message = format!(
                "team {team} has neither `reasons` nor `languages`: write it as `engine.team`"
            );
            return Err(D::Error::custom(message));
        }
        if let Some(unknown) = languages.iter().find(|code| !language::is_known(code)) {
            let expected = "the code of a language without its region, such as \"fr\"";
            return Err(D::Error::invalid_value(Unexpected::Str(unknown), &expected));
        }
        Ok(Self { team, reasons, languages })
    }
}

/// What stops money besides the switch.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopOptions {
    /// Money stops while this file is there or cannot be checked.
    pub file: Option<PathBuf>,
    /// Money stops when refunds reach this share of a day's budget in a currency, in percent. 0 never
    /// does.
    #[serde(deserialize_with = "percent")]
    pub at_share_of_day: u8,
}

impl Default for StopOptions {
    fn default() -> Self {
        Self { file: None, at_share_of_day: 80 }
    }
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let percent = u8::deserialize(deserializer)?;
    if percent > 100 {
        return Err(D::Error::custom(format!("{percent} is no share: give 0 to 100 percent")));
    }
    Ok(percent)
}

/// Reads a team's id, which looks like a number and may be written as one.
fn team<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TeamId>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    let text = match Option::<Written>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Written::Number(number)) => number.to_string(),
        Some(Written::Text(text)) => text,
    };
    text.parse().map(Some).map_err(D::Error::custom)
}

/// The ceilings above every policy, as they are written: amounts are decimals in quotes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitOptions {
    /// How many refunds may leave in one hour, in all currencies together.
    #[serde(default = "refunds_per_hour")]
    pub refunds_per_hour: u32,
    /// The ceilings of each currency, by its code.
    #[serde(default)]
    pub currencies: BTreeMap<Currency, CapOptions>,
}

impl Default for LimitOptions {
    fn default() -> Self {
        Self { refunds_per_hour: refunds_per_hour(), currencies: BTreeMap::new() }
    }
}

fn refunds_per_hour() -> u32 {
    30
}

/// The ceilings in one currency.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapOptions {
    /// For one refund.
    pub per_refund: String,
    /// For all refunds of one charge.
    pub per_charge: String,
    /// For one customer, for one card and for one e-mail address, in a calendar month (UTC).
    pub per_customer_month: String,
    /// For one day (UTC).
    pub per_day: String,
    /// For one calendar month (UTC).
    pub per_month: String,
    /// For one day (UTC), by reason: `goodwill = "100.00"`. A reason without an entry has no ceiling of
    /// its own.
    #[serde(default)]
    pub per_reason_day: BTreeMap<Reason, String>,
}

impl LimitOptions {
    /// Reads the amounts.
    pub fn limits(&self) -> Result<Limits, Error> {
        let currencies =
            self.currencies.iter().map(|(&currency, caps)| Ok((currency, caps.read(currency)?)));
        Ok(Limits {
            refunds_per_hour: self.refunds_per_hour,
            currencies: currencies.collect::<Result<_, Error>>()?,
        })
    }
}

impl CapOptions {
    fn read(&self, currency: Currency) -> Result<Caps, Error> {
        let read = |name: &str, text: &str| {
            Money::from_decimal(text, currency).map_err(|error| Error::Setting {
                setting: format!("limits.currencies.{currency}.{name}"),
                problem: format!(
                    "cannot be read: {error}; write a plain decimal such as \"100.00\""
                ),
            })
        };
        let by_reason = self.per_reason_day.iter().map(|(&reason, text)| {
            Ok((reason, read(&format!("per_reason_day.{}", reason.name()), text)?))
        });
        Ok(Caps {
            per_reason_day: by_reason.collect::<Result<_, Error>>()?,
            per_refund: read("per_refund", &self.per_refund)?,
            per_charge: read("per_charge", &self.per_charge)?,
            per_customer_month: read("per_customer_month", &self.per_customer_month)?,
            per_day: read("per_day", &self.per_day)?,
            per_month: read("per_month", &self.per_month)?,
        })
    }
}
