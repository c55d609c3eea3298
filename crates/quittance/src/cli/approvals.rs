//! `quittance approvals`

use clap::Subcommand;

use super::Place;

/// What to do with what waits for a person's word.
#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalsCommand {
    /// List what waits, the oldest first.
    List {
        #[command(flatten)]
        place: Place,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Approve a refund: the program judges it again and carries it out, if nothing stands in the way.
    Approve {
        /// The request, as `list` names it.
        #[arg(value_name = "REQUEST")]
        id: String,
        /// Give back less: a decimal in the payment's currency, such as 20.00.
        #[arg(long, value_name = "AMOUNT")]
        amount: Option<String>,
        /// Who: it is kept in the log.
        #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        by: String,
        #[command(flatten)]
        place: Place,
    },
    /// Decline a refund: the customer is told that a person decided against it.
    Decline {
        /// The request, as `list` names it.
        #[arg(value_name = "REQUEST")]
        id: String,
        /// Why: it is kept in the log, and the customer does not read it.
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        /// Who: it is kept in the log.
        #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        by: String,
        #[command(flatten)]
        place: Place,
    },
}
