//! The table of ends, and how they agree with what people decided.

use std::fmt::Write as _;

use quittance_core::money::Money;

use super::ledger::Ledger;
use super::{End, Guest};

/// What was recorded; the last row counts the tickets about which nothing is.
const RECORDED: [Option<&str>; 4] = [Some("refund"), Some("handoff"), Some("other"), None];

/// The table, as text.
pub(super) fn write(guests: &[Guest], ends: &[End], ledger: &Ledger) -> String {
    let rows: Vec<(&Guest, End)> = guests.iter().zip(ends.iter().copied()).collect();
    let mut text = format!(
        "{} tickets with an order and a payment, by what was recorded and how they ended\n\n",
        rows.len()
    );
    let mut line = format!("{:22}", "recorded decision");
    for end in End::ALL {
        let _ = write!(line, "{end:>10}");
    }
    let _ = writeln!(text, "{line}");
    for recorded in RECORDED {
        let name = recorded.unwrap_or("nothing recorded");
        let _ = write!(text, "{name:22}");
        for end in End::ALL {
            let count = rows
                .iter()
                .filter(|(guest, is)| {
                    guest.ticket.expected_outcome.as_deref() == recorded && *is == end
                })
                .count();
            let _ = write!(text, "{count:>10}");
        }
        text.push('\n');
    }
    text.push('\n');
    agreement(&mut text, &rows, ledger);
    for end in [End::Refunded, End::Refused] {
        let ids = rows.iter().filter(|(_, is)| *is == end);
        let ids: Vec<&str> = ids.map(|(guest, _)| guest.ticket.id.as_str()).collect();
        let _ = writeln!(text, "{end}: {}", ids.join(", "));
    }
    text
}

/// How an end compares with what was recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Agreement {
    Same,
    /// Somebody else may still decide as it was recorded.
    Open,
    Different,
}

/// A recorded refund is met by the same refund; anything else that was recorded by a person having it, or
/// by a question or an answer without money.
fn compare(guest: &Guest, end: End, ledger: &Ledger) -> Option<Agreement> {
    let is_refund = guest.ticket.expected_outcome.as_deref()? == "refund";
    let wanted = guest.ticket.expected_amount();
    Some(match end {
        End::Refunded if is_refund && (wanted.is_none() || wanted == ledger.given(guest)) => {
            Agreement::Same
        }
        End::Refunded | End::Refused => Agreement::Different,
        End::Asked | End::Told | End::Person if is_refund => Agreement::Open,
        End::Asked | End::Told | End::Person => Agreement::Same,
    })
}

fn agreement(text: &mut String, rows: &[(&Guest, End)], ledger: &Ledger) {
    let compared =
        rows.iter().filter_map(|(guest, end)| Some((guest, end, compare(guest, *end, ledger)?)));
    let compared: Vec<_> = compared.collect();
    let count = |wanted| compared.iter().filter(|(_, _, is)| *is == wanted).count();
    let _ = writeln!(text, "agreement with what was recorded ({} tickets)", compared.len());
    let _ = writeln!(text, "  the same end                        {}", count(Agreement::Same));
    let _ = writeln!(text, "  a refund, left to a person or asked {}", count(Agreement::Open));
    let _ = writeln!(text, "  another end                         {}", count(Agreement::Different));
    for (guest, end, _) in compared.iter().filter(|(_, _, is)| *is == Agreement::Different) {
        let recorded = guest.ticket.expected_outcome.as_deref().unwrap_or_default();
        let basis = guest.ticket.expected_basis.as_deref().unwrap_or("nobody");
        let amount = |amount: Option<Money>| {
            amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
        };
        let (wanted, given) = (amount(guest.ticket.expected_amount()), amount(ledger.given(guest)));
        let id = &guest.ticket.id;
        let _ = writeln!(text, "    {id}: {recorded} {wanted} by {basis}, ended {end} {given}");
    }
}
