//! A model that is confused, broken or hijacked: no money beyond the policy, no word that may not be
//! said, and every customer ends with an answer or a person.

mod adversary;
mod outage;
mod scripts;

use quittance_eval::stand_ins::Options;
use quittance_sandbox::model::Model;
use serde_json::{Value, json};

use crate::support::House;
use crate::support::customers::DUPLICATES;

/// The program with a model that does what `model` does. A request to it is not repeated.
async fn house_with(model: Model) -> House {
    let options = Options { other_model: Some(model), ..Options::default() };
    let mut house = House::prepare(DUPLICATES, options, |config| {
        config.replace("[model.api]\n", "[model.api]\nretries = 0\ntimeout_ms = 1500\n")
    })
    .await;
    house.start().await;
    house
}

/// One call of a tool; `arguments` are sent as they are.
fn call(tool: &str, arguments: &str) -> Value {
    calls(&[(tool, arguments)])
}

/// Several calls at once.
fn calls(calls: &[(&str, &str)]) -> Value {
    let calls = calls.iter().enumerate().map(|(number, (tool, arguments))| {
        let function = json!({"name": tool, "arguments": arguments});
        json!({"id": format!("call_{number}"), "type": "function", "function": function})
    });
    json!({"role": "assistant", "content": null, "tool_calls": calls.collect::<Vec<_>>()})
}

/// A proposal; `amount` is JSON.
fn propose(charge: &str, reason: &str, amount: &str) -> Value {
    let charge = json!(charge);
    call(
        "propose_refund",
        &format!(r#"{{"charge":{charge},"reason":"{reason}","amount":{amount}}}"#),
    )
}

/// An answer in plain text.
fn say(text: &str) -> Value {
    json!({"role": "assistant", "content": text})
}

/// No part of the program ended where it should not have.
fn assert_calm(house: &House) {
    let log = house.program.log();
    assert!(!log.contains("panicked") && !log.contains("ended unexpectedly"), "{log}");
}
