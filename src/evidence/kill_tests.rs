//! A writer that is killed at any moment: what it acted on is in the log.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::fixture::*;
use super::*;

const DIR: &str = "MCPPC_TEST_EVIDENCE_DIR";
const DURABILITY: &str = "MCPPC_TEST_EVIDENCE_DURABILITY";
const ROUNDS: usize = 20;

/// The writer: this test binary, started again. It says which call it would forward, after the log has it.
#[test]
#[ignore = "started by `a_writer_is_killed`"]
fn writer() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let durability = match std::env::var(DURABILITY).as_deref() {
        Ok("relaxed") => Durability::Relaxed,
        _ => Durability::Strict,
    };
    let Opened { log, .. } = Log::open(&PathBuf::from(dir), options(durability)).unwrap();
    load(&log);
    let work = || {
        for round in 0.. {
            let index = log.append(&call(READ.as_bytes())).unwrap();
            log.commit(index).unwrap();
            writeln!(std::io::stdout(), "forward {index}").unwrap();
            if round % 40 == 0 {
                log.append(&large_call(70_000)).unwrap();
            }
            if round % 7 > 0 {
                log.append(&outcome(index)).unwrap();
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}

#[test]
fn a_writer_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut forwarded = 0;
    for round in 0..ROUNDS {
        let durability = ["strict", "relaxed"][round % 2];
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "evidence::kill_tests::writer", "--ignored", "--nocapture"])
            .env(DIR, dir.path())
            .env(DURABILITY, durability)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut random = [0; 1];
        getrandom::fill(&mut random).unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || out.lines().map_while(Result::ok).collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(u64::from(random[0]) + 20));
        child.kill().unwrap();
        child.wait().unwrap();

        let report = check(dir.path());
        assert_ne!(report.verdict(), Verdict::Tampered, "{round}: {report}");
        let lines = reader.join().unwrap();
        for line in lines.iter().filter_map(|line| line.strip_prefix("forward ")) {
            let index: u64 = line.parse().unwrap();
            assert!(index < report.records, "{round}: call {index} was forwarded: {report}");
            forwarded += 1;
        }
        let Opened { log, recovered } = open(dir.path());
        assert_eq!(recovered.records, report.records);
        log.close(time()).unwrap();
    }
    assert!(forwarded > ROUNDS, "only {forwarded} calls: nothing was tested");
    let report = check(dir.path());
    assert_eq!(report.verdict(), Verdict::Complete, "{report}");
    assert!(report.allowed >= forwarded as u64 && report.unresolved > 0, "{report}");
}
