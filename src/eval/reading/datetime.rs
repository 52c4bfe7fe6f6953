//! *datetime* and *date*: a point in time, and a day.
//!
//! Sources: RFC 3339 section 5.6 (`date-time` with `T` and `Z` in upper case, `full-date`) and 4.3 (`-00:00`, which
//! others refuse); section 5.7 (leap seconds, which most readers do not know).

use jiff::civil::{Date, DateTime};
use jiff::fmt::StdFmtWrite;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::{Canonical, Why, put};
use crate::table::DatetimeReading;

/// `2026-12-01T10:00:00`.
const SECONDS: usize = 19;
/// `2026-12-01`.
const DAY: usize = 10;

const FORM: &str = "it is not written as RFC 3339 writes it, `2026-12-01T10:00:00Z`";

/// A point in time, as its UTC time of day without `Z`, and without zeros at the end of a fraction: such texts are in the
/// order of the times.
pub(super) fn read<'a>(reading: &DatetimeReading, value: &'a str, written: &mut String) -> Result<Canonical, Why<'a>> {
    match &reading.format {
        None => read_rfc3339(value, written),
        Some(format) => read_format(format, value, written),
    }
}

/// A day of the calendar, `2026-12-01`.
pub(super) fn read_date(value: &str) -> Result<&str, Why<'_>> {
    if value.len() != DAY {
        return Err(Why::new("it is not written as RFC 3339 writes a date, `2026-12-01`"));
    }
    date(value)?;
    Ok(value)
}

fn read_rfc3339<'v>(value: &'v str, written: &mut String) -> Result<Canonical, Why<'v>> {
    let (seconds, rest) = value.split_at_checked(SECONDS).ok_or(Why::new(FORM))?;
    let civil = civil(seconds)?;
    let digits = rest
        .strip_prefix('.')
        .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if rest.starts_with('.') && !(1..=9).contains(&digits) {
        return Err(Why::new("its fraction has no digits, or more than nanoseconds have"));
    }
    let (fraction, zone) = rest
        .split_at_checked(if digits == 0 { 0 } else { digits + 1 })
        .unwrap_or(("", rest));
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    if zone == "Z" {
        return Ok(Canonical::Beginning(SECONDS + fraction.len()));
    }
    let utc = civil.checked_sub(SignedDuration::from_mins(offset_minutes(zone)?));
    write(utc.ok(), written)?;
    written.push_str(fraction);
    Ok(Canonical::Written)
}

/// `2026-12-01T10:00:00`.
fn civil(text: &str) -> Result<DateTime, Why<'_>> {
    let (day, time) = text.split_at_checked(DAY).ok_or(Why::new(FORM))?;
    let date = date(day)?;
    let time = time.strip_prefix('T').ok_or(Why::new(FORM))?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    if second == 60 {
        return Err(Why::new("it is a leap second, which not every reader knows"));
    }
    let small = |number: i16| i8::try_from(number).ok();
    let time = small(hour).zip(small(minute)).zip(small(second));
    time.and_then(|((hour, minute), second)| jiff::civil::Time::new(hour, minute, second, 0).ok())
        .map(|time| date.to_datetime(time))
        .ok_or(Why::new("there is no such time of day"))
}

fn date(text: &str) -> Result<Date, Why<'_>> {
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    let date = i8::try_from(month).ok().zip(i8::try_from(day).ok());
    // Some readers have no year 0.
    date.filter(|_| year > 0)
        .and_then(|(month, day)| Date::new(year, month, day).ok())
        .ok_or(Why::of(text, "is no day of the calendar"))
}

/// Numbers of so many digits.
fn numbers<const N: usize>(text: &str, between: char, widths: [usize; N]) -> Result<[i16; N], Why<'static>> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next().unwrap_or_default();
        let plain = part.len() == width && part.bytes().all(|b| b.is_ascii_digit());
        *number = part.parse().ok().filter(|_| plain).ok_or(Why::new(FORM))?;
    }
    match parts.next() {
        None => Ok(numbers),
        Some(_) => Err(Why::new(FORM)),
    }
}

/// `+01:00`: east of UTC.
fn offset_minutes(zone: &str) -> Result<i64, Why<'static>> {
    let no_zone = || Why::new("it does not end in `Z` or an offset such as `+01:00`");
    let sign = match zone.bytes().next() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(no_zone()),
    };
    let [hours, minutes] = numbers(zone.get(1..).unwrap_or_default(), ':', [2, 2]).map_err(|_| no_zone())?;
    if hours > 23 || minutes > 59 {
        return Err(no_zone());
    }
    if zone == "-00:00" {
        return Err(Why::new("`-00:00` says that its zone is not known; write `Z`"));
    }
    Ok(sign * i64::from(hours * 60 + minutes))
}

/// Writes a time in UTC as it is compared.
fn write(utc: Option<DateTime>, written: &mut String) -> Result<Canonical, Why<'static>> {
    let utc = utc.filter(|utc| (1..=9999).contains(&utc.year()));
    let utc = utc.ok_or(Why::new("it lies outside the years 1 to 9999 in UTC"))?;
    Ok(put(written, format_args!("{}", utc.strftime("%Y-%m-%dT%H:%M:%S"))))
}

/// What may stand in a form behind `%`.
const DIRECTIVES: [&str; 9] = ["Y", "m", "d", "H", "M", "S", ":z", "z", "%"];

/// Can a slot be read in this form? Every field that is needed, each at most once, and each in one spelling.
///
/// # Errors
/// What is wrong with it.
pub fn check_format(format: &str) -> Result<(), Why<'static>> {
    // A bit for each directive.
    let mut seen = 0_u16;
    let bit = |directive: &str| {
        let place = DIRECTIVES
            .iter()
            .position(|known| known.trim_start_matches(':') == directive);
        place.map_or(0, |place| 1 << place)
    };
    let mut rest = format;
    while let Some((_, after)) = rest.split_once('%') {
        let directive = DIRECTIVES
            .into_iter()
            .find(|directive| after.starts_with(directive))
            .ok_or(Why::new("of strftime's fields it may have `%Y %m %d %H %M %S %z %:z`"))?;
        rest = after.get(directive.len()..).unwrap_or_default();
        let field = directive.trim_start_matches(':');
        if field != "%" && seen & bit(field) != 0 {
            return Err(Why::new("a field stands twice in it"));
        }
        seen |= bit(field);
    }
    let has = |field: &str| seen & bit(field) != 0;
    if !(has("Y") && has("m") && has("d")) {
        return Err(Why::new("it has no `%Y`, `%m` or `%d`"));
    }
    if has("M") != has("H") || (has("S") && !has("M")) || (has("z") && !has("M")) {
        return Err(Why::new("it has a part of a time of day"));
    }
    Ok(())
}

/// The whole value in the declared form, which writes it in the same way again.
fn read_format(format: &str, value: &str, written: &mut String) -> Result<Canonical, Why<'static>> {
    let wrong = || Why::new("it is not written in the form that its slot has");
    check_format(format)?;
    let broken = BrokenDownTime::parse(format, value).map_err(|_| wrong())?;
    let civil = match broken.to_datetime() {
        Ok(civil) => civil,
        Err(_) => broken
            .to_date()
            .map_err(|_| wrong())?
            .to_datetime(jiff::civil::Time::midnight()),
    };
    let offset = broken.offset().unwrap_or(Offset::UTC);
    let time: Timestamp = offset.to_timestamp(civil).map_err(|_| wrong())?;
    let again = BrokenDownTime::from(&time.to_zoned(TimeZone::fixed(offset)));
    let again = again.format(format, StdFmtWrite(&mut *written));
    if again.is_err() || *written != value || civil.second() == 60 {
        return Err(wrong());
    }
    written.clear();
    write(Some(time.to_zoned(TimeZone::UTC).datetime()), written)
}
