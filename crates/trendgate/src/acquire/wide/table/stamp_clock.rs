//! A date and a time of day of a table, as they are written → the time, in UTC.

use super::stamps::Misread;
use crate::acquire::TimeRule;
use crate::acquire::dates::{StampFormat, StampZone, WrittenTime};
use crate::acquire::described::{DescribedTable, Edge};
use crate::acquire::local_clock::{LocalClock, Resolved, RowTime};
use crate::acquire::snap::Snap;
use crate::acquire::stated::ClockOffset;
use crate::acquire::zone_words::{WallTime, ZoneWords};
use crate::error::{Error, Result};
use crate::time::{DAY, Instant, SECOND, Span};
use jiff::civil;
use std::borrow::Cow;

/// What a clock shows: the time, and date and time of day as they are written, where they are.
pub(super) type ClockReading = (RowTime, Option<(civil::Date, Span)>);

/// What the stamps of a table are in UTC.
pub(super) struct StampClock {
    site: LocalClock,
    words: ZoneWords,
    /// How far a time is moved back to the begin of what it is for.
    back: Span,
    /// The grid of times that are near it.
    snap: Option<Snap>,
}

impl StampClock {
    pub(super) fn new(
        table: &DescribedTable,
        rule: &TimeRule,
        clock: Option<ClockOffset>,
    ) -> Result<Self> {
        let words = ZoneWords::of_site(rule, clock);
        Ok(Self {
            site: LocalClock::new(rule, clock),
            words: words.and_stated(&table.abbreviations, rule)?,
            back: match (table.edge, table.interval) {
                (Edge::Start, _) => Span::ZERO,
                (Edge::End, Some(interval)) => interval,
                (Edge::End, None) => Span::from_nanos(1),
            },
            snap: Snap::of(table.interval, table.snap),
        })
    }

    /// What most texts say in a format: a time of the site's clock, with all its digits.
    #[inline]
    pub(super) fn at_a_glance(
        &mut self,
        format: &StampFormat,
        text: &[u8],
    ) -> Option<ClockReading> {
        let (date, time) = format.at_a_glance(text)?;
        Some((self.of_site(date, time)?, Some((date, time))))
    }

    /// The midnight and the offset of a day on which times are neither moved nor in doubt.
    pub(super) fn plain_day(&mut self, date: civil::Date) -> Option<(Span, Span)> {
        let is_plain = self.back == Span::ZERO && self.snap.is_none();
        is_plain.then(|| self.site.steady_day(date)).flatten()
    }

    pub(super) fn resolve(
        &mut self,
        stamp: WrittenTime<'_>,
    ) -> std::result::Result<ClockReading, Misread> {
        let (date, time, zone) = match stamp {
            WrittenTime::Instant(instant) => {
                return Ok((self.moved(at(instant - Instant::EPOCH, Span::ZERO)), None));
            }
            WrittenTime::Clock { date, time, zone } => (date, time, zone),
        };
        let at = match zone {
            StampZone::Unsaid => {
                let (date, time) = self.begin(date, time).ok_or(Misread::Unlike)?;
                self.site.resolve(date, time)
            }
            StampZone::Offset(offset) => {
                wall(date, time).map(|local| self.moved(at(local, offset)))
            }
            StampZone::Word(word) => Some(self.of_word(date, time, word)?),
            // Which of its passes it is, the rows say: there are two of each time.
            StampZone::Again => {
                let (date, time) = self.begin(date, time).ok_or(Misread::Unlike)?;
                let at = self.site.resolve(date, time);
                at.filter(|at| matches!(at.utc, Resolved::Doubled(_)))
            }
        };
        Ok((at.ok_or(Misread::Unlike)?, Some((date, time))))
    }

    /// What a time of the site's clock is, moved back to the begin of what it is for.
    pub(super) fn of_site(&mut self, date: civil::Date, time: Span) -> Option<RowTime> {
        let (date, time) = self.begin(date, time)?;
        self.site.resolve(date, time)
    }

    /// A time of the wall clock, on the grid if it is near it, and moved back to the begin of what it is for.
    #[inline]
    fn begin(&self, mut date: civil::Date, mut time: Span) -> Option<(civil::Date, Span)> {
        time = self.snapped(time);
        if self.back > Span::ZERO {
            time = time - self.back;
            while time < Span::ZERO {
                date = date.yesterday().ok()?;
                time = time + DAY;
            }
        }
        Some((date, time))
    }

    /// The same of a time whose instant is known.
    fn moved(&self, at: RowTime) -> RowTime {
        let utc = at.utc.earliest();
        let since = utc - Instant::EPOCH;
        let step = self.snapped(since) - since - self.back;
        RowTime {
            local: at.local + step,
            utc: Resolved::Sure(utc + step),
        }
    }

    #[inline]
    fn snapped(&self, time: Span) -> Span {
        self.snap.map_or(time, |snap| snap.snapped(time))
    }

    /// The time of a clock of whose zone a word stands beside it.
    #[cold]
    fn of_word(
        &mut self,
        date: civil::Date,
        time: Span,
        word: Cow<'_, str>,
    ) -> std::result::Result<RowTime, Misread> {
        let wall = WallTime { date, time };
        let found = self.site.resolve(date, time).ok_or(Misread::Unlike)?;
        let utc = self.words.instant(found, wall, &word);
        let utc = utc.ok_or_else(|| Misread::Against(unknown_word(&word, date, time)))?;
        Ok(self.moved(RowTime {
            local: found.local,
            utc: Resolved::Sure(utc),
        }))
    }
}

fn unknown_word(word: &str, date: civil::Date, time: Span) -> Error {
    let minute = time.nanos() / (60 * SECOND.nanos());
    Error::input(format!(
        "expected a word for the time of the site's own zone, found {word:?} beside {date} {:02}:{:02}",
        minute / 60,
        minute % 60
    ))
    .hint(format!(
        "say what it means: `abbreviations: {{{word}: \"+08:00\"}}`, or an IANA zone in the place of the offset"
    ))
}

/// What a wall clock that is so far ahead of UTC shows, since 1970.
pub(super) fn at(local: Span, offset: Span) -> RowTime {
    RowTime {
        local,
        utc: Resolved::Sure(Instant::EPOCH + (local - offset)),
    }
}

fn wall(date: civil::Date, time: Span) -> Option<Span> {
    let days = date.since(civil::date(1970, 1, 1)).ok()?.get_days();
    Some(Span::from_nanos(i64::from(days).checked_mul(DAY.nanos())?) + time)
}
