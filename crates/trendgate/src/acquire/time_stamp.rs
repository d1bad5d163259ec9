//! A time that stands in one field, or in several → its parts, and what it is by the wall clock and in UTC.
//!
//! A stamp has a date, a time of day, and maybe what its clock was behind it: an offset (`-05:00`), or a word for a zone (`WEST`). What
//! words mean is said in [`super::zone_words`].

use super::dates::{self, DateOrder};
use super::local_clock::{LocalClock, Resolved, RowTime};
use super::stated::StatedReading;
use super::text::lossy;
use super::times::NO_TIME;
use super::zone_words::{WallTime, ZoneWords};
use super::{TimeRule, times};
use crate::error::Result;
use crate::time::{HOUR, Instant, MINUTE, SECOND, Span};
use jiff::civil;

/// The parts of a time, as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeStamp<'l> {
    pub(super) date: &'l [u8],
    pub(super) time: &'l [u8],
    /// What says which clock it is; empty where nothing does.
    pub(super) zone: &'l [u8],
}

impl<'l> TimeStamp<'l> {
    /// The parts of a date and a time in one field, with a blank or a `T` between them. A text without a time is all date.
    pub(super) fn of(text: &'l [u8]) -> Self {
        let text = text.trim_ascii();
        let Some(colon) = memchr::memchr(b':', text) else {
            return Self {
                date: text,
                time: &[],
                zone: &[],
            };
        };
        let digits = text[..colon].iter().rev();
        let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
        let mut begin = colon - digits;
        let date = match text[..begin] {
            [ref date @ .., b'T' | b't'] if date.last().is_some_and(u8::is_ascii_digit) => date,
            ref before => {
                let before = before.trim_ascii_end();
                // 上午 and 下午 stand before the time.
                let word = before
                    .rsplit(|byte| *byte == b' ')
                    .next()
                    .unwrap_or_default();
                let is_word = word.len() < before.len() && !word.is_ascii();
                if is_word && !word.iter().any(u8::is_ascii_digit) {
                    begin = before.len() - word.len();
                }
                text[..begin].trim_ascii_end()
            }
        };
        let clock = &text[begin..];
        let is_clock =
            |byte: &u8| !byte.is_ascii() || matches!(byte, b'0'..=b'9' | b':' | b'.' | b',' | b' ');
        let mut end = clock
            .iter()
            .position(|byte| !is_clock(byte))
            .unwrap_or(clock.len());
        let half = clock[end..]
            .split(|byte| *byte == b' ')
            .next()
            .unwrap_or_default();
        if dates::is_half_of_day(half) {
            end += half.len();
        }
        let (time, zone) = clock.split_at(end);
        Self {
            date,
            time: time.trim_ascii_end(),
            zone: zone.trim_ascii(),
        }
    }
}

/// The time of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryStamp<'l> {
    /// As it is written.
    Written(TimeStamp<'l>),
    /// As the form of the text reads it, which knows how it is written; with what the wall clock showed, where the text says that.
    Known { at: RowTime, wall: Option<WallTime> },
}

impl<'l> From<TimeStamp<'l>> for EntryStamp<'l> {
    fn from(stamp: TimeStamp<'l>) -> Self {
        Self::Written(stamp)
    }
}

/// What keeps a stamp from being a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoStamp {
    /// What is wrong with its date or its time of day.
    Unread(&'static str),
    /// Nothing says which clock this word for a zone is.
    Zone(String),
}

/// The clock of a report whose rows have stamps.
#[derive(Debug)]
pub(super) struct EntryClock {
    local: LocalClock,
    words: ZoneWords,
    order: DateOrder,
    /// The last date that was read.
    date_text: Vec<u8>,
    date: Option<civil::Date>,
}

impl EntryClock {
    /// The wall clock of the site, or the one that is stated, of dates in this order.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a word that is stated to mean no zone.
    pub(super) fn new(rule: &TimeRule, stated: &StatedReading, order: DateOrder) -> Result<Self> {
        let mut words = ZoneWords::of_site(rule, stated.clock);
        if let Some(added) = &stated.added {
            words = words.and_stated(&added.abbreviations, rule)?;
        }
        Ok(Self {
            local: LocalClock::new(rule, stated.clock),
            words,
            order,
            date_text: Vec::new(),
            date: None,
        })
    }

    /// What a stamp is, and what the wall clock showed, where that is known.
    #[inline]
    pub(super) fn resolve(
        &mut self,
        stamp: &EntryStamp<'_>,
    ) -> std::result::Result<(RowTime, Option<WallTime>), NoStamp> {
        match stamp {
            EntryStamp::Written(stamp) => self.read(stamp),
            EntryStamp::Known { at, wall } => Ok((*at, *wall)),
        }
    }

    /// As [`resolve`](Self::resolve), what the stamp is alone.
    #[inline]
    pub(super) fn time(&mut self, stamp: &EntryStamp<'_>) -> std::result::Result<RowTime, NoStamp> {
        match stamp {
            EntryStamp::Written(stamp) => self.read(stamp).map(|(at, _)| at),
            EntryStamp::Known { at, .. } => Ok(*at),
        }
    }

    #[inline(never)]
    fn read(
        &mut self,
        stamp: &TimeStamp<'_>,
    ) -> std::result::Result<(RowTime, Option<WallTime>), NoStamp> {
        let date = match self.date {
            Some(known) if self.date_text == stamp.date => known,
            _ => {
                let parsed = dates::date(stamp.date, self.order)
                    .ok_or_else(|| NoStamp::Unread(times::no_date(stamp.date, self.order)))?;
                self.date_text.clear();
                self.date_text.extend_from_slice(stamp.date);
                self.date = Some(parsed);
                parsed
            }
        };
        if stamp.time.is_empty() {
            return Err(NoStamp::Unread(NO_TIME));
        }
        let time = dates::time_of_day(stamp.time)
            .ok_or_else(|| NoStamp::Unread(times::no_time(stamp.time)))?;
        let at = self.local.resolve(date, time);
        let mut at = at.ok_or(NoStamp::Unread("has a date outside of all calendars"))?;
        let wall = WallTime { date, time };
        if !stamp.zone.is_empty() {
            let zoned = self.zoned(at, wall, stamp.zone);
            let zoned = zoned.ok_or_else(|| NoStamp::Zone(lossy(stamp.zone).into_owned()))?;
            at.utc = Resolved::Sure(zoned);
        }
        Ok((at, Some(wall)))
    }

    /// The instant of a time that `zone` says the clock of.
    fn zoned(&mut self, at: RowTime, wall: WallTime, zone: &[u8]) -> Option<Instant> {
        match offset(zone) {
            Some(offset) => Some(Instant::EPOCH + (at.local - offset)),
            None => self
                .words
                .instant(at, wall, std::str::from_utf8(zone).ok()?),
        }
    }
}

/// The offset from UTC that a stamp says in digits. The name of a city may stand behind it, or UTC behind a Z.
fn offset(zone: &[u8]) -> Option<Span> {
    let word = zone.split(|byte| *byte == b' ').next()?;
    if word.eq_ignore_ascii_case(b"Z") {
        return Some(Span::ZERO);
    }
    let (sign, digits) = match word {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let two = |tens: u8, ones: u8| {
        let both = tens.is_ascii_digit() && ones.is_ascii_digit();
        both.then(|| i64::from((tens - b'0') * 10 + (ones - b'0')))
    };
    let (hours, minutes, seconds) = match digits {
        [a, b] => (two(*a, *b)?, 0, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (two(*a, *b)?, two(*c, *d)?, 0),
        [a, b, b':', c, d, b':', e, f] => (two(*a, *b)?, two(*c, *d)?, two(*e, *f)?),
        _ => return None,
    };
    let is_offset = hours <= 18 && minutes < 60 && seconds < 60;
    is_offset.then(|| sign * (hours * HOUR + minutes * MINUTE + seconds * SECOND))
}
