//! The loopback device of a new network namespace, which is down at first.

use std::io;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

/// Brings it up (rtnetlink(7)).
pub fn up() -> io::Result<()> {
    // No protocol is that of the routing tables.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    send(&socket, &request(), SendFlags::empty())?;
    let mut reply = [0; 256];
    let (length, _) = recv(&socket, &mut reply, RecvFlags::empty())?;
    let reply = reply.get(..length).unwrap_or_default();
    answer(reply)
}

/// `RTM_NEWLINK` for the first device, which is loopback: up.
fn request() -> Vec<u8> {
    const LENGTH: u32 = 32;
    const NEW_LINK: u16 = 16;
    const REQUEST_WITH_ANSWER: u16 = 1 | 4;
    const FIRST: u32 = 1;
    const UP: u32 = 1;
    let kind = NEW_LINK
        .to_ne_bytes()
        .into_iter()
        .chain(REQUEST_WITH_ANSWER.to_ne_bytes());
    // Sequence and port, then family and type of the device: all none.
    let words = [0, 0, 0, FIRST, UP, UP].into_iter().flat_map(u32::to_ne_bytes);
    LENGTH.to_ne_bytes().into_iter().chain(kind).chain(words).collect()
}

/// `NLMSG_ERROR` with the number 0 means that it was done.
fn answer(reply: &[u8]) -> io::Result<()> {
    const ERROR: [u8; 2] = 2_u16.to_ne_bytes();
    let number = reply
        .get(16..20)
        .and_then(|bytes| bytes.try_into().ok())
        .map(i32::from_ne_bytes);
    match (reply.get(4..6), number) {
        (Some(kind), Some(0)) if kind == ERROR => Ok(()),
        (Some(kind), Some(number)) if kind == ERROR => Err(io::Error::from_raw_os_error(number.saturating_neg())),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
