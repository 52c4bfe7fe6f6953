//! Credentials: entries of a key, a word and strings, which are read by their key.

use super::ast::{Credential, CredentialSource, Injection, OauthSource, Template, VaultSource, WiderScope};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use crate::diagnostic::{Diagnostic, Span, nearest};

/// The entries between braces, each key once, and where the braces are.
struct Settings<'s> {
    span: Span,
    entries: Vec<Setting<'s>>,
}

/// `key: item…`.
struct Setting<'s> {
    key: Pair<'s>,
    items: Vec<Pair<'s>>,
}

impl<'s> Settings<'s> {
    fn take(&mut self, key: &str) -> Option<Setting<'s>> {
        let at = self.entries.iter().position(|entry| entry.key.as_str() == key)?;
        Some(self.entries.swap_remove(at))
    }
}

impl<'s> Setting<'s> {
    fn span(&self) -> Span {
        self.items
            .iter()
            .fold(span_of(&self.key), |span, item| span.to(span_of(item)))
    }
}

impl<'s> Builder<'s> {
    /// `credential NAME { … }`.
    pub(super) fn credential(&mut self, pair: Pair<'s>) -> Option<Credential> {
        let mut parts = pair.into_inner();
        let name = self.definable(&parts.next()?);
        let keys = ["source", "inject", "scope", "lifetime", "per", "wider"];
        let mut settings = self.settings(parts.next()?, &keys);
        let source = self.required(&mut settings, "source", Self::source);
        let inject = self.required(&mut settings, "inject", Self::injection);
        let scope = self.optional(&mut settings, "scope", Self::one_string);
        let lifetime = self.optional(&mut settings, "lifetime", |builder, setting| match &setting.items[..] {
            [item] if item.as_rule() == Rule::number => builder.duration(item).map(super::ast::Given::Literal),
            [item] if item.as_rule() == Rule::word => Some(super::ast::Given::Const(Self::word(item))),
            _ => builder.malformed_setting(&setting, "a duration, `lifetime: 15m`"),
        });
        let per_caller = self.optional(&mut settings, "per", |builder, setting| {
            builder.one_word(&setting, &[("caller", setting.span())])
        });
        let wider = self.optional(&mut settings, "wider", |builder, setting| {
            builder.one_word(&setting, &[("refuse", WiderScope::Refuse), ("flag", WiderScope::Flag)])
        });
        Some(Credential {
            name: name?,
            source: source?,
            inject: inject?,
            scope: scope?,
            lifetime: lifetime?,
            per_caller: per_caller?,
            wider: wider?,
        })
    }

    fn source(&mut self, setting: Setting<'s>) -> Option<CredentialSource> {
        let form = "`env \"NAME\"`, `file \"PATH\"`, `exec \"COMMAND\" \"ARG\"…`, `oauth { … }` or `vault { … }`";
        let Some((word, rest)) = setting
            .items
            .split_first()
            .filter(|(word, _)| word.as_rule() == Rule::word)
        else {
            return self.malformed_setting(&setting, form);
        };
        let strings = rest.iter().all(|item| item.as_rule() == Rule::string);
        match (word.as_str(), rest) {
            ("env", [name]) if strings => self.template(name).map(CredentialSource::Env),
            ("file", [path]) if strings => self.template(path).map(CredentialSource::File),
            ("exec", [_, ..]) if strings => {
                let words = self.each(rest.to_vec(), |builder, word| builder.template(&word))?;
                Some(CredentialSource::Exec(words))
            }
            ("oauth", [block]) if block.as_rule() == Rule::settings => self
                .oauth(block.clone())
                .map(|oauth| CredentialSource::Oauth(Box::new(oauth))),
            ("vault", [block]) if block.as_rule() == Rule::settings => self
                .vault(block.clone())
                .map(|vault| CredentialSource::Vault(Box::new(vault))),
            ("env" | "file" | "exec" | "oauth" | "vault", _) => self.malformed_setting(&setting, form),
            _ => {
                let kinds = ["env", "file", "exec", "oauth", "vault"].map(|kind| (kind, ()));
                self.choice(word, &kinds);
                None
            }
        }
    }

    fn oauth(&mut self, block: Pair<'s>) -> Option<OauthSource> {
        let keys = ["token", "client", "secret", "audience", "exchange"];
        let mut settings = self.settings(block, &keys);
        let token = self.required(&mut settings, "token", Self::one_string);
        let client = self.required(&mut settings, "client", Self::one_string);
        let secret = self.optional(&mut settings, "secret", Self::source);
        let audience = self.optional(&mut settings, "audience", Self::one_string);
        let exchange = self.optional(&mut settings, "exchange", |builder, setting| {
            builder.one_word(&setting, &[("true", true), ("false", false)])
        });
        Some(OauthSource {
            token: token?,
            client: client?,
            secret: secret?,
            audience: audience?,
            exchange: exchange?.unwrap_or(false),
        })
    }

    fn vault(&mut self, block: Pair<'s>) -> Option<VaultSource> {
        let mut settings = self.settings(block, &["address", "path", "field"]);
        let address = self.required(&mut settings, "address", Self::one_string);
        let path = self.required(&mut settings, "path", Self::one_string);
        let field = self.required(&mut settings, "field", Self::one_string);
        Some(VaultSource {
            address: address?,
            path: path?,
            field: field?,
        })
    }

    fn injection(&mut self, setting: Setting<'s>) -> Option<Injection> {
        let form = "`header \"NAME\" \"Bearer {token}\"`, `env \"NAME\"` or `sentinel \"NAME\" at \"https://host\" header \"NAME\"`";
        let words: Vec<&str> = setting
            .items
            .iter()
            .map(|item| {
                if item.as_rule() == Rule::word {
                    item.as_str()
                } else {
                    ""
                }
            })
            .collect();
        let mut strings = setting.items.iter().filter(|item| item.as_rule() == Rule::string);
        let count = strings.clone().count();
        let mut next = |builder: &mut Self| builder.template(strings.next()?);
        match (&words[..], count) {
            (["header", "", ""], 2) => {
                let (name, value) = (next(self), next(self));
                let (name, value) = (name?, value?);
                Some(Injection::Header { name, value })
            }
            (["env", ""], 1) => next(self).map(Injection::Env),
            (["sentinel", "", "at", "", "header", ""], 3) => {
                let (variable, origin, header) = (next(self), next(self), next(self));
                Some(Injection::Sentinel {
                    variable: variable?,
                    origin: origin?,
                    header: header?,
                })
            }
            _ => self.malformed_setting(&setting, form),
        }
    }

    fn one_string(&mut self, setting: Setting<'s>) -> Option<Template> {
        match &setting.items[..] {
            [item] if item.as_rule() == Rule::string => self.template(item),
            _ => self.malformed_setting(&setting, "one string"),
        }
    }

    fn one_word<T: Clone>(&mut self, setting: &Setting<'s>, choices: &[(&'static str, T)]) -> Option<T> {
        match &setting.items[..] {
            [item] if item.as_rule() == Rule::word => self.choice(item, choices),
            _ => {
                let words: Vec<String> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
                self.malformed_setting(setting, &words.join(" or "))
            }
        }
    }

    fn malformed_setting<T>(&mut self, setting: &Setting<'s>, form: &str) -> Option<T> {
        let message = format!("`{}` is not written like this", setting.key.as_str());
        self.refuse(Diagnostic::error(codes::SETTING, setting.span(), message).help(format!("write {form}")))
    }

    /// The entries between braces whose keys are known, each key once.
    fn settings(&mut self, pair: Pair<'s>, keys: &[&str]) -> Settings<'s> {
        let span = span_of(&pair);
        let mut entries: Vec<Setting<'s>> = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() != Rule::setting {
                self.bad_setting(&part);
                continue;
            }
            let mut inner = part.into_inner().filter(|part| part.as_rule() != Rule::colon);
            let Some(key) = inner.next() else { continue };
            let name = key.as_str();
            if let Some(first) = entries.iter().find(|entry| entry.key.as_str() == name) {
                let error = Diagnostic::error(
                    codes::DUPLICATE_KEY,
                    span_of(&key),
                    format!("the key `{name}` stands twice"),
                );
                self.say(error.also(span_of(&first.key), "first here").help("keep one of them"));
            } else if !keys.contains(&name) {
                let help = match nearest(name, keys.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its keys are {}", keys.join(", ")),
                };
                self.say(Diagnostic::error(codes::CHOICE, span_of(&key), format!("unknown key `{name}`")).help(help));
            } else {
                let items = inner.collect();
                entries.push(Setting { key, items });
            }
        }
        Settings { span, entries }
    }

    fn required<T>(
        &mut self,
        settings: &mut Settings<'s>,
        key: &str,
        read: impl FnOnce(&mut Self, Setting<'s>) -> Option<T>,
    ) -> Option<T> {
        match settings.take(key) {
            Some(setting) => read(self, setting),
            None if self.is_explained(settings.span) => None,
            None => {
                let place = Span::new(settings.span.start, settings.span.start + 1);
                let error = Diagnostic::error(codes::MISSING, place, format!("`{key}` is missing"));
                self.refuse(error.help(format!("add `{key}: …` in these braces")))
            }
        }
    }

    fn optional<T>(
        &mut self,
        settings: &mut Settings<'s>,
        key: &str,
        read: impl FnOnce(&mut Self, Setting<'s>) -> Option<T>,
    ) -> Option<Option<T>> {
        match settings.take(key) {
            Some(setting) => read(self, setting).map(Some),
            None => Some(None),
        }
    }
}
