use super::dice::Dice;
use super::plan::Plan;
use super::run::{Setup, play};
use super::scenario::flows;
use super::world::Kit;

async fn kit(folder: &std::path::Path) -> Kit {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Kit::new(folder).await.unwrap()
}

#[tokio::test]
async fn every_flow_ends_as_it_should_when_nothing_goes_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let kit = kit(folder.path()).await;
    let mut wrong = Vec::new();
    for scenario in flows() {
        let setup = Setup {
            kit: &kit,
            scenario: &scenario,
            plan: Plan::Calm,
            dice: Dice::new(1),
            is_traced: true,
            path: folder.path().join("run.db"),
        };
        let outcome = play(setup).await.unwrap();
        if !outcome.violations.is_empty() || outcome.refunds != scenario.refunds {
            wrong.push(format!(
                "{}: {} refunds, not {}; {:?}",
                scenario.name, outcome.refunds, scenario.refunds, outcome.violations
            ));
            if std::env::var("TRACE").is_ok() {
                for event in outcome.trace {
                    eprintln!("{:>10} {:?} {}", event.at_ms, event.node, event.what);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} flows:\n{}", wrong.len(), wrong.join("\n"));
}
