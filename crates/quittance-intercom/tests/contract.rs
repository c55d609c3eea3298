//! The real client against the stand-in Intercom over HTTP. Every request the client sends and every
//! body it is answered is held against Intercom's own description when `QUITTANCE_SPECS` says where
//! that is.

#[cfg(test)]
#[path = "support/recorder.rs"]
mod recorder;
#[cfg(test)]
#[path = "support/spec.rs"]
mod spec;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use quittance_core::clock::{Clock, ManualClock};
    use quittance_core::ids::{AdminId, ContactId, ConversationId};
    use quittance_intercom::contacts::AttributeValue;
    use quittance_intercom::conversations::{Author, Conversation, State, find_own};
    use quittance_intercom::webhook::{self, SignatureError, Topic};
    use quittance_intercom::{Client, Error, Options};
    use quittance_sandbox::delivery::Deliveries;
    use quittance_sandbox::intercom::{
        AttributeSeed, ContactSeed, Endpoint, Fault, Intercom, Options as Workspace, Role,
    };
    use secrecy::SecretString;
    use serde_json::{Map, json};

    use crate::recorder::{Exchange, Recorder};
    use crate::spec::Spec;

    struct World {
        clock: Arc<ManualClock>,
        intercom: Intercom,
        deliveries: Deliveries,
        recorder: Recorder,
        client: Client,
        us: AdminId,
    }

    impl World {
        async fn new() -> Self {
            Self::with_retries(0).await
        }

        async fn with_retries(read_retries: usize) -> Self {
            // Another test may have installed it already.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let clock = Arc::new(ManualClock::new("2026-11-23T10:00:00Z".parse().unwrap()));
            let (intercom, deliveries) = Intercom::new(clock.clone(), Workspace::default());
            let recorder = Recorder::serve(intercom.router()).await;
            let client = client(&recorder.base_url, "intercom-sandbox-token", read_retries);
            let us = "9001".parse().unwrap();
            Self { clock, intercom, deliveries, recorder, client, us }
        }

        fn user(&self) -> ContactId {
            self.contact(Role::User, Some("70"))
        }

        fn contact(&self, role: Role, external_id: Option<&str>) -> ContactId {
            let seed = ContactSeed {
                external_id: external_id.map(str::to_owned),
                role,
                email: Some("joe@example.com".to_owned()),
                name: Some("Joe".to_owned()),
                language: Some("fr".to_owned()),
                attributes: Map::from_iter([("plan".to_owned(), json!("pro"))]),
            };
            self.intercom.add_contact(seed).parse().unwrap()
        }

        fn says(&self, contact: &ContactId, text: &str) -> ConversationId {
            self.intercom.say(contact.as_str(), text).unwrap().parse().unwrap()
        }

        async fn read(&self, conversation: &ConversationId) -> Conversation {
            self.client.conversation(conversation).await.unwrap()
        }

        /// Holds everything that passed against the description.
        fn check(&self) {
            let exchanges = self.recorder.exchanges();
            assert!(!exchanges.is_empty());
            let Some(spec) = Spec::load() else { return };
            let problems: Vec<String> =
                exchanges.iter().flat_map(|exchange| spec.problems(exchange)).collect();
            assert!(problems.is_empty(), "{}", problems.join("\n"));
        }
    }

    fn client(base_url: &str, token: &str, read_retries: usize) -> Client {
        let options = Options { base_url: base_url.to_owned(), read_retries, ..Options::default() };
        let token = SecretString::from(token);
        Client::new(reqwest::Client::builder(), &options, &token).unwrap()
    }

    #[tokio::test]
    async fn the_token_says_whose_it_is() {
        let world = World::new().await;
        let me = world.client.me().await.unwrap();
        assert_eq!((me.admin.as_str(), me.workspace.as_str()), ("9001", "sandbox1"));
        assert!(me.has_identity_verification && me.has_inbox_seat);
        assert_eq!(me.region.as_deref(), Some("US"));
        assert!(me.timezone.is_some());
        world.check();
    }

    #[tokio::test]
    async fn a_contact_is_read_with_what_identifies_it() {
        let world = World::new().await;
        let seed = AttributeSeed {
            name: "stripe_customer_id".to_owned(),
            data_type: "string".to_owned(),
            is_messenger_writable: false,
        };
        world.intercom.define_attribute(&seed);
        let contact = world.client.contact(&world.user()).await.unwrap();
        assert!(contact.is_user);
        assert_eq!(contact.external_id.unwrap().reveal(), "70");
        assert_eq!(contact.email.unwrap().reveal(), "joe@example.com");
        assert_eq!(contact.language.as_deref(), Some("fr"));
        assert!(
            matches!(&contact.attributes["plan"], AttributeValue::Text(text) if text.reveal() == "pro")
        );

        let attributes = world.client.attributes().await.unwrap();
        let is_writable = |name: &str| {
            attributes.iter().find(|known| known.name == name).unwrap().is_messenger_writable
        };
        assert!(is_writable("plan") && !is_writable("stripe_customer_id"));

        let lead = world.contact(Role::Lead, None);
        assert!(!world.client.contact(&lead).await.unwrap().is_user);
        world.check();
    }

    #[tokio::test]
    async fn a_merged_contact_leads_to_the_one_that_survived() {
        let world = World::new().await;
        let (lead, user) = (world.contact(Role::Lead, None), world.user());
        world.intercom.merge_contacts(lead.as_str(), user.as_str());
        let contact = world.client.contact(&lead).await.unwrap();
        assert_eq!((&contact.id, contact.merged_from.as_ref()), (&user, Some(&lead)));
        assert!(contact.is_user);
        world.check();
    }

    #[tokio::test]
    async fn a_conversation_is_read_as_it_was_led() {
        let world = World::new().await;
        let contact = world.user();
        let text = "I paid <5 & \"more\"\n\nwhy?";
        let id = world.says(&contact, text);
        let conversation = world.read(&id).await;
        assert_eq!(conversation.source.kind, "conversation");
        assert_eq!(conversation.source.delivered_as.as_deref(), Some("customer_initiated"));
        assert_eq!(conversation.parts.len(), 1);
        assert_eq!(conversation.parts[0].author, Author::Contact(contact.clone()));
        assert_eq!(
            conversation.parts[0].text.reveal().split_whitespace().collect::<Vec<_>>(),
            text.split_whitespace().collect::<Vec<_>>()
        );
        assert_eq!(conversation.contacts[0].external_id.as_ref().unwrap().reveal(), "70");
        assert_eq!((conversation.admin_assignee, conversation.team_assignee), (None, None));

        let reply = world.client.reply(&id, &world.us, "Wait & see <b>\nBye").await.unwrap();
        let note = world.client.note(&id, &world.us, "for teammates").await.unwrap();
        world.client.tag(&id, &world.us, "refund").await.unwrap();
        world.client.tag(&id, &world.us, "refund").await.unwrap();
        world.client.close(&id, &world.us).await.unwrap();
        world.intercom.say_in(id.as_str(), "No!").unwrap();

        let conversation = world.read(&id).await;
        assert_eq!(conversation.state, State::Open);
        let part = |id| conversation.parts.iter().find(|part| part.id == id).unwrap();
        let (reply, note) = (part(reply), part(note));
        assert_eq!(reply.author, Author::Admin(world.us.clone()));
        assert_eq!(reply.text.reveal(), "Wait & see <b>\nBye");
        assert_eq!(reply.app_package_code.as_deref(), Some("quittance-sandbox"));
        assert!(!reply.is_note && note.is_note);
        // What reopens a conversation is no comment, but it is what the customer says.
        let last = conversation.parts.last().unwrap();
        assert_eq!((last.kind.as_str(), last.text.reveal()), ("open", "No!"));
        assert_eq!(last.author, Author::Contact(contact));
        world.check();
    }

    #[tokio::test]
    async fn a_conversation_is_handed_to_a_team_or_a_teammate() {
        let world = World::new().await;
        let id = world.says(&world.user(), "help");
        let (ana, billing) = ("9002".parse().unwrap(), "7001".parse().unwrap());
        world.client.assign_admin(&id, &world.us, &ana).await.unwrap();
        assert_eq!(world.read(&id).await.admin_assignee, Some(ana));
        world.client.unassign(&id, &world.us).await.unwrap();
        world.client.assign_team(&id, &world.us, &billing).await.unwrap();
        let conversation = world.read(&id).await;
        assert_eq!(conversation.admin_assignee, None);
        assert_eq!(conversation.team_assignee, Some(billing));
        world.client.close(&id, &world.us).await.unwrap();
        assert_eq!(world.read(&id).await.state, State::Closed);
        world.check();
    }

    #[tokio::test]
    async fn what_is_not_allowed_or_not_there_is_told_apart() {
        let world = World::new().await;
        let id = world.says(&world.user(), "help");
        let nowhere: ConversationId = "999999".parse().unwrap();
        let missing = world.client.conversation(&nowhere).await.unwrap_err();
        assert!(matches!(missing, Error::Missing { .. }), "{missing:?}");
        let missing = world.client.contact(&"nobody".parse().unwrap()).await.unwrap_err();
        assert!(matches!(missing, Error::Missing { .. }), "{missing:?}");
        let stranger: AdminId = "1".parse().unwrap();
        let refused = world.client.reply(&id, &stranger, "hello").await.unwrap_err();
        assert!(!refused.may_have_happened() && !refused.is_passing(), "{refused:?}");
        let denied = client(&world.recorder.base_url, "wrong", 3).me().await.unwrap_err();
        assert!(matches!(denied, Error::Denied { status: 401, .. }), "{denied:?}");
        assert!(denied.to_string().contains("Developer Hub"), "{denied}");
        world.check();
    }

    /// The reply, and whether it stands in the conversation afterwards.
    async fn reply_under(fault: Fault) -> (Result<(), Error>, bool) {
        let world = World::new().await;
        let id = world.says(&world.user(), "help");
        let since = world.clock.now();
        world.clock.advance_ms(1_000);
        world.intercom.fail_next(Endpoint::Reply, fault);
        let result = world.client.reply(&id, &world.us, "We gave\n\n49.00 USD back.").await;
        let exchanges = world.recorder.exchanges();
        let sends = exchanges.iter().filter(|exchange| exchange.path.ends_with("/reply")).count();
        assert_eq!(sends, 1, "{fault:?}");
        let conversation = world.read(&id).await;
        let found = find_own(&conversation, &world.us, "We gave\n\n49.00 USD back.", since);
        let other = find_own(&conversation, &world.us, "We gave\n\n4.90 USD back.", since);
        assert_eq!(other, None);
        let later = since.checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
        assert_eq!(find_own(&conversation, &world.us, "We gave\n\n49.00 USD back.", later), None);
        (result.map(|_| ()), found.is_some())
    }

    #[tokio::test]
    async fn a_write_is_sent_once_and_says_whether_it_may_have_happened() {
        for (fault, may_have_happened, stands) in [
            (Fault::DropBeforeEffect, true, false),
            (Fault::DropAfterEffect, true, true),
            (Fault::ErrorBeforeEffect, true, false),
            (Fault::ErrorAfterEffect, true, true),
            (Fault::TooManyRequests, false, false),
        ] {
            let (result, is_found) = reply_under(fault).await;
            let error = result.unwrap_err();
            assert!(error.is_passing(), "{fault:?}: {error:?}");
            assert_eq!(error.may_have_happened(), may_have_happened, "{fault:?}: {error:?}");
            assert_eq!(is_found, stands, "{fault:?}");
        }
        let (result, is_found) = reply_under(Fault::SlowAnswer { delay_ms: 10 }).await;
        assert!(result.is_ok() && is_found);
    }

    #[tokio::test]
    async fn open_conversations_are_found_by_when_they_changed_in_pages() {
        let world = World::new().await;
        let contact = world.user();
        let mut begun = Vec::new();
        for number in 0..310 {
            world.clock.advance_ms(1_000);
            let id = world.intercom.say_anew(contact.as_str(), &format!("Question {number}"));
            begun.push(id.unwrap());
        }
        world.intercom.teammate_closes(&begun[5]).unwrap();
        world.intercom.teammate_assigns_self(&begun[6]).unwrap();
        let at = |second: i64| {
            let begin: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
            Timestamp::from_second(begin.as_second() + second).unwrap()
        };
        let page = world.client.open_changed(at(11), at(12), None).await.unwrap();
        let mut found: Vec<&str> = page.changed.iter().map(|one| one.id.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, [begun[10].as_str(), begun[11].as_str()]);
        assert_eq!((page.total, page.next), (2, None));
        let changed_at = page.changed.iter().map(|one| one.updated_at).min();
        assert_eq!(changed_at, Some(at(11)));

        let (mut all, mut next, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = world.client.open_changed(at(0), at(310), next.as_deref()).await.unwrap();
            assert_eq!(page.total, 309);
            all.extend(page.changed);
            pages += 1;
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(pages, 3);
        let assigned = all.iter().find(|one| one.id.as_str() == begun[6]).unwrap();
        assert_eq!(assigned.admin_assignee.as_ref().map(AdminId::as_str), Some("9002"));
        let mut found: Vec<String> = all.into_iter().map(|one| one.id.into()).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), 309);
        assert!(!found.contains(&begun[5]));
        world.check();
    }

    #[tokio::test]
    async fn without_a_connection_nothing_was_sent() {
        let world = World::new().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let id = "1".parse().unwrap();
        let error = client(&base_url, "token", 0).reply(&id, &world.us, "hello").await.unwrap_err();
        assert!(matches!(error, Error::NotSent { .. }), "{error:?}");
        assert!(error.is_passing() && !error.may_have_happened());
        assert!(!format!("{error:?}").contains(&base_url), "{error:?}");
    }

    #[tokio::test]
    async fn webhooks_are_signed_and_say_what_to_read_again() {
        let mut world = World::new().await;
        let contact = world.user();
        let id = world.says(&contact, "help");
        world.client.reply(&id, &world.us, "hello").await.unwrap();
        world.intercom.teammate_replies(id.as_str(), "let me").unwrap();
        world.client.close(&id, &world.us).await.unwrap();
        world.intercom.ping();
        let secrets =
            [SecretString::from("rotated"), SecretString::from("intercom-sandbox-secret")];
        let mut seen = Vec::new();
        while let Ok(delivery) = world.deliveries.try_recv() {
            let header = delivery.headers.iter().find(|(name, _)| name == "X-Hub-Signature");
            let header = &header.unwrap().1;
            assert_eq!(webhook::verify(&delivery.body, header, &secrets), Ok(()));
            assert_eq!(
                webhook::verify(&delivery.body, header, &secrets[..1]),
                Err(SignatureError::Mismatch)
            );
            seen.push(webhook::read(&delivery.body).unwrap());
        }
        let topics: Vec<&Topic> = seen.iter().map(|notification| &notification.topic).collect();
        let other = |name: &str| Topic::Other(name.to_owned());
        assert_eq!(
            topics,
            [
                &other("contact.user.created"),
                &Topic::UserCreated,
                &Topic::AdminReplied,
                &Topic::AdminReplied,
                &Topic::AdminClosed,
                &Topic::Ping
            ]
        );
        assert_eq!(seen[0].contact.as_ref(), Some(&contact));
        assert_eq!(seen[2].author_admin.as_ref(), Some(&world.us));
        assert_ne!(seen[3].author_admin.as_ref(), Some(&world.us));
        for notification in &seen[1..5] {
            assert_eq!(notification.conversation.as_ref(), Some(&id));
            assert_eq!(notification.workspace.as_str(), "sandbox1");
        }
        assert_eq!(seen[1].contact.as_ref(), Some(&contact));
        assert!(seen[1].created_at >= Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn the_description_finds_mistakes() {
        let Some(spec) = Spec::load() else { return };
        let good = Exchange {
            method: "post".to_owned(),
            path: "/conversations/7/reply".to_owned(),
            query: String::new(),
            version: "2.16".to_owned(),
            request: br#"{"message_type":"note","type":"admin","admin_id":"1","body":"x"}"#
                .to_vec(),
            status: 200,
            answer: br#"{"type":"conversation","id":"7"}"#.to_vec(),
        };
        assert_eq!(spec.problems(&good), Vec::<String>::new());
        let misspelled = r#"{"message_type":"note","type":"admin","admin_id":"1","boody":"x"}"#;
        let change = |change: &dyn Fn(&mut Exchange)| {
            let mut bad = good.clone();
            change(&mut bad);
            spec.problems(&bad)
        };
        for (name, problems) in [
            ("path", change(&|bad| bad.path = "/conversation/7/reply".to_owned())),
            ("method", change(&|bad| bad.method = "put".to_owned())),
            ("query", change(&|bad| bad.query = "display=plaintext".to_owned())),
            ("version", change(&|bad| bad.version = "9.9".to_owned())),
            ("field", change(&|bad| bad.request = misspelled.as_bytes().to_vec())),
            ("no body", change(&|bad| bad.request = Vec::new())),
            ("number", change(&|bad| bad.answer = br#"{"id":7}"#.to_vec())),
            ("status", change(&|bad| bad.status = 201)),
            ("error", change(&|bad| bad.status = 404)),
        ] {
            assert_eq!(problems.len(), 1, "{name}: {problems:?}");
        }
    }
}
