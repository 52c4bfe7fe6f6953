//! What the policy says of a call.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Effects;
use crate::pattern::At;
use crate::table::RuleRef;

/// Allowed by a rule, or denied for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A grant holds and no prohibition does.
    Allow(Permit),
    /// Everything else.
    Deny(Denial),
}

/// By which grant a call is allowed, and what that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The first grant that holds.
    pub rule: Arc<RuleRef>,
    /// What all grants that hold do together.
    pub effects: Effects,
}

impl Decision {
    /// Is it allowed?
    #[must_use]
    pub fn is_allow(&self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// The reason's code.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Allow(_) => Reason::Allowed,
            Self::Deny(denial) => denial.reason,
        }
    }

    /// What it does beside: nothing where it is denied.
    #[must_use]
    pub fn effects(&self) -> Effects {
        match self {
            Self::Allow(permit) => permit.effects.clone(),
            Self::Deny(_) => Effects::default(),
        }
    }

    /// The rule that decided: the grant that holds, or the prohibition. For other denials the nearest grant.
    #[must_use]
    pub fn rule(&self) -> Option<&Arc<RuleRef>> {
        match self {
            Self::Allow(permit) => Some(&permit.rule),
            Self::Deny(denial) => denial.rule.as_ref(),
        }
    }
}

/// Why a call is denied. There is always a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The code.
    pub reason: Reason,
    /// One sentence for a person or a model.
    pub message: String,
    /// The parameter it is about, as a JSON pointer (RFC 6901) into the arguments; an envelope slot as `/@meta/…`.
    pub parameter: Option<String>,
    /// The prohibition, or the nearest grant.
    pub rule: Option<Arc<RuleRef>>,
    /// The very part of the rule that decided, in the artifact's sources.
    pub place: Option<At>,
}

impl Denial {
    /// A denial that is about no rule and no parameter.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            parameter: None,
            rule: None,
            place: None,
        }
    }

    /// The same, about a parameter.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.parameter = Some(pointer.into());
        self
    }

    /// The same, by a rule.
    #[must_use]
    pub fn by(mut self, rule: &Arc<RuleRef>) -> Self {
        self.rule = Some(Arc::clone(rule));
        self
    }
}

/// The closed list of reasons. Documented in `docs/reasons.md`; a code never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A grant holds and no prohibition does.
    Allowed,
    /// A prohibition holds.
    Prohibited,
    /// No grant speaks of this tool.
    NoGrant,
    /// The lock does not pin such a tool.
    UnknownTool,
    /// A parameter that the tool does not have, or that the nearest grant does not name.
    UnlistedParameter,
    /// A parameter that the nearest grant requires is absent.
    MissingParameter,
    /// A value outside the type that the lock pins.
    WrongType,
    /// A value that has more than one reading, or is not in canonical form.
    AmbiguousValue,
    /// A value that the nearest grant's pattern does not hold.
    PatternMismatch,
    /// The nearest grant is not for this caller.
    WrongCaller,
    /// The nearest grant rests on what is remembered of callers, and this one has no issuer or no subject.
    UnknownCaller,
    /// The nearest grant was only valid until an earlier time.
    Expired,
    /// A condition (`when`) of the nearest grant does not hold.
    ConditionFailed,
    /// A label that the nearest grant requires is not set.
    ProofMissing,
    /// A label that the nearest grant excludes is set.
    Tainted,
    /// A limit of the nearest grant does not allow the call.
    LimitExceeded,
    /// No call at all: malformed JSON, a missing name, arguments that are no object.
    MalformedCall,
    /// Larger or deeper than the bounds.
    TooLarge,
    /// Refused by the gateway whatever the policy says; the message names the cause.
    Refused,
}

impl Reason {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 19] = [
        Self::Allowed,
        Self::Prohibited,
        Self::NoGrant,
        Self::UnknownTool,
        Self::UnlistedParameter,
        Self::MissingParameter,
        Self::WrongType,
        Self::AmbiguousValue,
        Self::PatternMismatch,
        Self::WrongCaller,
        Self::UnknownCaller,
        Self::Expired,
        Self::ConditionFailed,
        Self::ProofMissing,
        Self::Tainted,
        Self::LimitExceeded,
        Self::MalformedCall,
        Self::TooLarge,
        Self::Refused,
    ];

    /// The code as it stands in output and evidence.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Prohibited => "prohibited",
            Self::NoGrant => "no_grant",
            Self::UnknownTool => "unknown_tool",
            Self::UnlistedParameter => "unlisted_parameter",
            Self::MissingParameter => "missing_parameter",
            Self::WrongType => "wrong_type",
            Self::AmbiguousValue => "ambiguous_value",
            Self::PatternMismatch => "pattern_mismatch",
            Self::WrongCaller => "wrong_caller",
            Self::UnknownCaller => "unknown_caller",
            Self::Expired => "expired",
            Self::ConditionFailed => "condition_failed",
            Self::ProofMissing => "proof_missing",
            Self::Tainted => "tainted",
            Self::LimitExceeded => "limit_exceeded",
            Self::MalformedCall => "malformed_call",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
        }
    }
}
