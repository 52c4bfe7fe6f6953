//! The hunt for a call of which something is so: the search finds what may be one, and the evaluator has the last word.

use super::budget::{Budget, Refusal};
use super::circumstances::Circumstances;
use super::compared::variants;
use super::frame::Frame;
use super::sample::Sample;
use super::search::Search;
use super::smaller::smaller;
use crate::table::Gated;
use crate::table::gates::Comparison;
use crate::table::program::compile::formula::Formula;

/// What is hunted through, and for what.
pub struct Hunt<'q> {
    pub frame: Frame,
    pub circumstances: Circumstances,
    pub budget: &'q Budget,
    pub gated: &'q Gated,
    /// A call of these arguments in these circumstances, as a line for `mcppc eval`.
    pub line: &'q dyn Fn(Sample, Vec<(String, Sample)>) -> Sample,
    /// Is it such a call?
    pub shows: &'q dyn Fn(&Sample) -> bool,
    /// Why something that was found is no answer.
    pub unknown: Option<Refusal>,
}

/// The most calls that are tried out where the evaluator does not bear out the search.
const TRIES: usize = 64;

impl Hunt<'_> {
    /// A call for which the goal holds, as small as it can be made; `None` if the search found none that is borne out.
    /// There is none at all if nothing is `unknown` afterwards.
    pub fn through(&mut self, goal: Formula) -> Result<Option<Sample>, Refusal> {
        let mut search = Search::new(goal);
        for _ in 0..TRIES {
            let Some(found) = search.next(&mut self.frame.formulas, self.budget)? else {
                return Ok(None);
            };
            let compared = self.circumstances.compared(&found);
            let around = self.circumstances.sample(&found, self.gated);
            let Some((arguments, around)) = self.frame.sample(&found).zip(around) else {
                let why = match self.frame.unknown(&found) {
                    Some(place) => format!("there may be such a value of `{place}`, and none was found"),
                    None => "there may be such a caller, and none was found".to_owned(),
                };
                self.unknown.get_or_insert(Refusal::new(why));
                continue;
            };
            let line = (self.line)(arguments, around);
            let mut lines = std::iter::once(line.clone()).chain(variants(&line, &compared));
            if let Some(line) = lines.find(|line| (self.shows)(line)) {
                return Ok(Some(smaller(line, self.shows)));
            }
            self.unknown.get_or_insert(not_borne_out(&compared));
        }
        let why = format!("{TRIES} calls were tried, and the evaluator does not bear out one of them");
        Err(self.unknown.clone().unwrap_or_else(|| Refusal::new(why)))
    }
}

fn not_borne_out(compared: &[&Comparison]) -> Refusal {
    let why = if compared.is_empty() {
        "a call was found that the evaluator does not bear out: the schema says more than the search knows"
    } else {
        "it rests on `when`, and the search does not know which values compare so"
    };
    Refusal {
        why: why.to_owned(),
        at: compared.iter().map(|comparison| comparison.at).collect(),
    }
}

/// A call as a line for `mcppc eval`.
pub fn call(server: &str, tool: &str, arguments: Sample, around: Vec<(String, Sample)>) -> Sample {
    let text = |text: &str| Sample::String(text.to_owned());
    let mut members = vec![
        ("server".to_owned(), text(server)),
        ("tool".to_owned(), text(tool)),
        ("arguments".to_owned(), arguments),
    ];
    members.extend(around);
    Sample::Object(members)
}
