use super::*;
use crate::json::{Limits, parse};
use crate::pattern::ReadingKind;
use crate::table::{PathReading, Property, Reading, Shape, shape_of};

fn shape(schema: &str) -> Shape {
    shape_of(&parse(schema.as_bytes(), &Limits::default()).unwrap())
}

fn below(root: &str) -> Option<Box<Reading>> {
    Some(Box::new(Reading::Path(PathReading {
        root: Some(root.to_owned()),
        ..PathReading::default()
    })))
}

fn member<'t>(tape: &'t Tape, name: &str) -> Datum<'t> {
    tape.root().get(name).unwrap().into()
}

#[test]
fn nothing_stays_of_an_alternative_that_was_tried() {
    // The first reads `a` as a path and fails at `b`; the second does not read it.
    let mut first = shape(r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}}}"#);
    first.properties.get_mut("a").unwrap().shape.reading = below("/first");
    let second = shape(r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}"#);
    let mut third = second.clone();
    third.properties.insert("c".into(), Property::default());
    third.properties.get_mut("a").unwrap().shape.reading = below("/third");
    for (alternatives, wanted) in [
        (vec![first.clone(), second.clone()], ("x", None)),
        (
            vec![first.clone(), third.clone()],
            ("/third/x", Some(ReadingKind::Path)),
        ),
        (vec![second, third], ("x", None)),
    ] {
        let shape = Shape {
            any_of: alternatives,
            ..Shape::default()
        };
        let mut tape = Tape::default();
        let root = tape.read(br#"{"a":"x","b":"y"}"#, &Limits::default()).unwrap();
        read(&Universe::of(&shape), &shape, &mut tape, root).unwrap();
        let Datum::String(text, reading) = member(&tape, "a") else {
            panic!("no string")
        };
        assert_eq!((text, reading), wanted);
    }
}

#[test]
fn roots_do_not_fill_the_memory() {
    let mut items = shape(r#"{"type":"string"}"#);
    items.reading = below(&format!("/{}", "r".repeat(1 << 20)));
    let shape = Shape {
        items: Some(Box::new(items)),
        ..Shape::default()
    };
    let shape = LoadedShape::of(&shape);
    let read_so_many = |count: usize| {
        let mut tape = Tape::default();
        let text = format!("[{}\"x\"]", "\"x\",".repeat(count - 1));
        let root = tape.read(text.as_bytes(), &Limits::default()).unwrap();
        Walk::over(&mut tape, &shape, root, true)
            .1
            .map_err(|refusal| refusal.explain(&tape, root))
    };
    assert_eq!(read_so_many(60), Ok(()));
    let denial = read_so_many(100).unwrap_err();
    assert_eq!(
        (denial.reason, denial.parameter.as_deref()),
        (Reason::TooLarge, Some("/63"))
    );
}
