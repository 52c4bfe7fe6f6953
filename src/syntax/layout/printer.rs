//! Tokens, brackets and chains → text.

use super::document::{Brackets, Chain, ChainKind, Comment, Layout, Piece, Token};
use super::measure::{inside, on_one_line, up_to_break};
use super::{INDENT, MAX_SOURCE, WIDTH};

/// The text of a file.
pub(super) fn print(layout: &Layout) -> String {
    let mut printer = Printer::default();
    for statement in &layout.statements {
        printer.next = Some(Place::entry(0, printer.text.is_empty()));
        printer.pieces(statement, 0, 0);
    }
    let end = Place::entry(0, printer.text.is_empty());
    printer.comments(&layout.end, end);
    if !printer.text.is_empty() {
        printer.text.push('\n');
    }
    printer.text
}

#[derive(Default)]
struct Printer {
    text: String,
    /// The characters of the line so far.
    column: usize,
    /// The next token has no space before it.
    tight: bool,
    /// Where the next token begins a line, if it does.
    next: Option<Place>,
    /// What is printed fits its line.
    flat: bool,
    /// What is printed is part of a chain that stays on its line, and so does a chain in it: one that is broken
    /// breaks those around it.
    unbroken: bool,
    /// The last token was the end of brackets on several lines.
    after_broken: bool,
}

/// The beginning of a line.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    /// Of the comments before the token.
    comment_indent: usize,
    /// May empty lines stand before the first comment, before other comments, before the token?
    blanks: (bool, bool, bool),
}

impl Place {
    /// A statement or entry; nothing is above the first.
    fn entry(indent: usize, first: bool) -> Self {
        Self {
            indent,
            comment_indent: indent,
            blanks: (!first, true, true),
        }
    }

    /// The next part of the same.
    fn continuation(indent: usize) -> Self {
        Self {
            indent,
            comment_indent: indent,
            blanks: (false, false, false),
        }
    }

    /// A closing bracket.
    fn close(indent: usize, empty: bool) -> Self {
        Self {
            indent,
            comment_indent: indent + INDENT,
            blanks: (!empty, true, false),
        }
    }
}

impl Printer {
    /// Prints pieces one after the other; `tail` is how much must stand on the line behind them.
    fn pieces(&mut self, pieces: &[Piece], indent: usize, tail: usize) {
        for (at, piece) in pieces.iter().enumerate() {
            let (behind, breaks) = up_to_break(pieces.get(at + 1..).unwrap_or_default());
            let tail = if breaks { behind } else { behind + tail };
            match piece {
                Piece::Token(token) => self.token(token, indent),
                Piece::Brackets(brackets) => self.brackets(brackets, indent, tail),
                Piece::Chain(chain) if chain.kind == ChainKind::Clauses => self.clauses(chain, indent, tail),
                Piece::Chain(chain) => self.operands(chain, indent, tail),
            }
        }
    }

    fn fits(&self, width: usize) -> bool {
        self.column + width <= WIDTH
    }

    fn brackets(&mut self, brackets: &Brackets, indent: usize, tail: usize) {
        let before = std::mem::replace(&mut self.unbroken, false);
        self.token(&brackets.open, indent);
        let flat = self.flat || !brackets.broken && (brackets.entries.is_empty() || self.fits(inside(brackets) + tail));
        if flat {
            self.on_one_line(brackets, indent);
        } else {
            self.on_lines(brackets, indent);
        }
        self.unbroken = before;
    }

    fn on_one_line(&mut self, brackets: &Brackets, indent: usize) {
        let before = std::mem::replace(&mut self.flat, true);
        let padded = brackets.style.padded && !brackets.entries.is_empty();
        self.tight = !padded;
        for (at, entry) in brackets.entries.iter().enumerate() {
            if at > 0 {
                self.write(",");
                self.tight = false;
            }
            self.pieces(entry, indent, 0);
        }
        self.tight = !padded;
        self.token(&brackets.close, indent);
        self.flat = before;
    }

    fn on_lines(&mut self, brackets: &Brackets, indent: usize) {
        for (at, entry) in brackets.entries.iter().enumerate() {
            self.next = Some(Place::entry(indent + INDENT, at == 0));
            self.pieces(entry, indent + INDENT, usize::from(brackets.style.commas));
            if brackets.style.commas {
                self.write(",");
            }
        }
        self.next = Some(Place::close(indent, brackets.entries.is_empty()));
        self.token(&brackets.close, indent);
        self.after_broken = true;
    }

    /// All on one line, or each on its own. With broken brackets inside, that is the author's choice alone.
    fn operands(&mut self, chain: &Chain, indent: usize, tail: usize) {
        let (column, tight) = self.start(chain, indent);
        let too_long = || !chain.holds_broken && column + on_one_line(&chain.parts, tight) + tail > WIDTH;
        let broken = !self.flat && !self.unbroken && (chain.broken || too_long());
        let before = std::mem::replace(&mut self.unbroken, !broken);
        for (at, part) in chain.parts.iter().enumerate() {
            let (behind, tail) = match chain.parts.get(at + 1) {
                Some(_) if broken => (0, 0),
                Some(next) => (up_to_break(next).0, 0),
                None => (0, tail),
            };
            self.part(part, indent, broken && at > 0, behind + tail);
        }
        self.unbroken = before;
    }

    /// Where the chain will begin, and whether without a space.
    fn start(&self, chain: &Chain, indent: usize) -> (usize, bool) {
        let first = chain.parts.first().and_then(|part| part.first()?.first());
        match self.next {
            Some(place) => (place.indent, true),
            None if first.is_some_and(|token| !token.comments.is_empty()) => (indent + INDENT, true),
            None => (self.column, self.tight),
        }
    }

    /// The clauses stand behind the braces if there is room, and else each on its own line. Behind braces on several
    /// lines they are taken back to the last of these.
    fn clauses(&mut self, chain: &Chain, indent: usize, tail: usize) {
        let Some((head, clauses)) = chain.parts.split_first() else {
            return;
        };
        self.pieces(head, indent, 0);
        let first_tokens = clauses.iter().filter_map(|clause| clause.first()?.first());
        let mut author = first_tokens.map(|token| token.newline);
        let author = author.any(|newline| newline);
        let broken = if self.flat {
            false
        } else if clauses.iter().flatten().any(Piece::is_broken) {
            author
        } else {
            author && !self.after_broken || !self.fits(on_one_line(clauses, false) + tail)
        };
        for (at, clause) in clauses.iter().enumerate() {
            let last = at + 1 == clauses.len();
            self.part(clause, indent, broken, if last { tail } else { 0 });
        }
    }

    fn part(&mut self, part: &[Piece], indent: usize, on_its_own: bool, tail: usize) {
        let indent = if on_its_own { indent + INDENT } else { indent };
        if on_its_own {
            self.next = Some(Place::continuation(indent));
        }
        self.pieces(part, indent, tail);
    }

    fn token(&mut self, token: &Token, indent: usize) {
        let commented = || (!token.comments.is_empty()).then(|| Place::continuation(indent + INDENT));
        match self.next.take().or_else(commented) {
            Some(place) => {
                self.comments(&token.comments, place);
                let (above, _, own) = place.blanks;
                let may = if token.comments.is_empty() { above && own } else { own };
                self.line(place.indent, may && token.blank);
            }
            None if self.tight || token.tight_before => {}
            None => self.write(" "),
        }
        self.write(token.text);
        self.tight = token.tight_after;
        self.after_broken = false;
    }

    fn comments(&mut self, comments: &[Comment], place: Place) {
        for (at, comment) in comments.iter().enumerate() {
            if at == 0 && comment.trailing && !self.text.is_empty() {
                self.write(" ");
            } else {
                let (first, others, _) = place.blanks;
                let may = if at == 0 { first } else { others };
                self.line(place.comment_indent, may && comment.blank);
            }
            self.write(comment.text);
        }
    }

    fn line(&mut self, indent: usize, blank: bool) {
        if !self.text.is_empty() {
            self.write(if blank { "\n\n" } else { "\n" });
        }
        self.column = 0;
        self.write(&" ".repeat(indent));
    }

    /// Ends where the result is refused anyway, so that deep brackets cannot fill the memory with spaces.
    fn write(&mut self, text: &str) {
        if self.text.len() <= MAX_SOURCE {
            self.text.push_str(text);
            self.column += text.chars().count();
        }
    }
}
