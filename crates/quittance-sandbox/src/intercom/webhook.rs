//! Webhooks: the envelope, the signature, and the ways in which delivery goes wrong.
//!
//! <https://developers.intercom.com/docs/references/preview/webhooks/webhook-models>

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::{Map, Value};
use sha1::Sha1;
use tokio::sync::mpsc::UnboundedSender;

use super::state::uuid;
use crate::delivery::Delivery;

/// A webhook's body.
#[derive(Serialize)]
struct Envelope<'a, I> {
    #[serde(rename = "type")]
    kind: &'static str,
    app_id: &'a str,
    data: Data<'a, I>,
    links: Map<String, Value>,
    id: &'a str,
    topic: &'a str,
    delivery_status: &'static str,
    delivery_attempts: u32,
    delivered_at: i64,
    first_sent_at: i64,
    created_at: i64,
    #[serde(rename = "self")]
    itself: Option<&'a str>,
}

#[derive(Serialize)]
struct Data<'a, I> {
    #[serde(rename = "type")]
    kind: &'static str,
    item: &'a I,
}

/// Where webhooks are written and handed out.
#[derive(Clone)]
pub(super) struct Outbox {
    sender: UnboundedSender<Delivery>,
    secret: String,
    workspace: String,
    url: Option<String>,
    topics: Vec<String>,
    salt: String,
    sequence: u64,
    /// How often each webhook is handed out.
    pub(super) copies: u32,
    /// How many webhooks are collected before they are handed out, the newest first.
    pub(super) group: usize,
    /// How many of the next webhooks are lost.
    pub(super) losses: u64,
    held: Vec<Delivery>,
    /// Handed out so far.
    pub(super) sent: u64,
    /// Lost so far.
    pub(super) dropped: u64,
}

impl Outbox {
    pub(super) fn new(
        sender: UnboundedSender<Delivery>,
        options: &super::options::Options,
        salt: String,
    ) -> Self {
        Self {
            sender,
            secret: options.client_secret.clone(),
            workspace: options.workspace_id.clone(),
            url: options.webhook_url.clone(),
            topics: options.topics.clone(),
            salt,
            sequence: 0,
            copies: 1,
            group: 1,
            losses: 0,
            held: Vec::new(),
            sent: 0,
            dropped: 0,
        }
    }

    /// Hands webhooks out here from now on.
    pub(super) fn send_to(&mut self, sender: UnboundedSender<Delivery>) {
        self.sender = sender;
    }

    /// Whether anybody would get a webhook with this topic.
    pub(super) fn wants(&self, topic: &str) -> bool {
        self.topics.iter().any(|known| known == topic)
    }

    /// Hands out one webhook, or does with it what was asked for.
    pub(super) fn notify(&mut self, topic: &str, item: &impl Serialize, now: i64) {
        if !self.wants(topic) {
            return;
        }
        self.sequence = self.sequence.saturating_add(1);
        if self.losses > 0 {
            self.losses = self.losses.saturating_sub(1);
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        for attempt in 1..=self.copies {
            let delivery = self.delivery(topic, item, now, attempt);
            self.held.push(delivery);
        }
        if self.held.len() >= self.group {
            self.release();
        }
    }

    /// Hands out everything that is held back, the newest first when order is being disturbed.
    pub(super) fn release(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        if self.group > 1 {
            held.reverse();
        }
        for delivery in held {
            self.sent = self.sent.saturating_add(1);
            // Nobody listening is fine: a real webhook can have no receiver either.
            let _ = self.sender.send(delivery);
        }
    }

    fn delivery(&self, topic: &str, item: &impl Serialize, now: i64, attempt: u32) -> Delivery {
        let id = format!("notif_{}", uuid(&self.salt, self.sequence));
        let envelope = Envelope {
            kind: "notification_event",
            app_id: &self.workspace,
            data: Data { kind: "notification_event_data", item },
            links: Map::new(),
            id: &id,
            topic,
            delivery_status: "pending",
            delivery_attempts: attempt,
            delivered_at: 0,
            first_sent_at: now,
            created_at: now,
            itself: None,
        };
        // Every key is text, and a vector takes everything: this cannot fail.
        let body = serde_json::to_vec(&envelope).unwrap_or_default();
        let headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("User-Agent".to_owned(), "intercom-parrot-service-client/1.0".to_owned()),
            ("X-Hub-Signature".to_owned(), sign(self.secret.as_bytes(), &body)),
        ];
        Delivery { id, url: self.url.clone(), headers, body }
    }
}

/// `sha1=` and the keyed hash of `body` in hexadecimal.
fn sign(secret: &[u8], body: &[u8]) -> String {
    // HMAC takes a key of any length; the fallback is never reached and verifies nowhere.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(body);
    format!("sha1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_vendors() {
        let body = br#"{"type":"notification_event","app_id":"ecahpwf5","id":"notif_1","topic":"conversation.user.replied","data":{"type":"notification_event_data","item":{"type":"conversation","id":"1295"}},"delivery_attempts":1,"first_sent_at":1767229301,"created_at":1767229300}"#;
        assert_eq!(
            sign(b"client-secret-for-tests", body),
            "sha1=10b4e824ae81ee4bd23441b2bce13e113ef677ed"
        );
    }
}
