//! What a code means.

use serde_json::json;
use textwrap::fill;

use super::{Format, codes};
use crate::cli::terminal::{fail, out};
use crate::cli::{FAILED, FINE};
use crate::diagnostic::Code;

/// As wide as text is set on a terminal.
const WIDTH: usize = 80;

pub fn run(subject: &str, format: Format) -> u8 {
    let Some(code) = codes::find(&subject.to_ascii_uppercase()) else {
        let near = codes::near(&subject.to_ascii_uppercase()).map(|near| format!("did you mean `{near}`?"));
        fail(&format_args!("there is no code `{subject}`"), near.as_deref());
        return FAILED;
    };
    out(written(code, format));
    FINE
}

fn written(Code { code, title, text }: &Code, format: Format) -> String {
    match format {
        Format::Human => format!("{code}: {title}\n\n{}", fill(text, WIDTH)),
        Format::Md => format!("### {code}: {title}\n\n{text}"),
        Format::Json => json!({ "code": code, "title": title, "text": text }).to_string(),
    }
}
