//! A scenario as its file says it: who the customer is, what Stripe holds, what is said and done, and what
//! must and must not come of it.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use jiff::SignedDuration;
use quittance_core::money::Money;
use serde::{Deserialize, Deserializer};

/// What a scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// When the agent speaks, and when it is silent.
    Timing,
    /// Who the customer is.
    Identity,
    /// What may be proposed.
    Proposals,
    /// How a person takes over.
    HandingOver,
    /// What the agent may do by itself, and what a person approves.
    Modes,
    /// What happens after a refund.
    Afterwards,
    /// What is taken out of what people write.
    TextSafety,
    /// How the model is run.
    Model,
    /// Who means harm.
    Adversaries,
    /// The customer's language.
    Languages,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 10] = [
        Self::Timing,
        Self::Identity,
        Self::Proposals,
        Self::HandingOver,
        Self::Modes,
        Self::Afterwards,
        Self::TextSafety,
        Self::Model,
        Self::Adversaries,
        Self::Languages,
    ];

    /// The name in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timing => "timing",
            Self::Identity => "identity",
            Self::Proposals => "proposals",
            Self::HandingOver => "handing-over",
            Self::Modes => "modes",
            Self::Afterwards => "afterwards",
            Self::TextSafety => "text-safety",
            Self::Model => "model",
            Self::Adversaries => "adversaries",
            Self::Languages => "languages",
        }
    }
}

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without its ending.
    #[serde(skip)]
    pub name: String,
    /// What it shows, in a sentence.
    pub title: String,
    /// What it is about.
    pub about: BTreeSet<Subject>,
    /// Which complaints about today's agents it answers, by their names in `complaints.toml`.
    #[serde(default)]
    pub complaints: BTreeSet<String>,
    /// A policy of its own, as markdown; the one the run goes by without it.
    pub policy: Option<String>,
    /// Settings of `[engine]` that differ from the defaults.
    #[serde(default)]
    pub engine: toml::Table,
    /// The ceilings, as in `[limits]`; generous ones without it.
    pub limits: Option<toml::Table>,
    /// What is unusual about the workspace.
    #[serde(default)]
    pub workspace: Workspace,
    /// Who writes.
    pub customer: Customer,
    /// What they paid, the oldest first.
    #[serde(default)]
    pub payments: Vec<Payment>,
    /// What is said and done, in order.
    pub talk: Vec<Step>,
    /// Everything the agent gave back, when all is over.
    #[serde(deserialize_with = "amounts")]
    pub refunds: Vec<Money>,
    /// How the conversation stands when all is over.
    pub ends: Standing,
    /// What the customer is never told.
    #[serde(default)]
    pub never_said: Vec<String>,
}

/// What is unusual about a workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workspace {
    /// Whether the Messenger insists on signed users.
    pub identity_verification: bool,
    /// How often each webhook comes.
    pub webhooks_come: u32,
}

impl Default for Workspace {
    fn default() -> Self {
        Self { identity_verification: true, webhooks_come: 1 }
    }
}

/// Who writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The full name.
    pub name: String,
    /// The address; one made from the name without it.
    pub email: Option<String>,
    /// The language that Intercom knows, such as `fr`.
    #[serde(default = "english")]
    pub language: String,
    /// How they come.
    #[serde(default)]
    pub comes: Way,
}

fn english() -> String {
    "en".to_owned()
}

/// How a customer comes, and what is known of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Signed in, in the Messenger; Stripe's customer names them.
    #[default]
    SignedIn,
    /// Signed in, and an attribute that no browser can write names Stripe's customer.
    SignedInByAttribute,
    /// Signed in, and nothing ties them to a customer at Stripe.
    SignedInUnknown,
    /// Not signed in, in the Messenger.
    Visitor,
    /// By e-mail.
    ByEmail,
}

/// Payments for one thing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The plan of a subscription; a purchase without it.
    pub plan: Option<String>,
    /// What a purchase was for.
    pub item: Option<String>,
    /// How long the plan runs for a payment: `month` or `year`.
    #[serde(default = "month")]
    pub every: String,
    /// How much.
    #[serde(deserialize_with = "amount")]
    pub amount: Money,
    /// How many days ago it was paid; for a subscription the renewals too, the oldest first.
    #[serde(deserialize_with = "one_or_several")]
    pub days_ago: Vec<i64>,
    /// The same amount was taken again so many hours after the last payment.
    pub again_after_hours: Option<i64>,
    /// So much of the last payment was given back by hand.
    #[serde(default, deserialize_with = "some_amount")]
    pub given_back: Option<Money>,
    /// The last payment is disputed at the bank.
    #[serde(default)]
    pub disputed: bool,
    /// The last four digits of the card.
    pub card: Option<String>,
}

fn month() -> String {
    "month".to_owned()
}

/// Something that is said or done, and what must be so afterwards.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct Step {
    /// What is said or done.
    pub act: Act,
    /// What must be so when everything has come to rest.
    pub then: Then,
}

/// What is said or done.
#[derive(Clone, Debug)]
pub enum Act {
    /// The customer writes, each message a second after the one before.
    Says(Vec<String>),
    /// The customer writes, and again while the model is at work.
    SaysWhileThinking {
        /// What they write first.
        first: String,
        /// What they write then.
        then: String,
    },
    /// The customer opens another conversation.
    SaysElsewhere(String),
    /// A teammate answers.
    Teammate(String),
    /// A teammate writes a note.
    Note(String),
    /// Intercom's operator says something.
    Bot(String),
    /// Intercom's own agent answers.
    Fin(String),
    /// Intercom's own agent gives the conversation to people, with these words.
    FinGivesUp(String),
    /// A teammate does something.
    Does(Deed),
    /// A bank or the card's network does something.
    Bank(Bank),
    /// Nothing, for a while.
    Wait(SignedDuration),
}

/// What a teammate does without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Takes the conversation.
    Takes,
    /// Closes it.
    Closes,
    /// Puts it off.
    Snoozes,
}

/// What a bank does about the agent's last refund, or the customer's last payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bank {
    /// Sends the refund back.
    SendsRefundBack,
    /// Disputes the payment.
    DisputesPayment,
}

/// A step as it is written: one of many keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    customer: Option<OneOrSeveral<String>>,
    while_thinking: Option<String>,
    elsewhere: Option<String>,
    teammate: Option<String>,
    note: Option<String>,
    bot: Option<String>,
    fin: Option<String>,
    fin_gives_up: Option<String>,
    teammate_does: Option<Deed>,
    bank: Option<Bank>,
    wait: Option<SignedDuration>,
    then: Then,
}

/// What must be so after a step. Replies and notes are those that came since the step before.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Then {
    /// How many replies there were.
    pub replies: Option<usize>,
    /// What stands in them.
    pub says: Vec<String>,
    /// What does not.
    pub says_not: Vec<String>,
    /// How many notes there were.
    pub notes: Option<usize>,
    /// What stands in them.
    pub note_says: Vec<String>,
    /// What does not.
    pub note_says_not: Vec<String>,
    /// Everything the agent has given back by now.
    #[serde(deserialize_with = "some_amounts")]
    pub refunds: Option<Vec<Money>>,
    /// How the conversation stands.
    pub stands: Option<Standing>,
    /// How often the model was asked at most.
    pub model_calls: Option<u64>,
}

/// How a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Open, and with nobody but the agent.
    Open,
    /// With a team.
    WithTeam,
    /// With a teammate.
    WithTeammate,
    /// Put off.
    Snoozed,
    /// Closed.
    Closed,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::WithTeam => "with a team",
            Self::WithTeammate => "with a teammate",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        })
    }
}

impl TryFrom<Written> for Step {
    type Error = anyhow::Error;

    fn try_from(written: Written) -> anyhow::Result<Self> {
        let Written { customer, while_thinking, then, .. } = written;
        let says = match (customer.map(Vec::from), while_thinking) {
            (Some(texts), None) => Some(Act::Says(texts)),
            (Some(texts), Some(then)) => {
                let [first] = texts.as_slice() else {
                    bail!("`while_thinking` goes with one message of the customer");
                };
                Some(Act::SaysWhileThinking { first: first.clone(), then })
            }
            (None, Some(_)) => bail!("`while_thinking` goes with what the `customer` says first"),
            (None, None) => None,
        };
        let acts = [
            says,
            written.elsewhere.map(Act::SaysElsewhere),
            written.teammate.map(Act::Teammate),
            written.note.map(Act::Note),
            written.bot.map(Act::Bot),
            written.fin.map(Act::Fin),
            written.fin_gives_up.map(Act::FinGivesUp),
            written.teammate_does.map(Act::Does),
            written.bank.map(Act::Bank),
            written.wait.map(Act::Wait),
        ];
        let mut acts = acts.into_iter().flatten();
        match (acts.next(), acts.next()) {
            (Some(act), None) => Ok(Self { act, then }),
            (None, _) => bail!(
                "a step needs one of customer, elsewhere, teammate, note, bot, fin, fin_gives_up, teammate_does, \
                 bank, wait"
            ),
            (Some(_), Some(_)) => bail!("a step says or does one thing; write two steps"),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrSeveral<T> {
    One(T),
    Several(Vec<T>),
}

impl<T> From<OneOrSeveral<T>> for Vec<T> {
    fn from(written: OneOrSeveral<T>) -> Self {
        match written {
            OneOrSeveral::One(one) => vec![one],
            OneOrSeveral::Several(several) => several,
        }
    }
}

fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    OneOrSeveral::deserialize(deserializer).map(Vec::from)
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    money(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn some_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Money>, D::Error> {
    amount(deserializer).map(Some)
}

fn amounts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Money>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let amounts = texts.iter().map(|text| money(text)).collect::<anyhow::Result<_>>();
    amounts.map_err(serde::de::Error::custom)
}

fn some_amounts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Money>>, D::Error> {
    amounts(deserializer).map(Some)
}

/// Reads an amount such as `49.00 USD`.
fn money(text: &str) -> anyhow::Result<Money> {
    let (number, currency) = text
        .split_once(' ')
        .with_context(|| format!("{text:?} is no amount: write one like \"49.00 USD\""))?;
    let currency =
        currency.parse().with_context(|| format!("{currency:?} in {text:?} is no currency"))?;
    Money::from_decimal(number, currency).with_context(|| format!("{text:?} is no amount"))
}
