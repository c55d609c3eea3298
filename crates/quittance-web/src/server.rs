//! The server: it listens until it is told to stop, and then finishes what it has begun.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How many connections may be open at once. More wait in the listener's queue.
const CONNECTIONS: usize = 1_024;

/// How long the head of a request may take, and how long a connection may be idle between requests.
const HEAD: Duration = Duration::from_secs(10);

/// How long the requests under way may take once the server is told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// The pause after a connection could not be taken, mostly for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is cancelled; requests under way are answered, for ten seconds at most.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let taken = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            taken = take(&listener, &room) => taken,
        };
        match taken {
            Ok((stream, permit)) => {
                connections.spawn(connection(stream, router.clone(), graceful.watcher(), permit));
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a connection could not be taken"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    if tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still under way when the server stopped");
    }
}

/// Waits for room, and then for a connection. Dropping this loses neither.
async fn take(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, Option<OwnedSemaphorePermit>)> {
    // The semaphore is never closed, so there is always a permit in the end.
    let permit = Arc::clone(room).acquire_owned().await.ok();
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

async fn connection(
    stream: TcpStream,
    router: Router,
    watcher: Watcher,
    _permit: Option<OwnedSemaphorePermit>,
) {
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(serving).await {
        // Clients go away all the time.
        tracing::debug!(error = &error as &dyn std::error::Error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn connected() -> (TcpListener, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (listener, client)
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_request_does_not_keep_the_server_alive() {
        let (listener, mut client) = connected().await;
        client.write_all(b"POST /webhooks/stripe HTTP/1.1\r\nHost: a").await.unwrap();
        let stop = CancellationToken::new();
        let serving = serve(listener, Router::new(), stop.clone());
        let stopping = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            stop.cancel();
        };
        tokio::time::timeout(Duration::from_mins(1), async { tokio::join!(serving, stopping) })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_before_the_server_ends() {
        let (listener, mut client) = connected().await;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let slow = get(move || async move {
            stopped.cancel();
            tokio::time::sleep(Duration::from_millis(50)).await;
            "done"
        });
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        serve(listener, Router::new().route("/", slow), stop).await;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    }
}
