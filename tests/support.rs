//! The program and the stand-ins, ready for a test.

pub(crate) mod customers;
pub(crate) mod dice;
pub(crate) mod talks;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quittance_core::clock::Clock;
use quittance_eval::stand_ins::{Options, Ports, StandIns, deliver};
use quittance_eval::{Program, free_port};
use quittance_store::Store;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The built program.
pub(crate) const QUITTANCE: &str = env!("CARGO_BIN_EXE_quittance");

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "tests of the running program live in real time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        static BEGIN: std::sync::LazyLock<std::time::Instant> =
            std::sync::LazyLock::new(std::time::Instant::now);
        BEGIN.elapsed()
    }
}

/// A variable of the environment, if it is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where outside data is"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The program for tests of several: the built one, or another that `QUITTANCE_PROGRAM` names, such as one in
/// which a protection was taken out, to see that a test finds it.
pub(crate) fn program() -> PathBuf {
    variable("QUITTANCE_PROGRAM").map_or_else(|| PathBuf::from(QUITTANCE), PathBuf::from)
}

/// A connection for tests.
pub(crate) fn http() -> reqwest::Client {
    // Another test may have installed it first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap()
}

/// The stand-ins, the program beside them, and the webhooks flowing from the ones to the other.
pub(crate) struct House {
    pub(crate) stand_ins: StandIns,
    pub(crate) program: Program,
    pub(crate) http: reqwest::Client,
    folder: TempDir,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl House {
    /// Starts the stand-ins and prepares the program, which is not started yet. `change` may edit the
    /// configuration.
    pub(crate) async fn prepare(
        policy: &str,
        options: Options,
        change: impl FnOnce(String) -> String,
    ) -> Self {
        let http = http();
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let folder = tempfile::tempdir().unwrap();
        let stand_ins =
            StandIns::start(Arc::new(SystemClock), options, Ports::default(), &tasks, &stop)
                .await
                .unwrap();
        let port = free_port().unwrap();
        let program =
            Program::prepare(Path::new(QUITTANCE), folder.path(), &stand_ins, policy, port)
                .unwrap();
        let config = folder.path().join("quittance.toml");
        std::fs::write(&config, change(std::fs::read_to_string(&config).unwrap())).unwrap();
        Self { stand_ins, program, http, folder, tasks, stop }
    }

    /// Starts everything with a policy and the default settings.
    pub(crate) async fn open(policy: &str) -> Self {
        let mut house = Self::prepare(policy, Options::default(), |config| config).await;
        house.start().await;
        house
    }

    /// Starts the program, and the webhooks, which are delivered from now on.
    pub(crate) async fn start(&mut self) {
        self.program.start(&self.http).await.unwrap();
        for name in ["intercom", "stripe"] {
            let slot = if name == "stripe" {
                &mut self.stand_ins.stripe_webhooks
            } else {
                &mut self.stand_ins.intercom_webhooks
            };
            let (_, nothing) = tokio::sync::mpsc::unbounded_channel();
            let webhooks = std::mem::replace(slot, nothing);
            let url = format!("{}/webhooks/{name}", self.program.url);
            self.tasks.spawn(deliver(webhooks, url, self.http.clone(), None, self.stop.clone()));
        }
    }

    /// The folder with the program's configuration, database and log.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the customer of a conversation was told, oldest first.
    pub(crate) fn answers(&self, conversation: &str) -> Vec<String> {
        talks::answers(&self.stand_ins, conversation)
    }

    /// The action log, oldest entry first, as `quittance log show --json` prints it.
    pub(crate) async fn log(&self) -> Vec<serde_json::Value> {
        let mut command = tokio::process::Command::new(QUITTANCE);
        command.args(["log", "show", "--json", "--database"]).arg(self.program.database());
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The state of a conversation, such as `open` or `closed`.
    pub(crate) fn state(&self, conversation: &str) -> String {
        talks::state(&self.stand_ins, conversation)
    }

    /// Whether a conversation was given to the team.
    pub(crate) fn is_with_team(&self, conversation: &str) -> bool {
        talks::is_with_team(&self.stand_ins, conversation)
    }

    /// Waits until `is_so`; a test whose house never gets there fails with the program's log.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begin = tokio::time::Instant::now();
        while !is_so(self) {
            if begin.elapsed() > PATIENCE {
                let intercom = &self.stand_ins.intercom;
                let said = intercom.conversations().into_iter().map(|id| intercom.messages(&id));
                let said: Vec<_> = said.collect();
                panic!("not in time: {what}\n{said:#?}\n{}", self.program.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the customer of a conversation was told something `count` times.
    pub(crate) async fn until_answered(&self, conversation: &str, count: usize) -> String {
        self.until("an answer", |house| house.answers(conversation).len() >= count).await;
        self.answers(conversation).remove(count - 1)
    }

    /// What the program counts about webhooks since it was started, by name.
    pub(crate) async fn webhooks(&self) -> serde_json::Value {
        let url = format!("{}/readyz", self.program.url);
        let answer = self.http.get(url).send().await.unwrap().bytes().await.unwrap();
        serde_json::from_slice::<serde_json::Value>(&answer).unwrap()["webhooks"].take()
    }

    /// Waits until every webhook has arrived and no case wants work: whatever was going to happen has
    /// happened. The program must not have been started twice.
    pub(crate) async fn until_quiet(&self) {
        let begin = tokio::time::Instant::now();
        let store = Store::look(&self.program.database().display().to_string()).await.unwrap();
        loop {
            // Work on a case makes webhooks, so none are on their way once both are still.
            let have_arrived = self.have_arrived().await;
            let due = store.totals().await.unwrap().due;
            if have_arrived && due == 0 && self.have_arrived().await {
                return store.close().await;
            }
            assert!(begin.elapsed() < PATIENCE, "{due} cases due\n{}", self.program.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn have_arrived(&self) -> bool {
        let counts = self.webhooks().await;
        let arrived: u64 =
            counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        let sent = self.stand_ins.intercom.counts().webhooks;
        arrived == sent + u64::try_from(self.stand_ins.stripe.events().len()).unwrap()
    }

    /// Ends everything; the action log must verify.
    pub(crate) async fn close(mut self) {
        self.program.kill().await.unwrap();
        self.program.verify().await.unwrap();
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
