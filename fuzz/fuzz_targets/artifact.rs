//! Any bytes as an artifact, as its content, and as programs beside the rules of a policy, under a header that fits:
//! refused, or written again as they were, and then no decision takes more than its bound.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::eval::{Caller, Context, Scratch, State};
use mcppc::lock::Lock;
use mcppc::table::{Digest, Policy, artifact};

const POLICY: &str = r#"policy "p"
server fs { path: *.path, *.source, *.destination }
label false_alarm = taint per caller
limit few = 5 per 1m per caller
pattern work = path("/srv/work/**") & !glob("**/.env")
allow fs.read_file { path: work, head?: 1..=1000 } limit few
allow fs.read_file { path: "/srv/a" | "/srv/b" } unless false_alarm marks false_alarm
allow fs.write_file { path: work & glob("**/*.md"), content: text(..=20) }
deny fs.* { any path: glob("**/.git/**") }
"#;

/// The two lines of JSON as they stand in an artifact, with the line breaks behind them, and the programs.
static PARTS: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let lock = Lock::parse(include_str!("../../fixtures/policies/mcpp.lock")).expect("the fixture is a lock");
    let checked = check(&Source::new("p.mcpp", POLICY), Some(&lock), &[]);
    let body = checked.body.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    let bytes = artifact::write(&body).expect("it is written");
    let mut lines = bytes.splitn(4, |byte| *byte == b'\n').skip(1);
    let mut line = || lines.next().expect("there are two lines and the programs");
    let rules = [line(), b"\n", line(), b"\n"].concat();
    (rules, line().to_vec())
});

const CALLS: [&[u8]; 5] = [
    b"{}",
    br#"{"path":"/srv/work/a.md","head":10}"#,
    br#"{"path":"/srv/work/.git/x","content":"some text"}"#,
    br#"{"path":"/srv/a","x":[1,2.5,"y",{"path":"z"}],"tail":null}"#,
    br#"{"paths":["/srv/work/a","/b/.git/c"],"source":"/srv/b","destination":"/srv/c"}"#,
];

fuzz_target!(|text: &[u8]| {
    let _ = artifact::read(text);
    let (rules, programs) = &*PARTS;
    try_content(1, text);
    try_content(2, text);
    try_content(2, &[rules, text].concat());
    // Small changes of what is sound reach deepest: each three bytes are a place and what stands there.
    let mut changed = programs.clone();
    for change in text.chunks_exact(3).take(8) {
        let [high, low, byte] = change else { return };
        let at = usize::from(*high) << 8 | usize::from(*low);
        let length = changed.len();
        if let Some(place) = changed.get_mut(at % length) {
            *place = *byte;
        }
    }
    try_content(2, &[rules.as_slice(), &changed].concat());
});

fn try_content(version: u8, content: &[u8]) {
    let bytes = [format!("mcppb {version} {}\n", Digest::of(content)).as_bytes(), content].concat();
    let Ok(read) = artifact::read(&bytes) else { return };
    if let Some(programs) = &read.programs {
        assert_eq!(artifact::write_with(&read.body, programs).as_ref(), Ok(&bytes));
    }
    let Ok(policy) = Policy::from_bytes(&bytes) else { return };
    let context = Context {
        caller: Caller::Local,
        time: Timestamp::UNIX_EPOCH,
        state: State::default(),
    };
    let mut scratch = Scratch::default();
    for server in policy.servers() {
        for tool in policy.tools(server) {
            for call in CALLS {
                let (verdict, work) = policy.measure(&mut scratch, (server, tool), call, &context);
                let _ = verdict.decision();
                let most = policy.bound_of(server, tool).of(call.len() as u64);
                assert!(work.bytes <= most.passes * most.bytes, "{work:?} {most:?}");
                assert!(work.nodes <= most.nodes && work.words <= most.words, "{work:?} {most:?}");
            }
        }
    }
}
