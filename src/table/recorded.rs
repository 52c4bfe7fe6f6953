//! `record SLOT, … as hash|drop`: which values the evidence does not keep.

use serde::{Deserialize, Serialize};

use super::Step;

/// The slots whose values are kept out of the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// From the arguments on; each begins with a key.
    pub slots: Vec<Vec<Step>>,
    /// What stands for their values.
    #[serde(rename = "as")]
    pub form: RecordForm,
}

/// What stands for a value in the evidence, the stricter last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordForm {
    /// A salted hash.
    Hash,
    /// Nothing.
    Drop,
}
