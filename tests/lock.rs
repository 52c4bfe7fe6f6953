//! What `mcppc lock` pins, keeps, refuses and shows; and what other commands make of what was pinned.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

#[path = "common/workspace.rs"]
mod workspace;

use std::fs;
use std::process::Output;
use std::time::{Duration, Instant};

use mcppc::lock::Lock;
use serde_json::{Value, json};
use workspace::{Workspace, assert_exit};

const WILDCARD: &str = "policy \"p\"\nserver s\nallow s.* {}\n";

fn tool(name: &str) -> Value {
    json!({ "name": name, "description": format!("Does {name}."), "inputSchema": { "type": "object" } })
}

/// Writes the saved list that `lock` is to take.
fn list(space: &Workspace, tools: &[Value]) {
    space.write("tools.json", &json!({ "tools": tools }).to_string());
}

/// `mcppc lock POLICY --tools s=tools.json MORE…`
fn lock(space: &Workspace, policy: &str, more: &[&str]) -> Output {
    let arguments = [&["lock", policy, "--tools", "s=tools.json"], more].concat();
    space.mcppc(&arguments, b"")
}

fn locked(space: &Workspace) -> Lock {
    Lock::parse(&fs::read_to_string(space.path("mcpp.lock")).unwrap()).unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The command of a server that greets and lists as told, whatever it is asked.
fn server(space: &Workspace, info: &Value, list: &Value) -> String {
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "result": { "serverInfo": info } });
    let list = json!({ "jsonrpc": "2.0", "id": 2, "result": list });
    space.write("hello.json", &format!("{hello}\n"));
    space.write("list.json", &format!("{list}\n"));
    space.write(
        "server.sh",
        "read a; cat hello.json; read b; read c; cat list.json; read d\n",
    );
    "\"sh\" \"server.sh\"".to_owned()
}

#[test]
fn what_a_lock_could_not_hold_is_not_locked() {
    let space = Workspace::new();
    space.write("p.mcpp", WILDCARD);
    list(&space, &[tool("kept")]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock");
    let before = fs::read_to_string(space.path("mcpp.lock")).unwrap();
    let deep = (0..75).fold(json!({}), |inner, _| json!({ "a": inner }));
    let too_deep = json!({ "name": "deep", "inputSchema": deep });
    for (tools, said) in [
        (
            vec![tool("getUser"), tool("getuser")],
            "`getUser` and `getuser` differ only by case",
        ),
        (vec![tool("__proto__")], "`__proto__` cannot be the name of a tool"),
        (vec![tool("a\u{202e}b")], "`a???b` cannot be the name of a tool"),
        (vec![too_deep], "cannot be written as a lock"),
    ] {
        list(&space, &tools);
        let output = lock(&space, "p.mcpp", &["--accept"]);
        assert_exit(&output, 2, said);
        assert!(err(&output).contains(said), "{}", err(&output));
        assert_eq!(fs::read_to_string(space.path("mcpp.lock")).unwrap(), before);
    }
}

#[test]
fn a_tool_that_someone_took_out_of_a_wildcard_stays_out() {
    let space = Workspace::new();
    space.write("p.mcpp", WILDCARD);
    list(&space, &[tool("a"), tool("b")]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock");
    let mut edited = locked(&space);
    edited.wildcards.get_mut("s.*").unwrap().retain(|tool| tool != "b");
    space.write("mcpp.lock", &edited.to_text().unwrap());

    let mut changed = tool("a");
    changed["description"] = json!("Does more.");
    list(&space, &[changed, tool("b"), tool("c")]);
    let output = lock(&space, "p.mcpp", &[]);
    assert_exit(&output, 1, "lock, drifted");
    assert_eq!(
        out(&output),
        "~ tool s.a: its description changed\n    @@ -1 +1 @@\n    -Does a.\n    +Does more.\n+ tool s.c (would join s.*)\n"
    );
    assert_eq!(locked(&space), edited);
    assert_exit(&lock(&space, "p.mcpp", &["--accept"]), 0, "lock --accept");
    assert_eq!(locked(&space).wildcards["s.*"], ["a", "c"]);
    assert_exit(&lock(&space, "p.mcpp", &["--check"]), 0, "lock --check");

    list(&space, &[tool("b"), tool("c")]);
    assert_exit(&lock(&space, "p.mcpp", &["--accept"]), 0, "lock --accept, one gone");
    assert_eq!(locked(&space).wildcards["s.*"], ["c"]);
}

#[test]
fn policies_in_one_folder_share_their_lock() {
    let space = Workspace::new();
    space.write("p.mcpp", WILDCARD);
    space.write(
        "q.mcpp",
        "policy \"q\"\nserver other\nserver s\nallow other.* {}\nallow s.b {}\n",
    );
    list(&space, &[tool("a"), tool("b")]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock p");
    let both = ["--tools", "other=tools.json"];
    assert_exit(&lock(&space, "q.mcpp", &both), 0, "lock q");
    let shared = locked(&space);
    assert_eq!(shared.servers.keys().collect::<Vec<_>>(), ["other", "s"]);
    assert_eq!(shared.wildcards.keys().collect::<Vec<_>>(), ["other.*", "s.*"]);
    assert_exit(&lock(&space, "p.mcpp", &["--check"]), 0, "lock --check p");
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock p again");
    assert_eq!(locked(&space), shared);
    assert_exit(&space.mcppc(&["check"], b""), 0, "check both");

    // What `q` accepts does not join a wildcard that it does not have.
    list(&space, &[tool("a"), tool("b"), tool("c")]);
    let output = lock(&space, "q.mcpp", &[&both[..], &["--accept"]].concat());
    assert_exit(&output, 0, "lock --accept q");
    assert_eq!(out(&output), "+ tool other.c (would join other.*)\n+ tool s.c\n");
    assert_eq!(locked(&space).wildcards["s.*"], ["a", "b"]);
}

#[test]
fn a_check_without_a_lock_says_so() {
    let space = Workspace::new();
    space.write("p.mcpp", WILDCARD);
    list(&space, &[tool("a")]);
    let output = lock(&space, "p.mcpp", &["--check"]);
    assert_exit(&output, 1, "lock --check");
    assert_eq!(
        err(&output),
        "error: there is no lock `mcpp.lock`\n  help: `mcppc lock p.mcpp` makes it\n"
    );
}

#[test]
fn a_saved_list_says_nothing_of_its_server() {
    let space = Workspace::new();
    let command = server(
        &space,
        &json!({ "name": "x", "version": "1" }),
        &json!({ "tools": [tool("a")] }),
    );
    space.write(
        "p.mcpp",
        &format!("policy \"p\"\nserver s = stdio {command}\nallow s.a {{}}\n"),
    );
    list(&space, &[tool("a")]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock --tools");
    let output = space.mcppc(&["lock", "p.mcpp", "--check"], b"");
    assert_exit(&output, 0, "lock --check against the server");
    assert_eq!(out(&output), "");
    assert_exit(&space.mcppc(&["lock", "p.mcpp"], b""), 0, "lock");
    assert_eq!(locked(&space).servers["s"].version, "1");
}

#[test]
fn a_lock_of_before_descriptions_takes_them_without_being_asked() {
    let space = Workspace::new();
    space.write("p.mcpp", WILDCARD);
    list(&space, &[tool("a")]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock");
    let new = locked(&space);
    let mut old = new.clone();
    old.servers
        .get_mut("s")
        .unwrap()
        .tools
        .get_mut("a")
        .unwrap()
        .description = None;
    space.write("mcpp.lock", &old.to_text().unwrap());
    assert_exit(&lock(&space, "p.mcpp", &["--check"]), 0, "lock --check");
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock");
    assert_eq!(locked(&space), new);
}

/// Escape sequences, a bidirectional control, and a line break that would begin a line of ours.
const HOSTILE: &str = "\u{1b}[2J\u{9b}1m\u{202e}x\r\n+ tool s.fake";

#[track_caller]
fn assert_harmless(output: &Output) {
    for text in [out(output), err(output)] {
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("+ tool s.fake")), "{text}");
    }
}

#[test]
fn a_hostile_server_cannot_steer_the_terminal() {
    let space = Workspace::new();
    let hostile = |name: &str| json!({ "name": name, "description": HOSTILE, "inputSchema": { "title": HOSTILE } });
    let info = json!({ "name": HOSTILE, "version": HOSTILE });
    let command = server(&space, &info, &json!({ "tools": [hostile("a")] }));
    space.write(
        "p.mcpp",
        &format!("policy \"p\"\nserver s = stdio {command}\nallow s.a {{}}\n"),
    );
    list(&space, &[tool("a")]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock --tools");
    let text = fs::read_to_string(space.path("mcpp.lock")).unwrap();
    space.write("mcpp.lock", &text.replace("\"name\": \"\"", "\"name\": \"y\""));

    let output = space.mcppc(&["lock", "p.mcpp"], b"");
    assert_exit(&output, 1, "lock, drifted");
    assert!(
        out(&output).contains("~ server s: y  is now ?[2J") && out(&output).contains("+?[2J??1m???x"),
        "{}",
        out(&output)
    );
    assert_harmless(&output);

    server(&space, &info, &json!({ "tools": [hostile(HOSTILE)] }));
    let output = space.mcppc(&["lock", "p.mcpp"], b"");
    assert_exit(&output, 2, "lock, a hostile name");
    assert_harmless(&output);

    let refused = json!({ "jsonrpc": "2.0", "id": 2, "error": { "code": 1, "message": HOSTILE } });
    space.write("list.json", &format!("{refused}\n"));
    let output = space.mcppc(&["lock", "p.mcpp"], b"");
    assert_exit(&output, 2, "lock, refused");
    assert!(
        err(&output).contains("the server refused `tools/list`: ?[2J??1m???x??+ tool"),
        "{}",
        err(&output)
    );
    assert_harmless(&output);
}

#[test]
fn a_hostile_call_cannot_steer_the_terminal() {
    let space = Workspace::new();
    space.write("p.mcpp", "policy \"p\"\nserver s\nallow s.a { p: \"x\" }\n");
    let schema = json!({ "type": "object", "properties": { "p": { "type": "string" } } });
    list(&space, &[json!({ "name": "a", "inputSchema": schema })]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock");
    let calls = [
        json!({ "tool": HOSTILE, "arguments": {} }),
        json!({ "tool": "a", "server": HOSTILE, "arguments": {} }),
        json!({ "tool": "s.a", "arguments": { "p": HOSTILE } }),
        json!({ "tool": "s.a", "arguments": { "\u{202e}\u{9b}": 1 } }),
        json!({ "tool": "s.a", "arguments": { HOSTILE: 1 } }),
    ];
    let calls: String = calls.iter().map(|call| format!("{call}\n")).collect();
    let output = space.mcppc(&["eval", "--policy", "p.mcpp"], calls.as_bytes());
    assert_harmless(&output);
    let shown = out(&output);
    let verdicts: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert_eq!(verdicts.len(), 5, "{shown}");
}

#[test]
fn arguments_that_say_nothing_or_two_things_are_errors() {
    let space = Workspace::new();
    space.write(
        "bare.mcpp",
        "policy \"p\"\nserver a\nserver b\nserver c = stdio \"nothing\"\n",
    );
    space.write("full.mcpp", "policy \"p\"\nserver c = stdio \"nothing\"\n");
    list(&space, &[tool("a")]);
    let a = ["--tools", "a=tools.json"];
    let cases: [(&str, &[&str], &str); 6] = [
        (
            "bare.mcpp",
            &["--tools", "a=tools.json", "--tools", "a=x.json"],
            "two tool lists are given for `a`",
        ),
        ("bare.mcpp", &["--", "sh"], "could be for each of `a`, `b`"),
        ("full.mcpp", &["--", "sh"], "for none of the policy's servers"),
        (
            "bare.mcpp",
            &[a[0], a[1], "--server", "a", "--", "sh"],
            "for none of the policy's servers",
        ),
        (
            "bare.mcpp",
            &["--server", "c", "--server", "d", "--", "sh"],
            "the policy has no server `d`",
        ),
        (
            "bare.mcpp",
            &["--server", "a", "--server", "c", "--", "/nowhere"],
            "`a`: `/nowhere` cannot be started",
        ),
    ];
    for (policy, more, said) in cases {
        let output = space.mcppc(&[&["lock", policy], more].concat(), b"");
        assert_exit(&output, 2, said);
        assert!(err(&output).contains(said), "{}", err(&output));
    }
}

#[test]
fn a_server_that_does_not_end_is_left() {
    let space = Workspace::new();
    let command = server(
        &space,
        &json!({}),
        &json!({ "tools": [], "nextCursor": "x".repeat(4_097) }),
    );
    space.write("p.mcpp", &format!("policy \"p\"\nserver s = stdio {command}\n"));
    let output = space.mcppc(&["lock", "p.mcpp"], b"");
    assert_exit(&output, 2, "lock, a long cursor");
    assert!(
        err(&output).contains("`nextCursor` has more than 4096 bytes"),
        "{}",
        err(&output)
    );

    // Long lines are read faster than parsed, so that there is always one more; in the end there is an end.
    let line = json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": vec![0; 30_000] });
    space.write("line.json", &line.to_string());
    space.write("server.sh", "yes \"$(cat line.json)\" | head -c 500000000\n");
    let began = Instant::now();
    let output = space.mcppc(&["lock", "p.mcpp", "--timeout", "1"], b"");
    assert_exit(&output, 2, "lock, a flood");
    assert!(
        err(&output).contains("did not answer `initialize` in time"),
        "{}",
        err(&output)
    );
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn an_artifact_follows_no_options_of_sources() {
    let space = Workspace::new();
    space.write("p.mcpp", "policy \"p\"\nconst n = 1\nserver s\nallow s.a {}\n");
    list(&space, &[tool("a")]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock");
    assert_exit(
        &space.mcppc(&["build", "p.mcpp", "-o", "p.mcppb", "--set", "n=2"], b""),
        0,
        "build",
    );
    let call = br#"{"tool":"s.a","arguments":{}}"#;
    assert_exit(&space.mcppc(&["eval", "--policy", "p.mcppb"], call), 0, "eval");
    for option in [["--set", "n=2"], ["--lock", "mcpp.lock"]] {
        let commands: [&[&str]; 3] = [
            &["eval", "--policy", "p.mcppb"],
            &["build", "p.mcppb", "-o", "q.mcppb"],
            &["run", "--policy", "p.mcppb"],
        ];
        for command in commands {
            let output = space.mcppc(&[command, &option].concat(), call);
            assert_exit(&output, 2, command[0]);
            assert!(err(&output).contains("is compiled already"), "{}", err(&output));
        }
    }
    assert!(!space.path("q.mcppb").exists());
}

#[test]
fn building_shows_warnings_and_deciding_does_not() {
    let space = Workspace::new();
    space.write("p.mcpp", "policy \"p\"\nserver s\ndeny s.a { p: \"x\" }\n");
    let schema = json!({ "type": "object", "properties": { "p": { "type": "string" } } });
    list(&space, &[json!({ "name": "a", "inputSchema": schema })]);
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock");
    let built = space.mcppc(&["build", "p.mcpp", "-o", "p.mcppb"], b"");
    assert_exit(&built, 0, "build");
    assert!(
        err(&built).contains("L0001") && err(&built).contains("0 errors, 1 warning"),
        "{}",
        err(&built)
    );
    assert!(out(&built).starts_with("sha256:"), "{}", out(&built));
    let decided = space.mcppc(&["eval", "--policy", "p.mcpp"], br#"{"tool":"s.a","arguments":{}}"#);
    assert_exit(&decided, 1, "eval");
    assert_eq!(err(&decided), "");
}

#[test]
fn a_policy_without_servers_needs_no_lock() {
    let space = Workspace::new();
    space.write("p.mcpp", "policy \"p\"\npattern x = \"x\"\n");
    let checked = space.mcppc(&["check", "p.mcpp"], b"");
    assert_exit(&checked, 0, "check");
    assert_eq!(
        out(&checked),
        "ok p.mcpp: 0 rules, 0 tools pinned\n   ≤ 1 passes over 8,192 bytes · 0 nodes · 0 words\n"
    );
    assert_exit(&space.mcppc(&["build", "p.mcpp", "-o", "p.mcppb"], b""), 0, "build");
    assert_exit(&space.mcppc(&["lock", "p.mcpp", "--check"], b""), 0, "lock --check");
    assert!(!space.path("mcpp.lock").exists());
    space.write("q.mcpp", "policy \"q\"\nallow s.a {}\n");
    let checked = space.mcppc(&["check", "q.mcpp"], b"");
    assert_exit(&checked, 1, "check, a server that is not there");
    assert!(err(&checked).contains("`s`"), "{}", err(&checked));
}

/// As deep as the language allows: what `check` takes, `build` and `eval` take.
#[test]
fn what_passes_a_check_can_be_built_and_decided() {
    let space = Workspace::new();
    let nested = |depth: usize, inner: &str| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
    let policy = |depth| format!("policy \"p\"\nserver s\nallow s.t {{ a: {} }}\n", nested(depth, "text"));
    let schema = json!({ "type": "object", "properties": { "a": {} } });
    list(&space, &[json!({ "name": "t", "inputSchema": schema })]);
    space.write("p.mcpp", &policy(62));
    assert_exit(&lock(&space, "p.mcpp", &[]), 0, "lock");
    // The line and the arguments are two of the 64 levels that a line may have.
    let call = format!("{{\"tool\":\"s.t\",\"arguments\":{{\"a\":{}}}}}", nested(62, "\"x\""));
    assert_exit(
        &space.mcppc(&["eval", "--policy", "p.mcpp"], call.as_bytes()),
        0,
        "eval",
    );
    for (depth, code) in [(63, 0), (64, 1)] {
        space.write("p.mcpp", &policy(depth));
        assert_exit(&space.mcppc(&["check", "p.mcpp"], b""), code, "check");
        assert_exit(&space.mcppc(&["build", "p.mcpp", "-o", "p.mcppb"], b""), code, "build");
    }
}
