//! Exact questions about policies.
//!
//! 1. `conditions`: what the rules of a tool ask is taken apart into questions about places, as for its program.
//! 2. `frame`, `site`, `strings`, `numbers`: each place gets the ways in which its values can differ for these
//!    questions, each with a shortest value. `callers`, `circumstances`: the same for what gates tell apart.
//! 3. `search`: a claim is a formula over these ways, and a way to make its contrary hold is a call that breaks it.
//! 4. `ground`: all rules of a tool at once; `findings` and `alternatives` are what is told of them unasked.
//!
//! The ways are never too few: where more is thought possible than is, a call that is found is not borne out by the
//! evaluator, and the question is refused. A claim is proved only where the search found nothing at all.

mod alternatives;
mod budget;
mod callers;
mod canonical;
mod circumstances;
mod compared;
mod conditions;
mod difference;
mod findings;
mod frame;
mod ground;
mod hunt;
mod merged;
mod numbers;
mod product;
mod question;
mod sample;
mod search;
mod site;
mod smaller;
mod strings;

pub use alternatives::{Alternative, alternatives};
pub use budget::{Budget, DEFAULT, Refusal};
pub use difference::{Access, Difference, Direction, compare};
pub use findings::{Finding, findings};
pub use merged::is_same;
pub use question::{Answer, Claim, Prover, Question, Refutation};
pub use sample::Sample;
