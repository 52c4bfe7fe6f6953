//! The JSON values of tests, as text.

use crate::json::quote;
use crate::syntax::ast::{Ident, JsonLiteral, JsonLiteralKind, Template};

/// Resolves a string of the source; `None` if that was reported as an error.
type Resolve<'r> = dyn Fn(&Template) -> Option<String> + 'r;

/// An object as JSON text. Keys that stand twice are written twice: a test may show that they are refused.
pub fn object(members: &[(Ident, JsonLiteral)], resolve: &Resolve<'_>) -> Option<String> {
    let member =
        |(key, value): &(Ident, JsonLiteral)| Some(format!("{}:{}", quote(&key.name), literal(value, resolve)?));
    Some(format!(
        "{{{}}}",
        members.iter().map(member).collect::<Option<Vec<_>>>()?.join(",")
    ))
}

/// A value as JSON text.
pub fn literal(value: &JsonLiteral, resolve: &Resolve<'_>) -> Option<String> {
    Some(match &value.kind {
        JsonLiteralKind::Null => "null".to_owned(),
        JsonLiteralKind::Bool(value) => value.to_string(),
        JsonLiteralKind::Number(token) => token.clone(),
        JsonLiteralKind::Str(template) => quote(&resolve(template)?),
        JsonLiteralKind::Array(elements) => {
            let elements = elements
                .iter()
                .map(|e| literal(e, resolve))
                .collect::<Option<Vec<_>>>()?;
            format!("[{}]", elements.join(","))
        }
        JsonLiteralKind::Object(members) => object(members, resolve)?,
    })
}
