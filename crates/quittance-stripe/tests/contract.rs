//! The real client against the stand-in Stripe over HTTP. Every request the client sends and every
//! body it is answered is held against Stripe's own description when `QUITTANCE_SPECS` says where
//! that is.

#[cfg(test)]
#[path = "support/spec.rs"]
mod spec;
#[cfg(test)]
#[path = "support/world.rs"]
mod world;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use quittance_core::clock::Clock;
    use quittance_core::facts::{Billing, RefundStatus};
    use quittance_core::ids::ChargeId;
    use quittance_core::money::{Currency, Money};
    use quittance_sandbox::stripe::{Exchange, Fault};
    use quittance_stripe::Error;
    use quittance_stripe::refunds::{Answer, RefusedKind, create};
    use quittance_stripe::webhook::{self, SignatureError};
    use secrecy::SecretString;

    use crate::spec::Spec;
    use crate::world::{KEY, Ready, World, client, usd};

    #[tokio::test]
    async fn a_history_is_whole() {
        let world = World::new().await;
        let months = ["2026-09-01T08:00:00Z", "2026-10-01T08:00:00Z", "2026-11-01T08:00:00Z"];
        let subscribed = world.subscribes("pro-monthly", &months);
        let yen = Money::from_minor(1_200, Currency::JPY).unwrap();
        let one_off = world.pays(yen, "2026-10-15T08:00:00Z");
        let often = world.pays(usd(9_000), "2026-11-10T08:00:00Z");
        world.stripe.refund(subscribed[1].as_str(), 1_000).unwrap();
        for _ in 0..12 {
            world.stripe.refund(often.as_str(), 100).unwrap();
        }
        let dispute = world.stripe.dispute(subscribed[2].as_str(), "needs_response");

        let history = world.client.history(&world.customer).await.unwrap();
        let seen: Vec<_> = history
            .charges
            .iter()
            .map(|charge| (&charge.id, charge.billing, charge.refunds.len(), charge.disputes.len()))
            .collect();
        assert_eq!(
            seen,
            [
                (&often, Billing::OneOff, 12, 0),
                (&subscribed[2], Billing::Renewal, 0, 1),
                (&one_off, Billing::OneOff, 0, 0),
                (&subscribed[1], Billing::Renewal, 1, 0),
                (&subscribed[0], Billing::First, 0, 0),
            ]
        );
        let charge =
            |id: &ChargeId| history.charges.iter().find(|charge| charge.id == *id).unwrap();
        assert_eq!(charge(&often).refundable().unwrap(), usd(7_800));
        assert_eq!(charge(&subscribed[1]).refundable().unwrap(), usd(3_900));
        assert_eq!(charge(&one_off).amount, yen);
        assert_eq!(charge(&subscribed[0]).plans, ["pro-monthly"]);
        assert!(charge(&one_off).plans.is_empty());
        let disputed = charge(&subscribed[2]);
        assert!(disputed.is_disputed);
        assert_eq!(disputed.disputes[0].id.as_str(), dispute);
        assert_eq!(disputed.disputes[0].status, "needs_response");
        for charge in &history.charges {
            assert_eq!(charge.customer.as_ref(), Some(&world.customer));
            assert_eq!(charge.captured, charge.amount);
            let card = charge.method.card.as_ref().unwrap();
            assert_eq!((charge.method.kind.as_str(), card.last4.as_str()), ("card", "4242"));
            assert!(!charge.is_live && !charge.is_connect);
        }

        let subscription = &history.subscriptions[0];
        assert_eq!((history.subscriptions.len(), subscription.status.as_str()), (1, "active"));
        assert_eq!(subscription.plans, ["pro-monthly"]);
        assert_eq!(subscription.period_end.unwrap().to_string(), "2026-12-01T08:00:00Z");
        assert!(!subscription.is_canceling);
        assert!(history.as_of.is_some() && history.as_of == world.client.last_date());
        // Three lists, the charge with many refunds, the disputed one; and no price, whose name
        // came along with the subscription.
        assert_eq!(world.stripe.exchanges().len(), 5);
        world.check();
    }

    #[tokio::test]
    async fn long_lists_are_read_to_the_end() {
        let world = World::new().await;
        let mut paid: Vec<ChargeId> =
            (0..130).map(|_| world.pays(usd(100), "2026-10-15T08:00:00Z")).collect();
        let history = world.client.history(&world.customer).await.unwrap();
        let mut seen: Vec<ChargeId> = history.charges.into_iter().map(|charge| charge.id).collect();
        paid.sort();
        seen.sort();
        assert_eq!(seen, paid);
        assert_eq!(world.stripe.requests("GET /v1/charges"), 2);
        world.check();
    }

    #[tokio::test]
    async fn a_charge_is_read_fresh_and_keeps_what_it_was_for() {
        let world = World::new().await;
        let id = world.subscribes("pro", &["2026-11-01T08:00:00Z"]).remove(0);
        let known = world.client.history(&world.customer).await.unwrap().charges.remove(0);
        world.stripe.refund(id.as_str(), 900).unwrap();
        world.stripe.dispute(id.as_str(), "warning_needs_response");
        let fresh = world.client.refresh(&known).await.unwrap();
        assert_eq!((fresh.billing, &fresh.plans), (Billing::First, &known.plans));
        assert_eq!(fresh.refundable().unwrap(), usd(4_000));
        assert_eq!(fresh.refunds[0].decision, None);
        assert_eq!(fresh.disputes[0].status, "warning_needs_response");
        let bare = world.client.charge(&id).await.unwrap();
        assert_eq!((bare.billing, bare.plans.len()), (Billing::OneOff, 0));
        let nothing = world.client.charge(&"ch_nope".parse().unwrap()).await.unwrap_err();
        assert!(!nothing.is_passing(), "{nothing:?}");
        world.check();
    }

    #[tokio::test]
    async fn customers_are_found_by_id_and_by_address() {
        let world = World::new().await;
        let small = world.stripe.create_customer("joe@example.com", "Joe", &[]);
        world.stripe.create_customer("ann@example.com", "Ann", &[]);
        let customer = world.client.customer(&world.customer).await.unwrap();
        assert_eq!(customer.metadata["external_id"], "70");
        assert_eq!(customer.email.unwrap().reveal(), "Joe@Example.com");
        let found = world.client.customers_by_email("Joe@Example.com").await.unwrap();
        let mut ids: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
        let mut both = vec![world.customer.as_str(), small.as_str()];
        ids.sort_unstable();
        both.sort_unstable();
        assert_eq!(ids, both);
        let nobody = world.client.customers_by_email("nobody@example.com").await.unwrap();
        assert!(nobody.is_empty());
        world.check();

        let url = format!("{}/v1/customers/{small}", world.base_url);
        let http = reqwest::Client::builder().build().unwrap();
        let deleted = http.delete(url).bearer_auth(KEY).send().await.unwrap();
        assert_eq!(deleted.status().as_u16(), 200);
        let gone = world.client.customer(&small.parse().unwrap()).await.unwrap();
        assert!(gone.is_deleted && gone.email.is_none());
        let missing = world.client.customer(&"cus_nope".parse().unwrap()).await.unwrap_err();
        assert!(matches!(missing, Error::Missing { .. }), "{missing:?}");
    }

    #[tokio::test]
    async fn a_refund_is_made_once_however_often_it_is_sent() {
        let world = World::new().await;
        let charge = world.pays(usd(4_900), "2026-11-01T08:00:00Z");
        let ready = Ready::new(&charge, usd(2_000), "d1-0a");
        for expected_replay in [false, true, true] {
            let answer = world.send(&ready).await;
            let Answer::Created { refund, is_replayed } = answer else { panic!("{answer:?}") };
            assert_eq!(is_replayed, expected_replay);
            assert_eq!((refund.amount, refund.charge.as_ref()), (usd(2_000), Some(&charge)));
            assert_eq!(refund.status, RefundStatus::Succeeded);
            assert_eq!(refund.decision.as_deref(), Some("d1-0a"));
        }
        let refunds = world.client.refunds_of(&charge).await.unwrap();
        assert_eq!(refunds.len(), 1);
        assert_eq!(refunds[0].decision.as_deref(), Some("d1-0a"));
        assert_eq!(world.stripe.refunds()[0]["reason"], "duplicate");
        assert_eq!(world.stripe.refunds()[0]["metadata"]["case"], "w:7");
        world.check();
    }

    /// Refunds by hand among ours, over several pages, while a new one is made between two pages.
    #[tokio::test]
    async fn all_refunds_are_listed_in_pages_with_what_their_metadata_says() {
        let world = World::new().await;
        let charge = world.pays(usd(90_000), "2026-11-01T08:00:00Z");
        for number in 0..250_i64 {
            if number % 50 == 0 {
                let ready = Ready::new(&charge, usd(100), &format!("d1-{number}"));
                assert!(matches!(world.send(&ready).await, Answer::Created { .. }));
            } else {
                world.stripe.refund(charge.as_str(), 100).unwrap();
            }
            world.clock.advance_ms(1_000);
        }
        let since = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut marked = Vec::new();
        let mut counts = Vec::new();
        let mut after = None;
        loop {
            let page = world.client.refunds_since(since, after.as_ref()).await.unwrap();
            counts.push(page.count);
            marked.extend(page.marked);
            after = page.next;
            if after.is_none() {
                break;
            }
            world.stripe.refund(charge.as_str(), 100).unwrap();
        }
        assert_eq!(counts, [100, 100, 50]);
        let decisions: Vec<_> =
            marked.iter().map(|marked| marked.refund.decision.as_deref().unwrap()).collect();
        assert_eq!(decisions, ["d1-200", "d1-150", "d1-100", "d1-50", "d1-0"]);
        assert!(marked.iter().all(|one| one.case.as_deref() == Some("w:7")));
        assert!(marked.iter().all(|one| one.log_seq.is_none() && one.log_hash.is_none()));

        let later = "2026-11-23T10:03:20Z".parse().unwrap();
        let page = world.client.refunds_since(later, None).await.unwrap();
        assert_eq!((page.marked.len(), page.count, page.next), (1, 52, None));
        let listed = world.client.marked_refunds_of(&charge).await.unwrap();
        assert_eq!(listed, marked);
        let one = &marked[0].refund.id;
        assert_eq!(world.client.refund(one).await.unwrap().as_ref(), Some(&marked[0]));
        let nothing = world.client.refund(&"re_nope".parse().unwrap()).await.unwrap();
        assert_eq!(nothing, None);
        world.check();
    }

    #[tokio::test]
    async fn refunds_in_odd_currencies_are_exact() {
        let world = World::new().await;
        for (code, minor) in [("JPY", 1), ("KWD", 1_230), ("ISK", 500)] {
            let amount = Money::from_minor(minor, code.parse().unwrap()).unwrap();
            let paid = Money::from_minor(9_000, code.parse().unwrap()).unwrap();
            let charge = world.pays(paid, "2026-11-01T08:00:00Z");
            let answer = world.send(&Ready::new(&charge, amount, code)).await;
            let Answer::Created { refund, .. } = answer else { panic!("{answer:?}") };
            assert_eq!(refund.amount, amount);
        }
        world.check();
    }

    #[tokio::test]
    async fn stripes_refusals_are_told_apart() {
        let world = World::new().await;
        let charge = world.pays(usd(4_900), "2026-11-01T08:00:00Z");
        let refused_kind = |answer: Answer| {
            let Answer::Refused { kind, is_replayed: false, .. } = answer else {
                panic!("{answer:?}")
            };
            kind
        };
        let too_much = world.send(&Ready::new(&charge, usd(5_000), "a")).await;
        assert_eq!(refused_kind(too_much), RefusedKind::TooMuch);
        let first = Ready::new(&charge, usd(4_900), "b");
        assert!(matches!(world.send(&first).await, Answer::Created { .. }));
        let again = world.send(&Ready::new(&charge, usd(4_900), "c")).await;
        assert_eq!(refused_kind(again), RefusedKind::AlreadyRefunded);
        let nowhere = Ready::new(&"ch_nope".parse().unwrap(), usd(1), "d");
        assert_eq!(refused_kind(world.send(&nowhere).await), RefusedKind::Missing);
        let disputed = world.pays(usd(4_900), "2026-11-02T08:00:00Z");
        world.stripe.dispute(disputed.as_str(), "needs_response");
        let answer = world.send(&Ready::new(&disputed, usd(1), "e")).await;
        assert_eq!(refused_kind(answer), RefusedKind::Disputed);

        // The same key with another body.
        let other = Ready { key: first.key.clone(), ..Ready::new(&charge, usd(1), "f") };
        assert_eq!(world.send(&other).await, Answer::KeyMisused);
        assert_eq!(world.stripe.refunds().len(), 1);
        world.check();
    }

    #[tokio::test]
    async fn a_key_that_may_not_refund_says_which_permission_is_missing() {
        let world = World::new().await;
        let charge = world.pays(usd(4_900), "2026-11-01T08:00:00Z");
        let ready = Ready::new(&charge, usd(4_900), "a");
        let answer_to = async |key| {
            create(&client(&world.base_url, key, 0), &ready.approved, &ready.frozen()).await
        };
        assert_eq!(
            answer_to("rk_test_half_1234567890").await,
            Answer::Unauthorized { status: 403, permission: Some("rak_charge_write".to_owned()) }
        );
        assert_eq!(
            answer_to("sk_test_wrong_1234567890").await,
            Answer::Unauthorized { status: 401, permission: None }
        );
        assert!(world.stripe.refunds().is_empty());
        world.check();
    }

    #[tokio::test]
    async fn the_key_is_checked_for_all_that_is_needed() {
        let world = World::new().await;
        assert!(world.client.check().await.unwrap().missing.is_empty());
        let half = client(&world.base_url, "rk_test_half_1234567890", 0);
        let missing = half.check().await.unwrap().missing;
        let permissions: Vec<_> =
            missing.iter().map(|missing| missing.permission.as_deref().unwrap()).collect();
        assert_eq!(
            permissions,
            [
                "rak_dispute_read",
                "rak_invoice_read",
                "rak_invoice_read",
                "rak_subscription_read",
                "rak_plan_read"
            ]
        );
        assert!(missing[0].to_string().contains("(row \"Disputes\")"), "{}", missing[0]);
        let wrong = client(&world.base_url, "sk_test_wrong_1234567890", 3);
        let denied = wrong.check().await.unwrap_err();
        assert!(matches!(denied, Error::Denied { status: 401, .. }), "{denied:?}");
    }

    #[tokio::test]
    async fn a_lost_answer_is_unknown_and_the_same_request_finds_it() {
        for (fault, first, refunds, replay) in [
            (Fault::DropBeforeEffect, "unknown", 0, "made"),
            (Fault::DropAfterEffect, "unknown", 1, "replayed"),
            (Fault::Malformed200, "unknown", 1, "replayed"),
            (Fault::RateLimit429, "throttled", 0, "made"),
            // Stripe keeps a 500 and repeats it, whatever became of the request.
            (Fault::Error500, "unknown", 0, "unknown"),
            (Fault::Error500AfterEffect, "unknown", 1, "unknown"),
        ] {
            let world = World::new().await;
            let charge = world.pays(usd(4_900), "2026-11-01T08:00:00Z");
            let ready = Ready::new(&charge, usd(2_000), "d1-0a");
            world.stripe.fail_next("POST /v1/refunds", 1, fault);
            assert_eq!(name(&world.send(&ready).await), first, "{fault:?}");
            assert_eq!(world.stripe.requests("POST /v1/refunds"), 1, "{fault:?}");
            let listed = world.client.refunds_of(&charge).await.unwrap();
            let ours = listed.iter().filter(|refund| refund.decision.as_deref() == Some("d1-0a"));
            assert_eq!(ours.count(), refunds, "{fault:?}");
            assert_eq!(name(&world.send(&ready).await), replay, "{fault:?}");
            assert!(world.stripe.refunds().len() <= 1, "{fault:?}");
        }
    }

    fn name(answer: &Answer) -> &'static str {
        match answer {
            Answer::Created { is_replayed: false, .. } => "made",
            Answer::Created { is_replayed: true, .. } => "replayed",
            Answer::Unknown { .. } => "unknown",
            Answer::Throttled { .. } => "throttled",
            Answer::KeyInUse => "in use",
            Answer::Mismatch { .. } => "mismatch",
            Answer::Refused { .. } => "refused",
            Answer::KeyMisused => "misused",
            Answer::Unauthorized { .. } => "unauthorized",
            Answer::NotSent { .. } => "not sent",
            Answer::NotApproved { .. } => "not approved",
        }
    }

    #[tokio::test]
    async fn a_key_at_work_is_in_use() {
        let world = World::new().await;
        let charge = world.pays(usd(4_900), "2026-11-01T08:00:00Z");
        let ready = Ready::new(&charge, usd(2_000), "d1-0a");
        let slow = Fault::Delay(Duration::from_millis(300));
        world.stripe.fail_next("POST /v1/refunds", 1, slow);
        let (one, other) = tokio::join!(world.send(&ready), world.send(&ready));
        let mut names = [name(&one), name(&other)];
        names.sort_unstable();
        assert_eq!(names, ["in use", "made"]);
        assert_eq!(world.stripe.refunds().len(), 1);
        world.check();
    }

    #[tokio::test]
    async fn reads_are_repeated_and_give_up() {
        const ENDPOINT: &str = "GET /v1/customers/{id}";
        for fault in [Fault::DropBeforeEffect, Fault::Error500, Fault::RateLimit429] {
            let world = World::new().await;
            let stubborn = client(&world.base_url, KEY, 2);
            world.stripe.fail_next(ENDPOINT, 2, fault);
            let customer = stubborn.customer(&world.customer).await.unwrap();
            assert_eq!(customer.id, world.customer);
            assert_eq!(world.stripe.requests(ENDPOINT), 3, "{fault:?}");
            world.stripe.fail_next(ENDPOINT, 1, fault);
            let error = world.client.customer(&world.customer).await.unwrap_err();
            assert!(error.is_passing(), "{fault:?}: {error:?}");
            assert!(!format!("{error:?}").contains(world.customer.as_str()), "{error:?}");
            assert_eq!(world.stripe.requests(ENDPOINT), 4, "{fault:?}");
        }
        let world = World::new().await;
        world.stripe.fail_next(ENDPOINT, 1, Fault::Malformed200);
        let error = client(&world.base_url, KEY, 2).customer(&world.customer).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("Example"), "{error:?}");
    }

    #[tokio::test]
    async fn webhooks_are_signed_and_name_our_own_request() {
        let mut world = World::new().await;
        let charge = world.pays(usd(4_900), "2026-11-01T08:00:00Z");
        let ready = Ready::new(&charge, usd(4_900), "d1-0a");
        let Answer::Created { refund, .. } = world.send(&ready).await else { panic!() };
        world.stripe.refund_later_fails(refund.id.as_str());
        let secrets =
            [SecretString::from("whsec_rotated"), SecretString::from("whsec_sandbox_1234567890")];
        let mut seen = Vec::new();
        while let Ok(delivery) = world.deliveries.try_recv() {
            let header = delivery
                .headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("stripe-signature"));
            let (header, now) = (&header.unwrap().1, world.clock.now());
            assert_eq!(webhook::verify(&delivery.body, header, &secrets, now), Ok(()));
            assert_eq!(
                webhook::verify(&delivery.body, header, &secrets[..1], now),
                Err(SignatureError::Mismatch)
            );
            seen.push(webhook::read(&delivery.body).unwrap());
        }
        let event = |kind: &str| {
            let mut fitting = seen.iter().filter(|event| event.kind == kind);
            fitting.next().unwrap_or_else(|| panic!("no {kind} among {seen:?}"))
        };
        let created = event("refund.created");
        assert_eq!(created.idempotency_key.as_ref(), Some(&ready.key));
        assert_eq!(created.refund.as_ref(), Some(&refund.id));
        assert_eq!(created.charge.as_ref(), Some(&charge));
        assert_eq!(created.api_version.as_deref(), Some(quittance_stripe::options::VERSION));
        let refunded = event("charge.refunded");
        assert_eq!(refunded.charge.as_ref(), Some(&charge));
        assert_eq!(refunded.customer.as_ref(), Some(&world.customer));
        let failed = event("refund.failed");
        assert_eq!((failed.refund.as_ref(), &failed.idempotency_key), (Some(&refund.id), &None));
        let fresh = world.client.charge(&charge).await.unwrap();
        assert_eq!(fresh.refunds[0].status, RefundStatus::Failed);
        assert_eq!(fresh.refundable().unwrap(), usd(4_900));
    }

    #[test]
    fn the_description_finds_mistakes() {
        let Some(spec) = Spec::load() else { return };
        let error = r#"{"error":{"type":"api_error","message":"for people"}}"#;
        let good = Exchange {
            method: "POST".to_owned(),
            path: "/v1/refunds".to_owned(),
            form: "charge=ch_1&amount=5&reason=duplicate&metadata%5Bdecision%5D=d".to_owned(),
            answer: Some((400, error.to_owned())),
        };
        assert_eq!(spec.problems(&good), Vec::<String>::new());
        let change = |change: &dyn Fn(&mut Exchange)| {
            let mut bad = good.clone();
            change(&mut bad);
            spec.problems(&bad)
        };
        let list =
            r#"{"object":"list","data":[{"id":"re_1"}],"has_more":false,"url":"/v1/refunds"}"#;
        let listing = change(&|bad| {
            bad.method = "GET".to_owned();
            bad.path = "/v1/refunds?charge=ch_1&limit=100".to_owned();
            bad.answer = Some((200, list.to_owned()));
        });
        assert!(listing.len() > 3 && listing[0].contains("/data/0"), "{listing:?}");
        for (name, problems) in [
            ("path", change(&|bad| bad.path = "/v1/refund".to_owned())),
            ("method", change(&|bad| bad.method = "PUT".to_owned())),
            ("name", change(&|bad| bad.form.push_str("&chrage=1"))),
            ("number", change(&|bad| bad.form = bad.form.replace("=5", "=5.5"))),
            ("list", change(&|bad| bad.form = bad.form.replace("%5Bdecision%5D", ""))),
            ("not JSON", change(&|bad| bad.answer = Some((200, "{".to_owned())))),
            ("error", change(&|bad| bad.answer = Some((400, "{}".to_owned())))),
        ] {
            assert_eq!(problems.len(), 1, "{name}: {problems:?}");
        }
    }
}
