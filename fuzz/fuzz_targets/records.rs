//! Any lines as records, with every hash right and the head signed, as a gateway that lies could write them: verified
//! without a panic, and where the log is complete, each call that was allowed is one that the policy allows.
#![no_main]

mod folder;

use std::sync::LazyLock;

use folder::{ARTIFACT, Folder, KEY, SIGNER};
use libfuzzer_sys::fuzz_target;
use mcppc::eval::decide_line;
use mcppc::evidence::{Checkpoint, Verdict, VerifyOptions, verify};
use mcppc::table::Policy;
use sha2::{Digest as _, Sha256};

type Hash = [u8; 32];

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::from_bytes(&ARTIFACT).expect("it is an artifact"));

fuzz_target!(|input: &[u8]| {
    let mut lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    lines.pop_if(|last| last.is_empty());
    if lines.is_empty() || lines.len() > 255 || lines.iter().any(|line| line.len() > usize::from(u16::MAX)) {
        return;
    }
    let folder = forge(&lines);
    let trusted = VerifyOptions {
        key: Some(KEY.clone()),
        ..VerifyOptions::default()
    };
    let report = verify(folder.path(), &trusted).expect("the files can be read");
    assert_eq!(report.records, lines.len() as u64);
    if report.verdict() == Verdict::Complete {
        lines.iter().for_each(|line| allowed(line));
    }
});

fn allowed(line: &[u8]) {
    let record: serde_json::Value = serde_json::from_slice(line).expect("a record is JSON");
    if record["kind"] != "intent" || record["allow"] != true {
        return;
    }
    let message = record["message"].as_str().expect("what is allowed is UTF-8");
    let time = record["time"]
        .as_str()
        .and_then(|time| time.parse().ok())
        .expect("a record has a time");
    let server = record["server"].as_str();
    let decision = decide_line(&POLICY, server, message.as_bytes(), time);
    assert!(decision.is_allow(), "{record}: {decision:?}");
}

/// The log of these records, by the specifications alone.
fn forge(lines: &[&[u8]]) -> Folder {
    let folder = Folder::empty();
    folder.put(&format!("artifacts/{}.mcppb", POLICY.digest().hex()), &ARTIFACT);
    let (mut tail, mut bundle, mut leaves) = (b"mcppc-tail/1 0\n".to_vec(), Vec::new(), Vec::new());
    for line in lines {
        let hash = hash(0, &[line]);
        let length = u16::try_from(line.len()).expect("lines are short").to_be_bytes();
        tail.extend([&length[..], line, &hash].concat());
        bundle.extend([&length[..], line].concat());
        leaves.push(hash);
    }
    let size = leaves.len();
    folder.put("tail", &tail);
    folder.put(&format!("tile/0/000.p/{size}"), &leaves.concat());
    folder.put(&format!("tile/entries/000.p/{size}"), &bundle);
    let head = Checkpoint {
        origin: "mcppc/test/one".to_owned(),
        size: size as u64,
        root: root(&leaves),
    };
    folder.put("checkpoint", head.sign(&SIGNER).expect("it is signed").as_bytes());
    folder
}

fn hash(prefix: u8, parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new_with_prefix([prefix]);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// RFC 6962, section 2.1. There is a leaf.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            hash(1, &[&root(left), &root(right)])
        }
    }
}
