//! Kinds of diagnostic, as they are declared and looked up.

/// One kind of diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable code, `E0011`.
    pub code: &'static str,
    /// What it is, in one line.
    pub title: &'static str,
    /// Why it is an error and how to mend it.
    pub text: &'static str,
}

/// Declares a module's codes once: a constant for each, and the table of all.
macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $text:literal;)*) => {
        $(#[doc = $title] pub const $name: &str = $code;)*

        /// Every kind of diagnostic of this module, by code.
        pub const TABLE: &[$crate::diagnostic::Code] =
            &[$($crate::diagnostic::Code { code: $code, title: $title, text: $text }),*];
    };
}

pub(crate) use codes;
