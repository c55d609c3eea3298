//! Where the programs under test keep their data.

use std::sync::atomic::{AtomicU32, Ordering};

use quittance_store::spare::Spare;

/// A file of the program's own, or a database of its own on a server.
pub(crate) struct Place(Option<Spare>);

impl Place {
    /// A new one; on the server, if there is one.
    pub(crate) async fn new(server: Option<&str>) -> anyhow::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Some(server) = server else { return Ok(Self(None)) };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("quittance_bench_{}_{number}", std::process::id());
        Ok(Self(Some(Spare::make(server, &name).await?)))
    }

    /// What to configure; nothing for a file in the program's folder.
    pub(crate) fn database(&self) -> Option<String> {
        self.0.as_ref().map(Spare::url)
    }

    /// Removes what is on the server.
    pub(crate) async fn discard(self) -> anyhow::Result<()> {
        match self.0 {
            Some(spare) => Ok(spare.discard().await?),
            None => Ok(()),
        }
    }
}
