use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::script::{self, Line, Script};

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
struct Search {
    query: String,
}

#[derive(Deserialize, JsonSchema)]
struct Refund {
    charge: String,
    amount: Option<String>,
}

/// The tools of a small refund desk, and how often each was really run.
struct Desk {
    looks: Arc<AtomicU32>,
    proposals: Arc<AtomicU32>,
}

impl Desk {
    fn new() -> Self {
        Self { looks: Arc::default(), proposals: Arc::default() }
    }

    fn tools(&self) -> Vec<Tool> {
        let (looks, proposals) = (Arc::clone(&self.looks), Arc::clone(&self.proposals));
        let list = Tool::new("list_charges", "Lists the charges.", move |_: Nothing| {
            looks.fetch_add(1, Ordering::SeqCst);
            async { Ok(Answer::Result(json!({"charges": [{"handle": "charge 1"}]}))) }
        });
        let search =
            Tool::new("search_policy", "Searches the policy.", |search: Search| async move {
                match search.query.as_str() {
                    "" => Err(ToolError::misused("empty_query", "say what to look for")),
                    "fire" => Err(ToolError::outage("the index is on fire")),
                    _ => Ok(Answer::Result(json!({"sections": []}))),
                }
            });
        let propose = Tool::new("propose_refund", "Proposes a refund.", move |refund: Refund| {
            proposals.fetch_add(1, Ordering::SeqCst);
            async move {
                if refund.charge != "charge 1" {
                    return Err(ToolError::misused("unknown_charge", "there is only `charge 1`"));
                }
                Ok(Answer::End(json!({"charge": refund.charge, "amount": refund.amount})))
            }
        })
        .ending()
        .when(|state| state.has_answered("list_charges") && !state.has_succeeded("propose_refund"));
        vec![list, search, propose]
    }

    fn looks(&self) -> u32 {
        self.looks.load(Ordering::SeqCst)
    }

    fn proposals(&self) -> u32 {
        self.proposals.load(Ordering::SeqCst)
    }

    fn turn(&self, script: &Script) -> Turn {
        self.turn_within(script, Budget::default())
    }

    fn turn_within(&self, script: &Script, budget: Budget) -> Turn {
        let mut transcript = Transcript::new("Help the customer.");
        transcript.user("I was charged twice.");
        Turn::new(script.model(), self.tools(), transcript, budget).unwrap()
    }
}

fn never() -> CancellationToken {
    CancellationToken::new()
}

fn list(id: &str) -> Line {
    Line::call(id, "list_charges", &json!({}))
}

fn search(id: &str, query: &str) -> Line {
    Line::call(id, "search_policy", &json!({"query": query}))
}

fn propose(id: &str) -> Line {
    Line::call(id, "propose_refund", &json!({"charge": "charge 1", "amount": null}))
}

fn misbehaved(end: &End) -> &str {
    let End::Misbehaved(what) = end else { panic!("{end:?}") };
    what
}

/// The codes of the errors among the last request's results and notes.
fn errors(script: &Script) -> Vec<String> {
    let request = script.requests().pop().unwrap();
    let messages = request["messages"].as_array().unwrap();
    let read = |message: &Value| -> Option<String> {
        let content: Value = serde_json::from_str(message["content"].as_str()?).ok()?;
        assert_eq!(content["error"]["retryable"], true);
        Some(content["error"]["code"].as_str()?.to_owned())
    };
    let is_result = |message: &&Value| {
        message["content"].as_str().is_some_and(|text| text.contains("\"ok\":false"))
    };
    messages.iter().filter(is_result).filter_map(read).collect()
}

/// The names of the tools offered in each request.
fn offered(script: &Script) -> Vec<Vec<String>> {
    let names = |request: &Value| {
        let tools = request["tools"].as_array().cloned().unwrap_or_default();
        tools.iter().map(|tool| tool["function"]["name"].as_str().unwrap().to_owned()).collect()
    };
    script.requests().iter().map(names).collect()
}

#[tokio::test]
async fn a_turn_looks_up_proposes_hears_the_outcome_and_answers() {
    let script = Script::new([list("a"), propose("b"), Line::text("It is on its way.")]).await;
    let desk = Desk::new();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&steps);
    let mut turn = desk.turn(&script).observe(move |step| seen.lock().unwrap().push(step));
    let end = turn.run(&never()).await.unwrap();
    let value = json!({"charge": "charge 1", "amount": null});
    let expected = End::Ended { tool: "propose_refund".to_owned(), call_id: "b".to_owned(), value };
    assert_eq!(end, expected);
    assert!(matches!(turn.run(&never()).await, Err(Error::Pending { call_id }) if call_id == "b"));
    assert!(matches!(turn.resume("a", json!({})), Err(Error::UnknownCall { .. })));
    turn.resume("b", json!({"refunded": "49.00"})).unwrap();
    assert!(matches!(turn.resume("b", json!({})), Err(Error::UnknownCall { .. })));
    assert_eq!(turn.run(&never()).await.unwrap(), End::Answer("It is on its way.".to_owned()));
    assert_eq!(
        turn.usage(),
        Usage {
            calls: 3,
            tool_calls: 2,
            prompt_tokens: 300,
            cached_tokens: 192,
            completion_tokens: 30,
            is_bound: false
        }
    );
    let told: Vec<String> = steps.lock().unwrap().iter().map(|step| format!("{step:?}")).collect();
    assert_eq!(
        told,
        [
            "Asked(1)",
            "Replied(110 tokens)",
            "Called(list_charges, a)",
            "Answered(list_charges, a, is_ok: true, is_repeat: false)",
            "Asked(2)",
            "Replied(110 tokens)",
            "Called(propose_refund, b)",
            "Asked(3)",
            "Replied(110 tokens)",
        ]
    );
    let last = script.requests().pop().unwrap();
    let results: Vec<&Value> =
        last["messages"].as_array().unwrap().iter().filter(|it| it["role"] == "tool").collect();
    assert_eq!(results[0]["content"], r#"{"ok":true,"charges":[{"handle":"charge 1"}]}"#);
    assert_eq!(results[1]["content"], r#"{"ok":true,"refunded":"49.00"}"#);
    script.finish();
}

#[tokio::test]
async fn tools_are_offered_in_stages() {
    let script = Script::new([list("a"), propose("b"), Line::text("Done.")]).await;
    let desk = Desk::new();
    let mut turn = desk.turn(&script);
    turn.run(&never()).await.unwrap();
    turn.resume("b", json!({"ok": true})).unwrap();
    turn.run(&never()).await.unwrap();
    let (few, all) =
        (["list_charges", "search_policy"], ["list_charges", "search_policy", "propose_refund"]);
    assert_eq!(offered(&script), [few.to_vec(), all.to_vec(), few.to_vec()]);
    assert!(turn.state().has_succeeded("propose_refund"));
    script.finish();
}

#[tokio::test]
async fn a_look_up_that_failed_opens_no_stage() {
    let failing = Tool::new("list_charges", "Lists the charges.", |_: Nothing| async {
        Ok(Answer::Result(tool::failure("not_verified", "nobody is known", true)))
    });
    let propose = Desk::new().tools().pop().unwrap();
    let script = Script::new([list("a"), Line::text("Done.")]).await;
    let mut turn = Turn::new(
        script.model(),
        vec![failing, propose],
        Transcript::new("Help."),
        Budget::default(),
    )
    .unwrap();
    turn.run(&never()).await.unwrap();
    assert_eq!(offered(&script), [["list_charges"], ["list_charges"]]);
    script.finish();
}

#[tokio::test]
async fn a_refused_proposal_may_be_made_once_more_with_other_arguments() {
    let other = Line::call("c", "propose_refund", &json!({"charge": "charge 1", "amount": "5.00"}));
    let script = Script::new([list("a"), propose("b"), propose("b2"), other]).await;
    let desk = Desk::new();
    let mut turn = desk.turn(&script);
    turn.run(&never()).await.unwrap();
    let refusal =
        json!({"ok": false, "error": {"code": "over_limit", "message": "less", "retryable": true}});
    turn.resume("b", refusal).unwrap();
    // The same proposal again is answered from memory and does not reach the caller.
    let end = turn.run(&never()).await.unwrap();
    assert!(matches!(&end, End::Ended { call_id, .. } if call_id == "c"), "{end:?}");
    assert_eq!((desk.proposals(), turn.state().refusals("propose_refund")), (2, 1));
    assert_eq!(errors(&script), ["over_limit", "over_limit"]);
    script.finish();
}

#[tokio::test]
async fn the_first_request_may_demand_a_call_and_later_ones_do_not() {
    let script = Script::new([list("a"), Line::text("Done.")]).await;
    let mut options = script.options(crate::Profile::new(crate::Preset::Openai));
    options.retries = 0;
    let tools = Desk::new().tools();
    let turn =
        Turn::new(Script::model_with(&options), tools, Transcript::new("Help."), Budget::default())
            .unwrap();
    turn.opening(Choice::Required).run(&never()).await.unwrap();
    let choices: Vec<Value> =
        script.requests().iter().map(|request| request["tool_choice"].clone()).collect();
    assert_eq!(choices, [json!("required"), json!(null)]);
    script.finish();
}

#[tokio::test]
async fn a_led_model_must_call_whenever_it_is_asked() {
    let script = Script::new([list("a"), Line::text("Done.")]).await;
    let mut options = script.options(crate::Profile::new(crate::Preset::LlamaCpp));
    options.retries = 0;
    let model = Script::model_with(&options);
    assert!(model.is_led());
    let turn =
        Turn::new(model, Desk::new().tools(), Transcript::new("Help."), Budget::default()).unwrap();
    turn.led().run(&never()).await.unwrap();
    let choices: Vec<Value> =
        script.requests().iter().map(|request| request["tool_choice"].clone()).collect();
    assert_eq!(choices, [json!("required"), json!("required")]);
    script.finish();
}

#[tokio::test]
async fn an_answer_that_was_objected_to_is_written_again() {
    let script = Script::new([Line::text("I refunded $49."), Line::text("We look into it.")]).await;
    let mut turn = Desk::new().turn(&script);
    turn.run(&never()).await.unwrap();
    turn.object("promise", "do not name amounts");
    assert_eq!(turn.run(&never()).await.unwrap(), End::Answer("We look into it.".to_owned()));
    assert_eq!(errors(&script), ["promise"]);
    script.finish();
}

/// Everything that is pointed out once, with the code the model is told.
fn mistakes() -> Vec<(&'static str, Line)> {
    let raw = |arguments: &str| Line::calls(&[script::call("x", "search_policy", arguments)]);
    let cut = {
        let mut body = script::completion(&json!({"role": "assistant", "content": "We will ref"}));
        body["choices"][0]["finish_reason"] = json!("length");
        Line::body(&body)
    };
    let garbled = r#"{"error":{"code":500,"message":"The model produced output that does not match the expected peg-native format"}}"#;
    vec![
        ("unknown_tool", Line::call("x", "refund_everything", &json!({}))),
        ("unknown_tool", Line::call("x", "List_Charges", &json!({}))),
        ("unknown_tool", Line::call("x", "list_chаrges", &json!({}))),
        ("unknown_tool", Line::call("x", "list_charges ", &json!({}))),
        ("unknown_tool", Line::calls(&[json!({"id": "x", "type": "function"})])),
        ("not_available", propose("x")),
        ("bad_arguments", raw("{\"query\":")),
        ("bad_arguments", raw("{\"query\":\"a\"}{\"query\":\"b\"}")),
        ("bad_arguments", raw("{\"query\":\"a\"} Thanks!")),
        ("bad_arguments", raw("{\"query\":\"a\",\"query\":\"b\"}")),
        ("bad_arguments", raw("{\"query\":7}")),
        ("bad_arguments", raw("{\"query\":null}")),
        ("bad_arguments", raw("{\"query\":\"a\",\"customer\":\"cus_1\"}")),
        ("bad_arguments", raw("{\"query\":\"a\\u0000\"}")),
        ("bad_arguments", raw("{\"query\":\"\\ud800\"}")),
        ("bad_arguments", raw("{\"query\":1e400}")),
        ("bad_arguments", raw("")),
        ("bad_arguments", raw(&"[".repeat(10_000))),
        ("bad_arguments", raw(&json!({"query": "x".repeat(20_000)}).to_string())),
        ("empty_query", search("x", "")),
        ("empty_answer", Line::text(" \n")),
        ("empty_answer", Line::body(&json!({"choices": []}))),
        ("answer_cut", cut),
        ("odd_answer", Line::text("Done.<|im_end|>\n<|im_start|>user")),
        ("call_in_text", Line::text("{\"name\": \"anything\", \"arguments\": {}}")),
        ("call_in_text", Line::text("```json\n{\"handle\": \"charge 1\"}\n```")),
        ("call_in_text", Line::text("I will call propose_refund now.")),
        ("unreadable_call", Line::error(500, garbled)),
    ]
}

#[tokio::test]
async fn every_mistake_is_pointed_out_once() {
    for (code, line) in mistakes() {
        let script = Script::new([line, Line::text("Sorry.")]).await;
        let desk = Desk::new();
        let end = desk.turn(&script).run(&never()).await.unwrap();
        assert_eq!(end, End::Answer("Sorry.".to_owned()), "{code}");
        assert_eq!(errors(&script), [code]);
        assert_eq!((desk.looks(), desk.proposals()), (0, 0), "{code}");
        script.finish();
    }
}

#[tokio::test]
async fn the_second_mistake_of_any_kind_ends_the_turn() {
    let all = mistakes();
    for (at, (code, line)) in all.iter().enumerate() {
        let (_, other) = &all[(at * 7 + 3) % all.len()];
        let script = Script::new([other.clone(), list("a"), line.clone()]).await;
        let desk = Desk::new();
        let mut turn = desk.turn(&script);
        let end = turn.run(&never()).await.unwrap();
        // What was not on offer at first is on offer after the look-up.
        if *code == "not_available" {
            assert!(matches!(end, End::Ended { .. }));
        } else {
            assert_eq!(misbehaved(&end), format!("2 mistakes, the last: {code}"));
            assert!(matches!(turn.run(&never()).await, Err(Error::Over)));
        }
        script.finish();
    }
}

#[tokio::test]
async fn nothing_a_model_writes_in_its_mistakes_is_told_to_the_caller() {
    let line = Line::call("x", "cus_secret", &json!({"card": "4242"}));
    let script = Script::new([line.clone(), line]).await;
    let end = Desk::new().turn(&script).run(&never()).await.unwrap();
    assert_eq!(misbehaved(&end), "2 mistakes, the last: unknown_tool");
    script.finish();
}

#[tokio::test]
async fn of_several_look_ups_only_the_first_is_carried_out() {
    let search =
        |id, query: &str| script::call(id, "search_policy", &json!({"query": query}).to_string());
    let several =
        [search("a", "late"), search("b", "fire"), script::call("c", "list_charges", "{}")];
    let script = Script::new([Line::calls(&several), Line::text("Done.")]).await;
    let desk = Desk::new();
    let mut turn = desk.turn(&script);
    assert_eq!(turn.run(&never()).await.unwrap(), End::Answer("Done.".to_owned()));
    assert_eq!((desk.looks(), turn.usage().tool_calls), (0, 1));
    assert_eq!(errors(&script), ["one_at_a_time", "one_at_a_time"]);
    script.finish();
}

#[tokio::test]
async fn an_ending_call_among_several_ends_the_turn_with_nothing_carried_out() {
    let (look, end) = (
        script::call("l", "list_charges", "{}"),
        script::call("p", "propose_refund", r#"{"charge":"charge 1"}"#),
    );
    let twice = script::call("q", "propose_refund", r#"{"charge":"charge 1"}"#);
    for calls in [vec![look.clone(), end.clone()], vec![end.clone(), look], vec![end, twice]] {
        let script = Script::new([list("a"), Line::calls(&calls)]).await;
        let desk = Desk::new();
        let end = desk.turn(&script).run(&never()).await.unwrap();
        assert!(misbehaved(&end).contains("several calls"));
        assert_eq!((desk.looks(), desk.proposals()), (1, 0));
        script.finish();
    }
}

#[tokio::test]
async fn a_flood_of_calls_ends_the_turn() {
    let calls: Vec<Value> =
        (0..=MOST_CALLS).map(|id| script::call(&id.to_string(), "list_charges", "{}")).collect();
    let script = Script::new([Line::calls(&calls)]).await;
    let desk = Desk::new();
    assert!(misbehaved(&desk.turn(&script).run(&never()).await.unwrap()).contains("too many"));
    assert_eq!(desk.looks(), 0);
    script.finish();
}

#[tokio::test]
async fn a_repeated_call_is_answered_from_memory_once() {
    let script =
        Script::new([list("a"), search("b", "x"), list("c"), search("d", "x"), list("e")]).await;
    let desk = Desk::new();
    let end = desk.turn(&script).run(&never()).await.unwrap();
    assert_eq!(misbehaved(&end), "the same call of `list_charges` again and again");
    assert_eq!(desk.looks(), 1);
    script.finish();
}

#[tokio::test]
async fn arguments_in_another_order_are_the_same_call() {
    let call = |id, arguments: &str| Line::calls(&[script::call(id, "propose_refund", arguments)]);
    let script = Script::new([
        list("a"),
        call("b", r#"{"charge":"charge 1","amount":"5"}"#),
        call("c", r#"{ "amount":"5", "charge":"charge 1" }"#),
        Line::text("Done."),
    ])
    .await;
    let desk = Desk::new();
    let mut turn = desk.turn(&script);
    turn.run(&never()).await.unwrap();
    turn.resume(
        "b",
        json!({"ok": false, "error": {"code": "no", "message": "no", "retryable": true}}),
    )
    .unwrap();
    assert_eq!(turn.run(&never()).await.unwrap(), End::Answer("Done.".to_owned()));
    assert_eq!(desk.proposals(), 1);
    script.finish();
}

#[tokio::test]
async fn a_model_that_never_stops_is_stopped() {
    let endless = || (0..40).map(|at| search(&format!("c{at}"), &format!("query {at}")));
    let limited = |budget| async move {
        let script = Script::new(endless()).await;
        let mut turn = Desk::new().turn_within(&script, budget);
        let end = turn.run(&never()).await.unwrap();
        (end, script.requests().len(), turn.usage().tokens())
    };
    let standard = Budget::default();
    assert_eq!(limited(standard).await, (End::Exhausted(Limit::ModelCalls), 12, 1_320));
    let few_calls = Budget { tool_calls: 5, ..standard };
    assert_eq!(limited(few_calls).await, (End::Exhausted(Limit::ToolCalls), 5, 550));
    let few_tokens = Budget { tokens: 330, ..standard };
    assert_eq!(limited(few_tokens).await, (End::Exhausted(Limit::Tokens), 3, 330));
    let nothing = Budget { model_calls: 0, ..standard };
    assert_eq!(limited(nothing).await, (End::Exhausted(Limit::ModelCalls), 0, 0));
}

#[tokio::test]
async fn where_usage_is_missing_the_bound_uses_the_budget_up() {
    let silent = |id: &str| {
        let call = script::call(id, "search_policy", &json!({"query": id}).to_string());
        Line::body(&json!({"choices": [{"message": {"tool_calls": [call]}}]}))
    };
    let script =
        Script::new([silent("a"), silent("b"), silent("c"), silent("d"), silent("e")]).await;
    let mut turn = Desk::new().turn_within(&script, Budget { tokens: 4_000, ..Budget::default() });
    assert_eq!(turn.run(&never()).await.unwrap(), End::Exhausted(Limit::Tokens));
    let bounds: Vec<u64> =
        script.requests().iter().map(|request| request.to_string().len() as u64 + 1_024).collect();
    let used: u64 = bounds.iter().sum();
    assert_eq!(turn.usage().tokens(), used);
    assert!(
        turn.usage().is_bound && used >= 4_000 && used - bounds.last().unwrap() < 4_000,
        "{bounds:?}"
    );
}

#[tokio::test]
async fn an_answer_that_its_own_server_could_not_read_has_its_price() {
    let garbled =
        r#"{"error":{"code":500,"message":"output that does not match the expected format"}}"#;
    let script = Script::new([Line::error(500, garbled), Line::text("Hello.")]).await;
    let mut turn = Desk::new().turn(&script);
    assert_eq!(turn.run(&never()).await.unwrap(), End::Answer("Hello.".to_owned()));
    let bound = script.requests()[0].to_string().len() as u64 + 1_024;
    assert_eq!((turn.usage().calls, turn.usage().tokens()), (2, bound + 110));
    assert!(turn.usage().is_bound);
    script.finish();
}

#[tokio::test(start_paused = true)]
async fn time_runs_out_in_a_slow_tool_and_between_runs() {
    let slow = || {
        Tool::new("wait", "Waits.", |_: Nothing| async {
            tokio::time::sleep(Duration::from_mins(2)).await;
            Ok(Answer::Result(json!({})))
        })
    };
    let call = Line::call("a", "wait", &json!({}));
    let script = Script::new([call, Line::text("Hello.")]).await;
    let turn = || {
        Turn::new(script.model(), vec![slow()], Transcript::new("Help."), Budget::default())
            .unwrap()
    };
    let began = Instant::now();
    let mut late = turn();
    assert_eq!(late.run(&never()).await.unwrap(), End::Exhausted(Limit::Time));
    assert_eq!(began.elapsed().as_secs(), 90);
    assert!(matches!(late.run(&never()).await, Err(Error::Over)));
    let mut idle = turn();
    assert_eq!(idle.run(&never()).await.unwrap(), End::Answer("Hello.".to_owned()));
    tokio::time::advance(Duration::from_secs(91)).await;
    assert_eq!(idle.run(&never()).await.unwrap(), End::Exhausted(Limit::Time));
    script.finish();
}

#[tokio::test(start_paused = true)]
async fn time_runs_out_while_a_server_makes_the_turn_wait() {
    let busy = Line::Say(429, vec![("retry-after", "15".to_owned())], "{}".to_owned());
    let script = Script::new(vec![busy; 2]).await;
    let budget = Budget { wall_ms: 20_000, ..Budget::default() };
    let end = Desk::new().turn_within(&script, budget).run(&never()).await.unwrap();
    assert_eq!(end, End::Exhausted(Limit::Time));
    script.finish();
}

#[tokio::test]
async fn a_turn_can_be_stopped() {
    let script = Script::new([Line::Hang]).await;
    let stop = CancellationToken::new();
    let mut turn = Desk::new().turn(&script).observe({
        let stop = stop.clone();
        move |_| stop.cancel()
    });
    assert!(matches!(turn.run(&stop).await, Err(Error::Stopped)));
    assert!(matches!(turn.run(&never()).await, Err(Error::Over)));
}

#[tokio::test]
async fn an_outage_ends_the_turn_and_says_whose_it_is() {
    let script = Script::new([search("a", "fire")]).await;
    let mut turn = Desk::new().turn(&script);
    let error = turn.run(&never()).await.unwrap_err();
    let Error::Outage { tool, source } = error else { panic!("{error:?}") };
    assert_eq!(
        (tool.as_str(), source.to_string().as_str()),
        ("search_policy", "the index is on fire")
    );
    assert!(matches!(turn.run(&never()).await, Err(Error::Over)));
    script.finish();
}

#[tokio::test]
async fn another_model_than_was_asked_carries_nothing_out() {
    let call = script::call("a", "list_charges", "{}");
    let mut body = script::completion(&json!({"role": "assistant", "tool_calls": [call]}));
    body["model"] = json!("large");
    let script = Script::new([Line::body(&body)]).await;
    let desk = Desk::new();
    let mut turn = desk.turn(&script);
    assert!(misbehaved(&turn.run(&never()).await.unwrap()).contains("another model"));
    assert_eq!((turn.foreign_model(), desk.looks()), (Some("large"), 0));
    script.finish();
}

#[tokio::test]
async fn a_model_that_declines_is_not_asked_again() {
    let script = Script::new([Line::message(
        &json!({"role": "assistant", "content": null, "refusal": "No."}),
    )])
    .await;
    let end = Desk::new().turn(&script).run(&never()).await.unwrap();
    assert!(misbehaved(&end).contains("declined"));
    script.finish();
}

#[tokio::test]
async fn a_tool_that_ends_without_being_declared_to_is_a_fault_of_the_program() {
    let tool = Tool::new("stop", "Stops.", |_: Nothing| async { Ok(Answer::End(json!(null))) });
    let script = Script::new([Line::call("a", "stop", &json!({}))]).await;
    let mut turn =
        Turn::new(script.model(), vec![tool], Transcript::new("Help."), Budget::default()).unwrap();
    assert!(matches!(turn.run(&never()).await, Err(Error::Undeclared { tool }) if tool == "stop"));
}

#[tokio::test]
async fn two_tools_of_one_name_are_refused() {
    let script = Script::new([]).await;
    let tools = [Desk::new().tools(), Desk::new().tools()].concat();
    let turn = Turn::new(script.model(), tools, Transcript::new("Help."), Budget::default());
    assert!(matches!(turn, Err(Error::Tool { tool, .. }) if tool == "list_charges"));
}

#[tokio::test]
async fn a_turn_can_be_spawned() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let script = Script::new([Line::text("Hello.")]).await;
    let mut turn = Desk::new().turn(&script);
    let end = is_send(turn.run(&never())).await.unwrap();
    assert_eq!(end, End::Answer("Hello.".to_owned()));
}
