//! The fields of a row that say its time → the time, in UTC.

use super::mend::{MendedSteps, exchange};
use crate::acquire::dates::{DateOrder, StampFormat, StampZone, WrittenTime};
use crate::acquire::described::{DescribedTable, Edge};
use crate::acquire::fields::{first_field, is_blank};
use crate::acquire::local_clock::{LocalClock, Resolved, RowTime};
use crate::acquire::snap::Snap;
use crate::acquire::stated::ClockOffset;
use crate::acquire::text::lossy;
use crate::acquire::zone_words::{WallTime, ZoneWords};
use crate::acquire::{Report, TableColumns, TimeRule};
use crate::error::{Error, Result};
use crate::time::{DAY, Instant, SECOND, Span};
use jiff::civil;
use std::borrow::Cow;

/// Columns that the time of a row may be made of.
pub(in crate::acquire) const MOST_COLUMNS: usize = 6;

/// What the first row of a table without a header may begin with.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What reads the times of the rows of a table.
pub(in crate::acquire) struct RowStamps {
    text: String,
    format: StampFormat,
    /// The fields of the time, in the order in which they are joined.
    columns: Vec<usize>,
    /// The field of the first point.
    cells: usize,
    joined: Vec<u8>,
    last: LastStamp,
    /// Whether a spreadsheet exchanged day and month of its dates.
    mends: bool,
    clock: StampClock,
}

/// A field of the time of a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TimeField<'l> {
    pub(super) text: &'l [u8],
    pub(super) is_quoted: bool,
}

/// The time of a row.
#[derive(Debug)]
pub(in crate::acquire) struct ReadStamp {
    pub(in crate::acquire) at: RowTime,
    /// Date and time of day, as they are written.
    pub(in crate::acquire) written: Option<(civil::Date, Span)>,
    /// Where the cells begin within the line; `None` where the line ends before them.
    pub(in crate::acquire) cells_at: Option<usize>,
    /// Whether its day and month were exchanged back.
    pub(in crate::acquire) mended: bool,
}

/// What a clock shows: the time, and date and time of day as they are written, where they are.
type ClockReading = (RowTime, Option<(civil::Date, Span)>);

/// The last text that was read, and what it says: of rows that go by time many have one.
#[derive(Default)]
struct LastStamp {
    text: Vec<u8>,
    read: Option<ClockReading>,
    /// Texts since it was the same again.
    others: u8,
}

impl LastStamp {
    /// After so many others the rows do not go by time.
    const MOST_OTHERS: u8 = 8;

    #[inline]
    fn read_of(&mut self, text: &[u8]) -> Option<ClockReading> {
        if self.others == Self::MOST_OTHERS {
            return None;
        }
        if self.text != text {
            self.others += 1;
            return None;
        }
        self.others = 0;
        self.read
    }

    #[inline]
    fn keep(&mut self, text: &[u8], read: ClockReading) {
        if self.others < Self::MOST_OTHERS {
            self.text.clear();
            self.text.extend_from_slice(text);
            self.read = Some(read);
        }
    }
}

/// Why a row has no time.
#[derive(Debug)]
pub(in crate::acquire) enum Misread {
    /// Its fields are blank, or missing.
    Blank,
    /// What stands there is not written as it is described.
    Unlike,
    /// What stands there says that the description is wrong.
    Against(Error),
}

impl RowStamps {
    /// Those of `report`, if it is a described table.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a description that was not checked.
    pub(in crate::acquire) fn of_report(report: &Report, rule: &TimeRule) -> Result<Option<Self>> {
        let (table, layout) = (&report.stated.table, &report.layout);
        let Some((table, columns)) = table.as_deref().zip(layout.table.as_deref()) else {
            return Ok(None);
        };
        Self::new(
            table,
            columns,
            layout.columns.cells,
            rule,
            report.stated.clock,
        )
        .map(Some)
    }

    /// Those of rows of `table` with these columns, the first point of which stands in field `cells`.
    ///
    /// # Errors
    /// As [`of_report`](Self::of_report).
    pub(in crate::acquire) fn new(
        table: &DescribedTable,
        columns: &TableColumns,
        cells: usize,
        rule: &TimeRule,
        clock: Option<ClockOffset>,
    ) -> Result<Self> {
        let format = table.format.parse().map_err(|error: String| {
            Error::config(format!("the format {:?} of times {error}", table.format))
        })?;
        Ok(Self {
            text: table.format.clone(),
            format,
            columns: columns.times.clone(),
            cells,
            joined: Vec::new(),
            last: LastStamp::default(),
            mends: table.mend.is_some(),
            clock: StampClock::new(table, rule, clock)?,
        })
    }

    /// What holds the rows against the order of time, where dates are exchanged back.
    pub(in crate::acquire) fn mended_steps(&self, rule: &TimeRule) -> Option<MendedSteps> {
        self.mends.then(|| MendedSteps::new(rule))
    }

    /// How times are written, for messages.
    pub(in crate::acquire) fn format(&self) -> &str {
        &self.text
    }

    /// The order of year, month and day in them.
    pub(in crate::acquire) fn date_order(&self) -> DateOrder {
        self.format.date_order()
    }

    /// The time of the row in `line`.
    #[inline]
    pub(in crate::acquire) fn read(
        &mut self,
        line: &[u8],
    ) -> std::result::Result<ReadStamp, Misread> {
        let mut found = [TimeField::default(); MOST_COLUMNS];
        let cells_at = self.find(line, &mut found);
        let fields = &found[..self.columns.len()];
        let ((at, written), mended) = self.read_fields(fields)?;
        Ok(ReadStamp {
            at,
            written,
            cells_at,
            mended,
        })
    }

    /// The time that these texts say, which are those of its columns, and what the wall clock showed, where they say that.
    #[inline]
    pub(in crate::acquire) fn read_texts(
        &mut self,
        texts: &[&[u8]],
    ) -> std::result::Result<ClockReading, Misread> {
        let text = match texts {
            [only] => *only,
            several => {
                join_texts(&mut self.joined, several);
                &self.joined
            }
        };
        if let Some(read) = self.last.read_of(text) {
            return Ok(read);
        }
        let read = match self.clock.at_a_glance(&self.format, text) {
            Some(read) => read,
            None => match written(&self.format, text) {
                Some(stamp) => self.clock.resolve(stamp)?,
                None => return Err(self.misread(text)),
            },
        };
        self.last.keep(text, read);
        Ok(read)
    }

    /// What the fields of a time say, and whether day and month were exchanged back.
    #[inline]
    fn read_fields(
        &mut self,
        fields: &[TimeField<'_>],
    ) -> std::result::Result<(ClockReading, bool), Misread> {
        let exchanged = match self.mends {
            true => exchange(&mut self.joined, fields),
            false => None,
        };
        let (format, text) = match (exchanged, fields) {
            (Some(_), _) => (&StampFormat::SHEET, &*self.joined),
            (None, [only]) => (&self.format, only.text),
            (None, several) => {
                join(&mut self.joined, several);
                (&self.format, &*self.joined)
            }
        };
        let read = match self.clock.at_a_glance(format, text) {
            Some(read) => read,
            None => match written(format, text) {
                Some(stamp) => self.clock.resolve(stamp)?,
                None => return Err(self.misread(text)),
            },
        };
        Ok((read, exchanged == Some(true)))
    }

    /// The day that these texts say.
    pub(in crate::acquire) fn read_day(
        &mut self,
        texts: &[&[u8]],
    ) -> std::result::Result<civil::Date, Misread> {
        join_texts(&mut self.joined, texts);
        match self.format.read(&self.joined) {
            Some(WrittenTime::Clock {
                date,
                time: Span::ZERO,
                zone: StampZone::Unsaid,
            }) => Ok(date),
            _ => Err(self.misread(&self.joined)),
        }
    }

    /// What a time of the wall clock is, moved back to the begin of what it is for.
    pub(in crate::acquire) fn of_day(&mut self, date: civil::Date, time: Span) -> Option<RowTime> {
        let (date, time) = self.clock.begin(date, time)?;
        self.clock.site.resolve(date, time)
    }

    /// Finds the fields of the time, and where the cells begin.
    #[inline]
    fn find<'l>(&self, line: &'l [u8], found: &mut [TimeField<'l>; MOST_COLUMNS]) -> Option<usize> {
        let end = self
            .columns
            .iter()
            .copied()
            .max()
            .unwrap_or(0)
            .max(self.cells.saturating_sub(1));
        let mut rest = Some(line);
        let mut cells_at = None;
        for place in 0..=end {
            if place == self.cells {
                cells_at = rest.map(|rest| line.len() - rest.len());
            }
            let text = rest?;
            let (field, after) = first_field(text);
            if let Some(of) = self.columns.iter().position(|column| *column == place) {
                found[of] = TimeField {
                    text: field,
                    is_quoted: text.first() == Some(&b'"'),
                };
            }
            rest = after;
        }
        match self.cells > end {
            true => rest.map(|rest| line.len() - rest.len()),
            false => cells_at,
        }
    }

    #[cold]
    fn misread(&self, text: &[u8]) -> Misread {
        if is_blank(text) || text.iter().all(|byte| *byte == b'#') {
            return Misread::Blank;
        }
        if !self.format.is_exchanged(text) {
            return Misread::Unlike;
        }
        Misread::Against(
            Error::input(format!(
                "expected a time in the format {:?}, found {:?}, which is one only with day and month exchanged",
                self.text,
                lossy(text)
            ))
            .hint("correct `time.format`; or a spreadsheet exchanged day and month when it saved the file: then export it again"),
        )
    }
}

/// What a text says in a format; the first one of a table without a header may have a byte order mark.
#[inline]
fn written<'t>(format: &StampFormat, text: &'t [u8]) -> Option<WrittenTime<'t>> {
    let stamp = format.read(text);
    stamp.or_else(|| format.read(text.strip_prefix(MARK)?))
}

fn join_texts(joined: &mut Vec<u8>, texts: &[&[u8]]) {
    joined.clear();
    for text in texts {
        if !joined.is_empty() {
            joined.push(b' ');
        }
        joined.extend_from_slice(text);
    }
}

fn join(joined: &mut Vec<u8>, fields: &[TimeField<'_>]) {
    joined.clear();
    for field in fields {
        if !joined.is_empty() {
            joined.push(b' ');
        }
        joined.extend_from_slice(field.text.trim_ascii());
    }
}

/// What the stamps of a table are in UTC.
struct StampClock {
    site: LocalClock,
    words: ZoneWords,
    /// How far a time is moved back to the begin of what it is for.
    back: Span,
    /// The grid of times that are near it.
    snap: Option<Snap>,
}

impl StampClock {
    fn new(table: &DescribedTable, rule: &TimeRule, clock: Option<ClockOffset>) -> Result<Self> {
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
    fn at_a_glance(&mut self, format: &StampFormat, text: &[u8]) -> Option<ClockReading> {
        let (date, time) = format.at_a_glance(text)?;
        let (day, since) = self.begin(date, time)?;
        Some((self.site.resolve(day, since)?, Some((date, time))))
    }

    fn resolve(&mut self, stamp: WrittenTime<'_>) -> std::result::Result<ClockReading, Misread> {
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
fn at(local: Span, offset: Span) -> RowTime {
    RowTime {
        local,
        utc: Resolved::Sure(Instant::EPOCH + (local - offset)),
    }
}

fn wall(date: civil::Date, time: Span) -> Option<Span> {
    let days = date.since(civil::date(1970, 1, 1)).ok()?.get_days();
    Some(Span::from_nanos(i64::from(days).checked_mul(DAY.nanos())?) + time)
}
