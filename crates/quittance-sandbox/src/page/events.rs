//! The stream that tells a viewer what is new.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::json;
use tokio::sync::watch;

use super::Shared;
use super::problem::Problem;

/// `hello`, then `chat` and `stripe` whenever something there changed, and `line` for every line
/// of the feed. It ends with the feed; a browser connects again by itself and begins anew.
pub(super) async fn events(
    State(shared): State<Shared>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = shared.viewers.clone().try_acquire_owned();
    let place = place.map_err(|_| Problem::too_many_viewers())?;
    let page = &shared.page;
    let chat = changes("chat", page.intercom.subscribe_changes());
    let stripe = changes("stripe", page.stripe.subscribe_changes());
    let lines = (page.feed)().map(|line| {
        // A line is plain data; it always has a JSON form.
        Some(Event::default().event("line").json_data(line).unwrap_or_default())
    });
    let lines = lines.chain(stream::once(async { None }));
    let news = stream::select(stream::select(chat, stripe).map(Some), lines);
    let all = stream::once(async { Some(named("hello", 0)) })
        .chain(news)
        .take_while(|event| std::future::ready(event.is_some()))
        .filter_map(std::future::ready)
        .map(move |event| {
            // The place is taken for as long as the stream lives.
            let _ = &place;
            Ok(event)
        });
    Ok(Sse::new(all).keep_alive(KeepAlive::default()))
}

/// An event for every change. Changes that come faster than the viewer reads become one.
fn changes(name: &'static str, receiver: watch::Receiver<u64>) -> impl Stream<Item = Event> {
    stream::unfold(receiver, move |mut receiver| async move {
        receiver.changed().await.ok()?;
        let revision = *receiver.borrow_and_update();
        Some((named(name, revision), receiver))
    })
}

fn named(name: &str, revision: u64) -> Event {
    Event::default().event(name).data(json!({ "revision": revision }).to_string())
}
