//! Runs the stand-in for Stripe on a port of this machine, for clients in other languages:
//!
//! ```text
//! cargo run -p quittance-sandbox --example stripe -- 4242
//! ```
//!
//! It prints `LISTENING http://127.0.0.1:4242` and takes the key `sk_test_sandbox_1234567890`, and
//! `rk_test_sandbox_readonly_1` for reading only. Webhooks go to the endpoints that clients
//! register with `POST /v1/webhook_endpoints`. Port 0 takes any free one.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quittance_core::clock::Clock;
use quittance_sandbox::delivery::{Deliveries, Delivery};
use quittance_sandbox::stripe::{Options, RestrictedKey, Stripe};

/// How long an endpoint has to answer a webhook.
const WEBHOOK_WITHIN: Duration = Duration::from_secs(10);
/// How often a webhook is tried.
const TRIES: u32 = 3;

/// The machine's clock: this is a program of its own.
#[derive(Debug)]
struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "a program owns the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        static BEGIN: std::sync::LazyLock<std::time::Instant> =
            std::sync::LazyLock::new(std::time::Instant::now);
        BEGIN.elapsed()
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "it is a program for the terminal")]
            {
                eprintln!("error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("usage: stripe PORT")?.parse()?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(WEBHOOK_WITHIN).build()?;
    let options = Options {
        restricted_keys: vec![RestrictedKey {
            key: "rk_test_sandbox_readonly_1".to_owned(),
            permissions: ["rak_charge_read", "rak_customer_read"].map(str::to_owned).to_vec(),
        }],
        webhook_secret: None,
        ..Options::default()
    };
    let (stripe, deliveries) = Stripe::new(Arc::new(MachineClock), options);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    #[expect(clippy::print_stdout, reason = "whoever started it reads this line")]
    {
        println!("LISTENING http://{}", listener.local_addr()?);
    }
    tokio::select! {
        result = async { axum::serve(listener, stripe.router()).await } => result?,
        () = deliver_all(&client, deliveries) => {}
    }
    Ok(())
}

/// Delivers one webhook after the other, in order.
async fn deliver_all(client: &reqwest::Client, mut deliveries: Deliveries) {
    while let Some(delivery) = deliveries.recv().await {
        for _ in 0..TRIES {
            if is_delivered(client, &delivery).await {
                break;
            }
        }
    }
}

async fn is_delivered(client: &reqwest::Client, delivery: &Delivery) -> bool {
    let Some(url) = &delivery.url else { return true };
    let mut request = client.post(url).body(delivery.body.clone());
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    request.send().await.is_ok_and(|response| response.status().is_success())
}
