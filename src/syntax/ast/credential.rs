//! What a tool acts as.

use super::{Duration, Given, Ident, Template};
use crate::diagnostic::Span;

/// `credential NAME { source: …, inject: …, … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its name.
    pub name: Ident,
    /// Where the gateway fetches it.
    pub source: CredentialSource,
    /// How it is given to the server.
    pub inject: Injection,
    /// `scope: "…"`: what it may be used for.
    pub scope: Option<Template>,
    /// `lifetime: 15m`: how long it is kept.
    pub lifetime: Option<Given<Duration>>,
    /// Where `per: caller` stands: one for each caller.
    pub per_caller: Option<Span>,
    /// `wider: refuse|flag`: what becomes of a token with a wider scope.
    pub wider: Option<WiderScope>,
}

/// Where a credential, or the secret that it is had with, comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// `env "N"`
    Env(Template),
    /// `file "P"`
    File(Template),
    /// `exec "C" "ARG"…`, one or more strings.
    Exec(Vec<Template>),
    /// `oauth { … }`
    Oauth(Box<OauthSource>),
    /// `vault { … }`
    Vault(Box<VaultSource>),
}

/// `oauth { token:, client:, secret:, audience:, exchange: }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthSource {
    /// The address of the token endpoint.
    pub token: Template,
    /// The client's id.
    pub client: Template,
    /// Where its secret comes from.
    pub secret: Option<CredentialSource>,
    /// Whom the token is for.
    pub audience: Option<Template>,
    /// Is the caller's token exchanged for it?
    pub exchange: bool,
}

/// `vault { address:, path:, field: }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultSource {
    /// The vault's address.
    pub address: Template,
    /// Where in it the secret lies.
    pub path: Template,
    /// Which field of it.
    pub field: Template,
}

/// How a credential is given to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Injection {
    /// `header "H" "…{token}…"`
    Header {
        /// The header's name.
        name: Template,
        /// Its value; `{token}` stands for the credential.
        value: Template,
    },
    /// `env "N"`: a variable of its process.
    Env(Template),
    /// `sentinel "N" at "https://host" header "H"`: a stand-in in its process, exchanged on the way out.
    Sentinel {
        /// The variable that holds the stand-in.
        variable: Template,
        /// Where it is exchanged.
        origin: Template,
        /// In which header.
        header: Template,
    },
}

/// What becomes of a token with a wider scope than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WiderScope {
    /// It is not used.
    Refuse,
    /// It is used, and recorded.
    Flag,
}
