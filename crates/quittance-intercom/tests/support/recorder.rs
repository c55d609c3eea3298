//! Stands in front of a stand-in and writes down what passes.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::task::JoinSet;

/// A request and its answer, as they went over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) version: String,
    pub(crate) request: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) answer: Vec<u8>,
}

/// What passed so far, and the server it passed through.
pub(crate) struct Recorder {
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    pub(crate) base_url: String,
    _server: JoinSet<()>,
}

impl Recorder {
    /// Serves a stand-in on this machine. It ends with the recorder.
    pub(crate) async fn serve(router: Router) -> Self {
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let router = router.layer(from_fn_with_state(Arc::clone(&exchanges), record));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { exchanges, base_url, _server: server }
    }

    /// Everything that passed.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}

async fn record(
    State(exchanges): State<Arc<Mutex<Vec<Exchange>>>>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    let sent = to_bytes(body, usize::MAX).await.unwrap();
    let version = head.headers.get("intercom-version").map(|value| value.to_str().unwrap());
    let mut exchange = Exchange {
        method: head.method.as_str().to_lowercase(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        version: version.unwrap_or_default().to_owned(),
        request: sent.to_vec(),
        status: 0,
        answer: Vec::new(),
    };
    let response = next.run(Request::from_parts(head, Body::from(sent))).await;
    let (head, body) = response.into_parts();
    // A connection that is made to break has no body to read.
    let Ok(answer) = to_bytes(body, usize::MAX).await else {
        exchanges.lock().unwrap().push(exchange);
        return Response::from_parts(head, broken());
    };
    exchange.status = head.status.as_u16();
    exchange.answer = answer.to_vec();
    exchanges.lock().unwrap().push(exchange);
    Response::from_parts(head, Body::from(answer))
}

fn broken() -> Body {
    Body::from_stream(futures_util::stream::once(async {
        Err::<Vec<u8>, _>(std::io::Error::other("broken off as the stand-in did"))
    }))
}
