//! The program under test, as its own process.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use crate::stand_ins::StandIns;

/// How long the program may take to get ready: as a node it reads and hashes itself, which takes a build
/// without optimization seconds, and more on a busy machine.
const READY: Duration = Duration::from_mins(1);

/// How long a tick of the processor's accounts is: Linux counts a hundred a second for programs.
/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
const TICK_MS: u64 = 10;

/// `quittance serve` against the stand-ins, with a database of its own.
pub struct Program {
    exe: PathBuf,
    folder: PathBuf,
    database: String,
    /// Where it listens.
    pub url: String,
    is_pinned: bool,
    log_filter: String,
    child: Option<Child>,
}

/// How the program is set up, where it matters to what is measured.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The database; a file in the program's folder without one.
    pub database: Option<String>,
    /// How long a conversation must be quiet before it is answered, in milliseconds.
    pub quiet_ms: u64,
    /// On how many cases it works at once.
    pub cases_at_once: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Self { database: None, quiet_ms: 0, cases_at_once: 64 }
    }
}

impl Program {
    /// Writes the configuration and the policy into `folder`. Nothing is started yet.
    pub fn prepare(
        exe: &Path,
        folder: &Path,
        stand_ins: &StandIns,
        policy: &str,
        port: u16,
    ) -> anyhow::Result<Self> {
        Self::set_up(exe, folder, stand_ins, policy, port, &Setup::default())
    }

    /// As [`Program::prepare`], set up in a certain way.
    pub fn set_up(
        exe: &Path,
        folder: &Path,
        stand_ins: &StandIns,
        policy: &str,
        port: u16,
        setup: &Setup,
    ) -> anyhow::Result<Self> {
        let url = format!("http://127.0.0.1:{port}");
        std::fs::write(folder.join("policy.md"), policy)?;
        for (name, secret) in SECRETS {
            std::fs::write(folder.join(name), secret)?;
        }
        let file = || folder.join("quittance.db").display().to_string();
        let database = setup.database.clone().unwrap_or_else(file);
        let config = config(folder, stand_ins, port, &database, setup);
        std::fs::write(folder.join("quittance.toml"), config)?;
        Ok(Self {
            exe: exe.to_owned(),
            folder: folder.to_owned(),
            database,
            url,
            is_pinned: false,
            log_filter: "warn".to_owned(),
            child: None,
        })
    }

    /// Keeps the program on one core, where `taskset` is there to do it.
    pub fn pin(&mut self) {
        let found =
            std::process::Command::new("taskset").arg("--version").stdout(Stdio::null()).status();
        self.is_pinned = found.is_ok_and(|status| status.success());
    }

    /// What the program logs from its next start on, as in `RUST_LOG`; only warnings by default.
    pub fn log_at(&mut self, filter: &str) {
        filter.clone_into(&mut self.log_filter);
    }

    /// Whether the program is kept on one core.
    pub fn is_pinned(&self) -> bool {
        self.is_pinned
    }

    /// The program's database, if it is a file of its own.
    pub fn database(&self) -> PathBuf {
        self.folder.join("quittance.db")
    }

    /// The program's database, as it is configured.
    pub(crate) fn database_url(&self) -> &str {
        &self.database
    }

    /// The program's process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Starts the program and waits until it is ready. Returns how long that took.
    pub async fn start(&mut self, http: &reqwest::Client) -> anyhow::Result<Duration> {
        let begin = tokio::time::Instant::now();
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder.join("log.txt"))?;
        let mut command = if self.is_pinned {
            let mut command = Command::new("taskset");
            command.args(["-c", "0"]).arg(&self.exe);
            command
        } else {
            Command::new(&self.exe)
        };
        command
            .args(["--log", &self.log_filter, "serve", "--config"])
            .arg(self.folder.join("quittance.toml"));
        // Only its own file configures the program, not what the tests are told.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("QUITTANCE_") {
                command.env_remove(name);
            }
        }
        command.stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        self.child = Some(command.spawn().context("cannot start the program")?);
        while begin.elapsed() < READY {
            let ready = http.get(format!("{}/readyz", self.url)).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(begin.elapsed());
            }
            if let Some(status) =
                self.child.as_mut().and_then(|child| child.try_wait().ok().flatten())
            {
                bail!("the program ended with {status}: {}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the program did not get ready: {}", self.log())
    }

    /// Kills the program without any warning (`SIGKILL`).
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// Asks the program to stop (`SIGTERM`) and waits until it has. Returns how it ended.
    pub async fn stop(&mut self) -> anyhow::Result<ExitStatus> {
        let mut child = self.child.take().context("the program does not run")?;
        let id = child.id().context("the program has ended")?;
        Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        Ok(child.wait().await?)
    }

    /// What the program logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log.txt")).unwrap_or_default()
    }

    /// The memory that the program uses, in KiB, where the system tells.
    pub fn resident_kib(&self) -> Option<u64> {
        status_kib(self.id()?, "VmRSS:")
    }

    /// The most memory that the program has used since it was started, in KiB, where the system tells.
    pub(crate) fn most_resident_kib(&self) -> Option<u64> {
        status_kib(self.id()?, "VmHWM:")
    }

    /// The processor time that the program has used since it was started, where the system tells.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id()?)).ok()?;
        // The name, in brackets, may hold anything. Behind it: utime is the 12th field, stime the 13th.
        let (_, fields) = stat.rsplit_once(')')?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let sum = ticks.filter_map(|ticks| ticks.parse().ok()).fold(0_u64, u64::saturating_add);
        Some(Duration::from_millis(sum.saturating_mul(TICK_MS)))
    }

    /// Runs `quittance log verify` on the database.
    pub async fn verify(&self) -> anyhow::Result<()> {
        let mut command = Command::new(&self.exe);
        let output =
            command.args(["log", "verify", "--database"]).arg(&self.database).output().await?;
        if output.status.success() {
            Ok(())
        } else {
            bail!("the action log does not verify: {}", String::from_utf8_lossy(&output.stderr))
        }
    }
}

/// What the system tells of a process's memory, in KiB: `VmRSS:` now, `VmHWM:` at most.
pub(crate) fn status_kib(process: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// The ports that programs under test listen on. Below those that systems give to whoever asks for any
/// port (from 32,768 on Linux), so that nobody takes one while its program is being started again.
const PORTS: Range<u16> = 15_000..32_000;

/// A port that is free now, and that this process has not handed out before.
pub fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // Each process begins somewhere else.
    let begin = usize::try_from(std::process::id())?.wrapping_mul(101);
    for _ in PORTS {
        let number = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let offset = number.checked_rem(PORTS.len()).unwrap_or(0);
        let Some(port) = PORTS.clone().nth(offset) else { break };
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free between {} and {}", PORTS.start, PORTS.end)
}

const SECRETS: [(&str, &str); 4] = [
    ("intercom-token", "intercom-sandbox-token"),
    ("intercom-secret", "intercom-sandbox-secret"),
    ("stripe-key", "sk_test_sandbox_1234567890"),
    ("stripe-secret", "whsec_sandbox_1234567890"),
];

fn config(folder: &Path, stand_ins: &StandIns, port: u16, database: &str, setup: &Setup) -> String {
    let file = |name: &str| format!("{:?}", folder.join(name).display().to_string());
    let Setup { quiet_ms, cases_at_once, .. } = setup;
    let policy = file("policy.md");
    let (token, client, key, webhook) = (
        file("intercom-token"),
        file("intercom-secret"),
        file("stripe-key"),
        file("stripe-secret"),
    );
    let StandIns { stripe_url, intercom_url, model_url, .. } = stand_ins;
    let caps = "per_refund = '1000000'\nper_charge = '1000000'\nper_customer_month = '1000000'\n\
                per_day = '100000000'\nper_month = '100000000'";
    format!(
        "database = {database:?}\n\
         [server]\nlisten = '127.0.0.1:{port}'\n\
         [policy]\npath = {policy}\n\
         [intercom]\ntoken_file = {token}\nclient_secrets_file = {client}\n\
         [intercom.api]\nbase_url = '{intercom_url}'\n\
         [stripe]\nkey_file = {key}\nwebhook_secrets_file = {webhook}\n\
         [stripe.api]\nbase_url = '{stripe_url}'\nrequests_per_second = 1000000\n\
         [model.api]\nbase_url = '{model_url}'\nmodel = 'quittance-stand-in'\n\
         [engine]\nquiet_ms = {quiet_ms}\ncases_at_once = {cases_at_once}\nteam = '7001'\n\
         [limits]\nrefunds_per_hour = 1000000\n\
         [limits.currencies.USD]\n{caps}\n[limits.currencies.EUR]\n{caps}\n\
         [limits.currencies.GBP]\n{caps}\n[limits.currencies.JPY]\n{caps}\n"
    )
}
