//! `credential NAME { … }`: where it comes from, and how it is given to a server.

use crate::check::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{self, Template};
use crate::table::artifact::{is_header, is_plain};
use crate::table::lanes::{Credential, CredentialSource, Injection, Origin, WiderScope};

/// Headers that belong to the connection, or to the protocol itself.
const NOT_OURS: [&str; 10] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
    "transfer-encoding",
    "upgrade",
];

impl Checker<'_> {
    pub(super) fn credential(&self, written: &ast::Credential, span: Span) -> Option<Credential> {
        let source = self.source(&written.source, true);
        let inject = self.injection(&written.inject);
        let scope = written.scope.as_ref().map(|scope| self.not_empty(scope, "scope"));
        let seconds = written.lifetime.as_ref().map(|lifetime| self.seconds(lifetime));
        if seconds == Some(Some(0)) {
            let message = "it is kept for no time at all";
            self.report::<()>(wrong(written.name.span, message).help("give it a length, `lifetime: 15m`"));
        }
        if written.wider.is_some() && written.scope.is_none() {
            let message = "`wider` is about a `scope`, and there is none";
            self.report::<()>(wrong(written.name.span, message).help("say what it is for: `scope: \"issues:write\"`"));
        }
        if matches!(written.inject, ast::Injection::Env(_)) {
            let message = format!("the server can read `{}`, and pass it on", written.name.name);
            let help = "where its requests go to one host, `sentinel` keeps it from the server";
            self.report::<()>(Diagnostic::warning(codes::READABLE, written.name.span, message).help(help));
        }
        Some(Credential {
            at: self.at(span),
            source: source?,
            inject: inject?,
            scope: scope.map_or(Some(None), |found| found.map(Some))?,
            seconds: seconds.map_or(Some(None), |found| found.map(Some))?,
            per_caller: written.per_caller.is_some(),
            wider: written.wider.map(|wider| match wider {
                ast::WiderScope::Refuse => WiderScope::Refuse,
                ast::WiderScope::Flag => WiderScope::Flag,
            }),
        })
    }

    fn source(&self, source: &ast::CredentialSource, outermost: bool) -> Option<CredentialSource> {
        Some(match source {
            ast::CredentialSource::Env(name) => {
                let text = self.scope.text(name, self)?;
                self.variable(&text, name.span, codes::CREDENTIAL);
                CredentialSource::Env(text)
            }
            ast::CredentialSource::File(path) => {
                let text = self.scope.text(path, self)?;
                if !text.starts_with('/') || !is_plain(&text) {
                    let message = format!("`{}` is no absolute path", text.escape_debug());
                    let help = "where the gateway is started from is not known here; write the whole path";
                    self.report::<()>(wrong(path.span, message).help(help));
                }
                CredentialSource::File(text)
            }
            ast::CredentialSource::Exec(words) => {
                let program = words.first().and_then(|program| self.not_empty(program, "command"));
                let texts = words.iter().map(|word| self.scope.text(word, self));
                let texts: Vec<Option<String>> = texts.collect();
                program?;
                CredentialSource::Exec(texts.into_iter().collect::<Option<_>>()?)
            }
            ast::CredentialSource::Oauth(oauth) => {
                if !outermost {
                    let message = "the secret of a client is no token of another";
                    return self.report(wrong(oauth.token.span, message));
                }
                let token = self.address(&oauth.token);
                let client = self.not_empty(&oauth.client, "client");
                let secret = oauth.secret.as_ref().map(|secret| self.source(secret, false));
                let audience = oauth
                    .audience
                    .as_ref()
                    .map(|audience| self.not_empty(audience, "audience"));
                CredentialSource::Oauth {
                    token: token?,
                    client: client?,
                    secret: secret.map_or(Some(None), |found| found.map(|secret| Some(Box::new(secret))))?,
                    audience: audience.map_or(Some(None), |found| found.map(Some))?,
                    exchange: oauth.exchange,
                }
            }
            ast::CredentialSource::Vault(vault) => {
                let (address, path) = (self.address(&vault.address), self.not_empty(&vault.path, "path"));
                let field = self.not_empty(&vault.field, "field");
                CredentialSource::Vault {
                    address: address?,
                    path: path?,
                    field: field?,
                }
            }
        })
    }

    /// Where secrets are asked for: by TLS, or on this machine.
    fn address(&self, address: &Template) -> Option<String> {
        let text = self.scope.text(address, self)?;
        let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
        let is_local = |local: &&str| {
            let rest = text.strip_prefix(local);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        };
        let schemes: &[&str] = if local.iter().any(is_local) {
            &["http"]
        } else {
            &["https"]
        };
        self.url_of(&text, schemes, address.span, codes::CREDENTIAL)?;
        Some(text)
    }

    fn injection(&self, inject: &ast::Injection) -> Option<Injection> {
        Some(match inject {
            ast::Injection::Header { name, value } => {
                let header = self.header_name(name);
                let text = self.scope.text(value, self);
                if let Some(text) = text
                    .as_deref()
                    .filter(|text| text.matches("{token}").count() != 1 || !is_plain(text))
                {
                    let message = format!("`{}` does not say where the token goes, once", text.escape_debug());
                    self.report::<()>(wrong(value.span, message).help("write `{token}` there: `\"Bearer {token}\"`"));
                }
                Injection::Header {
                    name: header?,
                    value: text?,
                }
            }
            ast::Injection::Env(name) => {
                let text = self.scope.text(name, self)?;
                self.variable(&text, name.span, codes::CREDENTIAL);
                Injection::Env(text)
            }
            ast::Injection::Sentinel {
                variable,
                origin,
                header,
            } => {
                let name = self.scope.text(variable, self);
                if let Some(name) = &name {
                    self.variable(name, variable.span, codes::CREDENTIAL);
                }
                let (address, header) = (self.sentinel_origin(origin), self.header_name(header));
                Injection::Sentinel {
                    variable: name?,
                    origin: address?,
                    header: header?,
                }
            }
        })
    }

    /// The secret goes to one host, over TLS.
    fn sentinel_origin(&self, origin: &Template) -> Option<String> {
        let text = self.scope.text(origin, self)?;
        self.url_of(&text, &["https"], origin.span, codes::CREDENTIAL)?;
        if Origin::parse(&text).map_or(true, |origin| origin.path.is_some()) {
            let message = format!("`{}` is more than a host", text.escape_debug());
            return self.report(wrong(origin.span, message).help("write `\"https://api.acme.com\"`"));
        }
        Some(text)
    }

    fn header_name(&self, name: &Template) -> Option<String> {
        let text = self.scope.text(name, self)?;
        let shown = text.escape_debug();
        if !is_header(&text) {
            return self.report(wrong(name.span, format!("`{shown}` is no name of a header")));
        }
        if NOT_OURS.iter().any(|other| other.eq_ignore_ascii_case(&text)) {
            return self.report(wrong(name.span, format!("the header `{shown}` is not a credential's")));
        }
        Some(text)
    }

    fn not_empty(&self, template: &Template, what: &str) -> Option<String> {
        let text = self.scope.text(template, self)?;
        if is_plain(&text) {
            return Some(text);
        }
        self.report(wrong(
            template.span,
            format!("this {what} is empty, or has characters that are not shown"),
        ))
    }
}

fn wrong(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::CREDENTIAL, span, message)
}
