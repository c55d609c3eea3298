//! One number of the shop's policy is changed, and `quittance policy diff` tells what that does to its
//! tickets. What must come out is computed here once more, from the tickets alone.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use quittance_core::facts::{
    Bill, Billing, Binding, BindingSource, Charge, ChargeStatus, Contact, Dispute, Facts, Method,
};
use quittance_core::money::Money;
use quittance_core::reason::Reason;
use serde_json::{Value, json};

use super::POLICY;
use super::data::{self, Paid, Status, Ticket};
use crate::cli::{Ran, run};
use crate::support::variable;

/// The two numbers of the policy that are changed: how many days a purchase may be returned, and how many
/// cents are given back on the customer's word.
#[derive(Clone, Copy)]
struct Numbers {
    days: i32,
    word: i64,
}

const WRITTEN: Numbers = Numbers { days: 30, word: 10_000 };

/// How far apart two payments may lie to be one that was taken twice, in days.
const TWICE: i32 = 3;

/// What a policy says to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Refund(i64),
    Ask,
    Gap,
    Refuse,
}

/// What a ticket about money is about.
#[derive(Clone, Copy)]
enum Matter {
    Twice,
    Return,
    Broken,
    Damaged,
    Gesture,
}

impl Matter {
    /// What the ticket's words point to; nothing where it is not about money.
    fn of(ticket: &Ticket) -> Option<Self> {
        Some(match ticket.request_kind.as_str() {
            "duplicate_charge" => Self::Twice,
            "price_match" | "shipping_refund" => Self::Gesture,
            "warranty" => Self::Broken,
            "return" | "refund" | "cancel" if ticket.guessed.is_damaged => Self::Damaged,
            "return" | "refund" | "cancel" if ticket.guessed.is_defective => Self::Broken,
            "return" | "refund" | "cancel" => Self::Return,
            _ => return None,
        })
    }

    fn reason(self) -> Reason {
        match self {
            Self::Twice => Reason::DuplicateCharge,
            Self::Return => Reason::ChangedMind,
            Self::Broken => Reason::Defective,
            Self::Damaged => Reason::Damaged,
            Self::Gesture => Reason::Goodwill,
        }
    }
}

/// A ticket about money, and the payment that it is about.
struct Case {
    ticket: Ticket,
    matter: Matter,
    paid: Paid,
}

impl Case {
    /// The payment is the newest one that was taken. Tickets about other things than money are left out.
    fn of(ticket: Ticket) -> Option<Self> {
        let matter = Matter::of(&ticket)?;
        let paid = taken(&ticket).into_iter().next()?;
        Some(Self { ticket, matter, paid })
    }

    /// One line of a file of cases.
    fn line(&self) -> String {
        let charges: Vec<Charge> = (1..)
            .zip(taken(&self.ticket))
            .map(|(number, paid)| charge(number, paid, self.ticket.created_at))
            .collect();
        let facts = Facts {
            as_of: self.ticket.created_at,
            contact: Contact::new("contact".parse().unwrap(), true, true),
            binding: Binding::Bound {
                customer: "cus_1".parse().unwrap(),
                source: BindingSource::StripeMetadata,
            },
            charges,
            subscriptions: Vec::new(),
        };
        let (name, reason) = (&self.ticket.id, self.matter.reason());
        json!({"name": name, "facts": facts, "charge": "ch_1", "reason": reason}).to_string()
    }

    /// The shop's rules in plain words.
    fn answer(&self, numbers: Numbers) -> Answer {
        let cents = self.paid.amount.minor();
        let days = self.days_between(self.paid.ago, SignedDuration::ZERO);
        match self.matter {
            Matter::Gesture => Answer::Gap,
            Matter::Broken => Answer::Ask,
            Matter::Twice if self.is_second() => Answer::Refund(cents),
            Matter::Twice | Matter::Damaged => Answer::Refuse,
            Matter::Return if days > numbers.days => Answer::Refuse,
            Matter::Return if cents > numbers.word => Answer::Ask,
            Matter::Return => Answer::Refund(cents),
        }
    }

    /// Whether an earlier payment of the same amount stands.
    fn is_second(&self) -> bool {
        taken(&self.ticket).into_iter().skip(1).any(|other| {
            other.status == Status::Captured
                && other.amount == self.paid.amount
                && self.days_between(other.ago, self.paid.ago) <= TWICE
        })
    }

    /// Days of the calendar between two moments before the ticket.
    fn days_between(&self, earlier: SignedDuration, later: SignedDuration) -> i32 {
        let day =
            |ago: SignedDuration| (self.ticket.created_at - ago).to_zoned(TimeZone::UTC).date();
        day(earlier).until(day(later)).unwrap().get_days()
    }
}

/// The payments that were taken, newest first.
fn taken(ticket: &Ticket) -> Vec<Paid> {
    let mut taken = ticket.paid();
    taken.retain(|paid| matches!(paid.status, Status::Captured | Status::Disputed));
    taken.sort_by_key(|paid| paid.ago);
    taken
}

fn charge(number: u32, paid: Paid, now: Timestamp) -> Charge {
    let is_disputed = paid.status == Status::Disputed;
    let dispute =
        Dispute { id: format!("dp_{number}").parse().unwrap(), status: "needs_response".into() };
    Charge {
        id: format!("ch_{number}").parse().unwrap(),
        customer: Some("cus_1".parse().unwrap()),
        payment_intent: None,
        amount: paid.amount,
        captured: paid.amount,
        refunded: Money::zero(paid.amount.currency()),
        status: ChargeStatus::Succeeded,
        is_disputed,
        created: now - paid.ago,
        method: Method { kind: "card".to_owned(), card: None },
        email: None,
        billing: Billing::OneOff,
        plans: Vec::new(),
        bill: Bill::default(),
        is_live: false,
        is_connect: false,
        refunds: Vec::new(),
        disputes: is_disputed.then_some(dispute).into_iter().collect(),
    }
}

/// The policy with one row changed, and without the examples that hold for the old one.
fn edited(row: &str, before: &str, after: &str) -> String {
    let (rules, _) = POLICY.split_once("## Worked examples").unwrap();
    let begin = rules.find(row).unwrap();
    let (head, tail) = rules.split_at(begin);
    assert!(tail.lines().next().unwrap().contains(before), "{before} is not in {row}");
    format!("{head}{}", tail.replacen(before, after, 1))
}

async fn diff(cases: &[Case], new: &str, format: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let lines: Vec<String> = cases.iter().map(Case::line).collect();
    write("cases.jsonl", &lines.join("\n"));
    write("old.md", POLICY);
    write("new.md", new);
    let arguments =
        ["policy", "diff", "old.md", "new.md", "--cases", "cases.jsonl", "--format", format];
    run(folder.path(), &arguments, &[]).await
}

/// The answer of a policy as JSON says it.
fn told(said: &Value) -> Answer {
    match said["answer"]["kind"].as_str().unwrap() {
        "refund" => Answer::Refund(said["answer"]["amount"]["minor"].as_i64().unwrap()),
        "ask" if said["is_gap"] == true => Answer::Gap,
        "ask" => Answer::Ask,
        _ => Answer::Refuse,
    }
}

fn cents(answer: Answer) -> i64 {
    if let Answer::Refund(cents) = answer { cents } else { 0 }
}

fn dollars(cents: i64) -> String {
    format!("{}.{:02} USD", cents / 100, cents % 100)
}

#[tokio::test]
async fn one_number_changed_is_told_in_tickets_and_money() {
    let Some(folder) = variable("QUITTANCE_DATA") else {
        println!("skipped: what a change does to real tickets (QUITTANCE_DATA is not set)");
        return;
    };
    let cases: Vec<Case> = data::read(&folder).into_iter().filter_map(Case::of).collect();
    assert!(cases.len() > 50, "only {} tickets are about money", cases.len());
    let word = edited("| Rests on   | the customer's word", "100 USD", "400 USD");
    let days = edited("| Within     | 30 days", "30 days", "7 days");
    for (new, numbers) in
        [(word, Numbers { word: 40_000, ..WRITTEN }), (days, Numbers { days: 7, ..WRITTEN })]
    {
        let all: Vec<(&str, Answer, Answer)> = cases
            .iter()
            .map(|case| (case.ticket.id.as_str(), case.answer(WRITTEN), case.answer(numbers)))
            .collect();
        let changed: Vec<_> = all.iter().copied().filter(|(_, old, new)| old != new).collect();
        assert!(changed.len() >= 3, "{changed:?}");
        it_is_told_as_json(&diff(&cases, &new, "json").await, &all, &changed);
        let before: i64 = all.iter().map(|(_, old, _)| cents(*old)).sum();
        let after: i64 = all.iter().map(|(_, _, new)| cents(*new)).sum();
        let sums = format!("Refunds: {} before, {} after", dollars(before), dollars(after));
        for format in ["human", "markdown"] {
            let ran = diff(&cases, &new, format).await;
            it_is_told_in_words(&ran, &changed, &sums);
            println!("\n{}", ran.out);
        }
    }
}

fn it_is_told_as_json(
    ran: &Ran,
    all: &[(&str, Answer, Answer)],
    changed: &[(&str, Answer, Answer)],
) {
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["cases"], all.len());
    assert_eq!(json["otherwise"], changed.len());
    let list = json["changed"].as_array().unwrap();
    let said: Vec<(&str, Answer, Answer)> = list
        .iter()
        .map(|it| (it["case"].as_str().unwrap(), told(&it["before"]), told(&it["after"])))
        .collect();
    assert_eq!(said, changed);
    for (when, sum) in [
        ("before", all.iter().map(|(_, old, _)| cents(*old)).sum::<i64>()),
        ("after", all.iter().map(|(_, _, new)| cents(*new)).sum()),
    ] {
        assert_eq!(json[when]["USD"]["minor"], sum, "{when}");
    }
    let turned: u64 =
        json["turns"].as_array().unwrap().iter().map(|it| it["cases"].as_u64().unwrap()).sum();
    assert_eq!(usize::try_from(turned).unwrap(), changed.len());
}

/// Each changed ticket has one line, with what it gets more or less.
fn it_is_told_in_words(ran: &Ran, changed: &[(&str, Answer, Answer)], sums: &str) {
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.out.contains(sums), "{sums} is missing in:\n{}", ran.out);
    let lines: Vec<&str> =
        ran.out.lines().filter(|line| line.contains("corecraft-tick-")).collect();
    assert_eq!(lines.len(), changed.len(), "{}", ran.out);
    for (line, (id, old, new)) in lines.iter().zip(changed) {
        assert!(line.contains(id), "{id} is missing in {line}");
        let more = cents(*new) - cents(*old);
        let sign = if more < 0 { "−" } else { "+" };
        let money = format!("{sign}{}", dollars(more.abs()));
        assert_eq!(line.contains(&money), more != 0, "{money}: {line}");
    }
}
