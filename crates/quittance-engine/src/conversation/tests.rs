use jiff::Timestamp;
use quittance_intercom::conversations::{Source, State as Standing};

use super::*;

/// Who did something, and what: a few letters each.
enum Did {
    Says(&'static str),
    Agent(&'static str),
    Ana(&'static str),
    AnaNotes(&'static str),
    Bot(&'static str),
    Fin(&'static str),
    AnaSnoozes,
    AgentCloses,
    AnaCloses,
    BotCloses,
}

use Did::{Agent, AgentCloses, Ana, AnaCloses, AnaNotes, AnaSnoozes, Bot, BotCloses, Fin, Says};

fn own() -> AdminId {
    "9001".parse().unwrap()
}

fn part(number: usize, did: &Did) -> Part {
    let (agent, ana) = (Author::Admin(own()), Author::Admin("9002".parse().unwrap()));
    let customer = Author::Contact("c1".parse().unwrap());
    let (kind, author, text, is_note) = match did {
        Says(text) => ("comment", customer, *text, false),
        Agent(text) => ("comment", agent, *text, false),
        Ana(text) => ("comment", ana, *text, false),
        AnaNotes(text) => ("note", ana, *text, true),
        Bot(text) => ("comment", Author::Bot, *text, false),
        Fin(text) => ("comment", Author::Fin, *text, false),
        AnaSnoozes => ("snoozed", ana, "", false),
        AgentCloses => ("close", agent, "", false),
        AnaCloses => ("close", ana, "", false),
        BotCloses => ("close", Author::Bot, "", false),
    };
    Part {
        id: format!("p{number}").parse().unwrap(),
        kind: kind.to_owned(),
        author,
        text: Personal::new(text.to_owned()),
        has_card: text.contains(quittance_core::cards::REMOVED),
        created_at: Timestamp::UNIX_EPOCH,
        is_note,
        app_package_code: None,
    }
}

fn conversation(did: &[Did]) -> Conversation {
    Conversation {
        id: "1".parse().unwrap(),
        state: Standing::Open,
        source: Source {
            kind: "conversation".to_owned(),
            delivered_as: None,
            author: Author::Contact("c1".parse().unwrap()),
        },
        contacts: Vec::new(),
        admin_assignee: None,
        team_assignee: None,
        is_with_fin: did.iter().any(|did| matches!(did, Fin(_))),
        parts: (1..).zip(did).map(|(number, did)| part(number, did)).collect(),
        is_cut: false,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// Reads what was done, the part with the number `handled` being dealt with.
fn reading(did: &[Did], handled: usize, state: State) -> Reading {
    let handled = (handled > 0).then(|| format!("p{handled}").parse().unwrap());
    read(&conversation(did), handled.as_ref(), state, &own())
}

/// What is to be answered, and the whole conversation as the model reads it.
fn heard(did: &[Did], handled: usize, state: State) -> (Vec<String>, Vec<String>) {
    let Reading::Heard(heard) = reading(did, handled, state) else { panic!("nothing was heard") };
    let new = heard.new.iter().map(|text| text.reveal().to_owned()).collect();
    let mark = |line: &Line| if line.is_customer { "> " } else { "< " };
    let history =
        heard.history.iter().map(|line| format!("{}{}", mark(line), line.text.reveal())).collect();
    (new, history)
}

#[test]
fn what_the_customer_said_since_is_heard_together() {
    let did = [Says("Hello"), Agent("Hi"), Says("I was charged"), Bot("beep"), Says("twice")];
    let (new, history) = heard(&did, 1, State::AwaitingCustomer);
    assert_eq!(new, ["I was charged", "twice"]);
    assert_eq!(history, ["> Hello", "< Hi", "< beep", "> I was charged", "> twice"]);
}

#[test]
fn nothing_new_is_quiet() {
    assert!(matches!(reading(&[], 0, State::Open), Reading::Quiet));
    let did = [Says("Hello"), Agent("Hi")];
    assert!(matches!(reading(&did, 1, State::AwaitingCustomer), Reading::Quiet));
    assert!(matches!(reading(&[Agent("Hi")], 0, State::Open), Reading::Quiet));
    assert!(matches!(reading(&[Says("  ")], 0, State::Open), Reading::Quiet));
}

#[test]
fn what_crossed_our_answer_comes_last() {
    let did = [Says("Refund me"), Says("Are you there?"), Agent("Done"), AgentCloses];
    let (new, history) = heard(&did, 1, State::Closed);
    assert_eq!(new, ["Are you there?"]);
    assert_eq!(history, ["> Refund me", "< Done", "> Are you there?"]);
}

#[test]
fn a_teammate_who_writes_has_the_conversation_and_a_note_takes_nothing() {
    let with = |did: &[Did]| matches!(reading(did, 0, State::Open), Reading::WithPerson);
    assert!(with(&[Says("Hello"), Ana("Hi, this is Ana")]));
    assert!(with(&[Says("Hello"), Ana("Hi"), Says("Thanks"), Agent("?")]));
    assert!(!with(&[Says("Hello"), AnaNotes("a difficult one")]));
    let (_, history) = heard(&[Says("Hello"), AnaNotes("secret")], 0, State::Open);
    assert_eq!(history, ["> Hello"], "a note is for the team");
}

#[test]
fn what_a_teammate_closed_is_dealt_with() {
    let did = [Says("Refund me"), Ana("Done"), AnaCloses];
    assert!(matches!(reading(&did, 0, State::Open), Reading::Quiet));
    let did = [Says("Refund me"), Ana("Done"), AnaCloses, Says("One more thing")];
    assert_eq!(heard(&did, 0, State::Open).0, ["One more thing"]);
    // Neither ours nor a bot's closing answers anybody.
    for close in [AgentCloses, BotCloses] {
        assert_eq!(heard(&[Says("Refund me"), close], 0, State::Open).0, ["Refund me"]);
    }
}

#[test]
fn what_was_handed_over_comes_back_when_a_person_closes_it() {
    let person = State::AwaitingPerson;
    let did = [Says("A human!"), Agent("Sure"), Says("Hello?")];
    assert!(matches!(reading(&did, 1, person), Reading::WithPerson));
    // Our own closing was before it was reopened for a person.
    let did = [Says("Refund me"), Agent("Done"), AgentCloses, Agent("It bounced"), Says("Oh")];
    assert!(matches!(reading(&did, 1, person), Reading::WithPerson));
    let did = [Says("A human!"), Agent("Sure"), Says("Hello?"), AnaCloses, Says("Again")];
    assert_eq!(heard(&did, 1, person).0, ["Again"]);
}

#[test]
fn a_part_that_is_gone_leaves_everything_new() {
    let mut cut = conversation(&[Says("one"), Says("two")]);
    cut.parts.remove(0);
    let handled: PartId = "p1".parse().unwrap();
    let Reading::Heard(heard) = read(&cut, Some(&handled), State::Open, &own()) else { panic!() };
    assert_eq!(heard.newest.as_str(), "p2");
}

#[test]
fn an_assignment_to_ourselves_is_not_a_person() {
    let mut ours = conversation(&[Says("Hello")]);
    ours.admin_assignee = Some(own());
    assert!(!is_with_person(&ours, &own()));
    ours.admin_assignee = Some("9002".parse().unwrap());
    assert!(is_with_person(&ours, &own()));
}

#[test]
fn long_conversations_and_messages_are_cut_from_the_front_and_the_back() {
    let many: Vec<Did> = (0..60).map(|_| Says("x")).collect();
    assert_eq!(heard(&many, 0, State::Open).1.len(), MOST_MESSAGES);
    let mut long = conversation(&[Says("")]);
    long.parts[0].text = Personal::new("ä".repeat(LONGEST_MESSAGE * 2));
    let Reading::Heard(heard) = read(&long, None, State::Open, &own()) else { panic!() };
    assert_eq!(heard.history[0].text.reveal().chars().count(), LONGEST_MESSAGE);
}

/// Intercom shows the first message and the newest parts. What was dealt with is among those that it left out.
#[test]
fn a_long_conversation_whose_answered_part_is_left_out_is_not_answered_from_the_beginning() {
    let handled: PartId = "p400".parse().unwrap();
    let read = |did: &[Did], handled: Option<&PartId>| {
        let cut = Conversation { is_cut: true, ..conversation(did) };
        read(&cut, handled, State::AwaitingCustomer, &own())
    };
    let quiet = [Says("I was charged twice"), Bot("beep"), AnaNotes("hm")];
    assert!(matches!(read(&quiet, Some(&handled)), Reading::Quiet));
    assert!(!has_new(&Conversation { is_cut: true, ..conversation(&quiet) }, Some(&handled)));
    let more = [Says("I was charged twice"), Bot("beep"), Says("Hello?")];
    let Reading::Heard(heard) = read(&more, Some(&handled)) else { panic!("nothing was heard") };
    assert_eq!(heard.new.len(), 1);
    assert_eq!(heard.new[0].reveal(), "Hello?");
    // One that nobody has dealt with is heard from the beginning.
    let Reading::Heard(heard) = read(&more, None) else { panic!("nothing was heard") };
    assert_eq!(heard.new.len(), 2);
}

#[test]
fn what_was_before_the_last_close_is_another_matter() {
    let did = [Says("Refund me"), Agent("Done"), AgentCloses, Says("Where is my invoice?")];
    let (new, history) = heard(&did, 1, State::Closed);
    assert_eq!(new, ["Where is my invoice?"]);
    assert_eq!(history, ["> Where is my invoice?"]);
    // What was said while it was being closed is not forgotten.
    let did = [Says("Refund me"), Agent("Done"), Says("Thanks"), AgentCloses, Says("Hello?")];
    let all = ["> Refund me", "< Done", "> Thanks", "> Hello?"];
    assert_eq!(heard(&did, 1, State::Closed).1, all);
}

#[test]
fn who_puts_a_conversation_off_has_it_until_it_is_closed() {
    let did = [Says("Hello"), AnaSnoozes, Says("Are you there?")];
    assert!(matches!(reading(&did, 0, State::Open), Reading::WithPerson));
    let did = [Says("Hello"), AnaSnoozes, AnaCloses, Says("Are you there?")];
    assert_eq!(heard(&did, 0, State::Open).0, ["Are you there?"]);
}

#[test]
fn intercoms_own_agent_is_left_alone_until_it_gives_up() {
    let did = [Says("Hello"), Fin("Hi"), Says("Refund me")];
    assert!(matches!(reading(&did, 0, State::Open), Reading::WithFin));
    let given_up = Conversation { is_with_fin: false, ..conversation(&did) };
    assert!(matches!(read(&given_up, None, State::Open, &own()), Reading::Heard(_)));
    // What it did in an earlier matter is over.
    let did = [Says("Hello"), Fin("Hi"), BotCloses, Says("Refund me")];
    assert_eq!(heard(&did, 0, State::Open).0, ["Hello", "Refund me"]);
}

#[test]
fn a_card_number_in_what_is_new_points_to_all_that_may_be_one_number() {
    let card = quittance_core::cards::REMOVED;
    let heard = |did: &[Did], handled: Option<&str>| {
        let handled = handled.map(|id| id.parse().unwrap());
        match read(&conversation(did), handled.as_ref(), State::Open, &own()) {
            Reading::Heard(heard) => {
                (heard.has_card, heard.cards.iter().map(ToString::to_string).collect::<Vec<_>>())
            }
            other @ (Reading::Quiet | Reading::WithPerson | Reading::WithFin) => {
                panic!("{other:?}")
            }
        }
    };
    let split = [Says(card), Agent("ok"), AnaNotes(card), Says(card), Says("thanks")];
    assert_eq!(heard(&split, Some("p2")), (true, vec!["p1".to_owned(), "p4".to_owned()]));
    let old = [Says(card), Agent("ok"), Says("thanks")];
    assert_eq!(heard(&old, Some("p2")), (false, Vec::new()));
}
