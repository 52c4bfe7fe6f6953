//! Regular expressions, the small part that the generator writes, by trying every way to match.

enum Node {
    Empty,
    Char(Box<dyn Fn(char) -> bool>),
    Then(Box<Node>, Box<Node>),
    Either(Box<Node>, Box<Node>),
    Repeat(Box<Node>, usize, usize),
}

/// Does the expression match the whole text?
pub fn regex(pattern: &str, text: &str) -> bool {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    let text: Vec<char> = text.chars().collect();
    let mut parser = Parser {
        chars: pattern.chars().collect(),
        at: 0,
    };
    let node = parser.either();
    assert_eq!(parser.at, parser.chars.len(), "{pattern}");
    ends(&node, &text, 0).contains(&text.len())
}

/// Everywhere that a match from `at` can end.
fn ends(node: &Node, text: &[char], at: usize) -> Vec<usize> {
    match node {
        Node::Empty => vec![at],
        Node::Char(fits) => text.get(at).filter(|c| fits(**c)).map(|_| at + 1).into_iter().collect(),
        Node::Then(first, second) => {
            let middle = ends(first, text, at);
            middle.into_iter().flat_map(|at| ends(second, text, at)).collect()
        }
        Node::Either(a, b) => [ends(a, text, at), ends(b, text, at)].concat(),
        Node::Repeat(inner, min, max) => {
            let (mut reached, mut now) = (Vec::new(), vec![at]);
            for times in 0..=(*max).min(text.len() + min) {
                if times >= *min {
                    reached.extend(&now);
                }
                now = now.into_iter().flat_map(|at| ends(inner, text, at)).collect();
                now.sort_unstable();
                now.dedup();
            }
            reached
        }
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self) -> char {
        self.at += 1;
        self.chars[self.at - 1]
    }

    fn either(&mut self) -> Node {
        let first = self.then();
        if self.peek() != Some('|') {
            return first;
        }
        self.take();
        Node::Either(Box::new(first), Box::new(self.either()))
    }

    fn then(&mut self) -> Node {
        match self.peek() {
            None | Some('|' | ')') => Node::Empty,
            Some(_) => Node::Then(Box::new(self.repeat()), Box::new(self.then())),
        }
    }

    fn repeat(&mut self) -> Node {
        let one = self.one();
        let (min, max) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                let digits: String = self.chars[self.at + 1..].iter().take_while(|c| **c != '}').collect();
                self.at += digits.len() + 1;
                let (min, max) = digits.split_once(',').unwrap();
                (min.parse().unwrap(), max.parse().unwrap())
            }
            _ => return one,
        };
        self.take();
        Node::Repeat(Box::new(one), min, max)
    }

    fn one(&mut self) -> Node {
        match self.take() {
            '(' => {
                let inner = self.either();
                self.take();
                inner
            }
            '.' => Node::Char(Box::new(|c| c != '\n')),
            '[' => {
                let mut ranges = Vec::new();
                while self.peek() != Some(']') {
                    let low = self.take();
                    let high = if self.peek() == Some('-') {
                        self.take();
                        self.take()
                    } else {
                        low
                    };
                    ranges.push(low..=high);
                }
                self.take();
                Node::Char(Box::new(move |c| ranges.iter().any(|range| range.contains(&c))))
            }
            '\\' => {
                let wanted = self.take();
                Node::Char(Box::new(move |c| c == wanted))
            }
            wanted => Node::Char(Box::new(move |c| c == wanted)),
        }
    }
}
