//! `path dir root "/srv": …`, `url scheme "http" "https": …`: what a server's block says of a reading.

use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::eval::reading;
use crate::pattern::ReadingKind;
use crate::syntax::ast::{Ident, ReadingDecl, ReadingOption, Template};
use crate::table::{PathReading, Reading, UrlReading};

impl Checker<'_> {
    /// The reading that a line declares; `None` if what is wrong with it was reported.
    pub(super) fn declared(&self, declaration: &ReadingDecl) -> Option<Reading> {
        let options = declaration.options.as_slice();
        match self.reading_kind(&declaration.reading)? {
            ReadingKind::Path => self.path_options(options).map(Reading::Path),
            ReadingKind::Url => self.url_options(options).map(Reading::Url),
            kind => match options.first() {
                None => Some(Reading::plain(kind)),
                Some(option) => self.no_option(kind, option, "it has none"),
            },
        }
    }

    /// The reading of a name.
    pub(super) fn reading_kind(&self, name: &Ident) -> Option<ReadingKind> {
        if let Some(kind) = ReadingKind::named(&name.name) {
            return Some(kind);
        }
        let names = ReadingKind::ALL.map(ReadingKind::name);
        let help = match nearest(&name.name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the readings are {}", names.join(", ")),
        };
        let message = format!("there is no reading `{}`", name.name);
        self.report(Diagnostic::error(codes::READING, name.span, message).help(help))
    }

    fn no_option<T>(&self, kind: ReadingKind, option: &ReadingOption, options: &str) -> Option<T> {
        let ReadingOption { name, values } = option;
        let message = if options.contains(&format!("`{}", name.name)) {
            format!("the option `{}` of `{}` takes other values", name.name, kind.name())
        } else {
            format!("`{}` has no such option `{}`", kind.name(), name.name)
        };
        let span = values
            .last()
            .map_or(name.span, |last| Span::new(name.span.start, last.span.end));
        self.report(Diagnostic::error(codes::READING, span, message).help(options))
    }

    fn wrong<T>(&self, span: Span, message: impl Into<String>) -> Option<T> {
        self.report(Diagnostic::error(codes::READING, span, message))
    }

    fn path_options(&self, options: &[ReadingOption]) -> Option<PathReading> {
        let mut path = PathReading::default();
        let (mut root, mut posix) = (None, None);
        for option in options {
            match (option.name.name.as_str(), option.values.as_slice()) {
                ("posix", []) => posix = Some(option.name.span),
                ("dir", []) => path.dir = true,
                ("windows", []) => path.windows = true,
                ("case insensitive", []) => path.fold = true,
                ("root", [template]) => {
                    if root.replace(template).is_some() {
                        return self.wrong(template.span, "two roots are declared");
                    }
                }
                _ => {
                    let options = "its options are `posix`, `windows`, `case insensitive`, `dir` and `root \"/…\"`";
                    return self.no_option(ReadingKind::Path, option, options);
                }
            }
        }
        if let Some(span) = posix.filter(|_| path.windows) {
            return self.wrong(span, "a path is written as POSIX has it or as Windows has it, not both");
        }
        // No file system of Windows is asked to tell case apart.
        path.fold |= path.windows;
        if let Some(root) = root {
            path.root = Some(self.root(root, &path)?);
        }
        Some(path)
    }

    fn root(&self, root: &Template, path: &PathReading) -> Option<String> {
        let text = self.scope.text(root, self)?;
        match reading::read(&Reading::Path(path.clone()), &as_value(path, &text)) {
            Ok(root) => Some(root.into_owned()),
            Err(why) => self.wrong(root.span, format!("the root is no canonical path: {why}")),
        }
    }

    fn url_options(&self, options: &[ReadingOption]) -> Option<UrlReading> {
        let mut url = UrlReading::default();
        let (mut schemes, mut default): (Option<Vec<String>>, Option<(String, Span)>) = (None, None);
        for option in options {
            match (option.name.name.as_str(), option.values.as_slice()) {
                ("scheme", values @ [_, ..]) => {
                    let texts = values.iter().map(|value| self.scheme(value));
                    if schemes.replace(texts.collect::<Option<_>>()?).is_some() {
                        return self.wrong(option.name.span, "the schemes are declared twice");
                    }
                }
                ("default", [value]) => {
                    if default.replace((self.scheme(value)?, value.span)).is_some() {
                        return self.wrong(option.name.span, "two default schemes are declared");
                    }
                }
                _ => {
                    let options = "its options are `scheme \"https\" \"http\"` and `default https`";
                    return self.no_option(ReadingKind::Url, option, options);
                }
            }
        }
        url.schemes = match (schemes, &default) {
            (Some(schemes), _) => schemes,
            (None, Some((default, _))) => vec![default.clone()],
            (None, None) => url.schemes,
        };
        if let Some((scheme, span)) = default {
            if !url.schemes.contains(&scheme) {
                return self.wrong(span, format!("`{scheme}` is none of the schemes of the slot"));
            }
            url.default_scheme = Some(scheme);
        }
        Some(url)
    }

    /// RFC 3986 section 3.1, in lower case.
    fn scheme(&self, template: &Template) -> Option<String> {
        let text = self.scope.text(template, self)?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
        if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(plain) {
            return Some(text);
        }
        self.wrong(
            template.span,
            format!("`{text}` is no scheme; they are written as `https` is"),
        )
    }
}

/// A path of a policy, which is written with slashes, as the value of its slot.
pub(super) fn as_value(path: &PathReading, text: &str) -> String {
    if path.windows {
        text.replace('/', "\\")
    } else {
        text.to_owned()
    }
}
