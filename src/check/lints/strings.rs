//! Strings that are not what they look like, and strings that should not be here.

use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;

use super::super::codes;
use super::super::sources::Placed;
use crate::diagnostic::{Diagnostic, Span, is_hidden};
use crate::syntax::ast::{File, StatementKind};
use crate::syntax::tokens::{TokenKind, tokens};

/// How tokens of well-known issuers begin, and how many characters follow at least.
const TOKENS: [(&str, usize); 20] = [
    ("ghp_", 36),
    ("gho_", 36),
    ("ghu_", 36),
    ("ghs_", 36),
    ("ghr_", 36),
    ("github_pat_", 22),
    ("glpat-", 20),
    ("sk-", 20),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xapp-", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 35),
    ("npm_", 36),
    ("pypi-", 40),
    ("hf_", 30),
    ("dop_v1_", 60),
];

/// The lints of a file's strings, wherever they stand. Tests may hold odd ones: they say what is denied.
pub(super) fn lint(file: &Placed, tree: &File) -> Vec<Diagnostic> {
    // Most files have nothing of it in any line, and to take them apart is a tenth of the work of a check.
    if !file.source.text.lines().any(may_be_odd) {
        return Vec::new();
    }
    let tests = tree
        .statements
        .iter()
        .filter(|s| matches!(s.kind, StatementKind::Test(_)));
    let tests: Vec<Span> = tests.map(|test| test.span).collect();
    let tested = |span: Span| {
        tests
            .iter()
            .any(|test| test.start <= span.start && span.end <= test.end)
    };
    let strings = tokens(&file.source)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Str);
    strings
        .flat_map(|token| {
            let Span { start, end } = token.span;
            let text = file.source.text.get(start..end).unwrap_or_default();
            let span = Span::new(file.base + start, file.base + end);
            [odd(text, span).filter(|_| !tested(span)), secret(text, span)]
        })
        .flatten()
        .collect()
}

/// Is there perhaps something to say of a string on this line?
fn may_be_odd(line: &str) -> bool {
    let may_be_address = || line.contains("://") && line.contains('@');
    !line.is_ascii() || line.contains("\\u{") || may_be_address() || secret(line, Span::default()).is_some()
}

fn odd(text: &str, span: Span) -> Option<Diagnostic> {
    let warning = |message: String| Diagnostic::warning(codes::CONFUSABLE, span, message);
    if let Some(c) = escapes(text).find(|c| is_hidden(*c) && !c.is_control()) {
        let message = format!("this holds the invisible character U+{:04X}", u32::from(c));
        return Some(warning(message).help("take it out: what is shown is not what is compared"));
    }
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_ascii()).find_map(|word| {
        // Whole words of another script that cannot be told from ASCII by sight.
        if let Some(odd) = word
            .chars()
            .find(|c| !c.is_ascii())
            .filter(|_| skeleton(word).all(|c| c.is_ascii()))
        {
            let message = format!("`{word}` looks like ASCII, and has U+{:04X}", u32::from(odd));
            return Some(warning(message).help("retype it if ASCII is meant"));
        }
        let mixed = !word.is_single_script();
        mixed.then(|| warning(format!("`{word}` mixes scripts")).help("retype it in one script"))
    })
}

/// The characters that are written as `\u{…}`.
fn escapes(text: &str) -> impl Iterator<Item = char> {
    text.split("\\u{").skip(1).filter_map(|rest| {
        let (digits, _) = rest.split_once('}')?;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    })
}

fn secret(text: &str, span: Span) -> Option<Diagnostic> {
    let what = if text.contains("-----BEGIN") && text.contains("PRIVATE KEY") {
        "a private key"
    } else if has_password(text) {
        "a URL with a password"
    } else if text.split(|c: char| !is_token(c) && c != '.').any(is_jwt) {
        "a JSON web token"
    } else if text.split(|c| !is_token(c)).any(is_issued) {
        "an access token"
    } else {
        return None;
    };
    // The text itself is not repeated: messages are logged.
    let message = format!("this looks like {what}");
    Some(Diagnostic::warning(codes::SECRET, span, message).help("take it out of the policy, and renew it"))
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn is_issued(word: &str) -> bool {
    TOKENS
        .into_iter()
        .any(|(prefix, least)| word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= least))
}

fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    matches!(parts.as_slice(), [head, body, _] if head.starts_with("eyJ") && body.starts_with("eyJ"))
}

/// `scheme://name:password@host`
fn has_password(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#', '"']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
        user.is_some_and(|(_, password)| !password.is_empty() && !password.contains(['$', '*']))
    })
}
