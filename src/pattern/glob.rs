//! Globs and path patterns → regular expressions.

use regex_syntax::escape;

/// What `/` means to a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Nothing: a text is one segment.
    Text,
    /// It parts segments; `*`, `?` and `[…]` stay within one.
    Path,
    /// Nothing, but `.` parts segments as `/` does in a path.
    Host,
}

/// Why a glob was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// globset does not take it.
    #[error("{0}")]
    Syntax(String),
    /// `**` that is not a whole segment.
    #[error("`**` must be a whole segment")]
    DoubleStar,
}

/// A piece of a pattern string: what the author wrote, or the literal text of a constant.
pub type Piece<'a> = (&'a str, bool);

/// One character, and whether it may be special.
type Char = (char, bool);

/// The regular expression of `glob("…")`: globset's syntax, with `x/**` also matching `x`. Pieces marked `true` are
/// literal.
///
/// # Errors
/// What globset has to say about it.
pub fn glob_to_regex(pieces: &[Piece<'_>], dialect: Dialect) -> Result<String, GlobError> {
    let source: String = pieces
        .iter()
        .map(|(text, literal)| {
            if *literal {
                globset::escape(text)
            } else {
                (*text).to_owned()
            }
        })
        .collect();
    globset::GlobBuilder::new(&source)
        .backslash_escape(true)
        .build()
        .map_err(|error| GlobError::Syntax(error.kind().to_string()))?;
    Translator::new(pieces, dialect, true).translate()
}

/// The regular expression of `path("…")`: only `*` and `**` are special. Pieces marked `true` are literal.
///
/// # Errors
/// `**` that is not a whole segment.
pub fn path_to_regex(pieces: &[Piece<'_>]) -> Result<String, GlobError> {
    Translator::new(pieces, Dialect::Path, false).translate()
}

struct Translator {
    chars: Vec<Char>,
    at: usize,
    dialect: Dialect,
    full: bool,
    out: String,
}

impl Translator {
    fn new(pieces: &[Piece<'_>], dialect: Dialect, full: bool) -> Self {
        let chars = pieces
            .iter()
            .flat_map(|(text, literal)| text.chars().map(move |c| (c, !*literal)))
            .collect();
        Self {
            chars,
            at: 0,
            dialect,
            full,
            out: String::from("(?s)"),
        }
    }

    fn translate(mut self) -> Result<String, GlobError> {
        while let Some((c, special)) = self.next() {
            match (c, special) {
                ('*', true) => self.star()?,
                (c, _) if c == self.separator() && self.tail_end().is_some() => {
                    self.at = self.tail_end().unwrap_or(self.at);
                    self.out.push_str(&format!("(?:{}.*)?", self.separator_regex()));
                }
                ('?', true) if self.full => self.out.push_str(self.one()),
                ('[', true) if self.full => self.class(),
                ('{', true) if self.full => self.out.push_str("(?:"),
                ('}', true) if self.full => self.out.push(')'),
                (',', true) if self.full && self.in_braces() => self.out.push('|'),
                ('\\', true) if self.full => {
                    if let Some((c, _)) = self.next() {
                        self.literal(c);
                    }
                }
                (c, _) => self.literal(c),
            }
        }
        Ok(self.out)
    }

    fn next(&mut self) -> Option<Char> {
        let found = self.chars.get(self.at).copied();
        self.at += 1;
        found
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&escape(c.encode_utf8(&mut [0; 4])));
    }

    /// One character of a segment.
    fn one(&self) -> &'static str {
        match self.dialect {
            Dialect::Text => ".",
            Dialect::Path => "[^/]",
            Dialect::Host => "[^.]",
        }
    }

    /// What stands beside `**`.
    fn separator(&self) -> char {
        if self.dialect == Dialect::Host { '.' } else { '/' }
    }

    fn separator_regex(&self) -> String {
        escape(self.separator().encode_utf8(&mut [0; 4]))
    }

    fn star(&mut self) -> Result<(), GlobError> {
        if !self.is('*', self.at) {
            let one = self.one();
            self.out.push_str(one);
            self.out.push('*');
            return Ok(());
        }
        let starts =
            self.at == 1 || self.is_plain(self.separator(), self.at.checked_sub(2)) || self.opens_alternative();
        let after = self.at + 1;
        let slash = self.is_plain(self.separator(), Some(after));
        let ends = after >= self.chars.len();
        if starts && slash {
            self.at = after + 1;
            self.out.push_str(&format!("(?:.*{})?", self.separator_regex()));
        } else if (starts && ends) || self.dialect == Dialect::Text {
            self.at = after;
            self.out.push_str(".*");
        } else {
            return Err(GlobError::DoubleStar);
        }
        Ok(())
    }

    /// Where `**`, or `**/**` and so on, ends that stands here, after a `/`, and ends the pattern or an alternative
    /// of it.
    fn tail_end(&self) -> Option<usize> {
        let mut at = self.at;
        while self.is('*', at) && self.is('*', at + 1) {
            at += 2;
            let ends_alternative = self.full && (self.is(',', at) || self.is('}', at)) && self.in_braces_at(at);
            if at == self.chars.len() || ends_alternative {
                return Some(at).filter(|_| self.at > 1);
            }
            if !self.is_plain(self.separator(), Some(at)) {
                return None;
            }
            at += 1;
        }
        None
    }

    fn opens_alternative(&self) -> bool {
        self.full && self.at >= 2 && (self.is('{', self.at - 2) || (self.is(',', self.at - 2) && self.in_braces()))
    }

    fn is(&self, c: char, at: usize) -> bool {
        self.chars.get(at) == Some(&(c, true))
    }

    fn is_plain(&self, c: char, at: Option<usize>) -> bool {
        at.and_then(|at| self.chars.get(at)).is_some_and(|found| found.0 == c)
    }

    /// Is the character that was just read within `{…}`?
    fn in_braces(&self) -> bool {
        self.in_braces_at(self.at.saturating_sub(1))
    }

    /// Is the character there within `{…}`? Escapes were checked by globset.
    fn in_braces_at(&self, at: usize) -> bool {
        let mut depth = 0_usize;
        let mut chars = self.chars.iter().take(at);
        while let Some(&(c, special)) = chars.next() {
            match (c, special) {
                ('\\', true) => drop(chars.next()),
                ('{', true) => depth += 1,
                ('}', true) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        depth > 0
    }

    /// `[abc]`, `[a-z]`, `[!a]`, `[^a]`, as globset reads them; within a path it never holds `/`.
    fn class(&mut self) {
        let negated = self.is('!', self.at) || self.is('^', self.at);
        if negated {
            self.at += 1;
        }
        let mut body = String::new();
        let mut first = true;
        while let Some((c, _)) = self.next() {
            match c {
                ']' if !first => break,
                '-' if !first && !self.is(']', self.at) => body.push('-'),
                c => body.push_str(&escape(c.encode_utf8(&mut [0; 4]))),
            }
            first = false;
        }
        let class = format!("[{}{body}]", if negated { "^" } else { "" });
        match self.dialect {
            Dialect::Text => self.out.push_str(&class),
            Dialect::Path => self.out.push_str(&format!("[{class}&&[^/]]")),
            Dialect::Host => self.out.push_str(&format!("[{class}&&[^.]]")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Automaton;
    use super::*;
    use proptest::prelude::*;

    fn glob(pattern: &str, dialect: Dialect) -> Automaton {
        Automaton::new(&glob_to_regex(&[(pattern, false)], dialect).unwrap()).unwrap()
    }

    fn path(pattern: &str) -> Automaton {
        Automaton::new(&path_to_regex(&[(pattern, false)]).unwrap()).unwrap()
    }

    #[test]
    fn stars_stay_within_a_segment_of_a_path() {
        for (pattern, text, wanted) in [
            ("/srv/*", "/srv/a", true),
            ("/srv/*", "/srv/a/b", false),
            ("/srv/**", "/srv", true),
            ("/srv/**", "/srv/a/b", true),
            ("/srv/**", "/srvx", false),
            ("/srv/**", "/srv2/a", false),
            ("/**", "/", true),
            ("/**", "/a", true),
            ("**", "/a", true),
            ("**/.git/**", "/a/.git", true),
            ("**/.git/**", "/.git/config", true),
            ("**/.git/**", "/a.git/x", false),
            ("/a/**/b", "/a/b", true),
            ("/a/**/b", "/a/x/y/b", true),
            ("/a/**/b", "/a/xb", false),
            ("/a/**/**", "/a", true),
            ("/a/**/**", "/a/b", true),
            ("/a/**/**", "/ab", false),
            ("/a[b]", "/ab", false),
            ("/a[b]", "/a[b]", true),
            ("/a?", "/a?", true),
            ("/*.md", "/x.md", true),
            ("/*.md", "/x/y.md", false),
        ] {
            assert_eq!(path(pattern).accepts(text), wanted, "{pattern} {text}");
        }
        assert_eq!(path_to_regex(&[("/a**/b", false)]), Err(GlobError::DoubleStar));
        assert_eq!(path_to_regex(&[("/a/**b", false)]), Err(GlobError::DoubleStar));
    }

    #[test]
    fn a_text_is_one_segment() {
        for (pattern, text, wanted) in [
            ("*.md", "a/b.md", true),
            ("a*b", "a\nb", true),
            ("caf?", "café", true),
            ("[é-ü]", "ö", true),
            ("{a,b*}c", "bxc", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("a,b", "a,b", true),
            ("x/**", "x", true),
            ("**/x", "x", true),
            ("x/**/**", "x", true),
            ("{x/**,y}", "x", true),
            ("{x/**,y}", "x/y", true),
            ("{x/**,y}/z", "x/z", true),
            ("{x/**,y}", "xy", false),
            ("[!a]", "b", true),
            ("[!a]", "a", false),
            ("[]]", "]", true),
            ("[a-]", "-", true),
        ] {
            assert_eq!(glob(pattern, Dialect::Text).accepts(text), wanted, "{pattern} {text}");
        }
        assert!(matches!(
            glob_to_regex(&[("[a", false)], Dialect::Text),
            Err(GlobError::Syntax(_))
        ));
        assert!(matches!(
            glob_to_regex(&[("{a", false)], Dialect::Text),
            Err(GlobError::Syntax(_))
        ));
    }

    #[test]
    fn constants_are_literal() {
        let regex = path_to_regex(&[("/", false), ("a*", true), ("/**", false)]).unwrap();
        assert!(Automaton::new(&regex).unwrap().accepts("/a*/x"));
        assert!(!Automaton::new(&regex).unwrap().accepts("/ab/x"));
        let regex = glob_to_regex(&[("{", true), ("*", false)], Dialect::Text).unwrap();
        assert!(Automaton::new(&regex).unwrap().accepts("{x"));
    }

    proptest! {
        // The wanted differences: `x/**` also matches `x`, `[!a]` in a path is no `/`, and `**/` is not everything.
        #[test]
        fn agrees_with_globset(pattern in "/?([a-c]|\\*|\\?|\\[[a-c!][a-c]\\]|\\{[a-c],[a-c]\\}|/|/\\*\\*/|\\\\[*a]){0,6}", text in "[a-c*/]{0,8}") {
            for (dialect, separator) in [(Dialect::Path, true), (Dialect::Text, false)] {
                let class = dialect == Dialect::Path && pattern.contains("[!");
                if class || pattern.ends_with("**") || pattern.ends_with("**/") {
                    continue;
                }
                let Ok(theirs) = globset::GlobBuilder::new(&pattern).literal_separator(separator).backslash_escape(true).build() else { continue };
                let Ok(regex) = glob_to_regex(&[(&pattern, false)], dialect) else { continue };
                let ours = Automaton::new(&regex).unwrap().accepts(&text);
                prop_assert_eq!(ours, theirs.compile_matcher().is_match(&text), "{} {} {}", pattern, text, regex);
            }
        }
    }
}
