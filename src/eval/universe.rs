//! JSON value → datum: in its slot's universe and canonical, or denied before any rule is asked.

use std::borrow::Cow;

use super::{At, Denial, Reason, reading};
use crate::json::{Kind, Value};
use crate::pattern::{Datum, Decimal};
use crate::table::{Shape, Type, Universe};

/// Reads a value of a slot as one of the slot's shapes says.
///
/// # Errors
/// `wrong_type` outside the universe; `ambiguous_value` where it has more than one reading.
pub fn read<'a>(universe: &Universe<'_>, shape: &Shape, value: &Value<'a>, at: &At<'_>) -> Result<Datum<'a>, Denial> {
    check(universe, value, at)?;
    read_variant(shape, value, at)
}

/// Keys and strings that some reader takes for others, at every depth. A slot is one slot whichever alternative a value
/// takes, so all of them are asked at once.
fn check(universe: &Universe<'_>, value: &Value<'_>, at: &At<'_>) -> Result<(), Denial> {
    match &value.kind {
        Kind::String(text) => check_text(universe, text, at),
        Kind::Array(elements) => {
            let universe = universe.element();
            let mut elements = elements.iter().enumerate();
            elements.try_for_each(|(index, element)| check(&universe, element, &at.index(index)))
        }
        Kind::Object(members) => {
            check_keys(universe, value, at)?;
            let mut members = members.iter();
            members.try_for_each(|member| check(&universe.member(&member.key), &member.value, &at.key(&member.key)))
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => Ok(()),
    }
}

/// Where the schema speaks of more than strings, some readers parse a string that looks like JSON.
fn check_text(universe: &Universe<'_>, text: &str, at: &At<'_>) -> Result<(), Denial> {
    if !parses_as_container(text) {
        return Ok(());
    }
    let types = universe.types();
    let only_string = types == [Type::String].into_iter().collect();
    if types.has(Type::String) && !only_string {
        return Err(ambiguous("it is a string that some readers take for JSON", at));
    }
    Ok(())
}

/// A key that is a known one but for case is taken for it by some readers.
fn check_keys(universe: &Universe<'_>, value: &Value<'_>, at: &At<'_>) -> Result<(), Denial> {
    let Some((member, known)) = value.confusable(universe.known()) else {
        return Ok(());
    };
    let message = format!("the key `{}` could be taken for `{known}`", member.key.escape_debug());
    Err(Denial::new(Reason::AmbiguousValue, message).at(at.key(&member.key).pointer()))
}

fn read_variant<'a>(shape: &Shape, value: &Value<'a>, at: &At<'_>) -> Result<Datum<'a>, Denial> {
    if shape.any_of.is_empty() {
        return read_plain(shape, value, at);
    }
    // The shape's own keywords hold beside those of the alternative that is taken. They are asked once: every place of a
    // value meets every shape of its slot at most once.
    let own = read_plain(shape, value, at).map(drop);
    let mut failure = None;
    for alternative in &shape.any_of {
        match read_variant(alternative, value, at).and_then(|datum| own.clone().map(|()| datum)) {
            Ok(datum) => return Ok(datum),
            // What is of the right type says more than what is not.
            Err(denial) if failure.is_none() || denial.reason == Reason::AmbiguousValue => failure = Some(denial),
            Err(_) => {}
        }
    }
    Err(failure.unwrap_or_else(|| wrong_type(shape, value, at)))
}

/// Reads a value by the shape's own keywords, whatever its alternatives.
fn read_plain<'a>(shape: &Shape, value: &Value<'a>, at: &At<'_>) -> Result<Datum<'a>, Denial> {
    let types = shape.own_types();
    let datum = match &value.kind {
        Kind::Null if types.has(Type::Null) => Datum::Null,
        Kind::Bool(bool) if types.has(Type::Boolean) => Datum::Bool(*bool),
        Kind::Number(token) => Datum::Number(number(shape, token).ok_or_else(|| wrong_type(shape, value, at))?),
        Kind::String(text) if types.has(Type::String) => string(shape, text.clone(), at)?,
        Kind::Array(elements) if types.has(Type::Array) => array(shape, elements, at)?,
        Kind::Object(_) if types.has(Type::Object) => object(shape, value, at)?,
        _ => return Err(wrong_type(shape, value, at)),
    };
    if is_listed(shape, value, &datum) {
        return Ok(datum);
    }
    let message = format!("`{}` is none of the values that the tool takes", at.parameter());
    Err(Denial::new(Reason::WrongType, message).at(at.pointer()))
}

/// Is it one of the values that the schema lists? A string is, as it was sent: its canonical form may differ.
fn is_listed(shape: &Shape, value: &Value<'_>, datum: &Datum<'_>) -> bool {
    shape.values.as_ref().is_none_or(|values| match &value.kind {
        Kind::String(text) => values.holds(&Datum::String(text.clone(), None)),
        _ => values.holds(datum),
    })
}

fn number(shape: &Shape, token: &str) -> Option<Decimal> {
    let types = shape.own_types();
    // Where only the alternatives speak of numbers, theirs is the form.
    if shape.types.is_none() && !shape.any_of.is_empty() {
        return Decimal::parse(token);
    }
    if types.has(Type::Number) {
        return Decimal::parse_exact_double(token);
    }
    (types.has(Type::Integer) && shape.integers.holds(token)).then(|| Decimal::parse(token))?
}

fn string<'a>(shape: &Shape, text: Cow<'a, str>, at: &At<'_>) -> Result<Datum<'a>, Denial> {
    match &shape.reading {
        None => Ok(Datum::String(text, None)),
        Some(reading) => {
            let read = match &text {
                Cow::Borrowed(text) => reading::read(reading, text),
                Cow::Owned(text) => reading::read(reading, text).map(|read| Cow::Owned(read.into_owned())),
            };
            let kind = reading.kind();
            read.map(|text| Datum::String(text, Some(kind)))
                .map_err(|why| ambiguous(&why.to_string(), at))
        }
    }
}

fn ambiguous(why: &str, at: &At<'_>) -> Denial {
    let message = format!("the value of `{}` is ambiguous: {why}", at.parameter());
    Denial::new(Reason::AmbiguousValue, message).at(at.pointer())
}

/// Could some reader take the text for an array, an object or null? Readers differ in what they parse (`NaN`, comments,
/// trailing commas), so it is enough that it begins and ends like one.
fn parses_as_container(text: &str) -> bool {
    let text = text.trim();
    let enclosed = |open, close| text.starts_with(open) && text.ends_with(close);
    enclosed('[', ']') || enclosed('{', '}') || text == "null"
}

fn array<'a>(shape: &Shape, elements: &[Value<'a>], at: &At<'_>) -> Result<Datum<'a>, Denial> {
    let items = shape.items.as_deref().unwrap_or(Shape::any());
    let read = elements
        .iter()
        .enumerate()
        .map(|(index, e)| read_variant(items, e, &at.index(index)));
    Ok(Datum::Array(read.collect::<Result<_, _>>()?))
}

fn object<'a>(shape: &Shape, value: &Value<'a>, at: &At<'_>) -> Result<Datum<'a>, Denial> {
    let mut members = Vec::new();
    for member in value.members() {
        let at = at.key(&member.key);
        let inner = match shape.member(&member.key) {
            None if shape.closed => {
                return Err(
                    Denial::new(Reason::WrongType, format!("the tool takes no `{}`", at.parameter())).at(at.pointer()),
                );
            }
            inner => inner.unwrap_or(Shape::any()),
        };
        members.push((member.key.clone(), read_variant(inner, &member.value, &at)?));
    }
    Ok(Datum::Object(members))
}

fn wrong_type(shape: &Shape, value: &Value<'_>, at: &At<'_>) -> Denial {
    let found = match &value.kind {
        Kind::Null => "null",
        Kind::Bool(_) => "a boolean",
        Kind::Number(token) if shape.all_types().has(Type::Integer) || shape.all_types().has(Type::Number) => {
            let message = format!(
                "`{}`: `{token}` is not a number that every reader reads alike",
                at.parameter()
            );
            return Denial::new(Reason::WrongType, message).at(at.pointer());
        }
        Kind::Number(_) => "a number",
        Kind::String(_) => "a string",
        Kind::Array(_) => "an array",
        Kind::Object(_) => "an object",
    };
    let message = format!(
        "`{}` takes {}, not {found}",
        at.parameter(),
        shape.all_types().described()
    );
    Denial::new(Reason::WrongType, message).at(at.pointer())
}
