//! Names, strings, numbers and quantities.

use proptest::prelude::*;

use super::super::super::ast::{
    Claim, Duration, Given, Ident, Length, Moment, MomentRange, Number, NumberRange, Range, Size, SizeUnit, Template,
    TemplatePart, TimeUnit,
};
use crate::diagnostic::Span;

pub(super) fn ident() -> impl Strategy<Value = Ident> {
    let reserved = ["true", "false", "null", "has"];
    let keywords = prop::sample::select(vec![
        "url", "date", "caller", "to", "with", "for", "limit", "allow", "all", "as", "any", "at", "sum", "r",
    ]);
    prop_oneof![9 => "[A-Za-z_][A-Za-z0-9_]{0,6}", 1 => keywords.prop_map(str::to_owned)]
        .prop_filter("means something else in a pattern", move |name| {
            !reserved.contains(&name.as_str())
        })
        .prop_map(named)
}

/// A name of any kind, as a key, a server or a tool may have.
pub(super) fn any_name() -> impl Strategy<Value = Ident> {
    prop_oneof![
        "[A-Za-z_][A-Za-z0-9_-]{0,6}",
        prop::sample::select(vec![
            "any",
            "has",
            "all",
            "r",
            "true",
            "because",
            "",
            "-",
            "${a}",
            "{caller.x}",
            "é",
            "a\"\\b\n"
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
    .prop_map(named)
}

pub(super) fn named(name: String) -> Ident {
    Ident {
        name,
        span: Span::default(),
    }
}

pub(super) fn template() -> impl Strategy<Value = Template> {
    let text = prop_oneof![
        "[ -~]{1,8}",
        "[${}a-c\\\\\"]{1,6}",
        "(\\{caller[.}]?|\\$\\{|\\PC|\\p{C}){1,4}"
    ];
    prop::collection::vec(
        prop_oneof![
            4 => text.prop_map(TemplatePart::Text),
            2 => ident().prop_map(TemplatePart::Const),
            1 => claim_name().prop_map(|name| TemplatePart::Claim(Claim { span: Span::default(), name })),
        ],
        0..4,
    )
    .prop_map(|parts| {
        let mut joined: Vec<TemplatePart> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (Some(TemplatePart::Text(before)), TemplatePart::Text(text)) => before.push_str(&text),
                (_, part) => joined.push(part),
            }
        }
        Template {
            span: Span::default(),
            parts: joined,
        }
    })
}

pub(super) fn digits() -> impl Strategy<Value = String> {
    prop_oneof![
        "0",
        "-?[1-9][0-9]{0,20}",
        "(0|-?[1-9][0-9]{0,5})\\.[0-9]{1,5}",
        "-0\\.[0-9]{0,3}[1-9]"
    ]
}

pub(super) fn range() -> impl Strategy<Value = NumberRange> {
    prop_oneof![
        (digits(), digits()).prop_map(|(low, high)| (Some(low), Some(high))),
        digits().prop_map(|same| (Some(same.clone()), Some(same))),
        digits().prop_map(|low| (Some(low), None)),
        digits().prop_map(|high| (None, Some(high))),
    ]
    .prop_map(|(low, high)| NumberRange {
        span: Span::default(),
        low,
        high,
    })
}

pub(super) fn length() -> impl Strategy<Value = Option<Length>> {
    let bounds = prop_oneof![
        (any::<u64>(), any::<Option<u64>>()),
        (0..3_u64, prop::option::of(0..3_u64))
    ];
    prop::option::of(bounds.prop_map(|(min, max)| Length {
        span: Span::default(),
        min,
        max,
    }))
}

fn claim_name() -> impl Strategy<Value = Ident> {
    "[A-Za-z_][A-Za-z0-9_]{0,6}".prop_map(named)
}

pub(super) fn claim() -> impl Strategy<Value = Claim> {
    any_name().prop_map(|name| Claim {
        span: Span::default(),
        name,
    })
}

pub(super) fn given<T: std::fmt::Debug + Clone + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Given<T>> {
    let constant = ident().prop_filter("`sum per` is not a sum", |name| name.name != "per");
    prop_oneof![value.prop_map(Given::Literal), constant.prop_map(Given::Const)]
}

pub(super) fn number() -> impl Strategy<Value = Number> {
    digits().prop_map(|digits| Number {
        span: Span::default(),
        digits,
    })
}

pub(super) fn moment() -> impl Strategy<Value = Moment> {
    let texts = [
        "2026-12-01",
        "0001-01-01",
        "2024-02-29",
        "2026-12-01T08:00:00Z",
        "2026-12-01T08:00:00.25+02:00",
        "9998-12-31T23:59:59.999999999-11:30",
    ];
    prop::sample::select(texts.to_vec()).prop_map(|text| {
        let whole = if text.contains('T') {
            text.to_owned()
        } else {
            format!("{text}T00:00:00Z")
        };
        Moment {
            span: Span::default(),
            text: text.to_owned(),
            time: whole.parse().unwrap(),
        }
    })
}

pub(super) fn moments() -> impl Strategy<Value = MomentRange> {
    prop_oneof![
        (moment(), moment()).prop_map(|(low, high)| (Some(low), Some(high))),
        moment().prop_map(|same| (Some(same.clone()), Some(same))),
        moment().prop_map(|low| (Some(low), None)),
        moment().prop_map(|high| (None, Some(high))),
    ]
    .prop_map(|(low, high)| Range {
        span: Span::default(),
        low,
        high,
    })
}

pub(super) fn duration() -> impl Strategy<Value = Duration> {
    (0..1000_u64, prop::sample::select(TimeUnit::ALL.to_vec())).prop_map(|(count, (_, unit))| Duration {
        span: Span::default(),
        count,
        unit,
    })
}

pub(super) fn size() -> impl Strategy<Value = Size> {
    (0..=1024_u64, prop::sample::select(SizeUnit::ALL.to_vec())).prop_map(|(count, (_, unit))| Size {
        span: Span::default(),
        count,
        unit,
    })
}
