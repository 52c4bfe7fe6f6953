//! What the gateway and a supervisor say to each other.

use std::io::{self, IoSlice, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::Pid;

/// What the gateway wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ask the server to end.
    Terminate,
    /// End it now, with all that it has started.
    Kill,
    /// Nothing: there is no gateway any more.
    Gone,
}

const TERMINATE: u8 = b't';
const KILL: u8 = b'k';

impl Order {
    /// A supervisor that has ended needs no order.
    pub fn send(self, mut to: &UnixStream) {
        let _ = match self {
            Self::Terminate => to.write_all(&[TERMINATE]),
            Self::Kill => to.write_all(&[KILL]),
            Self::Gone => to.shutdown(std::net::Shutdown::Both),
        };
    }

    /// Waits for the next one.
    pub fn receive(mut from: &UnixStream) -> Self {
        let mut byte = [0];
        match from.read_exact(&mut byte) {
            Ok(()) if byte == [TERMINATE] => Self::Terminate,
            Ok(()) => Self::Kill,
            Err(_) => Self::Gone,
        }
    }
}

/// What the supervisor has to say of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// It runs, as this process.
    Started(Pid),
    /// It could not be started: the system's error.
    Failed(i32),
    /// It has ended, and nothing is left of it.
    Ended(ExitStatus),
}

impl Report {
    /// The error of a start.
    pub fn failed(error: &io::Error) -> Self {
        // What the standard library itself refuses (a NUL in an argument) has no number.
        Self::Failed(error.raw_os_error().unwrap_or(Errno::INVAL.raw_os_error()))
    }

    /// A gateway that has gone needs no report.
    pub fn send(self, mut to: &UnixStream) {
        let (tag, number) = match self {
            Self::Started(pid) => (b's', pid.as_raw_pid()),
            Self::Failed(error) => (b'f', error),
            Self::Ended(status) => (b'e', status.into_raw()),
        };
        let [a, b, c, d] = number.to_be_bytes();
        let _ = to.write_all(&[tag, a, b, c, d]);
    }

    /// Waits for the next one.
    ///
    /// # Errors
    /// When the supervisor has gone, says nothing in time, or says what it never would.
    pub fn receive(mut from: &UnixStream) -> io::Result<Self> {
        let mut bytes = [0; 5];
        from.read_exact(&mut bytes).map_err(in_words)?;
        let [tag, number @ ..] = bytes;
        let number = i32::from_be_bytes(number);
        match (tag, Pid::from_raw(number)) {
            (b's', Some(pid)) => Ok(Self::Started(pid)),
            (b'f', _) => Ok(Self::Failed(number)),
            (b'e', _) => Ok(Self::Ended(ExitStatus::from_raw(number))),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn in_words(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the supervisor has gone"),
        io::ErrorKind::WouldBlock => io::Error::new(error.kind(), "the supervisor says nothing"),
        _ => error,
    }
}

/// Hands over what the server is to have as its standard input and output.
///
/// # Errors
/// What the system says.
pub fn send_streams(to: &UnixStream, stdin: impl AsFd, stdout: impl AsFd) -> io::Result<()> {
    let streams = [stdin.as_fd(), stdout.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&streams));
    // Descriptors travel with at least one byte.
    sendmsg(to, &[IoSlice::new(&[0])], &mut ancillary, SendFlags::empty())?;
    Ok(())
}

/// Takes what [`send_streams`] has sent: standard input, then output.
///
/// # Errors
/// What the system says, and when it was something else.
#[cfg(target_os = "linux")]
pub fn receive_streams(from: &UnixStream) -> io::Result<(std::os::fd::OwnedFd, std::os::fd::OwnedFd)> {
    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut slices = [io::IoSliceMut::new(&mut byte)];
    recvmsg(from, &mut slices, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    let mut streams = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(streams) => Some(streams),
        _ => None,
    });
    let mut streams = streams.next().into_iter().flatten();
    match (streams.next(), streams.next()) {
        (Some(stdin), Some(stdout)) => Ok((stdin, stdout)),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_arrive_as_they_were_sent() {
        let (here, there) = UnixStream::pair().unwrap();
        let crashed = Report::Ended(ExitStatus::from_raw(3 << 8));
        let killed = Report::Ended(ExitStatus::from_raw(9));
        for report in [Report::Started(Pid::INIT), Report::Failed(2), crashed, killed] {
            report.send(&here);
            assert_eq!(Report::receive(&there).unwrap(), report);
        }
        drop(here);
        assert!(Report::receive(&there).is_err());
    }

    #[test]
    fn orders_arrive_as_they_were_sent_and_the_end_of_the_gateway_is_one() {
        let (here, there) = UnixStream::pair().unwrap();
        for order in [Order::Terminate, Order::Kill] {
            order.send(&here);
            assert_eq!(Order::receive(&there), order);
        }
        drop(here);
        assert_eq!(Order::receive(&there), Order::Gone);
    }
}
