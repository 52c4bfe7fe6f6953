//! From the text of a policy to its artifact, for programs that embed the compiler.

use jiff::Timestamp;

use crate::check::{self, Loader, Sets, Sources};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::lock::Lock;
use crate::prove;
use crate::table::{ArtifactError, artifact};

/// A compiled policy, and what the compiler remarked.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The artifact: the same bytes for the same sources, lock and values of constants.
    /// [`crate::table::Policy::from_bytes`] reads it.
    pub artifact: Vec<u8>,
    /// Warnings.
    pub warnings: Diagnostics,
}

/// What is said of a policy.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// Errors and warnings, in the order of their places.
    pub list: Vec<Diagnostic>,
    /// The files that the places are in.
    pub sources: Sources,
}

/// Why there is no artifact.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The policy has errors.
    #[error("the policy has errors: {}", first(.0))]
    Policy(Diagnostics),
    /// It is more than an artifact can hold.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
}

fn first(diagnostics: &Diagnostics) -> &str {
    let error = diagnostics.list.iter().find(|found| found.severity == Severity::Error);
    error.map_or("", |error| &error.message)
}

/// Compiles a policy against its lock, and proves its assertions. `loader` gives the other files of the policy
/// ([`crate::check::NoFiles`] where there are none), `sets` are values for its constants, and `now` is the time of
/// assertions that state none, and the one by which grants have ended.
///
/// # Errors
/// What is wrong with the policy, all of it at once.
pub fn compile(
    source: &Source,
    loader: &dyn Loader,
    lock: &Lock,
    sets: &Sets,
    now: Timestamp,
) -> Result<Compiled, CompileError> {
    let mut checked = check::check_package_at(source, &[], loader, Some(lock), sets, Some(now));
    check::prove(&mut checked, now, prove::DEFAULT);
    check::find(&mut checked, check::FINDING);
    let diagnostics = Diagnostics {
        list: checked.diagnostics,
        sources: checked.sources,
    };
    let Some(body) = checked.body else {
        return Err(CompileError::Policy(diagnostics));
    };
    Ok(Compiled {
        artifact: artifact::write(&body)?,
        warnings: diagnostics,
    })
}
