#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails a test as it should")]

use super::*;
use crate::model::Rule;
use Answer::{Broken, Busy, Created, Foreign, Refused, Replayed, Silence};
use Step::{
    Answered, Confirmed, Crash, Failed, Found, Intent, Jump, LeaseLost, Mark, NodeCrash, Parked,
    Replied, Resume, Sent, Stop, Unknown, Void,
};

const FIRST: Step = Mark { attempt: 1, late_ms: 0 };
const SECOND: Step = Mark { attempt: 2, late_ms: 0 };
const THIRD: Step = Mark { attempt: 3, late_ms: 0 };
const FOURTH: Step = Mark { attempt: 4, late_ms: 0 };

fn seconds(seconds: Tick) -> Step {
    Step::Tick { ms: seconds * 1_000 }
}

fn hours(hours: Tick) -> Step {
    seconds(hours * 3_600)
}

fn ahead(hours: i32) -> Step {
    Jump { ahead_ms: hours * 3_600_000 }
}

/// Asserts that a trace is refused at its last step, and that one rule is what refuses it.
fn only_without(rule: Rule, trace: &[Step]) {
    forbidden_at_its_end(trace);
    let weak = Protocol::of_the_program().without(rule);
    assert_eq!(follow(&weak, trace), Ok(()), "without {rule:?}");
}

fn forbidden_at_its_end(trace: &[Step]) {
    let (_, before) = trace.split_last().unwrap();
    assert_eq!(conforms(before), Ok(()));
    let refused = conforms(trace).unwrap_err();
    let number = format!("forbids step {} of", trace.len());
    assert!(refused.contains(&number), "{refused}");
}

fn allowed(trace: &[Step]) {
    assert_eq!(conforms(trace), Ok(()), "{trace:?}");
}

#[test]
fn a_refund_that_goes_well_conforms() {
    allowed(&[Intent, FIRST, Sent, seconds(2), Answered(Created), Confirmed, Replied]);
}

#[test]
fn a_refund_whose_answer_got_lost_is_found() {
    allowed(&[
        Intent,
        FIRST,
        Sent,
        Answered(Silence),
        Unknown,
        seconds(1),
        Found,
        Confirmed,
        Replied,
    ]);
}

#[test]
fn a_refund_is_sent_again_after_any_answer_that_proves_nothing() {
    for answer in [Silence, Busy, Broken] {
        let again = [Intent, FIRST, Sent, Answered(answer), Unknown, seconds(60), SECOND, Sent];
        allowed(&[&again[..], &[Answered(Created), Confirmed, Replied]].concat());
    }
    let lost = [Intent, FIRST, Sent, Answered(Silence), Unknown, seconds(60), SECOND, Sent];
    allowed(&[&lost[..], &[Answered(Replayed), Confirmed]].concat());
    allowed(&[&lost[..], &[Answered(Refused), Unknown, seconds(60), THIRD, Sent]].concat());
}

#[test]
fn a_crash_anywhere_conforms() {
    allowed(&[Intent, Crash, FIRST, Crash, SECOND, Sent, Crash, Found, Crash, Found, Confirmed]);
    allowed(&[Intent, FIRST, Sent, Answered(Created), Crash, Found, Confirmed, Crash, Replied]);
    allowed(&[Intent, FIRST, Sent, NodeCrash, seconds(90), SECOND, Sent, Answered(Created)]);
}

#[test]
fn a_first_send_that_is_refused_proves_that_nothing_happened() {
    allowed(&[Intent, FIRST, Sent, Answered(Refused), Void]);
    allowed(&[Intent, Void]);
}

#[test]
fn what_nobody_finds_is_parked_and_settled_by_a_person() {
    let parked = [
        &[Intent, FIRST, Sent, Answered(Silence), Unknown, seconds(1)][..],
        &[
            SECOND,
            Sent,
            Answered(Busy),
            Unknown,
            seconds(60),
            THIRD,
            Sent,
            Answered(Broken),
            Unknown,
        ],
        &[seconds(600), FOURTH, Sent, Answered(Silence), Unknown, seconds(600), Parked],
    ]
    .concat();
    allowed(&[&parked[..], &[Failed]].concat());
    allowed(&[&parked[..], &[hours(1), Confirmed]].concat());
}

#[test]
fn a_mark_without_an_answer_becomes_unknown_before_it_is_parked() {
    allowed(&[Intent, FIRST, Sent, Crash, hours(21), Unknown, Parked, Failed]);
    forbidden_at_its_end(&[Intent, FIRST, Sent, Crash, hours(21), Parked]);
}

#[test]
fn a_request_may_be_carried_out_ten_minutes_late_and_no_later() {
    let sent = [Intent, FIRST, Sent, Answered(Silence), Unknown];
    allowed(&[&sent[..], &[seconds(599), Found, Confirmed]].concat());
    allowed(&[&sent[..], &[seconds(6_000), Found, Confirmed]].concat());
}

#[test]
fn an_answer_may_be_read_after_a_long_pause() {
    allowed(&[Intent, FIRST, Sent, hours(30), Answered(Created), Confirmed, Replied]);
}

#[test]
fn a_worker_without_its_lease_may_still_read_an_answer() {
    let two = [Intent, FIRST, Sent, LeaseLost, seconds(1), SECOND, Sent];
    allowed(&[&two[..], &[Answered(Created), Answered(Replayed), Confirmed, Replied]].concat());
    allowed(&[&two[..], &[Answered(Refused), Answered(Created), Confirmed]].concat());
    allowed(&[&two[..], &[LeaseLost, Found, Confirmed, Answered(Created)]].concat());
}

/// Whoever looked before the other worker's request was carried out marks in good faith; the key is the same.
#[test]
fn a_worker_may_mark_on_what_it_saw_before_another_workers_answer() {
    allowed(&[
        Intent,
        FIRST,
        Sent,
        seconds(200),
        LeaseLost,
        Answered(Created),
        SECOND,
        Sent,
        Answered(Replayed),
        Confirmed,
    ]);
}

#[test]
fn stopped_money_moves_again_after_it_is_resumed() {
    allowed(&[Intent, Stop, hours(3), Resume, FIRST, Stop, Resume, Sent, Answered(Created)]);
    allowed(&[
        Intent,
        FIRST,
        Stop,
        seconds(30),
        Resume,
        SECOND,
        Sent,
        Answered(Created),
        Confirmed,
    ]);
    allowed(&[Intent, FIRST, Sent, Stop, Answered(Created), Confirmed, Replied]);
}

#[test]
fn a_mark_is_dated_by_the_clocks_that_its_writer_read() {
    let unknown = [Intent, FIRST, Sent, Answered(Silence), Unknown, hours(20)];
    let marked = |late_ms| [&unknown[..], &[Mark { attempt: 2, late_ms }]].concat();
    forbidden_at_its_end(&marked(0));
    allowed(&[&marked(1)[..], &[Sent]].concat());
    allowed(&[&marked(1_000)[..], &[Sent]].concat());
    forbidden_at_its_end(&[&marked(1_001)[..], &[Sent]].concat());
}

#[test]
fn an_answer_to_another_request_goes_to_a_person() {
    allowed(&[Intent, FIRST, Sent, Answered(Foreign), Unknown, Parked]);
}

#[test]
fn every_rule_that_shows_in_a_trace_is_held_against_it() {
    let unknown = [Intent, FIRST, Sent, Answered(Silence), Unknown];
    let and = |more: &[Step]| [&unknown[..], more].concat();
    let parked = and(&[seconds(1), SECOND, Sent, Answered(Foreign), Unknown, Parked]);
    let of_two = [Intent, FIRST, Sent, LeaseLost, SECOND, Sent, Answered(Created)];
    only_without(Rule::OneKey, &[&of_two[..], &[Answered(Created)]].concat());
    only_without(Rule::Window, &and(&[hours(30), SECOND]));
    only_without(Rule::Margin, &and(&[hours(20), SECOND]));
    only_without(
        Rule::RepeatProvesNothing,
        &and(&[seconds(9), SECOND, Sent, Answered(Refused), Void]),
    );
    only_without(Rule::RepeatProvesNothing, &[Intent, FIRST, Sent, Answered(Busy), Void]);
    only_without(Rule::ServerErrorProvesNothing, &[Intent, FIRST, Sent, Answered(Broken), Void]);
    only_without(Rule::SilenceProvesNothing, &[Intent, FIRST, Sent, Answered(Silence), Void]);
    only_without(Rule::ReplyLast, &[Intent, FIRST, Sent, Replied]);
    only_without(Rule::PersonWaits, &[&parked[..], &[seconds(599), Failed]].concat());
    only_without(Rule::ShortPause, &[Intent, FIRST, seconds(2), Sent]);
    only_without(Rule::Fence, &[Intent, FIRST, Sent, LeaseLost, Answered(Refused), Void]);
    only_without(Rule::Fence, &[Intent, LeaseLost, FIRST, Sent, SECOND]);
    only_without(Rule::StopAtMark, &[Intent, Stop, FIRST]);
    only_without(Rule::StopAtByte, &[Intent, FIRST, Stop, Sent]);
    only_without(Rule::OlderClock, &and(&[hours(21), ahead(-5), SECOND]));
    only_without(Rule::YoungerClock, &[&parked[..], &[ahead(1), Failed]].concat());
    let early = [Intent, ahead(10), FIRST, Sent, Answered(Silence), Unknown, ahead(0)];
    only_without(Rule::EarlierFirstSend, &[&early[..], &[hours(25), SECOND]].concat());
}

#[test]
fn what_no_rule_could_allow_is_forbidden() {
    let unknown = [Intent, FIRST, Sent, Answered(Silence), Unknown];
    let and = |more: &[Step]| [&unknown[..], more].concat();
    forbidden_at_its_end(&[FIRST]);
    forbidden_at_its_end(&[Intent, Intent]);
    forbidden_at_its_end(&[Intent, Sent]);
    forbidden_at_its_end(&[Intent, SECOND]);
    forbidden_at_its_end(&[Intent, FIRST, Sent, Sent]);
    forbidden_at_its_end(&[Intent, FIRST, Void]);
    forbidden_at_its_end(&[Intent, FIRST, Sent, Confirmed]);
    forbidden_at_its_end(&[Intent, FIRST, Sent, Answered(Replayed)]);
    forbidden_at_its_end(&[Intent, FIRST, Found]);
    forbidden_at_its_end(&and(&[Confirmed]));
    forbidden_at_its_end(&and(&[Void]));
    forbidden_at_its_end(&and(&[hours(21), Parked, SECOND]));
    forbidden_at_its_end(&and(&[Found, Confirmed, SECOND]));
    forbidden_at_its_end(&and(&[Found, Confirmed, Replied, Replied]));
    forbidden_at_its_end(&and(&[Found, SECOND]));
    let four = [SECOND, Crash, THIRD, Crash, FOURTH, Crash, Mark { attempt: 5, late_ms: 0 }];
    forbidden_at_its_end(&and(&four));
}

#[test]
fn a_refusal_names_the_step_and_what_was_allowed() {
    assert_eq!(
        conforms(&[Intent, FIRST, Sent, Answered(Busy), Void]),
        Err(
            "the model forbids step 5 of 5, Void; there it allows [Unknown, Mark { attempt: 2, late_ms: 0 }], \
             the clock and crashes"
                .to_owned()
        )
    );
}

#[test]
fn the_states_in_which_the_world_may_be_stay_few() {
    let protocol = Protocol::of_the_program();
    let trace = [
        &[Intent, FIRST, Sent, Answered(Silence), Unknown, LeaseLost, seconds(1)][..],
        &[SECOND, Sent, LeaseLost, seconds(60), THIRD, Sent, Answered(Broken), Unknown],
        &[seconds(600), FOURTH, Sent, Answered(Silence), Unknown, hours(30), Parked, Failed],
    ]
    .concat();
    let mut reached = vec![State::first(&protocol)];
    for step in trace {
        reached = advance(&protocol, reached, step);
        assert!((1..1_000).contains(&reached.len()), "{} after {step:?}", reached.len());
    }
}
