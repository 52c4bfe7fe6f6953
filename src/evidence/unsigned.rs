//! Records after the last checkpoint: a crash left them there, or somebody wrote them. A leaf's hash needs no key, so
//! nothing on the disk tells which. What cannot come of a crash is refused; the rest is counted in the new epoch.

use std::path::Path;

use super::checkpoint::Checkpoint;
use super::disk;
use super::entry::{self, Decoded};
use super::tail::Tails;
use super::tile::{entries_path, read_bundle};
use super::tree::TILE_WIDTH;
use super::{EvidenceError, Record};

/// How many records stand after the checkpoint.
///
/// # Errors
/// `Damaged` where the checkpoint ends with `epoch_close`, and more than openings follow. A gateway signs its opening
/// before it writes anything else: of a crash between these two, and of nothing else, an opening is left unsigned.
pub(super) fn count(dir: &Path, checkpoint: &Checkpoint, tails: &Tails<'_>) -> Result<u64, EvidenceError> {
    let records = tails.start + tails.entries.len() as u64;
    let unsigned = checkpoint.size..records;
    let Some(last) = checkpoint.size.checked_sub(1).filter(|_| !unsigned.is_empty()) else {
        return Ok(records - checkpoint.size);
    };
    let closed = matches!(record_at(dir, tails, last)?, Record::EpochClose { .. });
    for index in unsigned.clone().filter(|_| closed) {
        if !matches!(record_at(dir, tails, index)?, Record::EpochOpen { .. }) {
            let what = format!("it was closed and signed with record {last}, and record {index} was added afterwards");
            return Err(EvidenceError::damaged(dir, what));
        }
    }
    Ok(records - checkpoint.size)
}

/// Reads the record of an entry, from `blobs/` where it is a large one.
pub(super) fn record(dir: &Path, index: u64, line: &[u8]) -> Result<Record, EvidenceError> {
    let damaged = |what: String| EvidenceError::damaged(dir, format!("record {index}: {what}"));
    match entry::decode(line).map_err(damaged)? {
        Decoded::Record(record) => Ok(*record),
        Decoded::Large(digest) => {
            let bytes = disk::need(&dir.join("blobs").join(digest.hex()))?;
            entry::decode_record(&bytes).map_err(damaged)
        }
    }
}

fn record_at(dir: &Path, tails: &Tails<'_>, index: u64) -> Result<Record, EvidenceError> {
    let place = |first: u64| usize::try_from(index.checked_sub(first)?).ok();
    if let Some((line, _)) = place(tails.start).and_then(|place| tails.entries.get(place)) {
        return record(dir, index, line);
    }
    let width = TILE_WIDTH as u64;
    let path = dir.join(entries_path(index / width, TILE_WIDTH));
    let bytes = disk::need(&path)?;
    let entries = read_bundle(&bytes).unwrap_or_default();
    let line = place(index / width * width).and_then(|place| entries.get(place));
    record(
        dir,
        index,
        line.ok_or_else(|| EvidenceError::damaged(&path, "it is no full bundle"))?,
    )
}
