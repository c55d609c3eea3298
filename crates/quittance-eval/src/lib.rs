//! Measures: the whole path under load and under `kill -9`, against the stand-ins.
//!
//! The program under test is the built program as its own process, so what is measured is what runs.

mod attacks;
mod cards;
mod crash;
mod intake;
mod log;
pub mod model;
mod near;
mod path;
mod place;
mod policy;
mod program;
pub mod prove;
mod sample;
pub mod scenarios;
mod search;
pub mod stand_ins;
mod stop;
pub mod traffic;

pub use attacks::{AttacksOptions, AttacksReport, attacks};
pub use cards::{CardsOptions, CardsReport, cards};
pub use crash::{CrashOptions, CrashReport, crash};
pub use intake::{IntakeOptions, IntakeReport, intake};
pub use log::{LogOptions, LogReport, log};
pub use path::{PathOptions, PathReport, path};
pub use policy::{PolicyOptions, PolicyReport, policy};
pub use program::{Program, Setup, free_port};
pub use search::{
    SearchDocuments, SearchKind, SearchQuestion, SearchReport, documents_of_folder,
    documents_of_lines, questions_of_lines, search,
};
pub use stop::{StopOptions, StopReport, stop};
