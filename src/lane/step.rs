//! What starting a lane consists of, and how each part is mended where a machine cannot do it.

use std::fmt::{self, Display};
use std::io;

use serde::{Deserialize, Serialize};

/// A part of the start of a lane. The order is that in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// User, network, pid, mount, IPC and host name namespaces of its own.
    Namespaces,
    /// The user in them is the one outside, and nobody else.
    User,
    /// A loopback device, and no other.
    Loopback,
    /// The first process of the pid namespace.
    First,
    /// A `/proc` that shows this pid namespace only.
    Proc,
    /// What was open in the gateway is closed in the server.
    Descriptors,
    /// No capability, and no way to one in these namespaces.
    Capabilities,
    /// Writes go to the lane's folder only.
    Landlock,
    /// Sockets are of the families that the network namespace confines; no `io_uring`.
    Seccomp,
    /// The program itself.
    Program,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Namespaces,
        Self::User,
        Self::Loopback,
        Self::First,
        Self::Proc,
        Self::Descriptors,
        Self::Capabilities,
        Self::Landlock,
        Self::Seccomp,
        Self::Program,
    ];

    /// How it is mended where it fails.
    #[must_use]
    pub fn mend(self) -> &'static str {
        match self {
            Self::Namespaces => {
                "allow user namespaces: `sysctl user.max_user_namespaces`, on some systems \
                 `kernel.unprivileged_userns_clone=1` or `kernel.apparmor_restrict_unprivileged_userns=0`; in a container, its \
                 seccomp profile"
            }
            Self::User => {
                "allow the user's number to be mapped: do not start the gateway inside a namespace that maps it to nobody"
            }
            Self::Loopback => "use a kernel with IPv4",
            Self::First => "allow the user more processes (`ulimit -u`)",
            Self::Proc => {
                "in a container, let `/proc` be mounted: start it with unmasked paths (`--security-opt systempaths=unconfined`)"
            }
            Self::Descriptors => "mount `/proc`",
            Self::Capabilities => "use a kernel of version 3.5 or later",
            Self::Landlock => "use a kernel of version 6.2 or later with `landlock` in its `lsm=` list",
            Self::Seccomp => "use a kernel with seccomp filters, on x86-64, arm64 or riscv64",
            Self::Program => "see that the program is there and may be run",
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Namespaces => "namespaces",
            Self::User => "user",
            Self::Loopback => "loopback",
            Self::First => "first process",
            Self::Proc => "own /proc",
            Self::Descriptors => "descriptors",
            Self::Capabilities => "capabilities",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
            Self::Program => "program",
        })
    }
}

/// A lane that did not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the lane's step `{step}` failed: {error}")]
#[serde(deny_unknown_fields)]
pub struct Failed {
    /// The part that failed; those after it were not tried.
    pub step: Step,
    /// What the system said.
    pub error: String,
}

impl Failed {
    /// Where a step fails, so does the lane.
    pub(super) fn at<E: Display>(step: Step) -> impl FnOnce(E) -> Self {
        move |error| Self {
            step,
            error: error.to_string(),
        }
    }

    /// The same, of what the system says.
    pub(super) fn io(step: Step) -> impl FnOnce(io::Error) -> Self {
        Self::at(step)
    }
}
