//! Sets of tools, patterns with parameters and spreads, replaced by what they stand for.

use std::collections::BTreeMap;

use mcppc::syntax::ast::{
    Argument, Field, File, Ident, LiteralKind, Pattern, PatternDef, PatternKind, Selector, Spread, StatementKind,
    Template, TemplatePart,
};

type Consts = BTreeMap<String, LiteralKind>;

/// What the parameters of the pattern at hand stand for.
type Given = BTreeMap<String, Argument>;

/// Afterwards rules name tools one by one, and no pattern takes arguments but the built-in ones.
pub fn expand(file: &mut File, consts: &mut Consts) {
    let mut expander = Expander {
        patterns: BTreeMap::new(),
        sets: BTreeMap::new(),
        consts,
    };
    for statement in &file.statements {
        match &statement.kind {
            StatementKind::Pattern(pattern) => {
                expander.patterns.insert(pattern.name.name.clone(), pattern.clone());
            }
            StatementKind::Tools(set) => drop(expander.sets.insert(set.name.name.clone(), set.tools.clone())),
            _ => {}
        }
    }
    // What takes arguments means nothing by itself.
    file.statements
        .retain(|statement| !matches!(&statement.kind, StatementKind::Pattern(pattern) if !pattern.params.is_empty()));
    let none = Given::new();
    for statement in &mut file.statements {
        match &mut statement.kind {
            StatementKind::Pattern(pattern) => expander.pattern(&mut pattern.pattern, &none),
            StatementKind::Caller(caller) => expander.fields(&mut caller.claims.fields, &[], &none),
            StatementKind::Allow(rule) | StatementKind::Deny(rule) => {
                rule.tools = expander.tools(&rule.tools);
                if let Some(body) = &mut rule.body {
                    let spreads = std::mem::take(&mut body.spreads);
                    expander.fields(&mut body.fields, &spreads, &none);
                }
            }
            _ => {}
        }
    }
}

struct Expander<'c> {
    patterns: BTreeMap<String, PatternDef>,
    sets: BTreeMap<String, Vec<Selector>>,
    consts: &'c mut Consts,
}

impl Expander<'_> {
    fn tools(&self, selectors: &[Selector]) -> Vec<Selector> {
        let one = |selector: &Selector| match selector {
            Selector::Set(name) => self.tools(&self.sets[&name.name]),
            other => vec![other.clone()],
        };
        selectors.iter().flat_map(one).collect()
    }

    /// Fields, and behind them those of the spreads.
    fn fields(&mut self, fields: &mut Vec<Field>, spreads: &[Spread], given: &Given) {
        for field in fields.iter_mut() {
            self.pattern(&mut field.pattern, given);
        }
        for spread in spreads {
            let mut object = self.applied(&spread.name, &spread.args, given).expect("a pattern");
            // Under another name, perhaps.
            while let PatternKind::Name(name) = &object.kind {
                object = self.applied(&name.clone(), &[], given).expect("a pattern");
            }
            let PatternKind::Object { fields: more, .. } = object.kind else {
                panic!("it has no fields")
            };
            fields.extend(more);
        }
    }

    /// A named pattern with these arguments; `None` for a built-in one.
    fn applied(&mut self, name: &Ident, args: &[Argument], given: &Given) -> Option<Pattern> {
        let definition = self.patterns.get(&name.name)?.clone();
        let args = args.iter().map(|arg| self.argument(arg, given)).collect::<Vec<_>>();
        let names = definition.params.iter().map(|name| name.name.clone());
        let mut pattern = definition.pattern;
        self.pattern(&mut pattern, &names.zip(args).collect());
        Some(pattern)
    }

    fn argument(&mut self, arg: &Argument, given: &Given) -> Argument {
        let mut arg = arg.clone();
        match &mut arg {
            Argument::Pattern(pattern) => {
                if let PatternKind::Name(name) = &pattern.kind
                    && let Some(given) = given.get(&name.name)
                {
                    return given.clone();
                }
                self.pattern(pattern, given);
            }
            Argument::Str(template) => self.template(template, given),
            Argument::Range(_) | Argument::Moments(_) => {}
        }
        arg
    }

    fn pattern(&mut self, pattern: &mut Pattern, given: &Given) {
        match &mut pattern.kind {
            PatternKind::Name(name) => {
                if let Some(argument) = given.get(&name.name) {
                    pattern.kind = match argument.clone() {
                        Argument::Pattern(pattern) => pattern.kind,
                        Argument::Str(template) => PatternKind::Str(template),
                        Argument::Range(range) => PatternKind::Range(range),
                        Argument::Moments(range) => panic!("not of the core: {range:?}"),
                    };
                }
            }
            PatternKind::Call { name, args } => match self.applied(&name.clone(), &args.clone(), given) {
                Some(applied) => *pattern = applied,
                None => *args = args.iter().map(|arg| self.argument(arg, given)).collect(),
            },
            PatternKind::Str(template) => self.template(template, given),
            PatternKind::Array { element: inner, .. }
            | PatternKind::Has(inner)
            | PatternKind::Nullable(inner)
            | PatternKind::Not(inner) => self.pattern(inner, given),
            PatternKind::Object { fields, spreads, .. } => {
                let spreads = std::mem::take(spreads);
                self.fields(fields, &spreads, given);
            }
            PatternKind::UrlParts(fields) => self.fields(fields, &[], given),
            PatternKind::And(parts) | PatternKind::Or(parts) => {
                parts.iter_mut().for_each(|part| self.pattern(part, given));
            }
            _ => {}
        }
    }

    /// A parameter in a string is a constant of its own.
    fn template(&mut self, template: &mut Template, given: &Given) {
        for part in &mut template.parts {
            let TemplatePart::Const(name) = part else { continue };
            let value = match given.get(&name.name) {
                None => continue,
                Some(Argument::Str(text)) => LiteralKind::Str(text.clone()),
                Some(Argument::Pattern(pattern)) => match &pattern.kind {
                    PatternKind::Name(constant) => self.consts_of_file(&constant.name),
                    PatternKind::Number(number) => LiteralKind::Number(number.clone()),
                    PatternKind::Str(text) => LiteralKind::Str(text.clone()),
                    other => panic!("no constant: {other:?}"),
                },
                Some(other) => panic!("no constant: {other:?}"),
            };
            name.name = format!("{} of call {}", name.name, self.consts.len());
            self.consts.insert(name.name.clone(), value);
        }
    }

    fn consts_of_file(&self, name: &str) -> LiteralKind {
        self.consts[name].clone()
    }
}
