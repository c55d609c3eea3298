//! A PostgreSQL server of a test's own, which may be struck.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Starts a server, restarts it for every line that is read, and stops it at the end of them.
const SCRIPT: &str = r#"
set -euo pipefail
source "$0"
trap postgres_stop EXIT
while read -r _; do
    postgres_run pg_ctl restart --pgdata="$postgres_folder/data" --mode=immediate --wait --silent >/dev/null 2>&1
    echo restarted
done
"#;

/// A server that runs until this is dropped.
pub(crate) struct Server {
    /// The URL of its first database.
    pub(crate) url: String,
    orders: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
    _shell: Child,
}

impl Server {
    /// Starts one, in the way `tests/run` does.
    pub(crate) async fn start() -> Self {
        let start = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/postgres/start");
        let mut command = Command::new("bash");
        command.args(["-c", SCRIPT]).arg(start).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = command.spawn().unwrap();
        let orders = shell.stdin.take().unwrap();
        let mut says = BufReader::new(shell.stdout.take().unwrap()).lines();
        let first = says.next_line().await.unwrap().expect("the server did not start");
        let url = first.strip_prefix("PostgreSQL: ").unwrap().to_owned();
        Self { url, orders, says, _shell: shell }
    }

    /// Ends every process of the server at once, as a crash of the machine does, and starts it again.
    pub(crate) async fn strike(&mut self) {
        self.orders.write_all(b"restart\n").await.unwrap();
        assert_eq!(self.says.next_line().await.unwrap().as_deref(), Some("restarted"));
    }
}
