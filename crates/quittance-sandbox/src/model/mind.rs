//! What the stand-in does next: rules over the messages, the facts and the results so far.

use quittance_core::reason::Reason;
use serde_json::{Value, json};

use super::charges::{self, Charge, Pick};
use super::hints::Hints;
use super::intent::{self, Intent};
use super::language::{self, Language};
use super::phrases;
use super::reasons;
use super::request::{Choice, Request};
use super::response;
use super::text::fold;

/// How many calls one turn may have before a person is asked for.
const MOST_CALLS: usize = 6;
/// How often the customer is asked what it is about before a person is asked for.
const MOST_GREETINGS: usize = 2;
/// The longest heading of a clause that is repeated to a customer, in characters.
const LONGEST_CLAUSE: usize = 60;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Say(String),
    Ask(String),
    HandOff(&'static str),
    Search(&'static str),
    Propose { charge: String, reason: Reason },
    List,
}

/// A call of this turn with its result.
struct Exchange {
    name: String,
    result: Value,
}

impl Exchange {
    fn is_ok(&self) -> bool {
        self.result.get("ok").and_then(Value::as_bool) == Some(true)
    }

    fn error(&self, field: &str) -> &Value {
        self.result.get("error").and_then(|error| error.get(field)).unwrap_or(&Value::Null)
    }
}

/// The request, understood.
struct Scene {
    facts: Value,
    /// What the customer wrote since the last answer.
    newest: String,
    /// Everything the customer wrote, the newest first.
    customer: Vec<String>,
    /// What the customer was told before, the oldest first.
    answers: Vec<String>,
    exchanges: Vec<Exchange>,
    /// Whether the last text was sent back as unfit.
    is_sent_back: bool,
}

/// The assistant's next message.
pub(super) fn think(request: &Request) -> Value {
    let scene = Scene::read(&request.messages);
    let language = language::detect(&scene.customer);
    let act = scene.next(request, language);
    carry(request, language, act)
}

impl Scene {
    fn read(messages: &[Value]) -> Self {
        let mut scene = Self {
            facts: Value::Null,
            newest: String::new(),
            customer: Vec::new(),
            answers: Vec::new(),
            exchanges: Vec::new(),
            is_sent_back: false,
        };
        let mut called: Vec<(String, String)> = Vec::new();
        let mut is_answered = false;
        for message in messages {
            let content = Request::content(message);
            match message.get("role").and_then(Value::as_str) {
                Some("system" | "developer") => {
                    if let Some(facts) = facts(&content) {
                        scene.facts = facts;
                    }
                }
                Some("user") if is_send_back(&content) => {
                    scene.is_sent_back = true;
                    // What was sent back never reached the customer.
                    scene.answers.pop();
                    is_answered = false;
                }
                Some("user") => {
                    if is_answered {
                        scene.newest.clear();
                    }
                    is_answered = false;
                    scene.hear(content);
                }
                Some("assistant") => {
                    let calls = message.get("tool_calls").and_then(Value::as_array);
                    called.extend(calls.into_iter().flatten().filter_map(call));
                    if calls.is_none() {
                        scene.answers.push(content);
                        is_answered = true;
                    }
                }
                Some("tool") => {
                    let id = message.get("tool_call_id").and_then(Value::as_str);
                    let name = called.iter().find(|(known, _)| Some(known.as_str()) == id);
                    if let Some((_, name)) = name {
                        let result = serde_json::from_str(&content).unwrap_or(Value::Null);
                        scene.exchanges.push(Exchange { name: name.clone(), result });
                    }
                }
                Some(_) | None => {}
            }
        }
        scene
    }

    fn hear(&mut self, content: String) {
        self.newest.push('\n');
        self.newest.push_str(&content);
        self.customer.insert(0, content);
        self.exchanges.clear();
    }

    fn next(&self, request: &Request, language: Language) -> Act {
        if self.is_sent_back {
            return Act::Say(phrases::closing(language).to_owned());
        }
        if let Some(act) = self.after_proposal(request, language) {
            return act;
        }
        if self.exchanges.len() >= MOST_CALLS {
            return Act::HandOff("The look-ups led nowhere.");
        }
        match self.intent() {
            Intent::Refund(reason) => self.refund(request, language, reason),
            Intent::Whereabouts => self.whereabouts(request),
            Intent::Policy => self.policy(request, language),
            Intent::Person => Act::HandOff("The customer asks for a person."),
            Intent::Cancel => Act::HandOff("The customer wants to cancel the subscription."),
            Intent::Abuse => Act::HandOff("The customer is insulting us."),
            Intent::Done => Act::Say(phrases::welcome(language).to_owned()),
            Intent::Vague if self.times_said(phrases::greeting) >= MOST_GREETINGS => {
                Act::HandOff("It is not clear what the customer wants.")
            }
            Intent::Vague => Act::Ask(phrases::greeting(language).to_owned()),
        }
    }

    /// What the customer wants: the newest words decide, and if they decide nothing, the ones before.
    fn intent(&self) -> Intent {
        let everything = self.customer.join("\n");
        let (now, earlier) = (intent::of(&self.newest), intent::of(&everything));
        if now == Intent::Refund(None) {
            Intent::Refund(reasons::of(&fold(&everything)))
        } else if now != Intent::Vague || self.answers.is_empty() || earlier == Intent::Done {
            now
        } else if earlier == Intent::Policy && intent::is_bare_answer(&fold(&self.newest)) {
            Intent::Refund(None)
        } else {
            earlier
        }
    }

    fn refund(&self, request: &Request, language: Language, reason: Option<Reason>) -> Act {
        if self.facts.get("identity").and_then(Value::as_str) == Some("not verified") {
            return Act::HandOff(
                "The customer asks for a refund, and their identity is not verified.",
            );
        }
        let Some(charges) = self.charges() else {
            return if request.offers("list_charges") && !self.has_called("list_charges") {
                Act::List
            } else {
                Act::HandOff(
                    "The customer asks for a refund, and there are no facts about payments.",
                )
            };
        };
        let charge = match self.charge(&charges, reason) {
            Pick::One(charge) => charge,
            Pick::Nothing => {
                return Act::HandOff("The customer asks for a refund, and there is no payment.");
            }
            Pick::Unclear if self.times_said(phrases::ask_which) > 0 => {
                return Act::HandOff("It is not clear which payment the customer means.");
            }
            Pick::Unclear => return Act::Ask(phrases::ask_which(language).to_owned()),
        };
        if reason.is_none() && self.times_said(phrases::ask_reason) == 0 {
            return Act::Ask(phrases::ask_reason(language).to_owned());
        }
        if request.offers("search_policy") && !self.has_called("search_policy") {
            return Act::Search(phrases::query(reason));
        }
        if !request.offers("propose_refund") {
            return Act::HandOff("The customer asks for a refund, and none can be proposed.");
        }
        Act::Propose { charge: charge.handle, reason: reason.unwrap_or(Reason::Other) }
    }

    /// Whoever asks for a refund that was made hears from the program that it was, since the guard refuses another.
    fn whereabouts(&self, request: &Request) -> Act {
        let charges = self.charges().unwrap_or_default();
        let made = charges.into_iter().find(|charge| charge.is_refunded);
        match made {
            Some(charge) if request.offers("propose_refund") => {
                Act::Propose { charge: charge.handle, reason: Reason::Other }
            }
            Some(_) | None => {
                Act::HandOff("The customer asks where a refund is, and none was made.")
            }
        }
    }

    /// What follows from the outcome of a proposal, if one was made.
    fn after_proposal(&self, request: &Request, language: Language) -> Option<Act> {
        let proposals: Vec<_> =
            self.exchanges.iter().filter(|known| known.name == "propose_refund").collect();
        let last = proposals.last()?;
        if last.is_ok() {
            return Some(Act::Say(phrases::closing(language).to_owned()));
        }
        let is_refused =
            last.error("code").as_str().is_some_and(|code| code.starts_with("refused"));
        let may_retry = last.error("retryable").as_bool() == Some(true) && proposals.len() < 2;
        if !is_refused && may_retry {
            return None;
        }
        if request.offers("hand_off") {
            Some(Act::HandOff("The refund that the customer asks for was not allowed."))
        } else {
            Some(Act::Say(phrases::person(language).to_owned()))
        }
    }

    fn policy(&self, request: &Request, language: Language) -> Act {
        let found = self.exchanges.iter().rev().find(|known| known.name == "search_policy");
        let Some(found) = found else {
            return if request.offers("search_policy") {
                Act::Search(phrases::query(reasons::of(&fold(&self.newest))))
            } else {
                Act::Say(phrases::policy(language).to_owned())
            };
        };
        let sections = found.result.get("sections").and_then(Value::as_array);
        let Some(first) = sections.and_then(|sections| sections.first()) else {
            return Act::HandOff(
                "The customer asks about the policy, and nothing was found in it.",
            );
        };
        let clause = first.get("clause").and_then(Value::as_str).unwrap_or_default();
        let is_quotable = !clause.is_empty()
            && clause.chars().count() <= LONGEST_CLAUSE
            && !clause.chars().any(char::is_numeric);
        Act::Say(if is_quotable {
            phrases::clause(language, clause)
        } else {
            phrases::policy(language).to_owned()
        })
    }

    /// The customer's charges, from the newest list there is.
    fn charges(&self) -> Option<Vec<Charge>> {
        let listed =
            self.exchanges.iter().rev().find(|known| known.name == "list_charges" && known.is_ok());
        let list = listed.and_then(|known| known.result.get("charges"));
        list.or_else(|| self.facts.get("charges")).map(charges::read)
    }

    fn charge(&self, charges: &[Charge], reason: Option<Reason>) -> Pick {
        let newest = Hints::read(&self.newest);
        if reason == Some(Reason::DuplicateCharge)
            && let Some(twin) = charges::duplicate(charges, &newest)
        {
            return Pick::One(twin);
        }
        let everything = Hints::read(&self.customer.join("\n"));
        // What was said before tells, unless what was said now does.
        charges::pick(charges, if newest.fit_any(charges) { &newest } else { &everything })
    }

    /// How many answers hold a phrase, in whatever language.
    fn times_said(&self, phrase: fn(Language) -> &'static str) -> usize {
        let holds = |answer: &&String| {
            Language::ALL.iter().any(|language| answer.contains(phrase(*language)))
        };
        self.answers.iter().filter(holds).count()
    }

    fn has_called(&self, name: &str) -> bool {
        self.exchanges.iter().any(|known| known.name == name)
    }
}

/// The facts in the instructions: the first fenced block behind the line `## Facts`.
fn facts(system: &str) -> Option<Value> {
    let (_, behind) = system.split_once("## Facts")?;
    let (_, block) = behind.split_once("```json")?;
    let (block, _) = block.split_once("```")?;
    serde_json::from_str(block).ok()
}

/// Whether a user's message is the program's own, sending a text back.
fn is_send_back(content: &str) -> bool {
    serde_json::from_str::<Value>(content)
        .is_ok_and(|value| value.get("ok").and_then(Value::as_bool) == Some(false))
}

fn call(call: &Value) -> Option<(String, String)> {
    let id = call.get("id")?.as_str()?;
    let name = call.get("function")?.get("name")?.as_str()?;
    Some((id.to_owned(), name.to_owned()))
}

/// Puts an act into a message, with the tools that are on offer and as the caller demands.
fn carry(request: &Request, language: Language, act: Act) -> Value {
    if let Choice::Named(name) = &request.choice {
        let arguments = match arguments(&act) {
            Some((wanted, arguments)) if wanted == name => arguments,
            Some(_) | None => forced(name, language, &act),
        };
        return response::calls(request, &[(name, arguments.to_string())]);
    }
    if let Some((name, arguments)) = arguments(&act).filter(|(name, _)| request.offers(name)) {
        return response::calls(request, &[(name, arguments.to_string())]);
    }
    let words = match act {
        Act::Say(words) | Act::Ask(words) => words,
        Act::HandOff(_) | Act::Search(_) | Act::Propose { .. } | Act::List => {
            phrases::person(language).to_owned()
        }
    };
    if request.choice == Choice::Required {
        for name in ["ask_customer", "hand_off", "list_charges"] {
            if request.offers(name) {
                let arguments = forced(name, language, &Act::Say(words));
                return response::calls(request, &[(name, arguments.to_string())]);
            }
        }
        // Some call is demanded and only tools are on offer that make no sense now.
        if let Some(name) = request.tools.first() {
            let arguments = forced(name, language, &Act::Say(words));
            return response::calls(request, &[(name, arguments.to_string())]);
        }
    }
    response::text(&words)
}

/// The call that an act is.
fn arguments(act: &Act) -> Option<(&'static str, Value)> {
    match act {
        Act::Say(_) => None,
        Act::Ask(question) => Some(("ask_customer", json!({ "question": question }))),
        Act::HandOff(why) => Some(("hand_off", json!({ "why": why }))),
        Act::Search(query) => Some(("search_policy", json!({ "query": query }))),
        Act::List => Some(("list_charges", json!({}))),
        Act::Propose { charge, reason } => {
            let arguments = json!({ "charge": charge, "reason": reason.name(), "amount": null });
            Some(("propose_refund", arguments))
        }
    }
}

/// Arguments for a tool that is demanded although something else would be done.
fn forced(name: &str, language: Language, act: &Act) -> Value {
    match name {
        "ask_customer" => match act {
            Act::Say(words) | Act::Ask(words) => json!({ "question": words }),
            Act::HandOff(_) | Act::Search(_) | Act::Propose { .. } | Act::List => {
                json!({ "question": phrases::closing(language) })
            }
        },
        "hand_off" => json!({ "why": "Nothing else is to be done." }),
        "search_policy" => json!({ "query": phrases::query(None) }),
        "propose_refund" => {
            json!({ "charge": "charge 1", "reason": Reason::Other.name(), "amount": null })
        }
        _ => json!({}),
    }
}
