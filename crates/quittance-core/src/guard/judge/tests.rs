//! The guard against a second one, written down as a table: all small cases, and many random ones.

#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails a test as it should")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::facts::tests as seeds;
use crate::facts::{Binding, BindingSource, Contact, Dispute, RefundStatus, Unbound};
use crate::ids::{ChargeId, CustomerId};
use crate::limits::Caps;
use crate::money::Currency;
use crate::policy::PolicyVersion;
use crate::reason::Reason;

/// What the policy says, in plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Gives(i64),
    GivesEuros(i64),
    Gap,
    Asks,
    Refuses,
}

/// What the customer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    All,
    Dollars(i64),
    Euros(i64),
}

/// Why the charge is risky.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Risk {
    None,
    DisputeMarked,
    DisputeListed,
    BankDebit,
    Connect,
    Bounced,
}

/// How a payment went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paid {
    Yes,
    Pending,
    Failed,
    Unclear,
}

/// A case in plain numbers. Amounts are cents.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that is so or not")]
struct World {
    is_bound: bool,
    /// Who paid: 1 is the bound customer, 0 a guest.
    payer: u8,
    is_named: bool,
    paid: Paid,
    captured: i64,
    /// Given back, by Stripe's sum.
    refunded: i64,
    /// Given back, by the list of refunds.
    listed: i64,
    risk: Risk,
    is_same_mode: bool,
    asked: Asked,
    says: Says,
    /// Ceilings for one refund and for one charge; none for the currency without them.
    caps: Option<(i64, i64)>,
    mode: Mode,
    is_stopped: bool,
    earlier: u32,
    /// What a person has approved.
    approved: Option<i64>,
}

impl World {
    fn left(&self) -> i64 {
        self.captured - self.refunded.max(self.listed)
    }

    fn gives(&self) -> Option<i64> {
        match (self.says, self.approved) {
            (Says::Gives(amount), Some(approved)) => Some(amount.min(approved)),
            (Says::Gives(amount), None) => Some(amount),
            (Says::Gap | Says::Asks, approved) => approved,
            (Says::GivesEuros(_) | Says::Refuses, _) => None,
        }
    }
}

/// What a cause does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Asks,
    Refuses,
}

type Row = (Cause, Weight, fn(&World) -> bool);

/// The whole guard: a cause, what it does, and when it is there.
const TABLE: [Row; 22] = [
    (Cause::NotBound, Weight::Asks, |w| !w.is_bound),
    (Cause::NotTheirs, Weight::Refuses, |w| w.is_bound && (w.payer != 1 || !w.is_named)),
    (Cause::NotActing, Weight::Asks, |w| {
        w.mode == Mode::Watch || (w.mode == Mode::Propose && w.approved.is_none())
    }),
    (Cause::Stopped, Weight::Asks, |w| w.is_stopped),
    (Cause::Repeated, Weight::Asks, |w| w.earlier > 0),
    (Cause::NotSettled, Weight::Asks, |w| {
        matches!(w.paid, Paid::Pending | Paid::Unclear) || (w.paid == Paid::Yes && w.captured == 0)
    }),
    (Cause::NothingTaken, Weight::Refuses, |w| w.paid == Paid::Failed),
    (Cause::AlreadyRefunded, Weight::Refuses, |w| {
        w.paid == Paid::Yes && w.captured > 0 && w.left() == 0
    }),
    (Cause::WrongMode, Weight::Asks, |w| !w.is_same_mode),
    (Cause::Disputed, Weight::Asks, |w| w.risk == Risk::DisputeMarked),
    (Cause::Disputed, Weight::Asks, |w| w.risk == Risk::DisputeListed),
    (Cause::BankDebit, Weight::Asks, |w| w.risk == Risk::BankDebit),
    (Cause::Connect, Weight::Asks, |w| w.risk == Risk::Connect),
    (Cause::Bounced, Weight::Asks, |w| w.risk == Risk::Bounced),
    (Cause::OtherCurrency, Weight::Refuses, |w| {
        matches!(w.asked, Asked::Euros(_)) || matches!(w.says, Says::GivesEuros(_))
    }),
    (Cause::ImpossibleAmount, Weight::Refuses, |w| match w.asked {
        Asked::Dollars(asked) => w.left() > 0 && (asked == 0 || asked > w.left()),
        Asked::All | Asked::Euros(_) => false,
    }),
    (Cause::Gap, Weight::Asks, |w| w.says == Says::Gap && w.approved.is_none()),
    (Cause::PolicyRefuses, Weight::Refuses, |w| w.says == Says::Refuses),
    (Cause::PolicyAsks, Weight::Asks, |w| {
        let beyond = |amount| match w.asked {
            Asked::All => false,
            Asked::Dollars(asked) => amount > asked,
            Asked::Euros(_) => true,
        };
        (w.says == Says::Asks && w.approved.is_none())
            || w.gives().is_some_and(|amount| amount == 0 || amount > w.left() || beyond(amount))
    }),
    (Cause::OverLimit(Limit::Currency), Weight::Asks, |w| w.gives().is_some() && w.caps.is_none()),
    (Cause::OverLimit(Limit::Refund), Weight::Asks, |w| {
        w.gives().zip(w.caps).is_some_and(|(amount, (most, _))| amount > most)
    }),
    (Cause::OverLimit(Limit::Charge), Weight::Asks, |w| {
        let given = w.captured - w.left();
        w.gives().zip(w.caps).is_some_and(|(amount, (_, most))| given + amount > most)
    }),
];

/// What the table says.
fn expected(world: &World) -> (&'static str, Vec<Cause>, Option<i64>) {
    let there: Vec<_> = TABLE.iter().filter(|(_, _, is_there)| is_there(world)).collect();
    let causes = there.iter().map(|(cause, _, _)| *cause).collect();
    if there.iter().any(|(_, weight, _)| *weight == Weight::Refuses) {
        ("refuse", causes, None)
    } else if there.is_empty() {
        ("allow", causes, world.gives())
    } else {
        ("ask", causes, None)
    }
}

fn money(minor: i64, currency: Currency) -> Money {
    Money::from_minor(minor, currency).unwrap()
}

fn usd(minor: i64) -> Money {
    money(minor, Currency::USD)
}

/// The same case in the guard's own types. What does not change is made once.
struct Types {
    facts: Facts,
    unbound: Facts,
    charge: Charge,
    ruling: Ruling,
    proposal: Proposal,
    customers: [CustomerId; 2],
    charges: [ChargeId; 2],
    limits: BTreeMap<Option<(i64, i64)>, Limits>,
}

impl Types {
    fn new() -> Self {
        let contact = Contact::new("c".parse().unwrap(), true, true);
        let customer = "cus_1".parse().unwrap();
        let facts = Facts {
            as_of: "2026-01-10T00:00:00Z".parse().unwrap(),
            contact,
            binding: Binding::Bound { customer, source: BindingSource::StripeMetadata },
            charges: Vec::new(),
            subscriptions: Vec::new(),
        };
        let binding = Binding::Unbound { why: Unbound::NoCustomer };
        let ruling = Ruling {
            policy: PolicyVersion::of("a policy"),
            answer: Answer::Ask,
            clauses: Vec::new(),
            considered: Vec::new(),
            is_gap: false,
            claims: Vec::new(),
        };
        let charge = "ch_1".parse().unwrap();
        Self {
            unbound: Facts { binding, ..facts.clone() },
            facts,
            charge: seeds::charge("ch_1", 5_000, Currency::USD, "2026-01-01T00:00:00Z"),
            ruling,
            proposal: Proposal { charge, reason: Reason::Unused, asked: None },
            customers: ["cus_1", "cus_2"].map(|id| id.parse().unwrap()),
            charges: ["ch_1", "ch_2"].map(|id| id.parse().unwrap()),
            limits: BTreeMap::new(),
        }
    }

    fn charge(&mut self, world: &World) {
        let charge = &mut self.charge;
        charge.customer = match world.payer {
            0 => None,
            payer => Some(self.customers[usize::from(payer) - 1].clone()),
        };
        charge.status = match world.paid {
            Paid::Yes => ChargeStatus::Succeeded,
            Paid::Pending => ChargeStatus::Pending,
            Paid::Failed => ChargeStatus::Failed,
            Paid::Unclear => ChargeStatus::Other("thinking".to_owned()),
        };
        charge.captured = usd(world.captured);
        charge.refunded = usd(world.refunded);
        charge.refunds.clear();
        let mut list = |minor, status| {
            charge.refunds.push(seeds::refund("re_1", minor, Currency::USD, status));
        };
        if world.listed > 0 {
            list(world.listed, RefundStatus::Pending);
        }
        if world.risk == Risk::Bounced {
            list(1_000, RefundStatus::Failed);
        }
        charge.is_disputed = world.risk == Risk::DisputeMarked;
        charge.disputes.clear();
        if world.risk == Risk::DisputeListed {
            let (id, status) = ("dp_1".parse().unwrap(), "won".to_owned());
            charge.disputes.push(Dispute { id, status });
        }
        let kind = if world.risk == Risk::BankDebit { "sepa_debit" } else { "card" };
        kind.clone_into(&mut charge.method.kind);
        charge.is_connect = world.risk == Risk::Connect;
        charge.is_live = !world.is_same_mode;
    }

    fn judge(&mut self, world: &World) -> Verdict {
        self.charge(world);
        self.proposal.charge = self.charges[usize::from(!world.is_named)].clone();
        self.proposal.asked = match world.asked {
            Asked::All => None,
            Asked::Dollars(minor) => Some(usd(minor)),
            Asked::Euros(minor) => Some(money(minor, Currency::EUR)),
        };
        self.ruling.is_gap = world.says == Says::Gap;
        self.ruling.answer = match world.says {
            Says::Gives(minor) => Answer::Refund { amount: usd(minor) },
            Says::GivesEuros(minor) => Answer::Refund { amount: money(minor, Currency::EUR) },
            Says::Gap | Says::Asks => Answer::Ask,
            Says::Refuses => Answer::Refuse,
        };
        let approval = world.approved.map(|amount| Approval {
            request: "a1-1".parse().unwrap(),
            by: "9002".to_owned(),
            amount: usd(amount),
        });
        let limits = self.limits.entry(world.caps).or_insert_with(|| limits(world.caps));
        judge(&Matter {
            proposal: &self.proposal,
            facts: if world.is_bound { &self.facts } else { &self.unbound },
            charge: &self.charge,
            ruling: &self.ruling,
            limits,
            mode: world.mode,
            is_stopped: world.is_stopped,
            is_live_key: false,
            earlier_decisions: world.earlier,
            approval: approval.as_ref(),
        })
        .unwrap()
    }
}

fn limits(caps: Option<(i64, i64)>) -> Limits {
    let currencies = caps.map(|(per_refund, per_charge)| {
        let most = usd(1_000_000);
        let caps = Caps {
            per_refund: usd(per_refund),
            per_charge: usd(per_charge),
            per_customer_month: most,
            per_day: most,
            per_month: most,
            per_reason_day: BTreeMap::new(),
        };
        (Currency::USD, caps)
    });
    Limits { refunds_per_hour: 10, currencies: currencies.into_iter().collect() }
}

/// Both guards say the same: the same answer, the same causes in whatever order, the same amount.
fn agree(types: &mut Types, world: &World) -> Result<(), String> {
    let verdict = types.judge(world);
    let (answer, causes, amount) = expected(world);
    let is_same = match &verdict {
        Verdict::Allow(approved) => {
            let refund = approved.get();
            answer == "allow"
                && Some(refund.amount) == amount.map(usd)
                && refund.charge == types.charge.id
                && refund.reason == types.proposal.reason
        }
        Verdict::Ask(found) => answer == "ask" && are_same(found, &causes),
        Verdict::Refuse(found) => answer == "refuse" && are_same(found, &causes),
    };
    if is_same {
        Ok(())
    } else {
        Err(format!("{world:?}\nguard: {verdict:?}\ntable: {answer} {causes:?} {amount:?}"))
    }
}

fn are_same(some: &[Cause], others: &[Cause]) -> bool {
    some.iter().all(|cause| others.contains(cause))
        && others.iter().all(|cause| some.contains(cause))
}

/// Captured, given back by Stripe's sum, given back by the list.
const MONEY: [(i64, i64, i64); 5] =
    [(0, 0, 0), (5_000, 0, 0), (5_000, 5_000, 0), (5_000, 2_000, 1_000), (5_000, 0, 2_000)];
const ASKED: [Asked; 6] = [
    Asked::All,
    Asked::Dollars(0),
    Asked::Dollars(1_000),
    Asked::Dollars(3_000),
    Asked::Dollars(5_001),
    Asked::Euros(1_000),
];
const SAYS: [Says; 8] = [
    Says::Gives(0),
    Says::Gives(1_000),
    Says::Gives(3_000),
    Says::Gives(5_001),
    Says::GivesEuros(1_000),
    Says::Gap,
    Says::Asks,
    Says::Refuses,
];
const RISKS: [Risk; 6] = [
    Risk::None,
    Risk::DisputeMarked,
    Risk::DisputeListed,
    Risk::BankDebit,
    Risk::Connect,
    Risk::Bounced,
];
const PAID: [Paid; 4] = [Paid::Yes, Paid::Pending, Paid::Failed, Paid::Unclear];
const CAPS: [Option<(i64, i64)>; 4] =
    [Some((10_000, 10_000)), Some((999, 10_000)), Some((10_000, 3_000)), None];
const MODES: [Mode; 3] = [Mode::Act, Mode::Propose, Mode::Watch];

/// A case about the amount, with everything else in order.
fn plain(money: (i64, i64, i64), asked: Asked, says: Says, caps: Option<(i64, i64)>) -> World {
    let (captured, refunded, listed) = money;
    World {
        is_bound: true,
        payer: 1,
        is_named: true,
        paid: Paid::Yes,
        captured,
        refunded,
        listed,
        risk: Risk::None,
        is_same_mode: true,
        asked,
        says,
        caps,
        mode: Mode::Act,
        is_stopped: false,
        earlier: 0,
        approved: None,
    }
}

/// Every case about an amount.
fn amounts() -> impl Iterator<Item = World> {
    MONEY.into_iter().flat_map(|money| {
        ASKED.into_iter().flat_map(move |asked| {
            SAYS.into_iter().flat_map(move |says| {
                CAPS.into_iter().map(move |caps| plain(money, asked, says, caps))
            })
        })
    })
}

/// Every case about a person and a charge, on top of one about an amount.
fn circumstances(base: World) -> impl Iterator<Item = World> {
    let people = [true, false].into_iter().flat_map(move |is_bound| {
        [1, 2].into_iter().flat_map(move |payer| {
            [true, false].map(move |is_named| World { is_bound, payer, is_named, ..base })
        })
    });
    let charges = people.flat_map(|world| {
        PAID.into_iter().flat_map(move |paid| {
            RISKS.into_iter().flat_map(move |risk| {
                [true, false].map(move |is_same_mode| World { paid, risk, is_same_mode, ..world })
            })
        })
    });
    charges.flat_map(|world| {
        [(Mode::Act, false), (Mode::Act, true), (Mode::Watch, false)].into_iter().flat_map(
            move |(mode, is_stopped)| {
                [0, 1].map(move |earlier| World { mode, is_stopped, earlier, ..world })
            },
        )
    })
}

/// Every small case there is: two and a quarter million. Guests and the third mode are left to chance.
#[test]
fn the_guard_and_the_table_say_the_same_of_every_small_case() {
    let mut types = Types::new();
    let (mut count, mut allowed) = (0_u32, 0_u32);
    for base in amounts() {
        for world in circumstances(base) {
            agree(&mut types, &world).unwrap_or_else(|difference| panic!("{difference}"));
            count += 1;
            allowed += u32::from(expected(&world).0 == "allow");
        }
    }
    assert_eq!(count, 5 * 6 * 8 * 4 * (2 * 2 * 2) * (4 * 6 * 2) * (3 * 2));
    // By hand: money that is left × asked × given × ceilings, in the one circumstance that allows.
    assert_eq!(allowed, count_of_allowed());
}

/// A person's word counts for what a person may decide, for no more than they were asked, and for nothing else.
#[test]
fn the_guard_and_the_table_say_the_same_of_every_small_case_with_an_approval() {
    let mut types = Types::new();
    let mut allowed = 0_u32;
    for base in amounts() {
        for approved in [0, 999, 3_000, 5_001].map(Some) {
            for mode in MODES {
                for spoiled in [
                    World { mode, approved, ..base },
                    World { mode, is_stopped: true, approved, ..base },
                    World { is_bound: false, mode, approved, ..base },
                    World { risk: Risk::DisputeListed, mode, approved, ..base },
                    World { mode, earlier: 1, approved, ..base },
                ] {
                    agree(&mut types, &spoiled).unwrap_or_else(|difference| panic!("{difference}"));
                    let (answer, _, amount) = expected(&spoiled);
                    allowed += u32::from(answer == "allow");
                    assert!(amount.is_none_or(|amount| Some(amount) <= approved));
                }
            }
        }
    }
    assert!(allowed > 100, "{allowed}");
}

/// Counts what is allowed in another way: by what must be true of it.
fn count_of_allowed() -> u32 {
    let mut count = 0;
    for (captured, refunded, listed) in MONEY {
        let left = captured - refunded.max(listed);
        for given in [1_000, 3_000, 5_001] {
            for most in [None, Some(1_000), Some(3_000)] {
                for (per_refund, per_charge) in CAPS.into_iter().flatten() {
                    let is_right = given <= left
                        && most.is_none_or(|most| given <= most && most <= left)
                        && given <= per_refund
                        && captured - left + given <= per_charge;
                    count += u32::from(is_right);
                }
            }
        }
    }
    count
}

/// The table has each cause once for each way it comes about, and the guard knows no other.
#[test]
fn what_refuses_and_what_asks_is_what_the_table_says() {
    for (cause, weight, _) in TABLE {
        assert_eq!(cause.refuses(), weight == Weight::Refuses, "{cause:?}");
        assert!(!cause.is_mistake() || weight == Weight::Refuses, "{cause:?}");
    }
    // Only the database finds these.
    for cause in [Cause::Busy, Cause::OverLimit(Limit::Day), Cause::OverLimit(Limit::Hour)] {
        assert!(!cause.refuses() && !cause.is_mistake());
    }
}

fn cents() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), Just(1), 0..200_i64, 0..1_000_000_000_i64]
}

prop_compose! {
    /// A charge of which something was given back.
    fn given_back()(captured in cents())(
        refunded in 0..=captured,
        listed in 0..=captured,
        captured in Just(captured),
    ) -> (i64, i64, i64) {
        (captured, refunded, listed)
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![Just(Asked::All), cents().prop_map(Asked::Dollars), cents().prop_map(Asked::Euros)]
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![
        6 => cents().prop_map(Says::Gives),
        1 => cents().prop_map(Says::GivesEuros),
        1 => proptest::sample::select(vec![Says::Gap, Says::Asks, Says::Refuses]),
    ]
}

fn caps() -> impl Strategy<Value = Option<(i64, i64)>> {
    proptest::option::weighted(0.9, (cents(), cents()))
}

prop_compose! {
    /// Any case, mostly with one thing wrong or none.
    fn world()(
        money in given_back(),
        asked in asked(),
        says in says(),
        caps in caps(),
        approved in proptest::option::weighted(0.3, cents()),
        wrong in proptest::collection::vec(0..9_u8, 0..3),
        risk in proptest::sample::select(RISKS.to_vec()),
        paid in proptest::sample::select(PAID.to_vec()),
        mode in proptest::sample::select(MODES.to_vec()),
        payer in 0..3_u8,
    ) -> World {
        let mut world = World { approved, ..plain(money, asked, says, caps) };
        for what in wrong {
            match what {
                0 => world.is_bound = false,
                1 => world.payer = payer,
                2 => world.is_named = false,
                3 => world.paid = paid,
                4 => world.risk = risk,
                5 => world.is_same_mode = false,
                6 => world.mode = mode,
                7 => world.is_stopped = true,
                _ => world.earlier = 1,
            }
        }
        world
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn the_guard_and_the_table_say_the_same_of_any_case(world in world()) {
        prop_assert!(agree(&mut Types::new(), &world).is_ok(), "{:?}", agree(&mut Types::new(), &world));
    }

    #[test]
    fn nothing_is_allowed_beyond_what_is_left_asked_for_given_and_capped(
        money in given_back(),
        asked in asked(),
        given in cents(),
        caps in (cents(), cents()),
    ) {
        let world = plain(money, asked, Says::Gives(given), Some(caps));
        if let Verdict::Allow(approved) = Types::new().judge(&world) {
            let amount = approved.get().amount;
            prop_assert!(!amount.is_zero());
            prop_assert_eq!(amount, usd(given), "the policy gives it, nobody else");
            prop_assert!(amount.minor() <= world.left());
            prop_assert!(amount.minor() <= caps.0);
            prop_assert!(amount.minor() + world.captured - world.left() <= caps.1);
            match asked {
                Asked::All => {}
                Asked::Dollars(most) => prop_assert!(amount.minor() <= most),
                Asked::Euros(_) => prop_assert!(false, "another currency was asked for"),
            }
        }
    }

    /// What is allowed to act is allowed to nobody else: each circumstance alone is enough against it.
    #[test]
    fn one_thing_wrong_is_enough(left in 1..1_000_000_i64, wrong in 0..10_u8) {
        let world = plain((left, 0, 0), Asked::All, Says::Gives(left), Some((left, left)));
        prop_assert!(matches!(Types::new().judge(&world), Verdict::Allow(_)));
        let spoiled = match wrong {
            0 => World { is_bound: false, ..world },
            1 => World { payer: 2, ..world },
            2 => World { is_named: false, ..world },
            3 => World { paid: Paid::Pending, ..world },
            4 => World { risk: Risk::DisputeListed, ..world },
            5 => World { is_same_mode: false, ..world },
            6 => World { mode: Mode::Watch, ..world },
            7 => World { earlier: 1, ..world },
            8 => World { is_stopped: true, ..world },
            _ => World { caps: Some((left - 1, left)), ..world },
        };
        prop_assert!(!matches!(Types::new().judge(&spoiled), Verdict::Allow(_)));
    }
}
