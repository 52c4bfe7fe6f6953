//! An artifact that was tampered with, and one that is as deep as may be.

use super::*;
use crate::check::check;
use crate::diagnostic::Source;
use crate::eval::{Call, Caller, Context, State};
use crate::json::{self, Limits};
use crate::lock::{Lock, LockedServer, pin_tools};
use crate::syntax::codes;
use crate::table::{Effect, Policy, Reading, Transport};

/// What a test thread has by default; a main thread has four times as much.
const STACK: usize = 2 << 20;

fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap();
    thread.join().unwrap()
}

fn compile(rules: &str) -> Result<Body, Vec<&'static str>> {
    let list = r#"{"tools":[{"name":"t","inputSchema":{"type":"object","properties":{
        "a":{},"p":{"type":"string","default":"/srv"},"e":{"type":"string","enum":["x","y"]}}}}]}"#;
    let mut server = LockedServer::default();
    pin_tools(
        &json::parse(list.as_bytes(), &Limits::default()).unwrap(),
        &mut server.tools,
    )
    .unwrap();
    let lock = Lock {
        servers: [("s".to_owned(), server)].into(),
        ..Lock::default()
    };
    let text = format!("policy \"p\"\nserver s = stdio \"s\" {{ path root \"/srv\": *.p }}\n{rules}\n");
    let checked = check(&Source::new("p.mcpp", text), Some(&lock), &[]);
    checked
        .body
        .ok_or_else(|| checked.diagnostics.iter().map(|found| found.code).collect())
}

fn sample() -> Body {
    compile(
        "allow s.t { a?: \"x\", e?: \"x\" }\nallow s.t { a?: \"x\", e?: \"x\" }\ndeny s.t { p?: path(\"/srv/**\") }",
    )
    .unwrap()
}

#[test]
fn what_is_written_is_read() {
    let body = sample();
    assert_eq!(body.rules[1].reference.id, format!("{}-2", body.rules[0].reference.id));
    assert_eq!(read(&write(&body).unwrap()).map(|read| read.body), Ok(body));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    fn tool(body: &mut Body) -> &mut crate::table::Tool {
        body.servers.get_mut("s").unwrap().tools.get_mut("t").unwrap()
    }
    fn root(body: &mut Body, to: &str) {
        let shape = &mut tool(body).arguments.properties.get_mut("p").unwrap().shape;
        let Some(Reading::Path(path)) = shape.reading.as_deref_mut() else {
            panic!("`p` is read as a path");
        };
        path.root = Some(to.to_owned());
    }
    type Tampering = fn(&mut Body);
    let tamperings: [(&str, &[Tampering]); 11] = [
        (
            "the policy's name is no name",
            &[|b| b.policy.clear(), |b| b.policy.push('\u{202e}')],
        ),
        (
            "a grant rests on a `deny`",
            &[
                |b| tool(b).grants[0].rule = 2,
                |b| tool(b).prohibitions[0].rule = 0,
                |b| {
                    b.rules[0].effect = Effect::Deny;
                },
            ],
        ),
        ("a rule that is not there", &[|b| tool(b).grants[0].rule = 3]),
        (
            "a server's command is empty",
            &[|b| b.servers.get_mut("s").unwrap().transport = Some(Transport::Stdio(Vec::new()))],
        ),
        (
            "a `root` is no canonical path",
            &[
                |b| root(b, ""),
                |b| root(b, "srv"),
                |b| root(b, "/srv/"),
                |b| root(b, "/srv//a"),
                |b| root(b, "/srv/./a"),
                |b| root(b, "/srv/.."),
                |b| root(b, "/srv\n"),
            ],
        ),
        (
            "a rule's id is malformed",
            &[
                |b| b.rules[0].reference.id = String::new(),
                |b| b.rules[0].reference.id = "0123456789aB".to_owned(),
                |b| b.rules[0].reference.id = "0123456789ab-".to_owned(),
                |b| b.rules[0].reference.id = "0123456789ab-01".to_owned(),
                |b| b.rules[0].reference.id = "0123456789ab-2\n".to_owned(),
            ],
        ),
        ("stands on no line", &[|b| b.rules[0].reference.line = 0]),
        ("a rule's file has", &[|b| b.rules[0].reference.file.push('\u{1b}')]),
        ("the name of a source has", &[|b| b.sources[0].name.push('\n')]),
        (
            "a default is malformed",
            &[
                |b| tool(b).arguments.properties.get_mut("p").unwrap().defaults = vec!["\"".to_owned()],
                |b| tool(b).arguments.properties.get_mut("p").unwrap().defaults = vec!["[1, 2]".to_owned()],
            ],
        ),
        (
            "a place is not in the sources",
            &[
                |b| b.rules[0].at.end = u32::MAX,
                |b| {
                    std::sync::Arc::make_mut(&mut tool(b).grants[0].fields[0])
                        .pattern
                        .at
                        .source = 1
                },
                |b| {
                    tool(b)
                        .arguments
                        .properties
                        .get_mut("e")
                        .unwrap()
                        .shape
                        .values
                        .as_mut()
                        .unwrap()
                        .at
                        .end = u32::MAX
                },
            ],
        ),
    ];
    for (expected, tamperings) in tamperings {
        for (index, tamper) in tamperings.iter().enumerate() {
            let mut body = sample();
            tamper(&mut body);
            match read(&write(&body).unwrap()) {
                Err(ArtifactError::Inconsistent(why)) if why.contains(expected) => {}
                other => panic!("{expected}, {index}: {other:?}"),
            }
        }
    }
}

#[test]
fn another_language_is_refused() {
    let body = Body {
        language: "0.2".to_owned(),
        ..sample()
    };
    let built = "0.2".to_owned();
    assert_eq!(read(&write(&body).unwrap()), Err(ArtifactError::Language { built }));
}

#[test]
fn roots_that_are_canonical() {
    for root in ["/", "/srv", "/srv/a b/..c"] {
        let mut body = sample();
        let properties = &mut body
            .servers
            .get_mut("s")
            .unwrap()
            .tools
            .get_mut("t")
            .unwrap()
            .arguments
            .properties;
        let reading = &mut properties.get_mut("p").unwrap().shape.reading;
        *reading = Some(Box::new(Reading::Path(crate::table::PathReading {
            root: Some(root.to_owned()),
            ..Default::default()
        })));
        assert!(read(&write(&body).unwrap()).is_ok(), "{root}");
    }
}

/// All that the language can nest is compiled, read back and decided; one more is a syntax error.
#[test]
fn as_deep_as_the_language_allows() {
    let patterns = [
        ("allow s.t { a", "[", "\"x\"", "]"),
        ("allow s.t { a", "{ k: ", "\"x\"", " }"),
        ("deny s.t { a", "has ", "\"x\"", ""),
        ("deny s.t { e", "!", "\"x\"", ""),
    ];
    for (rule, open, middle, close) in patterns {
        // The braces of the rule are a level.
        let nested = |depth: usize| {
            let pattern = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            format!("{rule}: {pattern} }}")
        };
        let (at_limit, past) = (nested(63), nested(64));
        on_a_small_stack(move || {
            let artifact = write(&compile(&at_limit).unwrap_or_else(|codes| panic!("{at_limit}: {codes:?}"))).unwrap();
            let policy = Policy::from_bytes(&artifact).unwrap();
            assert_eq!(compile(&past).unwrap_err(), [codes::TOO_DEEP]);
            if at_limit.contains('[') {
                let call = format!("{{\"a\":{}\"x\"{}}}", "[".repeat(63), "]".repeat(63));
                let arguments = json::parse(call.as_bytes(), &Limits::default()).unwrap();
                let call = Call {
                    server: "s",
                    tool: "t",
                    arguments: Some(&arguments),
                };
                let context = Context {
                    caller: Caller::Local,
                    time: jiff::Timestamp::UNIX_EPOCH,
                    state: State::default(),
                };
                assert!(policy.decide(&call, &context).is_allow());
            }
        });
    }
}

/// Whatever is nested, and wherever: the bound holds, and the stack holds the bound.
#[test]
fn nesting_is_bounded() {
    let places = [
        (r#"{"unknown":"#, "[", "]"),
        (r#"{"rules":[{"unknown":"#, "[", "]"),
        (
            r#"{"servers":{"s":{"transport":null,"tools":{"t":{"arguments":"#,
            r#"{"items":"#,
            "}",
        ),
        (
            r#"{"servers":{"s":{"transport":null,"tools":{"t":{"arguments":"#,
            r#"{"properties":{"p":{"shape":"#,
            "}}}",
        ),
        (
            r#"{"servers":{"s":{"transport":null,"tools":{"t":{"arguments":"#,
            r#"{"named":{"p":"#,
            "}}",
        ),
        (
            r#"{"servers":{"s":{"transport":null,"tools":{"t":{"arguments":{"values":"#,
            r#"{"at":[0,0,0],"is":{"not":"#,
            "}}",
        ),
        (
            r#"{"servers":{"s":{"transport":null,"tools":{"t":{"arguments":{"values":"#,
            r#"{"at":[0,0,0],"is":{"object":{"open":true,"fields":[{"name":"k","optional":true,"at":[0,0,0],"pattern":"#,
            "}]}}}",
        ),
    ];
    for (start, open, close) in places {
        let brackets = open.matches(['{', '[']).count() - open.matches([']', '}']).count();
        let around = start.matches(['{', '[']).count();
        let bomb = move |levels: usize| {
            let text = format!("{start}{}0{}", open.repeat(levels), close.repeat(levels));
            on_a_small_stack(move || parse::<Body<u32>>(text.as_bytes(), 2).unwrap_err().to_string())
        };
        let within = (MAX_DEPTH - around - 1) / brackets;
        assert!(!bomb(within).contains("levels of nesting"), "{open}: {}", bomb(within));
        assert!(
            bomb(within + 2).contains("levels of nesting"),
            "{open}: {}",
            bomb(within + 2)
        );
        assert!(bomb(1_000_000 / open.len()).contains("levels of nesting"));
    }
}

#[test]
fn depth_is_counted_outside_strings() {
    for (text, expected) in [
        ("", 0),
        ("[[],[]]", 2),
        (r#"["[[", {"]": "\"[[\\"}]"#, 2),
        (r#"["\\", [[]]]"#, 3),
        ("]]]][", 1),
        (r#"["[["#, 1),
    ] {
        assert_eq!(depth(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn gates_that_do_not_fit_together_are_refused() {
    use crate::pattern::Decimal;
    use crate::table::gates::{Gate, LabelKind, Operand};

    fn gate(body: &mut Body) -> &mut Gate {
        &mut body.gated.gates[0]
    }
    let sample = || {
        compile(
            "caller c { issuer: \"x\" }\nlabel t = taint per caller\nlabel p = proof per caller\nlimit n = 3 per 1h per all\n\
             allow s.t for c { a?: \"x\", e?: \"x\" } when e == caller.subject requires p unless t limit n marks t\n\
             deny s.t for !c after t",
        )
        .unwrap()
    };
    assert_eq!(read(&write(&sample()).unwrap()).unwrap().body, sample());
    type Tampering = fn(&mut Body);
    let tamperings: [(&str, &[Tampering]); 9] = [
        (
            "refers to a gate that is not there",
            &[|b| {
                b.gated.gates.pop();
            }],
        ),
        (
            "a gate of a grant is a prohibition's",
            &[|b| {
                b.gated.gates.swap(0, 1);
            }],
        ),
        (
            "in the wrong kind of rule",
            &[
                |b| gate(b).after = gate(b).unless.clone(),
                |b| b.gated.gates[1].marks = b.gated.gates[1].after.clone(),
                |b| b.gated.gates[1].limits = gate(b).limits.clone(),
            ],
        ),
        (
            "callers that are not there",
            &[|b| {
                b.gated.callers.clear();
            }],
        ),
        (
            "names no issuer",
            &[
                |b| b.gated.callers.get_mut("c").unwrap().fields.clear(),
                |b| b.gated.callers.get_mut("c").unwrap().fields[0].optional = true,
            ],
        ),
        (
            "a label is not there, or stands where it cannot",
            &[
                |b| b.gated.labels.get_mut("t").unwrap().kind = LabelKind::Proof,
                |b| gate(b).marks.as_mut().unwrap().is[0] = "x".to_owned(),
            ],
        ),
        (
            "cannot be counted",
            &[
                |b| b.gated.limits.get_mut("n").unwrap().scale = 1,
                |b| b.gated.limits.get_mut("n").unwrap().most = Decimal::parse("-1").unwrap(),
                |b| b.gated.limits.get_mut("n").unwrap().most = Decimal::parse("1.5").unwrap(),
            ],
        ),
        (
            "charged in a way that it cannot be",
            &[
                |b| gate(b).limits.as_mut().unwrap().is[0].slot = vec!["a".to_owned()],
                |b| b.gated.limits.get_mut("n").unwrap().sum = true,
            ],
        ),
        (
            "a comparison has no parameter",
            &[
                |b| gate(b).when.as_mut().unwrap().is[0].left = Operand::Slot(Vec::new()),
                |b| {
                    let comparison = &mut gate(b).when.as_mut().unwrap().is[0];
                    comparison.left = Operand::Claim("a".to_owned());
                    comparison.right = Operand::Claim("b".to_owned());
                },
            ],
        ),
    ];
    for (expected, tamperings) in tamperings {
        for (index, tamper) in tamperings.iter().enumerate() {
            let mut body = sample();
            tamper(&mut body);
            match read(&write(&body).unwrap()) {
                Err(ArtifactError::Inconsistent(found)) => assert!(found.contains(expected), "{found}: {expected}"),
                other => panic!("{expected}, {index}: {other:?}"),
            }
        }
    }
}

#[test]
fn effects_that_do_not_fit_together_are_refused() {
    use crate::table::lanes::{CredentialSource, Destination, Injection};

    let sample = || {
        compile(
            "credential c { source: oauth { token: \"https://id.acme.com/\", client: \"c\" }, inject: env \"C\" }\n\
             egress e { \"https://acme.com\", ip(\"10.0.0.0/8\") }\n\
             allow s.t { a?: \"x\", e?: \"x\" } with c to e record a, p as hash \
             returns { size: ..=1KiB, types: \"text\", links: url(\"https://acme.com/**\") }\n\
             allow s.t { a?: \"x\", e?: \"x\" } with c to e\ndeny s.t { e: \"y\" } after t\nlabel t = taint per caller",
        )
        .unwrap()
    };
    assert_eq!(read(&write(&sample()).unwrap()).unwrap().body, sample());
    fn gate(body: &mut Body) -> &mut crate::table::Gate {
        &mut body.gated.gates[0]
    }
    fn returns(body: &mut Body) -> &mut crate::table::Returns {
        &mut gate(body).returns.as_mut().unwrap().is
    }
    fn credential(body: &mut Body) -> &mut crate::table::Credential {
        body.lanes.credentials.get_mut("c").unwrap()
    }
    type Tampering = fn(&mut Body);
    let tamperings: [(&str, &[Tampering]); 9] = [
        (
            "in the wrong kind of rule",
            &[
                |b| b.gated.gates[2].returns = gate(b).returns.clone(),
                |b| b.gated.gates[2].record = gate(b).record.clone(),
                |b| b.gated.gates[2].with = gate(b).with.clone(),
            ],
        ),
        (
            "what a grant returns is nothing",
            &[
                |b| *returns(b) = crate::table::Returns::default(),
                |b| returns(b).size = Some(0),
            ],
        ),
        (
            "read in no way",
            &[|b| returns(b).links.as_mut().unwrap().read.reading = None],
        ),
        (
            "is no parameter",
            &[|b| gate(b).record.as_mut().unwrap().is.slots[0].clear()],
        ),
        (
            "a credential or an egress set is not there",
            &[|b| b.lanes.credentials.clear(), |b| b.lanes.egress.clear()],
        ),
        (
            "different credentials or egress sets",
            &[|b| b.gated.gates[1].with = None, |b| b.gated.gates[1].to = None],
        ),
        (
            "injected in",
            &[
                |b| credential(b).inject = Injection::Env("A=B".to_owned()),
                |b| {
                    credential(b).inject = Injection::Header {
                        name: "A".to_owned(),
                        value: "{token}".to_owned(),
                    };
                },
                |b| {
                    credential(b).inject = Injection::Header {
                        name: "A".to_owned(),
                        value: "x\r\nB: {token}".to_owned(),
                    };
                },
            ],
        ),
        (
            "comes from nowhere",
            &[
                |b| credential(b).source = CredentialSource::Exec(Vec::new()),
                |b| credential(b).source = CredentialSource::File("key".to_owned()),
                |b| {
                    let inner = credential(b).source.clone();
                    if let CredentialSource::Oauth { secret, .. } = &mut credential(b).source {
                        *secret = Some(Box::new(inner));
                    }
                },
            ],
        ),
        (
            "names no destination",
            &[
                |b| b.lanes.egress.get_mut("e").unwrap().to[0] = Destination::Origin("https://".to_owned()),
                |b| b.lanes.egress.get_mut("e").unwrap().to[1] = Destination::Network("10.0.0.1/8".to_owned()),
            ],
        ),
    ];
    for (expected, tamperings) in tamperings {
        for (index, tamper) in tamperings.iter().enumerate() {
            let mut body = sample();
            tamper(&mut body);
            match read(&write(&body).unwrap()) {
                Err(ArtifactError::Inconsistent(found)) => assert!(found.contains(expected), "{found}: {expected}"),
                other => panic!("{expected}, {index}: {other:?}"),
            }
        }
    }
}
