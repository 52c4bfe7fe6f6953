//! Calls made as small as they can be and still show the same.

use super::sample::Sample;

/// The members of a line that say which call it is.
const KEPT: [&str; 3] = ["server", "tool", "arguments"];

/// Leaves out what can be left out, one thing after the other.
pub fn smaller(line: Sample, shows: &dyn Fn(&Sample) -> bool) -> Sample {
    let mut line = line;
    loop {
        let smaller = without_one(&line, true).into_iter().find(|smaller| shows(smaller));
        match smaller {
            Some(smaller) => line = smaller,
            None => return line,
        }
    }
}

/// The same with one member or element less, anywhere.
fn without_one(sample: &Sample, is_line: bool) -> Vec<Sample> {
    match sample {
        Sample::Object(members) => {
            let mut found = Vec::new();
            for (at, (key, value)) in members.iter().enumerate() {
                if !(is_line && KEPT.contains(&key.as_str())) {
                    let mut fewer = members.clone();
                    fewer.remove(at);
                    found.push(Sample::Object(fewer));
                }
                for inner in without_one(value, false) {
                    let mut changed = members.clone();
                    changed
                        .get_mut(at)
                        .into_iter()
                        .for_each(|(_, value)| *value = inner.clone());
                    found.push(Sample::Object(changed));
                }
            }
            found
        }
        // Of a long array one half may do.
        Sample::Array(elements) if elements.len() > 8 => {
            let half = elements.len() / 2;
            let (first, second) = elements.split_at(half);
            let shorter = elements.split_last().map(|(_, rest)| rest.to_vec());
            let parts = [Some(first.to_vec()), Some(second.to_vec()), shorter];
            parts.into_iter().flatten().map(Sample::Array).collect()
        }
        Sample::Array(elements) => {
            let mut found = Vec::new();
            for (at, value) in elements.iter().enumerate() {
                let mut fewer = elements.clone();
                fewer.remove(at);
                found.push(Sample::Array(fewer));
                for inner in without_one(value, false) {
                    let mut changed = elements.clone();
                    changed.get_mut(at).into_iter().for_each(|value| *value = inner.clone());
                    found.push(Sample::Array(changed));
                }
            }
            found
        }
        _ => Vec::new(),
    }
}
