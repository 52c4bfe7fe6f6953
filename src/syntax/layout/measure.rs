//! How wide pieces are on one line.

use super::WIDTH;
use super::document::{Brackets, Piece, Token};

/// How many characters some pieces take on one line, a space before them included. What is wider than a line is not
/// measured to its end.
pub(super) fn on_one_line(parts: &[Vec<Piece>], tight: bool) -> usize {
    let mut measure = Measure { width: 0, tight };
    parts.iter().for_each(|part| measure.pieces(part));
    measure.width
}

/// The same for what stands behind an opening bracket, the closing one included.
pub(super) fn inside(brackets: &Brackets) -> usize {
    let mut measure = Measure { width: 0, tight: true };
    measure.inside(brackets);
    measure.width
}

/// How many characters some pieces take up to the first place where their line may break; and whether there is one.
pub(super) fn up_to_break(pieces: &[Piece]) -> (usize, bool) {
    let mut measure = Measure { width: 0, tight: false };
    let found = measure.up_to_break(pieces);
    (measure.width, found)
}

struct Measure {
    width: usize,
    tight: bool,
}

impl Measure {
    fn token(&mut self, token: &Token) {
        let space = usize::from(!(self.tight || token.tight_before));
        self.width += space + token.text.chars().count();
        self.tight = token.tight_after;
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            if self.width > WIDTH {
                return;
            }
            match piece {
                Piece::Token(token) => self.token(token),
                Piece::Brackets(brackets) => {
                    self.token(&brackets.open);
                    self.inside(brackets);
                }
                Piece::Chain(chain) => chain.parts.iter().for_each(|part| self.pieces(part)),
            }
        }
    }

    fn inside(&mut self, brackets: &Brackets) {
        let padded = brackets.style.padded && !brackets.entries.is_empty();
        self.tight = !padded;
        for (at, entry) in brackets.entries.iter().enumerate() {
            if self.width > WIDTH {
                return;
            }
            self.width += usize::from(at > 0);
            self.pieces(entry);
        }
        self.tight = !padded;
        self.token(&brackets.close);
    }

    fn up_to_break(&mut self, pieces: &[Piece]) -> bool {
        for piece in pieces {
            match piece {
                Piece::Token(token) if !token.comments.is_empty() => return true,
                Piece::Token(token) => self.token(token),
                Piece::Brackets(brackets) => {
                    self.token(&brackets.open);
                    return true;
                }
                Piece::Chain(chain) => {
                    if let Some(part) = chain.parts.first() {
                        self.up_to_break(part);
                    }
                    return true;
                }
            }
            if self.width > WIDTH {
                return true;
            }
        }
        false
    }
}
