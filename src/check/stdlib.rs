//! The standard library: modules in the language itself, part of its version.

/// The modules by name, each with its text.
pub const MODULES: &[(&str, &str)] = &[
    ("fs", include_str!("../../stdlib/fs.mcpp")),
    ("git", include_str!("../../stdlib/git.mcpp")),
    ("github", include_str!("../../stdlib/github.mcpp")),
    ("net", include_str!("../../stdlib/net.mcpp")),
    ("text", include_str!("../../stdlib/text.mcpp")),
];
