//! The few file operations that the log is made of, so that a test can make any one of them fail.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::EvidenceError;

/// The most bytes of a file that is read. A full bundle or tail, and a record of the largest message with every
/// character escaped, are less than half of it.
const LARGEST: u64 = 64 << 20;

/// File operations. `RealDisk` asks the system.
pub(super) trait Disk: Send + Sync {
    /// Makes one folder, for its owner only.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes an empty file for its owner only, or empties it.
    fn create(&self, path: &Path) -> io::Result<File>;
    /// Makes an empty file for its owner only, or opens the one that is there as it is.
    fn open_or_create(&self, path: &Path) -> io::Result<File>;
    /// Opens a file to append to it.
    fn open_append(&self, path: &Path) -> io::Result<File>;
    /// Writes all of it.
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<()>;
    /// Returns when what was written to the file is on the disk (`fdatasync`).
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Makes the file shorter.
    fn truncate(&self, file: &File, length: u64) -> io::Result<()>;
    /// Moves a file over another, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Returns when the names in a folder are on the disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Allots space to the file.
    fn allocate(&self, file: &File, length: u64) -> io::Result<()>;
}

/// Makes the folder and those above it that are missing; durable.
pub(super) fn create_dirs(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = parent(path);
    create_dirs(disk, parent)?;
    match disk.create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        other => other?,
    }
    disk.sync_dir(parent)
}

/// Puts a whole file in its place: after this it is there with these bytes, before it was there with the old ones or
/// not at all. Durable.
pub(super) fn publish(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = parent(path);
    create_dirs(disk, folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let draft = folder.join(name);
    let file = disk.create(&draft)?;
    disk.write(&file, bytes)?;
    disk.sync(&file)?;
    disk.rename(&draft, path)?;
    disk.sync_dir(folder)
}

/// The bytes of a file; `None` where there is none. What is no regular file, a link say, or larger than any file of a
/// log, is not read.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if path.symlink_metadata().is_ok_and(|file| file.is_symlink()) {
        return Err(link());
    }
    if_there(read_regular(path, no_link()))
}

/// The same for a file that its owner may have put elsewhere: a link to one is taken for it.
pub(super) fn read_linked(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if_there(read_regular(path, 0))
}

/// The bytes of a file of the log in `dir`. No folder on the way may be a link: it leads out of the log.
pub(super) fn read_in(dir: &Path, path: &str) -> io::Result<Option<Vec<u8>>> {
    let is_link = |folder: &Path| {
        dir.join(folder)
            .symlink_metadata()
            .is_ok_and(|found| found.is_symlink())
    };
    let mut folders = Path::new(path).ancestors().skip(1);
    if folders.any(|folder| folder != Path::new("") && is_link(folder)) {
        return Err(link());
    }
    read(&dir.join(path))
}

/// A link was found where a log has a file or a folder.
pub(super) fn link() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "not a regular file: nothing is read through a link",
    )
}

fn if_there(read: io::Result<Vec<u8>>) -> io::Result<Option<Vec<u8>>> {
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_regular(path: &Path, flags: i32) -> io::Result<Vec<u8>> {
    // To open a pipe for reading would wait for its writer.
    let flags = flags | OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let refuse = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    if !file.metadata()?.is_file() {
        return refuse("not a regular file");
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return refuse("larger than 64 MiB, which no file of a log is");
    }
    Ok(bytes)
}

/// Refuses a folder in which others may put, change or remove files.
pub(super) fn check_private(path: &Path) -> Result<(), EvidenceError> {
    let metadata = fs::metadata(path).map_err(EvidenceError::io("read", path))?;
    let mode = metadata.mode() & 0o7777;
    let shown = path.display();
    let (what, mend) = if metadata.uid() != rustix::process::geteuid().as_raw() {
        let mend = "use a folder that belongs to the user who runs this";
        (
            format!("it belongs to another user (uid {})", metadata.uid()),
            mend.to_owned(),
        )
    } else if mode & 0o022 != 0 {
        (
            format!("others may write to it (mode {mode:04o})"),
            format!("chmod go-w '{shown}'"),
        )
    } else {
        return Ok(());
    };
    Err(EvidenceError::Folder {
        path: path.to_owned(),
        what,
        mend,
    })
}

/// The bytes of a file that must be there.
pub(super) fn need(path: &Path) -> Result<Vec<u8>, EvidenceError> {
    let found = read(path).map_err(EvidenceError::io("read", path))?;
    found.ok_or_else(|| EvidenceError::damaged(path, "it is missing"))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// The partial tile's own folder, `….p`, of a partial tile's path; `None` for other paths.
pub(super) fn partial_folder(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    (folder.extension()? == "p").then(|| folder.to_owned())
}

/// A link in the place of a file of a log leads out of the folder.
fn no_link() -> i32 {
    OFlags::NOFOLLOW.bits().cast_signed()
}

/// The disk of this machine.
#[derive(Debug)]
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .custom_flags(no_link())
            .open(path)
    }

    fn open_or_create(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(no_link())
            .open(path)
    }

    fn open_append(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().append(true).custom_flags(no_link()).open(path)
    }

    fn write(&self, mut file: &File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn allocate(&self, file: &File, length: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(
            file,
            rustix::fs::FallocateFlags::empty(),
            0,
            length,
        )?)
    }
}
