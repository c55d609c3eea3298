//! A person's conversations, as the Messenger pane shows them.

use serde_json::{Value, json};

use crate::intercom::Intercom;
use crate::world::Persona;

/// Id and standing of a contact's conversations, the oldest first.
pub(super) fn standings(intercom: &Intercom, contact: &str) -> Vec<Value> {
    conversations(intercom, contact).iter().map(standing).collect()
}

/// The person's conversations with everything that was written, the oldest first.
pub(super) fn chat(intercom: &Intercom, person: &Persona) -> Value {
    let shown: Vec<Value> = conversations(intercom, &person.contact_id)
        .iter()
        .map(|conversation| {
            let mut shown = standing(conversation);
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("entries".to_owned(), Value::Array(entries(conversation)));
            }
            shown
        })
        .collect();
    json!({ "person": person.key, "conversations": shown })
}

fn conversations(intercom: &Intercom, contact: &str) -> Vec<Value> {
    let ids = intercom.conversations_of(contact);
    ids.iter().filter_map(|id| intercom.conversation(id)).collect()
}

fn standing(conversation: &Value) -> Value {
    let is_given = |field: &str| conversation.get(field).and_then(Value::as_u64).unwrap_or(0) > 0;
    json!({
        "id": conversation.get("id"),
        "state": conversation.get("state"),
        "is_with_person": is_given("admin_assignee_id") || is_given("team_assignee_id"),
        "created_at": conversation.get("created_at"),
        "updated_at": conversation.get("updated_at"),
    })
}

/// The first message and what followed.
fn entries(conversation: &Value) -> Vec<Value> {
    let first = json!({
        "id": conversation.pointer("/source/id"),
        "kind": "message",
        "by": "customer",
        "name": conversation.pointer("/source/author/name"),
        "text": conversation.pointer("/source/body"),
        "at": conversation.get("created_at"),
    });
    let parts = conversation.pointer("/conversation_parts/conversation_parts");
    let parts = parts.and_then(Value::as_array).into_iter().flatten();
    std::iter::once(first).chain(parts.flat_map(part)).collect()
}

/// What one part shows: what happened, what was written, or both.
fn part(part: &Value) -> Vec<Value> {
    let text = |field: &str| part.get(field).and_then(Value::as_str).unwrap_or_default();
    let entry = |kind: &str, text: Value| {
        json!({
            "id": part.get("id"),
            "kind": kind,
            "by": writer(part),
            "name": part.pointer("/author/name"),
            "text": text,
            "at": part.get("created_at"),
        })
    };
    let happened = match text("part_type") {
        "close" => Some("closed"),
        "open" => Some("reopened"),
        "snoozed" => Some("snoozed"),
        "unsnoozed" => Some("awake"),
        "assignment" | "assign_and_reopen" => Some(given(part)),
        _ => None,
    };
    let written = (!text("body").is_empty()).then(|| {
        let kind = if text("part_type") == "note" { "note" } else { "message" };
        entry(kind, json!(text("body")))
    });
    let happened = happened.map(|kind| entry(kind, Value::Null));
    // A last word comes before the closing; a message that reopens comes after the opening.
    if text("part_type") == "close" {
        written.into_iter().chain(happened).collect()
    } else {
        happened.into_iter().chain(written).collect()
    }
}

/// To whom a conversation was given.
fn given(part: &Value) -> &'static str {
    let to = |field: &str| part.pointer(&format!("/assigned_to/{field}")).and_then(Value::as_str);
    let author = part.pointer("/author/id").and_then(Value::as_str);
    match to("type") {
        Some("team") => "given_to_team",
        Some("admin") if to("id") == author => "taken",
        Some("admin") => "given_to_teammate",
        _ => "given_to_nobody",
    }
}

/// Who made a part: Quittance is the only one who writes through the API.
fn writer(part: &Value) -> &'static str {
    if part.get("app_package_code").is_some_and(Value::is_string) {
        return "assistant";
    }
    match part.pointer("/author/type").and_then(Value::as_str) {
        Some("admin") => "teammate",
        Some("bot") => "operator",
        _ => "customer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_word_stands_before_the_closing_and_a_reopening_before_its_message() {
        let kinds = |part_type: &str| -> Vec<String> {
            let made = part(&json!({
                "id": "1", "part_type": part_type, "body": "Bye", "app_package_code": null,
                "author": { "type": "admin", "id": "9", "name": "Ana" },
            }));
            made.iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(kinds("close"), ["message", "closed"]);
        assert_eq!(kinds("open"), ["reopened", "message"]);
        assert_eq!(kinds("note"), ["note"]);
    }

    #[test]
    fn only_what_came_through_the_api_is_the_assistants() {
        let by = |code: Value, author: &str| {
            writer(&json!({ "app_package_code": code, "author": { "type": author } }))
        };
        assert_eq!(by(json!("quittance"), "admin"), "assistant");
        assert_eq!(by(Value::Null, "admin"), "teammate");
        assert_eq!(by(Value::Null, "user"), "customer");
        assert_eq!(by(Value::Null, "lead"), "customer");
    }
}
