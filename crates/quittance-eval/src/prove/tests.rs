use super::dice::Dice;
use super::job::{Job, cell_jobs};
use super::plan::Plan;
use super::run::{Outcome, Setup, play};
use super::scenario::flows;
use super::steps::{Held, hold};
use super::world::Kit;
use crate::model::{Answer, Step};

async fn kit() -> Kit {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Kit::new().await.unwrap()
}

#[tokio::test]
async fn every_flow_ends_as_it_should_when_nothing_goes_wrong() {
    let kit = kit().await;
    let mut wrong = Vec::new();
    for scenario in flows() {
        let setup =
            Setup { kit: &kit, scenario, plan: Plan::Calm, dice: Dice::new(1), is_traced: true };
        let outcome = play(setup).await.unwrap();
        if !outcome.violations.is_empty() || outcome.refunds != scenario.refunds {
            wrong.push(format!(
                "{}: {} refunds, not {}; {:?}",
                scenario.name, outcome.refunds, scenario.refunds, outcome.violations
            ));
        }
    }
    assert!(wrong.is_empty(), "{} flows:\n{}", wrong.len(), wrong.join("\n"));
}

async fn played(kit: &Kit, job: Job) -> Option<Outcome> {
    let (scenario, plan, dice) = job.setup()?;
    let setup = Setup { kit, scenario: &scenario, plan, dice, is_traced: false };
    Some(play(setup).await.unwrap())
}

/// Every so many of the jobs.
fn some(jobs: Vec<Job>, every: usize) -> impl Iterator<Item = Job> {
    jobs.into_iter().step_by(every)
}

#[tokio::test]
async fn what_runs_do_to_their_refunds_is_what_the_model_allows() {
    let kit = kit().await;
    let cells = some(cell_jobs(1), 6);
    let crashes = some((1..70).map(|place| Job::Crash(0, place)).collect(), 2);
    let random = (0..150).map(Job::Random);
    let (mut held, mut wrong) = (0_u32, Vec::new());
    for job in cells.chain(crashes).chain(random) {
        let Some(outcome) = played(&kit, job).await else { continue };
        held += u32::from(outcome.held == Held::Yes);
        let refused = outcome.violations.iter().find(|found| found.invariant == "model");
        wrong.extend(refused.map(|refused| format!("{job}: {refused}; {:?}", outcome.steps)));
    }
    assert!(wrong.is_empty(), "{} of {held} runs:\n{}", wrong.len(), wrong.join("\n"));
    assert!(held >= 150, "only {held} runs");
}

/// Runs in which something was wrong once: a clock that was set back made a decision of another process
/// young, and the model knew nothing of a look before another worker's answer.
#[tokio::test]
async fn what_went_wrong_once_does_not_again() {
    let kit = kit().await;
    for seed in [685_553, 1_209_359, 1_265_496, 2_094_513] {
        let outcome = played(&kit, Job::Random(seed)).await.unwrap();
        assert!(outcome.violations.is_empty(), "{seed}: {:?}", outcome.violations);
    }
}

#[tokio::test]
async fn a_step_too_many_or_too_few_is_refused() {
    let kit = kit().await;
    let outcome = played(&kit, Job::Flow(0)).await.unwrap();
    let steps = outcome.steps;
    assert_eq!(hold(&steps), Ok(Held::Yes), "{steps:?}");
    let is_outside = |step: &Step| matches!(step, Step::Tick { .. } | Step::Resume);
    let seen: Vec<Step> = steps.iter().copied().filter(|step| !is_outside(step)).collect();
    let mark = Step::Mark { attempt: 1, late_ms: 0 };
    let answered = Step::Answered(Answer::Created);
    let dated = |step: &Step| if matches!(step, Step::Mark { .. }) { mark } else { *step };
    let expected = [Step::Intent, mark, Step::Sent, answered, Step::Confirmed, Step::Replied];
    assert_eq!(seen.iter().map(dated).collect::<Vec<_>>(), expected);
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| !is_outside(step)) {
        let mut twice = steps.clone();
        twice.insert(at, *step);
        assert!(hold(&twice).is_err(), "{step:?} twice");
        let mut without = steps.clone();
        without.remove(at);
        // Nobody has to be told.
        assert_eq!(hold(&without).is_err(), *step != Step::Replied, "without {step:?}");
    }
}
