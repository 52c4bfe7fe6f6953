//! Signatures of the artifacts that were in force, kept beside them.

use std::path::Path;

use super::disk::{self, RealDisk};
use super::verify::{Finding, FindingKind, Report, VerifyOptions};
use super::{EvidenceError, VerifierKey};
use crate::table::{Digest, signature};

/// Keeps the signature of an artifact beside it.
///
/// # Errors
/// I/O.
pub fn store_signature(dir: &Path, artifact: Digest, note: &str) -> Result<(), EvidenceError> {
    let path = dir.join(path(artifact));
    disk::publish(&RealDisk, &path, note.as_bytes()).map_err(EvidenceError::io("write", &path))
}

/// Was every artifact that was in force signed, where that is asked for?
pub(super) fn audit(dir: &Path, options: &VerifyOptions, report: &mut Report) {
    let Some(key) = &options.signed_by else { return };
    let found: Vec<Finding> = report
        .artifacts
        .iter()
        .filter_map(|artifact| unsigned(dir, &options.signatures, key, *artifact))
        .collect();
    if found.is_empty() && !report.artifacts.is_empty() {
        report.signed_by = Some(key.name().to_owned());
    }
    found.into_iter().for_each(|finding| report.found(finding));
}

/// What is wrong with the signature of an artifact. One that holds is enough, wherever it lies.
fn unsigned(dir: &Path, given: &[String], key: &VerifierKey, artifact: Digest) -> Option<Finding> {
    let kept = disk::read_in(dir, &path(artifact)).ok().flatten();
    let kept = kept.and_then(|bytes| String::from_utf8(bytes).ok());
    if given.iter().any(|note| signature::check(note, key, artifact).is_ok()) {
        return None;
    }
    let why = match kept.map(|note| signature::check(&note, key, artifact)) {
        Some(Ok(())) => return None,
        Some(Err(error)) => error.to_string(),
        None => "no signature lies beside it".to_owned(),
    };
    Some(Finding {
        index: None,
        kind: FindingKind::Drift,
        what: format!(
            "the artifact {artifact} was in force, and is not signed by `{}`: {why}",
            key.name()
        ),
    })
}

fn path(artifact: Digest) -> String {
    format!("artifacts/{}.mcppb.sig", artifact.hex())
}
