//! Policies about tools, in which nearly every pattern fits its slot.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::reading::Kind;
use super::schema::{ENUM, Extra, Member, Property, Tool, Type, members};
use super::tape::Tape;

/// A policy, and what its literals were, so that calls can be near them.
#[derive(Debug, Default)]
pub struct Policy {
    pub source: String,
    pub strings: Vec<String>,
    pub paths: Vec<String>,
    pub numbers: Vec<String>,
    pub lengths: Vec<usize>,
    /// By the name of their reading.
    pub read: BTreeMap<&'static str, Vec<String>>,
    /// Paths are declared as Windows writes them.
    pub windows: bool,
}

/// Which way a pattern faces.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Allow,
    Deny,
}

impl Side {
    fn other(self) -> Self {
        if self == Self::Allow { Self::Deny } else { Self::Allow }
    }
}

pub fn policy(tape: &mut Tape<'_>, tools: &[Tool]) -> Policy {
    let mut writer = Writer {
        tape,
        out: Policy::default(),
        spreads: 0,
    };
    writer.file(tools);
    writer.out
}

struct Writer<'t, 'w> {
    tape: &'t mut Tape<'w>,
    out: Policy,
    /// How many patterns there are that are spread.
    spreads: usize,
}

impl Writer<'_, '_> {
    fn file(&mut self, tools: &[Tool]) {
        let mut source = "policy \"p\"\nconst root = \"/srv/w\"\nconst odd = \"a*[b]\"\n".to_owned();
        self.out.strings.push("a*[b]".to_owned());
        let options = self.tape.pick(&[
            "",
            "",
            " dir",
            " root \"/srv\"",
            " posix dir root \"${root}\"",
            " root \"/\"",
            " case insensitive",
            " case insensitive dir root \"${root}\"",
            " windows",
            " windows dir root \"C:/Srv\"",
        ]);
        let mut lines = Vec::new();
        let mut found = Slots::new();
        for tool in tools {
            slots(&tool.parameters, &tool.extra, "", &mut found);
        }
        for (name, mut paths) in found {
            let options = match name {
                "path" => options,
                "url" => self.tape.pick(&URL_OPTIONS),
                _ => "",
            };
            if !self.tape.once_in(4) {
                self.out.windows |= name == "path" && options.contains("windows");
                paths.sort();
                paths.dedup();
                let selectors: Vec<String> = paths.iter().map(|path| format!("*.{path}")).collect();
                lines.push(format!("  {name}{options}: {}\n", selectors.join(", ")));
            }
        }
        let block = if lines.is_empty() {
            String::new()
        } else {
            format!(" {{\n{}}}", lines.concat())
        };
        writeln!(source, "server s{block}").unwrap();
        let name = self.string(1, Side::Allow);
        writeln!(source, "pattern name = {name}").unwrap();
        let work = self.path(1);
        writeln!(source, "pattern work = {work}").unwrap();
        source.push_str(DEFINED);
        let first = tools[0].name;
        let last = tools[tools.len() - 1].name;
        let both = if first == last {
            first.to_owned()
        } else {
            format!("{{{first}, {last}}}")
        };
        writeln!(source, "tools some = s.{first}\ntools more = some | s.{both}").unwrap();
        for _ in 0..1 + self.tape.below(5) {
            let rule = self.rule(tools);
            writeln!(source, "{rule}").unwrap();
        }
        self.out.source = source;
    }

    fn rule(&mut self, tools: &[Tool]) -> String {
        let side = if self.tape.once_in(3) { Side::Deny } else { Side::Allow };
        let first = self.tape.below(tools.len());
        let (selector, about) = match self.tape.below(6) {
            3 => ("some".to_owned(), vec![&tools[0]]),
            4 => ("more".to_owned(), vec![&tools[0], &tools[tools.len() - 1]]),
            0 | 1 => (format!("s.{}", tools[first].name), vec![&tools[first]]),
            2 => ("s.*".to_owned(), tools.iter().collect()),
            _ => {
                let second = self.tape.below(tools.len());
                let names = if first == second {
                    tools[first].name.to_owned()
                } else {
                    format!("{}, {}", tools[first].name, tools[second].name)
                };
                (format!("s.{{{names}}}"), vec![&tools[first], &tools[second]])
            }
        };
        if side == Side::Deny {
            return self.prohibition(&selector, &about);
        }
        let mut fields = Vec::new();
        let all = members(&about[0].parameters, &about[0].extra);
        let mut named = Vec::new();
        for member in &all {
            if member.required || !self.tape.once_in(4) {
                fields.push(self.field(member, Side::Allow, 2));
                named.push(member);
            }
        }
        if takes_more(about[0]) && self.tape.once_in(2) {
            fields.push(self.free_parameter(about[0], "?", Side::Allow));
        }
        let callers = self.callers();
        let clauses = self.clauses(&named, &mut fields);
        let (before, fields) = self.spread(fields);
        format!("{before}allow {selector}{callers} {{ {fields} }}{clauses}")
    }

    /// Perhaps some of the fields of a grant by way of a named pattern; what is to be said before it, and the fields.
    fn spread(&mut self, mut fields: Vec<String>) -> (String, String) {
        if fields.len() < 2 || !self.tape.once_in(4) {
            return (String::new(), fields.join(", "));
        }
        let behind = fields.split_off(1 + self.tape.below(fields.len() - 1)).join(", ");
        self.spreads += 1;
        let name = format!("fields{}", self.spreads);
        let before = format!("pattern {name} = {{ {behind} }}\n");
        (before, format!("{}, ...{name}", fields.join(", ")))
    }

    fn callers(&mut self) -> String {
        if !self.tape.once_in(3) {
            return String::new();
        }
        let mut who = || {
            format!(
                "{}{}",
                self.tape.pick(&["", "", "!"]),
                self.tape.pick(&["staff", "ops", "local", "mailers"])
            )
        };
        let (first, second) = (who(), who());
        match self.tape.below(3) {
            0 => format!(" for {first} | {second}"),
            _ => format!(" for {first}"),
        }
    }

    /// The clauses of a grant. A sum needs a parameter that is never below zero, and gets it.
    fn clauses(&mut self, named: &[&Member], fields: &mut [String]) -> String {
        let mut clauses = String::new();
        if self.tape.once_in(5) {
            clauses.push_str(" until 2027-01-01");
        }
        if self.tape.once_in(5) {
            clauses.push_str(&format!(" requires {}", self.tape.pick(&["asked", "asked, told"])));
        }
        if self.tape.once_in(5) {
            clauses.push_str(&format!(" unless {}", self.tape.pick(&["seen", "seen, heard"])));
        }
        if self.tape.once_in(4) {
            clauses.push_str(&format!(" marks {}", self.tape.pick(&["seen", "heard, asked"])));
        }
        if self.tape.once_in(4) {
            clauses.push_str(&self.condition(named));
        }
        let mut limits = Vec::new();
        if self.tape.once_in(2) {
            limits.push(self.tape.pick(&["few", "many"]).to_owned());
        }
        let number = |m: &&&Member| m.required && matches!(sole(m), Some(Type::Integer | Type::Int64 | Type::Number));
        if let Some(summed) = named.iter().find(number)
            && self.tape.once_in(2)
        {
            let at = named.iter().position(|p| p.name == summed.name).unwrap();
            let pattern = fields[at].split_once(": ").unwrap().1.to_owned();
            fields[at] = format!("{}: 0.0.. & ({pattern})", key(summed.name));
            let limit = self.tape.pick(&["spend", "cost"]);
            limits.push(format!("{limit}({})", key(summed.name)));
        }
        if !limits.is_empty() {
            clauses.push_str(&format!(" limit {}", limits.join(", ")));
        }
        clauses
    }

    /// A comparison of two parameters, or of one and a claim.
    fn condition(&mut self, named: &[&Member]) -> String {
        if named.is_empty() {
            return String::new();
        }
        let left = named[self.tape.below(named.len())];
        let Some(kind) = sole(left) else { return String::new() };
        let same = |other: &Type| std::mem::discriminant(other) == std::mem::discriminant(kind);
        let alike = |m: &&&Member| m.name != left.name && sole(m).is_some_and(same);
        let comparator = match kind {
            Type::Integer | Type::Int64 | Type::Number => self.tape.pick(&["==", "!=", "<", "<="]),
            Type::Read(Kind::Time | Kind::Form | Kind::Day, _) => self.tape.pick(&["==", "!=", "<", "<="]),
            Type::Text | Type::Path | Type::Read(..) | Type::Enum | Type::Bool => self.tape.pick(&["==", "!="]),
            _ => return String::new(),
        };
        let right = named.iter().find(alike).map(|p| key(p.name));
        match right {
            Some(right) if self.tape.once_in(2) => format!(" when {} {comparator} {right}", key(left.name)),
            _ => format!(
                " when {} {comparator} caller.{}",
                key(left.name),
                self.tape.pick(&["level", "subject", "mail", "born"])
            ),
        }
    }

    fn prohibition(&mut self, selector: &str, about: &[&Tool]) -> String {
        if self.tape.once_in(12) {
            return format!("deny {selector}{}", self.callers());
        }
        let mut fields = Vec::new();
        if self.tape.once_in(3) {
            fields.push(format!("any path: {}", self.path(2)));
        }
        if self.tape.once_in(4)
            && let Some(kind) = kinds(about[0]).first().copied()
        {
            fields.push(format!("any {}: {}", kind.name(), self.read(kind, 2)));
        }
        let parameters = members(&about[0].parameters, &about[0].extra);
        if takes_more(about[0]) && (parameters.is_empty() || self.tape.once_in(3)) {
            fields.push(self.free_parameter(about[0], "", Side::Deny));
        }
        if fields.is_empty() || (!parameters.is_empty() && self.tape.once_in(3)) {
            let member = &parameters[self.tape.below(parameters.len())];
            fields.push(self.field(member, Side::Deny, 2));
        }
        let callers = self.callers();
        let after = if self.tape.once_in(4) { " after seen" } else { "" };
        let when = match self.tape.once_in(4) {
            true => self.condition(&parameters.iter().collect::<Vec<_>>()),
            false => String::new(),
        };
        format!(
            "deny {selector}{callers} {{ {} }}{after}{when} because \"no\"",
            fields.join(", ")
        )
    }

    /// A parameter that the schema does not name.
    fn free_parameter(&mut self, tool: &Tool, mark: &str, side: Side) -> String {
        let name = self.tape.pick(&["extra", "extra", "Extra"]);
        let kind = if tool.parameters.is_empty() {
            Type::Any
        } else {
            Type::Text
        };
        format!("{name}{mark}: {}", self.pattern(&kind, side, 2))
    }

    fn field(&mut self, member: &Member, side: Side, depth: usize) -> String {
        let mut patterns: Vec<String> = Vec::new();
        for kind in &member.kinds {
            patterns.push(self.pattern(kind, side, depth));
        }
        let mut pattern = match self.tape.below(2) {
            0 => patterns.swap_remove(self.tape.below(patterns.len())),
            _ => patterns
                .iter()
                .map(|p| format!("({p})"))
                .collect::<Vec<_>>()
                .join(" | "),
        };
        let mut scalars: Vec<&String> = member.defaults.iter().collect();
        scalars.retain(|default| !default.starts_with(['[', '{']) && !["null", "\".\""].contains(&default.as_str()));
        // What the server takes where it is absent is what a prohibition should find.
        if side == Side::Deny && !scalars.is_empty() && !self.tape.once_in(3) {
            let default = self.tape.choose(&scalars).clone();
            return format!("{}: {default}", key(member.name));
        }
        // What can be of any type is not negated.
        if member.open && pattern.contains('!') {
            pattern = "any".to_owned();
        }
        let mark = if member.required || self.tape.once_in(4) {
            ""
        } else {
            "?"
        };
        for default in &member.defaults {
            if (side, mark) == (Side::Allow, "?") && default != "null" {
                let literal = if default.starts_with('[') {
                    "[any]"
                } else if default.starts_with('{') {
                    "any"
                } else {
                    default
                };
                pattern = format!("({pattern}) | {literal}");
            }
        }
        format!("{}{mark}: {pattern}", key(member.name))
    }

    fn pattern(&mut self, kind: &Type, side: Side, depth: usize) -> String {
        match kind {
            Type::Text => self.string(depth, side),
            Type::Path => self.path(depth),
            Type::Read(kind, _) => self.read(*kind, depth),
            Type::Enum if self.tape.once_in(6) => format!("!\"{}\"", ENUM[1]),
            Type::Enum => match self.tape.below(4) {
                0 => "\"r\"".to_owned(),
                1 => "\"r\" | \"null\"".to_owned(),
                2 => "text(2..)".to_owned(),
                _ => "any".to_owned(),
            },
            Type::Integer | Type::Int64 => self.number(true, depth),
            Type::Number => self.number(false, depth),
            Type::Bool => self.tape.pick(&["true", "bool", "!true", "any"]).to_owned(),
            Type::Array(inner) => self.array(inner, side, depth),
            Type::Object(properties, extra) => self.object(properties, extra, side, depth),
            Type::Union => match self.tape.below(4) {
                0 => self.string(depth, side),
                1 => self.number(true, depth),
                2 => format!("({}) | {}", self.string(depth, side), self.number(true, depth)),
                _ => format!("!({})", self.string(depth, side.other())),
            },
            Type::Any | Type::Unsaid => match self.tape.below(11) {
                0 => "any".to_owned(),
                1 => format!("text & ({})", self.string(depth, side)),
                2 => self.number(false, depth),
                3 => self.array(&Type::Text, side, depth),
                4 => "null | bool".to_owned(),
                5 => "(text | int) & !\"a\"".to_owned(),
                10 if side == Side::Allow => self.map(&Type::Any, side, depth),
                6 if side == Side::Allow => "{ a: int, b?: text }".to_owned(),
                7 => format!("{{ a: {}, .. }}", self.undeclared_path(depth)),
                8 => format!("{{ a: {{ b: {}, .. }}, .. }}", self.undeclared_path(depth)),
                _ => "{ a: 1, .. }".to_owned(),
            },
            Type::Nullable(inner, _) => match self.tape.below(4) {
                0 => self.pattern(inner, side, depth),
                1 => "null".to_owned(),
                2 => "!null".to_owned(),
                _ => format!("({})?", self.pattern(inner, side, depth)),
            },
            Type::Ref(inner) => self.pattern(inner, side, depth),
        }
    }

    fn array(&mut self, inner: &Type, side: Side, depth: usize) -> String {
        let element = self.pattern(inner, side, depth.saturating_sub(1));
        let low = self.tape.below(3);
        let high = low + self.tape.below(3);
        self.out.lengths.extend([low, high]);
        let all = format!(
            "[{element}{}]",
            self.tape.choose(&[
                String::new(),
                format!("; {low}..={high}"),
                format!("; {low}"),
                format!("; ..={high}"),
                format!("; {low}..")
            ])
        );
        match (side, self.tape.below(4)) {
            (Side::Allow, 0..=2) => all,
            (Side::Allow, _) => {
                let has = self.pattern(inner, side, depth.saturating_sub(1));
                format!("{all} & has ({has})")
            }
            (Side::Deny, 3) => format!("!{all}").replace("!has", "!has"),
            (Side::Deny, _) => format!("has ({element})"),
        }
    }

    fn map(&mut self, value: &Type, side: Side, depth: usize) -> String {
        let length = self.tape.pick(&["", "; ..=1", "; 1", "; 1..=3"]);
        let key = self
            .tape
            .pick(&["text", "\"a\" | \"b\"", "!\"a\"", "glob(\"*a\")", "text(..=3)"]);
        let value = match (depth, value) {
            (0, Type::Any) => "any".to_owned(),
            _ => self.pattern(value, side, depth.saturating_sub(1)),
        };
        format!("{{ [{key}]: {value}{length} }}")
    }

    fn object(&mut self, properties: &[Property], extra: &Extra, side: Side, depth: usize) -> String {
        if properties.is_empty() && side == Side::Allow && self.tape.once_in(2) {
            let value = match extra {
                Extra::Strings => Type::Text,
                _ => Type::Any,
            };
            return self.map(&value, side, depth);
        }
        let mut fields = Vec::new();
        for member in members(properties, extra) {
            if !self.tape.once_in(3) {
                fields.push(self.field(&member, side, depth.saturating_sub(1)));
            }
        }
        if matches!(extra, Extra::Strings) && self.tape.once_in(2) {
            let pattern = self.open_member(side, depth.saturating_sub(1));
            fields.push(format!("extra{}: {pattern}", self.tape.pick(&["", "?"])));
        }
        if side == Side::Deny || self.tape.once_in(3) {
            fields.push("..".to_owned());
        }
        format!("{{ {} }}", fields.join(", "))
    }

    /// A pattern of a string that the schema does not name.
    fn open_member(&mut self, side: Side, depth: usize) -> String {
        if self.tape.once_in(2) {
            self.undeclared_path(depth)
        } else {
            self.string(depth, side)
        }
    }

    /// A pattern of a slot that is a path, since this pattern says so.
    fn undeclared_path(&mut self, depth: usize) -> String {
        let windows = std::mem::take(&mut self.out.windows);
        let path = self.path(depth);
        self.out.windows = windows;
        path
    }

    /// A pattern of a slot that is read in some way.
    fn read(&mut self, kind: Kind, depth: usize) -> String {
        let (pattern, samples) = self.tape.choose(kind.patterns());
        let pool = self.out.read.entry(kind.name()).or_default();
        pool.extend(samples.iter().map(|sample| (*sample).to_owned()));
        // What parts a rule looks at is shared by all patterns of a slot, so values of others are near, too.
        match self.tape.below(if depth == 0 { 3 } else { 7 }) {
            0..=3 => pattern.to_owned(),
            4 => format!("{} & !({})", kind.name(), self.read(kind, depth - 1))
                .replace("datetime & !(datetime(\"%", "!(datetime(\"%"),
            5 => format!("({}) | {}", self.read(kind, depth - 1), self.read(kind, depth - 1)),
            _ => format!("({}) & ({})", self.read(kind, depth - 1), self.read(kind, depth - 1)),
        }
    }

    fn number(&mut self, whole: bool, depth: usize) -> String {
        let pool: &[&str] = if whole {
            &["1", "0", "10", "-3", "9007199254740991"]
        } else {
            &["1", "0.5", "10", "-2.5", "0", "0.1", "1000000"]
        };
        let number = self.tape.pick(pool).to_owned();
        self.out.numbers.push(number.clone());
        match self.tape.below(if depth == 0 { 5 } else { 8 }) {
            0 => number,
            1 => format!("..={number}"),
            2 => format!("{number}.."),
            3 => self.tape.pick(&["int", "number", "any"]).to_owned(),
            4 if whole => "1..=10".to_owned(),
            4 => self.tape.pick(&["0.0..=1.0", "0..=1", "-2.5..=0.5"]).to_owned(),
            5 => format!("!({})", self.number(whole, depth - 1)),
            6 => format!(
                "({}) | {}",
                self.number(whole, depth - 1),
                self.number(whole, depth - 1)
            ),
            _ => format!(
                "({}) & ({})",
                self.number(whole, depth - 1),
                self.number(whole, depth - 1)
            ),
        }
    }

    fn string(&mut self, depth: usize, side: Side) -> String {
        match self.tape.below(if depth == 0 { 9 } else { 12 }) {
            0 => {
                let text = self
                    .tape
                    .pick(&["a", "", "A", "ab", "a b", "é", "[]", "null", "a/b", "\\\\", "{x}"])
                    .to_owned();
                self.out
                    .strings
                    .push(if text == "\\\\" { "\\".to_owned() } else { text.clone() });
                format!("\"{}\"", text.replace('{', "\\{"))
            }
            1 => "text".to_owned(),
            2 => {
                let low = self.tape.below(3);
                let high = low + self.tape.below(3);
                self.out.lengths.extend([low, high]);
                let kind = self.tape.pick(&["text", "line"]);
                let range = self.tape.choose(&[
                    format!("{low}..={high}"),
                    format!("..={high}"),
                    format!("{low}.."),
                    format!("{low}"),
                ]);
                format!("{kind}({range})")
            }
            3 => "line".to_owned(),
            4 | 5 => {
                let (glob, samples) = self.tape.choose(&GLOBS);
                self.out.strings.extend(samples.iter().map(|s| (*s).to_owned()));
                format!("glob(r\"{glob}\")")
            }
            6 => {
                let (regex, samples) = self.tape.choose(&REGEXES);
                self.out.strings.extend(samples.iter().map(|s| (*s).to_owned()));
                format!("regex(r\"{regex}\")")
            }
            7 => self
                .tape
                .pick(&[
                    "odd",
                    "name",
                    "any",
                    "glob(\"${odd}*\")",
                    "regex(\"${odd}+\")",
                    "caller.subject",
                    "\"{caller.subject}b\"",
                    "glob(\"{caller.subject}*\")",
                    "glob(\"*{caller.subject}\")",
                ])
                .to_owned(),
            8 => "text".to_owned(),
            9 => format!("!({})", self.string(depth - 1, side.other())),
            10 => format!("({}) | {}", self.string(depth - 1, side), self.string(depth - 1, side)),
            _ => format!(
                "({}) & ({})",
                self.string(depth - 1, side),
                self.string(depth - 1, side)
            ),
        }
        .replace("name", if depth == 1 { "text" } else { "name" })
    }

    /// A pattern of a slot that is a path.
    fn path(&mut self, depth: usize) -> String {
        let drive = if self.out.windows { "C:" } else { "" };
        let drive_of = |pattern: &str| {
            if pattern.starts_with('/') || pattern.starts_with('{') {
                drive
            } else {
                ""
            }
        };
        match self.tape.below(if depth == 0 { 8 } else { 11 }) {
            0..=3 => {
                let (pattern, samples) = self.tape.choose(&PATHS);
                self.out.paths.extend(samples.iter().map(|s| (*s).to_owned()));
                let pattern = if drive.is_empty() {
                    pattern.to_owned()
                } else {
                    pattern.replace("${root}", "/Srv/w")
                };
                format!("path(\"{}{pattern}\")", drive_of(&pattern))
            }
            4 => {
                let text = self.tape.pick(&["/srv/w/a", "/srv/w", "/", "/etc/passwd"]);
                self.out.paths.push(text.to_owned());
                format!("path & \"{drive}{text}\"")
            }
            5 => {
                let (pattern, samples) = self.tape.choose(&PATH_GLOBS);
                self.out.paths.extend(samples.iter().map(|s| (*s).to_owned()));
                format!("path & glob(\"{}{pattern}\")", drive_of(pattern))
            }
            6 if drive.is_empty() => {
                let folder = self.tape.pick(&["root", "\"/srv\""]);
                self.out
                    .paths
                    .extend(["/srv/w/a", "/srv/a", "/srv/w2"].map(str::to_owned));
                self.tape.choose(&[
                    format!("below({folder})"),
                    format!("less(below({folder}), path(\"/srv/w/a\"))"),
                ])
            }
            6 | 7 => "path".to_owned(),
            8 => format!("path & !({})", self.path(depth - 1)),
            9 => format!("({}) | {}", self.path(depth - 1), self.path(depth - 1)),
            _ => format!("({}) & ({})", self.path(depth - 1), self.path(depth - 1)),
        }
    }
}

/// The readings of a tool's parameters other than path.
fn kinds(tool: &Tool) -> Vec<Kind> {
    let of = |property: &Property| match &property.kind {
        Type::Read(kind, _) => Some(*kind),
        Type::Array(inner) => match **inner {
            Type::Read(kind, _) => Some(kind),
            _ => None,
        },
        _ => None,
    };
    tool.parameters
        .iter()
        .filter_map(of)
        .filter(|kind| *kind != Kind::Form)
        .collect()
}

const URL_OPTIONS: [&str; 5] = [
    " scheme \"https\" \"http\"",
    " scheme \"https\" \"http\"",
    " scheme \"https\" \"http\" \"git\" \"file\" default https",
    " default https",
    "",
];

/// A name as a key is written.
fn key(name: &str) -> String {
    let quote = if name.contains(' ') { "\"" } else { "" };
    format!("{quote}{name}{quote}")
}

/// Does it take parameters that its schema does not name?
fn takes_more(tool: &Tool) -> bool {
    tool.parameters.is_empty() || matches!(tool.extra, Extra::Strings)
}

/// What gates speak of.
const DEFINED: &str = r#"pattern below(folder) = path("${folder}/**")
pattern less(whole, part) = whole & !part
caller mailers { issuer: "i", mail: email("*@acme.com"), born?: date(..=2026-06-01) }
caller staff { issuer: "i", groups: [text] & has "g" }
caller ops { issuer: "i" | "j", level?: 1..=3, subject: !"z" }
label seen = taint per caller for 1h
label heard = taint per caller
label asked = proof per caller
label told = proof per caller for 1d
limit few = 3 per 1h per caller
limit many = 5 per 1h per all
limit spend = sum 12.50 per 1d per all
limit cost = sum 20 per 1h per caller
"#;

/// The type of a member, if it has one whichever alternative is taken.
fn sole(member: &Member) -> Option<&Type> {
    match member.kinds.as_slice() {
        [only] if !member.open => Some(only),
        _ => None,
    }
}
/// Slots by the name of their reading, as selectors write them.
type Slots = BTreeMap<&'static str, Vec<String>>;

fn slots(properties: &[Property], extra: &Extra, before: &str, out: &mut Slots) {
    for member in members(properties, extra) {
        let name = key(member.name);
        for kind in &member.kinds {
            within(kind, &format!("{before}{name}"), out);
        }
    }
}

fn within(kind: &Type, at: &str, out: &mut Slots) {
    match kind {
        Type::Path => out.entry("path").or_default().push(at.to_owned()),
        // A declaration would say another form.
        Type::Read(Kind::Form, _) => {}
        Type::Read(kind, _) => out.entry(kind.name()).or_default().push(at.to_owned()),
        Type::Array(inner) => within(inner, &format!("{at}[]"), out),
        Type::Object(properties, extra) => slots(properties, extra, &format!("{at}."), out),
        Type::Nullable(inner, _) | Type::Ref(inner) => within(inner, at, out),
        _ => {}
    }
}

type Samples = (&'static str, &'static [&'static str]);

const GLOBS: [Samples; 18] = [
    ("*", &["a", "a/b"]),
    ("a*", &["a", "ab", "a\n"]),
    ("*b", &["b", "a/b"]),
    ("a?", &["ab", "aé", "a"]),
    ("[a-c]*", &["a", "cx", "d"]),
    ("[!a]", &["b", "a", "/"]),
    ("[^ab]", &["c", "b"]),
    ("{a,b*}c", &["ac", "bxc", "c"]),
    ("{a,{b,c}}", &["a", "b", "c"]),
    (r"a\*", &["a*", "ab"]),
    ("**/a", &["a", "x/a", "xa"]),
    ("a/**", &["a", "a/b", "a/", "ab"]),
    ("a/**/b", &["a/b", "a/x/b", "ab"]),
    ("x/**/**", &["x", "x/y"]),
    ("{x/**,y}", &["x", "x/y", "y"]),
    ("a**b", &["ab", "a/b"]),
    ("[]a]", &["]", "a"]),
    ("a,b", &["a,b", "a"]),
];

const REGEXES: [Samples; 9] = [
    ("a+", &["a", "aa", "ba"]),
    ("^[a-c]{1,2}$", &["a", "abc", "bc"]),
    ("a|b", &["a", "b", "ab"]),
    ("(a|b)*c", &["c", "abc"]),
    ("a.b", &["axb", "a\nb"]),
    (r"a\.b", &["a.b", "axb"]),
    ("", &["", "a"]),
    ("x?y", &["xy", "y", "x"]),
    (".*", &["a", "a\n"]),
];

const PATHS: [Samples; 14] = [
    ("/srv/**", &["/srv", "/srv/a", "/srv/a/b", "/srvx", "/srv/w/.env"]),
    ("${root}/**", &["/srv/w", "/srv/w/a", "/srv/w2"]),
    ("/srv/*", &["/srv/a", "/srv/a/b", "/srv"]),
    (
        "**/.git/**",
        &["/srv/.git", "/.git/config", "/srv/w/.git/x", "/a.git/x"],
    ),
    ("/**", &["/", "/a"]),
    ("**", &["/", "/a/b"]),
    ("/srv/w/*.md", &["/srv/w/a.md", "/srv/w/.md", "/srv/w/x/a.md"]),
    ("/a/**/b", &["/a/b", "/a/x/y/b", "/a/xb"]),
    ("/srv/[w]", &["/srv/[w]", "/srv/w"]),
    (
        "/srv/{caller.subject}/**",
        &["/srv/a", "/srv/r/x", "/srv/*/x", "/srv/ab"],
    ),
    ("/srv/*/{caller.subject}", &["/srv/w/a", "/srv/a/r", "/srv/w/x/a"]),
    ("/srv/w/é", &["/srv/w/é", "/srv/w/e\u{301}"]),
    ("/*", &["/a", "/", "/a/b"]),
    ("/a/**/**", &["/a", "/a/b"]),
];

const PATH_GLOBS: [Samples; 7] = [
    ("**/.env", &["/.env", "/srv/w/.env", "/srv/.envx"]),
    ("/srv/{w,x}/**", &["/srv/w", "/srv/x/a", "/srv/y"]),
    ("/srv/?", &["/srv/a", "/srv/", "/srv/ab"]),
    ("/srv/[!w]*", &["/srv/a", "/srv/w"]),
    ("**/*.{md,txt}", &["/a.md", "/srv/w/x.txt"]),
    ("{/srv,/etc}/*", &["/srv/a", "/etc/passwd"]),
    ("/srv/[a-z/]*", &["/srv/a", "/srv//"]),
];
