//! The verifier against everything that can be done to a log.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::fixture::*;
use super::*;
use crate::eval::{Effects, State};
use crate::table::Policy;

/// A closed log with a record of every kind.
fn whole() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    session(dir.path()).close(time()).unwrap();
    dir
}

fn json(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap()
}

/// A copy of the log with these entries, signed by the right key: what a lying gateway could write.
fn forged(dir: &Path, lines: &[Vec<u8>]) -> Report {
    let copied = tempfile::tempdir().unwrap();
    copy(dir, copied.path());
    forge(copied.path(), lines, &signer());
    check(copied.path())
}

fn drifts(dir: &Path, lines: &[Vec<u8>], what: &str) {
    let report = forged(dir, lines);
    assert_eq!(report.verdict(), Verdict::Tampered, "{what}");
    let found = |finding: &Finding| finding.kind == FindingKind::Drift && finding.what.contains(what);
    assert!(report.findings.iter().any(found), "{what}: {report}");
}

#[test]
fn a_log_as_it_was_written_is_complete() {
    let dir = whole();
    let report = check(dir.path());
    assert_eq!(report.verdict(), Verdict::Complete, "{report}");
    insta::assert_snapshot!(report);
    insta::assert_snapshot!("json", serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn the_forger_forges_as_the_log_writes() {
    // Else every test here that forges would show nothing.
    let dir = whole();
    let report = forged(dir.path(), &lines(dir.path()));
    assert_eq!(report.verdict(), Verdict::Complete, "{report}");
}

#[test]
fn over_many_bundles() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let Opened { log, .. } = open(dir.path());
        load(&log);
        for _ in 0..400 {
            let index = log.append(&call(READ.as_bytes())).unwrap();
            log.append(&outcome(index)).unwrap();
        }
        log.close(time()).unwrap();
    }
    let report = check(dir.path());
    assert_eq!(
        (report.verdict(), report.records, report.derived),
        (Verdict::Complete, 1606, 800),
        "{report}"
    );
}

#[test]
fn without_a_key_it_is_anchored_to_nothing() {
    let dir = whole();
    let report = verify(dir.path(), &VerifyOptions::default()).unwrap();
    assert_eq!(
        (report.verdict(), report.gaps.as_slice()),
        (Verdict::Partial, [Gap::NoKey].as_slice())
    );
}

#[test]
fn another_key() {
    let dir = whole();
    let other = Signer::new(signer().verifier().name(), &[8; 32]).unwrap();
    forge(dir.path(), &lines(dir.path()), &other);
    let report = check(dir.path());
    assert_eq!(report.verdict(), Verdict::Tampered);
    insta::assert_snapshot!(report);
}

#[test]
fn only_the_policies_that_are_trusted() {
    let dir = whole();
    let key = Some(signer().verifier().clone());
    let ours = Policy::from_bytes(&artifact()).unwrap();
    let mut body = crate::table::artifact::read(&artifact()).unwrap().body;
    body.sources[0].text = "policy \"acme/other\"\n".to_owned();
    let other = Policy::from_bytes(&crate::table::artifact::write(&body).unwrap()).unwrap();
    for (policies, verdict) in [(vec![ours], Verdict::Complete), (vec![other], Verdict::Tampered)] {
        let options = VerifyOptions {
            policies,
            key: key.clone(),
            ..VerifyOptions::default()
        };
        assert_eq!(verify(dir.path(), &options).unwrap().verdict(), verdict);
    }
}

#[test]
fn an_earlier_checkpoint_must_still_hold() {
    let dir = tempfile::tempdir().unwrap();
    let log = session(dir.path());
    log.checkpoint().unwrap();
    let since = fs::read_to_string(dir.path().join("checkpoint")).unwrap();
    let earlier = lines(dir.path());
    log.close(time()).unwrap();
    let options = VerifyOptions {
        key: Some(signer().verifier().clone()),
        since: Some(since.clone()),
        ..VerifyOptions::default()
    };
    assert_eq!(verify(dir.path(), &options).unwrap().verdict(), Verdict::Complete);
    // A whole other past, signed by the same key.
    let mut other = earlier.clone();
    other.swap(4, 5);
    forge(dir.path(), &other, &signer());
    assert_eq!(verify(dir.path(), &options).unwrap().verdict(), Verdict::Tampered);
    // The same past, cut off before that checkpoint.
    forge(dir.path(), &earlier[..earlier.len() - 1], &signer());
    let report = verify(dir.path(), &options).unwrap();
    assert_eq!(report.verdict(), Verdict::Tampered);
    assert!(report.findings[0].what.contains("were signed"), "{report}");
    let unsigned = VerifyOptions {
        since: Some(since.replace("— mcppc", "— other")),
        ..options
    };
    assert!(matches!(
        verify(dir.path(), &unsigned),
        Err(VerifyError::Since(NoteError::Unsigned))
    ));
}

#[test]
fn nothing_to_verify() {
    let dir = tempfile::tempdir().unwrap();
    let none = |path: &Path| matches!(verify(path, &VerifyOptions::default()), Err(VerifyError::NotALog(_)));
    assert!(none(dir.path()));
    assert!(none(Path::new("/nonexistent")));
}

/// Every way to change the value a little: each leaf gets another value, each member is left out.
fn mutations(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let with = |new: Option<Value>| {
                    let mut members = members.clone();
                    match new {
                        Some(new) => members.insert(key.clone(), new),
                        None => members.remove(key),
                    };
                    Value::Object(members)
                };
                found.push(with(None));
                found.extend(mutations(member).into_iter().map(|new| with(Some(new))));
            }
        }
        Value::String(text) => {
            found.push(Value::String(format!("{text}x")));
            found.push(Value::Null);
        }
        Value::Number(number) => found.push(Value::from(number.as_u64().unwrap() + 1)),
        Value::Bool(bool) => found.push(Value::Bool(!bool)),
        Value::Null => found.push(Value::from("x")),
        Value::Array(_) => unreachable!("no record has an array"),
    }
    found
}

/// The mutations of a record as a gateway would have to spell them: others are no records.
fn spelled(line: &[u8]) -> Vec<Vec<u8>> {
    let records = mutations(&json(line)).into_iter();
    let spelled = records.map(|value| match serde_json::from_value::<Record>(value.clone()) {
        Ok(record) => serde_json::to_vec(&record).unwrap(),
        Err(_) => serde_json::to_vec(&value).unwrap(),
    });
    spelled.filter(|new| new != line).collect()
}

#[test]
fn every_field_that_is_changed_is_found() {
    let dir = whole();
    let lines = lines(dir.path());
    let target = dir.path().join("tail");
    let tail = fs::read(&target).unwrap();
    let mut count = 0;
    for line in &lines {
        for new in spelled(line) {
            // The bytes are changed in every file that has them; no hash is made anew.
            let swap = |bytes: &[u8]| replace(bytes, line, &new);
            fs::write(&target, swap(&tail)).unwrap();
            let report = check(dir.path());
            assert_eq!(report.verdict(), Verdict::Tampered, "{}", String::from_utf8_lossy(&new));
            count += 1;
        }
    }
    assert!(count > 150, "{count} mutations");
}

fn replace(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

/// What a gateway that lies can make up: inputs of the decision that nothing else in the log speaks of.
const MADE_UP: [&str; 11] = [
    "time",
    "evaluator",
    "durability",
    "revision",
    "status",
    "is_error",
    "duration_us",
    "caller",
    "pinned",
    "live",
    "policy_order",
];

#[test]
fn a_lying_gateway_is_found_out() {
    let dir = whole();
    let lines = lines(dir.path());
    let mut undetected = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        for new in spelled(line) {
            let mut all = lines.clone();
            all[index] = new.clone();
            if forged(dir.path(), &all).verdict() == Verdict::Complete {
                undetected.push((json(line), json(&new)));
            }
        }
    }
    for (old, new) in undetected {
        let (old, new) = (old.as_object().unwrap(), new.as_object().unwrap());
        let keys = old.keys().chain(new.keys());
        let changed: Vec<_> = keys.filter(|key| old.get(*key) != new.get(*key)).collect();
        let outcome = old["kind"] == "outcome" && ["digest", "size"].contains(&changed[0].as_str());
        let event = ["tool_drift", "server_exit"].contains(&old["kind"].as_str().unwrap());
        let made_up = MADE_UP.contains(&changed[0].as_str());
        assert!(outcome || event || made_up, "{changed:?} of {old:?}");
    }
}

#[test]
fn removed_added_and_reordered_records() {
    let dir = whole();
    let lines = lines(dir.path());
    for index in 0..lines.len() {
        let mut removed = lines.clone();
        removed.remove(index);
        let mut doubled = lines.clone();
        doubled.insert(index, lines[index].clone());
        let mut swapped = lines.clone();
        swapped.swap(index, (index + 1) % lines.len());
        for other in [removed, doubled, swapped] {
            // Hashes made anew, and not signed: the root is not the one that was signed.
            let copied = tempfile::tempdir().unwrap();
            copy(dir.path(), copied.path());
            let note = fs::read(dir.path().join("checkpoint")).unwrap();
            forge(copied.path(), &other, &signer());
            fs::write(copied.path().join("checkpoint"), note).unwrap();
            if other != lines {
                assert_eq!(check(copied.path()).verdict(), Verdict::Tampered, "{index}");
            }
        }
    }
}

#[test]
fn every_cut_of_the_tail_is_found() {
    let dir = whole();
    let target = dir.path().join("tail");
    let tail = fs::read(&target).unwrap();
    for cut in 0..tail.len() {
        fs::write(&target, &tail[..cut]).unwrap();
        assert_eq!(check(dir.path()).verdict(), Verdict::Tampered, "{cut}");
    }
    fs::write(&target, [tail.as_slice(), b"x"].concat()).unwrap();
    assert_eq!(check(dir.path()).gaps, [Gap::Torn { bytes: 1 }]);
}

#[test]
fn every_file_that_is_missing_cut_or_changed_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let log = session(dir.path());
    for _ in 0..300 {
        log.append(&call(WRITE.as_bytes())).unwrap();
    }
    log.close(time()).unwrap();
    assert_eq!(check(dir.path()).verdict(), Verdict::Complete);
    let files = files(dir.path());
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let step = (bytes.len() / 10).max(1);
        let flipped = |at: usize| {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            bytes
        };
        let places = (0..bytes.len()).step_by(step);
        for other in places.clone().map(|at| bytes[..at].to_vec()).chain(places.map(flipped)) {
            fs::write(&file, other).unwrap();
            assert_eq!(check(dir.path()).verdict(), Verdict::Tampered, "{file:?}");
        }
        fs::remove_file(&file).unwrap();
        assert_eq!(check(dir.path()).verdict(), Verdict::Tampered, "{file:?}");
        fs::write(&file, bytes).unwrap();
    }
    assert_eq!(check(dir.path()).verdict(), Verdict::Complete);
}

#[test]
fn a_log_that_runs_is_valid_up_to_a_point() {
    let dir = tempfile::tempdir().unwrap();
    let log = session(dir.path());
    log.checkpoint().unwrap();
    let open = log.append(&call(READ.as_bytes())).unwrap();
    // Its clerk would sign in a second.
    drop(log);
    let report = check(dir.path());
    assert_eq!(report.verdict(), Verdict::Partial);
    assert!(report.gaps.contains(&Gap::NotClosed { open: vec![open] }), "{report}");
    insta::assert_snapshot!(report);
}

#[test]
fn a_message_that_was_not_kept_is_counted() {
    let dir = whole();
    let mut lines = lines(dir.path());
    let line = String::from_utf8(lines[9].clone()).unwrap();
    assert!(line.contains(r#""message":{"base64":"/w=="}"#), "{line}");
    lines[9] = line.replace(r#"{"base64":"/w=="}"#, "null").into_bytes();
    let report = forged(dir.path(), &lines);
    assert_eq!(
        (report.verdict(), report.underived),
        (Verdict::Underived, 1),
        "{report}"
    );
}

#[test]
fn a_message_past_the_bounds_is_derived_from_its_size() {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = open(dir.path());
    load(&log);
    log.append(&large_call(5 << 20)).unwrap();
    log.close(time()).unwrap();
    let report = check(dir.path());
    assert_eq!((report.verdict(), report.derived), (Verdict::Complete, 1), "{report}");
}

/// What else a gateway may not have done.
#[test]
fn what_was_done_is_what_was_decided() {
    let dir = whole();
    let whole = lines(dir.path());
    let line = |record: &Record| serde_json::to_vec(record).unwrap();
    let before_close = |record: Record| {
        let mut lines = whole.clone();
        lines.insert(lines.len() - 1, line(&record));
        lines
    };
    let at = |index: usize, record: Record| {
        let mut lines = whole.clone();
        lines[index] = line(&record);
        lines
    };
    let read = || decided(READ.as_bytes());
    let write = || decided(WRITE.as_bytes());
    drifts(dir.path(), &before_close(outcome(6)), "no allowed call that waits");
    drifts(dir.path(), &before_close(outcome(8)), "no allowed call that waits");
    drifts(dir.path(), &before_close(call(READ.as_bytes())), "has no outcome");
    drifts(
        dir.path(),
        &before_close(Record::EpochClose { time: time() }),
        "outside any epoch",
    );
    let allowed = Intent {
        allow: true,
        reason: crate::eval::Reason::Allowed,
        rule: read().rule,
        forwarded: Some(write().digest),
        ..write()
    };
    drifts(dir.path(), &at(6, Record::Intent(allowed)), "the decision differs");
    let other = Intent {
        forwarded: Some(write().digest),
        ..read()
    };
    drifts(
        dir.path(),
        &at(6, Record::Intent(other)),
        "what was forwarded is not what was decided on",
    );
    let denied = Intent {
        forwarded: Some(write().digest),
        ..write()
    };
    drifts(
        dir.path(),
        &at(8, Record::Intent(denied)),
        "it was denied, and something was forwarded",
    );
    let changed = Intent {
        definition: Some(write().digest),
        ..read()
    };
    drifts(dir.path(), &at(6, Record::Intent(changed)), "the definition differs");
    let drift = |live| Record::ToolDrift {
        time: time(),
        server: "fs".to_owned(),
        tool: "read".to_owned(),
        pinned: read().definition,
        live,
    };
    let mut drifted = whole.clone();
    drifted.insert(6, line(&drift(None)));
    drifts(dir.path(), &drifted, "after its definition had changed");
    let mut unloaded = whole.clone();
    unloaded.remove(5);
    drifts(dir.path(), &unloaded, "before any policy was loaded");
}

#[test]
fn what_a_server_asked_is_refused_and_no_more() {
    let dir = whole();
    let asked = || Intent {
        from: Side::Server,
        message: None,
        tool: None,
        definition: None,
        reason: crate::eval::Reason::Refused,
        refusal: Some(Refusal::Method),
        rule: None,
        parameter: None,
        ..decided(WRITE.as_bytes())
    };
    let at_the_end = |intent: Intent| {
        let mut all = lines(dir.path());
        all.insert(all.len() - 1, serde_json::to_vec(&Record::Intent(intent)).unwrap());
        all
    };
    let report = forged(dir.path(), &at_the_end(asked()));
    assert_eq!((report.verdict(), report.underived), (Verdict::Complete, 0), "{report}");
    let read = decided(READ.as_bytes());
    let allowed = Intent {
        from: Side::Server,
        ..read.clone()
    };
    drifts(dir.path(), &at_the_end(allowed), "it was not refused");
    for (from, tool, told) in [
        (Side::Client, ":sampling", "what only a server may ask for"),
        (Side::Server, ":resource", "it was not refused"),
        (Side::Server, ":roots", "it was not refused"),
    ] {
        let turned = Intent {
            from,
            tool: Some(tool.to_owned()),
            ..read.clone()
        };
        drifts(dir.path(), &at_the_end(turned), told);
    }
    let kept = Intent {
        message: read.message,
        ..asked()
    };
    drifts(dir.path(), &at_the_end(kept), "more than its method");
    let blamed = Intent {
        parameter: Some("/path".to_owned()),
        ..asked()
    };
    drifts(dir.path(), &at_the_end(blamed), "laid to a rule");
}

/// What a decision took for remembered, and what it adds to that, is derived again.
#[test]
fn nothing_is_remembered_that_the_records_do_not_give() {
    let dir = whole();
    let at_the_end = |intent: Intent| {
        let mut all = lines(dir.path());
        all.insert(all.len() - 1, serde_json::to_vec(&Record::Intent(intent)).unwrap());
        all
    };
    let known = Intent {
        state: State {
            labels: ["seen".to_owned()].into(),
            ..State::default()
        },
        ..decided(WRITE.as_bytes())
    };
    drifts(dir.path(), &at_the_end(known), "not what the records before it give");
    let marked = Intent {
        effects: Effects {
            marks: ["seen".to_owned()].into(),
            ..Effects::default()
        },
        ..decided(WRITE.as_bytes())
    };
    drifts(dir.path(), &at_the_end(marked), "what it marks and charges");
}

/// A result is withheld where a grant limits it, and nowhere else.
#[test]
fn nothing_is_withheld_without_a_reason() {
    let dir = whole();
    let mut all = lines(dir.path());
    let at = all.iter().position(|line| json(line)["kind"] == "outcome").unwrap();
    let withheld = String::from_utf8(all[at].clone())
        .unwrap()
        .replace(r#""status":"result""#, r#""status":{"withheld":"types"}"#);
    all[at] = withheld.into_bytes();
    drifts(dir.path(), &all, "not for what the policy says of it");
}

/// A tool that has drifted stays so until the gateway starts anew.
#[test]
fn nothing_mends_a_drift() {
    let dir = whole();
    let whole = lines(dir.path());
    let line = |record: &Record| serde_json::to_vec(record).unwrap();
    let pinned = decided(READ.as_bytes()).definition;
    let drift = |live| {
        line(&Record::ToolDrift {
            time: time(),
            server: "fs".to_owned(),
            tool: "read".to_owned(),
            pinned,
            live,
        })
    };
    let (load, call) = (whole[5].clone(), line(&call(READ.as_bytes())));
    let before_close = |added: &[Vec<u8>]| {
        let (close, before) = whole.split_last().unwrap();
        let answered = line(&outcome((before.len() + added.len() - 1) as u64));
        [before, added, &[answered, close.clone()]].concat()
    };
    let drifted = "after its definition had changed";
    drifts(dir.path(), &before_close(&[drift(None), load, call.clone()]), drifted);
    drifts(
        dir.path(),
        &before_close(&[drift(None), drift(pinned), call.clone()]),
        drifted,
    );
    drifts(
        dir.path(),
        &before_close(&[drift(pinned), call.clone()]),
        "and that it is",
    );
    // Else these would show nothing.
    let report = forged(dir.path(), &before_close(&[call]));
    assert_eq!(report.verdict(), Verdict::Complete, "{report}");
}

/// The failures of other programs, each by its name.
mod known_failures {
    use super::*;

    #[test]
    fn a_hash_that_leaves_out_the_tool_or_the_arguments() {
        let dir = whole();
        for (old, new) in [
            (r#""tool":"read""#, r#""tool":"Read""#),
            (r#"\"a.txt\""#, r#"\"b.txt\""#),
        ] {
            let copied = tempfile::tempdir().unwrap();
            copy(dir.path(), copied.path());
            let tail = fs::read(dir.path().join("tail")).unwrap();
            fs::write(
                copied.path().join("tail"),
                replace(&tail, old.as_bytes(), new.as_bytes()),
            )
            .unwrap();
            assert_eq!(check(copied.path()).verdict(), Verdict::Tampered);
        }
    }

    #[test]
    fn fields_joined_without_escaping() {
        // The same characters, cut in two ways, are two leaves.
        let record = |server: &str, status: &str| Record::ServerExit {
            time: time(),
            server: server.to_owned(),
            status: status.to_owned(),
        };
        let leaf = |record: &Record| tree::leaf_hash(&entry::encode(record).unwrap().line);
        assert_ne!(leaf(&record("a", "b\",\"c")), leaf(&record("a\",\"b", "c")));
        assert_ne!(leaf(&record("ab", "c")), leaf(&record("a", "bc")));
    }

    #[test]
    fn missing_signatures_that_are_skipped() {
        let dir = whole();
        let path = dir.path().join("checkpoint");
        let note = fs::read_to_string(&path).unwrap();
        let (text, _) = note.split_once("\n\n").unwrap();
        for unsigned in [format!("{text}\n\n"), format!("{text}\n"), String::new()] {
            fs::write(&path, unsigned).unwrap();
            assert_eq!(check(dir.path()).verdict(), Verdict::Tampered);
        }
    }

    #[test]
    fn only_the_first_ten_thousand_rows_checked() {
        let dir = tempfile::tempdir().unwrap();
        let Opened { log, .. } = Log::open(dir.path(), options(Durability::Relaxed)).unwrap();
        load(&log);
        let honest = call(WRITE.as_bytes());
        for _ in 0..10_300 {
            log.append(&honest).unwrap();
        }
        let lie = Intent {
            parameter: Some("/path".to_owned()),
            ..decided(WRITE.as_bytes())
        };
        let index = log.append(&Record::Intent(lie)).unwrap();
        log.close(time()).unwrap();
        let report = check(dir.path());
        assert_eq!(report.findings.len(), 1);
        assert_eq!(report.findings[0].index, Some(index));
    }

    #[test]
    fn a_start_up_repair_that_signs_a_changed_chain_anew() {
        let dir = whole();
        let note = fs::read(dir.path().join("checkpoint")).unwrap();
        let mut changed = lines(dir.path());
        changed.remove(7);
        forge(dir.path(), &changed, &signer());
        fs::write(dir.path().join("checkpoint"), &note).unwrap();
        let refused = Log::open(dir.path(), options(Durability::Strict));
        assert!(matches!(refused, Err(EvidenceError::Damaged { .. })), "{refused:?}");
        assert_eq!(fs::read(dir.path().join("checkpoint")).unwrap(), note);
        fs::remove_file(dir.path().join("checkpoint")).unwrap();
        assert!(Log::open(dir.path(), options(Durability::Strict)).is_err());
    }
}

#[test]
fn the_golden_log_is_still_read() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/evidence/golden");
    let key = fs::read_to_string(dir.with_file_name("golden.vkey")).unwrap();
    let options = VerifyOptions {
        key: Some(key.trim_end().parse().unwrap()),
        ..VerifyOptions::default()
    };
    let report = verify(&dir, &options).unwrap();
    assert_eq!((report.verdict(), report.records), (Verdict::Complete, 317), "{report}");
}

/// Writes `fixtures/evidence/golden`. It was run once: the golden log is there to show that old logs stay readable.
#[test]
#[ignore = "only to begin a new golden log, when the format's version changes"]
fn write_the_golden_log() {
    let dir: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/evidence/golden");
    let log = session(&dir);
    for _ in 0..300 {
        log.append(&call(WRITE.as_bytes())).unwrap();
    }
    log.close(time()).unwrap();
    for held in ["lock", "reserve"] {
        fs::remove_file(dir.join(held)).unwrap();
    }
    fs::write(dir.with_file_name("golden.vkey"), format!("{}\n", signer().verifier())).unwrap();
}
