//! The fields of a row that say its time → the time, in UTC.

use super::known_stamps::{KnownDays, LastStamp};
use super::mend::{MendedSteps, exchange};
use super::stamp_clock::{ClockReading, StampClock};
use crate::acquire::dates::{DateOrder, StampFormat, StampZone, WrittenTime};
use crate::acquire::described::DescribedTable;
use crate::acquire::fields::{first_field, is_blank};
use crate::acquire::local_clock::RowTime;
use crate::acquire::stated::ClockOffset;
use crate::acquire::text::lossy;
use crate::acquire::{Report, TableColumns, TimeRule};
use crate::error::{Error, Result};
use crate::time::Span;
use jiff::civil;

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
    days: KnownDays,
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
            days: KnownDays::default(),
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
        let of_day = self.format.split_clock(text);
        if let Some(read) = of_day.and_then(|of_day| self.days.read_of(of_day)) {
            self.last.keep(text, read);
            return Ok(read);
        }
        let read = match self.clock.at_a_glance(&self.format, text) {
            Some(read) => {
                if let (Some((written, _)), (_, Some((date, _)))) = (of_day, read) {
                    self.days.keep(written, date, &mut self.clock);
                }
                read
            }
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
        self.clock.of_site(date, time)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquire::Choice;
    use crate::time::Instant;
    use proptest::prelude::*;

    fn stamps(format: &str, zone: &str) -> RowStamps {
        let rule = TimeRule {
            zone: jiff::tz::TimeZone::get(zone).unwrap(),
            ambiguous: Choice::Earlier,
            nonexistent: Choice::Later,
            not_after: Instant::MAX,
            not_before: Instant::MIN,
            max_gap: crate::time::DAY,
        };
        let table = crate::acquire::described::tests::table(format, &["t"]);
        RowStamps::new(&table, &TableColumns::default(), 0, &rule, None).unwrap()
    }

    proptest! {
        #[test]
        fn a_time_is_the_same_whatever_was_read_before_it(
            (format, written) in prop::sample::select(vec![
                ("iso", "%Y-%m-%d %H:%M:%S"),
                ("iso", "%Y-%m-%dT%H:%M:%S"),
                ("sheet", "%Y-%m-%d %H:%M:%S"),
                ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"),
                ("%H:%M:%S %Y-%m-%d", "%H:%M:%S %Y-%m-%d"),
                ("%Y%m%d%H%M%S", "%Y%m%d%H%M%S"),
            ]),
            zone in prop::sample::select(vec!["Asia/Taipei", "Europe/Berlin"]),
            // Around the days on which the clock of Berlin is turned, too.
            times in prop::collection::vec((0..5_i64, 0..200_000_i64, 0..60_usize, "[0-9:. -]?"), 1..40),
        ) {
            let mut known = stamps(format, zone);
            for (far, second, at, other) in times {
                let day = [1_711_756_800, 1_729_987_200, 1_700_000_000, 0, 4_102_444_800][usize::try_from(far).unwrap()];
                let time = jiff::Timestamp::from_second(day + second).unwrap();
                let mut text = jiff::tz::TimeZone::UTC.to_datetime(time).strftime(written).to_string();
                if at < text.len() {
                    text.replace_range(at..=at, &other);
                }
                let read = |stamps: &mut RowStamps| format!("{:?}", stamps.read_texts(&[text.as_bytes()]));
                prop_assert_eq!(read(&mut known), read(&mut stamps(format, zone)), "{}", text);
            }
        }
    }
}
