//! Statements that give something a name.

use super::super::ast::{
    Budget, CallerDef, Const, Credential, CredentialSource, Destination, Egress, Include, Injection, Label, LabelKind,
    Limit, LimitScope, LiteralKind, PatternDef, PolicyHeader, ReadingDecl, ReadingOption, Server, SlotSelector,
    Template, TemplatePart, ToolSet, Transport, Use, WiderScope,
};
use super::super::names::{is_tool_word, is_word};
use super::rule::{body, selectors};
use super::text::{duration, given, moment, name, number, quoted, size, slot, string};
use super::{braced, join, pattern};

pub(super) fn policy(header: &PolicyHeader) -> String {
    match &header.environment {
        Some(environment) => format!(
            "policy {} for environment {}",
            string(&header.name),
            string(environment)
        ),
        None => format!("policy {}", string(&header.name)),
    }
}

pub(super) fn use_names(names: &Use) -> String {
    let module = join(&names.module, "::", |word| word.name.clone());
    format!(
        "use {module}::{{{}}}",
        join(&names.names, ", ", |word| word.name.clone())
    )
}

pub(super) fn include(include: &Include) -> String {
    format!("include {}", quoted(&include.file))
}

pub(super) fn constant(constant: &Const) -> String {
    let value = match &constant.value.kind {
        LiteralKind::Str(template) => string(template),
        LiteralKind::Number(digits) => digits.clone(),
        LiteralKind::Bool(value) => value.to_string(),
        LiteralKind::Moment(of) => moment(of),
        LiteralKind::Duration(of) => duration(of),
        LiteralKind::Size(of) => size(of),
    };
    format!("const {} = {value}", constant.name.name)
}

pub(super) fn pattern_def(definition: &PatternDef) -> String {
    let params = if definition.params.is_empty() {
        String::new()
    } else {
        format!("({})", join(&definition.params, ", ", |param| param.name.clone()))
    };
    format!(
        "pattern {}{params} = {}",
        definition.name.name,
        pattern(&definition.pattern)
    )
}

pub(super) fn tool_set(set: &ToolSet) -> String {
    format!("tools {} = {}", set.name.name, selectors(&set.tools))
}

pub(super) fn caller(caller: &CallerDef) -> String {
    format!("caller {} {}", caller.name.name, body(&caller.claims))
}

pub(super) fn label(label: &Label) -> String {
    let kind = match label.kind {
        LabelKind::Taint => "taint",
        LabelKind::Proof => "proof",
    };
    let lifetime = label
        .lifetime
        .as_ref()
        .map(|of| format!(" for {}", given(of, duration)));
    format!(
        "label {} = {kind} per caller{}",
        label.name.name,
        lifetime.unwrap_or_default()
    )
}

pub(super) fn limit(limit: &Limit) -> String {
    let (sum, most) = match &limit.budget {
        Budget::Calls(most) => ("", most),
        Budget::Sum(most) => ("sum ", most),
    };
    let scope = match limit.scope {
        LimitScope::Caller => "caller",
        LimitScope::All => "all",
    };
    let (most, window) = (given(most, number), given(&limit.window, duration));
    format!("limit {} = {sum}{most} per {window} per {scope}", limit.name.name)
}

pub(super) fn egress(egress: &Egress) -> String {
    let destination = |destination: &Destination| match destination {
        Destination::Origin(origin) => string(origin),
        Destination::Network(network) => format!("ip({})", string(network)),
    };
    let entries: Vec<String> = egress.destinations.iter().map(destination).collect();
    format!("egress {} {}", egress.name.name, braced(&entries))
}

pub(super) fn server(server: &Server) -> String {
    let Server {
        name: server_name,
        transport,
        readings,
        env,
        single_lane,
        stateful,
    } = server;
    let mut text = format!("server {}", name(server_name, is_word));
    match transport {
        Some(Transport::Stdio(words)) => text.push_str(&format!(" = stdio {}", join(words, " ", string))),
        Some(Transport::Http(url)) => text.push_str(&format!(" = http {}", string(url))),
        None => {}
    }
    let mut entries: Vec<String> = readings.iter().map(reading).collect();
    entries.extend(
        env.as_ref()
            .map(|env| format!("env: {}", join(&env.names, ", ", quoted))),
    );
    entries.extend(single_lane.map(|_| "single lane".to_owned()));
    entries.extend(stateful.map(|_| "stateful".to_owned()));
    if !entries.is_empty() {
        text.push(' ');
        text.push_str(&braced(&entries));
    }
    text
}

fn reading(reading: &ReadingDecl) -> String {
    let options: String = reading.options.iter().map(option).collect();
    format!(
        "{}{options}: {}",
        reading.reading.name,
        join(&reading.slots, ", ", selected)
    )
}

fn option(option: &ReadingOption) -> String {
    let value = |template: &Template| match &template.parts[..] {
        [TemplatePart::Text(word)] if option.name.name == "default" => format!(" {word}"),
        _ => format!(" {}", string(template)),
    };
    let values: String = option.values.iter().map(value).collect();
    format!(" {}{values}", option.name.name)
}

fn selected(selector: &SlotSelector) -> String {
    let tool = selector
        .tool
        .as_ref()
        .map_or("*".to_owned(), |tool| name(tool, is_tool_word));
    format!("{tool}.{}", slot(&selector.steps))
}

pub(super) fn credential(credential: &Credential) -> String {
    let Credential {
        name,
        source: from,
        inject,
        scope,
        lifetime,
        per_caller,
        wider,
    } = credential;
    let wider = wider.map(|wider| match wider {
        WiderScope::Refuse => "wider: refuse".to_owned(),
        WiderScope::Flag => "wider: flag".to_owned(),
    });
    let entries = [
        Some(format!("source: {}", source(from))),
        Some(format!("inject: {}", injection(inject))),
        scope.as_ref().map(|scope| format!("scope: {}", string(scope))),
        lifetime.as_ref().map(|of| format!("lifetime: {}", given(of, duration))),
        per_caller.map(|_| "per: caller".to_owned()),
        wider,
    ];
    let entries: Vec<String> = entries.into_iter().flatten().collect();
    format!("credential {} {}", name.name, braced(&entries))
}

fn source(from: &CredentialSource) -> String {
    match from {
        CredentialSource::Env(name) => format!("env {}", string(name)),
        CredentialSource::File(path) => format!("file {}", string(path)),
        CredentialSource::Exec(words) => format!("exec {}", join(words, " ", string)),
        CredentialSource::Oauth(oauth) => {
            let secret = oauth
                .secret
                .as_ref()
                .map(|secret| format!("secret: {}", source(secret)));
            let audience = oauth.audience.as_ref().map(|to| format!("audience: {}", string(to)));
            let entries = [
                Some(format!("token: {}", string(&oauth.token))),
                Some(format!("client: {}", string(&oauth.client))),
                secret,
                audience,
                oauth.exchange.then(|| "exchange: true".to_owned()),
            ];
            format!("oauth {}", braced(&entries.into_iter().flatten().collect::<Vec<_>>()))
        }
        CredentialSource::Vault(vault) => format!(
            "vault {{ address: {}, path: {}, field: {} }}",
            string(&vault.address),
            string(&vault.path),
            string(&vault.field)
        ),
    }
}

fn injection(inject: &Injection) -> String {
    match inject {
        Injection::Header { name, value } => format!("header {} {}", string(name), string(value)),
        Injection::Env(name) => format!("env {}", string(name)),
        Injection::Sentinel {
            variable,
            origin,
            header,
        } => format!(
            "sentinel {} at {} header {}",
            string(variable),
            string(origin),
            string(header)
        ),
    }
}
