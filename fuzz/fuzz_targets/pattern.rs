//! Any glob, path pattern or regular expression, and behind a line break any text: the automaton says what globset and
//! regex say, in bounded memory and time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcppc::pattern::{Automaton, AutomatonError, Dialect, GlobError, glob_to_regex, path_to_regex};

/// The longest pattern here. The language takes longer ones; they only make the fuzzer slower.
const LONGEST: usize = 256;

fuzz_target!(|input: &str| {
    let (pattern, text) = input.split_once('\n').unwrap_or((input, ""));
    if pattern.len() > LONGEST {
        return;
    }
    glob(pattern, text, Dialect::Text);
    glob(pattern, text, Dialect::Path);
    path(pattern, text);
    literal(pattern, text);
    regex(pattern, text);
});

/// `None` where it is too large, as any pattern may be.
fn accepts(regex: &str, text: &str) -> Option<bool> {
    match Automaton::new(regex) {
        Ok(automaton) => {
            let accepts = automaton.accepts(text);
            let begins = text.bytes().next().is_none_or(|first| automaton.may_begin_with(first));
            assert!(begins || !accepts, "{regex:?} {text:?}");
            Some(accepts)
        }
        Err(AutomatonError::TooLarge) => None,
        Err(error) => panic!("{regex:?} was made here: {error}"),
    }
}

fn glob(pattern: &str, text: &str, dialect: Dialect) {
    let theirs = globset::GlobBuilder::new(pattern)
        .literal_separator(dialect == Dialect::Path)
        .backslash_escape(true)
        .build();
    let ours = match glob_to_regex(&[(pattern, false)], dialect) {
        Ok(regex) => regex,
        Err(GlobError::DoubleStar) => return,
        Err(GlobError::Syntax(_)) => return assert!(theirs.is_err()),
    };
    let theirs = theirs.expect("what globset refuses is refused");
    let Some(accepts) = accepts(&ours, text) else { return };
    // The wanted differences: see the property test in `src/pattern/glob.rs`.
    let wanted = pattern.contains("**") || (dialect == Dialect::Path && pattern.contains('['));
    if !wanted {
        let theirs = theirs.compile_matcher().is_match(text);
        assert_eq!(accepts, theirs, "{pattern:?} {text:?} {ours}");
    }
}

/// Only stars are special.
fn path(pattern: &str, text: &str) {
    let Ok(regex) = path_to_regex(&[(pattern, false)]) else {
        return;
    };
    let accepts = accepts(&regex, text);
    if !pattern.contains('*') {
        assert!(
            accepts.is_none_or(|accepts| accepts == (pattern == text)),
            "{pattern:?} {text:?}"
        );
    }
}

/// In a constant nothing is special.
fn literal(pattern: &str, text: &str) {
    let path = path_to_regex(&[(pattern, true)]).expect("a constant has no star");
    assert!(accepts(&path, text).is_none_or(|accepts| accepts == (pattern == text)));
    if let Ok(glob) = glob_to_regex(&[(pattern, true)], Dialect::Text) {
        assert!(accepts(&glob, text).is_none_or(|accepts| accepts == (pattern == text)));
    }
}

fn regex(pattern: &str, text: &str) {
    let Ok(automaton) = Automaton::new(pattern) else { return };
    let accepts = automaton.accepts(text);
    // Flags could reach over what is put around it here, and anchors at the ends are the caller's.
    if pattern.contains("(?") || pattern.contains(['^', '$', '\\']) {
        return;
    }
    let Ok(theirs) = regex::Regex::new(&format!(r"\A(?:{pattern})\z")) else {
        return;
    };
    assert_eq!(accepts, theirs.is_match(text), "{pattern:?} {text:?}");
}
