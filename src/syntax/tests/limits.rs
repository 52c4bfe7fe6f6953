//! Each limit, at it and one past it; and that nothing takes long or much stack within them.

use std::time::{Duration, Instant};

use super::super::codes;
use super::super::scan::{MAX_ERRORS, MAX_NESTING, MAX_SOURCE};
use super::{codes_of, parsed};

/// What a test thread has by default; a main thread has four times as much.
const STACK: usize = 2 << 20;

fn nested(open: &str, middle: &str, close: &str, depth: usize) -> String {
    format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
}

fn codes(text: &str) -> Vec<&'static str> {
    codes_of(&parsed(text).1)
}

#[test]
fn the_size_of_a_source() {
    let at_limit = format!("// {}", "x".repeat(MAX_SOURCE - 3));
    assert_eq!(at_limit.len(), MAX_SOURCE);
    assert!(codes(&at_limit).is_empty());
    let (file, past) = parsed(&format!("{at_limit}é"));
    assert_eq!(codes_of(&past), [codes::TOO_LARGE]);
    assert_eq!(past[0].primary.span.start, MAX_SOURCE);
    assert!(file.statements.is_empty());
}

#[test]
fn brackets_within_brackets() {
    let patterns = [
        ("(", "text", ")", 1),
        ("[", "text", "]", 1),
        ("{ a: ", "text", " }", 1),
        ("has [", "text", "]", 2),
        ("f(", "text", ")", 1),
        ("url { host: ", "text", " }", 1),
        ("{ ...f(", "text", ") }", 2),
    ];
    for (open, middle, close, levels) in patterns {
        let depth = MAX_NESTING / levels;
        let at = format!("pattern p = {}", nested(open, middle, close, depth));
        assert!(codes(&at).is_empty(), "{at}");
        let past = format!("pattern p = {}", nested(open, middle, close, depth + 1));
        assert_eq!(codes(&past), [codes::TOO_DEEP], "{past}");
    }
    // The innermost key has brackets of its own.
    let map = |depth| format!("pattern p = {}", nested("{ [text]: ", "text", " }", depth));
    assert!(codes(&map(MAX_NESTING - 1)).is_empty());
    assert_eq!(codes(&map(MAX_NESTING)), [codes::TOO_DEEP]);
    let secret = |depth| {
        format!(
            "credential c {{ source: {}",
            nested("oauth { secret: ", "env", " }", depth) + " }"
        )
    };
    assert!(!codes(&secret(MAX_NESTING - 1)).contains(&codes::TOO_DEEP));
    assert_eq!(codes(&secret(MAX_NESTING)), [codes::TOO_DEEP]);
    let json = |depth| format!("test \"t\" {{ allow s.t {{ a: {} }} }}", nested("[", "1", "]", depth));
    assert!(codes(&json(MAX_NESTING - 2)).is_empty());
    assert_eq!(codes(&json(MAX_NESTING - 1)), [codes::TOO_DEEP]);
}

#[test]
fn brackets_in_strings_and_comments_are_no_nesting() {
    let many = "([{".repeat(MAX_NESTING);
    assert!(codes(&format!("const a = \"{many}\" // {many}\nconst b = r#\"{many}\"#")).is_empty());
}

#[test]
fn operators_within_operators() {
    for (before, after) in [("!", ""), ("has ", ""), ("", "?")] {
        let chain = |depth| format!("pattern p = {}text{}", before.repeat(depth), after.repeat(depth));
        assert!(codes(&chain(MAX_NESTING)).is_empty(), "{before}{after}");
        assert_eq!(codes(&chain(MAX_NESTING + 1)), [codes::TOO_DEEP], "{before}{after}");
        assert_eq!(codes(&chain(100_000)), [codes::TOO_DEEP], "{before}{after}");
    }
    let mixed = |depth| format!("deny s.* {{ a: {} }}", nested("!(", "text", ")", depth));
    assert!(codes(&mixed(31)).is_empty());
    assert_eq!(codes(&mixed(32)), [codes::TOO_DEEP]);
}

#[test]
fn how_many_errors_are_kept() {
    let errors = |count: usize| format!("allow s.t {{\n{}}}", "%\n".repeat(count));
    assert_eq!(codes(&errors(MAX_ERRORS)), vec![codes::UNEXPECTED; MAX_ERRORS]);
    let past = codes(&errors(MAX_ERRORS + 1));
    assert_eq!(past.len(), MAX_ERRORS + 1);
    assert_eq!(past.last(), Some(&codes::TOO_MANY));
    assert_eq!(codes(&"\u{7}".repeat(10_000)).len(), MAX_ERRORS + 1);
    assert_eq!(codes(&")".repeat(10_000)).len(), MAX_ERRORS + 1);
}

/// The worst that was thought of for a grammar that goes back: each within the limits, as large as they allow.
#[test]
fn nothing_hostile_takes_long() {
    let size = MAX_SOURCE / 16;
    let fill = |piece: &str| piece.repeat(size / piece.len());
    let hostile = [
        nested("{ a: ", "text junk", " } junk", 60),
        format!("allow s.t {}", nested("{ a: ", &fill("b, "), " junk }", 60)),
        format!("allow s.t {{ a: {}", nested("{ a: [", &fill("x "), "", 30)),
        format!("pattern p = {}", fill("a | ")),
        format!("pattern p = a {}", fill("// remark\n")),
        format!("pattern p = {} {}", "(".repeat(60), fill("// remark\n")),
        format!("pattern p = r{}", "#".repeat(size)),
        format!(
            "const a = r{0}\"{1}",
            "#".repeat(350),
            format!("\"{}", "#".repeat(349)).repeat(350)
        ),
        fill("\""),
        fill("(]"),
        fill("{{{{))))"),
        fill("allow "),
        fill("x\n"),
        fill("allow s.t { a: } because\n"),
        fill("${"),
        format!("const a = \"{}\"", fill("${")),
        format!("const a = \"{}\"", fill("{caller.")),
        format!("const a = \"{}\"", fill("\\u{")),
        format!("allow s.t {}", fill("with a ")),
        fill("/// doc\n"),
        format!("pattern p = {}", nested("{ [text]: ", "text junk", " junk } junk", 60)),
        format!("pattern p = {}", nested("f(", "text junk", " junk) junk", 60)),
        format!("pattern p = {}", nested("{ ...f(", "text junk", " junk) junk }", 30)),
        format!(
            "pattern p = {}",
            nested("url { host: ", "text junk", " junk } junk", 60)
        ),
        format!(
            "credential c {}",
            nested("{ source: oauth ", "{ junk }", " junk } junk", 60)
        ),
        format!("allow s.t {{}} {}", fill("limit a, ")),
        format!("allow s.t {{}} when {}", fill("a == b, ")),
        format!("limit x {}", fill("// remark\n")),
        fill("limit x\n"),
        fill("limit x = 1 per 1h per\n"),
        fill("waive L0001 \"x\"\n"),
        fill("deny all for "),
        format!("test \"t\" {{ {}", fill("allow s.t {} with a, ")),
    ];
    for text in hostile {
        let start = text.chars().take(40).collect::<String>();
        let began = Instant::now();
        let work = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || parsed(&text).1.len());
        work.unwrap().join().unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{start} took {:?}",
            began.elapsed()
        );
    }
}
