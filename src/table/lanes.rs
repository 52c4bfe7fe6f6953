//! What tools act as, and where their servers may connect: what lanes are made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::pattern::{At, UrlPattern};

/// The credentials and egress sets of a policy, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lanes {
    /// What tools act as.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub credentials: BTreeMap<String, Credential>,
    /// Where servers may connect.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub egress: BTreeMap<String, Egress>,
    /// `egress advisory`: where that cannot be enforced, it is recorded and not enforced.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub advisory: bool,
}

impl Lanes {
    /// Nothing at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `credential NAME { … }`. Its value is fetched by the gateway and stands nowhere here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Where it is written.
    pub at: At,
    /// Where the gateway fetches it.
    pub source: CredentialSource,
    /// How it is given to the server.
    pub inject: Injection,
    /// What it may be used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// How long it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Is there one for each caller?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_caller: bool,
    /// What becomes of a token with a wider scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wider: Option<WiderScope>,
}

/// Where a credential, or the secret that it is had with, comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CredentialSource {
    /// A variable of the gateway.
    Env(String),
    /// A file.
    File(String),
    /// What a command prints, program first.
    Exec(Vec<String>),
    /// A token endpoint.
    Oauth {
        /// Its address.
        token: String,
        /// The client's id.
        client: String,
        /// Where its secret comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Box<CredentialSource>>,
        /// Whom the token is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audience: Option<String>,
        /// Is the caller's token exchanged for it?
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        exchange: bool,
    },
    /// A vault.
    Vault {
        /// Its address.
        address: String,
        /// Where in it the secret lies.
        path: String,
        /// Which field of it.
        field: String,
    },
}

/// How a credential is given to a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Injection {
    /// A header of the requests to a remote server.
    Header {
        /// Its name.
        name: String,
        /// Its value; `{token}` stands for the credential.
        value: String,
    },
    /// A variable of the server's process.
    Env(String),
    /// A stand-in in the server's process, exchanged on the way out.
    Sentinel {
        /// The variable that holds it.
        variable: String,
        /// Where it is exchanged.
        origin: String,
        /// In which header.
        header: String,
    },
}

/// What becomes of a token with a wider scope than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WiderScope {
    /// It is not used.
    Refuse,
    /// It is used, and recorded.
    Flag,
}

/// `egress NAME { … }`. An empty one leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Egress {
    /// Where it is written.
    pub at: At,
    /// Where a server may connect.
    pub to: Vec<Destination>,
}

/// Where a server may connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Destination {
    /// A host, as [`Origin::parse`] takes it.
    Origin(String),
    /// A network in which names may lie.
    Network(String),
}

/// The schemes of destinations.
pub const EGRESS_SCHEMES: [&str; 3] = ["https", "http", "tcp"];

/// `https|http|tcp://host[:port][/path]`, with the stars of a URL's pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<'t> {
    /// Its scheme.
    pub scheme: &'t str,
    /// Host and port.
    pub authority: &'t str,
    /// What is asked of the path, which takes interception.
    pub path: Option<&'t str>,
}

impl<'t> Origin<'t> {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &'t str) -> Result<Self, String> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or("it does not begin with a scheme and `://`")?;
        if !EGRESS_SCHEMES.contains(&scheme) {
            return Err(format!("`{scheme}` is none of {}", EGRESS_SCHEMES.join(", ")));
        }
        if rest.contains(['?', '#']) {
            return Err("a connection has no query and no fragment".to_owned());
        }
        UrlPattern::parse(&[(text, false)]).map_err(|error| error.to_string())?;
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let port = authority
            .rsplit_once(':')
            .map(|(_, port)| port)
            .filter(|port| !port.ends_with(']'));
        match (authority, port, scheme) {
            ("", ..) => return Err("it names no host".to_owned()),
            (_, Some("*"), _) => return Err("its port is a number".to_owned()),
            (_, None, "tcp") => return Err("`tcp` has no port of its own; name one".to_owned()),
            _ => {}
        }
        let path = Some(path).filter(|path| !matches!(*path, "" | "/"));
        if scheme == "tcp" && path.is_some() {
            return Err("`tcp` has no path".to_owned());
        }
        Ok(Self {
            scheme,
            authority,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_destination() {
        for (text, expected) in [
            ("https://api.acme.com", "https api.acme.com -"),
            ("https://*.acme.com:8443/v1/**", "https *.acme.com:8443 /v1/**"),
            ("http://[::1]/", "http [::1] -"),
            ("tcp://db.acme.com:5432", "tcp db.acme.com:5432 -"),
            ("https://**", "https ** -"),
        ] {
            let Origin {
                scheme,
                authority,
                path,
            } = Origin::parse(text).unwrap();
            assert_eq!(format!("{scheme} {authority} {}", path.unwrap_or("-")), expected);
        }
        for text in [
            "",
            "api.acme.com",
            "ftp://acme.com",
            "https://",
            "https:///x",
            "https://u@acme.com",
            "https://acme.com:*",
            "https://acme.com:0",
            "https://acme.com?x",
            "https://acme.com#x",
            "tcp://acme.com",
            "tcp://acme.com:1/x",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }
}
