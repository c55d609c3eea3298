//! Why a clause answers as it does.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::gives::Gives;
use super::period::Period;
use super::rule::{list, percent};
use crate::money::{Currency, Money};

/// One ground of a clause's answer, or one condition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Because {
    /// The clause refunds in full.
    InFull,
    /// The clause refunds a share.
    Share {
        /// In hundredths of a percent.
        basis_points: u16,
    },
    /// The clause refunds a fixed sum.
    Sums {
        /// The sums, one in each currency.
        sums: Vec<Money>,
    },
    /// The clause refunds the time that has not passed.
    UnusedTime,
    /// The clause refunds the lines that are for its plans.
    ListedLines,
    /// The clause refunds all but the shipping.
    WithoutShipping,
    /// What was given back before is taken off.
    LessWhatWasGiven {
        /// How much that was.
        before: Money,
    },
    /// The customer asks for less than the clause gives.
    AsAsked {
        /// How much they ask for.
        asked: Money,
    },
    /// The clause leaves it to a person.
    ClauseAsks,
    /// The clause refuses.
    ClauseRefuses,
    /// The charge is too old.
    OutsideWindow {
        /// How old it may be.
        window: Period,
        /// The day of the charge, in UTC.
        charged_on: Date,
        /// The last day of the window, in UTC.
        last_day: Option<Date>,
    },
    /// The time that was paid for is over.
    PeriodOver {
        /// The day on which it ended, in UTC.
        ended_on: Date,
    },
    /// A condition that says which charges the clause is about does not hold.
    AnotherCharge {
        /// The condition.
        wanted: String,
        /// What is so instead.
        is: String,
    },
    /// A condition does not hold.
    Unmet {
        /// The condition.
        wanted: String,
        /// What is so instead.
        is: String,
    },
    /// Nobody can say whether a condition holds.
    Unknown {
        /// The condition.
        wanted: String,
        /// Why nobody can.
        why: String,
    },
    /// The clause's file does not hold on this day.
    NotInForce {
        /// The first day on which it holds.
        from: Date,
        /// The last day.
        until: Option<Date>,
    },
    /// The charge is for none of the clause's products.
    ProductNotListed,
    /// The charge is for products of the clause and for others.
    OtherProductsToo,
    /// The charge is for none of the clause's plans.
    PlanNotListed {
        /// What it is for.
        plans: Vec<String>,
    },
    /// The charge is for plans of the clause and for others.
    OtherPlansToo {
        /// What it is for.
        plans: Vec<String>,
    },
    /// The charge is not the first of a subscription.
    NotFirstCharge,
    /// The charge is not a renewal.
    NotRenewal,
    /// The charge belongs to a subscription.
    NotOneOff,
    /// No earlier charge of the same amount stands.
    NotChargedAgain {
        /// How close it would have to be.
        within: Period,
    },
    /// Nothing is left to give back.
    NothingLeft,
    /// All that the clause gives was given back already.
    GivenBefore {
        /// What the clause gives.
        given: Money,
        /// What was given back.
        before: Money,
    },
    /// What would be left is less than Stripe can move.
    TooSmallToMove,
    /// The invoice does not say how the charge is made up.
    LinesUnknown,
    /// Nobody knows how much the shipping was.
    ShippingUnknown,
    /// The clause has no sum in the charge's currency.
    NoSumIn {
        /// The charge's currency.
        currency: Currency,
    },
    /// The refund is above `At most`.
    AboveMost {
        /// The refund.
        amount: Money,
        /// The limit.
        most: Money,
    },
    /// `At most` has no amount in the charge's currency.
    NoMostIn {
        /// The charge's currency.
        currency: Currency,
    },
    /// The customer had as many refunds as the clause allows.
    TooOften {
        /// How many they had.
        earlier: u32,
        /// How many are allowed.
        allowed: u32,
        /// In how long.
        period: Period,
    },
    /// The customer would get more than the clause allows.
    TooMuch {
        /// How much they had.
        earlier: Money,
        /// How much this would be.
        amount: Money,
        /// How much is allowed.
        allowed: Money,
        /// In how long.
        period: Period,
    },
    /// `Per customer` has no sum in the charge's currency.
    NoAllowanceIn {
        /// The charge's currency.
        currency: Currency,
    },
    /// The clause wants a person to look.
    RestsOnAPerson,
    /// The refund is above what the customer's word is taken for.
    AboveWord {
        /// The refund.
        amount: Money,
        /// What the word is taken for.
        ceiling: Money,
    },
    /// The customer's word has no amount in the charge's currency.
    NoWordIn {
        /// The charge's currency.
        currency: Currency,
    },
    /// The customer asks in another currency than they paid in.
    AskedInOtherCurrency {
        /// What they ask for.
        asked: Money,
    },
    /// The sums of the charge do not add up.
    AmountUnknown,
}

impl Because {
    /// Whether a clause with this failing condition is not about the charge at all.
    pub(super) fn is_about_another_charge(&self) -> bool {
        matches!(
            self,
            Self::PlanNotListed { .. }
                | Self::ProductNotListed
                | Self::AnotherCharge { .. }
                | Self::NotFirstCharge
                | Self::NotRenewal
                | Self::NotOneOff
        )
    }

    /// Whether nobody can say, so that a person must look.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// What a clause gives.
    pub(super) fn of_gives(gives: &Gives) -> Self {
        match gives {
            Gives::InFull => Self::InFull,
            Gives::Share(points) => Self::Share { basis_points: *points },
            Gives::Sums(sums) => Self::Sums { sums: sums.clone() },
            Gives::UnusedTime => Self::UnusedTime,
            Gives::ListedLines => Self::ListedLines,
            Gives::WithoutShipping => Self::WithoutShipping,
        }
    }
}

impl fmt::Display for Because {
    /// A lower-case fragment for notes and the console, in English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InFull => f.write_str("the clause refunds in full"),
            Self::Share { basis_points } => {
                write!(f, "the clause refunds {}", percent(*basis_points))
            }
            Self::Sums { sums } => write!(f, "the clause refunds {}", list(sums)),
            Self::UnusedTime => f.write_str("the clause refunds the time that is left"),
            Self::ListedLines => f.write_str("the clause refunds what was paid for its plans"),
            Self::WithoutShipping => f.write_str("the clause refunds all but the shipping"),
            Self::AnotherCharge { wanted, is } | Self::Unmet { wanted, is } => {
                write!(f, "the clause wants `{wanted}`: {is}")
            }
            Self::Unknown { wanted, why } => {
                write!(f, "nobody can say whether `{wanted}`: {why}")
            }
            Self::NotInForce { from, until: None } => write!(f, "in force from {from}"),
            Self::NotInForce { from, until: Some(until) } => {
                write!(f, "in force from {from} to {until}")
            }
            Self::ProductNotListed => f.write_str("the charge is for no product of the clause"),
            Self::OtherProductsToo => {
                f.write_str("the charge is for other products too, and the clause not about them")
            }
            Self::LinesUnknown => f.write_str("the invoice does not say how the charge is made up"),
            Self::ShippingUnknown => f.write_str("nobody knows how much the shipping was"),
            Self::LessWhatWasGiven { before } => write!(f, "{before} was given back before"),
            Self::AsAsked { asked } => write!(f, "the customer asks for {asked}"),
            Self::ClauseAsks => f.write_str("the clause leaves it to a person"),
            Self::ClauseRefuses => f.write_str("the clause gives no refund"),
            Self::OutsideWindow { window, charged_on, last_day } => {
                write!(f, "charged on {charged_on}, more than {window} ago")?;
                last_day.map_or(Ok(()), |day| write!(f, " (the last day was {day})"))
            }
            Self::PeriodOver { ended_on } => {
                write!(f, "the time that was paid for ended on {ended_on}")
            }
            Self::PlanNotListed { plans } if plans.is_empty() => {
                f.write_str("the charge is for no plan of the clause")
            }
            Self::PlanNotListed { plans } => write!(f, "the clause is not about {}", list(plans)),
            Self::OtherPlansToo { plans } => {
                write!(f, "the charge is for {}, and the clause not about all of them", list(plans))
            }
            Self::NotFirstCharge => f.write_str("not the first charge of a subscription"),
            Self::NotRenewal => f.write_str("not a renewal"),
            Self::NotOneOff => f.write_str("the charge belongs to a subscription"),
            Self::NotChargedAgain { within } => {
                write!(f, "no earlier charge of the same amount within {within} stands")
            }
            Self::NothingLeft => f.write_str("nothing is left to give back"),
            Self::GivenBefore { given, before } => {
                write!(f, "the clause gives {given}, and {before} was given back already")
            }
            Self::TooSmallToMove => f.write_str("less than Stripe can move"),
            Self::NoSumIn { currency } => write!(f, "the clause has no sum in {currency}"),
            Self::AboveMost { amount, most } => {
                write!(f, "{amount} is more than {most}, the most the clause gives")
            }
            Self::NoMostIn { currency } => write!(f, "`At most` has no amount in {currency}"),
            Self::TooOften { earlier, allowed, period } => {
                write!(f, "{earlier} earlier in {period}, and {allowed} allowed")
            }
            Self::TooMuch { earlier, amount, allowed, period } => {
                write!(f, "{earlier} earlier and {amount} now in {period}, and {allowed} allowed")
            }
            Self::NoAllowanceIn { currency } => {
                write!(f, "`Per customer` has no sum in {currency}")
            }
            Self::RestsOnAPerson => f.write_str("a person must look first"),
            Self::AboveWord { amount, ceiling } => {
                write!(f, "{amount} is more than {ceiling}, as far as the customer's word goes")
            }
            Self::NoWordIn { currency } => {
                write!(f, "the customer's word has no amount in {currency}")
            }
            Self::AskedInOtherCurrency { asked } => {
                write!(f, "the customer asks for {asked} of a charge in another currency")
            }
            Self::AmountUnknown => f.write_str("the sums of the charge do not add up"),
        }
    }
}
