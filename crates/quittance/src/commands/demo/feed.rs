//! What Quittance does, as lines for the demo's page: what it is at now, and what the log says.

mod words;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use quittance_core::record::Entry;
use quittance_engine::Engine;
use quittance_engine::progress::Progress;
use quittance_sandbox::page::{Feed, FeedLine};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// How often the log is looked at.
const POLL: Duration = Duration::from_millis(120);

struct Viewer {
    engine: Engine,
    now: Receiver<Progress>,
    seen: u64,
    waiting: VecDeque<FeedLine>,
}

/// A feed that begins with the whole log.
pub(super) fn feed(engine: Engine) -> Feed {
    Arc::new(move || {
        let viewer = Viewer {
            engine: engine.clone(),
            now: engine.watch(),
            seen: 0,
            waiting: VecDeque::new(),
        };
        Box::pin(stream::unfold(viewer, next))
    })
}

async fn next(mut viewer: Viewer) -> Option<(FeedLine, Viewer)> {
    loop {
        if let Some(line) = viewer.waiting.pop_front() {
            return Some((line, viewer));
        }
        let told = tokio::select! {
            told = viewer.now.recv() => match told {
                Ok(progress) => Some(progress),
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return None,
            },
            () = tokio::time::sleep(POLL) => None,
        };
        // What was written before something was told stands before it: nobody shall see a request to
        // Stripe above the intent that allows it.
        let entries = viewer.engine.store().log_after(viewer.seen).await.ok()?;
        viewer.seen = entries.last().map_or(viewer.seen, |entry| entry.seq);
        viewer.waiting.extend(entries.into_iter().map(logged));
        viewer.waiting.extend(told.map(|progress| now(&viewer.engine, progress)));
    }
}

fn now(engine: &Engine, progress: Progress) -> FeedLine {
    FeedLine {
        conversation: conversation(progress.case.as_str()),
        at_ms: engine.now().as_millisecond(),
        step: progress.step.to_owned(),
        text: progress.text,
        seq: None,
        hash: None,
        detail: None,
    }
}

fn logged(entry: Entry) -> FeedLine {
    FeedLine {
        conversation: entry
            .draft
            .case
            .as_ref()
            .map(|case| conversation(case.as_str()))
            .unwrap_or_default(),
        at_ms: entry.draft.at.as_millisecond(),
        step: entry.draft.kind.name().to_owned(),
        text: words::of(entry.draft.kind, &entry.draft.body),
        seq: Some(entry.seq),
        hash: Some(entry.hash.to_string()),
        detail: Some(entry.draft.body),
    }
}

/// A case is called `workspace:conversation`.
fn conversation(case: &str) -> String {
    case.rsplit_once(':').map_or(case, |(_, conversation)| conversation).to_owned()
}
