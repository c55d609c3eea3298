//! What a teammate's note says about a request: `/approve`, `/approve 20.00`, `/decline` and why.

use quittance_core::ids::AdminId;
use quittance_core::money::Money;
use quittance_intercom::conversations::{Author, Part};
use quittance_store::approvals::Word;

/// What a note says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Something clear.
    Word(Word),
    /// Something that was meant to be a command, and what to write instead.
    Unclear(String),
}

/// Reads a part. None, if it is no note of a teammate's, or says something else.
pub(super) fn read(part: &Part, own: &AdminId, most: Money) -> Option<Command> {
    let Author::Admin(admin) = &part.author else { return None };
    if !part.is_note || admin == own {
        return None;
    }
    let text = part.text.reveal().trim();
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    match verb.to_lowercase().as_str() {
        "/approve" => Some(approve(admin, rest, most)),
        "/decline" => Some(Command::Word(Word {
            is_approval: false,
            by: admin.to_string(),
            amount: None,
            why: Some(rest.to_owned()).filter(|why| !why.is_empty()),
        })),
        _ => None,
    }
}

fn approve(admin: &AdminId, rest: &str, most: Money) -> Command {
    let amount = match amount(rest, most) {
        Ok(amount) => amount,
        Err(advice) => return Command::Unclear(advice),
    };
    Command::Word(Word { is_approval: true, by: admin.to_string(), amount, why: None })
}

/// Reads an amount such as `20`, `20.00` or `20.00 USD`, of at most what was asked for. None without one.
fn amount(rest: &str, most: Money) -> Result<Option<Money>, String> {
    if rest.is_empty() {
        return Ok(None);
    }
    let code = most.currency().code();
    let unclear = || {
        format!(
            "Nothing was approved: {rest:?} is no amount of at most {most}. Write `/approve`, or `/approve {}` for \
             less.",
            most.decimal()
        )
    };
    let lower = rest.to_ascii_lowercase();
    let number = lower.strip_suffix(&code.to_ascii_lowercase()).unwrap_or(&lower).trim();
    let amount = Money::from_decimal(number, most.currency()).map_err(|_| unclear())?;
    let is_right = !amount.is_zero() && amount.exceeds(most) == Ok(false);
    if is_right { Ok(Some(amount).filter(|amount| *amount != most)) } else { Err(unclear()) }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use quittance_core::money::Currency;
    use quittance_core::personal::Personal;

    use super::*;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::USD).unwrap()
    }

    fn said(text: &str) -> Option<Command> {
        let part = Part {
            id: "p1".parse().unwrap(),
            kind: "note".to_owned(),
            author: Author::Admin("9002".parse().unwrap()),
            text: Personal::new(text.to_owned()),
            created_at: Timestamp::UNIX_EPOCH,
            is_note: true,
            has_card: false,
            app_package_code: None,
        };
        read(&part, &"9001".parse().unwrap(), usd(4_900))
    }

    /// What is approved: less, or all of it.
    fn approved(text: &str) -> Money {
        let Some(Command::Word(word)) = said(text) else { panic!("{text}") };
        assert!(word.is_approval, "{text}");
        word.amount.unwrap_or(usd(4_900))
    }

    #[test]
    fn an_approval_may_name_less_and_never_more() {
        assert_eq!(approved("/approve"), usd(4_900));
        assert_eq!(approved(" /Approve\n"), usd(4_900));
        assert_eq!(approved("/approve 20"), usd(2_000));
        assert_eq!(approved("/approve 20.00 USD"), usd(2_000));
        assert_eq!(approved("/approve 49.00"), usd(4_900));
        for text in
            ["/approve 49.01", "/approve 0", "/approve -5", "/approve 20 EUR", "/approve half"]
        {
            assert!(matches!(said(text), Some(Command::Unclear(_))), "{text}");
        }
        for text in ["approve", "I would /approve", "/approved", "please do"] {
            assert_eq!(said(text), None, "{text}");
        }
    }

    #[test]
    fn a_decline_may_say_why() {
        let Some(Command::Word(word)) = said("/decline they had one in March") else { panic!() };
        assert!(!word.is_approval);
        assert_eq!(word.why.as_deref(), Some("they had one in March"));
        assert_eq!(word.by, "9002");
    }
}
