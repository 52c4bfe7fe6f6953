//! Paths: which are canonical, and what they are called.

use unicode_normalization::UnicodeNormalization;

/// How a slot's paths are declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathReading {
    pub dir: bool,
    pub root: Option<String>,
}

/// The absolute name that a value stands for; `None` if it has more than one reading. `readings`, *path*.
pub fn canonical(reading: &PathReading, value: &str) -> Option<String> {
    let forbidden = |c: char| c.is_control() || c == '\\' || c == '$' || is_ignorable(c);
    if value.chars().any(forbidden) || value.nfc().collect::<String>() != value || names_a_variable(value) {
        return None;
    }
    if value == "/" {
        return Some(value.to_owned());
    }
    let mut text = value.to_owned();
    if reading.dir && text.ends_with('/') {
        text.pop();
    }
    let (absolute, relative) = match text.strip_prefix('/') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, text.clone()),
    };
    let quote_or_space = |c: char| c.is_whitespace() || c == '"' || c == '\'' || c == '`';
    let bad = |segment: &str| {
        let ends = [segment.chars().next(), segment.chars().last()];
        segment.is_empty() || segment == "." || segment == ".." || ends.into_iter().flatten().any(quote_or_space)
    };
    if relative.split('/').any(bad) || relative.starts_with('~') {
        return None;
    }
    match (absolute, &reading.root) {
        (true, _) => Some(text),
        (false, Some(root)) if root == "/" => Some(format!("/{relative}")),
        (false, Some(root)) => Some(format!("{root}/{relative}")),
        (false, None) => None,
    }
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
