//! The lock as a file: JSON, sorted, one thing a line, so that a diff of it reads well.

use std::collections::BTreeMap;

use super::{Lock, LockedServer, LockedTool};
use crate::json::{JsonError, Kind, Limits, Member, Value, canonical, parse, pretty, quote};
use crate::table::Digest;

/// The version of the format.
const VERSION: &str = "1";

/// A lock of a hundred servers with a hundred tools each is about 10 MiB.
const LIMITS: Limits = Limits {
    bytes: 32 << 20,
    depth: 80,
    values: 1_000_000,
};

/// Why a lock was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It is not JSON as it should be.
    #[error("line {line}: {error}")]
    Json {
        /// From 1.
        line: usize,
        /// What is wrong.
        error: JsonError,
    },
    /// It is JSON, but no lock.
    #[error("line {line}: expected {expected}")]
    Shape {
        /// From 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// It was put together from what servers said, and would not be read back as the same.
    #[error("this cannot be written as a lock: {0}")]
    Unwritable(String),
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let root = parse(text.as_bytes(), &LIMITS).map_err(|error| LockError::Json {
            line: line_of(text, error.offset),
            error,
        })?;
        let reader = Reader { text };
        reader.only(&root, &["lock", "servers", "wildcards"])?;
        if root
            .get("lock")
            .is_none_or(|version| version.kind != Kind::Number(VERSION))
        {
            return Err(reader.expected(&root, "`\"lock\": 1`, the version of the format"));
        }
        Ok(Self {
            servers: reader.map(&root, "servers", |value| reader.server(value))?,
            wildcards: reader.map(&root, "wildcards", |value| reader.names(value))?,
        })
    }

    /// The lock as text, ending in a line break: the same for the same lock.
    ///
    /// # Errors
    /// `Unwritable` where the text would not be read as this lock again: a schema is nested too deep for it, say.
    pub fn to_text(&self) -> Result<String, LockError> {
        let written = self.compact();
        let mut text = match parse(written.as_bytes(), &LIMITS) {
            Ok(value) => pretty(&value),
            Err(error) => return Err(LockError::Unwritable(error.to_string())),
        };
        text.push('\n');
        match Self::parse(&text) {
            Ok(read) if read == *self => Ok(text),
            Ok(_) => Err(LockError::Unwritable("it reads as another".to_owned())),
            Err(error) => Err(LockError::Unwritable(error.to_string())),
        }
    }

    fn compact(&self) -> String {
        let servers = object(&self.servers, |server| {
            let name = quote(&server.name);
            let version = quote(&server.version);
            let tools = object(&server.tools, compact_tool);
            format!("{{\"name\":{name},\"version\":{version},\"tools\":{tools}}}")
        });
        let wildcards = object(&self.wildcards, |tools| {
            format!(
                "[{}]",
                tools.iter().map(|tool| quote(tool)).collect::<Vec<_>>().join(",")
            )
        });
        format!("{{\"lock\":{VERSION},\"servers\":{servers},\"wildcards\":{wildcards}}}")
    }
}

fn compact_tool(tool: &LockedTool) -> String {
    let definition = quote(&tool.definition.to_string());
    let description = tool
        .description
        .as_deref()
        .map(|text| format!("\"description\":{},", quote(text)));
    format!(
        "{{\"definition\":{definition},{}\"inputSchema\":{}}}",
        description.unwrap_or_default(),
        tool.schema
    )
}

fn object<T>(map: &BTreeMap<String, T>, write: impl Fn(&T) -> String) -> String {
    let members: Vec<String> = map
        .iter()
        .map(|(key, value)| format!("{}:{}", quote(key), write(value)))
        .collect();
    format!("{{{}}}", members.join(","))
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn expected(&self, at: &Value<'_>, expected: &'static str) -> LockError {
        LockError::Shape {
            line: line_of(self.text, at.range.start),
            expected,
        }
    }

    fn only(&self, object: &Value<'_>, names: &[&str]) -> Result<(), LockError> {
        let unknown = |m: &&Member<'_>| !names.contains(&&*m.key);
        match object.members().iter().find(unknown) {
            None if object.is_object() => Ok(()),
            None => Err(self.expected(object, "an object")),
            Some(member) => Err(self.expected(&member.value, "no such key: this program does not know it")),
        }
    }

    fn map<T>(
        &self,
        object: &Value<'_>,
        key: &str,
        read: impl Fn(&Value<'_>) -> Result<T, LockError>,
    ) -> Result<BTreeMap<String, T>, LockError> {
        let map = object.get(key).filter(|v| v.is_object());
        let map = map.ok_or_else(|| self.expected(object, "`servers`, `tools` and `wildcards` as objects"))?;
        map.members()
            .iter()
            .map(|m| Ok((m.key.to_string(), read(&m.value)?)))
            .collect()
    }

    fn server(&self, value: &Value<'_>) -> Result<LockedServer, LockError> {
        self.only(value, &["name", "version", "tools"])?;
        let word = |key| value.get(key).map_or(Ok(String::new()), |v| self.string(v));
        Ok(LockedServer {
            name: word("name")?,
            version: word("version")?,
            tools: self.map(value, "tools", |tool| self.tool(tool))?,
        })
    }

    fn tool(&self, value: &Value<'_>) -> Result<LockedTool, LockError> {
        self.only(value, &["definition", "description", "inputSchema"])?;
        let digest = value
            .get("definition")
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Digest>().ok());
        let schema = value.get("inputSchema").filter(|s| s.is_object());
        Ok(LockedTool {
            definition: digest.ok_or_else(|| self.expected(value, "`definition`, a digest"))?,
            description: value.get("description").map(|text| self.string(text)).transpose()?,
            schema: canonical(schema.ok_or_else(|| self.expected(value, "`inputSchema`, an object"))?),
        })
    }

    fn names(&self, value: &Value<'_>) -> Result<Vec<String>, LockError> {
        match &value.kind {
            Kind::Array(names) => names.iter().map(|name| self.string(name)).collect(),
            _ => Err(self.expected(value, "an array of tools")),
        }
    }

    fn string(&self, value: &Value<'_>) -> Result<String, LockError> {
        value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| self.expected(value, "a string"))
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::pin_tools;

    fn sample() -> Lock {
        let list = r#"{"tools":[{"name":"b","inputSchema":{"type":"object","maximum":1.0}},{"name":"a","description":"An \"a\".","inputSchema":{}}]}"#;
        let mut server = LockedServer {
            name: "x".into(),
            version: "1".into(),
            ..LockedServer::default()
        };
        pin_tools(&parse(list.as_bytes(), &Limits::default()).unwrap(), &mut server.tools).unwrap();
        Lock {
            servers: [("fs".to_owned(), server)].into(),
            wildcards: [("fs.*".to_owned(), vec!["a".to_owned(), "b".to_owned()])].into(),
        }
    }

    #[test]
    fn a_lock_reads_well_and_is_read_back() {
        let lock = sample();
        let text = lock.to_text().unwrap();
        assert_eq!(Lock::parse(&text), Ok(lock));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_damaged_lock_is_an_error_with_its_line() {
        let text = sample().to_text().unwrap();
        for (from, to, line) in [
            ("\"lock\": 1", "\"lock\": 2", 1),
            ("sha256:", "sha1:", 7),
            ("\"An \\\"a\\\".\"", "1", 9),
            ("\"version\"", "\"verzion\"", 20),
            ("\"a\",", "1,", 25),
            ("\"wildcards\"", "\"servers\"", 23),
            ("[\n      \"a\",\n      \"b\"\n    ]", "\"all\"", 24),
        ] {
            let damaged = text.replacen(from, to, 1);
            assert_ne!(damaged, text, "{from}");
            let error = Lock::parse(&damaged).unwrap_err();
            let found = match error {
                LockError::Json { line, .. } | LockError::Shape { line, .. } => line,
                LockError::Unwritable(_) => 0,
            };
            assert_eq!(found, line, "{from}: {error}\n{damaged}");
        }
    }

    #[test]
    fn a_lock_without_descriptions_is_read() {
        let text = sample()
            .to_text()
            .unwrap()
            .replace("          \"description\": \"An \\\"a\\\".\",\n", "");
        let lock = Lock::parse(&text).unwrap();
        assert_eq!(lock.servers["fs"].tools["a"].description, None);
        assert_eq!(lock.to_text(), Ok(text));
    }

    #[test]
    fn what_would_not_be_read_back_is_not_written() {
        let mut deep = sample();
        let tool = deep.servers.get_mut("fs").unwrap().tools.get_mut("a").unwrap();
        tool.schema = format!("{}{{}}{}", "{\"a\":".repeat(78), "}".repeat(78));
        let mut twice = sample();
        let tools = &mut twice.servers.get_mut("fs").unwrap().tools;
        tools.insert("A".to_owned(), tools["a"].clone());
        let mut loose = sample();
        loose.servers.get_mut("fs").unwrap().tools.get_mut("a").unwrap().schema = "{ }".to_owned();
        for lock in [deep, twice, loose] {
            assert!(matches!(lock.to_text(), Err(LockError::Unwritable(_))), "{lock:?}");
        }
    }
}
