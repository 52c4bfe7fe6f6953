//! The canonical forms of a reading as a regular language, and the text that is sent for one.
//!
//! The language may hold more than what is canonical, never less: what it does not hold cannot be sent, and what it
//! holds is read by the evaluator before it is shown. Of characters past ASCII nothing is said, which keeps it small.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::DateTime;

use crate::eval::reading;
use crate::pattern::{Machine, ReadingKind, Sets};
use crate::table::{PathReading, Reading, UrlReading};

/// What a machine for canonical forms may take; each is far below.
const MACHINE: usize = 8 << 20;

/// What patterns see of the strings of a slot: those that the first expression holds, and none of the others.
pub struct Canonical {
    machine: Machine,
    /// By answer of the machine.
    accepted: Vec<bool>,
    /// The rows from which one is reached in which a string may end.
    live: HashSet<u32>,
}

impl Canonical {
    /// Of a reading; `None` where it cannot be told, and any string may be one.
    pub fn of(reading: &Reading) -> Option<Self> {
        let expressions = expressions(reading)?;
        let borrowed: Vec<&str> = expressions.iter().map(String::as_str).collect();
        let (machine, sets): (Machine, Sets) = Machine::new(&borrowed, MACHINE).ok()?;
        let accepted = sets.iter().map(|set| *set == [0]).collect();
        let mut canonical = Self {
            machine,
            accepted,
            live: HashSet::new(),
        };
        canonical.live = canonical.live_rows();
        Some(canonical)
    }

    fn live_rows(&self) -> HashSet<u32> {
        let columns: BTreeSet<u8> = self.machine.columns.iter().copied().collect();
        let mut before: HashMap<u32, Vec<u32>> = HashMap::from([(self.machine.start, Vec::new())]);
        let mut open = vec![self.machine.start];
        while let Some(row) = open.pop() {
            for after in columns.iter().map(|column| self.machine.after(row, *column)) {
                let is_new = !before.contains_key(&after);
                before.entry(after).or_default().push(row);
                open.extend(is_new.then_some(after));
            }
        }
        let mut open: Vec<u32> = before.keys().copied().filter(|row| self.accepts(*row)).collect();
        let mut live: HashSet<u32> = open.iter().copied().collect();
        while let Some(row) = open.pop() {
            let earlier = before.get(&row).into_iter().flatten();
            open.extend(earlier.copied().filter(|row| live.insert(*row)));
        }
        live
    }

    /// May a string that came to this row go on, or end?
    pub fn is_live(&self, row: u32) -> bool {
        self.live.contains(&row)
    }

    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// May a string end in this row?
    pub fn accepts(&self, row: u32) -> bool {
        let answer = self.machine.answer(row) as usize;
        self.accepted.get(answer).copied().unwrap_or(false)
    }
}

const LABEL: &str = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const GROUP: &str = "(?:0|[1-9a-f][0-9a-f]{0,3})";

fn name() -> String {
    format!("{LABEL}(?:\\.{LABEL})*")
}

fn v4() -> String {
    format!("{OCTET}(?:\\.{OCTET}){{3}}")
}

fn v6() -> String {
    format!("(?:(?:{GROUP}:){{7}}{GROUP}|(?:{GROUP}(?::{GROUP})*)?::(?:{GROUP}(?::{GROUP})*)?)")
}

/// One for what there is, then those for what is refused.
fn expressions(reading: &Reading) -> Option<Vec<String>> {
    Some(match reading {
        Reading::Path(path) => return of_path(path),
        Reading::Url(url) => of_url(url),
        Reading::Host => vec![name()],
        Reading::Ip => vec![format!("{}|{}", v4(), v6())],
        Reading::Email => {
            let atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+";
            vec![format!("{atom}(?:\\.{atom})*@{}", name())]
        }
        Reading::Datetime(_) => {
            let time = "(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}(?:\\.[0-9]{0,8}[1-9])?";
            vec![format!("{DAY}T{time}"), NO_DAY.to_owned()]
        }
        Reading::Date => vec![DAY.to_owned(), NO_DAY.to_owned()],
    })
}

const DAY: &str = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])";
/// Days that no month has, and the year that some readers do not.
const NO_DAY: &str = "(?s-u)(?:0000.*|.{4}-02-3.*|.{4}-(?:04|06|09|11)-31.*)";

fn of_path(path: &PathReading) -> Option<Vec<String>> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._:-".contains(&b);
    let root = path.root.as_deref().unwrap_or("/");
    if !root.bytes().all(plain) {
        return None;
    }
    let segment = if path.windows {
        r#"[^/\\$\x00-\x1f\x7f:<>"|?*]+"#
    } else {
        r"[^/\\$\x00-\x1f\x7f]+"
    };
    let absolute = match (path.windows, path.fold) {
        (false, _) => format!("/|(?:/{segment})+"),
        (true, true) => format!("[a-z]:/(?:{segment}(?:/{segment})*)?"),
        (true, false) => format!("[A-Za-z]:/(?:{segment}(?:/{segment})*)?"),
    };
    let rooted = path.root.as_deref().map_or_else(String::new, |root| {
        let root = regex_syntax::escape(root.trim_end_matches('/'));
        format!("|{root}(?:/{segment})*")
    });
    let mut expressions = vec![
        format!("(?s-u){absolute}{rooted}"),
        r"(?s-u)(?:.*/)?\.\.?(?:/.*)?".to_owned(),
        r#"(?s-u).*/[ "'`].*"#.to_owned(),
        r#"(?s-u).*[ "'`](?:/.*)?"#.to_owned(),
        r"(?s-u).*%[A-Za-z0-9_()]+%.*".to_owned(),
    ];
    if path.root.is_none() && !path.windows {
        expressions.push("(?s-u)/~.*".to_owned());
    }
    if path.fold {
        expressions.push("(?s-u).*[A-Z].*".to_owned());
    }
    if path.windows {
        expressions.push(r"(?s-u).*\.(?:/.*)?".to_owned());
    }
    Some(expressions)
}

fn of_url(url: &UrlReading) -> Vec<String> {
    let segment = "(?:[A-Za-z0-9._~:@!$&'()*+,=-]|%[0-9A-F]{2})";
    let query = "(?:[A-Za-z0-9._~:@!$&'()*+,=/?;-]|%[0-9A-F]{2})";
    let word = if url.resource { "|[a-z0-9._-]+" } else { "" };
    let of_scheme = |scheme: &String| {
        let host = match scheme.as_str() {
            "file" => String::new(),
            _ => format!("(?:{}|{}|\\[{}\\]{word})(?::[1-9][0-9]{{0,4}})?", name(), v4(), v6()),
        };
        format!("{}://{host}", regex_syntax::escape(scheme))
    };
    let schemes: Vec<String> = url.schemes.iter().map(of_scheme).collect();
    vec![
        format!(
            "(?:{})(?:/{segment}+)*(?:\\?{query}+)?(?:#{query}+)?",
            schemes.join("|")
        ),
        r"(?s-u)[^:]+://[^/?#]*(?:/[^?#]*)?/\.\.?(?:[/?#].*)?".to_owned(),
    ]
}

/// What is sent so that patterns see this; `None` if that cannot be told, or it is not canonical after all.
pub fn sent(reading: Option<&Reading>, canonical: &str) -> Option<String> {
    let Some(reading) = reading else {
        return Some(canonical.to_owned());
    };
    let text = match reading {
        Reading::Path(path) if path.windows => canonical.replace('/', "\\"),
        // The path of nothing but a slash is canonical as none at all, and a file's URL has to have one.
        Reading::Url(_) => match canonical.strip_prefix("file://") {
            Some(rest) if !rest.starts_with('/') => format!("file:///{rest}"),
            _ => canonical.to_owned(),
        },
        Reading::Datetime(datetime) => match &datetime.format {
            None => format!("{canonical}Z"),
            Some(format) => in_format(format, canonical)?,
        },
        _ => canonical.to_owned(),
    };
    let read = reading::read(reading, &text).is_ok_and(|read| read == canonical);
    read.then_some(text)
}

fn in_format(format: &str, canonical: &str) -> Option<String> {
    let time: DateTime = canonical.parse().ok()?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    jiff::fmt::strtime::format(format, &zoned).ok()
}

/// How patterns see what is sent; `None` if it is refused.
pub fn seen(reading: Option<&Reading>, sent: &str) -> Option<(String, Option<ReadingKind>)> {
    match reading {
        None => Some((sent.to_owned(), None)),
        Some(reading) => {
            let read = reading::read(reading, sent).ok()?;
            Some((read.into_owned(), Some(reading.kind())))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::table::DatetimeReading;
    use proptest::prelude::*;

    static ALL: LazyLock<Vec<(Reading, Canonical)>> = LazyLock::new(|| {
        let made = |reading: Reading| {
            let canonical = Canonical::of(&reading).unwrap();
            (reading, canonical)
        };
        readings().into_iter().map(made).collect()
    });

    fn holds(canonical: &Canonical, text: &str) -> bool {
        let answer = canonical.machine.says(text) as usize;
        canonical.accepted.get(answer).copied().unwrap_or(false)
    }

    fn readings() -> Vec<Reading> {
        let path = PathReading::default();
        let mut readings: Vec<Reading> = ReadingKind::ALL.into_iter().map(Reading::plain).collect();
        readings.extend([
            Reading::Path(PathReading {
                root: Some("/srv".to_owned()),
                dir: true,
                ..path.clone()
            }),
            Reading::Path(PathReading {
                fold: true,
                ..path.clone()
            }),
            Reading::Path(PathReading {
                fold: true,
                windows: true,
                root: Some("c:/w".to_owned()),
                ..path
            }),
            Reading::Url(UrlReading {
                schemes: vec!["https".to_owned(), "file".to_owned(), "repo".to_owned()],
                default_scheme: Some("https".to_owned()),
                fragment: true,
                resource: true,
                ..UrlReading::default()
            }),
            Reading::Datetime(DatetimeReading {
                format: Some("%Y-%m-%d %H:%M".to_owned()),
            }),
        ]);
        readings
    }

    #[test]
    fn a_file_url_with_no_path_is_sent_with_its_slash() {
        let reading = Reading::Url(UrlReading {
            schemes: vec!["file".to_owned()],
            fragment: true,
            ..UrlReading::default()
        });
        assert_eq!(sent(Some(&reading), "file://").as_deref(), Some("file:///"));
        assert_eq!(sent(Some(&reading), "file://#a").as_deref(), Some("file:///#a"));
    }

    proptest! {
        /// What is canonical is in the language: otherwise something would be taken for impossible that is not.
        #[test]
        fn every_canonical_form_is_in_the_language(
            text in "[/~a.Bé%$ x\"'c:]{0,9}|/[a-zA-Z0-9._~ %-]{1,3}(/[a-z0-9.~%_é-]{1,4}){0,3}|[a-cC]:\\\\[a-z.~ ]{0,4}|[a-z0-9.-]{1,9}|[0-9a-f:.]{2,12}|[a-zA-Z.+]{1,4}@[a-zA-Z0-9.-]{1,6}|(https|file|repo)://[a-z0-9.:_-]{0,6}(/[a-z%2A.]{0,4}){0,3}([?][a-z=&+;]{1,4})?(#[a-z?]{1,3})?|[0-9]{4}-[01][0-9]-[0-3][0-9](T[012][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,3})?(Z|\\+01:00))?|2026-1[0-2]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]",
        ) {
            for (reading, canonical) in &*ALL {
                let Some((seen, _)) = seen(Some(reading), &text) else { continue };
                prop_assert!(holds(canonical, &seen), "{:?} {:?} {:?}", reading, text, seen);
                // The canonical form can be sent in its turn, but for what is finer than a form of its own.
                if !matches!(reading, Reading::Datetime(datetime) if datetime.format.is_some()) {
                    let again = sent(Some(reading), &seen);
                    prop_assert!(again.is_some(), "{:?} {:?}", reading, seen);
                }
            }
        }
    }
}
