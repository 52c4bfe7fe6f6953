//! Paths: which are canonical, and what they are called.

use unicode_normalization::UnicodeNormalization;

/// How a slot's paths are declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathReading {
    pub dir: bool,
    pub fold: bool,
    pub windows: bool,
    pub root: Option<String>,
}

impl PathReading {
    /// A path of a policy, which is written with slashes, as a value is.
    pub fn as_value(&self, text: &str) -> String {
        if self.windows {
            text.replace('/', "\\")
        } else {
            text.to_owned()
        }
    }
}

/// The absolute name that a value stands for; `None` if it has more than one reading. `readings`, *path*.
pub fn canonical(reading: &PathReading, value: &str) -> Option<String> {
    let forbidden = |c: char| c.is_control() || c == '$' || is_ignorable(c) || (reading.fold && !folds(c));
    let other = if reading.windows { '/' } else { '\\' };
    if value.chars().any(forbidden)
        || value.contains(other)
        || value.nfc().collect::<String>() != value
        || names_a_variable(value)
    {
        return None;
    }
    let text = if reading.windows {
        value.replace('\\', "/")
    } else {
        value.to_owned()
    };
    let name = name(reading, text)?;
    Some(if reading.fold { name.to_ascii_lowercase() } else { name })
}

/// With slashes between its segments, whatever the system.
fn name(reading: &PathReading, mut text: String) -> Option<String> {
    let drive = |text: &str| text.len() >= 2 && text.as_bytes()[0].is_ascii_alphabetic() && text.as_bytes()[1] == b':';
    let top = match reading.windows {
        true if drive(&text) => text.get(..3).filter(|top| top.ends_with('/'))?.to_owned(),
        true if text.starts_with('/') => return None,
        false if text.starts_with('/') => "/".to_owned(),
        _ => String::new(),
    };
    if text == top && !top.is_empty() {
        return Some(text);
    }
    if reading.dir && text.ends_with('/') {
        text.pop();
    }
    let below = &text[top.len()..];
    let bad = |segment: &str| is_bad(segment) || (reading.windows && is_bad_on_windows(segment));
    if below.split('/').any(bad) || below.starts_with('~') {
        return None;
    }
    match &reading.root {
        _ if !top.is_empty() => Some(text),
        Some(root) if root.ends_with('/') => Some(format!("{root}{below}")),
        Some(root) => Some(format!("{root}/{below}")),
        None => None,
    }
}

fn is_bad(segment: &str) -> bool {
    let quote_or_space = |c: char| c.is_whitespace() || c == '"' || c == '\'' || c == '`';
    let ends = [segment.chars().next(), segment.chars().last()];
    segment.is_empty() || segment == "." || segment == ".." || ends.into_iter().flatten().any(quote_or_space)
}

fn is_bad_on_windows(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap().trim_end().to_lowercase();
    let port = |name: &str| {
        stem.strip_prefix(name)
            .is_some_and(|n| n.chars().count() == 1 && "0123456789¹²³".contains(n))
    };
    let short = segment
        .split('~')
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    segment.contains([':', '<', '>', '"', '|', '?', '*'])
        || segment.ends_with('.')
        || ["con", "prn", "aux", "nul"].contains(&stem.as_str())
        || port("com")
        || port("lpt")
        || short
}

/// Do all file systems that tell no case apart read its case alike? ASCII, and lower case with one upper case that leads
/// back.
fn folds(c: char) -> bool {
    let same = |text: String, wanted: char| text == wanted.to_string();
    let upper: Vec<char> = c.to_uppercase().collect();
    c.is_ascii()
        || (same(c.to_lowercase().collect(), c) && upper.len() == 1 && same(upper[0].to_lowercase().collect(), c))
}

/// `%NAME%`.
fn names_a_variable(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let is_percent = |at: &usize| chars[*at] == '%';
    let in_name = |c: &char| c.is_alphanumeric() || "_()".contains(*c);
    (0..chars.len()).filter(is_percent).any(|start| {
        let ends = (start + 2..chars.len()).filter(is_percent);
        ends.into_iter().any(|end| chars[start + 1..end].iter().all(in_name))
    })
}

/// Unicode 16 and 17, DerivedCoreProperties.txt, `Default_Ignorable_Code_Point`.
fn is_ignorable(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
        | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFF8
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}
