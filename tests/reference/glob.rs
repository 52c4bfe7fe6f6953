//! Globs and path patterns, by trying every way to match.

/// A character of the pattern and whether it may be special; those of constants are not.
pub type Char = (char, bool);

#[derive(Clone, Debug)]
enum Token {
    /// This character.
    One(char),
    /// `?`.
    Any,
    /// `[…]`: negated, and its ranges.
    Class(bool, Vec<(char, char)>),
    /// `*`.
    Star,
    /// `**/`: nothing, or whole segments.
    Segments,
    /// `/**` at the end: nothing, or a slash and all that follows.
    Below,
    /// `**` alone: everything.
    All,
}

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Of {
    /// One segment.
    Text,
    /// Segments between slashes; `*`, `?` and `[…]` stay within one.
    Path,
    /// Labels between dots.
    Host,
}

impl Of {
    /// What stands beside `**`.
    fn separator(self) -> char {
        if self == Self::Host { '.' } else { '/' }
    }
}

/// Does `glob("…")` match the whole text?
pub fn glob(pattern: &[Char], text: &str, of: Of) -> bool {
    let text: Vec<char> = text.chars().collect();
    let ways = alternatives(pattern);
    ways.iter().any(|way| matches(&tokens(way, true, of), &text, of))
}

/// Does `path("…")` match the whole text? Only `*` and `**` are special.
pub fn path(pattern: &[Char], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    matches(&tokens(pattern, false, Of::Path), &text, Of::Path)
}

/// What a pattern with `{a,b}` stands for: every pattern without braces.
fn alternatives(pattern: &[Char]) -> Vec<Vec<Char>> {
    let Some(open) = find(pattern, 0, '{') else {
        return vec![pattern.to_vec()];
    };
    let (mut depth, mut at, mut start) = (0, open, open + 1);
    let mut choices = Vec::new();
    let close = loop {
        match pattern[at] {
            ('\\', true) => at += 1,
            ('{', true) => depth += 1,
            (',', true) if depth == 1 => {
                choices.push(&pattern[start..at]);
                start = at + 1;
            }
            ('}', true) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            choices.push(&pattern[start..at]);
            break at;
        }
        at += 1;
    };
    let whole = |choice: &&[Char]| [&pattern[..open], choice, &pattern[close + 1..]].concat();
    choices
        .iter()
        .map(whole)
        .flat_map(|whole| alternatives(&whole))
        .collect()
}

/// The first special `wanted` from `at` on, past escapes.
fn find(pattern: &[Char], mut at: usize, wanted: char) -> Option<usize> {
    while at < pattern.len() {
        match pattern[at] {
            ('\\', true) => at += 1,
            (c, true) if c == wanted => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn tokens(pattern: &[Char], full: bool, of: Of) -> Vec<Token> {
    let mut out = Vec::new();
    let mut at = 0;
    let double = |at: usize| pattern.get(at) == Some(&('*', true)) && pattern.get(at + 1) == Some(&('*', true));
    let slash = |at: usize| pattern.get(at).is_some_and(|c| c.0 == of.separator());
    // `/**` from here to the end, once or more.
    let below = |mut at: usize| {
        while slash(at) && double(at + 1) {
            at += 3;
        }
        at == pattern.len()
    };
    while at < pattern.len() {
        let whole_segment = at == 0 || slash(at - 1);
        match pattern[at] {
            (c, _) if c == of.separator() && at > 0 && below(at) => {
                out.push(Token::Below);
                break;
            }
            ('*', true) if double(at) && whole_segment && slash(at + 2) => {
                out.push(Token::Segments);
                at += 2;
            }
            ('*', true) if double(at) && whole_segment && at + 2 == pattern.len() => {
                out.push(Token::All);
                at += 1;
            }
            ('*', true) => out.push(Token::Star),
            ('?', true) if full => out.push(Token::Any),
            ('\\', true) if full => {
                at += 1;
                out.push(Token::One(pattern[at].0));
            }
            ('[', true) if full => {
                let (class, end) = class(pattern, at + 1);
                out.push(class);
                at = end;
            }
            (c, _) => out.push(Token::One(c)),
        }
        at += 1;
    }
    out
}

/// A class from past its `[`, and where its `]` is.
fn class(pattern: &[Char], start: usize) -> (Token, usize) {
    let negated = matches!(pattern[start].0, '!' | '^');
    let first = start + usize::from(negated);
    let end = (first + 1..).find(|at| pattern[*at].0 == ']').unwrap();
    let (mut at, mut ranges) = (first, Vec::new());
    while at < end {
        let low = pattern[at].0;
        if at + 2 < end && pattern[at + 1].0 == '-' {
            ranges.push((low, pattern[at + 2].0));
            at += 3;
        } else {
            ranges.push((low, low));
            at += 1;
        }
    }
    (Token::Class(negated, ranges), end)
}

fn matches(pattern: &[Token], text: &[char], of: Of) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return text.is_empty();
    };
    // The rest of the pattern, after the first `n` characters, for some `n`.
    let after = |mut ways: Box<dyn Iterator<Item = usize> + '_>| ways.any(|n| matches(rest, &text[n..], of));
    let upto = 0..=text.len();
    let in_segment = |c: char| of == Of::Text || c != of.separator();
    let one = |fits: &dyn Fn(char) -> bool| text.first().is_some_and(|c| fits(*c)) && matches(rest, &text[1..], of);
    match first {
        Token::One(wanted) => one(&|c| c == *wanted),
        Token::Any => one(&in_segment),
        Token::Class(negated, ranges) => {
            one(&|c| in_segment(c) && ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated)
        }
        Token::Star => after(Box::new(upto.take_while(|n| text[..*n].iter().all(|c| in_segment(*c))))),
        Token::Segments => after(Box::new(upto.filter(|n| *n == 0 || text[n - 1] == of.separator()))),
        Token::Below => text.is_empty() || text[0] == of.separator(),
        Token::All => true,
    }
}
