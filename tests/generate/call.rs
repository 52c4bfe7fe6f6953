//! Calls near the borders of a policy: its own literals, one more and one less, and what others read differently.

use super::policy::Policy;
use super::schema::{ENUM, Extra, Property, Tool, Type};
use super::tape::Tape;

/// A tool's name and arguments as JSON text.
pub fn call(tape: &mut Tape<'_>, tools: &[Tool], policy: &Policy) -> (String, String) {
    let tool = &tools[tape.below(tools.len())];
    let mut caller = Caller { tape, policy };
    let mut arguments = caller.object(&tool.parameters, &tool.extra);
    if caller.tape.once_in(40) {
        arguments = caller
            .tape
            .pick(&["[]", "null", "{", "{\"a\":1,}", "{\"a\":\"\\ud800\"}"])
            .to_owned();
    }
    let name = if caller.tape.once_in(40) { "nope" } else { tool.name };
    (name.to_owned(), arguments)
}

struct Caller<'t, 'w, 'p> {
    tape: &'t mut Tape<'w>,
    policy: &'p Policy,
}

impl Caller<'_, '_, '_> {
    fn object(&mut self, properties: &[Property], extra: &Extra) -> String {
        let mut members = Vec::new();
        // Of one alternative, of the other, or of both.
        let mut properties: Vec<&Property> = properties.iter().collect();
        if let Extra::Either(others) = extra
            && !self.tape.once_in(3)
        {
            if self.tape.once_in(2) {
                properties.clear();
            }
            properties.extend(others);
            properties.sort_by_key(|property| property.name);
            properties.dedup_by_key(|property| property.name);
        }
        let is_free = properties.is_empty();
        for property in properties {
            if self.tape.once_in(if property.required { 10 } else { 2 }) {
                continue;
            }
            let key = match self.tape.below(40) {
                39 => property.name.to_uppercase(),
                38 => property.name.to_lowercase(),
                37 => property.name.replace(['k', 'K'], "\u{212a}"),
                36 => property.name.replace('é', "e\u{301}"),
                _ => property.name.to_owned(),
            };
            let value = match &property.default {
                Some(default) if self.tape.once_in(6) => default.clone(),
                _ => self.value(&property.kind),
            };
            members.push(format!("{}:{value}", serde_json::to_string(&key).unwrap()));
        }
        let rarely = if is_free || matches!(extra, Extra::Strings) {
            3
        } else {
            16
        };
        if self.tape.below(rarely) < if is_free { 2 } else { 1 } {
            let key = self
                .tape
                .pick(&["extra", "Extra", "extra", "zzz", "Path", "__proto__", "a\\u0001"]);
            let value = match self.tape.below(if is_free { 6 } else { 4 }) {
                0 => "1".to_owned(),
                1 => self.value(&Type::Path),
                2 | 3 => self.value(&Type::Text),
                _ => self.value(&Type::Any),
            };
            members.push(format!("\"{key}\":{value}"));
        }
        // Large objects are searched in another way.
        if self.tape.once_in(60) {
            members.extend((0..20).map(|n| format!("\"x{n}\":\"a\"")));
        }
        if self.tape.once_in(40)
            && let Some(first) = members.first().cloned()
        {
            members.push(first);
        }
        format!("{{{}}}", members.join(","))
    }

    fn value(&mut self, kind: &Type) -> String {
        if self.tape.once_in(24) {
            return self.stray();
        }
        match kind {
            Type::Text => quote(&self.text()),
            Type::Path => quote(&self.path()),
            Type::Read(kind, _) => {
                let pool = self.policy.read.get(kind.name()).cloned().unwrap_or_default();
                quote(&kind.value(self.tape, &pool))
            }
            Type::Enum if self.tape.once_in(10) => quote(&self.text()),
            Type::Enum => quote(self.tape.pick(&ENUM)),
            Type::Integer | Type::Int64 => self.number(true),
            Type::Number => self.number(false),
            Type::Bool => self.tape.pick(&["true", "false"]).to_owned(),
            Type::Array(inner) => {
                let near = self.policy.lengths.clone();
                let length = match self.tape.below(3) {
                    0 if !near.is_empty() => self.tape.choose(&near) + self.tape.below(2),
                    _ => self.tape.below(4),
                };
                let elements: Vec<String> = (0..length).map(|_| self.value(inner)).collect();
                format!("[{}]", elements.join(","))
            }
            Type::Object(properties, extra) => self.object(properties, extra),
            Type::Any | Type::Unsaid => match self.tape.below(8) {
                5 => format!("{{\"{}\":{}}}", self.tape.pick(&["a", "a", "A"]), quote(&self.path())),
                6 | 7 => format!(
                    "{{\"{}\":{{\"{}\":{}}}}}",
                    self.tape.pick(&["a", "a", "a", "A"]),
                    self.tape.pick(&["b", "b", "B"]),
                    quote(&self.path())
                ),
                0 => quote(&self.text()),
                1 => self.number(false),
                2 => self
                    .tape
                    .pick(&["null", "true", "[]", "[\"a\"]", "[\"a\",\"b\"]"])
                    .to_owned(),
                3 => self
                    .tape
                    .pick(&[
                        "{\"a\":1}",
                        "{\"a\":1,\"b\":\"x\"}",
                        "{\"a\":2}",
                        "{\"a\":1,\"c\":0}",
                        "{}",
                    ])
                    .to_owned(),
                _ => self.stray(),
            },
            Type::Nullable(_, _) if self.tape.once_in(3) => "null".to_owned(),
            Type::Nullable(inner, _) | Type::Ref(inner) => self.value(inner),
            Type::Union if self.tape.once_in(2) => self.number(true),
            Type::Union => quote(&self.text()),
        }
    }

    /// A value of any type at all.
    fn stray(&mut self) -> String {
        let strays = [
            "null",
            "true",
            "1",
            "1.0",
            "-0",
            "\"\"",
            "\"[1]\"",
            "\"{}\"",
            "\" null \"",
            "\"[1\"",
            "\"1\"",
            "[]",
            "{}",
            "[null]",
            "{\"a\":{\"a\":1}}",
            "1e400",
            "\"\\u0000\"",
            "[[\"a\"]]",
            "\"null\"",
            "{\"a\":1,\"A\":2}",
            "\"[{\\\"a\\\":1,\\\"a\\\":2}]\"",
        ];
        self.tape.pick(&strays).to_owned()
    }

    fn number(&mut self, whole: bool) -> String {
        let pool = self.policy.numbers.clone();
        let near = if pool.is_empty() || self.tape.once_in(4) {
            "1".to_owned()
        } else {
            self.tape.choose(&pool)
        };
        let shift = |by: i64| near.parse::<i64>().map_or(near.clone(), |n| (n + by).to_string());
        match self.tape.below(if whole { 12 } else { 9 }) {
            0..=2 => near,
            3 => shift(1),
            4 => shift(-1),
            5 => format!("{near}{}", if near.contains('.') { "0" } else { ".0" }),
            6 => format!("{near}e0"),
            7 if near.contains('.') => format!("{near}000001"),
            7 => format!("{near}.000001"),
            8 => self
                .tape
                .pick(&[
                    "0",
                    "-0",
                    "0.1",
                    "0.10000000000000001",
                    "1e400",
                    "9007199254740993",
                    "1E1",
                    "5e-324",
                    "-1",
                ])
                .to_owned(),
            9 => self
                .tape
                .pick(&["9007199254740991", "9007199254740992", "-9007199254740992"])
                .to_owned(),
            10 => self
                .tape
                .pick(&["9223372036854775807", "9223372036854775808", "-9223372036854775808"])
                .to_owned(),
            _ => "10".to_owned(),
        }
    }

    fn text(&mut self) -> String {
        let pool = self.policy.strings.clone();
        let text = match self.tape.below(6) {
            0..=2 if !pool.is_empty() => self.tape.choose(&pool),
            3 if !self.policy.lengths.is_empty() => {
                let length = self.tape.choose(&self.policy.lengths) + self.tape.below(2);
                self.tape.pick(&["a", "é", "😀", "\n"]).repeat(length)
            }
            _ => self
                .tape
                .pick(&["a", "b", "", "[]", "null", "{}", "a\u{202e}", "\u{2028}", "x/y", "abc"])
                .to_owned(),
        };
        match self.tape.below(12) {
            8 => format!("{text}a"),
            9 => text.to_uppercase(),
            10 => format!("{text}\n"),
            11 => format!("/{text}"),
            _ => text,
        }
    }

    /// As Windows writes it, where that is declared.
    fn path(&mut self) -> String {
        let path = self.posix_path();
        if !self.policy.windows || self.tape.once_in(8) {
            return path;
        }
        let drive = self.tape.pick(&["C:", "c:", "C:", "D:", "", "\\\\?\\C:"]);
        let path = format!("{}{path}", if path.starts_with('/') { drive } else { "" }).replace('/', "\\");
        let end = self.tape.pick(&[
            "",
            "",
            "",
            "",
            "",
            "",
            ":x",
            ".",
            "~1",
            "\\NUL",
            "\\com1.txt",
            "?",
            "\\",
        ]);
        format!("{path}{end}")
    }

    fn posix_path(&mut self) -> String {
        let pool = self.policy.paths.clone();
        let path = if pool.is_empty() || self.tape.once_in(5) {
            self.tape
                .pick(&["/srv/w/a", "/", "/etc/passwd", "a", "a/b", "w"])
                .to_owned()
        } else {
            self.tape.choose(&pool)
        };
        if !self.tape.once_in(2) {
            return path;
        }
        match self.tape.below(22) {
            0 => format!("{path}/"),
            1 => format!("{path}/.."),
            2 => format!("{path}/../a"),
            3 => format!("/{path}"),
            4 => format!("{path}/./a"),
            5 => path.replacen('/', "//", 1),
            6 => format!("{path}/x"),
            7 => format!("{path}/.git/x"),
            8 => format!("{path}\\x"),
            9 => format!("{path}\u{0}"),
            10 => format!("{path}/caf\u{e9}"),
            11 => format!("{path}/cafe\u{301}"),
            12 => format!("{path} "),
            13 => format!("~{path}"),
            14 => format!("{path}/$HOME"),
            15 => format!("{path}/%A%"),
            16 => format!("{path}/\u{200b}"),
            17 => path.to_uppercase(),
            18 => path.trim_start_matches('/').to_owned(),
            19 => format!("{path}/..."),
            20 => format!("{path}//"),
            _ => format!("{path}/\"a\""),
        }
    }
}

fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
