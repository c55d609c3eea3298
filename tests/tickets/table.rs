//! The table of ends, and how they agree with what people decided.

use std::fmt::Write as _;

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
        let ids: Vec<&str> = ids.map(|(guest, _)| guest.ticket.ticket_id.as_str()).collect();
        let _ = writeln!(text, "{end}: {}", ids.join(", "));
    }
    text
}

/// A recorded refund is met by the same refund; anything else that was recorded by a person having it, or
/// by a question or an answer without money.
fn agreement(text: &mut String, rows: &[(&Guest, End)], ledger: &Ledger) {
    let (mut same, mut safe, mut other) = (0, 0, Vec::new());
    for (guest, end) in rows {
        let Some(recorded) = guest.ticket.expected_outcome.as_deref() else { continue };
        let basis = guest.ticket.expected_basis.as_deref().unwrap_or("nobody");
        let (wanted, given) = (guest.ticket.expected_amount(), ledger.given(guest));
        let is_same = match (recorded, end) {
            ("refund", End::Refunded) => wanted.is_none() || wanted == given,
            ("refund", End::Refused | End::Asked | End::Told | End::Person) => false,
            (_, End::Refunded | End::Refused) => false,
            (_, End::Asked | End::Told | End::Person) => true,
        };
        match end {
            _ if is_same => same += 1,
            End::Asked | End::Told | End::Person => safe += 1,
            End::Refunded | End::Refused => {
                let amount = |amount: Option<quittance_core::money::Money>| {
                    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
                };
                other.push(format!(
                    "  {}: {recorded} {} by {basis}, ended {end} {}",
                    guest.ticket.ticket_id,
                    amount(wanted),
                    amount(given),
                ));
            }
        }
    }
    let _ =
        writeln!(text, "agreement with what was recorded ({} tickets)", same + safe + other.len());
    let _ = writeln!(text, "  the same end                        {same}");
    let _ = writeln!(text, "  a refund, left to a person or asked {safe}");
    let _ = writeln!(text, "  another end                         {}", other.len());
    for line in other {
        let _ = writeln!(text, "  {line}");
    }
}
