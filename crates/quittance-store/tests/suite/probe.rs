//! Writes that a simulation spoils.

use futures_util::future::BoxFuture;
use quittance_store::probe::{Interference, Probe};

use super::*;

/// Spoils the writes of one name, before or after them.
#[derive(Debug)]
struct Spoil(&'static str, Interference, Interference);

impl Probe for Spoil {
    fn before(&self, write: &'static str) -> BoxFuture<'_, Interference> {
        Box::pin(async move { if write == self.0 { self.1 } else { Interference::None } })
    }

    fn after(&self, write: &'static str) -> BoxFuture<'_, Interference> {
        Box::pin(async move { if write == self.0 { self.2 } else { Interference::None } })
    }
}

#[tokio::test]
async fn a_probe_spoils_a_write_before_or_after_it() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
        let decision = world.store.intents_of(&lease.case).await.unwrap()[0].decision.clone();
        let mark = async |before, after| {
            let store = world.store.clone().probed(Arc::new(Spoil("mark", before, after)));
            let at = world.now;
            let mark = Some(Mark { decision: decision.clone(), at, earliest: at, latest: at });
            let marked = store.commit(&lease, Transition { mark, ..Transition::default() }).await;
            (marked, store.intents_of(&lease.case).await.unwrap()[0].attempt)
        };
        assert!(matches!(mark(Interference::None, Interference::None).await, (Ok(()), 1)));
        assert!(matches!(
            mark(Interference::Fail, Interference::None).await,
            (Err(Error::Database(_)), 1)
        ));
        assert!(matches!(
            mark(Interference::Unknown, Interference::None).await,
            (Err(Error::CommitUnknown), 1)
        ));
        assert!(matches!(
            mark(Interference::None, Interference::Unknown).await,
            (Err(Error::CommitUnknown), 2)
        ));
        assert!(matches!(
            mark(Interference::None, Interference::Fail).await,
            (Err(Error::CommitUnknown), 3)
        ));
    })
    .await;
}
