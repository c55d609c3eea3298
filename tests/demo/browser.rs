//! A real browser without a screen, driven through `ChromeDriver`.

use std::process::Stdio;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::{PATIENCE, http, variable};

/// What the browser is told: no screen, no sandbox of its own, nothing that calls home.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
];

/// The driver, the browser that it started, and the connection to both.
pub(crate) struct Browser {
    pub(crate) client: Client,
    session: String,
    /// The browser's own process, while it runs.
    process: Option<u64>,
    http: reqwest::Client,
    driver: Child,
    // Gone with everything that the browser keeps, once the browser is.
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser; nothing where no driver is installed.
    pub(crate) async fn start() -> Option<Self> {
        let Some(driver) = variable("QUITTANCE_CHROMEDRIVER") else {
            println!("skipped: the demo in a browser (QUITTANCE_CHROMEDRIVER is not set)");
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let line = line_with(&mut driver, "started successfully on port ").await;
        let port = line.rsplit(' ').next().unwrap().trim_end_matches('.').to_owned();
        let url = format!("http://127.0.0.1:{port}");
        let profile = tempfile::tempdir().unwrap();
        let capabilities = capabilities(&profile);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&url)
            .await
            .unwrap();
        let process = client.capabilities().unwrap()["goog:processID"].as_u64();
        let session = client.session_id().await.unwrap().unwrap();
        let session = format!("{url}/session/{session}");
        Some(Self { client, session, process, http: http(), driver, _profile: profile })
    }

    /// Looks again and again until `script` returns something true, and returns it.
    pub(crate) async fn until(&self, what: &str, script: &str, arguments: &[Value]) -> Value {
        let begin = tokio::time::Instant::now();
        loop {
            let found = self.client.execute(script, arguments.to_vec()).await.unwrap();
            if !matches!(found, Value::Null | Value::Bool(false)) {
                return found;
            }
            if begin.elapsed() > PATIENCE {
                let page = "return document.body.innerText";
                let page = self.client.execute(page, Vec::new()).await.unwrap();
                panic!("not in time: {what}\n{}", page.as_str().unwrap_or_default());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Clicks on what a CSS selector finds, with the mouse: what is covered cannot be clicked.
    pub(crate) async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Presses keys with the focus on what a CSS selector finds.
    pub(crate) async fn press(&self, selector: &str, keys: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Makes the page as large as a device's screen, in CSS pixels.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let screen =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": true});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": screen});
        self.extension("goog/cdp/execute", &command).await;
    }

    /// What the browser complained about since it was last asked: errors, refused content, failed
    /// requests.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.extension("se/log", &json!({"type": "browser"})).await;
        entries.as_array().unwrap().iter().map(Value::to_string).collect()
    }

    /// Every address that a page asked for since the browser was last asked.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let entries = self.extension("se/log", &json!({"type": "performance"})).await;
        let messages = entries.as_array().unwrap().iter().map(|entry| {
            serde_json::from_str::<Value>(entry["message"].as_str().unwrap()).unwrap()
        });
        let sent = messages.filter(|it| it["message"]["method"] == "Network.requestWillBeSent");
        sent.map(|it| it["message"]["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A command that only this driver knows.
    async fn extension(&self, command: &str, body: &Value) -> Value {
        let url = format!("{}/{command}", self.session);
        let answer = self.http.post(url).json(body).send().await.unwrap();
        let mut answer: Value = answer.error_for_status().unwrap().json().await.unwrap();
        answer["value"].take()
    }

    /// Ends the browser, then the driver.
    pub(crate) async fn close(mut self) {
        self.client.clone().close().await.unwrap();
        self.process = None;
        self.driver.kill().await.unwrap();
    }
}

impl Drop for Browser {
    /// A test that fails leaves no browser behind: with the driver gone, nobody else would end it.
    fn drop(&mut self) {
        if let Some(process) = self.process {
            // One that is gone already is fine.
            drop(std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status());
        }
    }
}

fn capabilities(profile: &TempDir) -> Value {
    let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!("--user-data-dir={}", profile.path().display()));
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": {"args": flags},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    })
}

/// The first line that a process prints with `words` in it.
pub(crate) async fn line_with(process: &mut Child, words: &str) -> String {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let found = tokio::time::timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(words) {
                return line;
            }
        }
        panic!("the process ended without a line with {words:?}")
    });
    let found = found.await.unwrap();
    // What it prints later must have somewhere to go.
    process.stdout = Some(lines.into_inner().into_inner());
    found
}
