//! Policies of several files, as their authors use them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "common/workspace.rs"]
mod workspace;

use workspace::{Workspace, assert_exit};

const TOOLS: &str = r#"{"tools":[
  {"name":"read","inputSchema":{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}},
  {"name":"list","inputSchema":{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}}
]}"#;

const POLICY: &str = r#"policy "acme/files"
server fs { path: *.path }
const root = "/srv"
use std::fs::{secrets}
use shared::names::{below}
include "shared/base.mcpp"
allow readers { path: below(root) & !secrets }
test "reads" {
  allow fs.read { path: "/srv/a" }
  deny fs.read { path: "/srv/.env" }
  deny fs.list { path: "/srv/.git/config" }
}
"#;

const NAMES: &str = r#"
pattern below(folder) = path("${folder}/**")
test "below" {
  matches below("/a") "/a/b"
  rejects below("/a") "/b"
}
"#;

const BASE: &str = r#"
tools readers = fs.*

deny readers { path: glob("**/.git/**") } because "repository metadata"
"#;

fn package() -> Workspace {
    let space = Workspace::new();
    space.write("policy.mcpp", POLICY);
    space.write("shared/names.mcpp", NAMES);
    space.write("shared/base.mcpp", BASE);
    let tools = space.write("tools.json", TOOLS);
    let from = format!("fs={}", tools.display());
    assert_exit(&space.mcppc(&["lock", "--tools", &from, "policy.mcpp"], b""), 0, "lock");
    space
}

fn output(space: &Workspace, arguments: &[&str], code: i32) -> String {
    let output = space.mcppc(arguments, b"");
    assert_exit(&output, code, &arguments.join(" "));
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_policy_of_several_files_is_checked_tested_and_built() {
    let space = package();
    output(&space, &["check", "policy.mcpp"], 0);
    let tested = output(&space, &["test", "policy.mcpp"], 0);
    assert!(tested.contains("pass below") && tested.contains("2 passed"), "{tested}");
    let first = output(&space, &["build", "policy.mcpp", "-o", "one.mcppb"], 0);
    assert_eq!(first, output(&space, &["build", "policy.mcpp", "-o", "two.mcppb"], 0));
}

#[test]
fn a_denial_points_into_the_file_of_its_rule() {
    let space = package();
    let call = br#"{"tool":"fs.read","arguments":{"path":"/srv/.git/x"}}"#;
    for policy in ["policy.mcpp", "built.mcppb"] {
        if policy == "built.mcppb" {
            output(&space, &["build", "policy.mcpp", "-o", policy], 0);
            // The artifact carries its sources.
            std::fs::remove_dir_all(space.path("shared")).unwrap();
        }
        let decided = space.mcppc(&["eval", "--policy", policy, "--json"], call);
        assert_exit(&decided, 1, "eval");
        let text = String::from_utf8(decided.stdout).unwrap();
        assert!(
            text.contains(r#""file":"shared/base.mcpp""#) && text.contains(r#""line":4"#),
            "{text}"
        );
        let shown = space.mcppc(&["eval", "--policy", policy], call);
        let text = String::from_utf8(shown.stdout).unwrap();
        assert!(
            text.contains("shared/base.mcpp") && text.contains("**/.git/**"),
            "{text}"
        );
    }
}

#[test]
fn an_error_in_an_included_file_is_shown_there() {
    let space = package();
    space.write("shared/base.mcpp", "\n\ntools readers = fs.raed\n");
    let shown = output(&space, &["check", "policy.mcpp"], 1);
    assert!(shown.contains("shared/base.mcpp:3:20"), "{shown}");
    let json = output(&space, &["check", "--format", "json", "policy.mcpp"], 1);
    assert!(
        json.contains(r#""file":"shared/base.mcpp""#) && json.contains(r#""line":3"#),
        "{json}"
    );
}

#[test]
fn a_folder_is_checked_policy_by_policy() {
    let space = package();
    space.write("base.mcpp", BASE);
    let shown = output(&space, &["check"], 0);
    assert!(
        shown.contains("policy.mcpp") && !shown.contains("base.mcpp:"),
        "{shown}"
    );
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_folder() {
    let (space, outside) = (package(), Workspace::new());
    let target = outside.write("base.mcpp", BASE);
    let link = space.path("shared/base.mcpp");
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(target, &link).unwrap();
    let shown = output(&space, &["check", "policy.mcpp"], 1);
    assert!(
        shown.contains("E0152") && shown.contains("leads out of the policy's folder"),
        "{shown}"
    );
}

#[test]
fn what_is_said_of_a_pattern_and_is_not_so_fails() {
    let space = package();
    let wrong = NAMES.replace(
        "rejects below(\"/a\") \"/b\"",
        "rejects below(\"/a\") \"/a/b\"\n  matches below(\"/a\") \"/a/../b\"",
    );
    space.write("shared/names.mcpp", &wrong);
    let shown = output(&space, &["test", "policy.mcpp"], 1);
    assert!(
        shown.contains("FAIL below") && shown.contains("shared/names.mcpp:5:3"),
        "{shown}"
    );
    assert!(
        shown.contains("the value is in the pattern") && shown.contains("the value is in no pattern"),
        "{shown}"
    );
}

#[test]
fn too_many_files_are_refused() {
    let space = package();
    let many: String = (0..40).map(|n| format!("include \"many/f{n}.mcpp\"\n")).collect();
    for n in 0..40 {
        space.write(&format!("many/f{n}.mcpp"), &format!("const c{n} = {n}\n"));
    }
    space.write("policy.mcpp", &format!("policy \"p\"\n{many}"));
    let shown = output(&space, &["check", "policy.mcpp"], 1);
    assert!(shown.contains("E0108") && shown.contains("at most 32 files"), "{shown}");
}

/// As the page about the standard library has it.
#[test]
fn a_fetcher_reaches_no_host_that_is_not_public() {
    let space = Workspace::new();
    space.write(
        "policy.mcpp",
        r#"policy "acme/fetcher"
use std::net::{at, public, loopback_names, local_names, metadata_names}
server net {
  url scheme "https" "http": fetch.url
  host: look.host
  ip: ping.address
}
pattern elsewhere = loopback_names | local_names | metadata_names
allow net.fetch { url: at(public | host & !elsewhere) }
allow net.look { host: host & !elsewhere }
allow net.ping { address: public }
test "hosts" {
  allow net.fetch { url: "https://acme.com/x?y=1&y=2#z" }
  allow net.fetch { url: "http://[2606:4700::1111]:8080" }
  deny net.fetch { url: "http://169.254.169.254/latest" }
  deny net.fetch { url: "http://[::ffff:a9fe:a9fe]/latest" }
  deny net.fetch { url: "http://10.0.0.1:8080/" }
  deny net.fetch { url: "http://localhost/" }
  deny net.fetch { url: "http://metadata.google.internal/x" }
  deny net.fetch { url: "http://2852039166/" }
  allow net.look { host: "acme.com" }
  deny net.look { host: "metadata.goog" }
  allow net.ping { address: "9.9.9.9" }
  deny net.ping { address: "::ffff:10.0.0.1" }
  deny net.ping { address: "fd00:ec2::254" }
}
"#,
    );
    let tool = |name: &str, parameter: &str| {
        format!(
            r#"{{"name":"{name}","inputSchema":{{"type":"object","properties":{{"{parameter}":{{"type":"string"}}}},"required":["{parameter}"]}}}}"#
        )
    };
    let tools = [tool("fetch", "url"), tool("look", "host"), tool("ping", "address")].join(",");
    let tools = space.write("tools.json", &format!(r#"{{"tools":[{tools}]}}"#));
    let from = format!("net={}", tools.display());
    output(&space, &["lock", "--tools", &from, "policy.mcpp"], 0);
    output(&space, &["check", "policy.mcpp"], 0);
    output(&space, &["test", "policy.mcpp"], 0);
}
