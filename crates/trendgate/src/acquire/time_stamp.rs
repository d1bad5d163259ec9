//! A time that stands in one field, or in several → its parts, and what it is by the wall clock and in UTC.
//!
//! A stamp has a date, a time of day, and maybe what its clock was behind it: an offset (`-05:00`), or a word for a zone (`WEST`). What
//! words mean is said in [`super::zone_words`].

use super::dates::{self, DateOrder};
use super::fields::skipped;
use super::local_clock::{LocalClock, Resolved, RowTime};
use super::snap::Snap;
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
    /// Whether it stands in quotes, as texts of a sheet do that look like its real dates.
    pub(super) is_quoted: bool,
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
                is_quoted: false,
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
            is_quoted: false,
        }
    }

    /// As [`of`](Self::of), of the field at this place of a line.
    pub(super) fn in_line(text: &'l [u8], line: &[u8], place: usize) -> Self {
        let field = skipped(line, place).unwrap_or_default();
        Self {
            is_quoted: field.trim_ascii_start().starts_with(b"\""),
            ..Self::of(text)
        }
    }

    /// Whether it is a real date of a sheet, as such are written.
    pub(super) fn is_real_date(&self) -> bool {
        let is_date = matches!(self.date, [_, _, _, _, b'-', _, _, b'-', _, _]);
        is_date && self.zone.is_empty() && self.time.len() >= "00:00:00".len() && !self.is_quoted
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

/// What a stamp is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryTime {
    pub(super) at: RowTime,
    /// What the wall clock showed, where that is known.
    pub(super) wall: Option<WallTime>,
    /// Whether its day and month were exchanged back.
    pub(super) mended: bool,
}

/// The same, where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct StampTime<'s> {
    pub(super) at: &'s RowTime,
    pub(super) wall: &'s Option<WallTime>,
    pub(super) mended: bool,
}

/// A date with day and month exchanged, where its day may be a month and is another.
fn exchanged_back(date: civil::Date) -> Option<civil::Date> {
    let (month, day) = (date.month(), date.day());
    let meant = (day <= 12 && day != month).then(|| civil::Date::new(date.year(), day, month));
    meant?.ok()
}

/// The clock of a report whose rows have stamps.
#[derive(Debug)]
pub(super) struct EntryClock {
    local: LocalClock,
    words: ZoneWords,
    order: DateOrder,
    /// Whether day and month of real dates are exchanged back.
    mends: bool,
    /// How far from a multiple of its point's interval a time may be that is that.
    snap: Option<Span>,
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
            mends: (stated.added.as_ref()).is_some_and(|added| added.mend.is_some()),
            snap: stated.added.as_ref().and_then(|added| added.snap),
            date_text: Vec::new(),
            date: None,
        })
    }

    /// What a stamp is of a point with this interval; one that is read now is kept in `read`. It is not copied: a processor that copies as a whole what was
    /// written in parts just before waits for these.
    #[inline]
    pub(super) fn resolve<'s>(
        &mut self,
        stamp: &'s EntryStamp<'_>,
        interval: Option<Span>,
        read: &'s mut Option<EntryTime>,
    ) -> std::result::Result<StampTime<'s>, NoStamp> {
        match stamp {
            EntryStamp::Written(stamp) => {
                let EntryTime { at, wall, mended } = read.insert(self.read(stamp, interval)?);
                Ok(StampTime {
                    at,
                    wall,
                    mended: *mended,
                })
            }
            EntryStamp::Known { at, wall } => Ok(StampTime {
                at,
                wall,
                mended: false,
            }),
        }
    }

    #[inline(never)]
    fn read(
        &mut self,
        stamp: &TimeStamp<'_>,
        interval: Option<Span>,
    ) -> std::result::Result<EntryTime, NoStamp> {
        let is_mended = self.mends && stamp.is_real_date();
        let order = match is_mended {
            true => DateOrder::YearMonthDay,
            false => self.order,
        };
        let mut date = match self.date {
            Some(known) if self.date_text == stamp.date => known,
            _ => {
                let parsed = dates::date(stamp.date, order)
                    .ok_or_else(|| NoStamp::Unread(times::no_date(stamp.date, order)))?;
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
        let meant = Some(date).filter(|_| is_mended).and_then(exchanged_back);
        date = meant.unwrap_or(date);
        let snap = Snap::of(interval, self.snap);
        let on_grid = |time: Span| snap.map_or(time, |snap| snap.snapped(time));
        let is_zoned = !stamp.zone.is_empty();
        // Of which clock a grid of times with a zone is, that says.
        let of_wall = if is_zoned { time } else { on_grid(time) };
        let at = self.local.resolve(date, of_wall);
        let mut at = at.ok_or(NoStamp::Unread("has a date outside of all calendars"))?;
        let wall = WallTime { date, time };
        if is_zoned {
            let zoned = self.zoned(at, wall, stamp.zone);
            let zoned = zoned.ok_or_else(|| NoStamp::Zone(lossy(stamp.zone).into_owned()))?;
            let since = zoned - Instant::EPOCH;
            let step = on_grid(since) - since;
            at.local = at.local + step;
            at.utc = Resolved::Sure(zoned + step);
        }
        Ok(EntryTime {
            at,
            wall: Some(wall),
            mended: meant.is_some(),
        })
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
