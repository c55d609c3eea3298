use super::*;

/// The body, key and signature of the fact sheet, computed apart from this program.
const BODY: &[u8] = br#"{"type":"notification_event","app_id":"ecahpwf5","id":"notif_1","topic":"conversation.user.replied","data":{"type":"notification_event_data","item":{"type":"conversation","id":"1295"}},"delivery_attempts":1,"first_sent_at":1767229301,"created_at":1767229300}"#;
const SIGNATURE: &str = "sha1=10b4e824ae81ee4bd23441b2bce13e113ef677ed";
const SECRET: &str = "client-secret-for-tests";

fn secrets(texts: &[&str]) -> Vec<SecretString> {
    texts.iter().map(|&text| SecretString::from(text)).collect()
}

#[test]
fn the_signature_of_the_vector_fits() {
    assert_eq!(BODY.len(), 258);
    assert_eq!(verify(BODY, SIGNATURE, &secrets(&[SECRET])), Ok(()));
    assert_eq!(verify(BODY, SIGNATURE, &secrets(&["new", SECRET])), Ok(()));
}

#[test]
fn anything_else_does_not_fit() {
    let secrets_1 = secrets(&[SECRET]);
    assert_eq!(verify(BODY, SIGNATURE, &secrets(&["other"])), Err(SignatureError::Mismatch));
    assert_eq!(verify(BODY, SIGNATURE, &secrets(&["", " "])), Err(SignatureError::NoSecret));
    for index in 0..BODY.len() {
        let mut changed = BODY.to_vec();
        changed[index] ^= 1;
        assert_eq!(verify(&changed, SIGNATURE, &secrets_1), Err(SignatureError::Mismatch));
    }
    let short = &SIGNATURE[..SIGNATURE.len() - 2];
    let long = format!("{SIGNATURE}00");
    for header in ["", "sha1=", "sha256=10b4", &SIGNATURE[5..], short, &long, "sha1=zz"] {
        assert_eq!(verify(BODY, header, &secrets_1), Err(SignatureError::Malformed), "{header}");
    }
}

#[test]
fn a_notification_says_what_it_is_about() {
    let notification = read(
        br#"{"type":"notification_event","topic":"conversation.admin.replied","id":"notif_2",
            "app_id":"ecahpwf5","created_at":1767229300,"data":{"item":{"type":"conversation",
            "id":"1295","updated_at":1767229301,"contacts":{"contacts":[{"type":"contact","id":"u1","external_id":"70"}]},
            "conversation_parts":{"conversation_parts":[{"id":133,"part_type":"comment",
            "body":"Looking","author":{"type":"admin","id":991}}],"total_count":1}}}}"#,
    )
    .unwrap();
    assert_eq!(
        notification,
        Notification {
            id: "notif_2".parse().unwrap(),
            topic: Topic::AdminReplied,
            workspace: "ecahpwf5".parse().unwrap(),
            conversation: Some("1295".parse().unwrap()),
            contact: Some("u1".parse().unwrap()),
            merged_from: None,
            part: Some("133".parse().unwrap()),
            author_admin: Some("991".parse().unwrap()),
            created_at: Timestamp::from_second(1_767_229_300).unwrap(),
            changed_at: Some(Timestamp::from_second(1_767_229_301).unwrap()),
        }
    );
    assert_eq!(read(BODY).unwrap().topic, Topic::UserReplied);
}

#[test]
fn a_recording_of_an_old_version_is_understood() {
    let notification = read(
        br#"{"type":"notification_event","app_id":"u3lubtax","data":{"type":"notification_event_data",
            "item":{"type":"conversation","id":"20711452426","user":{"type":"lead","id":"5c5a","email":""},
            "assignee":{"type":"nobody_admin","id":null},"conversation_parts":{"conversation_parts":[
            {"id":"2621237688","part_type":"comment","author":{"type":"user","id":"5c5a"}}],"total_count":1}}},
            "links":{},"id":"notif_32b8","topic":"conversation.user.replied","delivery_status":"pending",
            "created_at":1549433271,"self":null}"#,
    )
    .unwrap();
    assert_eq!(notification.contact.unwrap().as_str(), "5c5a");
    assert_eq!(notification.author_admin, None);
}

#[test]
fn merges_and_pings_and_unknown_topics_are_told_apart() {
    let of = |topic: &str, id: &str, item: &str| {
        read(
            format!(
                r#"{{"topic":"{topic}","id":{id},"app_id":"w","created_at":1,"data":{{"item":{item}}}}}"#
            )
            .as_bytes(),
        )
    };
    let merged = r#"{"type":"contact","id":"new","merged_from":{"type":"contact","id":"old"}}"#;
    let merged = of("contact.merged", "\"n\"", merged).unwrap();
    assert_eq!(
        (merged.contact.unwrap().as_str(), merged.merged_from.unwrap().as_str()),
        ("new", "old")
    );
    let ping = of("ping", "null", r#"{"type":"ping","message":"x"}"#).unwrap();
    assert_eq!((ping.topic, ping.id.as_str(), ping.conversation), (Topic::Ping, "ping", None));
    let other = of("brand.new", "\"n\"", "{}").unwrap();
    assert_eq!(other.topic, Topic::Other("brand.new".to_owned()));
    assert!(of("conversation.user.replied", "null", "{}").is_err());
}

#[test]
fn what_is_no_notification_is_unreadable_without_being_quoted() {
    for body in [
        &b"joe@example.com"[..],
        b"[]",
        br#"{"topic":"x","id":"n","app_id":"w","created_at":"joe@"}"#,
    ] {
        let error = read(body).unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }));
        assert!(!error.to_string().contains("joe"), "{error}");
    }
}
