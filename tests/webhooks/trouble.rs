//! The door while the database stands still, loses answers or is gone, and with callers who are slow: the
//! sender hears that it should try again, in time, and never 410 or 429.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use quittance_core::event::Source;
use quittance_engine::intake::Intake;
use quittance_engine::worker::WakeUp;
use quittance_store::Store;
use quittance_store::probe::{Interference, Probe};
use quittance_web::{App, router, serve};
use reqwest::StatusCode;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::door::{INTERCOM_SECRET, notification, signed_by_intercom};
use crate::support::{SystemClock, http};

/// How long an answer may take before a test fails. The door answers within 4.5 seconds, where the machine
/// lets it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Spoils the next webhooks' writes.
#[derive(Debug)]
struct Spoiler {
    before: Mutex<VecDeque<Interference>>,
    after: Mutex<VecDeque<Interference>>,
    /// One permit for each write that may begin.
    room: Semaphore,
}

impl Spoiler {
    fn next(plan: &Mutex<VecDeque<Interference>>) -> Interference {
        plan.lock().unwrap().pop_front().unwrap_or(Interference::None)
    }
}

impl Probe for Spoiler {
    fn before(&self, _: &'static str) -> Pin<Box<dyn Future<Output = Interference> + Send + '_>> {
        Box::pin(async {
            drop(self.room.acquire().await.unwrap());
            Self::next(&self.before)
        })
    }

    fn after(&self, _: &'static str) -> Pin<Box<dyn Future<Output = Interference> + Send + '_>> {
        Box::pin(async { Self::next(&self.after) })
    }
}

/// Only the door, with a database that can be spoiled behind it.
struct Door {
    url: String,
    address: std::net::SocketAddr,
    store: Store,
    spoiler: Arc<Spoiler>,
    http: reqwest::Client,
    stop: CancellationToken,
    serving: JoinSet<()>,
    _folder: TempDir,
}

impl Door {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quittance.db");
        let spoiler = Arc::new(Spoiler {
            before: Mutex::default(),
            after: Mutex::default(),
            room: Semaphore::new(1_000),
        });
        let probe: Arc<dyn Probe> = spoiler.clone();
        let store = Store::open(&path.display().to_string()).await.unwrap().probed(probe);
        let intake = Intake {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            workspace: "sandbox1".parse().unwrap(),
            own_admin: "9001".parse().unwrap(),
            intercom_secrets: vec![SecretString::from(INTERCOM_SECRET)].into(),
            stripe_secrets: Vec::new().into(),
            quiet: SignedDuration::ZERO,
        };
        let app = App {
            intake,
            store: store.clone(),
            wake_up: WakeUp::default(),
            counts: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, mut serving) = (CancellationToken::new(), JoinSet::new());
        serving.spawn(serve(listener, router(app), stop.clone()));
        let url = format!("http://{address}/webhooks/intercom");
        Self { url, address, store, spoiler, http: http(), stop, serving, _folder: folder }
    }

    /// Sends a message's notification. Tells the answer, which must come in time.
    async fn post(&self, id: &str) -> StatusCode {
        let body = notification(id, "conversation.user.created", "sandbox1");
        let signature = signed_by_intercom(INTERCOM_SECRET, &body);
        let sent = self.http.post(&self.url).header("X-Hub-Signature", signature).body(body);
        let answer = tokio::time::timeout(PATIENCE, sent.send()).await.expect("an answer").unwrap();
        let status = answer.status();
        assert_ne!(status, StatusCode::GONE);
        assert_ne!(status, StatusCode::TOO_MANY_REQUESTS);
        status
    }

    /// The webhooks that are on disk, and how often their case was woken.
    async fn stored(&self) -> (Vec<String>, i64) {
        let stored = self.store.arrivals(Source::Intercom).await.unwrap();
        let cases = self.store.totals().await.unwrap().cases;
        (stored, cases.iter().map(|(_, count)| count).sum())
    }

    async fn close(mut self) {
        self.stop.cancel();
        while self.serving.join_next().await.is_some() {}
        self.store.close().await;
    }
}

#[tokio::test]
async fn a_database_that_stands_still_gets_a_503_in_time_and_the_next_try_a_200() {
    let door = Door::open().await;
    let all = door.spoiler.room.acquire_many(1_000).await.unwrap();
    assert_eq!(door.post("notif_1").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(door.stored().await, (Vec::new(), 0));
    drop(all);
    assert_eq!(door.post("notif_1").await, StatusCode::OK);
    assert_eq!(door.post("notif_1").await, StatusCode::OK);
    assert_eq!(door.stored().await, (vec!["notif_1".to_owned()], 1));
    door.close().await;
}

/// Many wait while the database stands still: each hears it in time, and none is lost afterwards.
#[tokio::test]
async fn a_full_queue_is_never_too_many_requests() {
    const MANY: usize = 200;
    let door = Arc::new(Door::open().await);
    let all = door.spoiler.room.acquire_many(1_000).await.unwrap();
    let flood = async |expected| {
        let mut posts = JoinSet::new();
        for number in 0..MANY {
            let door = Arc::clone(&door);
            posts.spawn(async move { door.post(&format!("notif_{number:04}")).await });
        }
        while let Some(status) = posts.join_next().await {
            assert_eq!(status.unwrap(), expected);
        }
    };
    flood(StatusCode::SERVICE_UNAVAILABLE).await;
    drop(all);
    flood(StatusCode::OK).await;
    assert_eq!(door.stored().await.0.len(), MANY);
    Arc::try_unwrap(door).ok().unwrap().close().await;
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_not_acknowledged_and_counts_once() {
    let door = Door::open().await;
    for (number, (before, after, is_written)) in [
        (Interference::Fail, Interference::None, false),
        (Interference::Unknown, Interference::None, false),
        (Interference::None, Interference::Unknown, true),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("notif_{number}");
        door.spoiler.before.lock().unwrap().push_back(before);
        if before == Interference::None {
            door.spoiler.after.lock().unwrap().push_back(after);
        }
        assert_eq!(door.post(&id).await, StatusCode::SERVICE_UNAVAILABLE, "{before:?} {after:?}");
        assert_eq!(door.stored().await.0.contains(&id), is_written, "{before:?} {after:?}");
        assert_eq!(door.post(&id).await, StatusCode::OK);
        assert_eq!(door.stored().await.0.len(), number + 1);
    }
    door.close().await;
}

#[tokio::test]
async fn a_database_that_is_gone_acknowledges_nothing() {
    let door = Door::open().await;
    door.store.close().await;
    assert_eq!(door.post("notif_1").await, StatusCode::SERVICE_UNAVAILABLE);
    door.close().await;
}

/// Somebody sends the head and half of the body, and then nothing.
#[tokio::test]
async fn a_caller_who_does_not_go_on_is_told_to_try_again_in_time() {
    let door = Door::open().await;
    let mut slow = TcpStream::connect(door.address).await.unwrap();
    let head =
        "POST /webhooks/intercom HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{\"half\":";
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0_u8; 64];
    let count = tokio::time::timeout(PATIENCE, slow.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    // Others are not kept waiting.
    assert_eq!(door.post("notif_1").await, StatusCode::OK);
    door.close().await;
}
