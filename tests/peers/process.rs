//! Processes of others, each ended by its own id.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::support::{PATIENCE, http};

/// A port that is free now.
pub(super) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs a program to its end with `input`, and gives what it printed. It must succeed.
pub(super) async fn said(command: &mut Command, input: &str) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}:\n{out}\n{err}", output.status);
    out.into_owned()
}

/// A server of somebody else.
pub(super) struct Running(Child);

impl Running {
    /// Starts it and waits until it answers at `url`, whatever it answers.
    pub(super) async fn start(mut command: Command, url: &str) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let (http, begin) = (http(), tokio::time::Instant::now());
        while http.get(url).send().await.is_err() {
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none() && begin.elapsed() < PATIENCE,
                "it does not listen at {url}: {ended:?}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self(child)
    }

    /// Ends it.
    pub(super) async fn end(mut self) {
        self.0.kill().await.unwrap();
    }
}
