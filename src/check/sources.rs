//! The files of one policy: its own, what it includes, and the modules that it uses.
//!
//! Each file has a range of offsets of its own, one after another, so that a span says in which file it is.

use crate::diagnostic::{Diagnostic, Label, Source, Span};
use crate::pattern::At;

/// The most files of one policy.
pub const MAX_FILES: usize = 32;

/// The most bytes that they have together.
pub const MAX_BYTES: usize = 2 << 20;

/// Where the other files of a policy come from.
pub trait Loader {
    /// The file of that name under the policy's folder: segments joined by `/`, none of them `.` or `..`.
    ///
    /// # Errors
    /// Why it cannot be had, in words.
    fn load(&self, name: &str) -> Result<Source, String>;
}

/// A policy without other files.
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &str) -> Result<Source, String> {
        Err("there are no other files here".to_owned())
    }
}

/// One file and its place among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// What is shown of it.
    pub(super) source: Source,
    /// Its name in the artifact, which does not depend on where the policy lies.
    pub(super) name: String,
    /// Where its offsets begin.
    pub(super) base: usize,
    /// The module whose names it gives and sees: 0 is the policy's.
    pub(super) module: usize,
}

/// The files of one policy, its own first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub(super) files: Vec<Placed>,
}

impl Sources {
    /// A policy of one file.
    #[must_use]
    pub fn one(source: &Source) -> Self {
        let name = source.name.rsplit('/').next().unwrap_or(&source.name).to_owned();
        let files = vec![Placed {
            source: source.clone(),
            name,
            base: 0,
            module: 0,
        }];
        Self { files }
    }

    /// What the policy's own file is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.files.first().map_or("", |file| &file.source.name)
    }

    /// The name of the file that something stands in.
    #[must_use]
    pub fn file_name(&self, span: Span) -> &str {
        self.file(span.start).map_or("", |(_, file)| &file.name)
    }

    /// Where the next file begins: one past the end of the last, so that no offset is in two.
    pub(super) fn next_base(&self) -> usize {
        self.files
            .last()
            .map_or(0, |file| file.base + file.source.text.len() + 1)
    }

    /// The file that an offset is in, and which it is.
    pub(super) fn file(&self, offset: usize) -> Option<(usize, &Placed)> {
        let index = self.files.partition_point(|file| file.base <= offset).checked_sub(1)?;
        Some((index, self.files.get(index)?))
    }

    /// The module of what stands at an offset.
    pub(super) fn module(&self, offset: usize) -> usize {
        self.file(offset).map_or(0, |(_, file)| file.module)
    }

    /// The name of the file and the line that something begins on, as rules have them.
    pub(super) fn line(&self, span: Span) -> (String, u32) {
        let Some((_, file)) = self.file(span.start) else {
            return (String::new(), 1);
        };
        let line = file.source.position(span.start - file.base).0;
        (file.name.clone(), u32::try_from(line).unwrap_or(u32::MAX))
    }

    /// Is it in the standard library?
    pub(super) fn is_standard(&self, span: Span) -> bool {
        self.file(span.start)
            .is_some_and(|(_, file)| file.name.starts_with("std::"))
    }

    /// The place as an artifact has it.
    pub(super) fn at(&self, span: Span) -> At {
        // A source has at most 1 MiB.
        let short = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let (index, base) = self.file(span.start).map_or((0, 0), |(index, file)| (index, file.base));
        At {
            source: short(index),
            start: short(span.start - base),
            end: short(span.end.saturating_sub(base)),
        }
    }

    /// A place of an artifact as a span; `None` for one that is in no file.
    pub(super) fn span(&self, at: At) -> Option<Span> {
        let base = self.files.get(usize::try_from(at.source).ok()?)?.base;
        let offset = |offset: u32| Some(base + usize::try_from(offset).ok()?);
        Some(Span::new(offset(at.start)?, offset(at.end)?))
    }

    /// The file that a diagnostic is about, and the same diagnostic with places in that file alone. A second place in
    /// another file becomes a part of the help.
    #[must_use]
    pub fn local(&self, diagnostic: &Diagnostic) -> (Source, Diagnostic) {
        let Some((index, file)) = self.file(diagnostic.primary.span.start) else {
            return (Source::new("", ""), diagnostic.clone());
        };
        let mut local = diagnostic.clone();
        local.primary.span = within(file, diagnostic.primary.span);
        if let Some(Label { span, text }) = local.secondary.take() {
            match self.file(span.start) {
                Some((other, _)) if other == index => local = local.also(within(file, span), text),
                Some((_, other)) => {
                    let (line, column) = other.source.position(span.start - other.base);
                    let place = format!("{text}: {}:{line}:{column}", other.source.name);
                    local.help = Some(local.help.map_or(place.clone(), |help| format!("{help}; {place}")));
                }
                None => {}
            }
        }
        (file.source.clone(), local)
    }
}

fn within(file: &Placed, span: Span) -> Span {
    Span::new(span.start - file.base, span.end.saturating_sub(file.base))
}
