//! Laws of the layout, for policies of the whole grammar that are written in any way: it says the same, keeps every
//! comment, and laid out again does not change. `lay_out` itself refuses a result that says something else.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::format;
use super::super::layout::{LayoutError, WIDTH, lay_out};
use super::generate::file;
use super::laws::cases;
use super::parsed;
use crate::diagnostic::Source;

/// What people put between words.
fn between() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        " // a remark\n",
        "// a remark",
        "\n// one\n\n\n  // two \n",
        "\n",
        "\n\n\n",
        "  ",
        "\t",
        " ,\n",
        ",",
    ])
}

/// A text with something more at each of some places, where it still says the same.
fn loosened(text: String, places: &[(Index, &str)]) -> String {
    let says = format::file(&parsed(&text).0);
    places.iter().fold(text, |text, (place, more)| {
        let borders: Vec<usize> = borders(&text).collect();
        let (before, after) = text.split_at(*place.get(&borders));
        let changed = format!("{before}{more}{after}");
        let (tree, diagnostics) = parsed(&changed);
        if diagnostics.is_empty() && format::file(&tree) == says {
            changed
        } else {
            text
        }
    })
}

/// The ends of a text, and the places beside white space and signs; some are inside strings.
fn borders(text: &str) -> impl Iterator<Item = usize> {
    let is_sign = |c: char| c.is_ascii_whitespace() || c.is_ascii_punctuation() && c != '_';
    let signs = text.match_indices(is_sign).flat_map(|(at, sign)| [at, at + sign.len()]);
    [0, text.len()].into_iter().chain(signs)
}

fn comments(text: &str) -> usize {
    text.matches("// a remark").count() + text.matches("// one").count() + text.matches("// two").count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn a_policy_laid_out_says_the_same_and_stays(
        file in file(),
        places in prop::collection::vec((any::<Index>(), between()), 0..6),
    ) {
        let text = loosened(format::file(&file), &places);
        let once = lay_out(&Source::new("test.mcpp", text.as_str()));
        prop_assert!(once.is_ok(), "{text}\n{once:?}");
        let once = once.unwrap();
        prop_assert_eq!(format::file(&parsed(&once).0), format::file(&parsed(&text).0));
        prop_assert_eq!(comments(&once), comments(&text), "{}\n{}", text, once);
        let twice = lay_out(&Source::new("test.mcpp", once.as_str()));
        prop_assert_eq!(twice.as_deref(), Ok(once.as_str()), "{}", text);
        prop_assert!(once.is_empty() || once.ends_with('\n') && !once.ends_with("\n\n") && !once.starts_with('\n'));
        prop_assert!(!once.contains("\n\n\n"));
    }
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "mcpp") {
            into.push(path);
        }
    }
}

/// The policies of this repository: those with errors are refused, the others do not change twice.
#[test]
fn every_policy_here_is_laid_out_once() {
    let mut paths = Vec::new();
    for folder in ["fixtures", "examples", "stdlib"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        if folder.exists() {
            sources(&folder, &mut paths);
        }
    }
    assert!(paths.len() > 50);
    let mut good = 0;
    for path in paths {
        let source = Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        let wrong = !parsed(&source.text).1.is_empty();
        match lay_out(&source) {
            Ok(text) => {
                assert!(!wrong, "{}", source.name);
                good += 1;
                let again = lay_out(&Source::new("again.mcpp", text.as_str()));
                assert_eq!(again.as_deref(), Ok(text.as_str()), "{}", source.name);
            }
            Err(LayoutError::Wrong(found)) => assert!(wrong && !found.is_empty(), "{}", source.name),
            Err(error) => panic!("{}: {error}", source.name),
        }
    }
    assert!(good > 40, "{good}");
}

fn laid_out(text: &str) -> String {
    lay_out(&Source::new("test.mcpp", text)).unwrap()
}

#[test]
fn braces_stay_on_their_line_only_where_they_fit() {
    let value = |length: usize| format!("allow fs.a {{ a: \"{}\" }}\n", "x".repeat(length));
    let fits = value(WIDTH - value(0).len() + 1);
    assert_eq!(fits.len(), WIDTH + 1);
    assert_eq!(laid_out(&fits), fits);
    let wider = laid_out(&value(WIDTH - value(0).len() + 2));
    assert!(wider.starts_with("allow fs.a {\n  a: \""), "{wider}");
}

#[test]
fn a_chain_that_stays_on_its_line_keeps_those_in_it() {
    let terms = ["some_pattern"; 9].join(" & ");
    let text = format!("deny fs.a {{\n  a: [\n    // one\n    int\n  ] | {terms}\n}}\n");
    let once = laid_out(&text);
    assert_eq!(laid_out(&once), once);
    assert!(once.contains(&format!("] | {terms}")), "{once}");
}

#[test]
fn deep_brackets_end() {
    let deep = format!("pattern p = {}int{}", "[".repeat(60), "]".repeat(60));
    assert_eq!(laid_out(&deep), laid_out(&laid_out(&deep)));
    let broken = format!("pattern p = {}int{}", "(\n".repeat(60), ")".repeat(60));
    assert_eq!(laid_out(&broken), laid_out(&laid_out(&broken)));
}

#[test]
fn what_would_be_too_large_is_refused() {
    let deep = format!("{}int{}", "(\n".repeat(60), ")".repeat(60));
    let text: String = (0..2000).map(|n| format!("pattern p{n} = {deep}\n")).collect();
    assert_eq!(lay_out(&Source::new("test.mcpp", text)), Err(LayoutError::TooLarge));
}
