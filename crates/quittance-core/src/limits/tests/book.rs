//! A million reservations, confirmations and voids in a book that keeps the database's one rule.

use std::collections::{BTreeMap, VecDeque};

use super::*;

/// How many worlds there are, and how many steps in each: a million in all.
const WORLDS: u64 = 1_000;
const STEPS: u64 = 1_000;

/// Numbers that look random and are the same every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> i64 {
        i64::try_from(self.next() % end).unwrap()
    }
}

type Key = (String, i64, String);

/// Budgets, as the database keeps them.
#[derive(Default)]
struct Book {
    /// Posted and pending.
    budgets: BTreeMap<Key, (i64, i64)>,
    /// What is reserved and not resolved, oldest first.
    held: VecDeque<Vec<Reservation>>,
}

fn key(taken: &Reservation) -> Key {
    (taken.scope.clone(), taken.window_start, taken.currency.clone())
}

impl Book {
    /// Takes every reservation or none.
    fn reserve(&mut self, all: Vec<Reservation>) -> bool {
        let fits = all.iter().all(|taken| {
            let (posted, pending) = self.budgets.get(&key(taken)).copied().unwrap_or_default();
            posted + pending + taken.amount <= taken.cap
        });
        if fits {
            for taken in &all {
                self.budgets.entry(key(taken)).or_default().1 += taken.amount;
            }
            self.held.push_back(all);
        }
        fits
    }

    /// Resolves what was reserved at some time: it left, or it did not.
    fn resolve(&mut self, index: usize, has_left: bool) -> Option<Reservation> {
        let all = self.held.remove(index)?;
        for taken in &all {
            let (posted, pending) = self.budgets.get_mut(&key(taken)).unwrap();
            *pending -= taken.amount;
            *posted += if has_left { taken.amount } else { 0 };
            assert!(*pending >= 0);
        }
        let day = all.into_iter().find(|taken| taken.limit == Limit::Day);
        day.filter(|_| has_left)
    }

    fn used(&self, scope: &str, window: i64, currency: &str) -> i64 {
        let found = self.budgets.get(&(scope.to_owned(), window, currency.to_owned()));
        found.map_or(0, |(posted, pending)| posted + pending)
    }

    fn taken(&self, currency: Currency, now: Timestamp) -> Taken {
        let windows = Windows::of(now);
        let under_way = self
            .held
            .iter()
            .flatten()
            .filter(|taken| taken.limit == Limit::Day && taken.currency == currency.code());
        Taken {
            day: self.used(DAY, windows.day, currency.code()),
            month: self.used(MONTH, windows.month, currency.code()),
            hour: self.used(HOUR, windows.hour, COUNT),
            under_way: under_way.map(|taken| taken.amount).sum(),
        }
    }
}

/// What was said could leave at the worst, and what has left since.
struct Said {
    day: i64,
    worst: BTreeMap<Currency, i64>,
    left: BTreeMap<String, i64>,
}

/// One world: its limits, its time, and what was said about it last.
struct World {
    dice: Dice,
    limits: Limits,
    now: Timestamp,
    book: Book,
    said: Option<Said>,
}

const CURRENCIES: [Currency; 2] = [Currency::USD, Currency::JPY];

impl World {
    fn new(seed: u64) -> Self {
        let start: Timestamp = "2026-01-27T00:00:00Z".parse().unwrap();
        let mut world = Self {
            dice: Dice(seed),
            limits: limits(),
            now: start,
            book: Book::default(),
            said: None,
        };
        world.set_limits();
        world
    }

    fn step(&mut self) {
        match self.dice.below(100) {
            0 => self.set_limits(),
            1..=4 => self.say(),
            5..=20 => {
                let millis = self.dice.below(40 * 60_000);
                self.now += jiff::SignedDuration::from_millis(millis);
            }
            21..=60 => self.reserve(),
            _ => self.resolve(),
        }
    }

    /// Ceilings change while money is spent, up and down. What was said about the old ones is void.
    fn set_limits(&mut self) {
        self.said = None;
        let dice = &mut self.dice;
        let caps = CURRENCIES.map(|currency| {
            let mut amount = |most| Money::from_minor(dice.below(most), currency).unwrap();
            let by_reason = BTreeMap::from([(Reason::Goodwill, amount(2_000))]);
            let caps = Caps {
                per_refund: amount(500),
                per_charge: amount(900),
                per_customer_month: amount(3_000),
                per_day: amount(5_000),
                per_month: amount(20_000),
                per_reason_day: by_reason,
            };
            (currency, caps)
        });
        let refunds_per_hour = u32::try_from(dice.below(20)).unwrap();
        self.limits = Limits { refunds_per_hour, currencies: BTreeMap::from(caps) };
    }

    fn say(&mut self) {
        let worst = CURRENCIES.map(|currency| {
            let taken = self.book.taken(currency, self.now);
            (currency, worst_loss(&self.limits, currency, &taken, self.now).unwrap().minor())
        });
        let day = Windows::of(self.now).day;
        self.said = Some(Said { day, worst: BTreeMap::from(worst), left: BTreeMap::new() });
    }

    fn reserve(&mut self) {
        let currency = CURRENCIES[usize::try_from(self.dice.below(2)).unwrap()];
        let number = self.dice.below(50);
        let amount = Money::from_minor(1 + self.dice.below(500), currency).unwrap();
        let mut paid = charge(&format!("ch_{number}"), 1_000, currency, "2026-01-01T00:00:00Z");
        paid.customer = Some(format!("cus_{}", number % 7).parse().unwrap());
        let reason = Reason::ALL[usize::try_from(self.dice.below(13)).unwrap()];
        let asked = Refund { charge: paid.id.clone(), amount, reason };
        if !broken_alone(&self.limits, &asked, &paid).unwrap().is_empty() {
            return;
        }
        let all = reservations(&self.limits, &asked, &paid, self.now);
        if self.book.reserve(all.clone()) {
            for taken in &all {
                let used = self.book.used(&taken.scope, taken.window_start, &taken.currency);
                assert!(used <= taken.cap, "{taken:?}: {used}");
            }
        }
    }

    fn resolve(&mut self) {
        let count = u64::try_from(self.book.held.len()).unwrap();
        if count == 0 {
            return;
        }
        let index = usize::try_from(self.dice.below(count)).unwrap();
        let has_left = self.dice.below(3) > 0;
        let Some(left) = self.book.resolve(index, has_left) else { return };
        self.check(&left);
    }

    /// Nothing leaves beyond what was said could leave that day.
    fn check(&mut self, left: &Reservation) {
        let today = Windows::of(self.now).day;
        let Some(said) = self.said.as_mut().filter(|said| said.day == today) else { return };
        let sum = said.left.entry(left.currency.clone()).or_default();
        *sum += left.amount;
        let currency: Currency = left.currency.parse().unwrap();
        assert!(*sum <= said.worst[&currency], "{sum} of {} {currency}", said.worst[&currency]);
    }
}

#[test]
fn a_million_steps_never_pass_a_ceiling_or_the_worst_loss() {
    let (mut posted, mut most) = (0_i64, 0_usize);
    for seed in 0..WORLDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        most = most.max(world.book.held.len());
        while !world.book.held.is_empty() {
            world.book.resolve(0, false);
        }
        assert!(world.book.budgets.values().all(|(_, pending)| *pending == 0));
        let days = world.book.budgets.iter().filter(|((scope, ..), _)| scope == DAY);
        posted += days.map(|(_, (posted, _))| posted).sum::<i64>();
    }
    // Something must have happened, or nothing was tested.
    assert!(posted > 1_000_000 && most > 5, "{posted} {most}");
}
