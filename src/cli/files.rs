//! The folder of a policy, and the files in it that the policy may ask for.

use std::path::{Path, PathBuf};

use super::source::read;
use crate::check::Loader;
use crate::diagnostic::Source;

/// The most bytes of one such file; the parser's own limit is the same.
const MAX_FILE: u64 = 1 << 20;

/// The folder that a policy lies in.
pub struct Folder(PathBuf);

impl Folder {
    /// The folder of this policy.
    pub fn of(policy: &Path) -> Self {
        let folder = policy.parent().unwrap_or(Path::new(""));
        Self(folder.to_owned())
    }
}

impl Loader for Folder {
    fn load(&self, name: &str) -> Result<Source, String> {
        let here = if self.0.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.0
        };
        let shown = self.0.join(name);
        let folder = here.canonicalize().map_err(|error| error.to_string())?;
        let file = folder.join(name).canonicalize().map_err(|error| error.to_string())?;
        if !file.starts_with(&folder) {
            return Err("a link leads out of the policy's folder".to_owned());
        }
        if !file.is_file() {
            return Err("it is no regular file".to_owned());
        }
        let bytes = read(&file, MAX_FILE).map_err(|error| error.to_string())?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
        Ok(Source::new(shown.display().to_string(), text))
    }
}
