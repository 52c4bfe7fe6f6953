//! Values and patterns of the readings other than path, at their borders.

use super::tape::Tape;

/// A reading other than path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Url,
    Host,
    Ip,
    Email,
    Time,
    /// A time in a form of its own.
    Form,
    Day,
}

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::Url,
        Self::Host,
        Self::Ip,
        Self::Email,
        Self::Time,
        Self::Form,
        Self::Day,
    ];

    /// What the reading is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Host => "host",
            Self::Ip => "ip",
            Self::Email => "email",
            Self::Time | Self::Form => "datetime",
            Self::Day => "date",
        }
    }

    /// The schema's `format` that gives the reading.
    pub fn format(self) -> Option<&'static str> {
        match self {
            Self::Url => Some("uri"),
            Self::Host => Some("hostname"),
            Self::Ip => Some("ipv4"),
            Self::Email => Some("email"),
            Self::Time => Some("date-time"),
            Self::Form => None,
            Self::Day => Some("date"),
        }
    }

    /// Patterns, each with values near its border.
    pub fn patterns(self) -> &'static [Samples] {
        match self {
            Self::Url => &URLS,
            Self::Host => &HOSTS,
            Self::Ip => &IPS,
            Self::Email => &EMAILS,
            Self::Time => &TIMES,
            Self::Form => &FORMS,
            Self::Day => &DAYS,
        }
    }

    /// What the server may take where the parameter is absent.
    pub fn defaults(self) -> [&'static str; 2] {
        match self {
            Self::Url => ["\"https://acme.com/\"", "\"https://acme.com/..\""],
            Self::Host => ["\"acme.com\"", "\"ACME.com\""],
            Self::Ip => ["\"10.0.0.1\"", "\"10.1\""],
            Self::Email => ["\"ann@acme.com\"", "\"ann\""],
            Self::Time => ["\"2026-06-01T00:00:00Z\"", "\"now\""],
            Self::Form => ["\"2026-06-01 10:00\"", "\"now\""],
            Self::Day => ["\"2026-06-01\"", "\"today\""],
        }
    }

    /// A value: one of these, or near it.
    pub fn value(self, tape: &mut Tape<'_>, pool: &[String]) -> String {
        let value = if pool.is_empty() || tape.once_in(8) {
            tape.pick(self.known()).to_owned()
        } else {
            tape.choose(pool)
        };
        if !tape.once_in(6) {
            return value;
        }
        let (from, to) = tape.choose(self.changes());
        match tape.below(4) {
            0 => format!("{value}{to}"),
            1 => format!("{to}{value}"),
            2 if !from.is_empty() => value.replace(from, to),
            _ if !from.is_empty() => value.replacen(from, to, 1),
            _ => format!("{value}{to}"),
        }
    }

    fn known(self) -> &'static [&'static str] {
        match self {
            Self::Url => &[
                "https://acme.com/",
                "https://acme.com",
                "http://acme.com/a",
                "https://10.0.0.1/",
                "https://[::ffff:10.0.0.1]/",
                "https://[64:ff9b::a00:1]/a",
                "https://0x7f.1/",
                "https://acme.com/%C3%A9",
                "https://acme.com/a?b=%C3%A9&c",
                "acme.com/v1",
                "localhost:80",
                "file:///srv/a",
                "git://acme.com/a",
                "https://xn--bcher-kva.example/",
            ],
            Self::Host => &[
                "acme.com",
                "a.acme.com",
                "localhost",
                "127.0.0.1",
                "0x7f.1",
                "a_b.com",
                "xn--bcher-kva.example",
                "xn--a.example",
                "ab--c.com",
                "1.example",
                "example.1",
            ],
            Self::Ip => &[
                "10.0.0.1",
                "10.0.0.256",
                "010.0.0.1",
                "10.1",
                "::1",
                "::",
                "::ffff:10.0.0.1",
                "::ffff:a00:1",
                "64:ff9b::a00:1",
                "64:ff9b::10.0.0.1",
                "fe80::1%eth0",
                "2001:db8::1",
                "2001:DB8::1",
                "2001:db8:0:0:1:0:0:1",
                "2001:db8::1:0:0:1",
                "1::2:3:4:5:6:7",
                "1:0:2:3:4:5:6:7",
            ],
            Self::Email => &[
                "ann@acme.com",
                "Ann@ACME.com",
                "a.b+c@x.acme.org",
                "a..b@acme.com",
                "\"a b\"@acme.com",
                "Ann <ann@acme.com>",
                "a@b@c.com",
                "a@[10.0.0.1]",
                "a@10.0.0.1",
                "a@acme.com,b@acme.com",
            ],
            Self::Time => &[
                "2026-06-01T00:00:00Z",
                "2026-06-01T01:00:00+01:00",
                "2026-06-01T00:00:00.5Z",
                "2026-06-01T00:00:00.500Z",
                "2026-06-01t00:00:00z",
                "2026-06-01T00:00:60Z",
                "2026-06-01T00:00:00-00:00",
                "2026-06-01T24:00:00Z",
                "2026-02-29T00:00:00Z",
                "0000-01-01T00:00:00Z",
                "9999-12-31T23:59:59-01:00",
                "2026-06-01T00:00:00.1234567891Z",
                "2026-06-01 00:00:00Z",
                "2026-06-01T00:00:00",
            ],
            Self::Form => &[
                "2026-06-01 10:00",
                "2026-6-1 10:00",
                "2026-06-01 24:00",
                "2026-06-01T10:00",
            ],
            Self::Day => &[
                "2026-06-01",
                "2026-6-1",
                "2026-02-29",
                "2024-02-29",
                "0000-01-01",
                "20260601",
            ],
        }
    }

    fn changes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Url => &[
                ("", "/"),
                ("", "//"),
                ("", "#x"),
                ("", "#"),
                ("", "?"),
                ("", "?a=1"),
                ("", "?a=1&a=2"),
                ("", "?page=1"),
                ("", "&q=x"),
                ("", "?q=+"),
                ("", "/%41"),
                ("", "/%2e"),
                ("", "/%2F"),
                ("", "/%2f"),
                ("", "/%C3%A9"),
                ("", "/%e9"),
                ("", "%00"),
                ("", "/.."),
                ("", "/../"),
                ("", ";a"),
                ("", "\\"),
                ("", " "),
                ("", "\n"),
                ("", "\u{e9}"),
                ("", "'"),
                ("", "\""),
                ("https", "http"),
                ("https", "HTTPS"),
                ("https://", ""),
                ("https://", "//"),
                ("://", ":"),
                ("://", ":///"),
                ("://", "://user@"),
                ("://", "://:@"),
                ("acme", "ACME"),
                ("acme", "evil"),
                ("acme.com", "acme.com."),
                ("acme.com", "acme.com:443"),
                ("acme.com", "acme.com:080"),
                ("acme.com", "acme.com:"),
                ("acme.com", "acme.com:8443"),
                ("acme.com", "acme.com:65536"),
                ("acme.com", "acme.com%2eevil.com"),
                ("acme.com", "127.1"),
                ("acme.com", "xacme.com"),
                ("acme.com", "a.b.acme.com"),
                ("/", "//"),
            ],
            Self::Host => &[
                ("", "."),
                ("", ".x"),
                ("", "x."),
                ("", "-"),
                ("", "\u{e9}"),
                ("", " "),
                ("", ".1"),
                ("", ":80"),
                ("acme", "ACME"),
                ("acme", "evil"),
                (".", ".."),
                (".", "\u{3002}"),
                ("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ],
            Self::Ip => &[
                ("", "0"),
                ("", " "),
                ("", "."),
                ("", "/8"),
                ("", ":"),
                ("0", "00"),
                ("0", "1"),
                ("1", "2"),
                ("::", ":0:"),
                ("::", ":0:0:"),
                ("a", "A"),
                (".0.0.", ".0."),
            ],
            Self::Email => &[
                ("", ","),
                ("", " "),
                ("", ">"),
                ("", "."),
                ("", "x"),
                ("", "<"),
                ("@", "@@"),
                ("@", "@x."),
                ("@", "+tag@"),
                ("@", ".@"),
                ("@", "\u{ff20}"),
                ("acme", "ACME"),
                ("acme", "evil"),
                ("a", "A"),
            ],
            Self::Time => &[
                ("", "Z"),
                ("", " "),
                ("Z", "+00:00"),
                ("Z", "+02:00"),
                ("Z", "-23:59"),
                ("Z", ".000000001Z"),
                ("Z", ".0Z"),
                ("Z", "z"),
                ("Z", "+2:00"),
                ("T", " "),
                ("T", "t"),
                ("06", "6"),
                ("00:00", "23:59"),
                ("2026", "2025"),
                ("2026", "+002026"),
            ],
            Self::Form => &[
                ("", " "),
                ("", ":00"),
                (":", "."),
                ("06", "6"),
                ("2026", "2025"),
                ("10", "24"),
            ],
            Self::Day => &[
                ("", "Z"),
                ("", " "),
                ("-", "/"),
                ("06", "6"),
                ("06", "13"),
                ("2026", "2025"),
                ("2026", "12026"),
            ],
        }
    }
}

type Samples = (&'static str, &'static [&'static str]);

const URLS: [Samples; 18] = [
    ("url", &["https://acme.com/"]),
    (
        "url(\"https://*.acme.com/v1/**\")",
        &[
            "https://a.acme.com/v1",
            "https://a.acme.com/v1/x/y",
            "https://acme.com/v1/a",
            "https://a.b.acme.com/v1/",
            "https://a.acme.com/v12",
        ],
    ),
    (
        "url(\"https://**.acme.com/**?**\")",
        &[
            "https://acme.com/?a=1",
            "https://x.acme.com/a?b",
            "https://evilacme.com/",
        ],
    ),
    (
        "url(\"https://acme.com:*/a\")",
        &[
            "https://acme.com:8443/a",
            "https://acme.com/a",
            "https://acme.com:443/a",
        ],
    ),
    (
        "url(\"https://acme.com/*?page=*\")",
        &[
            "https://acme.com/a?page=1",
            "https://acme.com/?page=1",
            "https://acme.com/a?page=1&q",
        ],
    ),
    (
        "url(\"https://acme.com/**#*\")",
        &["https://acme.com/a#x", "https://acme.com/#x/y", "https://acme.com/a"],
    ),
    (
        "url(\"https://**/**\")",
        &["https://acme.com/", "https://10.0.0.1/", "https://[::1]/a"],
    ),
    ("url(\"https://[::1]/**\")", &["https://[::1]/", "https://[::2]/"]),
    (
        "url(\"https://10.0.0.1/**\")",
        &["https://10.0.0.1/", "https://[::ffff:a00:1]/", "https://10.0.0.2/"],
    ),
    ("\"https://acme.com/a\"", &["https://acme.com/a", "https://acme.com/a/"]),
    (
        "regex(r\"https://[a-z.]+/a\")",
        &["https://acme.com/a", "https://acme.com/b"],
    ),
    (
        "url { host: host(\"*.acme.com\") | ip(\"10.0.0.0/8\"), path?: glob(\"/v1/**\"), query?: any }",
        &[
            "https://a.acme.com/v1/x",
            "https://10.1.2.3/",
            "https://11.0.0.1/",
            "https://a.acme.com:8443/",
        ],
    ),
    (
        "url { host: any, path: any, query: { page: regex(\"[0-9]+\"), q?: text(..=3) } }",
        &[
            "https://acme.com/?page=1",
            "https://acme.com/?q=abc&page=12",
            "https://acme.com/?page=x",
            "https://acme.com/?page=1&x=2",
            "https://acme.com/?q=%C3%A9%C3%A9%C3%A9&page=1",
        ],
    ),
    (
        "url { host: \"acme.com\", port: 443 | 8000..=8999, path?: any, query?: { page: text, .. }, fragment?: any }",
        &[
            "https://acme.com:8443/",
            "https://acme.com:7999/",
            "https://acme.com/?x=1",
            "https://acme.com:9000/#a",
        ],
    ),
    (
        "url { host: glob(\"{a,b}*.acme.*\"), path: glob(\"/v1/*\") & !\"/v1/x\" }",
        &[
            "https://a.acme.org/v1/a",
            "https://bc.acme.com/v1/x",
            "https://c.acme.com/v1/a",
        ],
    ),
    (
        "url { host: !ip, path?: any, query?: text(..=3), fragment: \"x\" | text(3..) }",
        &[
            "https://acme.com/?ab#x",
            "https://acme.com/#xyz",
            "https://10.0.0.1/#x",
            "https://acme.com/#y",
        ],
    ),
    (
        "url { host: host, path: path(\"/a/**/b\"), port?: !8443 }",
        &[
            "https://acme.com/a/b",
            "https://acme.com:8443/a/x/b/",
            "https://10.0.0.1/a/b",
        ],
    ),
    (
        "url { scheme: \"http\" | \"https\", host: \"::1\" | \"10.0.0.1\" | host(\"acme.**\"), path?: \"/a\" }",
        &["https://[::1]/a", "http://10.0.0.1/", "https://acme.a.b/a/"],
    ),
];

const HOSTS: [Samples; 9] = [
    ("host", &["acme.com"]),
    ("host(\"*.acme.com\")", &["a.acme.com", "acme.com", "a.b.acme.com"]),
    ("host(\"**.acme.com\")", &["acme.com", "a.b.acme.com", "xacme.com"]),
    (
        "host(\"a*.acme.*\")",
        &["a.acme.com", "ab.acme.org", "b.acme.com", "a.acme.co.uk"],
    ),
    ("\"acme.com\"", &["acme.com"]),
    (
        "glob(\"{a,b}?.acme.com\")",
        &["ax.acme.com", "a.acme.com", "cx.acme.com"],
    ),
    ("glob(\"**.acme.com\")", &["acme.com", "x.acme.com"]),
    ("glob(\"acme.**\")", &["acme", "acme.com", "acme.co.uk"]),
    ("regex(r\"[a-z.]+\")", &["acme.com", "a1.com"]),
];

const IPS: [Samples; 11] = [
    ("ip", &["10.0.0.1"]),
    (
        "ip(\"10.0.0.0/8\")",
        &["10.0.0.0", "10.255.255.255", "11.0.0.0", "::ffff:10.1.1.1"],
    ),
    ("ip(\"10.128.0.0/9\")", &["10.127.255.255", "10.128.0.0"]),
    ("ip(\"0.0.0.0/0\")", &["1.2.3.4", "::1"]),
    ("ip(\"10.0.0.1\")", &["10.0.0.1", "10.0.0.2"]),
    ("ip(\"::1\")", &["::1", "::2"]),
    ("ip(\"::/0\")", &["::", "fe80::1", "10.0.0.1"]),
    ("ip(\"fe80::/10\")", &["fe80::1", "febf::1", "fec0::1"]),
    (
        "ip(\"2001:db8::/33\")",
        &[
            "2001:db8::1",
            "2001:db8:7fff::",
            "2001:db8:8000::",
            "2001:db8:0:1:1:1:1:1",
        ],
    ),
    (
        "ip(\"2001:db8:0:1::/64\")",
        &["2001:db8:0:1::", "2001:db8:0:2::", "2001:db8:0:1:0:1:0:1"],
    ),
    ("\"10.0.0.1\"", &["10.0.0.1", "::ffff:10.0.0.1"]),
];

const EMAILS: [Samples; 8] = [
    ("email", &["ann@acme.com"]),
    (
        "email(\"*@acme.com\")",
        &["ann@acme.com", "a.b@acme.com", "ann@x.acme.com", "ann@evil.com"],
    ),
    (
        "email(\"Ann@*.acme.com\")",
        &["ann@x.acme.com", "ann@acme.com", "ann@x.y.acme.com"],
    ),
    (
        "email(\"*+*@**.acme.com\")",
        &["a+b@acme.com", "a+@x.y.acme.com", "a@acme.com"],
    ),
    (
        "glob(\"{ann,bob}@*.acme.net\")",
        &["ann@x.acme.net", "Bob@x.acme.net", "cat@x.acme.net"],
    ),
    ("glob(\"a*@**.acme.com\")", &["a.b@acme.com", "ab@x.acme.com"]),
    ("\"Bob@acme.com\"", &["bob@acme.com", "BOB@ACME.COM"]),
    ("regex(\".*@acme[.]com\")", &["ann@acme.com", "ann@acme-com"]),
];

const TIMES: [Samples; 6] = [
    ("datetime", &["2026-06-01T00:00:00Z"]),
    (
        "datetime(2026-01-01..=2026-12-31)",
        &[
            "2026-01-01T00:00:00Z",
            "2025-12-31T23:59:59.999Z",
            "2026-12-31T00:00:00Z",
            "2026-12-31T00:00:00.000000001Z",
            "2026-01-01T01:00:00+01:00",
        ],
    ),
    (
        "datetime(..=2026-06-01T12:00:00.5Z)",
        &[
            "2026-06-01T12:00:00.5Z",
            "2026-06-01T12:00:00.50Z",
            "2026-06-01T12:00:00.51Z",
            "2026-06-01T12:00:00Z",
        ],
    ),
    (
        "datetime(2026-06-01T02:00:00+02:00..)",
        &[
            "2026-06-01T00:00:00Z",
            "2026-05-31T23:59:59Z",
            "2026-06-01T01:59:59+02:00",
        ],
    ),
    (
        "datetime(2026-06-01T00:00:00.25Z..=2026-06-01T00:00:00.75Z)",
        &[
            "2026-06-01T00:00:00.3Z",
            "2026-06-01T00:00:00.2Z",
            "2026-06-01T00:00:00.750000001Z",
        ],
    ),
    (
        "datetime(2026-06-01..=2026-06-01)",
        &["2026-06-01T00:00:00Z", "2026-06-01T00:00:00.1Z"],
    ),
];

const FORMS: [Samples; 3] = [
    ("datetime(\"%Y-%m-%d %H:%M\")", &["2026-06-01 10:00"]),
    (
        "datetime(\"%Y-%m-%d %H:%M\", 2026-01-01..=2026-12-31)",
        &[
            "2026-01-01 00:00",
            "2025-12-31 23:59",
            "2026-12-31 00:00",
            "2026-12-31 00:01",
        ],
    ),
    (
        "datetime(\"%Y-%m-%d %H:%M\", 2026-06-01T10:00:00Z..)",
        &["2026-06-01 10:00", "2026-06-01 09:59"],
    ),
];

const DAYS: [Samples; 4] = [
    ("date", &["2026-06-01"]),
    (
        "date(2026-01-01..=2026-12-31)",
        &["2026-01-01", "2025-12-31", "2026-12-31", "2027-01-01"],
    ),
    ("date(2024-02-29..)", &["2024-02-29", "2024-02-28", "2025-02-29"]),
    ("\"2026-06-01\"", &["2026-06-01", "2026-06-02"]),
];
