//! Webhooks on their way, and requests that arrive late.

use std::sync::{Arc, PoisonError};

use quittance_engine::intake::Taken;

use super::{Done, Errand, Mail, Run};
use crate::prove::fault::{Fault, Place, WEBHOOK};
use crate::prove::lines::Straggler;

/// How often a webhook is sent again, and after what pause, in milliseconds.
const WEBHOOK_TRIES: u32 = 6;
const WEBHOOK_PAUSE_MS: i64 = 60_000;

impl Run<'_> {
    /// A webhook that got no good answer comes again, a few times.
    pub(super) fn send_again(&mut self, mut mail: Mail) {
        if mail.tries >= WEBHOOK_TRIES {
            self.poll_later();
        } else {
            mail.tries = mail.tries.saturating_add(1);
            mail.at_ms = self.hub.now_ms().saturating_add(WEBHOOK_PAUSE_MS);
            self.mail.push(mail);
        }
    }

    /// Takes what the vendors have sent, and decides what becomes of it on the way.
    pub(super) fn collect(&mut self) {
        for (is_stripe, delivery) in self.world.webhooks() {
            let fault = self.hub.meet(Place::before(WEBHOOK));
            let at_ms = self.hub.now_ms();
            let mail = Mail { at_ms, is_stripe, tries: 0, delivery: Arc::new(delivery) };
            match fault {
                Some(Fault::Lost) => {
                    self.poll_later();
                    continue;
                }
                Some(Fault::Duplicate) => {
                    let later = self.hub.throw(|dice| dice.between(0, 7_200_000));
                    self.mail.push(Mail { at_ms: at_ms.saturating_add(later), ..mail.clone() });
                }
                Some(Fault::Reordered) => {
                    let later = self.hub.throw(|dice| dice.between(1_000, 600_000));
                    self.mail.push(Mail { at_ms: at_ms.saturating_add(later), ..mail });
                    continue;
                }
                Some(Fault::Forged) => self.mail.push(forged(&mail)),
                Some(_) | None => {}
            }
            self.mail.push(mail);
        }
    }

    /// Hands over what has arrived.
    pub(super) fn deliver(&mut self) {
        let now_ms = self.hub.now_ms();
        let (arrived, rest) =
            std::mem::take(&mut self.mail).into_iter().partition(|mail| mail.at_ms <= now_ms);
        self.mail = rest;
        let arrived: Vec<Mail> = arrived;
        for mail in arrived {
            let count = self.world.nodes.len();
            let node = self.hub.throw(|dice| dice.index(count));
            let Some(machine) = self.world.nodes.get(node) else { continue };
            let intake = machine.intake.clone();
            let errand = Errand::Webhook(mail.clone());
            let future = Box::pin(async move {
                let name = if mail.is_stripe { "stripe-signature" } else { "x-hub-signature" };
                let headers = &mail.delivery.headers;
                let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                let signature = found.map(|(_, value)| value.as_str());
                let body = &mail.delivery.body;
                let taken = if mail.is_stripe {
                    intake.stripe(body, signature).await
                } else {
                    intake.intercom(body, signature).await
                };
                let is_taken = taken.is_ok();
                let is_kept = matches!(taken, Ok(Taken::Stored | Taken::Seen));
                Done::TakenIn { mail, is_taken, is_kept }
            });
            self.start(node, errand, future);
        }
    }

    /// Lets requests arrive whose senders have long given up.
    pub(super) async fn stragglers(&mut self) {
        let now_ms = self.hub.now_ms();
        let arrived: Vec<Straggler> = {
            let mut all = self.world.post.stragglers.lock().unwrap_or_else(PoisonError::into_inner);
            let (arrived, rest) =
                std::mem::take(&mut *all).into_iter().partition(|one| one.at_ms <= now_ms);
            *all = rest;
            arrived
        };
        for straggler in arrived {
            self.hub.tell(None, || "a request arrives late".to_owned());
            // Nobody waits for the answer.
            let _ = straggler.line.deliver(&self.hub, &straggler.request).await;
        }
    }
}

/// A webhook that says the same and that nobody signed.
fn forged(mail: &Mail) -> Mail {
    let mut forged = mail.clone();
    for (_, value) in &mut Arc::make_mut(&mut forged.delivery).headers {
        let last = value.pop();
        value.push(if last == Some('0') { '1' } else { '0' });
    }
    forged.tries = WEBHOOK_TRIES;
    forged
}
