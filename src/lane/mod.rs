//! Lanes: the processes that a server's tools run in, each with one credential and one egress set.
//!
//! A process cannot be told apart by which tool it is serving. So tools of one server that differ in what they act as, or in
//! where their server may connect meanwhile, belong to different processes.
//!
//! On Linux a lane's process can be confined: [`enter`] makes namespaces in which there is only a loopback device, and
//! [`inside`] does the rest and runs the server. Every step is tried, and where one fails nothing is run.

#[cfg(target_os = "linux")]
mod confine;
mod derive;
#[cfg(target_os = "linux")]
mod enter;
#[cfg(target_os = "linux")]
mod loopback;
#[cfg(target_os = "linux")]
mod probe;
mod step;
#[cfg(target_os = "linux")]
mod system;

pub use derive::{Lane, lanes};
#[cfg(target_os = "linux")]
pub use enter::{enter, inside};
#[cfg(target_os = "linux")]
pub use probe::{Tried, attempts};
pub use step::{Failed, Step};
