//! Files that are looked at again and again.

/// What is looked at, and whether it was dealt with. It counts when it was the same twice, since editors
/// write in several steps.
#[derive(Debug)]
pub(crate) struct Settled<T> {
    seen: T,
    is_done: bool,
}

impl<T: PartialEq> Settled<T> {
    /// What was there in the beginning, which is dealt with.
    pub(crate) fn new(seen: T) -> Self {
        Self { seen, is_done: true }
    }

    /// What there is now, if it is to be dealt with: until [`Self::done`] says that it was.
    pub(crate) fn look(&mut self, now: T) -> Option<&T> {
        let is_same = self.seen == now;
        self.seen = now;
        self.is_done &= is_same;
        (is_same && !self.is_done).then_some(&self.seen)
    }

    /// What was seen last is dealt with.
    pub(crate) fn done(&mut self) {
        self.is_done = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_twice_counts_until_it_is_done() {
        let mut settled = Settled::new(1);
        assert_eq!(settled.look(1), None, "it was there in the beginning");
        assert_eq!(settled.look(2), None);
        assert_eq!(settled.look(3), None, "it is still being written");
        assert_eq!(settled.look(3), Some(&3));
        assert_eq!(settled.look(3), Some(&3), "nobody said that it was done");
        settled.done();
        assert_eq!(settled.look(3), None);
        assert_eq!(settled.look(1), None);
        assert_eq!(settled.look(1), Some(&1));
    }
}
