//! Programs beside each other, the stand-ins they share, and the webhooks that flow to them.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quittance_eval::stand_ins::{Options, Ports, StandIns};
use quittance_eval::{Program, Setup, free_port};
use quittance_sandbox::delivery::{Deliveries, Delivery};
use quittance_sandbox::intercom::Endpoint;
use quittance_sandbox::{intercom, stripe};
use quittance_store::spare::Spare;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::customers::{CHARGED_TWICE, Customer, DUPLICATES, charged_twice, refunds_of};
use crate::support::talks::{answers, is_over};
use crate::support::{SystemClock, http, program, variable};

/// What is asked of Stripe when money moves.
pub(crate) const REFUND: &str = "POST /v1/refunds";

/// What each customer gets back, in cents: so little that Stripe would refund it twice if it were asked to.
const SHARE: i64 = 1_960;

/// How long a program may take to accept a webhook before the next one is asked.
const ACCEPTED: Duration = Duration::from_secs(3);

/// How often a webhook is offered, and the pause in between.
const OFFERS: usize = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// The policy of these tests: a share of a charge that was made twice.
pub(crate) fn policy() -> String {
    DUPLICATES.replace("| in full           ", "| 40 % of the charge")
}

/// The server on which databases may be made; says so if there is none.
pub(crate) fn server() -> Option<String> {
    static SAY: std::sync::Once = std::sync::Once::new();
    let server = variable("QUITTANCE_POSTGRES");
    if server.is_none() {
        let what = "several nodes on PostgreSQL are skipped: QUITTANCE_POSTGRES names no server";
        SAY.call_once(|| eprintln!("{what}"));
    }
    server
}

/// A database of a test's own.
pub(crate) async fn database(server: &str) -> Spare {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Spare::make(server, &format!("quittance_nodes_{}_{number}", std::process::id())).await.unwrap()
}

/// To whom webhooks go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// To one program after the other; to the next when one does not accept.
    One,
    /// To all programs.
    All,
}

/// How one of the programs is set up.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) setup: Setup,
    pub(crate) policy: String,
    /// More lines for the section `[server]`.
    pub(crate) server: String,
}

impl Seat {
    /// On a database; on a file of its own without one.
    pub(crate) fn on(database: Option<String>) -> Self {
        let setup = Setup { database, ..Setup::default() };
        Self { setup, policy: policy(), server: String::new() }
    }
}

/// A conversation, and who began it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) customer: Customer,
    pub(crate) conversation: String,
}

/// Programs, and what is around them.
pub(crate) struct Cluster {
    pub(crate) stand_ins: StandIns,
    pub(crate) programs: Vec<Program>,
    pub(crate) http: reqwest::Client,
    /// Every conversation so far.
    pub(crate) told: Vec<Told>,
    folders: Vec<TempDir>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Cluster {
    /// Prepares programs; none is started yet, and webhooks wait until one accepts them.
    pub(crate) async fn prepare(seats: &[Seat], to: To) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let mut options = Options::default();
        options.intercom.requests_per_window = u64::MAX;
        let mut stand_ins =
            StandIns::start(Arc::new(SystemClock), options, Ports::default(), &tasks, &stop)
                .await
                .unwrap();
        let (mut programs, mut folders) = (Vec::new(), Vec::new());
        for seat in seats {
            let (folder, port) = (tempfile::tempdir().unwrap(), free_port().unwrap());
            let prepared = Program::set_up(
                &program(),
                folder.path(),
                &stand_ins,
                &seat.policy,
                port,
                &seat.setup,
            );
            programs.push(prepared.unwrap());
            let config = folder.path().join("quittance.toml");
            let text = std::fs::read_to_string(&config).unwrap();
            let lines = format!("[server]\n{}", seat.server);
            let text = text.replacen("[server]\n", &lines, 1);
            // Nobody here waits for ten minutes for what a frozen node may still say.
            let text = text.replacen("[engine]\n", "[engine]\nunanswered_ms = 20000\n", 1);
            std::fs::write(&config, text).unwrap();
            folders.push(folder);
        }
        let http = http();
        for name in ["intercom", "stripe"] {
            let slot = match name {
                "stripe" => &mut stand_ins.stripe_webhooks,
                _ => &mut stand_ins.intercom_webhooks,
            };
            let (_, nothing) = tokio::sync::mpsc::unbounded_channel();
            let webhooks = std::mem::replace(slot, nothing);
            let urls =
                programs.iter().map(|program| format!("{}/webhooks/{name}", program.url)).collect();
            tasks.spawn(hand_out(webhooks, urls, to, http.clone(), stop.clone()));
        }
        Self { stand_ins, programs, http, told: Vec::new(), folders, tasks, stop }
    }

    /// Two nodes on one database, both running.
    pub(crate) async fn pair(database: &Spare, to: To) -> Self {
        let seats = vec![Seat::on(Some(database.url())); 2];
        let mut cluster = Self::prepare(&seats, to).await;
        cluster.start(0).await;
        cluster.start(1).await;
        cluster
    }

    pub(crate) async fn start(&mut self, number: usize) {
        self.programs[number].start(&self.http).await.unwrap();
    }

    /// The folder of a program's configuration.
    pub(crate) fn folder(&self, number: usize) -> &std::path::Path {
        self.folders[number].path()
    }

    /// Most of the time passes between a request that acts and its answer.
    pub(crate) fn slow_down(&self) {
        let slow = stripe::Fault::Delay(Duration::from_millis(60));
        self.stand_ins.stripe.fail_next(REFUND, 10_000, slow);
        for endpoint in [Endpoint::Reply, Endpoint::Parts] {
            let slow = intercom::Fault::SlowAnswer { delay_ms: 40 };
            self.stand_ins.intercom.fail_always(endpoint, slow);
        }
    }

    /// A customer who was charged twice, whom nobody else is.
    pub(crate) fn customer(&self) -> Customer {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        charged_twice(&self.stand_ins, &format!("customer{number}"))
    }

    /// A few customers begin to speak at once. Returns the conversations.
    pub(crate) fn begin(&mut self, count: usize) -> Vec<String> {
        let from = self.told.len();
        for _ in 0..count {
            let customer = self.customer();
            let conversation =
                self.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
            self.told.push(Told { customer, conversation });
        }
        self.told[from..].iter().map(|told| told.conversation.clone()).collect()
    }

    /// How many refunds Stripe was asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.stand_ins.stripe.requests(REFUND)
    }

    /// How many of these conversations are over.
    pub(crate) fn over(&self, conversations: &[String]) -> usize {
        conversations.iter().filter(|it| is_over(&self.stand_ins, it)).count()
    }

    /// Waits until these conversations are over.
    pub(crate) async fn until_over(&self, conversations: &[String], limit: Duration) {
        let is_so = |cluster: &Self| cluster.over(conversations) == conversations.len();
        self.until("the end of every case", limit, is_so).await;
    }

    /// Gives these conversations at most so much time to be over.
    pub(crate) async fn give_time(&self, conversations: &[String], limit: Duration) {
        let begin = Instant::now();
        while self.over(conversations) < conversations.len() && begin.elapsed() < limit {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until `is_so`; fails with what the programs logged after `limit`.
    pub(crate) async fn until(&self, what: &str, limit: Duration, is_so: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            if begin.elapsed() > limit {
                let intercom = &self.stand_ins.intercom;
                let open = self.told.iter().map(|told| &told.conversation);
                let open = open.filter(|conversation| !is_over(&self.stand_ins, conversation));
                let open: Vec<_> =
                    open.map(|conversation| intercom.messages(conversation)).collect();
                panic!("not in time: {what}\n{open:#?}\n{}", self.logs());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn logs(&self) -> String {
        let logs = self.programs.iter().map(|it| format!("{}:\n{}\n", it.url, it.log()));
        logs.collect()
    }

    /// Everybody got one answer and at most one refund, and only who got one was told so. Returns how many did.
    pub(crate) fn check(&self) -> usize {
        let mut refunded = 0;
        for Told { customer, conversation } in &self.told {
            let refunds = refunds_of(&self.stand_ins, customer);
            let answers = answers(&self.stand_ins, conversation);
            assert!(refunds.len() <= 1, "refunded twice: {refunds:#?}\n{}", self.logs());
            assert_eq!(
                answers.len(),
                1,
                "not answered once: {conversation} {answers:#?}\n{}",
                self.logs()
            );
            let is_told = answers[0].contains("Your refund of");
            assert_eq!(is_told, refunds.len() == 1, "{answers:?} {refunds:?}\n{}", self.logs());
            if let [refund] = refunds.as_slice() {
                assert_eq!(refund["amount"], SHARE);
                refunded += 1;
            }
        }
        refunded
    }

    /// Everybody got one answer and one refund.
    pub(crate) fn check_all(&self) {
        self.check();
        for Told { customer, conversation } in &self.told {
            let messages = || self.stand_ins.intercom.messages(conversation);
            let refunds = refunds_of(&self.stand_ins, customer).len();
            assert_eq!(refunds, 1, "not refunded: {:#?}\n{}", messages(), self.logs());
        }
    }

    /// Ends everything; the action log must verify.
    pub(crate) async fn close(mut self) {
        for program in &mut self.programs {
            program.kill().await.unwrap();
        }
        for program in &self.programs {
            program.verify().await.unwrap();
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Sends a signal, such as `STOP`, to a program that runs.
pub(crate) fn signal(program: &Program, name: &str) {
    let id = program.id().unwrap().to_string();
    let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap();
    assert!(sent.success(), "{name} cannot be sent to {id}");
}

/// Hands webhooks to programs, as a load balancer before them does, until `stop` is cancelled.
async fn hand_out(
    mut webhooks: Deliveries,
    mut urls: Vec<String>,
    to: To,
    http: reqwest::Client,
    stop: CancellationToken,
) {
    let mut under_way = JoinSet::new();
    loop {
        let webhook = tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = under_way.join_next() => continue,
            webhook = webhooks.recv() => webhook,
        };
        let Some(webhook) = webhook else { return };
        let webhook = Arc::new(webhook);
        match to {
            To::One => {
                urls.rotate_left(1);
                under_way.spawn(offer(Arc::clone(&webhook), urls.clone(), http.clone()));
            }
            To::All => {
                for url in &urls {
                    under_way.spawn(offer(Arc::clone(&webhook), vec![url.clone()], http.clone()));
                }
            }
        }
    }
}

/// Offers a webhook to one after the other, until somebody accepts it.
async fn offer(webhook: Arc<Delivery>, urls: Vec<String>, http: reqwest::Client) {
    for url in urls.iter().cycle().take(OFFERS) {
        let mut request = http.post(url).timeout(ACCEPTED).body(webhook.body.clone());
        for (name, value) in &webhook.headers {
            request = request.header(name, value);
        }
        if request.send().await.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
