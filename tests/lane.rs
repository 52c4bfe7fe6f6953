//! A lane holds: real programs in it try to get out. Where a machine cannot confine them, these tests fail; none is skipped.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs::{self, Permissions};
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The system's number of the user `nobody`.
const NOBODY: u32 = 65534;

/// A folder with one for a lane in it, and the program where every user can run it.
struct Place {
    folder: TempDir,
    program: PathBuf,
    user: Option<u32>,
}

impl Place {
    /// As whoever runs the tests, and, where that is root, as somebody else too.
    fn all() -> Vec<Self> {
        let root = rustix::process::geteuid().is_root();
        let users = [None].into_iter().chain(root.then_some(Some(NOBODY)));
        users.map(Self::of).collect()
    }

    fn of(user: Option<u32>) -> Self {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("mcppc");
        fs::copy(env!("CARGO_BIN_EXE_mcppc"), &program).unwrap();
        fs::create_dir(folder.path().join("lane")).unwrap();
        for (path, mode) in [("", 0o755), ("mcppc", 0o755), ("lane", 0o700)] {
            fs::set_permissions(folder.path().join(path), Permissions::from_mode(mode)).unwrap();
        }
        let place = Self { folder, program, user };
        for path in [place.folder.path().to_owned(), place.lane()] {
            std::os::unix::fs::chown(path, user, user).unwrap();
        }
        place
    }

    fn lane(&self) -> PathBuf {
        self.folder.path().join("lane")
    }

    fn mcppc(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.stdin(Stdio::null()).current_dir(self.folder.path());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// Runs a program in the lane.
    fn run(&self, words: &[&str]) -> Output {
        let mut command = self.mcppc();
        command
            .args(["lane", "--folder"])
            .arg(self.lane())
            .arg("--")
            .args(words);
        command.output().unwrap()
    }

    /// What Python says in the lane, of which `text` prints one line.
    fn python(&self, text: &str) -> String {
        let output = self.run(&["python3", "-c", text]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{error}");
        said.trim().to_owned()
    }
}

/// Prints the error's name, or that there was none.
fn attempt(what: &str) -> String {
    format!(
        "import socket,os,errno\ntry:\n  {what}\n  print('done')\nexcept OSError as e:\n  print(errno.errorcode[e.errno])\n"
    )
}

/// Prints the error of a call by its number.
fn call(number: u32, arguments: &str) -> String {
    format!(
        "import ctypes,errno\nc=ctypes.CDLL(None,use_errno=True)\nr=c.syscall({number},{arguments})\n\
         print('done' if r>=0 else errno.errorcode[ctypes.get_errno()])"
    )
}

#[test]
fn the_doctor_finds_that_servers_can_be_confined() {
    for place in Place::all() {
        let output = place.mcppc().args(["doctor", "--json"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let found: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{output:?}"));
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(found.pointer("/enforced"), Some(&Value::Bool(true)), "{said}");
        let count = |key: &str| found.get(key).and_then(Value::as_array).map(Vec::len);
        assert_eq!((count("steps"), count("attempts")), (Some(10), Some(7)), "{said}");
        assert!(!said.contains("false") && !said.contains("null"), "{said}");
        let output = place.mcppc().arg("doctor").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.starts_with("servers can be confined here\n"), "{said}");
    }
}

#[test]
fn the_attempts_of_the_doctor_succeed_outside_of_a_lane() {
    let place = Place::of(None);
    let mut command = place.mcppc();
    let output = command
        .args(["lane", "--attempts", "--folder"])
        .arg(place.lane())
        .output()
        .unwrap();
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    for what in [
        "no Unix socket can be made",
        "no other process can be seen",
        "no file beside its folder can be written",
    ] {
        let tried = found
            .iter()
            .find(|tried| tried.get("what").is_some_and(|said| said == what));
        assert_eq!(tried.unwrap().get("held"), Some(&Value::Bool(false)), "{what}");
    }
}

#[test]
fn the_network_of_the_machine_is_out_of_reach() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    server.set_nonblocking(true).unwrap();
    for place in Place::all() {
        let connect = |host: &str| attempt(&format!("socket.create_connection(('{host}', {port}))"));
        assert_eq!(place.python(&connect("127.0.0.1")), "ECONNREFUSED");
        assert_eq!(place.python(&connect("192.0.2.1")), "ENETUNREACH");
        let datagram = |host: &str| {
            attempt(&format!(
                "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('{host}', 53))"
            ))
        };
        assert_eq!(place.python(&datagram("192.0.2.1")), "ENETUNREACH");
        assert_eq!(place.python(&datagram("169.254.169.254")), "ENETUNREACH");
    }
    assert!(server.accept().is_err(), "somebody has connected");
}

#[test]
fn sockets_of_the_machine_are_out_of_reach() {
    for place in Place::all() {
        let path = place.folder.path().join("daemon.sock");
        let _daemon = UnixListener::bind(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
        let unix = format!("socket.socket(socket.AF_UNIX).connect('{}')", path.display());
        assert_eq!(place.python(&attempt(&unix)), "EPERM");
        // A pair of datagram sockets could send to others by name, and `SOCK_RAW` is another word for it.
        for kind in ["SOCK_DGRAM", "SOCK_RAW"] {
            let pair = format!("socket.socketpair(socket.AF_UNIX, socket.{kind})");
            assert_eq!(place.python(&attempt(&pair)), "EPERM", "{kind}");
        }
        assert_eq!(place.python(&attempt("socket.socketpair()")), "done");
        for family in ["40, 1", "38, 5", "17, 3", "16, 3, 9"] {
            let other = format!("socket.socket({family})");
            assert_eq!(place.python(&attempt(&other)), "EPERM", "{family}");
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn calls_around_the_filter_are_refused() {
    for place in Place::all() {
        let x32 = 0x4000_0000;
        for (number, arguments) in [
            (425, "8, None"),
            (41 + x32, "1, 1, 0"),
            (425 + x32, "8, None"),
            (321, "0, None, 0"),
            (308, "0, 0"),
        ] {
            assert_eq!(place.python(&call(number, arguments)), "EPERM", "{number}");
        }
    }
}

#[test]
fn files_change_in_the_folder_of_the_lane_only() {
    for place in Place::all() {
        let own = place.folder.path().join("own");
        fs::write(&own, "kept").unwrap();
        fs::set_permissions(&own, Permissions::from_mode(0o666)).unwrap();
        let own = own.display().to_string();
        for what in [
            format!("open('{own}', 'a')"),
            format!("os.truncate('{own}', 0)"),
            format!("os.unlink('{own}')"),
            format!("os.rename('{own}', 'moved')"),
            format!("os.link('{own}', 'linked')"),
            "open('/tmp/mcppc-escaped', 'w')".to_owned(),
            "os.mkdir('../new')".to_owned(),
        ] {
            let said = place.python(&attempt(&what));
            assert!(["EACCES", "EXDEV", "EPERM"].contains(&said.as_str()), "{what}: {said}");
        }
        assert_eq!(fs::read_to_string(&own).unwrap(), "kept");
        assert_eq!(
            place.python(&attempt(
                "open('notes', 'w').write('x'); open('/dev/null', 'w').write('x')"
            )),
            "done"
        );
        assert_eq!(fs::read_to_string(place.lane().join("notes")).unwrap(), "x");
    }
}

#[test]
fn other_processes_are_neither_seen_nor_signalled() {
    for place in Place::all() {
        let own = std::process::id();
        assert_eq!(place.python(&attempt(&format!("os.kill({own}, 0)"))), "ESRCH");
        assert_eq!(
            place.python(&attempt(
                "print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))"
            )),
            "[1, 2]\ndone"
        );
    }
}

#[test]
fn nothing_gives_capabilities_back() {
    for place in Place::all() {
        let output = place.run(&["sh", "-c", "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in said.lines() {
            let (name, value) = line.split_once(":\t").unwrap();
            let wanted = match name {
                "NoNewPrivs" => "1",
                "Seccomp" => "2",
                _ => "0000000000000000",
            };
            assert_eq!(value, wanted, "{said}");
        }
        assert_eq!(said.lines().count(), 7, "{said}");
        assert!(!place.run(&["umount", "/proc"]).status.success());
    }
}

#[test]
fn what_the_starter_has_left_open_is_closed() {
    for place in Place::all() {
        let script = r#"exec 7<"$0"; exec "$0" lane --folder "$1" -- ls /proc/self/fd"#;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", script])
            .arg(&place.program)
            .arg(place.lane())
            .stdin(Stdio::null());
        if let Some(user) = place.user {
            shell.uid(user).gid(user);
        }
        let said = String::from_utf8(shell.output().unwrap().stdout).unwrap();
        // The third is the listing itself.
        assert_eq!(said, "0\n1\n2\n3\n");
    }
}

#[test]
fn a_standard_stream_that_is_a_socket_stops_the_lane() {
    let place = Place::of(None);
    let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut command = place.mcppc();
    command
        .args(["lane", "--folder"])
        .arg(place.lane())
        .args(["--", "touch", "ran"]);
    let output = command.stderr(std::os::fd::OwnedFd::from(socket)).output().unwrap();
    assert_failed(&output, "descriptors", &place.lane());
}

#[test]
fn a_step_that_fails_runs_nothing_and_is_named() {
    // Whoever may make no namespaces gets no server.
    let place = Place::of(None);
    let script = r#"echo 0 > /proc/sys/user/max_net_namespaces && exec "$0" lane --folder "$1" -- touch ran"#;
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "sh", "-c", script]);
    let output = unshare.arg(&place.program).arg(place.lane()).output().unwrap();
    assert_failed(&output, "namespaces", &place.lane());
    let output = place.run(&["/nowhere"]);
    assert_failed(&output, "program", &place.lane());
    // The doctor says the same, with the mend.
    let script = r#"echo 0 > /proc/sys/user/max_net_namespaces && exec "$0" doctor"#;
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "sh", "-c", script]);
    let output = unshare.arg(&place.program).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for wanted in [
        "servers cannot be confined here",
        "failed  namespaces",
        "help: allow user namespaces",
        "-       seccomp",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

fn assert_failed(output: &Output, step: &str, lane: &Path) {
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!(said.get("step").and_then(Value::as_str), Some(step), "{output:?}");
    assert_eq!(output.status.code(), Some(2));
    assert!(!lane.join("ran").exists(), "it was run");
}

#[test]
fn a_lane_ends_as_its_program_does_and_takes_all_with_it() {
    let place = Place::of(None);
    assert_eq!(place.run(&["sh", "-c", "exit 7"]).status.code(), Some(7));
    assert_eq!(place.run(&["sh", "-c", "kill -9 $$"]).status.code(), Some(137));
    // It would hold the output open for a minute, and the test with it.
    let output = place.run(&["sh", "-c", "setsid sleep 60 & echo said"]);
    assert_eq!(output.stdout, b"said\n");
}

#[test]
fn a_lane_whose_starter_is_killed_ends() {
    let place = Place::of(None);
    let mut command = place.mcppc();
    command
        .args(["lane", "--folder"])
        .arg(place.lane())
        .args(["--", "sh", "-c", "echo here; sleep 60"]);
    let mut lane = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut output = lane.stdout.take().unwrap();
    output.read_exact(&mut [0; 5]).unwrap();
    lane.kill().unwrap();
    lane.wait().unwrap();
    // The output ends when nobody has it open any more.
    let mut rest = String::new();
    assert_eq!(output.read_to_string(&mut rest).unwrap(), 0);
}
