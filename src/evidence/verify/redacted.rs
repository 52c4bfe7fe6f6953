//! A call that is not kept whole: is what is kept what the policy lets be kept, and nothing more?
//!
//! Its decision cannot be derived again. What can be said without the values is said.

use super::super::redaction::{Kept, kept};
use super::super::{Intent, Message, Redaction};
use super::audit::refused_by_none;
use crate::eval::{Context, Keep, Reason, decide_message};
use crate::json::{Limits, Value};
use crate::table::{Digest, Policy};

type Found = Result<(), String>;

/// Checks an intent that says of itself that something was left out.
pub fn check(policy: &Policy, intent: &Intent) -> Found {
    let redaction = intent.redaction.clone().unwrap_or_default();
    match (&keep(policy, intent), &intent.message) {
        (Keep::All, _) => return Err("something was left out of it, and no grant says so".to_owned()),
        (Keep::Nothing, Some(_)) => return Err("more of it is kept than the policy lets be kept".to_owned()),
        (_, None) if intent.size == 0 && redaction == Redaction::default() => {}
        (_, None) => return Err("it tells of values, and nothing of it is kept".to_owned()),
        (Keep::Without(hidden), Some(Message::Text(text))) => {
            let any = |_: &str, _: &Value<'_>| Some(Digest::of(b""));
            let again = kept(text, hidden, &Limits::default(), &any).ok_or("what is kept of it is no call")?;
            check_kept(intent, text, &redaction, &again)?;
            check_names(policy, intent, text)?;
        }
        (Keep::Without(_), Some(Message::Bytes(_))) => return Err("what is kept of it is no call".to_owned()),
    }
    if intent.reason == Reason::Refused {
        return refused_by_none(intent);
    }
    check_granted(policy, intent)
}

/// Checks one that says nothing of the kind.
pub fn check_whole(policy: &Policy, intent: &Intent) -> Found {
    if intent.message.is_some() && keep(policy, intent) != Keep::All {
        return Err("values stand in it that the policy keeps out".to_owned());
    }
    Ok(())
}

fn keep<'p>(policy: &'p Policy, intent: &Intent) -> Keep<'p> {
    let effects = intent.allow.then_some(&intent.effects);
    policy.keeps(&intent.server, intent.tool.as_deref(), effects)
}

/// Leaving out what may not be kept leaves what was kept as it is.
fn check_kept(intent: &Intent, text: &str, redaction: &Redaction, again: &Kept) -> Found {
    if text.len() as u64 != intent.size {
        return Err("what is kept of it is not as long as it says".to_owned());
    }
    let forms = |redaction: &Redaction| -> Vec<(String, bool)> {
        let values = redaction.values.iter();
        values.map(|value| (value.slot.clone(), value.hash.is_some())).collect()
    };
    if again.text != *text || again.redaction.removed != 0 || forms(&again.redaction) != forms(redaction) {
        return Err("what is left out of it is not what the policy keeps out".to_owned());
    }
    Ok(())
}

fn check_names(policy: &Policy, intent: &Intent, text: &str) -> Found {
    let context = Context {
        caller: intent.caller.clone(),
        time: intent.time,
        state: intent.state.clone(),
    };
    let named = decide_message(policy, &intent.server, text.as_bytes(), &Limits::default(), &context);
    if (&named.method, &named.tool) != (&intent.method, &intent.tool) {
        return Err("what is kept of it is a call of another tool".to_owned());
    }
    Ok(())
}

/// An allowed call rests on a grant of its tool, and its effects name no rules but grants of its tool, that one among them
/// where it has such a clause.
fn check_granted(policy: &Policy, intent: &Intent) -> Found {
    if !intent.allow {
        return Ok(());
    }
    let tool = policy.tool(&intent.server, intent.tool.as_deref().unwrap_or_default());
    let grants = tool.map_or(&[][..], |tool| &tool.grants);
    let id = |rule: u32| policy.rule_ref(rule).as_ref();
    let of_tool = |wanted: &String| grants.iter().any(|grant| id(grant.rule).id == *wanted);
    let grant = grants.iter().find(|grant| intent.rule.as_ref() == Some(id(grant.rule)));
    let grant = grant.ok_or("it was allowed by a rule that is no grant of its tool")?;
    let effects = &intent.effects;
    let gate = grant.gate.and_then(|gate| policy.gated().gate(gate));
    let missing = gate.is_some_and(|gate| {
        let own = &id(grant.rule).id;
        let marks = gate.marks.iter().flat_map(|marks| &marks.is);
        (gate.record.is_some() && !effects.record.contains(own))
            || (gate.returns.is_some() && !effects.returns.contains(own))
            || !marks.into_iter().all(|label| effects.marks.contains(label))
    });
    if missing || !effects.record.iter().chain(&effects.returns).all(of_tool) {
        return Err("what it does beside is not what its grant says".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::redaction::tests::{RULES, call, intent, policy};
    use super::*;
    use crate::eval::Effects;

    /// A lie about a call that is not kept whole, and how it is called.
    fn lies(told: &str, lie: impl Fn(&mut Intent), message: &str) {
        let policy = policy(RULES);
        let mut intent = intent(&policy, message);
        assert_eq!(check(&policy, &intent), Ok(()), "{message}");
        lie(&mut intent);
        let found = if intent.redaction.is_some() {
            check(&policy, &intent)
        } else {
            check_whole(&policy, &intent)
        };
        assert!(
            found.as_ref().is_err_and(|found| found.contains(told)),
            "{told}: {found:?}"
        );
    }

    fn rewrite(intent: &mut Intent, from: &str, to: &str) {
        let Some(Message::Text(text)) = &mut intent.message else {
            panic!("nothing is kept");
        };
        assert!(text.contains(from), "{text}");
        *text = text.replace(from, to);
        intent.size = text.len() as u64;
    }

    #[test]
    fn what_is_left_out_is_what_the_policy_says() {
        let allowed = call("pay", r#"{"to":"ann","pin":"1234","card":{"number":"4711"}}"#);
        let denied = call("pay", r#"{"to":"mallory","pin":"1234","x":1}"#);
        for message in [&allowed, &denied] {
            lies("keeps out", |intent| intent.redaction = None, message);
            lies(
                "keeps out",
                |intent| rewrite(intent, "\"pin\":null", "\"pin\":1234"),
                message,
            );
            lies("as long as", |intent| intent.size += 1, message);
        }
        // A value that nobody asked to leave out.
        let more = |intent: &mut Intent| {
            rewrite(intent, "\"to\":\"ann\"", "\"to\":null");
            let values = &mut intent.redaction.as_mut().unwrap().values;
            let mut to = values[0].clone();
            to.slot = "/to".to_owned();
            values.insert(0, to);
        };
        lies("keeps out", more, &allowed);
        // Nothing in place of a hash.
        let unhashed = |intent: &mut Intent| {
            let values = &mut intent.redaction.as_mut().unwrap().values;
            values.iter_mut().for_each(|value| value.hash = None);
        };
        let hashed = call("pay", r#"{"to":"bob","card":{"number":"4711"}}"#);
        lies("keeps out", unhashed, &hashed);
        lies(
            "no grant says so",
            |intent| intent.tool = Some("read".to_owned()),
            &denied,
        );
    }

    #[test]
    fn an_allowed_call_rests_on_a_grant_of_its_tool() {
        let allowed = call("pay", r#"{"to":"ann","pin":"1234"}"#);
        lies("no grant of its tool", |intent| intent.rule = None, &allowed);
        let other = |intent: &mut Intent| {
            intent.effects.record.insert("000000000000".to_owned());
        };
        lies("not what its grant says", other, &allowed);
        lies(
            "no grant says so",
            |intent| intent.effects = Effects::default(),
            &allowed,
        );
    }
}
