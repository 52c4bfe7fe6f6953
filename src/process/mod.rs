//! Servers as processes: starting them, telling them to end, and ending what they leave behind.
//!
//! On Linux a supervisor stands between the gateway and the server: this program once more, started for one server. What
//! a descendant of the server leaves behind becomes the supervisor's child, so that nothing gets out of its reach; and
//! it outlives the gateway, so that it can end the server when the gateway was killed. The two talk over a pair of
//! sockets: what the gateway says closes when the gateway ends, however it ends.

mod children;
mod control;
mod group;
mod launch;
mod server;
#[cfg(target_os = "linux")]
mod supervisor;

pub use group::describe;
pub use launch::{ALWAYS, Launch};
pub use server::{ServerProcess, Supervision, Watch};
#[cfg(target_os = "linux")]
pub use supervisor::supervise;
