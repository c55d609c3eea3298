//! The engine against real stand-ins on this machine, a real database and a clock that stands still:
//! answers of every kind, crashes between any two steps, races, strangers and hostile worlds.

#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails a test as it should")]

#[cfg(test)]
mod afterwards;
#[cfg(test)]
mod answers;
mod approvals;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod house;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod intercom_faults;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod modes;
#[cfg(test)]
mod people;
#[cfg(test)]
mod poll;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod races;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod settle;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod unknown;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod wishes;
