use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::script::{self, call, completion};

fn read_value(body: &Value) -> Reply {
    read(Careful::read(body.to_string().as_bytes()).unwrap(), 3).unwrap()
}

fn read_message(message: &Value) -> Reply {
    read_value(&completion(message))
}

/// The message of one call, with a change made to the call.
fn changed_call(change: impl FnOnce(&mut Value)) -> Reply {
    let mut call = call("call_1", "search", r#"{"query":"late"}"#);
    change(&mut call);
    read_message(&json!({"role": "assistant", "content": null, "tool_calls": [call]}))
}

#[test]
fn a_well_formed_message_goes_back_as_it_came() {
    let message = json!({
        "role": "assistant", "content": null, "refusal": null, "annotations": [], "reasoning_content": "hm",
        "tool_calls": [{
            "index": 0, "id": "call_1", "type": "function",
            "function": {"name": "search", "arguments": "{ \"query\" : \"late\" }"},
            "extra_content": {"google": {"thought_signature": "abc"}},
        }],
    });
    let reply = read_message(&message);
    assert_eq!(reply.message.to_string(), message.to_string());
    assert_eq!(
        reply.calls,
        [Call {
            id: "call_1".to_owned(),
            name: "search".to_owned(),
            arguments: Arguments::Text("{ \"query\" : \"late\" }".to_owned()),
        }]
    );
}

#[test]
fn absent_ids_are_made_up_and_doubled_ids_are_replaced() {
    for id in [json!(null), json!(""), json!({})] {
        let reply = changed_call(|call| call["id"] = id);
        assert_eq!(reply.calls[0].id, "call00096");
        assert_eq!(reply.message["tool_calls"][0]["id"], "call00096");
    }
    let reply = changed_call(|call| call["id"] = json!(3));
    assert_eq!(
        (reply.calls[0].id.as_str(), &reply.message["tool_calls"][0]["id"]),
        ("3", &json!("3"))
    );
    let calls = json!([call("a", "x", "{}"), call("a", "y", "{}"), call("call00097", "z", "{}")]);
    let reply = read_message(&json!({"role": "assistant", "tool_calls": calls}));
    let ids: HashSet<&str> = reply.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_type_that_is_absent_or_null_is_a_function() {
    let without = |call: &mut Value| {
        call.as_object_mut().unwrap().remove("type");
    };
    for reply in [
        changed_call(without),
        changed_call(|call| call["type"] = json!(null)),
        changed_call(|call| call["type"] = json!("")),
    ] {
        assert_eq!(reply.calls[0].name, "search");
        assert_eq!(reply.message["tool_calls"][0]["type"], "function");
    }
}

#[test]
fn a_custom_call_is_a_call_of_nothing() {
    let reply = changed_call(|call| {
        *call = json!({"id": "c", "type": "custom", "custom": {"name": "search", "input": "late"}});
    });
    assert_eq!((reply.calls[0].name.as_str(), &reply.calls[0].arguments), ("", &Arguments::Absent));
    let back =
        json!({"id": "c", "type": "function", "function": {"name": "unknown", "arguments": "{}"}});
    assert_eq!(reply.message["tool_calls"][0], back);
}

#[test]
fn arguments_in_every_form_are_read_and_go_back_as_text() {
    let object = json!({"query": "late"});
    for (sent, read, back) in [
        (
            object.clone(),
            Arguments::Object { value: object, has_doubled_keys: false },
            r#"{"query":"late"}"#,
        ),
        (json!(null), Arguments::Absent, "{}"),
        (json!(""), Arguments::Text(String::new()), "{}"),
        (json!("{\"a"), Arguments::Text("{\"a".to_owned()), "{}"),
        (json!("[1]"), Arguments::Text("[1]".to_owned()), "{}"),
        (json!([1]), Arguments::Unusable, "{}"),
        (json!(7), Arguments::Unusable, "{}"),
    ] {
        let reply = changed_call(|call| call["function"]["arguments"] = sent);
        assert_eq!(reply.calls[0].arguments, read);
        assert_eq!(reply.message["tool_calls"][0]["function"]["arguments"], back);
    }
    let reply = changed_call(|call| {
        call["function"].as_object_mut().unwrap().remove("arguments");
    });
    assert_eq!(reply.calls[0].arguments, Arguments::Absent);
}

#[test]
fn doubled_keys_in_arguments_that_are_an_object_are_noticed() {
    let body = r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1,"a":2}}}]}}]}"#;
    let reply = read(Careful::read(body.as_bytes()).unwrap(), 0).unwrap();
    assert_eq!(
        reply.calls[0].arguments,
        Arguments::Object { value: json!({"a": 2}), has_doubled_keys: true }
    );
}

#[test]
fn arguments_that_are_too_long_do_not_go_back() {
    let long = json!({"query": "x".repeat(MOST_BYTES)}).to_string();
    let reply = changed_call(|call| call["function"]["arguments"] = json!(long));
    assert_eq!(reply.calls[0].arguments, Arguments::Text(long));
    assert_eq!(reply.message["tool_calls"][0]["function"]["arguments"], "{}");
}

#[test]
fn calls_of_no_form_are_calls_of_nothing() {
    let reply =
        read_message(&json!({"role": "assistant", "tool_calls": [7, {}, {"function": "search"}]}));
    assert_eq!(reply.calls.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["", "", ""]);
    for call in reply.message["tool_calls"].as_array().unwrap() {
        assert_eq!(call["function"], json!({"name": "unknown", "arguments": "{}"}));
    }
}

#[test]
fn an_empty_list_of_calls_is_none() {
    for calls in [json!([]), json!(null), json!("none")] {
        let reply =
            read_message(&json!({"role": "assistant", "content": "Hello", "tool_calls": calls}));
        assert_eq!((reply.text.as_deref(), reply.calls.len()), (Some("Hello"), 0));
        assert_eq!(reply.message, json!({"role": "assistant", "content": "Hello"}));
    }
}

#[test]
fn text_is_read_from_every_form_of_content() {
    let text =
        |content: Value| read_message(&json!({"role": "assistant", "content": content})).text;
    assert_eq!(text(json!(" Hello\n")).as_deref(), Some("Hello"));
    let parts = json!([{"type": "thinking", "text": "hm"}, {"type": "text", "text": "Hel"}, "lo"]);
    assert_eq!(text(parts).as_deref(), Some("Hello"));
    assert_eq!(text(json!({"type": "text", "text": "Hello"})).as_deref(), Some("Hello"));
    for nothing in
        [json!(null), json!(""), json!(" \n"), json!([]), json!(7), json!([{"type": "image_url"}])]
    {
        assert_eq!(text(nothing), None);
    }
}

#[test]
fn a_finish_reason_never_hides_a_call() {
    for reason in
        [json!("stop"), json!(""), json!("length"), json!("content_filter"), json!(null), json!(7)]
    {
        let mut body =
            completion(&json!({"role": "assistant", "tool_calls": [call("a", "f", "{}")]}));
        body["choices"][0]["finish_reason"] = reason;
        let reply = read_value(&body);
        assert_eq!((reply.calls.len(), reply.is_cut, reply.is_refusal), (1, false, false));
    }
    let mut body = completion(&json!({"role": "assistant", "content": "We wi"}));
    body["choices"][0]["finish_reason"] = json!("length");
    assert!(read_value(&body).is_cut);
    body["choices"][0]["finish_reason"] = json!("tool_calls");
    assert!(!read_value(&body).is_cut);
}

#[test]
fn a_refusal_is_noticed() {
    assert!(
        read_message(&json!({"role": "assistant", "content": null, "refusal": "I cannot."}))
            .is_refusal
    );
    assert!(
        !read_message(&json!({"role": "assistant", "content": "Yes", "refusal": null})).is_refusal
    );
}

#[test]
fn a_choice_without_a_message_is_an_empty_answer() {
    for body in
        [json!({"choices": []}), json!({"choices": [{}]}), json!({"choices": [{"message": null}]})]
    {
        let reply = read_value(&body);
        assert_eq!((reply.text, reply.calls.len()), (None, 0));
    }
}

#[test]
fn usage_is_taken_as_far_as_it_makes_sense() {
    for (given, prompt, completion, cached) in [
        (json!({"prompt_tokens": 7, "completion_tokens": 2}), Some(7), Some(2), None),
        (json!({"prompt_tokens": 7, "total_tokens": 9}), Some(7), Some(2), None),
        (json!({"completion_tokens": 2, "total_tokens": 9}), Some(7), Some(2), None),
        (json!({"prompt_tokens": 7, "total_tokens": 3}), Some(7), None, None),
        (json!({"prompt_tokens": -7, "completion_tokens": "2"}), None, None, None),
        (
            json!({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": 9}}),
            Some(7),
            None,
            Some(7),
        ),
        (
            json!({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": null}}),
            Some(7),
            None,
            None,
        ),
        (
            json!({"prompt_tokens": 7, "prompt_tokens_details": null, "queue_time": 0.1}),
            Some(7),
            None,
            None,
        ),
        (json!({}), None, None, None),
        (json!(null), None, None, None),
    ] {
        assert_eq!(usage(&given), Reported { prompt, cached, completion }, "{given}");
    }
}

/// Any JSON value, with the names that matter in the places where they matter more often than not.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("")),
        Just(json!("function")),
        Just(json!("search")),
        Just(json!("call_1")),
        Just(json!("{}")),
        Just(json!("{\"a\":1}")),
    ];
    let name = prop_oneof![
        Just("role".to_owned()),
        Just("content".to_owned()),
        Just("refusal".to_owned()),
        Just("id".to_owned()),
        Just("type".to_owned()),
        Just("name".to_owned()),
        Just("arguments".to_owned()),
        Just("function".to_owned()),
        Just("tool_calls".to_owned()),
        Just("text".to_owned()),
        any::<String>(),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::hash_map(name.clone(), inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_message_with_calls_can_always_be_sent_back(
        content in any_json(),
        calls in proptest::collection::vec(any_json(), 1..5),
        functions in proptest::collection::vec(any_json(), 1..5),
    ) {
        let functions = functions.into_iter().map(|function| json!({"id": "call_1", "function": function}));
        let calls: Vec<Value> = calls.into_iter().chain(functions).collect();
        let reply = read_message(&json!({"role": "model", "content": content, "tool_calls": calls}));
        let ids: Vec<String> = reply.calls.iter().map(|call| call.id.clone()).collect();
        prop_assert_eq!(script::check_assistant(&reply.message), Ok(ids));
    }

    #[test]
    fn no_answer_of_a_server_is_too_odd(body in any_json(), message in any_json(), usage in any_json()) {
        let read_any = |body: &Value| drop(read(Careful::read(body.to_string().as_bytes()).unwrap(), 0));
        read_any(&body);
        read_any(&json!({"choices": [{"message": message}], "usage": usage}));
        read_any(&json!({"choices": body}));
    }
}
