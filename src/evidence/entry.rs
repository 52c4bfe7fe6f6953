//! A record as an entry of the log.

use serde::{Deserialize, Serialize};

use super::tile::MAX_ENTRY;
use super::{EvidenceError, Record};
use crate::table::Digest;

/// What stands in the log for one record.
#[derive(Debug)]
pub(super) struct Encoded {
    /// The entry: one line of JSON, without the line break.
    pub line: Vec<u8>,
    /// The record itself, where it is larger than an entry may be: the line then holds its digest.
    pub blob: Option<(Digest, Vec<u8>)>,
}

/// An entry that was read.
#[derive(Debug)]
pub(super) enum Decoded {
    /// The record.
    Record(Box<Record>),
    /// The digest of the record, which is kept in `blobs/`.
    Large(Digest),
}

/// The entry of a record that is kept apart.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Large {
    kind: LargeKind,
    record: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LargeKind {
    Large,
}

/// The entry of `record`.
pub(super) fn encode(record: &Record) -> Result<Encoded, EvidenceError> {
    let line = to_line(record)?;
    if line.len() <= MAX_ENTRY {
        return Ok(Encoded { line, blob: None });
    }
    let digest = Digest::of(&line);
    let pointer = to_line(&Large {
        kind: LargeKind::Large,
        record: digest,
    })?;
    Ok(Encoded {
        line: pointer,
        blob: Some((digest, line)),
    })
}

/// Reads an entry. It must be spelled as `encode` spells it, so that it has one reading.
pub(super) fn decode(line: &[u8]) -> Result<Decoded, String> {
    if let Ok(large) = serde_json::from_slice::<Large>(line) {
        return same_spelling(&large, line).map(|()| Decoded::Large(large.record));
    }
    decode_record(line).map(|record| Decoded::Record(Box::new(record)))
}

/// Reads a record, from its entry or from its own file.
pub(super) fn decode_record(line: &[u8]) -> Result<Record, String> {
    let record: Record = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    same_spelling(&record, line).map(|()| record)
}

fn same_spelling(value: &impl Serialize, line: &[u8]) -> Result<(), String> {
    if to_line(value).is_ok_and(|spelled| spelled == line) {
        Ok(())
    } else {
        Err("not spelled as the gateway spells it".to_owned())
    }
}

fn to_line(value: &impl Serialize) -> Result<Vec<u8>, EvidenceError> {
    serde_json::to_vec(value).map_err(|error| EvidenceError::Misuse(error.to_string()))
}
