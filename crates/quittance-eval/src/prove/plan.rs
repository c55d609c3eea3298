//! What goes wrong in a run, decided before it begins.

use std::collections::VecDeque;

use super::dice::Dice;
use super::fault::{Fault, Place};

/// A fault at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Where.
    pub(crate) place: Place,
    /// What.
    pub(crate) fault: Fault,
    /// How often the run passes there before.
    pub(crate) skip: u32,
}

/// What goes wrong, and where.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// Nothing.
    Calm,
    /// These faults at these places, counted in the order in which the run comes to them. Each once.
    At(Vec<(usize, Fault)>),
    /// Each fault at its place, one after the other: the next waits until the one before has happened.
    InTurn(VecDeque<Cell>),
    /// Whatever the dice say: once in `every` places, at most `left` times.
    Random {
        /// How seldom.
        every: u64,
        /// How often at most.
        left: u32,
        /// Among what.
        among: Vec<Fault>,
    },
}

impl Plan {
    /// Whether this fault may happen.
    pub(crate) fn names(&self, fault: Fault) -> bool {
        match self {
            Self::Calm => false,
            Self::At(faults) => faults.iter().any(|(_, named)| *named == fault),
            Self::InTurn(cells) => cells.iter().any(|cell| cell.fault == fault),
            Self::Random { among, .. } => among.contains(&fault),
        }
    }

    /// What goes wrong at this place, the run's `number`-th.
    pub(crate) fn decide(&mut self, number: usize, place: Place, dice: &mut Dice) -> Option<Fault> {
        match self {
            Self::Calm => None,
            Self::At(faults) => {
                let at = faults.iter().position(|(at, _)| *at == number)?;
                let (_, fault) = faults.swap_remove(at);
                fault.fits(place).then_some(fault)
            }
            Self::InTurn(cells) => {
                let next = cells.front_mut().filter(|cell| cell.place == place)?;
                if next.skip > 0 {
                    next.skip = next.skip.saturating_sub(1);
                    return None;
                }
                cells.pop_front().map(|cell| cell.fault)
            }
            Self::Random { every, left, among } => {
                if *left == 0 || !dice.one_in(*every) {
                    return None;
                }
                // A few throws, so that what fits few places happens there.
                let fault = (0..8).find_map(|_| dice.pick(among).filter(|one| one.fits(place)))?;
                *left = left.saturating_sub(1);
                Some(fault)
            }
        }
    }
}
