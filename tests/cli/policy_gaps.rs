//! `quittance policy gaps`: what no clause answers, from a file and from the log.

use quittance_eval::stand_ins::Options;
use serde_json::{Value, json};

use super::run;
use crate::support::House;
use crate::support::customers::{DUPLICATES, charged_twice};

/// What a customer writes about something that the policy says nothing about.
const CHANGED_MY_MIND: &str = "Hi, I changed my mind and want my money back for this month, please. Reach me at \
                               someone@example.com";

#[tokio::test]
async fn cases_that_no_clause_answers_are_grouped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("policy.md", DUPLICATES);
    write(
        "cases.txt",
        "A-1 | plan pro-monthly, 49 USD, 3 days ago, changed mind\n\
         A-2 | plan pro-monthly, 49 USD, 4 days ago, changed mind\n\
         A-3 | 20 EUR, today, not received\n\
         A-4 | 49 USD, 2 days ago, charged twice, charged again 1 day later\n",
    );
    let asked = ["policy", "gaps", "--cases", "cases.txt", "--policy", "policy.md"];
    let ran = run(folder.path(), &asked, &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    insta::assert_snapshot!(ran.out);
    let ran = run(folder.path(), &[&asked[..], &["--json"]].concat(), &[]).await;
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&told["cases"], &told["gaps"]), (&json!(4), &json!(3)));
    assert_eq!(told["groups"].as_array().unwrap().len(), 2);
    write("cases.txt", "A-4 | 49 USD, 2 days ago, charged twice, charged again 1 day later\n");
    let ran = run(folder.path(), &asked, &[]).await;
    assert!(ran.out.contains("No gap: a clause answers every one of 1 case."), "{ran:#?}");
    write("cases.txt", "{\"facts\": 1}\n");
    run(folder.path(), &asked, &[]).await.fails_with(2, &["cases.txt:1 is no case"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_and_intercom_tell_what_customers_asked_in_vain() {
    let mut house = House::prepare(DUPLICATES, Options::default(), |config| config).await;
    house.start().await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHANGED_MY_MIND).unwrap();
    house.until_answered(&conversation, 1).await;
    house.until_quiet().await;
    let ran = run(house.folder(), &["policy", "gaps"], &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    for told in
        ["1 of 1 case is answered by no clause", "changed mind", "49.00 USD", "Reach me at […]”"]
    {
        assert!(ran.out.contains(told), "{told} is missing in:\n{}", ran.out);
    }
    assert!(!ran.out.contains("example.com"), "{}", ran.out);
    // Without a configuration, and so without Intercom's token, the rest is told.
    let database = house.program.database();
    let named = ["policy", "gaps", "--database", database.to_str().unwrap()];
    let ran = run(house.folder(), &named, &[]).await;
    assert!(ran.out.contains("1 of 1 case") && !ran.out.contains('“'), "{ran:#?}");
    // Under a policy with a clause for it, it is no gap any more.
    let other = DUPLICATES.replace("duplicate charge", "duplicate charge, changed mind");
    std::fs::write(house.folder().join("other.md"), other).unwrap();
    let ran = run(house.folder(), &["policy", "gaps", "--policy", "other.md"], &[]).await;
    assert!(ran.out.contains("No gap"), "{ran:#?}");
    house.close().await;
}
