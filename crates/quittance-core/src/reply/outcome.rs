//! What there is to be told, and what each telling must say.

/// A sentence of the company's: one for each way in which a matter may come out, and one to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Who is speaking.
    Introduction,
    /// A refund was made, and Stripe has not said yet that it succeeded.
    RefundSubmitted,
    /// Stripe says that a refund succeeded.
    RefundSucceeded,
    /// The policy refuses.
    Refused,
    /// Everything was given back before.
    AlreadyRefunded,
    /// A person has the conversation.
    HandedOver,
    /// A person has the conversation, since the customer asked for one.
    AskedForPerson,
    /// A person has the conversation, since nobody signed who the customer is.
    NotVerified,
    /// The bank sent a refund back.
    RefundFailed,
    /// What the policy says.
    Quoted,
    /// A person will have the conversation, once the office is open.
    HandedOverLater,
    /// Nobody has answered a question of ours.
    Reminder,
    /// A person was asked to approve a refund.
    InReview,
    /// A person has decided against it.
    Declined,
    /// A card number was taken out of what the customer wrote.
    CardRemoved,
}

impl Outcome {
    /// Every outcome, in the order in which the shipped files have them.
    pub const ALL: [Self; 15] = [
        Self::Introduction,
        Self::RefundSubmitted,
        Self::RefundSucceeded,
        Self::Refused,
        Self::AlreadyRefunded,
        Self::HandedOver,
        Self::AskedForPerson,
        Self::NotVerified,
        Self::RefundFailed,
        Self::Quoted,
        Self::HandedOverLater,
        Self::Reminder,
        Self::InReview,
        Self::Declined,
        Self::CardRemoved,
    ];

    /// The heading above its text.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Introduction => "Introduction",
            Self::RefundSubmitted => "Refund submitted",
            Self::RefundSucceeded => "Refund succeeded",
            Self::Refused => "Refused",
            Self::AlreadyRefunded => "Already refunded",
            Self::HandedOver => "Handed over",
            Self::AskedForPerson => "Asked for a person",
            Self::NotVerified => "Not verified",
            Self::RefundFailed => "Refund failed",
            Self::Quoted => "Quoted",
            Self::HandedOverLater => "Handed over later",
            Self::Reminder => "Reminder",
            Self::InReview => "In review",
            Self::Declined => "Declined",
            Self::CardRemoved => "Card removed",
        }
    }

    /// What its text must say.
    pub fn must_say(self) -> &'static [Placeholder] {
        match self {
            Self::RefundSubmitted | Self::RefundSucceeded => {
                &[Placeholder::Amount, Placeholder::Method, Placeholder::Arrival]
            }
            Self::Refused | Self::Quoted => &[Placeholder::Clause, Placeholder::Quote],
            Self::RefundFailed => &[Placeholder::Amount],
            Self::Introduction
            | Self::AlreadyRefunded
            | Self::HandedOver
            | Self::AskedForPerson
            | Self::NotVerified
            | Self::HandedOverLater
            | Self::Reminder
            | Self::InReview
            | Self::Declined
            | Self::CardRemoved => &[],
        }
    }

    /// What its text may say besides.
    pub fn may_say(self) -> &'static [Placeholder] {
        match self {
            Self::AlreadyRefunded => &[Placeholder::Arrival],
            Self::Introduction
            | Self::RefundSubmitted
            | Self::RefundSucceeded
            | Self::Refused
            | Self::HandedOver
            | Self::AskedForPerson
            | Self::NotVerified
            | Self::RefundFailed
            | Self::Quoted
            | Self::HandedOverLater
            | Self::Reminder
            | Self::InReview
            | Self::Declined
            | Self::CardRemoved => &[],
        }
    }
}

/// A place in a text that is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// The amount that was given back, with its currency.
    Amount,
    /// How the customer paid, such as `Visa 4242`.
    Method,
    /// The heading of a clause of the policy.
    Clause,
    /// The prose of that clause.
    Quote,
    /// When the money will be there.
    Arrival,
    /// In how many days, where that is one number.
    Days,
    /// In how many days at least.
    From,
    /// In how many days at most.
    To,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: [Self; 8] = [
        Self::Amount,
        Self::Method,
        Self::Clause,
        Self::Quote,
        Self::Arrival,
        Self::Days,
        Self::From,
        Self::To,
    ];

    /// How it is written between braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Method => "method",
            Self::Clause => "clause",
            Self::Quote => "quote",
            Self::Arrival => "arrival",
            Self::Days => "days",
            Self::From => "from",
            Self::To => "to",
        }
    }
}
