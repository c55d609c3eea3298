//! How a language asks for a person, and how such a wish is found in a message.

use std::sync::LazyLock;

use super::Wish;
use super::text::{List, behind, holds, places};

/// How many words of a text can take back the wish it ends with: `I don't need to talk to a person`.
const REACH_OF_DENIAL: usize = 8;

/// How many small words stand between a verb and its noun at most: `to one of your other real people`.
const MOST_SMALL: usize = 7;

/// How many words stand between a noun and its verb behind it at most.
const MOST_BETWEEN: usize = 4;

/// How many letters it is where words are not parted.
const MOST_LETTERS_BETWEEN: usize = 12;

/// No words.
static NOTHING: LazyLock<List> = LazyLock::new(|| List::of(""));

/// What answers in the place of people, and is seldom sold.
static BOTS: LazyLock<List> = LazyLock::new(|| {
    List::of("bot|bots|chatbot|chatbots|robot|robots|robo|robos|roboter|روبوت|روبوتا|بوت")
});

/// Articles before a thing that is known, such as one that was bought.
static DEFINITE: LazyLock<List> = LazyLock::new(|| {
    List::of(
        "the|this|that|le|la|l|les|ce|cette|der|die|das|den|dem|diesen|el|los|las|este|esta|o|il|lo|questo|de|\
    het|deze|dit",
    )
});

/// The words of a language, as they are written or as they are looked up. In each written list entries are parted by
/// `|`; an entry that ends with `*` is the beginning of a word. All are folded.
pub(super) struct Tongue<L> {
    /// Whether words are parted by spaces.
    pub(super) is_spaced: bool,
    /// What turns a sentence around: `I do not want a bot but a human`.
    pub(super) turns: L,
    /// Ways to come to somebody: `talk to`.
    pub(super) reach: L,
    /// Ways to want somebody: `I need`.
    pub(super) want: L,
    /// Who works for the company, or is no machine.
    pub(super) people: L,
    /// Whoever may be meant as well: `someone`. Not enough to be wanted, since a customer wants much.
    pub(super) others: L,
    /// What stands between a verb and its noun.
    pub(super) small: L,
    /// What may come behind somebody who is wanted; whatever else comes says what is really wanted: `an agent plan`.
    pub(super) follow: L,
    /// What stands before somebody where the verb comes last.
    pub(super) with: L,
    /// The verb that comes last.
    pub(super) verbs: L,
    /// What says it by itself.
    pub(super) phrases: L,
    /// What takes a wish back that comes behind it.
    pub(super) denials: L,
    /// What is said beside a wish of one word, and says nothing.
    pub(super) courtesy: L,
    /// How a question begins that asks who answers.
    pub(super) asks: L,
    /// Machines, with which nobody need speak who does not want to.
    pub(super) machines: L,
    /// What such a question may be about: a machine, or no machine.
    pub(super) natures: L,
}

/// A language as its file writes it.
pub(super) type Written = Tongue<&'static str>;

impl Written {
    /// The language as it is looked up.
    pub(super) fn lists(&self) -> Tongue<List> {
        Tongue {
            is_spaced: self.is_spaced,
            turns: List::of(self.turns),
            reach: List::of(self.reach),
            want: List::of(self.want),
            people: List::of(self.people),
            others: List::of(self.others),
            small: List::of(self.small),
            follow: List::of(self.follow),
            with: List::of(self.with),
            verbs: List::of(self.verbs),
            phrases: List::of(self.phrases),
            denials: List::of(self.denials),
            courtesy: List::of(self.courtesy),
            asks: List::of(self.asks),
            machines: List::of(self.machines),
            natures: List::of(self.natures),
        }
    }
}

/// What a sentence says.
enum Said {
    Wish(Wish),
    /// Only a greeting.
    Courtesy,
    /// Anything else.
    More,
}

impl Tongue<List> {
    /// What sentences wish for.
    pub(super) fn wish(&self, sentences: &[Vec<String>]) -> Option<Wish> {
        let mut is_all = true;
        let mut asks = false;
        for sentence in sentences {
            match self.read(sentence) {
                Said::Wish(Wish::Person) => return Some(Wish::Person),
                Said::Wish(Wish::Disclosure { is_all: is_all_of_it }) => {
                    asks = true;
                    is_all &= is_all_of_it;
                }
                Said::Courtesy => {}
                Said::More => is_all = false,
            }
        }
        asks.then_some(Wish::Disclosure { is_all })
    }

    fn read(&self, sentence: &[String]) -> Said {
        let parts: Vec<String> = sentence.iter().flat_map(|part| self.parts(part)).collect();
        if self.is_alone(&parts) {
            return Said::Wish(Wish::Person);
        }
        let mut said = Vec::new();
        for part in &parts {
            let (asks, rest) = match self.question(part) {
                Some(rest) => (true, rest),
                None => (false, part.clone()),
            };
            if self.wants_person(&rest) {
                return Said::Wish(Wish::Person);
            }
            said.push((asks, self.says_nothing(&rest)));
        }
        let is_all = said.iter().all(|(_, says_nothing)| *says_nothing);
        if said.iter().any(|(asks, _)| *asks) {
            return Said::Wish(Wish::Disclosure { is_all });
        }
        if is_all { Said::Courtesy } else { Said::More }
    }

    /// A part, parted again where it turns around. Spaces mean nothing where words are not parted by them.
    fn parts(&self, part: &str) -> Vec<String> {
        if !self.is_spaced {
            return vec![part.replace(' ', "")];
        }
        let mut parts = vec![String::from(" ")];
        for word in part.split_whitespace() {
            if self.turns.has(word) {
                parts.push(String::from(" "));
            } else if let Some(last) = parts.last_mut() {
                last.push_str(word);
                last.push(' ');
            }
        }
        parts.retain(|part| !part.trim().is_empty());
        parts
    }

    /// Whether a sentence names a person and says nothing else: `No, a human please!`.
    fn is_alone(&self, parts: &[String]) -> bool {
        let mut people = 0_usize;
        for part in parts {
            let mut rest = part.trim_start();
            while !rest.is_empty() {
                if let Some(next) = self.behind(rest, &self.people) {
                    people = people.saturating_add(1);
                    rest = next;
                } else if let Some(next) = self.behind(rest, &self.courtesy) {
                    rest = next;
                } else {
                    return false;
                }
            }
        }
        people > 0
    }

    fn says_nothing(&self, part: &str) -> bool {
        let mut rest = part.trim_start();
        while !rest.is_empty() {
            let lists = [&self.courtesy, &self.small, &self.people, &self.natures];
            match lists.iter().find_map(|entries| self.behind(rest, entries)) {
                Some(next) => rest = next,
                None => return false,
            }
        }
        true
    }

    /// What is left of a part that asks who answers.
    fn question(&self, part: &str) -> Option<String> {
        places(part, self.is_spaced).find_map(|(before, rest)| {
            let rest = self.behind(rest, &self.asks)?;
            let rest = self.noun(rest, &self.natures).filter(|rest| self.may_end(rest))?;
            Some(format!("{before}{rest}"))
        })
    }

    fn wants_person(&self, part: &str) -> bool {
        places(part, self.is_spaced).any(|(before, rest)| {
            let is_said = self.behind(rest, &self.phrases).is_some();
            is_said && !self.denies(before)
                || self.asks(part, rest, before, [&self.people, &self.others])
                || self.shuns(part, rest, before)
        })
    }

    /// Whether one of these is asked for where `rest` begins, and nothing takes it back.
    fn asks(&self, part: &str, rest: &str, before: &str, nouns: [&List; 2]) -> bool {
        self.end(rest, before, nouns).is_some_and(|left| {
            // Where words are not parted the last one decides.
            !self.denies(if self.is_spaced { until(part, left) } else { part })
        })
    }

    /// Whether somebody does not want to speak with a machine where `rest` begins, or wants no bot. Who does not
    /// want the machine may have bought one.
    fn shuns(&self, part: &str, rest: &str, before: &str) -> bool {
        if !self.is_spaced {
            return false;
        }
        let machines = [&self.machines, &*NOTHING];
        let is_first = before.trim().is_empty();
        let spoken = self.reach(rest, machines).or_else(|| self.lead(rest, is_first, machines));
        let wanted = || {
            self.want(rest, [&*BOTS, &*NOTHING])
                .filter(|left| !holds(until(rest, left), &DEFINITE, true))
        };
        spoken.or_else(wanted).is_some_and(|left| self.denies(until(part, left)))
    }

    /// What comes behind the words that ask for one of these.
    fn end<'a>(&self, rest: &'a str, before: &str, nouns: [&List; 2]) -> Option<&'a str> {
        let is_first = before.trim().is_empty();
        self.reach(rest, nouns)
            .or_else(|| self.want(rest, nouns))
            .or_else(|| self.lead(rest, is_first, nouns))
    }

    /// What comes behind a verb and somebody.
    fn reach<'a>(&self, rest: &'a str, [people, others]: [&List; 2]) -> Option<&'a str> {
        let rest = self.behind(rest, &self.reach)?;
        self.noun(rest, people).or_else(|| self.noun(rest, others))
    }

    /// What comes behind somebody who is wanted, and not only something that is called like them.
    fn want<'a>(&self, rest: &'a str, [people, _]: [&List; 2]) -> Option<&'a str> {
        let rest = self.behind(rest, &self.want)?;
        self.noun(rest, people).filter(|rest| self.may_end(rest))
    }

    /// What comes behind somebody and the verb behind them. Only at the beginning they may stand without anything
    /// before them.
    fn lead<'a>(
        &self,
        rest: &'a str,
        is_first: bool,
        [people, others]: [&List; 2],
    ) -> Option<&'a str> {
        let is_bare = is_first || self.with.is_empty();
        let led = self.behind(rest, &self.with);
        let led = led.and_then(|rest| self.noun(rest, people).or_else(|| self.noun(rest, others)));
        let rest = led.or_else(|| self.noun(rest, people).filter(|_| is_bare))?;
        let most = if self.is_spaced { MOST_BETWEEN } else { MOST_LETTERS_BETWEEN };
        let places = places(rest, self.is_spaced).map(|(_, rest)| rest);
        let mut verbs = std::iter::once(rest).chain(places).take(most.saturating_add(2));
        verbs.find_map(|rest| self.behind(rest, &self.verbs))
    }

    /// What comes behind a noun with small words before it.
    fn noun<'a>(&self, mut rest: &'a str, nouns: &List) -> Option<&'a str> {
        if nouns.is_empty() {
            return None;
        }
        for _ in 0..=MOST_SMALL {
            if let Some(rest) = self.behind(rest, nouns) {
                return Some(rest);
            }
            rest = self.behind(rest, &self.small)?;
        }
        None
    }

    fn may_end(&self, rest: &str) -> bool {
        rest.trim().is_empty() || self.behind(rest, &self.follow).is_some()
    }

    /// Whether a text takes back the wish that it ends with. Where words are not parted what takes it back may
    /// stand anywhere.
    fn denies(&self, text: &str) -> bool {
        if !self.is_spaced {
            return holds(text, &self.denials, false);
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let skipped = words.len().saturating_sub(REACH_OF_DENIAL);
        let near: Vec<&str> = words.into_iter().skip(skipped).collect();
        holds(&format!(" {} ", near.join(" ")), &self.denials, true)
    }

    fn behind<'a>(&self, rest: &'a str, entries: &List) -> Option<&'a str> {
        behind(rest, entries, self.is_spaced)
    }
}

/// A text up to where `left`, its end, begins.
fn until<'a>(text: &'a str, left: &str) -> &'a str {
    text.get(..text.len().saturating_sub(left.len())).unwrap_or_default()
}
