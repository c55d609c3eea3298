use super::*;

fn read(json: serde_json::Value) -> Conversation {
    serde_json::from_value::<WireConversation>(json).unwrap().conversation().unwrap()
}

fn sample() -> Conversation {
    read(serde_json::json!({
        "type": "conversation", "id": "503", "created_at": 100, "updated_at": 200,
        "state": "open", "admin_assignee_id": 991, "team_assignee_id": 0, "brand_new": [],
        "source": {"type": "conversation", "id": 40, "delivered_as": "customer_initiated",
            "body": "<p>Hi &amp; hello</p>", "author": {"type": "user", "id": "u1"}},
        "contacts": {"contacts": [{"type": "contact", "id": "u1", "external_id": "70"}]},
        "conversation_parts": {"total_count": 6, "conversation_parts": [
            {"id": "1", "part_type": "comment", "body": "we gave it back", "created_at": 110,
                "author": {"type": "admin", "id": 7}, "app_package_code": "ours"},
            {"id": 2, "part_type": "note_and_reopen", "body": "look", "created_at": 120,
                "author": {"type": "bot", "id": "9"}},
            {"id": "3", "part_type": "open", "body": "still wrong", "created_at": 130,
                "author": {"type": "lead", "id": "u1"}},
            {"id": "4", "part_type": "newly_invented", "body": null, "created_at": 140,
                "author": {"type": "team", "id": "5"}},
            {"id": "5", "part_type": "comment", "body": "We gave it back", "created_at": 150,
                "author": {"type": "admin", "id": "7"}},
        ]},
    }))
}

#[test]
fn the_first_message_comes_first_and_unknown_kinds_are_kept() {
    let conversation = sample();
    let kinds: Vec<&str> = conversation.parts.iter().map(|part| part.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["source", "comment", "note_and_reopen", "open", "newly_invented", "comment"]
    );
    let customer = Author::Contact("u1".parse().unwrap());
    assert_eq!(conversation.parts[0].text.reveal(), "Hi & hello");
    assert_eq!(conversation.parts[0].author, customer);
    assert_eq!(conversation.parts[1].app_package_code.as_deref(), Some("ours"));
    assert!(conversation.parts[2].is_note && conversation.parts[2].author == Author::Bot);
    assert_eq!(conversation.parts[3].author, customer);
    assert!(conversation.parts[4].text.is_blank());
    assert_eq!(conversation.parts[4].author, Author::Other("team".to_owned()));
}

#[test]
fn nobody_is_zero_and_missing_parts_are_noticed() {
    let conversation = sample();
    assert_eq!(conversation.admin_assignee.as_ref().unwrap().as_str(), "991");
    assert_eq!(conversation.team_assignee, None);
    assert!(conversation.is_cut);
    assert_eq!(conversation.contacts[0].external_id.as_ref().unwrap().reveal(), "70");
    assert_eq!(
        (&conversation.state, conversation.source.kind.as_str()),
        (&State::Open, "conversation")
    );
}

#[test]
fn our_own_part_is_found_by_author_text_and_time() {
    let conversation = sample();
    let find = |admin: &str, text: &str, since: i64| {
        let since = Timestamp::from_second(since).unwrap();
        find_own(&conversation, &admin.parse().unwrap(), text, since).map(PartId::as_str)
    };
    assert_eq!(find("7", "we gave it  back", 110), Some("1"));
    assert_eq!(find("7", "we gave it back", 111), None);
    assert_eq!(find("7", "We gave it back", 110), Some("5"));
    assert_eq!(find("8", "we gave it back", 110), None);
    assert_eq!(find("7", "we gave it back!", 110), None);
}

/// A conversation of one customer, whose messages are these.
fn said(parts: &[serde_json::Value]) -> Conversation {
    let parts: Vec<serde_json::Value> = parts
        .iter()
        .zip(1..)
        .map(|(part, id)| {
            let mut whole = serde_json::json!({"id": id, "part_type": "comment", "created_at": 110,
                "author": {"type": "user", "id": "u1"}});
            whole.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
            whole
        })
        .collect();
    read(serde_json::json!({
        "id": "503", "source": {"id": "40", "author": {"type": "user", "id": "u1"}, "body": "<p>hi</p>"},
        "conversation_parts": {"conversation_parts": parts},
    }))
}

fn texts(conversation: &Conversation) -> Vec<&str> {
    conversation.parts.iter().skip(1).map(|part| part.text.reveal()).collect()
}

#[test]
fn files_are_named_and_are_something_said() {
    let conversation = said(&[
        serde_json::json!({"body": null, "attachments": [{"type": "upload", "name": "a.png"}, {"name": 7}]}),
        serde_json::json!({"body": "<p>see this</p>", "attachments": [{"name": "b]\nc.pdf"}]}),
        serde_json::json!({"body": null, "attachments": []}),
    ]);
    let expected = ["[attachment: a.png]\n[attachment]", "see this\n[attachment: b c.pdf]", ""];
    assert_eq!(texts(&conversation), expected);
    assert!(is_only_files(expected[0]) && !is_only_files(expected[1]));
}

#[test]
fn card_numbers_are_taken_out_before_anybody_sees_them() {
    let conversation = said(&[
        serde_json::json!({"body": "my card 4242 4242"}),
        serde_json::json!({"body": "ok", "author": {"type": "admin", "id": "7"}}),
        serde_json::json!({"body": "<p>4242</p><p>4242</p>"}),
        serde_json::json!({"body": "noted 4242424242424242", "part_type": "note", "author": {"type": "bot"}}),
        serde_json::json!({"body": "order 1001"}),
        serde_json::json!({"body": null, "attachments": [{"name": "4242-4242-4242-4242.jpg"}]}),
    ]);
    let gone = "[card number removed]";
    let expected = [
        &format!("my card {gone}"),
        "ok",
        gone,
        &format!("noted {gone}"),
        "order 1001",
        &format!("[attachment: {gone}.jpg]"),
    ];
    assert_eq!(texts(&conversation), expected);
    let has_card: Vec<bool> = conversation.parts.iter().map(|part| part.has_card).collect();
    assert_eq!(has_card, [false, true, false, true, true, false, true]);
}

#[test]
fn what_was_redacted_says_nothing() {
    let conversation = said(&[
        serde_json::json!({"body": "<p><i>This message was deleted</i></p>", "redacted": true}),
    ]);
    assert!(conversation.parts[1].text.is_blank());
}
