//! A server that answers with exactly the bytes a test gives it: for what no HTTP server would say.

use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::Client;
use crate::options::Options;

/// The key that [`client`] shows.
pub(crate) const KEY: &str = "sk_test_made_up";

/// A client of the server at this address.
pub(crate) fn client(base_url: String, read_retries: usize) -> Client {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options { base_url, read_retries, ..Options::default() };
    Client::new(reqwest::Client::builder(), &options, &SecretString::from(KEY)).unwrap()
}

/// Gives these answers to one request after the other, and tells what was asked.
pub(crate) async fn answer_all(listener: &TcpListener, answers: &[Vec<u8>]) -> Vec<String> {
    let mut requests = Vec::new();
    for answer in answers {
        requests.push(answer_with(listener, answer).await);
    }
    requests
}

/// A server's ear, and the address to reach it.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Takes one request, gives these bytes back, closes, and tells what it was asked.
pub(crate) async fn answer_with(listener: &TcpListener, answer: &[u8]) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    let mut buffer = [0_u8; 4_096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        assert_ne!(count, 0, "the request broke off");
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8(request.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                stream.write_all(answer).await.unwrap();
                stream.shutdown().await.unwrap();
                return text;
            }
        }
    }
}

/// A whole answer. `headers` are lines that end in `\r\n`.
pub(crate) fn http(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
