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
    #[must_use]
    pub fn to_text(&self) -> String {
        let object = |members: Vec<String>| format!("{{{}}}", members.join(","));
        let server = |server: &LockedServer| {
            let tool = |(name, tool): (&String, &LockedTool)| {
                format!(
                    "{}:{{\"definition\":{},\"inputSchema\":{}}}",
                    quote(name),
                    quote(&tool.definition.to_string()),
                    tool.schema
                )
            };
            let tools = object(server.tools.iter().map(tool).collect());
            format!(
                "{{\"name\":{},\"version\":{},\"tools\":{tools}}}",
                quote(&server.name),
                quote(&server.version)
            )
        };
        let servers = object(
            self.servers
                .iter()
                .map(|(name, s)| format!("{}:{}", quote(name), server(s)))
                .collect(),
        );
        let names = |names: &[String]| format!("[{}]", names.iter().map(|n| quote(n)).collect::<Vec<_>>().join(","));
        let wildcards = self
            .wildcards
            .iter()
            .map(|(name, tools)| format!("{}:{}", quote(name), names(tools)));
        let text = format!(
            "{{\"lock\":{VERSION},\"servers\":{servers},\"wildcards\":{}}}",
            object(wildcards.collect())
        );
        // What was put together here parses: keys are unique, strings are quoted, schemas were parsed before.
        let mut pretty = parse(text.as_bytes(), &LIMITS).map_or(text.clone(), |value| pretty(&value));
        pretty.push('\n');
        pretty
    }
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
        self.only(value, &["definition", "inputSchema"])?;
        let digest = value
            .get("definition")
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Digest>().ok());
        let schema = value.get("inputSchema").filter(|s| s.is_object());
        Ok(LockedTool {
            definition: digest.ok_or_else(|| self.expected(value, "`definition`, a digest"))?,
            schema: canonical(schema.ok_or_else(|| self.expected(value, "`inputSchema`, an object"))?),
        })
    }

    fn names(&self, value: &Value<'_>) -> Result<Vec<String>, LockError> {
        value.elements().iter().map(|name| self.string(name)).collect()
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
        let list =
            r#"{"tools":[{"name":"b","inputSchema":{"type":"object","maximum":1.0}},{"name":"a","inputSchema":{}}]}"#;
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
        insta::assert_snapshot!(lock.to_text());
        assert_eq!(Lock::parse(&lock.to_text()), Ok(lock));
    }

    #[test]
    fn a_damaged_lock_is_an_error_with_its_line() {
        let text = sample().to_text();
        for (from, to, line) in [
            ("\"lock\": 1", "\"lock\": 2", 1),
            ("sha256:", "sha1:", 7),
            ("\"version\"", "\"verzion\"", 19),
            ("\"a\",", "1,", 24),
            ("\"wildcards\"", "\"servers\"", 22),
        ] {
            let damaged = text.replacen(from, to, 1);
            let error = Lock::parse(&damaged).unwrap_err();
            let found = match error {
                LockError::Json { line, .. } | LockError::Shape { line, .. } => line,
            };
            assert_eq!(found, line, "{from}: {error}\n{damaged}");
        }
    }
}
