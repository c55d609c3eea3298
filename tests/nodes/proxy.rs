//! What stands between a program and its server, reads along, and cuts connections around a `COMMIT`.
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The longest message that is carried, in bytes.
const LONGEST: usize = 1 << 24;

/// What happens to a connection around a `COMMIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It is cut instead of handing the `COMMIT` on.
    Before,
    /// The `COMMIT` is handed on and answered; it is cut before the answer gets through.
    During,
    /// It is cut as soon as the answer got through.
    After,
    /// The answer is held until [`Proxy::let_go`].
    Hold,
}

impl Moment {
    /// Where connections are cut.
    pub(crate) const CUTS: [Self; 3] = [Self::Before, Self::During, Self::After];
}

/// What is waited for: a transaction with a statement that says this, and what happens then.
pub(crate) type Plan = (&'static str, Moment);

/// Carries bytes between programs and a server.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

struct Shared {
    plans: Mutex<Vec<Plan>>,
    /// Whether an answer is held at the moment.
    held: watch::Sender<bool>,
}

impl Proxy {
    /// Stands before the server at a URL's address.
    pub(crate) async fn before(server: &str) -> Self {
        let (_, _, to, _) = parts(server);
        let to = to.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared { plans: Mutex::default(), held: watch::Sender::new(false) };
        let shared = Arc::new(shared);
        let mut tasks = JoinSet::new();
        let mine = Arc::clone(&shared);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let Ok(server) = TcpStream::connect(&to).await else { continue };
                connections.spawn(carry(client, server, Arc::clone(&mine)));
            }
        });
        Self { address, shared, _tasks: tasks }
    }

    /// The URL of a database through here. Nothing is encrypted, so that messages can be read.
    pub(crate) fn through(&self, url: &str) -> String {
        let (scheme, user, _, name) = parts(url);
        format!("{scheme}://{user}{}/{name}?sslmode=disable", self.address)
    }

    /// From now on these happen, each once.
    pub(crate) fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.shared.plans.lock().unwrap().extend(plans);
    }

    /// What has not happened yet.
    pub(crate) fn left(&self) -> Vec<Plan> {
        self.shared.plans.lock().unwrap().clone()
    }

    /// Whether an answer is held.
    pub(crate) fn is_holding(&self) -> bool {
        *self.shared.held.borrow()
    }

    /// Lets the held answer through.
    pub(crate) fn let_go(&self) {
        self.shared.held.send_replace(false);
    }
}

/// The scheme, user, address and database of a URL, without what follows a `?`.
fn parts(url: &str) -> (&str, String, &str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap();
    let rest = rest.split('?').next().unwrap();
    let (user, place) = rest
        .rsplit_once('@')
        .map_or((String::new(), rest), |(user, place)| (format!("{user}@"), place));
    let (address, name) = place.split_once('/').unwrap_or((place, "postgres"));
    (scheme, user, address, name)
}

/// Carries one connection until one side ends it, or it is cut.
async fn carry(client: TcpStream, server: TcpStream, shared: Arc<Shared>) {
    // Messages are handed on one by one, and must not wait for each other.
    if client.set_nodelay(true).and(server.set_nodelay(true)).is_err() {
        return;
    }
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    // What is to happen to the answer that is waited for.
    let answer = Mutex::new(None);
    tokio::select! {
        () = up(from_client, to_server, &shared, &answer) => {}
        () = down(from_server, to_client, &shared, &answer) => {}
    }
}

/// From the program to the server.
async fn up(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    answer: &Mutex<Option<Moment>>,
) {
    let mut ahead: Option<Plan> = None;
    let mut statements = HashMap::new();
    // The first message of a connection has no type.
    let mut next = message(&mut from, false).await;
    while let Some(said) = next {
        match said.first() {
            Some(b'P') => {
                let mut texts = said[5..].split(|&byte| byte == 0);
                let (name, text) = (texts.next().unwrap(), texts.next().unwrap());
                statements.insert(name.to_vec(), text.to_vec());
            }
            Some(b'B') if ahead.is_none() => {
                let name = said[5..].split(|&byte| byte == 0).nth(1).unwrap();
                ahead = statements.get(name).and_then(|text| shared.planned(text));
            }
            _ => {}
        }
        if is_commit(&said) {
            let moment = ahead.take().and_then(|plan| shared.take(plan));
            if moment == Some(Moment::Before) {
                return;
            }
            *answer.lock().unwrap() = moment;
        }
        if to.write_all(&said).await.is_err() {
            return;
        }
        next = message(&mut from, true).await;
    }
}

/// From the server to the program. One that is committing has asked for nothing else.
async fn down(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    answer: &Mutex<Option<Moment>>,
) {
    while let Some(said) = message(&mut from, true).await {
        let moment = *answer.lock().unwrap();
        let is_ready = said.starts_with(b"Z");
        if moment == Some(Moment::Hold) {
            *answer.lock().unwrap() = None;
            let mut held = shared.held.subscribe();
            shared.held.send_replace(true);
            // It ends with the test.
            let _ = held.wait_for(|is_held| !is_held).await;
        }
        if moment != Some(Moment::During) && to.write_all(&said).await.is_err() {
            return;
        }
        if is_ready && matches!(moment, Some(Moment::During | Moment::After)) {
            return;
        }
    }
}

impl Shared {
    /// What is planned for a transaction with this statement.
    fn planned(&self, said: &[u8]) -> Option<Plan> {
        let plans = self.plans.lock().unwrap();
        let says = |text: &str| said.windows(text.len()).any(|part| part == text.as_bytes());
        plans.iter().find(|(text, _)| says(text)).copied()
    }

    /// Takes a plan, which is carried out once.
    fn take(&self, plan: Plan) -> Option<Moment> {
        let mut plans = self.plans.lock().unwrap();
        let at = plans.iter().position(|other| *other == plan)?;
        Some(plans.remove(at).1)
    }
}

fn is_commit(said: &[u8]) -> bool {
    said.first() == Some(&b'Q') && said.get(5..) == Some(b"commit\0")
}

/// The next message, whole. None when the connection has ended.
async fn message(from: &mut OwnedReadHalf, is_typed: bool) -> Option<Vec<u8>> {
    let mut said = vec![0; if is_typed { 5 } else { 4 }];
    from.read_exact(&mut said).await.ok()?;
    let length: [u8; 4] = said[said.len() - 4..].try_into().unwrap();
    let rest = usize::try_from(u32::from_be_bytes(length)).unwrap().checked_sub(4)?;
    assert!(rest < LONGEST, "this is not PostgreSQL's protocol");
    let head = said.len();
    said.resize(head + rest, 0);
    from.read_exact(&mut said[head..]).await.ok()?;
    Some(said)
}
