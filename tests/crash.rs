//! Killed without warning, at any moment: nobody is refunded or answered twice, and every case ends.

use std::collections::BTreeMap;
use std::time::Duration;

use quittance_eval::stand_ins::Options;
use quittance_sandbox::intercom;
use quittance_sandbox::stripe;
use tokio::time::Instant;

use crate::support::customers::{CHARGED_TWICE, Customer, DUPLICATES, charged_twice, refunds_of};
use crate::support::dice::Dice;
use crate::support::{House, QUITTANCE};

/// What each customer gets back, in cents: so little that Stripe would refund it twice if it were asked to.
const SHARE: i64 = 1_960;

/// How many kills each of the two tests does.
const KILLS: u32 = 30;

/// How many conversations begin before each kill.
const AT_ONCE: usize = 3;

/// After how many kills it is measured again how long a refund takes.
const MEASURED_EVERY: u32 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_killed_at_random_moments_neither_refunds_nor_answers_twice() {
    kill_and_count(|_| {}).await;
}

/// Most of the time passes between a request that acts and its answer, so most kills fall there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_killed_while_it_waits_for_answers_neither_refunds_nor_answers_twice() {
    kill_and_count(|house| {
        let slow = stripe::Fault::Delay(Duration::from_millis(60));
        house.stand_ins.stripe.fail_next("POST /v1/refunds", 10_000, slow);
        for endpoint in [intercom::Endpoint::Reply, intercom::Endpoint::Parts] {
            let slow = intercom::Fault::SlowAnswer { delay_ms: 40 };
            house.stand_ins.intercom.fail_always(endpoint, slow);
        }
    })
    .await;
}

#[tokio::test]
async fn the_crash_bench_finds_nobody_refunded_or_answered_twice() {
    the_crash_bench_is_clean(&["--kills", "3"]).await;
}

/// Runs the crash bench with forty conversations, and reads what it says.
pub(crate) async fn the_crash_bench_is_clean(options: &[&str]) {
    let mut command = tokio::process::Command::new(QUITTANCE);
    command.args(["bench", "crash", "--conversations", "40"]).args(options);
    let output = command.kill_on_drop(true).output().await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}\n{log}");
    for line in ["40 once, 0 twice or more, 0 not", "0 twice or more, 0 not", "verifies"] {
        assert!(told.contains(line), "{line} is missing in:\n{told}");
    }
}

/// A conversation, and who began it.
struct Told {
    customer: Customer,
    conversation: String,
}

/// Kills the program while it works on refunds, starts it again at once, and counts what came of it.
async fn kill_and_count(disturb: fn(&House)) {
    let mut dice = Dice::from_environment();
    let mut options = Options::default();
    options.intercom.requests_per_window = u64::MAX;
    let policy = DUPLICATES.replace("| in full           ", "| 40 % of the charge");
    let mut house = House::prepare(&policy, options, |config| config).await;
    house.start().await;
    disturb(&house);
    let mut told = Vec::new();
    measure(&house, &mut told).await;
    let mut duration = Duration::ZERO;
    let mut stages: BTreeMap<&str, u32> = BTreeMap::new();
    for kill in 0..KILLS {
        if kill % MEASURED_EVERY == 0 {
            duration = measure(&house, &mut told).await;
        }
        let new = begin_some(&house, &mut told);
        tokio::time::sleep(dice.moment(duration, kill, KILLS)).await;
        house.program.kill().await.unwrap();
        for told in told.iter().filter(|told| new.contains(&told.conversation)) {
            let count = stages.entry(stage(&house, told)).or_default();
            *count += 1;
        }
        house.program.start(&house.http).await.unwrap();
        if kill % 3 == 0 {
            // What was interrupted is interrupted again while it is taken up.
            tokio::time::sleep(dice.below(duration / 2)).await;
            house.program.kill().await.unwrap();
            house.program.start(&house.http).await.unwrap();
        }
        until_over(&house, &new).await;
    }
    println!("one round takes {duration:.0?}; at the kills, conversations were {stages:?}");
    assert!(stages.len() > 1, "all kills hit the same stage: {stages:?}");
    check(&house, &told);
    house.close().await;
}

/// How long undisturbed refunds take at present.
async fn measure(house: &House, told: &mut Vec<Told>) -> Duration {
    let begin = Instant::now();
    let new = begin_some(house, told);
    until_over(house, &new).await;
    begin.elapsed()
}

async fn until_over(house: &House, conversations: &[String]) {
    let is_over = |house: &House| conversations.iter().all(|it| is_over(house, it));
    house.until("the end of every case", is_over).await;
}

/// A few customers begin to speak at once.
fn begin_some(house: &House, told: &mut Vec<Told>) -> Vec<String> {
    let from = told.len();
    let customers: Vec<Customer> = (from..from + AT_ONCE)
        .map(|number| charged_twice(&house.stand_ins, &format!("customer{number}")))
        .collect();
    let begun = customers.into_iter().map(|customer| {
        let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
        Told { customer, conversation }
    });
    told.extend(begun);
    told[from..].iter().map(|told| told.conversation.clone()).collect()
}

fn is_over(house: &House, conversation: &str) -> bool {
    house.state(conversation) == "closed" || house.is_with_team(conversation)
}

/// How far a conversation is, as the customer and the bank see it.
fn stage(house: &House, told: &Told) -> &'static str {
    let is_refunded = !refunds_of(&house.stand_ins, &told.customer).is_empty();
    let is_answered = !house.answers(&told.conversation).is_empty();
    match (is_over(house, &told.conversation), is_answered, is_refunded) {
        (true, ..) => "4 over",
        (false, true, _) => "3 answered",
        (false, false, true) => "2 refunded",
        (false, false, false) => "1 begun",
    }
}

fn check(house: &House, told: &[Told]) {
    let mut refunded = 0;
    for Told { customer, conversation } in told {
        let refunds = refunds_of(&house.stand_ins, customer);
        let answers = house.answers(conversation);
        let log = house.program.log();
        assert!(refunds.len() <= 1, "refunded twice: {refunds:?}\n{log}");
        assert_eq!(answers.len(), 1, "not answered once: {conversation} {answers:?}\n{log}");
        // Only somebody who got the money is told so, and the other way round.
        let is_told = answers[0].contains("Your refund of");
        assert_eq!(is_told, refunds.len() == 1, "{answers:?} {refunds:?}\n{log}");
        if let [refund] = refunds.as_slice() {
            assert_eq!(refund["amount"], SHARE);
            assert_eq!(house.state(conversation), "closed");
            refunded += 1;
        }
    }
    assert_eq!(refunded, told.len(), "somebody was not refunded\n{}", house.program.log());
}
