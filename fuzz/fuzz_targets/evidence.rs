//! Any files in the place of a log: verified and opened without a panic, and none but the signed one is complete.
//!
//! The input is laid over a small log: after a line `== NAME` stand the bytes of that file, up to
//! the next such line; `-- NAME` takes the file away.
#![no_main]

mod folder;

use folder::{Folder, KEY, LOG, options};
use libfuzzer_sys::fuzz_target;
use mcppc::evidence::{Log, Verdict, VerifyOptions, verify};

fuzz_target!(|input: &[u8]| {
    let folder = Folder::log();
    for section in sections(input) {
        match section {
            Section::Put(name, bytes) => folder.put(name, bytes),
            Section::Remove(name) => folder.remove(name),
        }
    }
    let trusted = VerifyOptions {
        key: Some(KEY.clone()),
        ..VerifyOptions::default()
    };
    let before = verify(folder.path(), &trusted).map(|report| report.verdict());
    let anyone = verify(folder.path(), &VerifyOptions::default()).map(|report| report.verdict());
    assert!(!matches!(anyone, Ok(Verdict::Complete)), "complete without a key");
    if matches!(before, Ok(Verdict::Complete)) {
        assert_eq!(folder.get("tail").as_ref(), LOG.get("tail"));
    }
    let Ok(opened) = Log::open(folder.path(), options()) else {
        return;
    };
    opened.log.close(folder::NOW).expect("a log that was opened is closed");
    let after = verify(folder.path(), &trusted).map(|report| report.verdict());
    let tampered = |verdict| !matches!(verdict, Ok(Verdict::Complete | Verdict::Partial | Verdict::Underived));
    assert!(tampered(before) || !tampered(after), "opened, and worse than before");
});

enum Section<'a> {
    Put(&'a str, &'a [u8]),
    Remove(&'a str),
}

fn sections(input: &[u8]) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let mut rest = input;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        let Ok(line) = std::str::from_utf8(line) else { continue };
        if let Some(name) = line.strip_prefix("-- ") {
            sections.push(Section::Remove(name));
        }
        let Some(name) = line.strip_prefix("== ") else { continue };
        let end = (0..rest.len()).find(|at| rest[*at..].starts_with(b"\n== ") || rest[*at..].starts_with(b"\n-- "));
        let (bytes, after) = rest.split_at(end.unwrap_or(rest.len()));
        sections.push(Section::Put(name, bytes));
        rest = after.get(1..).unwrap_or_default();
    }
    sections
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    match end {
        Some(end) => Some((&bytes[..end], &bytes[end + 1..])),
        None if bytes.is_empty() => None,
        None => Some((bytes, &[])),
    }
}
