//! The two calls of the system that have no safe face.
#![expect(
    unsafe_code,
    reason = "each use says why it is sound; there are no others in the crate"
)]

use std::io;
use std::os::fd::BorrowedFd;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::thread::UnshareFlags;

/// Moves this process, which has one thread, into namespaces of its own.
pub fn unshare() -> io::Result<()> {
    let namespaces = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS;
    // SAFETY: unsound is only the unsharing of the table of descriptors, which is not asked for.
    Ok(unsafe { rustix::thread::unshare_unsafe(namespaces) }?)
}

/// Sees to it that a descriptor is closed when another program is executed.
pub fn close_on_exec(descriptor: i32) -> io::Result<()> {
    if descriptor < 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: the number is no -1. It is borrowed for this call, which does not close it; where nothing is open under that
    // number the call says so.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    Ok(fcntl_setfd(borrowed, FdFlags::CLOEXEC)?)
}
