//! The engine against real stand-ins on this machine, a real database and a clock that stands still:
//! answers of every kind, crashes between any two steps, races, strangers and hostile worlds.

mod answers;
mod crash;
mod house;
mod identity;
mod intercom_faults;
mod limits;
mod modes;
mod people;
mod races;
mod unknown;
mod wire;
