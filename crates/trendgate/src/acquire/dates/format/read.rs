//! A text → what it says, in a format that was compiled.

use super::super::folded;
use super::super::months::month;
use super::super::time_of_day::{HalfOfDay, fraction, of_day};
use super::super::written::{REPUBLIC, YEARS, of_two_digits};
use super::{Form, FormatPart, StampFormat, StampZone, WrittenTime, fixed};
use crate::time::{DAY, HOUR, Instant, MILLISECOND, MINUTE, SECOND, Span};
use jiff::civil;
use std::borrow::Cow;

/// Longer texts are no times.
const LONGEST: usize = 128;

impl StampFormat {
    /// What `text` says; `None` where it is not written so, or says no time.
    #[inline]
    pub(in crate::acquire) fn read<'t>(&self, text: &'t [u8]) -> Option<WrittenTime<'t>> {
        let text = text.trim_ascii();
        match self.read_plain(text) {
            None if !text.is_ascii() => self.read_folded(text),
            read => read,
        }
    }

    /// Whether `text` is a time in this format but for its day and month, which have changed places.
    #[cold]
    pub(in crate::acquire) fn is_exchanged(&self, text: &[u8]) -> bool {
        let (Form::Parts(parts, _), text) = (&self.form, folded(text)) else {
            return false;
        };
        let Some(said) = SaidParts::of(parts, &text) else {
            return false;
        };
        let exchanged = SaidParts {
            month: said.day,
            day: said.month,
            ..said.clone()
        };
        parts.contains(&FormatPart::Month) && said.date().is_none() && exchanged.stamp().is_some()
    }

    /// As [`read`](Self::read), the date and the time of a text in which all digits stand where they do in most; `None` where it has to be read.
    #[inline]
    pub(in crate::acquire) fn at_a_glance(&self, text: &[u8]) -> Option<(civil::Date, Span)> {
        match &self.form {
            Form::Parts(_, Some(fixed)) => fixed.read(text),
            Form::Iso => fixed::iso(text, b"Tt "),
            Form::Sheet => fixed::iso(text, b" "),
            _ => None,
        }
    }

    /// The time of day in which a text ends that [`at_a_glance`](Self::at_a_glance) reads, and what stands before it and says the date alone.
    #[inline]
    pub(in crate::acquire) fn split_clock<'t>(&self, text: &'t [u8]) -> Option<(&'t [u8], Span)> {
        let ends_in_clock = match &self.form {
            Form::Parts(_, Some(fixed)) => fixed.ends_in_clock(),
            Form::Iso | Form::Sheet => text.len() == "2026-11-28 00:00:00".len(),
            _ => false,
        };
        ends_in_clock.then(|| fixed::split_clock(text)).flatten()
    }

    fn read_plain<'t>(&self, text: &'t [u8]) -> Option<WrittenTime<'t>> {
        match &self.form {
            Form::Parts(parts, _) => SaidParts::of(parts, text)?.stamp(),
            Form::Iso => iso(text)?.stamp(),
            Form::EpochSeconds => epoch(text, SECOND).map(WrittenTime::Instant),
            Form::EpochMillis => epoch(text, MILLISECOND).map(WrittenTime::Instant),
            Form::Excel => serial(text),
            Form::Sheet => sheet(text)?.stamp(),
        }
    }

    /// A text in the digits and blanks of other scripts.
    #[cold]
    fn read_folded(&self, text: &[u8]) -> Option<WrittenTime<'static>> {
        if text.len() > LONGEST {
            return None;
        }
        Some(match self.read_plain(&folded(text))? {
            WrittenTime::Instant(instant) => WrittenTime::Instant(instant),
            WrittenTime::Clock { date, time, zone } => WrittenTime::Clock {
                date,
                time,
                zone: match zone {
                    StampZone::Unsaid => StampZone::Unsaid,
                    StampZone::Offset(offset) => StampZone::Offset(offset),
                    StampZone::Word(word) => StampZone::Word(word.into_owned().into()),
                    StampZone::Again => StampZone::Again,
                },
            },
        })
    }
}

/// What the parts of a text say.
#[derive(Debug, Clone)]
struct SaidParts<'t> {
    year: i16,
    month: i16,
    day: i16,
    hour: i64,
    half: Option<HalfOfDay>,
    minute: i64,
    second: i64,
    fraction: Span,
    zone: StampZone<'t>,
}

impl<'t> SaidParts<'t> {
    const NOTHING: Self = Self {
        year: 0,
        month: 0,
        day: 0,
        hour: 0,
        half: None,
        minute: 0,
        second: 0,
        fraction: Span::ZERO,
        zone: StampZone::Unsaid,
    };

    fn of(parts: &[FormatPart], text: &'t [u8]) -> Option<Self> {
        let mut said = Self::NOTHING;
        let mut rest = text;
        for part in parts {
            rest = said.take(part, rest)?;
        }
        if rest == b"X" && parts.last() == Some(&FormatPart::Hour) {
            (said.zone, rest) = (StampZone::Again, &[]);
        }
        rest.is_empty().then_some(said)
    }

    /// Takes a part from the beginning of `text`; what is left of it.
    #[inline]
    fn take(&mut self, part: &FormatPart, text: &'t [u8]) -> Option<&'t [u8]> {
        match part {
            FormatPart::Text(expected) => text.strip_prefix(expected.as_slice()),
            FormatPart::Blanks => Some(text.trim_ascii_start()),
            FormatPart::Year => number(text, 4, 4, &mut self.year),
            FormatPart::Month => number(text, 1, 2, &mut self.month),
            FormatPart::Day => number(text.trim_ascii_start(), 1, 2, &mut self.day),
            FormatPart::Hour => number(text.trim_ascii_start(), 1, 2, &mut self.hour),
            FormatPart::HourOfHalf => {
                let rest = number(text.trim_ascii_start(), 1, 2, &mut self.hour)?;
                (self.hour <= 12).then_some(rest)
            }
            FormatPart::Minute => number(text, 1, 2, &mut self.minute),
            FormatPart::HourAndMinute => {
                let mut digits = 0_i64;
                let rest = number(text, 1, 4, &mut digits)?;
                (self.hour, self.minute) = (digits / 100, digits % 100);
                Some(rest)
            }
            FormatPart::Second => number(text, 1, 2, &mut self.second),
            FormatPart::ShortYear => {
                let rest = number(text, 2, 2, &mut self.year)?;
                self.year = of_two_digits(self.year);
                Some(rest)
            }
            FormatPart::RepublicYear => {
                let rest = number(text, 2, 3, &mut self.year)?;
                self.year += REPUBLIC;
                Some(rest)
            }
            FormatPart::Fraction => {
                let (digits, rest) = split(text, |byte| byte.is_ascii_digit());
                self.fraction = fraction(digits)?;
                Some(rest)
            }
            FormatPart::Half => {
                let (half, length) = HalfOfDay::begins(std::str::from_utf8(text).ok()?)?;
                self.half = Some(half);
                Some(&text[length..])
            }
            FormatPart::MonthName => {
                let (name, rest) = word(text)?;
                self.month = month(name)?;
                Some(rest)
            }
            FormatPart::Weekday => word(text).map(|(_, rest)| rest),
            FormatPart::Offset => {
                let (offset, rest) = offset(text)?;
                self.zone = StampZone::Offset(offset);
                Some(rest)
            }
            FormatPart::ZoneWord => {
                let is_of_word =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-');
                let (word, rest) = split(text, is_of_word);
                let word = std::str::from_utf8(word)
                    .ok()
                    .filter(|word| !word.is_empty())?;
                self.zone = StampZone::Word(Cow::Borrowed(word));
                Some(rest)
            }
        }
    }

    fn date(&self) -> Option<civil::Date> {
        YEARS.contains(&self.year).then_some(())?;
        let (month, day) = (i8::try_from(self.month).ok()?, i8::try_from(self.day).ok()?);
        civil::Date::new(self.year, month, day).ok()
    }

    #[inline]
    fn stamp(self) -> Option<WrittenTime<'t>> {
        let hour = match self.half {
            None => self.hour,
            Some(half) => half.hour(self.hour)?,
        };
        let second = self.second * SECOND + self.fraction;
        Some(WrittenTime::Clock {
            date: self.date()?,
            time: of_day(hour, self.minute, second)?,
            zone: self.zone,
        })
    }
}

/// The bytes at the beginning that are so, and the others.
#[inline]
fn split(text: &[u8], is: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !is(byte));
    text.split_at(end.unwrap_or(text.len()))
}

/// Reads as many digits as there are, up to `most`, into `to`; what is left behind them.
#[inline]
fn number<'t, N: From<u8> + Copy + std::ops::Mul<Output = N> + std::ops::Add<Output = N>>(
    text: &'t [u8],
    least: usize,
    most: usize,
    to: &mut N,
) -> Option<&'t [u8]> {
    let digits = text
        .iter()
        .take(most)
        .take_while(|byte| byte.is_ascii_digit());
    let mut count = 0;
    let mut value = N::from(0);
    for digit in digits {
        value = value * N::from(10) + N::from(digit - b'0');
        count += 1;
    }
    (count >= least).then(|| {
        *to = value;
        &text[count..]
    })
}

/// The letters at the beginning.
fn word(text: &[u8]) -> Option<(&str, &[u8])> {
    let whole = std::str::from_utf8(text).ok()?;
    let end = whole.find(|letter: char| !letter.is_alphabetic());
    let end = end.unwrap_or(whole.len());
    (end > 0).then(|| (&whole[..end], &text[end..]))
}

/// `Z`, `+01:00`, `+0100`, `+01`.
fn offset(text: &[u8]) -> Option<(Span, &[u8])> {
    let (ahead, rest) = match text {
        [b'Z' | b'z', rest @ ..] => return Some((Span::ZERO, rest)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (mut hours, mut minutes) = (0_i64, 0_i64);
    let rest = number(rest, 2, 2, &mut hours)?;
    let behind = rest.strip_prefix(b":").unwrap_or(rest);
    let rest = number(behind, 2, 2, &mut minutes).unwrap_or(rest);
    let offset = hours * HOUR + minutes * MINUTE;
    let is_offset = hours <= 18 && minutes < 60 && !rest.starts_with(b":");
    is_offset.then_some((Span::from_nanos(ahead * offset.nanos()), rest))
}

/// A date and a time as ISO 8601 and RFC 3339 write them, with `T` or a blank between them, or a date alone.
fn iso(text: &[u8]) -> Option<SaidParts<'_>> {
    let mut said = SaidParts::NOTHING;
    let rest = iso_date(text, &mut said)?;
    let [b'T' | b't' | b' ', rest @ ..] = rest else {
        return rest.is_empty().then_some(said);
    };
    let zone = iso_clock(rest.trim_ascii_start(), &mut said)?.trim_ascii_start();
    if !zone.is_empty() {
        let (offset, behind) = offset(zone)?;
        behind.is_empty().then_some(())?;
        said.zone = StampZone::Offset(offset);
    }
    Some(said)
}

/// What is left behind a date.
fn iso_date<'t>(text: &'t [u8], said: &mut SaidParts<'_>) -> Option<&'t [u8]> {
    let rest = number(text, 4, 4, &mut said.year)?.strip_prefix(b"-")?;
    let rest = number(rest, 2, 2, &mut said.month)?.strip_prefix(b"-")?;
    number(rest, 2, 2, &mut said.day)
}

/// What is left behind a time of day.
fn iso_clock<'t>(text: &'t [u8], said: &mut SaidParts<'_>) -> Option<&'t [u8]> {
    let rest = number(text, 1, 2, &mut said.hour)?.strip_prefix(b":")?;
    let rest = number(rest, 2, 2, &mut said.minute)?;
    let Some(behind) = rest.strip_prefix(b":") else {
        return Some(rest);
    };
    let rest = number(behind, 2, 2, &mut said.second)?;
    let [b'.' | b',', behind @ ..] = rest else {
        return Some(rest);
    };
    let (digits, behind) = split(behind, u8::is_ascii_digit);
    said.fraction = fraction(digits)?;
    Some(behind)
}

/// A date of a spreadsheet, as its container writes it. Where a time of day stands in a cell of its own, the date is at midnight.
fn sheet(text: &[u8]) -> Option<SaidParts<'_>> {
    let mut said = SaidParts::NOTHING;
    let rest = iso_date(text, &mut said)?.strip_prefix(b" ")?;
    let rest = iso_clock(rest, &mut said)?;
    let is_midnight = (said.hour, said.minute, said.second) == (0, 0, 0);
    match rest.strip_prefix(b" ") {
        Some(clock) if is_midnight && said.fraction == Span::ZERO => {
            iso_clock(clock, &mut said)?.is_empty().then_some(said)
        }
        Some(_) => None,
        None => rest.is_empty().then_some(said),
    }
}

/// A number of seconds, or of what `unit` is, since 1970, in the years that a report can be of.
fn epoch(text: &[u8], unit: Span) -> Option<Instant> {
    let (whole, rest) = split(text, u8::is_ascii_digit);
    let digits = match rest {
        [] => &[][..],
        [b'.' | b',', digits @ ..] => digits,
        _ => return None,
    };
    if !(1..=15).contains(&whole.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let count = |digits: &[u8]| {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
    };
    // No more digits than nanoseconds are looked at.
    let digits = &digits[..digits.len().min(9)];
    let part = fraction(digits).unwrap_or(Span::ZERO).nanos() / (SECOND.nanos() / unit.nanos());
    let nanos = count(whole).checked_mul(unit.nanos())?.checked_add(part)?;
    let year = 1970 + nanos / (366 * DAY.nanos());
    i16::try_from(year)
        .is_ok_and(|year| YEARS.contains(&year))
        .then_some(Instant::from_nanos(nanos))
}

/// The days since the end of 1899, as spreadsheets count them: rounded to the millisecond, and to the second where that is one away at most, or
/// not farther than the last of the digits that are written.
#[allow(clippy::cast_possible_truncation, reason = "the size was looked at")]
fn serial(text: &[u8]) -> Option<WrittenTime<'static>> {
    const FIRST: civil::Date = civil::date(1899, 12, 30);
    const LARGEST: f64 = 200_000.0;
    let comma = memchr::memchr(b',', text);
    let days: f64 = match comma {
        None => fast_float2::parse(text).ok()?,
        Some(at) => {
            let mut text = text.to_vec();
            text[at] = b'.';
            fast_float2::parse(&text).ok()?
        }
    };
    (0.0..LARGEST).contains(&days).then_some(())?;
    let millis = (days * 86_400_000.0).round() as i64;
    let (second, over) = (millis.div_euclid(1000), millis.rem_euclid(1000));
    // Half of the last digit: five and six of them are less than a second, and more than a millisecond.
    let unsaid = match text
        .iter()
        .rev()
        .position(|byte| matches!(byte, b'.' | b','))
    {
        Some(5) => 432,
        Some(6) => 44,
        Some(7) => 5,
        _ => 1,
    };
    let millis = match over {
        over if over <= unsaid => second * 1000,
        over if over >= 1000 - unsaid => (second + 1) * 1000,
        _ => millis,
    };
    let (days, time) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let date = FIRST
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()?;
    YEARS.contains(&date.year()).then_some(WrittenTime::Clock {
        date,
        time: time * MILLISECOND,
        zone: StampZone::Unsaid,
    })
}
