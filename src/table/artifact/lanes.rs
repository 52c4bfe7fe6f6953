//! What lanes are made of must fit together too.

use super::super::lanes::{Credential, CredentialSource, Destination, Injection, Origin};
use super::super::{Body, Gate, Server, Tool, Transport};
use super::check::{Found, check_place, require};
use crate::pattern::ip_regex;

/// Checks the credentials and egress sets of a policy.
pub fn check_lanes(body: &Body) -> Found {
    for credential in body.lanes.credentials.values() {
        check_place(body, credential.at)?;
        check_credential(credential)?;
    }
    for egress in body.lanes.egress.values() {
        check_place(body, egress.at)?;
        let sound = |to: &Destination| match to {
            Destination::Origin(origin) => Origin::parse(origin).is_ok(),
            Destination::Network(network) => ip_regex(network).is_ok(),
        };
        require(egress.to.iter().all(sound), "an egress set names no destination")?;
    }
    Ok(())
}

fn check_credential(credential: &Credential) -> Found {
    require(
        credential.seconds != Some(0) && credential.scope.as_deref() != Some(""),
        "a credential is for nothing",
    )?;
    check_source(&credential.source, true)?;
    let sound = match &credential.inject {
        Injection::Header { name, value } => is_header(name) && value.contains("{token}") && is_plain(value),
        Injection::Env(name) => is_variable(name),
        Injection::Sentinel {
            variable,
            origin,
            header,
        } => is_variable(variable) && is_header(header) && Origin::parse(origin).is_ok(),
    };
    require(sound, "a credential is injected in no way")
}

fn check_source(source: &CredentialSource, outermost: bool) -> Found {
    let sound = match source {
        CredentialSource::Env(name) => is_variable(name),
        CredentialSource::File(path) => path.starts_with('/') && is_plain(path),
        CredentialSource::Exec(command) => command.first().is_some_and(|program| !program.is_empty()),
        CredentialSource::Oauth {
            token, client, secret, ..
        } => {
            if let Some(secret) = secret {
                check_source(secret, false)?;
            }
            outermost && !token.is_empty() && !client.is_empty()
        }
        CredentialSource::Vault { address, path, field } => {
            !address.is_empty() && !path.is_empty() && !field.is_empty()
        }
    };
    require(sound, "a credential comes from nowhere")
}

/// What grants name is there, and what grants on one tool name is the same.
pub fn check_lane_of(body: &Body, server: &Server, tool: &Tool) -> Found {
    let gates = tool.grants.iter().map(|grant| body.gated.gate(grant.gate?));
    let named: Vec<(Option<&String>, Option<&String>)> = gates
        .map(|gate| gate.map_or((None, None), |gate| (name(gate.with.as_ref()), name(gate.to.as_ref()))))
        .collect();
    require(
        named.iter().all(|lane| named.first() == Some(lane)),
        "grants on one tool name different credentials or egress sets",
    )?;
    let Some((Some(with), _)) = named.first() else {
        return Ok(());
    };
    let inject = body.lanes.credentials.get(*with).map(|credential| &credential.inject);
    let fits = match (&server.transport, inject) {
        (Some(Transport::Stdio(_)), Some(Injection::Header { .. })) => false,
        (Some(Transport::Http(_)), Some(inject)) => matches!(inject, Injection::Header { .. }),
        _ => true,
    };
    require(fits, "a credential is injected in a way that its server has not")
}

fn name(placed: Option<&super::super::gates::Placed<String>>) -> Option<&String> {
    placed.map(|placed| &placed.is)
}

/// What a grant's gate names is there.
pub fn check_named(body: &Body, gate: &Gate) -> Found {
    let known = |name: Option<&String>, has: &dyn Fn(&String) -> bool| name.is_none_or(has);
    require(
        known(name(gate.with.as_ref()), &|name| {
            body.lanes.credentials.contains_key(name)
        }) && known(name(gate.to.as_ref()), &|name| body.lanes.egress.contains_key(name)),
        "a credential or an egress set is not there",
    )
}

/// A name that a variable can have (POSIX.1-2024, section 8.1).
pub fn is_variable(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(plain) && name.starts_with(|c: char| !c.is_ascii_digit())
}

/// A token (RFC 9110, section 5.6.2).
pub fn is_header(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(plain)
}

/// Fit for a header's value or a file's name.
pub fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}
