//! One visit to the demo: the program, a browser that shows its page, and what stands on it.

use std::process::Stdio;
use std::time::Duration;

use fantoccini::key::Key;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::browser::{Browser, line_with};
use crate::support::{PATIENCE, QUITTANCE, http};

/// Somebody who can be played, as the page's own list tells.
#[derive(Debug, Deserialize)]
pub(crate) struct Customer {
    pub(crate) key: String,
    pub(crate) language: String,
    pub(crate) expected: String,
    pub(crate) suggested_messages: Vec<String>,
}

/// What the page shows about one customer.
#[derive(Debug, Deserialize)]
pub(crate) struct Shown {
    /// What Quittance told the customer, oldest first.
    pub(crate) answers: Vec<String>,
    /// What only the team can read.
    pub(crate) notes: Vec<String>,
    /// Whether the conversation is closed.
    pub(crate) is_closed: bool,
    /// Whether a person has the conversation.
    pub(crate) is_with_person: bool,
    /// The refunds that Quittance made, oldest first.
    pub(crate) refunds: Vec<Refund>,
    /// What Quittance did, oldest first.
    pub(crate) feed: Vec<Line>,
}

/// A refund in the pane with the Stripe account.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) amount: String,
    /// The words of the link to the log.
    pub(crate) source: String,
}

/// A line of what Quittance does.
#[derive(Debug, Deserialize)]
pub(crate) struct Line {
    pub(crate) step: String,
    pub(crate) text: String,
    /// The number of the log entry; nothing for steps that are not in the log.
    pub(crate) seq: Option<u64>,
}

/// Reads what is on the page.
const READ: &str = r##"
    const all = (from, selector) => [...from.querySelectorAll(selector)];
    const text = (from, selector) => from.querySelector(selector)?.innerText.trim() ?? "";
    const standing = text(document, "#standing");
    return {
        answers: all(document, "#chat .said.assistant .bubble").map((it) => it.innerText),
        notes: all(document, "#chat .said.note").map((it) => it.innerText),
        is_closed: standing.startsWith("This conversation is closed"),
        is_with_person: standing.startsWith("A person has this conversation"),
        refunds: all(document, "#payments .under:has(.to-log)")
            .map((it) => ({ amount: text(it, ".amount"), source: text(it, ".to-log") })),
        feed: all(document, "#feed > li").map((it) => ({
            step: text(it, ".step"),
            text: it.innerText,
            seq: it.dataset.seq ? Number(it.dataset.seq) : null,
        })),
    };
"##;

/// Whether an answer stands in the conversation and nothing is under way any more.
const IS_ANSWERED: &str = r##"
    return document.querySelector("#chat .said.assistant") !== null
        && document.querySelector("#chat .working") === null;
"##;

/// The program, and a browser that shows the demo.
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    program: Child,
    /// From the start of the program until it served its page.
    pub(crate) served: Duration,
    /// From the start of the program until its page stood in the browser.
    pub(crate) ready: Duration,
}

impl Visit {
    /// Starts both; nothing where no browser is installed.
    pub(crate) async fn begin() -> Option<Self> {
        let browser = Browser::start().await?;
        let begin = tokio::time::Instant::now();
        let mut program = Command::new(QUITTANCE)
            .args(["demo", "--port", "0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let line = line_with(&mut program, "open http://").await;
        let url = line.rsplit(' ').next().unwrap().to_owned();
        let served = begin.elapsed();
        browser.client.goto(&url).await.unwrap();
        let is_ready = r##"return document.querySelector("#link-state").innerText === "Live"
            && document.querySelector("#people button[aria-current]") !== null
            && document.querySelector("#payments [data-id]") !== null;"##;
        browser.until("the page", is_ready, &[]).await;
        Some(Self { browser, url, http: http(), program, served, ready: begin.elapsed() })
    }

    /// Everybody who can be played.
    pub(crate) async fn customers(&self) -> Vec<Customer> {
        let mut answer = self.api("people").await;
        serde_json::from_value(answer["people"].take()).unwrap()
    }

    /// What the page's server says.
    pub(crate) async fn api(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}/api/{path}", self.url)).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    /// Chooses a customer in the list and waits until the panes are theirs.
    pub(crate) async fn choose(&self, key: &str) {
        self.browser.click(&format!("#people [data-key={key}]")).await;
        let is_chosen = r##"
            const chosen = document.querySelector("#people [aria-current]");
            const name = chosen?.querySelector(".person-name > span").textContent;
            return chosen?.dataset.key === arguments[0]
                && document.querySelector("#playing").textContent === `as ${name}`
                && document.querySelector("#chat").dataset.conversation?.startsWith(`${arguments[0]}/`);
        "##;
        self.browser.until("the customer's panes", is_chosen, &[json!(key)]).await;
    }

    /// Types a message key by key and sends it with the return key.
    pub(crate) async fn write(&self, text: &str) {
        self.browser.press("#say", text).await;
        self.browser.press("#say", &Key::Enter.to_string()).await;
        let is_sent = r##"
            return document.querySelector("#say").value === ""
                && [...document.querySelectorAll("#chat .said.customer .bubble")]
                    .some((it) => it.textContent === arguments[0]);
        "##;
        self.browser.until("the message in the conversation", is_sent, &[json!(text)]).await;
    }

    /// Waits until the conversation has come to an end for now, and reads the page.
    pub(crate) async fn until_settled(&self, is_settled: impl Fn(&Shown) -> bool) -> Shown {
        self.browser.until("an answer", IS_ANSWERED, &[]).await;
        let begin = tokio::time::Instant::now();
        loop {
            let shown = self.read().await;
            if is_settled(&shown) {
                return shown;
            }
            assert!(begin.elapsed() < PATIENCE, "not in time: the outcome\n{shown:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Reads the page.
    pub(crate) async fn read(&self) -> Shown {
        let shown = self.browser.client.execute(READ, Vec::new()).await.unwrap();
        serde_json::from_value(shown).unwrap()
    }

    /// Asks the program to stop, as Ctrl-C does, and ends everything. It must stop at once although
    /// a page listens to it, and the page must say so. The browser must have had nothing to complain about, and must have asked
    /// nobody but the demo.
    pub(crate) async fn end(mut self) {
        let complaints = self.browser.complaints().await;
        assert!(complaints.is_empty(), "the browser complained: {complaints:#?}");
        let own = |address: &String| address.starts_with(&format!("{}/", self.url));
        // What a new tab and a new profile show before the first page is the browser's own.
        let inside =
            |address: &String| address.starts_with("chrome:") || address.starts_with("data:");
        let (asked, elsewhere): (Vec<_>, Vec<_>) =
            self.browser.requests().await.into_iter().filter(|it| !inside(it)).partition(own);
        assert!(!asked.is_empty() && elsewhere.is_empty(), "asked elsewhere: {elsewhere:#?}");
        let id = self.program.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        let ended = tokio::time::timeout(PATIENCE, self.program.wait()).await.unwrap();
        assert!(ended.unwrap().success(), "the demo did not stop in order");
        let is_told = r##"return document.querySelector("#link-state").innerText.startsWith("Connection lost")"##;
        self.browser.until("the page to see it", is_told, &[]).await;
        self.browser.close().await;
    }
}
