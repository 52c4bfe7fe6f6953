//! Parameters that are called like a path, URL, host or address, and have no reading.

use super::super::escapes::Polarity;
use super::super::slot::Slot;
use super::super::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::pattern::ReadingKind;
use crate::syntax::ast::Ident;
use crate::table::{Type, TypeSet, Universe};

impl Checker<'_> {
    /// A grant on a parameter that is called like a path and read as text: `..` is two dots there, and no prohibition
    /// on `any path` sees it. The like of URLs, hosts and addresses.
    pub(in crate::check) fn lint_unread(&self, name: &Ident, slot: &Slot<'_>, polarity: Polarity) {
        let is_text = |universe: &Universe<'_>| {
            let types = universe.types();
            types.has(Type::String) && types != TypeSet::ALL
        };
        let text = is_text(&slot.universe) || slot.universe.element().types().has(Type::String);
        let read = ReadingKind::ALL.into_iter().any(|kind| slot.universe.has_reading(kind));
        let Some(kind) = called_like(&name.name).filter(|_| polarity == Polarity::Grant && text && !read) else {
            return;
        };
        let what = match kind {
            ReadingKind::Url => "a URL",
            ReadingKind::Host => "a host",
            ReadingKind::Email => "an e-mail address",
            _ => "a path",
        };
        let message = format!("{} is called like {what}, and read as text", slot.name);
        let reading = kind.name();
        let help = format!(
            "declare it in the server's block, `{reading}: *.{}`, or use `{reading}(\"…\")` here",
            name.name
        );
        self.report::<()>(Diagnostic::error(codes::UNREAD, name.span, message).help(help));
    }
}

/// The reading that names of parameters suggest, as servers choose them.
pub(super) fn called_like(name: &str) -> Option<ReadingKind> {
    let name = name.to_lowercase().replace(['_', '-'], "");
    let known: [(ReadingKind, &[&str], &[&str]); 4] = [
        (
            ReadingKind::Path,
            &[
                "file",
                "files",
                "dir",
                "directory",
                "folder",
                "source",
                "destination",
                "cwd",
                "workdir",
            ],
            &["path", "paths", "filename", "filenames"],
        ),
        (
            ReadingKind::Url,
            &["uri", "uris", "link", "href", "endpoint", "webhook"],
            &["url", "urls"],
        ),
        (ReadingKind::Host, &["host", "domain"], &["hostname", "hostnames"]),
        (
            ReadingKind::Email,
            &["recipients"],
            &["email", "emails", "emailaddress"],
        ),
    ];
    let fits =
        |whole: &[&str], ends: &[&str]| whole.contains(&name.as_str()) || ends.iter().any(|end| name.ends_with(end));
    known
        .into_iter()
        .find(|(_, whole, ends)| fits(whole, ends))
        .map(|(kind, ..)| kind)
}
