use super::super::{FEW, Kind, MAX_KEY, parse};
use super::*;

fn fails(text: &[u8]) -> JsonErrorKind {
    parse(text, &Limits::default()).unwrap_err().kind
}

#[test]
fn values_know_their_place() {
    let source = br#"{"a": [1.50, "x\u00e9"], "b": true}"#;
    let value = parse(source, &Limits::default()).unwrap();
    let a = value.get("a").unwrap();
    assert_eq!(a.raw(std::str::from_utf8(source).unwrap()), r#"[1.50, "x\u00e9"]"#);
    assert_eq!(a.elements()[0].kind, Kind::Number("1.50"));
    assert_eq!(a.elements()[1].as_str(), Some("xé"));
}

#[test]
fn a_second_key_is_found_however_many_there_are() {
    for count in [1, FEW - 1, FEW, FEW + 1, 3 * FEW] {
        let members = |last: &str| {
            let all: Vec<String> = (0..count).map(|n| format!("\"key{n}\":{n}")).collect();
            format!("{{{},{last}:0}}", all.join(","))
        };
        assert!(parse(members("\"other\"").as_bytes(), &Limits::default()).is_ok());
        assert_eq!(
            fails(members("\"key0\"").as_bytes()),
            JsonErrorKind::DuplicateKey("key0".into())
        );
        assert_eq!(
            fails(members("\"KEY0\"").as_bytes()),
            JsonErrorKind::ConfusableKey("KEY0".into())
        );
    }
}

#[test]
fn what_has_two_readings_is_refused() {
    use JsonErrorKind::*;
    assert_eq!(fails(br#"{"path":"a","path":"b"}"#), DuplicateKey("path".into()));
    assert_eq!(fails(br#"{"path":"a","p\u0061th":"b"}"#), DuplicateKey("path".into()));
    assert_eq!(fails(br#"{"x":{"path":"a","Path":"b"}}"#), ConfusableKey("Path".into()));
    assert_eq!(fails(br#"{"path\u0000":"a"}"#), ForbiddenKey("path\0".into()));
    assert_eq!(fails(br#"[{"__proto__":1}]"#), ForbiddenKey("__proto__".into()));
    assert_eq!(fails(br#""\ud800""#), LoneSurrogate);
    assert_eq!(fails(br#""\udc00\ud800""#), LoneSurrogate);
    assert_eq!(fails(b"\"\xff\""), InvalidUtf8);
    assert_eq!(fails(b"[1] 2"), Trailing);
    assert_eq!(fails(b"\xef\xbb\xbf{}"), Expected("a value"));
    for number in ["01", "+1", "1.", ".5", "1e", "-", "0x10", "1_0", "NaN", "Infinity"] {
        assert!(parse(number.as_bytes(), &Limits::default()).is_err(), "{number}");
    }
}

#[test]
fn bounds_hold_at_the_limit_and_one_past_it() {
    let few = Limits {
        values: 3,
        ..Limits::default()
    };
    assert!(parse(b"[1,2]", &few).is_ok());
    assert_eq!(parse(b"[1,2,3]", &few).unwrap_err().kind, JsonErrorKind::TooMany(3));
    let limits = Limits {
        bytes: 8,
        depth: 2,
        ..Limits::default()
    };
    assert!(parse(b"[[1,2] ]", &limits).is_ok());
    assert_eq!(
        parse(b"[[1,2]  ]", &limits).unwrap_err().kind,
        JsonErrorKind::TooLarge(8)
    );
    assert_eq!(parse(b"[[[1]]]", &limits).unwrap_err().kind, JsonErrorKind::TooDeep(2));
    let key = |length: usize| format!("{{\"{}\":1}}", "k".repeat(length));
    assert!(parse(key(MAX_KEY).as_bytes(), &Limits::default()).is_ok());
    assert_eq!(fails(key(MAX_KEY + 1).as_bytes()), JsonErrorKind::KeyTooLong);
    let deep = "[".repeat(10_000);
    assert_eq!(fails(deep.as_bytes()), JsonErrorKind::TooDeep(64));
}

#[test]
fn surrogate_pairs_are_one_character() {
    let value = parse(br#""\ud83d\ude00""#, &Limits::default()).unwrap();
    assert_eq!(value.as_str(), Some("😀"));
}

proptest::proptest! {
    #[test]
    fn never_panics_and_agrees_with_serde_json(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64), text in r#"[\[\]{}:,"\\u0-9a-f.eE+ tn-]{0,40}"#) {
        for input in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(value) = parse(input, &Limits::default()) {
                let theirs: Result<serde_json::Value, _> = serde_json::from_slice(input);
                // Numbers beyond a double are theirs to refuse.
                if let Ok(theirs) = theirs {
                    let ours: serde_json::Value = serde_json::from_str(&super::super::canonical(&value)).unwrap();
                    proptest::prop_assert_eq!(ours, theirs);
                }
            }
        }
    }
}
