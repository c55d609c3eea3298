//! What happens in a run besides its faults: who there is, what they paid, what they say.

use std::sync::LazyLock;

use quittance_core::guard::Mode;

use super::brain::Thought;
use super::dice::Dice;

/// A payment: how much in cents, and how many hours ago.
pub(crate) type Payment = (i64, i64);

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Person {
    /// What they paid, oldest first.
    pub(crate) payments: Vec<Payment>,
    /// Whether they signed in, so that Intercom vouches for them.
    pub(crate) is_verified: bool,
    /// The card they pay with; two with one card are one person to the limits.
    pub(crate) card: u32,
}

/// Something that happens from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// A customer writes, in their open conversation or a new one.
    Say { person: usize, is_new: bool },
    /// A teammate answers in the newest conversation of a customer.
    TeammateReplies { person: usize },
    /// A teammate takes the newest conversation of a customer.
    TeammateTakes { person: usize },
    /// The bank is told to take a payment back.
    Dispute { person: usize, payment: usize },
    /// Somebody refunds so many cents in Stripe's dashboard.
    RefundByHand { person: usize, payment: usize, minor: i64 },
    /// The bank sends the newest refund of a payment back.
    BankRefuses { person: usize, payment: usize },
    /// Somebody stops money.
    Stop,
    /// Somebody lets it move again.
    Resume,
    /// A person takes up what is not settled.
    Settle,
}

/// What a run is about.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// What it is called in reports.
    pub(crate) name: &'static str,
    /// The customers.
    pub(crate) people: Vec<Person>,
    /// What happens, by true time since the beginning in milliseconds, in order.
    pub(crate) happenings: Vec<(i64, Happening)>,
    /// What the model does, one question after the other.
    pub(crate) thoughts: Vec<Thought>,
    /// What it does afterwards.
    pub(crate) afterwards: Thought,
    /// Whether it does its worst instead.
    pub(crate) is_hostile: bool,
    /// How many processes work on the database.
    pub(crate) nodes: usize,
    /// How much the agent may do.
    pub(crate) mode: Mode,
    /// The ceiling of a day, in cents.
    pub(crate) per_day: i64,
    /// How many refunds may be decided in an hour.
    pub(crate) per_hour: u32,
    /// How many refunds there are when nothing goes wrong.
    pub(crate) refunds: usize,
}

/// Charged twice: the newest is given back in full.
const TWICE: [Payment; 2] = [(4_900, 30), (4_900, 28)];

fn person(payments: &[Payment], card: u32) -> Person {
    Person { payments: payments.to_vec(), is_verified: true, card }
}

fn propose(charge: u32, reason: &'static str, amount: Option<&'static str>) -> Thought {
    Thought::Propose { charge, reason, amount }
}

const SAY: Happening = Happening::Say { person: 0, is_new: false };

/// One customer who says one thing, and a model that does `thoughts`.
fn one(
    name: &'static str,
    payments: &[Payment],
    thoughts: Vec<Thought>,
    refunds: usize,
) -> Scenario {
    Scenario {
        name,
        people: vec![person(payments, 1)],
        happenings: vec![(0, SAY)],
        thoughts,
        afterwards: Thought::HandOff,
        is_hostile: false,
        nodes: 1,
        mode: Mode::Act,
        per_day: 10_000_000,
        per_hour: 1_000,
        refunds,
    }
}

/// One customer, charged twice, who gets the second payment back.
fn twice(name: &'static str) -> Scenario {
    one(name, &TWICE, vec![propose(1, "duplicate_charge", None)], 1)
}

impl Scenario {
    fn with(mut self, at_ms: i64, happening: Happening) -> Self {
        self.happenings.push((at_ms, happening));
        self
    }

    fn on(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }

    fn giving(mut self, refunds: usize) -> Self {
        self.refunds = refunds;
        self
    }

    fn then(mut self, thought: Thought) -> Self {
        self.afterwards = thought;
        self
    }

    fn and(mut self, other: Person) -> Self {
        let person = self.people.len();
        self.people.push(other);
        self.happenings.push((0, Happening::Say { person, is_new: false }));
        self
    }
}

static FLOWS: LazyLock<Vec<Scenario>> = LazyLock::new(all);

static SETTLED: LazyLock<Vec<Scenario>> = LazyLock::new(settled);

/// Flows that end with money given back for one message.
static AT_ONCE: LazyLock<Vec<Scenario>> =
    LazyLock::new(|| SETTLED.iter().filter(|flow| flow.happenings.len() == 1).cloned().collect());

/// The flows whose every place is crashed at.
pub(crate) fn flows() -> &'static [Scenario] {
    &FLOWS
}

fn all() -> Vec<Scenario> {
    let dup = || propose(1, "duplicate_charge", None);
    let mut flows = settled();
    flows.extend(left_to_people());
    flows.extend(talked());
    flows.extend(crossed());
    flows.extend(stopped());
    // The same on two machines.
    flows.push(twice("refund, two nodes").on(2));
    flows.push(
        one("two conversations on one charge, two nodes", &TWICE, vec![], 1)
            .with(0, Happening::Say { person: 0, is_new: true })
            .then(dup())
            .on(2),
    );
    flows.push(
        one("two customers with one card, two nodes", &TWICE, vec![], 2)
            .and(person(&TWICE, 1))
            .then(dup())
            .on(2),
    );
    flows
}

/// Flows that end with money given back.
fn settled() -> Vec<Scenario> {
    vec![
        twice("refund in full"),
        one("refund of a half", &[(4_900, 48)], vec![propose(1, "changed_mind", None)], 1),
        one(
            "refund of less than asked",
            &[(4_900, 48)],
            vec![propose(1, "unused", Some("12.50"))],
            1,
        ),
        one("refund of what was not used", &[(4_900, 48)], vec![propose(1, "unused", None)], 1),
        one(
            "look-up, then refund",
            &TWICE,
            vec![Thought::LookUp, propose(1, "duplicate_charge", None)],
            1,
        ),
        one(
            "search, then refund",
            &TWICE,
            vec![Thought::Search, propose(1, "duplicate_charge", None)],
            1,
        ),
        one(
            "impossible amount, then refund",
            &TWICE,
            vec![
                propose(1, "duplicate_charge", Some("900.00")),
                propose(1, "duplicate_charge", None),
            ],
            1,
        ),
        one(
            "question, then refund",
            &TWICE,
            vec![Thought::Ask, propose(1, "duplicate_charge", None)],
            1,
        )
        .with(600_000, SAY),
        one(
            "broken arguments, then refund",
            &TWICE,
            vec![Thought::BrokenArguments, propose(1, "duplicate_charge", None)],
            1,
        ),
        twice("refund, then thanks").with(900_000, SAY),
        twice("refund, then asked again").with(900_000, SAY).then(propose(
            1,
            "duplicate_charge",
            None,
        )),
        twice("two messages at once").with(200, SAY),
        twice("the bank sends it back")
            .with(3_600_000, Happening::BankRefuses { person: 0, payment: 1 }),
        twice("disputed afterwards").with(3_600_000, Happening::Dispute { person: 0, payment: 1 }),
    ]
}

/// Flows that a person ends.
fn left_to_people() -> Vec<Scenario> {
    let mut stranger = twice("nobody vouches for the customer").giving(0);
    for person in &mut stranger.people {
        person.is_verified = false;
    }
    let mut watching = twice("watching only").giving(0);
    watching.mode = Mode::Watch;
    let mut proposing = twice("proposing only").giving(0);
    proposing.mode = Mode::Propose;
    let mut full = twice("the day's budget is too small").giving(0);
    full.per_day = 4_000;
    vec![
        stranger,
        watching,
        proposing,
        full,
        one("the policy wants a person", &TWICE, vec![propose(1, "service_problem", None)], 0),
        one("the policy says nothing", &TWICE, vec![propose(1, "goodwill", None)], 0),
        one("no such charge", &TWICE, vec![], 0).then(propose(9, "unused", None)),
        one("two proposals at once", &TWICE, vec![], 0).then(Thought::ProposeTwice),
        one("a tool that is not there", &TWICE, vec![], 0).then(Thought::NoSuchTool),
        one("a model that loops", &TWICE, vec![], 0).then(Thought::LookUp),
        one("a model that says nothing", &TWICE, vec![], 0).then(Thought::Nothing),
        one("another model answers", &TWICE, vec![], 0).then(Thought::OtherModel),
        one("garbage from the model", &TWICE, vec![], 0).then(Thought::Garbage),
        one("a promise from the model", &TWICE, vec![], 0)
            .then(Thought::Say("I have refunded 500.00 USD to your card.")),
        one("handed over", &TWICE, vec![Thought::HandOff], 0),
    ]
}

/// Flows that end with words.
fn talked() -> Vec<Scenario> {
    vec![
        one("the policy refuses", &TWICE, vec![propose(1, "accidental", None)], 0),
        one("too old", &[(4_900, 24 * 60)], vec![propose(1, "changed_mind", None)], 0),
        one("a question", &TWICE, vec![Thought::Ask], 0),
        one("small talk", &TWICE, vec![Thought::Say("How can I help you with your order?")], 0),
        one("what the policy says", &TWICE, vec![Thought::Search, Thought::ShowPolicy], 0),
    ]
}

/// Flows in which something else happens meanwhile.
fn crossed() -> Vec<Scenario> {
    let dup = || propose(1, "duplicate_charge", None);
    let by_hand = |minor| Happening::RefundByHand { person: 0, payment: 1, minor };
    vec![
        one("disputed before", &TWICE, vec![dup()], 0)
            .with(0, Happening::Dispute { person: 0, payment: 1 }),
        one("given back before", &TWICE, vec![dup()], 0).with(0, by_hand(4_900)),
        one("partly given back before", &TWICE, vec![dup()], 1).with(0, by_hand(1_000)),
        one("a teammate answers first", &TWICE, vec![dup()], 0)
            .with(0, Happening::TeammateReplies { person: 0 }),
        one("a teammate takes it first", &TWICE, vec![dup()], 0)
            .with(0, Happening::TeammateTakes { person: 0 }),
        twice("two conversations on one charge")
            .with(0, Happening::Say { person: 0, is_new: true })
            .then(dup()),
        one("two payments of one customer", &[(4_900, 48), (2_900, 24)], vec![], 1)
            .with(0, Happening::Say { person: 0, is_new: true })
            .then(propose(1, "unused", None)),
        twice(DISPUTED_LATER).with(LATER_MS, Happening::Dispute { person: 0, payment: 1 }),
        twice(TAKEN_LATER).with(LATER_MS, Happening::TeammateTakes { person: 0 }),
        one("two customers", &TWICE, vec![], 2).and(person(&TWICE, 2)).then(dup()),
        one("two customers with one card", &TWICE, vec![], 2).and(person(&TWICE, 1)).then(dup()),
    ]
}

/// Flows in which something happens that matters only to a refund that has not been sent by then.
pub(crate) const DISPUTED_LATER: &str = "refund, and a dispute later";
pub(crate) const TAKEN_LATER: &str = "refund, and a teammate later";

/// When that happens, in milliseconds.
const LATER_MS: i64 = 600_000;

/// Flows in which somebody stops money.
fn stopped() -> Vec<Scenario> {
    vec![
        twice("stopped before").with(0, Happening::Stop).giving(0),
        twice("stopped and let go").with(300, Happening::Stop).with(3_600_000, Happening::Resume),
    ]
}

/// A scenario by chance: mostly customers who have a claim and say so once, now and then everything else.
pub(crate) fn random(dice: &mut Dice) -> Scenario {
    let flows = match dice.below(9) {
        0..=2 => &*FLOWS,
        3..=4 => &*SETTLED,
        _ => &*AT_ONCE,
    };
    let at = dice.index(flows.len());
    let Some(mut scenario) = flows.get(at).cloned() else { return one("nothing", &[], vec![], 0) };
    if dice.one_in(6) {
        scenario.nodes = 2;
    }
    if dice.one_in(12) {
        scenario.is_hostile = true;
    }
    if dice.one_in(10) {
        scenario.per_hour = 1;
    }
    if dice.one_in(12) && scenario.people.len() == 1 {
        let card = u32::try_from(dice.below(2)).unwrap_or(0).saturating_add(1);
        scenario = scenario.and(person(&TWICE, card)).then(propose(1, "duplicate_charge", None));
    }
    if dice.one_in(16) {
        let is_new = dice.one_in(2);
        let at_ms = dice.between(0, 7_200_000);
        scenario = scenario.with(at_ms, Happening::Say { person: 0, is_new });
    }
    if dice.one_in(16) {
        let at_ms = dice.between(1_000, 30 * 3_600_000);
        scenario = scenario.with(at_ms, Happening::Settle);
    }
    scenario.happenings.sort_by_key(|(at_ms, _)| *at_ms);
    scenario
}
