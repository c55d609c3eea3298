//! The command line: what each command prints, and with which status it ends.

mod approvals;
mod basics;
mod editor;
mod eval;
mod log;
mod mistakes;
mod policy;
mod policy_changes;
mod policy_gaps;
mod reconcile;
mod refund;
mod settings;
mod stop;
mod store;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::support::QUITTANCE;

/// How long a command that ends on its own may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the tests use as secrets. No command ever prints one.
const SECRETS: [&str; 6] = [
    "intercom-sandbox-token",
    "intercom-sandbox-secret",
    "sk_test_sandbox_1234567890",
    "whsec_sandbox_1234567890",
    "a-wrong-secret-of-somebody",
    "pk_test_wrong_1234567890",
];

/// What a command that has ended left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    err: String,
}

impl Ran {
    /// The command must have ended like this, and said all of that on standard error.
    fn fails_with(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for words in said {
            assert!(self.err.contains(words), "{words:?} is missing in:\n{}", self.err);
        }
        let is_raw = ["panicked", "Error {", "Some(", "RUST_BACKTRACE", "\u{1b}["];
        for raw in is_raw {
            assert!(!self.err.contains(raw), "{raw:?} is nothing for people:\n{}", self.err);
        }
    }
}

/// The program with nothing from this process's environment that could set it.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(QUITTANCE);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("QUITTANCE_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub(crate) async fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = command(folder, arguments);
    command.envs(environment.iter().copied());
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let ran =
        Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
    assert_silent(&ran.out);
    assert_silent(&ran.err);
    ran
}

/// No secret stands in a text.
fn assert_silent(text: &str) {
    let told = SECRETS.iter().find(|secret| text.contains(*secret));
    assert!(told.is_none(), "a secret ({told:?}) was told:\n{text}");
}
