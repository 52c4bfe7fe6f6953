//! Lanes: the processes that a server's tools run in, each with one credential and one egress set.
//!
//! A process cannot be told apart by which tool it is serving. So tools of one server that differ in what they act as, or in
//! where their server may connect meanwhile, belong to different processes.

mod derive;

pub use derive::{Lane, lanes};
