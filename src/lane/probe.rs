//! What a process in a lane is kept from, found out by trying it there.

use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use rustix::net::{AddressFamily, SocketType, socket};
use serde::{Deserialize, Serialize};

/// Something that was tried, and whether the lane held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// What.
    pub what: String,
    /// Is it as it should be?
    pub held: bool,
}

/// Tries everything, from inside a lane with this folder.
#[must_use]
pub fn attempts(folder: &Path) -> Vec<Tried> {
    // Of the block for documentation (RFC 5737): nobody is there, with or without a lane. Without one there is a route.
    const NOBODY: (&str, u16) = ("192.0.2.1", 9);
    let unreachable = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NetworkUnreachable;
    let tcp = TcpStream::connect(NOBODY).is_err_and(|error| unreachable(&error));
    let udp = UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"?", NOBODY));
    let vsock = socket(AddressFamily::from_raw(VSOCK), SocketType::STREAM, None);
    [
        ("no connection leads out", tcp),
        ("no datagram leads out", udp.is_err_and(|error| unreachable(&error))),
        ("no Unix socket can be made", UnixDatagram::unbound().is_err()),
        (
            "no socket of the hypervisor can be made",
            vsock.err() == Some(rustix::io::Errno::PERM),
        ),
        ("no other process can be seen", sees_itself_only()),
        (
            "a file in its folder can be written",
            fs::write(folder.join("inside"), "").is_ok(),
        ),
        (
            "no file beside its folder can be written",
            fs::write(folder.join("../outside"), "").is_err(),
        ),
    ]
    .map(|(what, held)| Tried {
        what: what.to_owned(),
        held,
    })
    .into()
}

/// `AF_VSOCK`, vsock(7).
const VSOCK: u16 = 40;

fn sees_itself_only() -> bool {
    let Ok(entries) = fs::read_dir("/proc") else {
        return false;
    };
    let seen: BTreeSet<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    seen == BTreeSet::from([1, std::process::id()])
}
