//! What a server may do to the store: cut it off at any moment, forget, and not be fit in the first place.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};

use quittance_store::intents::IntentState;
use sqlx::{AssertSqlSafe, Row};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::place::{on_server, server};
use super::*;

/// What the proxy does with connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Lets everything through.
    Open = 0,
    /// Cuts the connection instead of handing a `commit` on.
    CutBeforeCommit = 1,
    /// Hands a `commit` on, waits for the answer, keeps it and cuts the connection.
    CutAfterCommit = 2,
    /// Cuts the connection after the writes of a transaction, when the store reads where its log ends.
    CutInside = 3,
    /// Takes no connection.
    Closed = 4,
}

/// Stands between a store and the server.
struct Proxy {
    address: SocketAddr,
    way: Arc<AtomicU8>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    async fn start(to: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let way = Arc::new(AtomicU8::new(Way::Open as u8));
        let mut tasks = JoinSet::new();
        let ways = Arc::clone(&way);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if ways.load(Ordering::SeqCst) == Way::Closed as u8 {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&to).await else { continue };
                connections.spawn(carry(client, server, Arc::clone(&ways)));
            }
        });
        Self { address, way, _tasks: tasks }
    }

    fn set(&self, way: Way) {
        self.way.store(way as u8, Ordering::SeqCst);
    }

    fn is(&self, way: Way) -> bool {
        self.way.load(Ordering::SeqCst) == way as u8
    }
}

/// Carries bytes both ways until the connection is to be cut. A cut happens once, and then the way is open.
async fn carry(mut client: TcpStream, mut server: TcpStream, way: Arc<AtomicU8>) {
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let cut = |from: Way| {
        let open = Way::Open as u8;
        way.compare_exchange(from as u8, open, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    };
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                let said = &up[..count];
                let says = |text: &[u8]| said.windows(text.len()).any(|part| part == text);
                let is_commit = says(b"commit\0");
                if is_commit && cut(Way::CutBeforeCommit) || says(b"select seq, hash from log_head") && cut(Way::CutInside) {
                    return;
                }
                if server.write_all(said).await.is_err() {
                    return;
                }
                if is_commit && cut(Way::CutAfterCommit) {
                    drop(server.read(&mut down).await);
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&down[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A world whose store reaches the server through a proxy.
async fn through_proxy() -> (World, Proxy) {
    let mut world = World::new().await;
    world.store.close().await;
    let url = world.place.url();
    let (before, rest) = url.split_once('@').unwrap_or(("postgres://postgres", &url));
    let (address, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::start(address.to_owned()).await;
    let url = format!("{before}@{}/{name}?sslmode=disable", proxy.address);
    world.store = Store::open(&url).await.unwrap();
    (world, proxy)
}

fn event(world: &World, id: &str) -> Arrival {
    Arrival { id: id.parse().unwrap(), ..arrival(world) }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_unknown_and_the_store_goes_on() {
    on_server(async || {
        let (world, proxy) = through_proxy().await;
        for (way, again) in
            [(Way::CutBeforeCommit, Receipt::New), (Way::CutAfterCommit, Receipt::Seen)]
        {
            let id = format!("n{way:?}");
            proxy.set(way);
            let lost = world.store.take_in(event(&world, &id)).await;
            assert!(matches!(lost, Err(Error::CommitUnknown)), "{lost:?}");
            assert!(proxy.is(Way::Open), "it was cut");
            assert_eq!(world.store.take_in(event(&world, &id)).await.unwrap(), again);
        }
        world.store.check().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_mark_whose_commit_is_unknown_counts_once() {
    on_server(async || {
        let (world, proxy) = through_proxy().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
        for (way, attempts) in [(Way::CutBeforeCommit, 0), (Way::CutAfterCommit, 1)] {
            proxy.set(way);
            let lost = world.mark(&lease, world.now).await;
            assert!(matches!(lost, Err(Error::CommitUnknown)), "{lost:?}");
            let intent = world.store.intents_of(&lease.case).await.unwrap().remove(0);
            assert_eq!(intent.attempt, attempts);
        }
        world.settle(&lease, confirmed("re_1")).await.unwrap();
        assert_eq!(world.state(&lease).await, IntentState::Confirmed);
        assert_eq!(world.store.log_verify(|_, _| {}).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_is_cut_before_its_end_was_not_written() {
    on_server(async || {
        let (world, proxy) = through_proxy().await;
        proxy.set(Way::CutInside);
        let lost = world.store.take_in(event(&world, "n1")).await;
        assert!(matches!(lost, Err(Error::Unavailable)), "{lost:?}");
        assert_eq!(world.store.take_in(event(&world, "n1")).await.unwrap(), Receipt::New);
    })
    .await;
}

/// Ends every connection to the world's database but this one.
async fn end_connections(world: &World) {
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
               where datname = current_database() and pid <> pg_backend_pid()";
    world.meddle(end).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_was_lost_while_idle_costs_nothing() {
    on_server(async || {
        let world = World::new().await;
        for id in ["n1", "n2", "n3"] {
            end_connections(&world).await;
            assert_eq!(world.store.take_in(event(&world, id)).await.unwrap(), Receipt::New);
        }
    })
    .await;
}

#[tokio::test]
async fn writes_wait_for_a_server_that_is_away_and_then_fail_unwritten() {
    on_server(async || {
        let (world, proxy) = through_proxy().await;
        proxy.set(Way::Closed);
        end_connections(&world).await;
        let write = world.store.take_in(event(&world, "n1"));
        let back = async {
            while world.store.check().await.is_ok() {
                tokio::task::yield_now().await;
            }
            let away = world.store.check().await;
            assert!(matches!(away, Err(Error::Unavailable | Error::Database(_))), "{away:?}");
            proxy.set(Way::Open);
        };
        let (written, ()) = tokio::join!(write, back);
        assert_eq!(written.unwrap(), Receipt::New);
        world.store.check().await.unwrap();

        proxy.set(Way::Closed);
        end_connections(&world).await;
        // Nothing answers, so only time passes.
        tokio::time::pause();
        let writes =
            (0..2_000).map(|number| world.store.take_in(event(&world, &format!("m{number}"))));
        for lost in futures_util::future::join_all(writes).await {
            assert!(matches!(lost, Err(Error::Unavailable)), "{lost:?}");
        }
        tokio::time::resume();
        proxy.set(Way::Open);
        assert_eq!(world.store.take_in(event(&world, "m1")).await.unwrap(), Receipt::New);
        world.store.close().await;
    })
    .await;
}

#[tokio::test]
async fn closing_does_not_wait_for_a_server_that_is_away() {
    on_server(async || {
        let (world, proxy) = through_proxy().await;
        proxy.set(Way::Closed);
        end_connections(&world).await;
        while world.store.check().await.is_ok() {}
        tokio::time::pause();
        world.store.close().await;
        tokio::time::resume();
        let closed = world.store.take_in(event(&world, "n1")).await;
        assert!(matches!(closed, Err(Error::Closed)), "{closed:?}");
    })
    .await;
}

/// Whatever the caller is told about a write is true, at whatever moment the connections end.
#[tokio::test]
async fn no_write_is_called_written_that_is_not_and_none_unwritten_that_is() {
    on_server(async || {
        let world = World::new().await;
        let mut ends = Vec::new();
        for round in 0..25 {
            let ids: Vec<String> = (0..150).map(|number| format!("r{round}n{number}")).collect();
            let writes = ids.iter().map(|id| async {
                for _ in 0..(id.len() * 7 + round) % 23 {
                    tokio::task::yield_now().await;
                }
                world.store.take_in(event(&world, id)).await
            });
            let (told, ()) =
                tokio::join!(futures_util::future::join_all(writes), end_connections(&world));
            for (id, told) in ids.iter().zip(told) {
                let again = world.store.take_in(event(&world, id)).await.unwrap();
                match told {
                    Ok(receipt) => {
                        ends.push("written");
                        assert_eq!((receipt, again), (Receipt::New, Receipt::Seen), "{id}");
                    }
                    Err(Error::CommitUnknown) => ends.push("unknown"),
                    Err(Error::Unavailable | Error::Database(_)) => {
                        ends.push("not written");
                        assert_eq!(again, Receipt::New, "{id} was written though it was not");
                    }
                    Err(other) => panic!("{id}: {other:?}"),
                }
            }
        }
        assert!(ends.contains(&"written") && ends.contains(&"not written"));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_forgot_what_was_committed_is_not_written_any_more() {
    on_server(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        let entries = || vec![world.draft(&lease.case, Kind::Facts)];
        let step = |entries| Transition { entries, ..Transition::default() };
        for _ in 0..3 {
            world.store.commit(&lease, step(entries())).await.unwrap();
        }
        end_connections(&world).await;
        world.store.commit(&lease, step(entries())).await.unwrap();
        assert_eq!(world.store.forgotten(), None, "everything is there");
        // A standby took over that lacks the last two entries.
        let forget = "drop trigger log_no_delete on log; drop trigger log_head_forward on log_head; \
                      delete from log where seq > 2; update log_head set seq = 2, hash = (select hash from log where seq = 2)";
        world.meddle(forget).await.unwrap();
        assert_eq!(world.store.log_verify(|_, _| {}).await.unwrap(), 2, "what is left is whole");
        end_connections(&world).await;
        let refused = world.store.commit(&lease, step(entries())).await;
        assert!(matches!(refused, Err(Error::Closed)), "{refused:?}");
        assert!(world.store.is_closed());
        assert_eq!(world.store.forgotten(), Some(4));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_may_forget_is_refused_with_the_setting_to_change() {
    on_server(async || {
        let world = World::new().await;
        world.store.close().await;
        let row = sqlx::query("select cast(current_database() as text)");
        let row = row.fetch_one(&mut world.place.connect().await).await.unwrap();
        let name: String = row.try_get(0).unwrap();
        for (setting, value, is_fine) in [
            ("synchronous_commit", "off", false),
            ("synchronous_commit", "local", true),
            ("synchronous_commit", "remote_write", true),
            ("synchronous_commit", "remote_apply", true),
            ("synchronous_commit", "on", true),
        ] {
            let sql = format!("alter database {name} set {setting} = '{value}'");
            let mut connection = world.place.connect().await;
            connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
            match Store::open(&world.place.url()).await {
                Ok(store) => {
                    store.close().await;
                    assert!(is_fine, "{setting} = {value}");
                }
                Err(Error::Server { setting: named, value: said, .. }) => {
                    assert_eq!((named, said.as_str(), is_fine), (setting, value, false));
                }
                Err(error) => panic!("{error}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_look_at_a_server_changes_nothing() {
    on_server(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let look = Store::look(&world.place.url()).await.unwrap();
        assert_eq!(look.totals().await.unwrap().cases.len(), 1);
        assert!(look.take_in(event(&world, "n2")).await.is_err());
        assert_eq!(world.store.take_in(event(&world, "n2")).await.unwrap(), Receipt::New);
        look.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_error_about_a_server_shows_no_password() {
    on_server(async || {
        let server = server().unwrap();
        let (_, place) = server.rsplit_once('@').unwrap_or(("", &server));
        for url in [
            format!("postgres://nobody_here:hunter2@{place}"),
            "postgres://u:hunter2@127.0.0.1:1/q".to_owned(),
            "postgres://u:hunter2@127.0.0.1:port/q".to_owned(),
        ] {
            if let Err(error) = Store::open(&url).await {
                assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
            }
        }
    })
    .await;
}
