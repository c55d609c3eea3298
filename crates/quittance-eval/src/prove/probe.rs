//! Stands between a simulated node and its database.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use quittance_store::probe::{Interference, Probe};

use super::fault::{Fault, Place};
use super::hub::{Hub, NodeId};

/// What one node's writes pass.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) hub: Arc<Hub>,
    pub(crate) node: NodeId,
}

impl Probe for Watch {
    fn before(&self, write: &'static str) -> BoxFuture<'_, Interference> {
        Box::pin(async move {
            self.hub.note_begun(self.node, write);
            let fault = self.hub.reach(self.node, Place::before(write)).await;
            interference(fault)
        })
    }

    fn after(&self, write: &'static str) -> BoxFuture<'_, Interference> {
        Box::pin(async move {
            self.hub.note_written(self.node, write);
            let fault = self.hub.reach(self.node, Place::after(write)).await;
            interference(fault)
        })
    }
}

fn interference(fault: Option<Fault>) -> Interference {
    match fault {
        Some(Fault::Busy | Fault::DiskFull) => Interference::Fail,
        Some(Fault::CommitLost | Fault::CommitUnknown) => Interference::Unknown,
        Some(_) | None => Interference::None,
    }
}
