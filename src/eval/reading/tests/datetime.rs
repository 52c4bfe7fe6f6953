//! Points in time, and days.

use super::{assert_canonical, assert_refused, reads};
use crate::eval::reading::check_format;
use crate::table::{DatetimeReading, Reading};

fn rfc3339() -> Reading {
    Reading::Datetime(DatetimeReading::default())
}

fn format(format: &str) -> Reading {
    Reading::Datetime(DatetimeReading {
        format: Some(format.to_owned()),
    })
}

#[test]
fn a_time_is_read_in_utc() {
    for (value, read) in [
        ("2026-12-01T10:00:00Z", "2026-12-01T10:00:00"),
        ("2026-12-01T10:00:00.000Z", "2026-12-01T10:00:00"),
        ("2026-12-01T10:00:00.1200Z", "2026-12-01T10:00:00.12"),
        ("2026-12-01T10:00:00+00:00", "2026-12-01T10:00:00"),
        ("2026-12-01T00:30:00.5+01:00", "2026-11-30T23:30:00.5"),
        ("2026-12-31T23:00:00-02:30", "2027-01-01T01:30:00"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999"),
    ] {
        assert_eq!(reads(&rfc3339(), value).as_deref(), Ok(read), "{value}");
    }
}

#[test]
fn another_form_is_refused() {
    assert_refused(
        &rfc3339(),
        &[
            ("", "as RFC 3339 writes it"),
            ("2026-12-01", "as RFC 3339 writes it"),
            ("2026-12-01 10:00:00Z", "as RFC 3339 writes it"),
            ("2026-12-01t10:00:00Z", "as RFC 3339 writes it"),
            ("2026-12-01T10:00:00z", "an offset such as"),
            ("2026-12-01T10:00:00", "an offset such as"),
            ("2026-12-01T10:00:00 Z", "an offset such as"),
            ("2026-12-01T10:00:00+0100", "an offset such as"),
            ("2026-12-01T10:00:00+01", "an offset such as"),
            ("2026-12-01T10:00:00+24:00", "an offset such as"),
            ("2026-12-01T10:00:00+01:60", "an offset such as"),
            ("2026-12-01T10:00:00+01:00[Europe/Paris]", "an offset such as"),
            ("2026-12-01T10:00:00-00:00", "not known"),
            ("2026-12-01T10:00:00,5Z", "an offset such as"),
            ("2026-12-01T10:00:00.Z", "its fraction"),
            ("2026-12-01T10:00:00.1234567890Z", "its fraction"),
            ("2026-12-01T24:00:00Z", "no such time of day"),
            ("2026-12-01T10:60:00Z", "no such time of day"),
            ("2016-12-31T23:59:60Z", "leap second"),
            ("2026-02-29T10:00:00Z", "no day of the calendar"),
            ("2026-13-01T10:00:00Z", "no day of the calendar"),
            ("0000-01-01T10:00:00Z", "no day of the calendar"),
            ("-001-01-01T10:00:00Z", "as RFC 3339 writes it"),
            ("2026-1-01T10:00:00.0Z", "as RFC 3339 writes it"),
            ("+026-12-01T10:00:00Z", "as RFC 3339 writes it"),
            ("20261201T100000Z...", "as RFC 3339 writes it"),
            ("0001-01-01T00:00:00+00:01", "outside the years"),
            ("9999-12-31T23:59:59-00:01", "outside the years"),
            ("２０２６-12-01T10:00:00Z", "as RFC 3339 writes it"),
        ],
    );
}

#[test]
fn a_day_is_a_full_date() {
    assert_canonical(&Reading::Date, &["2026-12-01", "0001-01-01", "9999-12-31"]);
    for value in [
        "2026-12-1",
        "2026-02-30",
        "2026-12-01T00:00:00Z",
        "12/01/2026",
        "2026-335",
        "20261201",
        "",
    ] {
        assert!(reads(&Reading::Date, value).is_err(), "{value:?}");
    }
}

#[test]
fn a_slot_may_have_another_form() {
    let reading = format("%Y-%m-%d %H:%M");
    assert_eq!(
        reads(&reading, "2024-05-15 09:30").as_deref(),
        Ok("2024-05-15T09:30:00")
    );
    for value in [
        "2024-05-15 9:30",
        "2024-05-15 09:30 ",
        " 2024-05-15 09:30",
        "2024-05-15  09:30",
        "2024-5-15 09:30",
        "2024-05-15 24:00",
        "+2024-05-15 09:30",
    ] {
        assert_refused(&reading, &[(value, "not written in the form")]);
    }
    assert_eq!(
        reads(&format("%d.%m.%Y"), "15.05.2024").as_deref(),
        Ok("2024-05-15T00:00:00")
    );
    assert_eq!(
        reads(&format("%Y%m%dT%H%M%S%z"), "20240515T093000+0200").as_deref(),
        Ok("2024-05-15T07:30:00")
    );
    assert_eq!(
        reads(&format("%Y-%m-%dT%H:%M:%S%:z"), "2024-05-15T09:30:00-01:00").as_deref(),
        Ok("2024-05-15T10:30:00")
    );
    assert!(reads(&format("%Y-%m-%d %H:%M:%S"), "2016-12-31 23:59:60").is_err());
    // A form that cannot be read is not read: an artifact might say anything.
    assert!(reads(&format("%s"), "0").is_err());
}

#[test]
fn a_form_has_all_that_is_needed_once() {
    for good in ["%Y-%m-%d", "%d/%m/%Y %H:%M", "%Y%m%d%H%M%S%z", "100%% %Y %m %d"] {
        assert_eq!(check_format(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "%Y",
        "%y-%m-%d",
        "%Y-%m-%d %H",
        "%Y-%m-%d %M",
        "%Y-%m-%d %H:%S",
        "%Y-%Y-%m-%d",
        "%Y-%m-%d %Z",
        "%Y-%m-%d%z",
        "%F",
        "%",
        "%Y-%m-%d %H:%M %z %:z",
        "%-Y-%m-%d",
    ] {
        assert!(check_format(bad).is_err(), "{bad}");
    }
}

proptest::proptest! {
    // The texts that are compared are in the order of the times.
    #[test]
    fn texts_are_ordered_as_times(a in time(), b in time()) {
        let (ours_a, ours_b) = (reads(&rfc3339(), &a), reads(&rfc3339(), &b));
        if let (Ok(ours_a), Ok(ours_b)) = (ours_a, ours_b) {
            let (a, b): (jiff::Timestamp, jiff::Timestamp) = (a.parse().unwrap(), b.parse().unwrap());
            proptest::prop_assert_eq!(ours_a.cmp(&ours_b), a.cmp(&b));
        }
    }
}

fn time() -> impl proptest::strategy::Strategy<Value = String> {
    "20(24|25)-0[1-3]-(01|28|29|31)T(00|23):(00|59):(00|59)(\\.[0-9]{0,4}|\\.5|\\.50)?(Z|[+-](00|01|23):(00|30))"
}
