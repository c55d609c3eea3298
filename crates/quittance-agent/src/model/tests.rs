use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::error::{Cause, ServerError};
use crate::profile::{Preset, Profile};
use crate::script::{self, Line, Script};
use crate::tool::Answer;

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn tool(name: &str) -> Tool {
    Tool::new(name, "Looks something up.", |_: Nothing| async { Ok(Answer::Result(json!({}))) })
}

fn hello() -> Transcript {
    let mut transcript = Transcript::new("Help the customer.");
    transcript.user("Hello");
    transcript
}

async fn ask(script: &Script) -> Result<Reply, Error> {
    script.model().ask(&hello(), &[], &Choice::Free).await
}

/// Makes a change to the completion of a plain answer, or of a call.
type Change = fn(&mut Value);

fn without(body: &mut Value, pointer: &str, field: &str) {
    body.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(field).unwrap();
}

/// The habits of servers that strict types do not survive, each with a change to an answer in words.
const TEXT_HABITS: [(&str, Change); 30] = [
    ("service tier of Groq", |body| body["service_tier"] = json!("on_demand")),
    ("service tier of others", |body| body["service_tier"] = json!("standard")),
    ("empty finish reason", |body| body["choices"][0]["finish_reason"] = json!("")),
    ("finish reason eos_token", |body| body["choices"][0]["finish_reason"] = json!("eos_token")),
    ("finish reason end_turn", |body| body["choices"][0]["finish_reason"] = json!("end_turn")),
    ("finish reason abort", |body| body["choices"][0]["finish_reason"] = json!("abort")),
    ("finish reason error", |body| body["choices"][0]["finish_reason"] = json!("error")),
    ("finish reason null", |body| body["choices"][0]["finish_reason"] = json!(null)),
    ("no id", |body| without(body, "", "id")),
    ("id null", |body| body["id"] = json!(null)),
    ("id number", |body| body["id"] = json!(1)),
    ("no object", |body| without(body, "", "object")),
    ("no created", |body| without(body, "", "created")),
    ("created with a fraction", |body| body["created"] = json!(1_761_988_004.5)),
    ("created in milliseconds", |body| body["created"] = json!(1_761_988_004_123_u64)),
    ("no model", |body| without(body, "", "model")),
    ("no usage", |body| without(body, "", "usage")),
    ("usage null", |body| body["usage"] = json!(null)),
    ("usage without completion", |body| without(body, "/usage", "completion_tokens")),
    ("usage without total", |body| without(body, "/usage", "total_tokens")),
    ("error null", |body| body["error"] = json!(null)),
    ("timings", |body| body["timings"] = json!({"prompt_ms": 1.5})),
    ("no index", |body| without(body, "/choices/0", "index")),
    ("no role", |body| without(body, "/choices/0/message", "role")),
    ("role null", |body| body["choices"][0]["message"]["role"] = json!(null)),
    ("role model", |body| body["choices"][0]["message"]["role"] = json!("model")),
    ("content in parts", |body| {
        body["choices"][0]["message"]["content"] = json!([{"type": "text", "text": "Hello"}]);
    }),
    ("annotations", |body| {
        body["choices"][0]["message"]["annotations"] = json!([{"type": "file"}]);
    }),
    ("reasoning", |body| body["choices"][0]["message"]["reasoning_content"] = json!("hm")),
    ("odd log probabilities", |body| body["choices"][0]["logprobs"] = json!({"tokens": ["a"]})),
];

/// The same for an answer that is a call of `search` with `{"query":"late"}`.
const CALL_HABITS: [(&str, Change); 12] = [
    ("call without type", |body| without(body, "/choices/0/message/tool_calls/0", "type")),
    ("call of type null", |body| {
        body["choices"][0]["message"]["tool_calls"][0]["type"] = json!(null);
    }),
    ("call without id", |body| without(body, "/choices/0/message/tool_calls/0", "id")),
    ("call with empty id", |body| body["choices"][0]["message"]["tool_calls"][0]["id"] = json!("")),
    ("call with numeric id", |body| {
        body["choices"][0]["message"]["tool_calls"][0]["id"] = json!(3);
    }),
    ("arguments as object", |body| {
        body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] =
            json!({"query": "late"});
    }),
    ("arguments with white space", |body| {
        body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] =
            json!("\n{ \"query\": \"late\" }\n");
    }),
    ("empty content", |body| body["choices"][0]["message"]["content"] = json!("")),
    ("no content", |body| without(body, "/choices/0/message", "content")),
    ("content beside the call", |body| {
        body["choices"][0]["message"]["content"] = json!("I shall look.");
    }),
    ("finish reason stop", |body| body["choices"][0]["finish_reason"] = json!("stop")),
    ("thought signature", |body| {
        body["choices"][0]["message"]["tool_calls"][0]["extra_content"] =
            json!({"google": {"thought_signature": "x"}});
    }),
];

#[tokio::test]
async fn an_answer_is_read_whatever_the_habits_of_its_server() {
    let plain = script::completion(&json!({"role": "assistant", "content": "Hello"}));
    let lines = TEXT_HABITS.map(|(_, change)| {
        let mut body = plain.clone();
        change(&mut body);
        Line::body(&body)
    });
    let script = Script::new(lines).await;
    for (habit, _) in TEXT_HABITS {
        let reply = ask(&script).await.unwrap_or_else(|error| panic!("{habit}: {error}"));
        assert_eq!(reply.text.as_deref(), Some("Hello"), "{habit}");
        assert_eq!(
            (reply.calls.len(), reply.is_refusal, reply.foreign_model),
            (0, false, None),
            "{habit}"
        );
        assert_eq!(reply.message["role"], "assistant", "{habit}");
    }
    script.finish();
}

#[tokio::test]
async fn a_call_is_read_and_can_be_answered_whatever_the_habits_of_its_server() {
    let call = script::call("call_1", "search", r#"{"query":"late"}"#);
    let plain =
        script::completion(&json!({"role": "assistant", "content": null, "tool_calls": [call]}));
    let lines = CALL_HABITS.iter().flat_map(|(_, change)| {
        let mut body = plain.clone();
        change(&mut body);
        [Line::body(&body), Line::text("Done")]
    });
    let script = Script::new(lines).await;
    for (habit, _) in CALL_HABITS {
        let mut transcript = hello();
        let reply =
            script.model().ask(&transcript, &[&tool("search")], &Choice::Free).await.unwrap();
        let [call] = &reply.calls[..] else { panic!("{habit}") };
        assert_eq!(call.name, "search", "{habit}");
        let arguments = match &call.arguments {
            Arguments::Text(text) => serde_json::from_str(text).unwrap(),
            Arguments::Object { value, .. } => value.clone(),
            Arguments::Absent | Arguments::Unusable => panic!("{habit}"),
        };
        assert_eq!(arguments, json!({"query": "late"}), "{habit}");
        // The script refuses the next request if the message cannot be sent back.
        transcript.replied(reply.message);
        transcript.tool(&call.id, &json!({"ok": true}));
        let reply =
            script.model().ask(&transcript, &[&tool("search")], &Choice::Free).await.unwrap();
        assert_eq!(reply.text.as_deref(), Some("Done"), "{habit}");
    }
    script.finish();
}

#[tokio::test]
async fn usage_is_reported_or_bounded() {
    let mut silent = script::completion(&json!({"role": "assistant", "content": "Hello"}));
    silent["usage"] = json!(null);
    let script = Script::new([Line::text("Hello"), Line::body(&silent)]).await;
    let usage = ask(&script).await.unwrap().usage;
    let expected = Usage {
        calls: 1,
        prompt_tokens: 100,
        cached_tokens: 64,
        completion_tokens: 10,
        ..Usage::default()
    };
    assert_eq!(usage, expected);
    let usage = ask(&script).await.unwrap().usage;
    let request = script.requests().remove(1);
    assert_eq!(usage.prompt_tokens, request.to_string().len() as u64);
    assert_eq!((usage.completion_tokens, usage.is_bound), (1_024, true));
    script.finish();
}

#[tokio::test]
async fn what_is_no_completion_is_said_to_be_none() {
    let huge = script::completion(&json!({"role": "assistant", "content": "x".repeat(1_100_000)}));
    let bodies = [
        "",
        "<html>Hello</html>",
        "data: {}\n\n",
        "[]",
        "{}",
        "null",
        r#"{"choices":{}}"#,
        r#"{"choices":[{"message":7}]}"#,
    ];
    let lines: Vec<Line> =
        bodies.iter().map(|body| Line::error(200, body)).chain([Line::body(&huge)]).collect();
    let count = lines.len();
    let script = Script::new(lines).await;
    for _ in 0..count {
        assert!(matches!(ask(&script).await, Err(Error::Unintelligible { .. })));
    }
    script.finish();
}

#[tokio::test]
async fn a_refused_request_keeps_its_status_and_code_and_is_not_repeated() {
    let script = Script::new([
        Line::error(400, r#"{"error":{"message":"no such field","type":"invalid_request_error","code":400}}"#),
        Line::error(401, r#"{"error":{"message":"bad key sk_test_made_up","code":"invalid_api_key"}}"#),
        Line::error(404, r#"{"detail":"Not Found"}"#),
        Line::error(429, r#"{"error":{"message":"no credit","code":"insufficient_quota"}}"#),
        Line::error(500, r#"{"error":{"code":500,"message":"The model produced output that does not match the expected peg-native format"}}"#),
    ])
    .await;
    let key = SecretString::from("sk_test_made_up");
    let model =
        Model::new(script::client(), &script.options(Profile::default()), Some(key)).unwrap();
    let mut errors = Vec::new();
    for _ in 0..5 {
        errors.push(model.ask(&hello(), &[], &Choice::Free).await.unwrap_err());
    }
    let error = |status, code: &str, message: &str| ServerError {
        status,
        code: (!code.is_empty()).then(|| code.to_owned()),
        message: message.to_owned(),
    };
    assert!(
        matches!(&errors[0], Error::Refused(it) if *it == error(400, "invalid_request_error", "no such field"))
    );
    assert!(
        matches!(&errors[1], Error::Key(it) if *it == error(401, "invalid_api_key", "bad key …"))
    );
    assert!(matches!(&errors[2], Error::Refused(it) if *it == error(404, "", "Not Found")));
    assert!(
        matches!(&errors[3], Error::Quota(it) if *it == error(429, "insufficient_quota", "no credit"))
    );
    assert!(matches!(&errors[4], Error::Garbled(it) if it.status == 500));
    assert_eq!(script.headers(0)["authorization"], "Bearer sk_test_made_up");
    script.finish();
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_asked_again_with_growing_waits() {
    let integer = r#"{"error":{"message":"slow down","code":429}}"#;
    let script = Script::new([
        Line::error(429, integer),
        Line::error(503, "<html>"),
        Line::error(200, r#"{"error":{"code":502,"message":"the provider failed"}}"#),
        Line::text("Hello"),
    ])
    .await;
    assert_eq!(ask(&script).await.unwrap().text.as_deref(), Some("Hello"));
    let at = script.arrivals_ms();
    assert!((250..=510).contains(&(at[1] - at[0])), "{at:?}");
    assert!((500..=1_010).contains(&(at[2] - at[1])), "{at:?}");
    assert!((1_000..=2_010).contains(&(at[3] - at[2])), "{at:?}");
    script.finish();
}

#[tokio::test(start_paused = true)]
async fn after_the_last_retry_the_cause_is_told() {
    let script = Script::new(vec![
        Line::error(
            529,
            r#"{"error":{"type":"overloaded_error","message":"busy"}}"#
        );
        4
    ])
    .await;
    let error = ask(&script).await.unwrap_err();
    let Error::Unavailable { attempts: 4, retry_after_ms: None, source: Cause::Server(error) } =
        error
    else {
        panic!("{error:?}")
    };
    assert_eq!((error.status, error.code.as_deref()), (529, Some("overloaded_error")));
    script.finish();
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_server_asks_for_is_kept() {
    let header =
        |name, value: &str| Line::Say(429, vec![(name, value.to_owned())], "{}".to_owned());
    let script = Script::new([
        header("retry-after", "7"),
        header("retry-after", "2.5"),
        header("retry-after-ms", "9000"),
        Line::text("Hello"),
    ])
    .await;
    ask(&script).await.unwrap();
    let at = script.arrivals_ms();
    assert!((7_000..8_000).contains(&(at[1] - at[0])), "{at:?}");
    assert!((2_500..4_000).contains(&(at[2] - at[1])), "{at:?}");
    assert!((9_000..12_000).contains(&(at[3] - at[2])), "{at:?}");
    script.finish();
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_waited_for() {
    let headers = vec![("retry-after", "3600".to_owned())];
    let script = Script::new([Line::Say(429, headers, "{}".to_owned())]).await;
    let error = ask(&script).await.unwrap_err();
    assert!(
        matches!(error, Error::Unavailable { attempts: 1, retry_after_ms: Some(3_600_000), .. }),
        "{error:?}"
    );
    script.finish();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_given_up_and_asked_again() {
    let script = Script::new([Line::Hang, Line::Hang]).await;
    let mut options = script.options(Profile::default());
    options.retries = 1;
    options.timeout_ms = 5_000;
    let error = Script::model_with(&options).ask(&hello(), &[], &Choice::Free).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unavailable { attempts: 2, source: Cause::Timeout { timeout_ms: 5_000 }, .. }
        ),
        "{error:?}"
    );
    script.finish();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_its_address_is_not_told() {
    let script = Script::new([]).await;
    let mut options = script.options(Profile::default());
    drop(script);
    options.retries = 0;
    let model = Model::new(script::client(), &options, None).unwrap();
    let error = model.ask(&hello(), &[], &Choice::Free).await.unwrap_err();
    let Error::Unavailable { attempts: 1, source: Cause::Connection(source), .. } = error else {
        panic!("{error:?}")
    };
    assert!(!source.to_string().contains("127.0.0.1"), "{source}");
}

#[tokio::test]
async fn each_kind_of_server_is_asked_in_its_own_way() {
    let presets = [
        (
            Preset::Openai,
            json!({"max_completion_tokens": 1024, "reasoning_effort": "none", "parallel_tool_calls": false,
            "prompt_cache_key": "v1", "tool_choice": {"type": "function", "function": {"name": "b"}}}),
            2,
            true,
        ),
        (
            Preset::Anthropic,
            json!({"max_tokens": 1024, "parallel_tool_calls": false,
            "tool_choice": {"type": "function", "function": {"name": "b"}}}),
            2,
            false,
        ),
        (Preset::Gemini, json!({"max_tokens": 1024, "tool_choice": "required"}), 1, false),
        (
            Preset::LlamaCpp,
            json!({"max_tokens": 1024, "temperature": 0.0, "parallel_tool_calls": false,
            "tool_choice": "required"}),
            1,
            false,
        ),
        (Preset::Vllm, json!({"max_tokens": 1024, "parallel_tool_calls": false}), 1, false),
        (Preset::Generic, json!({"max_tokens": 1024}), 1, false),
    ];
    let script = Script::new(presets.iter().map(|_| Line::text("Hello"))).await;
    let (a, b) = (tool("a"), tool("b"));
    for (preset, ..) in &presets {
        let mut options = script.options(Profile::new(*preset));
        options.prompt_cache_key = Some("v1".to_owned());
        let model = Script::model_with(&options);
        model.ask(&hello(), &[&a, &b], &Choice::Named("b".to_owned())).await.unwrap();
    }
    for ((preset, expected, tools, is_strict), mut request) in
        presets.into_iter().zip(script.requests())
    {
        let fields = request.as_object_mut().unwrap();
        let sent = fields.remove("tools").unwrap();
        fields.remove("messages").unwrap();
        fields.remove("model").unwrap();
        assert_eq!(request, expected, "{preset:?}");
        assert_eq!(sent.as_array().unwrap().len(), tools, "{preset:?}");
        assert_eq!(sent[tools - 1]["function"]["name"], "b", "{preset:?}");
        assert_eq!(
            sent[0]["function"].get("strict"),
            is_strict.then_some(&json!(true)),
            "{preset:?}"
        );
    }
    script.finish();
}

#[tokio::test]
async fn a_request_without_tools_says_nothing_about_tools_and_carries_the_extra_fields() {
    let script = Script::new([Line::text("Hello")]).await;
    let mut options = script.options(Profile::new(Preset::Openai));
    options.extra.insert("cache_prompt".to_owned(), json!(true));
    Script::model_with(&options).ask(&hello(), &[], &Choice::Required).await.unwrap();
    let expected = json!({
        "model": "small",
        "messages": [
            {"role": "system", "content": "Help the customer."},
            {"role": "user", "content": "Hello"},
        ],
        "reasoning_effort": "none",
        "max_completion_tokens": 1024,
        "cache_prompt": true,
    });
    assert_eq!(script.requests(), [expected]);
    script.finish();
}

#[tokio::test]
async fn azure_is_given_the_key_in_its_own_header() {
    let script = Script::new([Line::text("Hello")]).await;
    let options = script.options(Profile::new(Preset::Azure));
    let model =
        Model::new(script::client(), &options, Some(SecretString::from("made-up"))).unwrap();
    model.ask(&hello(), &[], &Choice::Free).await.unwrap();
    let headers = script.headers(0);
    assert_eq!(
        (headers.get("authorization"), headers["api-key"].to_str().unwrap()),
        (None, "made-up")
    );
    script.finish();
}

#[test]
fn a_dated_version_is_the_same_model_and_a_sibling_is_not() {
    for (asked, answered) in [
        ("gpt-5.6", "gpt-5.6"),
        ("gpt-5.6", "GPT-5.6-2026-10-01"),
        ("claude-sonnet-latest", "claude-sonnet-20261001"),
        ("openai/gpt-5.6", "gpt-5.6-2026-10-01"),
        ("gemini-3-pro", "models/gemini-3-pro"),
        ("mistral-large-latest", "mistral-large-2411"),
    ] {
        assert!(is_same_model(asked, answered), "{asked} {answered}");
    }
    for (asked, answered) in [
        ("gpt-5.6", "gpt-5.6-mini"),
        ("gpt-5", "gpt-5.6"),
        ("gpt-5", "gpt-5-6"),
        ("claude-opus-4", "claude-opus-4-5-20251101"),
        ("gpt-5.6-mini", "gpt-5.6"),
        ("gpt-5.6", "gpt-4o-2024-08-06"),
    ] {
        assert!(!is_same_model(asked, answered), "{asked} {answered}");
    }
}

#[tokio::test]
async fn another_model_than_was_asked_is_reported_unless_it_may_answer() {
    let mut body = script::completion(&json!({"role": "assistant", "content": "Hello"}));
    body["model"] = json!("other");
    let script = Script::new(vec![Line::body(&body); 3]).await;
    assert_eq!(ask(&script).await.unwrap().foreign_model.as_deref(), Some("other"));
    let mut options = script.options(Profile::default());
    options.also_answers_as = vec!["other".to_owned()];
    let reply = Script::model_with(&options).ask(&hello(), &[], &Choice::Free).await.unwrap();
    assert_eq!((reply.foreign_model, reply.model.as_deref()), (None, Some("other")));
    let options = script.options(Profile::new(Preset::LlamaCpp));
    let reply = Script::model_with(&options).ask(&hello(), &[], &Choice::Free).await.unwrap();
    assert_eq!(reply.foreign_model, None);
    script.finish();
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let refused = |change: fn(&mut Options), key: Option<&str>| {
        let mut options = Options::new("http://127.0.0.1:1/v1", "small");
        change(&mut options);
        match Model::new(script::client(), &options, key.map(SecretString::from)) {
            Err(Error::Setting { setting, .. }) => setting,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(|options| options.base_url = "localhost:1".to_owned(), None), "base_url");
    assert_eq!(refused(|options| options.base_url = "ftp://host".to_owned(), None), "base_url");
    assert_eq!(
        refused(|options| options.base_url = "http://a:b@host".to_owned(), None),
        "base_url"
    );
    assert_eq!(
        refused(|options| options.base_url = "http://host/v1?key=1".to_owned(), None),
        "base_url"
    );
    assert_eq!(refused(|options| options.model = " ".to_owned(), None), "model");
    assert_eq!(refused(|options| options.timeout_ms = 0, None), "timeout_ms");
    assert_eq!(refused(|options| options.max_completion_tokens = 0, None), "max_completion_tokens");
    assert_eq!(
        refused(|options| options.profile.temperature = Some(3.0), None),
        "profile.temperature"
    );
    assert_eq!(
        refused(|options| drop(options.extra.insert("messages".to_owned(), json!([]))), None),
        "extra"
    );
    assert_eq!(refused(|_| (), Some("a\nb")), "key");
}

#[test]
fn options_have_defaults_and_refuse_what_they_do_not_know() {
    let read: Options = serde_json::from_str(r#"{"model":"gpt-5.6","profile":"openai"}"#).unwrap();
    let mut expected = Options::new("https://api.openai.com/v1", "gpt-5.6");
    expected.profile = Profile::new(Preset::Openai);
    assert_eq!(read, expected);
    assert!(serde_json::from_str::<Options>(r#"{"model":"a","top_p":1}"#).is_err());
    assert!(serde_json::from_str::<Options>("{}").is_err());
}
