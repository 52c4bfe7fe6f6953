//! What an embedder's build takes with it: the library without its features has no runtime, no network and no command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Command;

/// What waits for others, speaks over the network or encrypts there, and what reads a command line; by how names begin.
const NONE_OF: [&str; 28] = [
    "async-",
    "aws-lc",
    "axum",
    "clap",
    "curl",
    "futures",
    "h2",
    "h3",
    "http",
    "hyper",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "polling",
    "quinn",
    "reqwest",
    "ring",
    "rustls",
    "s2n",
    "schannel",
    "security-framework",
    "signal-hook",
    "smol",
    "tokio",
    "tower",
    "ureq",
    "webpki",
];

/// The names of the crates that a build with these options takes, its own among them.
fn crates(options: &[&str]) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "tree",
        "--offline",
        "--locked",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ]);
    let run = cargo
        .args(options)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

fn is_one(name: &str) -> bool {
    NONE_OF.iter().any(|start| name.starts_with(start))
}

#[test]
fn an_embedder_gets_no_runtime_no_network_and_no_command_line() {
    let names = crates(&["--no-default-features"]);
    assert!(names.iter().any(|name| name == "regex-automata"), "{names:?}");
    let found: Vec<&String> = names.iter().filter(|name| is_one(name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

/// What the test above looks for is there with the features: the command line, for one.
#[test]
fn the_command_has_what_an_embedder_has_not() {
    let names = crates(&[]);
    assert!(names.iter().any(|name| is_one(name)), "{names:?}");
}
