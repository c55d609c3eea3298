//! Something that happens at a write of the store.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use quittance_store::probe::{Interference, Probe};

/// What a probe answers with.
pub(crate) type Interfering<'a> = Pin<Box<dyn Future<Output = Interference> + Send + 'a>>;

type Act = Box<dyn Fn(&'static str) -> Interference + Send + Sync>;

/// Does something with the name of each write, before or after it.
struct At {
    is_before: bool,
    act: Act,
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("At").field("is_before", &self.is_before).finish_non_exhaustive()
    }
}

impl At {
    fn meet(&self, is_before: bool, write: &'static str) -> Interfering<'_> {
        let is_now = self.is_before == is_before;
        let then = if is_now { (self.act)(write) } else { Interference::None };
        Box::pin(async move { then })
    }
}

impl Probe for At {
    fn before(&self, write: &'static str) -> Interfering<'_> {
        self.meet(true, write)
    }

    fn after(&self, write: &'static str) -> Interfering<'_> {
        self.meet(false, write)
    }
}

/// A database that is away whenever `is_away` says so of a write.
pub(crate) fn away(
    is_away: impl Fn(&'static str) -> bool + Send + Sync + 'static,
) -> Arc<dyn Probe> {
    let act = move |write| if is_away(write) { Interference::Fail } else { Interference::None };
    Arc::new(At { is_before: true, act: Box::new(act) })
}

/// Does something after each write that was committed.
pub(crate) fn after(act: impl Fn(&'static str) + Send + Sync + 'static) -> Arc<dyn Probe> {
    let act = move |write| {
        act(write);
        Interference::None
    };
    Arc::new(At { is_before: false, act: Box::new(act) })
}
