//! The workspace, the token, the limits.

use quittance_sandbox::intercom::Options;
use serde_json::json;

use crate::harness::{TOKEN, US, World, read};
use crate::intercom_spec::Spec;

#[test]
fn the_description_finds_mistakes() {
    let Some(spec) = Spec::load() else { return };
    assert_eq!(spec.problems("conversation", &json!({ "id": "1" })), Vec::<String>::new());
    for wrong in [
        json!({ "id": 1 }),
        json!({ "admin_assignee_id": null }),
        json!({ "state": "gone" }),
        json!({ "conversation_parts": { "conversation_parts": [{ "body": 5 }] } }),
    ] {
        assert_eq!(spec.problems("conversation", &wrong).len(), 1, "{wrong}");
    }
    assert_eq!(spec.problems("error", &json!({ "errors": [{}] })).len(), 2);
}

#[tokio::test]
async fn the_workspace_introduces_itself() {
    let world = World::new().await;
    let me = world.get("/me", &[]).await.body;
    assert_eq!((&me["id"], &me["app"]["id_code"]), (&json!(US), &json!("sandbox1")));
    assert_eq!(me["app"]["identity_verification"], true);
    let admins = world.get("/admins", &[]).await.body;
    assert_eq!(admins["admins"].as_array().unwrap().len(), 4);
    let teams = world.get("/teams", &[]).await.body;
    assert_eq!(teams["teams"][0]["name"], "Billing");
}

#[tokio::test]
async fn a_wrong_token_or_version_or_path_is_refused_with_an_error_list() {
    let world = World::new().await;
    let send = |token: &'static str, version: &'static str, path: &'static str| {
        let request = world.client.get(format!("{}{path}", world.base));
        let request = request.bearer_auth(token).header("Intercom-Version", version);
        async move { read(request.send().await.unwrap()).await }
    };
    assert_eq!(send("wrong", "2.16", "/me").await.code(), (401, "unauthorized"));
    assert_eq!(send(TOKEN, "9.9", "/me").await.code(), (400, "intercom_version_invalid"));
    assert_eq!(send(TOKEN, "2.16", "/nothing").await.code(), (404, "not_found"));
    assert_eq!(send(TOKEN, "2.16", "/me?x=1").await.code(), (400, "parameter_invalid"));
    let answer = send(TOKEN, "2.16", "/contacts").await;
    assert_eq!(answer.code(), (404, "not_found"));
    assert_eq!(answer.headers["x-request-id"], answer.body["request_id"].as_str().unwrap());
    assert_eq!(world.intercom.counts().refused, 5);
}

#[tokio::test]
async fn too_many_requests_in_ten_seconds_are_refused_until_the_window_ends() {
    let world = World::with(Options { requests_per_window: 2, ..Options::default() }).await;
    let first = world.get("/me", &[]).await;
    assert_eq!(first.headers["x-ratelimit-remaining"], "1");
    assert_eq!(world.get("/me", &[]).await.headers["x-ratelimit-remaining"], "0");
    let refused = world.get("/teams", &[]).await;
    assert_eq!(refused.code(), (429, "rate_limit_exceeded"));
    let reset: i64 = refused.headers["x-ratelimit-reset"].to_str().unwrap().parse().unwrap();
    world.clock.advance_ms(10_000);
    assert_eq!(world.get("/me", &[]).await.status, 200);
    assert_eq!(reset, 1_795_428_010);
}
