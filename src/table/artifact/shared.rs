//! The parameters of rules, each written once: rules repeat them, and every rule that spreads a pattern repeats all of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{ArtifactError, Body, MAX_BYTES};
use crate::pattern::Field;

/// More than this is not read or written, counted as if each rule had its parameters written out: whoever looks at all
/// rules looks at so much, however small the artifact is. A hundred thousand rules of ten parameters come to half of it.
const MAX_WRITTEN_OUT: usize = 4 * MAX_BYTES;

/// The same policy with parameters by their places in a list, which is in the order in which they come first, and the list.
///
/// # Errors
/// `Malformed` if they cannot be written as JSON, or are too much.
pub fn part(body: &Body) -> Result<(Body<u32>, Vec<u8>), ArtifactError> {
    let mut places: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut list = b"[".to_vec();
    let mut room = Room(MAX_WRITTEN_OUT);
    let body = body.clone().try_map(|field| {
        let text = written(&field)?;
        room.take(text.len())?;
        let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
        let place = places.entry(text).or_insert_with_key(|text| {
            if next > 0 {
                list.push(b',');
            }
            list.extend(text);
            next
        });
        Ok::<u32, ArtifactError>(*place)
    })?;
    list.push(b']');
    Ok((body, list))
}

/// Puts the parameters of a list where their places are.
///
/// # Errors
/// `NotCanonical` if the list is not as [`part`] makes it, `Malformed` if they are too much.
pub fn join(body: Body<u32>, fields: &[Arc<Field>], list: &[u8]) -> Result<Body, ArtifactError> {
    let texts = fields
        .iter()
        .map(|field| written(field))
        .collect::<Result<Vec<_>, _>>()?;
    let canonical = [b"[", texts.join(&b","[..]).as_slice(), b"]"].concat();
    let is_each_once = texts.iter().collect::<HashSet<_>>().len() == texts.len();
    if canonical != list || !is_each_once {
        return Err(ArtifactError::NotCanonical);
    }
    let mut room = Room(MAX_WRITTEN_OUT);
    let mut seen = 0;
    let body = body.try_map(|place| {
        let place = usize::try_from(place).ok().filter(|place| *place <= seen);
        let found = place.and_then(|place| Some((place, fields.get(place)?, texts.get(place)?)));
        let (place, field, text) = found.ok_or(ArtifactError::NotCanonical)?;
        room.take(text.len())?;
        seen = seen.max(place + 1);
        Ok(Arc::clone(field))
    })?;
    if seen == fields.len() {
        Ok(body)
    } else {
        Err(ArtifactError::NotCanonical)
    }
}

fn written(field: &Field) -> Result<Vec<u8>, ArtifactError> {
    serde_json::to_vec(field).map_err(|error| ArtifactError::Malformed(error.to_string()))
}

/// How many bytes may still be written out.
struct Room(usize);

impl Room {
    fn take(&mut self, bytes: usize) -> Result<(), ArtifactError> {
        let left = self.0.checked_sub(bytes);
        self.0 = left.ok_or_else(|| {
            ArtifactError::Malformed(format!(
                "its rules come to more than {MAX_WRITTEN_OUT} bytes with all their parameters"
            ))
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Digest, Grant, Server, Shape, Tool, shared};
    use super::*;
    use crate::pattern::{At, Pattern, PatternKind};

    fn field(name: &str) -> Field {
        let at = At {
            source: 0,
            start: 0,
            end: 0,
        };
        Field {
            name: name.to_owned(),
            optional: false,
            at,
            pattern: Pattern {
                at,
                kind: PatternKind::Any,
            },
        }
    }

    /// A policy with one tool and a grant for each of these lists of parameters.
    fn body<F>(grants: impl IntoIterator<Item = Vec<F>>) -> Body<F> {
        let tool = Tool {
            definition: Digest::of(b""),
            arguments: Shape::default(),
            envelope: Vec::new(),
            prohibitions: Vec::new(),
            grants: grants
                .into_iter()
                .map(|fields| Grant {
                    rule: 0,
                    fields,
                    gate: None,
                })
                .collect(),
        };
        let server = Server {
            tools: [("t".to_owned(), tool)].into(),
            ..Server::default()
        };
        Body {
            servers: [("s".to_owned(), server)].into(),
            ..Body::default()
        }
    }

    fn list(names: &[&str]) -> (Vec<Arc<Field>>, Vec<u8>) {
        let fields: Vec<Field> = names.iter().map(|name| field(name)).collect();
        let text = serde_json::to_vec(&fields).unwrap();
        (shared(fields), text)
    }

    #[test]
    fn what_rules_repeat_is_written_once() {
        let (a, b, c) = (field("a"), field("b"), field("c"));
        let whole = body([vec![a.clone(), b.clone()], vec![c, b], vec![a]].map(shared));
        let (parted, text) = part(&whole).unwrap();
        let (fields, wanted) = list(&["a", "b", "c"]);
        assert_eq!((&parted, &text), (&body([vec![0, 1], vec![2, 1], vec![0]]), &wanted));
        assert_eq!(join(parted, &fields, &text), Ok(whole));
    }

    /// Otherwise one policy would have several forms.
    #[test]
    fn a_list_in_another_order_is_refused() {
        for (names, grants) in [
            (&["a", "b"][..], vec![vec![1, 0]]),
            (&["a", "b"], vec![vec![0]]),
            (&["a"], vec![vec![0, 1]]),
            (&["a", "a"], vec![vec![0, 1]]),
        ] {
            let (fields, text) = list(names);
            assert_eq!(
                join(body(grants), &fields, &text),
                Err(ArtifactError::NotCanonical),
                "{names:?}"
            );
        }
        let (fields, text) = list(&["a"]);
        let spaced = [b"[ ", &text[1..]].concat();
        assert_eq!(
            join(body([vec![0]]), &fields, &spaced),
            Err(ArtifactError::NotCanonical)
        );
    }

    /// A few megabytes of places would stand for terabytes of parameters, and all rules are asked why a call is denied.
    #[test]
    fn what_is_repeated_is_counted_each_time() {
        let (fields, text) = list(&[&"n".repeat(1 << 20)]);
        let times = |count: usize| join(body([vec![0; count]]), &fields, &text);
        assert!(times(200).is_ok());
        assert!(matches!(times(300), Err(ArtifactError::Malformed(why)) if why.contains("268435456")));
        let written_out = body([vec![Arc::clone(&fields[0]); 300]]);
        assert!(matches!(part(&written_out), Err(ArtifactError::Malformed(_))));
    }
}
