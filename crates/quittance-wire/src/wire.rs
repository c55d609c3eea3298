//! The way to one server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use reqwest::{Request, StatusCode};

use crate::broken::Broken;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The way to one server. Clones share its connections.
#[derive(Clone)]
pub struct Wire(Line);

#[derive(Clone)]
enum Line {
    Net(reqwest::Client),
    Near(Arc<dyn Near>),
}

/// A server in the same process, for simulations: it answers, or breaks, as it is told to.
pub trait Near: Send + Sync {
    /// Takes one request, whose body is in memory, to its end.
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Answer, Broken>>;
}

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Wire {
    /// A way over the network. The program gives `http` TLS roots and a proxy; redirects and
    /// repetitions behind our back are forbidden here, because what was sent must be known.
    pub fn dial(http: reqwest::ClientBuilder) -> Result<Self, reqwest::Error> {
        let http = http
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self(Line::Net(http)))
    }

    /// A way that ends in this process.
    pub fn near(server: Arc<dyn Near>) -> Self {
        Self(Line::Near(server))
    }

    /// Sends a request once and reads an answer of at most `largest` bytes.
    pub async fn exchange(&self, request: Request, largest: usize) -> Result<Answer, Broken> {
        let answer = match &self.0 {
            Line::Near(server) => server.exchange(request).await?,
            Line::Net(http) => return over_the_net(http, request, largest).await,
        };
        if answer.body.len() > largest {
            return Err(Broken::TooLarge { status: answer.status.as_u16() });
        }
        Ok(answer)
    }
}

/// A client that somebody has set up. It should follow no redirects.
impl From<reqwest::Client> for Wire {
    fn from(http: reqwest::Client) -> Self {
        Self(Line::Net(http))
    }
}

async fn over_the_net(
    http: &reqwest::Client,
    request: Request,
    largest: usize,
) -> Result<Answer, Broken> {
    let mut response = http.execute(request).await?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unfinished)? {
        if body.len().saturating_add(chunk.len()) > largest {
            return Err(Broken::TooLarge { status: status.as_u16() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// An answer that had begun: whatever broke, the request has arrived.
fn unfinished(error: reqwest::Error) -> Broken {
    match Broken::from(error) {
        Broken::NotSent(reason) => Broken::Lost(reason),
        broken @ (Broken::Late(_) | Broken::Lost(_) | Broken::TooLarge { .. }) => broken,
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Line::Net(_) => "Wire(net)",
            Line::Near(_) => "Wire(near)",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::Method;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn wire() -> Wire {
        // Another test may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Wire::dial(reqwest::Client::builder().no_proxy()).unwrap()
    }

    fn get(url: &str) -> Request {
        Request::new(Method::GET, url.parse().unwrap())
    }

    /// What a server makes of one request: it reads it and gives these bytes back.
    async fn meet(answer: &'static [u8]) -> Result<Answer, Broken> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/secret", listener.local_addr().unwrap());
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0_u8; 1_024];
            let _ = stream.read(&mut asked).await.unwrap();
            stream.write_all(answer).await.unwrap();
        };
        let wire = wire();
        tokio::join!(wire.exchange(get(&url), 4), serve).0
    }

    #[tokio::test]
    async fn an_answer_is_whole_or_it_is_none() {
        let good = meet(b"HTTP/1.1 201 X\r\ncontent-length: 4\r\na: b\r\n\r\nbody").await.unwrap();
        assert_eq!((good.status.as_u16(), good.body.as_slice()), (201, &b"body"[..]));
        assert_eq!(good.headers["a"], "b");
        let large = meet(b"HTTP/1.1 200 X\r\ncontent-length: 5\r\n\r\nlarge").await;
        assert!(matches!(large, Err(Broken::TooLarge { status: 200 })), "{large:?}");
        for torn in [&b"HTTP/1.1 200 X\r\ncontent-length: 4\r\n\r\nbo"[..], b"HTTP/1.", b""] {
            let lost = meet(torn).await;
            assert!(matches!(lost, Err(Broken::Lost(_))), "{lost:?}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let moved = meet(b"HTTP/1.1 302 X\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(moved.unwrap().status.as_u16(), 302);
    }

    #[tokio::test]
    async fn what_was_never_sent_is_told_apart_and_no_address_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/secret", listener.local_addr().unwrap());
        let mut late = get(&url);
        *late.timeout_mut() = Some(Duration::from_millis(50));
        let late = wire().exchange(late, 4).await.unwrap_err();
        assert!(matches!(late, Broken::Late(_)), "{late:?}");
        drop(listener);
        let unsent = wire().exchange(get(&url), 4).await.unwrap_err();
        assert!(unsent.is_unsent(), "{unsent:?}");
        assert!(!late.is_unsent());
        for broken in [late, unsent] {
            assert!(!format!("{broken:?} {}", broken.chain()).contains("secret"), "{broken:?}");
        }
    }
}
