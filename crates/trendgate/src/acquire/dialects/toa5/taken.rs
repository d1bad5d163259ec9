//! A table that is read whole → the columns of one of its reports.
//!
//! Enters: chunks of all columns, at the times that stand in the rows. Leaves: those of the report's own columns; where they are of the time
//! before, each at the last instant of that. Numbers are in the unit that the head says, and -7999 and 7999 are the logger's words for none.

use super::LoggerHead;
use super::head::unit;
use crate::acquire::ask::Ask;
use crate::acquire::dialects::{Decode, DecodeStep, Decoded};
use crate::acquire::report::{Report, ReportPoint, TakenColumns};
use crate::acquire::tally::Tally;
use crate::acquire::text::Text;
use crate::acquire::{CellRule, Chunk, Extreme, PointTally, Trend, Window, tokens, wide};
use crate::error::Result;
use crate::model::{PointId, Unit};
use crate::time::{Extent, Span, TimeRange};
use std::sync::Arc;

/// The numbers that say that there is none.
const SENTINELS: [f64; 2] = [-7999.0, 7999.0];

impl TakenColumns {
    /// How far the time of a row is moved back.
    fn back(&self) -> Span {
        Span::from_nanos(i64::from(self.is_before))
    }

    /// The times of the report of rows that are of these times.
    pub(super) fn outer(&self, range: Extent) -> Extent {
        Extent::new(range.first - self.back(), range.last - self.back())
    }

    /// The times of the rows whose times in the report are these.
    fn inner(&self, range: TimeRange) -> TimeRange {
        TimeRange::new(range.start + self.back(), range.end + self.back())
    }
}

/// The table of a report, as one of all its columns.
pub(super) fn whole(report: &Report) -> Report {
    let mut whole = report.clone();
    if let Some(taken) = whole.layout.taken.take() {
        whole.range = Extent::new(
            report.range.first + taken.back(),
            report.range.last + taken.back(),
        );
        let mut points = vec![unread(); taken.cells];
        for (column, point) in taken.columns.iter().zip(report.points.iter()) {
            points[*column] = point.clone();
        }
        whole.points = points.into();
    }
    whole
}

/// A column that is read with its table, and of which nothing is taken.
fn unread() -> ReportPoint {
    ReportPoint {
        id: PointId::new("", ""),
        definition: String::new(),
        trend: Trend::default(),
    }
}

/// A column of the report.
struct ReadColumn {
    /// Its place in the table.
    place: usize,
    written: WrittenUnit,
    /// What its numbers were multiplied with.
    scale: f64,
    /// Cells that are sentinels.
    sentinels: u64,
    /// Its name, where its numbers are totals over a time that nothing says: then none is taken.
    left_out: Option<String>,
}

/// The unit that the head says of a column.
enum WrittenUnit {
    /// The head says no unit.
    Unsaid,
    /// A known unit, and the one that is declared for the point.
    Known(Unit, Option<Unit>),
    /// A word that is no known unit.
    Unknown(String),
}

impl WrittenUnit {
    /// That of a point whose numbers are wanted in the unit of the rule. From here on the cells of that rule are in the unit of the head.
    fn of(point: &ReportPoint, rule: &mut CellRule) -> Self {
        let text = unit(point);
        match Unit::parse(text) {
            Some(written) => Self::Known(written, rule.unit.replace(written)),
            None if text.is_empty() => Self::Unsaid,
            None => Self::Unknown(text.to_owned()),
        }
    }

    /// Numbers as they are wanted.
    fn convert(&self, values: &mut [f64]) {
        let Self::Known(written, declared) = self else {
            return;
        };
        for value in values {
            *value = written.as_declared(*value, *declared).unwrap_or(f64::NAN);
        }
    }
}

/// The columns of one report, and what was met in them.
struct ReadColumns {
    taken: TakenColumns,
    columns: Vec<ReadColumn>,
    own: TimeRange,
}

/// Reads the columns of one report.
struct TakenDecoder {
    table: Box<dyn Decode<Chunk>>,
    columns: ReadColumns,
}

/// Begins to read `report`, some columns of its table or all of them.
///
/// # Errors
/// As [`wide::decoder`].
pub(super) fn decoder(
    text: Text,
    report: &Arc<Report>,
    mut ask: Ask<'_>,
) -> Result<Box<dyn Decode<Chunk>>> {
    let others = Box::<LoggerHead>::default();
    let Some(taken) = report.layout.taken.as_deref() else {
        return wide::decoder(text, report, ask, others);
    };
    let own = ask.window.own;
    let places = taken
        .columns
        .iter()
        .zip(report.points.iter())
        .zip(&mut ask.cells);
    let columns = places
        .map(|((place, point), rule)| ReadColumn {
            place: *place,
            written: WrittenUnit::of(point, rule),
            scale: rule.scale.unwrap_or(1.0),
            sentinels: 0,
            left_out: rule.left_out.then(|| point.id.to_string()),
        })
        .collect();
    let mut rules = vec![CellRule::default(); taken.cells];
    for (place, rule) in taken.columns.iter().zip(ask.cells) {
        rules[*place] = rule;
    }
    let ask = Ask {
        window: Window {
            own: taken.inner(own),
            read: taken.inner(ask.window.read),
        },
        cells: rules,
        ..ask
    };
    Ok(Box::new(TakenDecoder {
        table: wide::decoder(text, &Arc::new(whole(report)), ask, others)?,
        columns: ReadColumns {
            taken: taken.clone(),
            columns,
            own,
        },
    }))
}

impl ReadColumns {
    /// The report's columns of a chunk of the table.
    fn of_report(&mut self, mut table: Chunk) -> Chunk {
        let back = self.taken.back();
        table.times.iter_mut().for_each(|time| *time -= back);
        let is_own = |time| self.own.contains(time);
        let own: Vec<bool> = table.times.iter().copied().map(is_own).collect();
        let mut columns = Vec::with_capacity(self.columns.len());
        let mut extremes = Vec::new();
        for (read, column) in self.columns.iter_mut().zip(0..) {
            let mut values = std::mem::take(&mut table.columns[read.place]);
            read.remove_sentinels(&mut values, &own);
            read.written.convert(&mut values);
            if read.left_out.is_some() {
                values.fill(f64::NAN);
            }
            columns.push(values);
            let of_column = table.extremes.iter();
            let of_column = of_column.filter(|extreme| extreme.column == read.place);
            let of_column = of_column.filter(|_| read.left_out.is_none());
            extremes.extend(of_column.map(|extreme| Extreme { column, ..*extreme }));
        }
        extremes.sort_by_key(|extreme| (extreme.row, extreme.column));
        let is_sample = |row: usize| {
            columns
                .iter()
                .any(|column: &Vec<f64>| !column[row].is_nan())
        };
        Chunk {
            samples: (0..table.times.len()).map(is_sample).collect(),
            extremes,
            columns: columns.into(),
            ..table
        }
    }

    /// What became of the report's cells, of those of all columns.
    fn tally(self, mut table: Tally) -> Tally {
        let mut points = std::mem::take(&mut table.points);
        for column in &self.columns {
            let mut point = std::mem::take(&mut points[column.place]);
            column.count(&mut point);
            table.points.push(point);
        }
        // What is no row is counted once of a table.
        if !self.taken.is_first {
            table.rejected_rows = 0;
            table.rejected_cells = 0;
            table.rejected_examples.clear();
            table.without_date = 0;
            table.furniture = 0;
        }
        table.cells = table.rows * self.columns.len() as u64 + table.rejected_cells;
        table.time_range = table.time_range.map(|range| self.taken.outer(range));
        let columns = self.columns.into_iter();
        table.left_out = columns.filter_map(|column| column.left_out).collect();
        table
    }
}

impl ReadColumn {
    /// Takes out the numbers that say that there is none; of the rows to be counted, counts them.
    fn remove_sentinels(&mut self, values: &mut [f64], own: &[bool]) {
        let sentinels = SENTINELS.map(|sentinel| sentinel * self.scale);
        for (value, own) in values.iter_mut().zip(own) {
            if sentinels.contains(value) {
                *value = f64::NAN;
                self.sentinels += u64::from(*own);
            }
        }
    }

    /// Counts what the cells alone do not say.
    fn count(&self, point: &mut PointTally) {
        if self.sentinels > 0 {
            point.numbers -= self.sentinels;
            let sentinel = tokens::NAMES[usize::from(tokens::SENTINEL)];
            point.missing.insert(sentinel, self.sentinels);
        }
        if self.left_out.is_some() {
            point.leave_out();
        }
        if point.numbers == 0 {
            return;
        }
        match &self.written {
            WrittenUnit::Unsaid => {}
            WrittenUnit::Unknown(unit) => {
                point.unknown_units.insert(unit.clone(), point.numbers);
            }
            WrittenUnit::Known(written, declared)
                if written.as_declared(0.0, *declared).is_some() =>
            {
                point.units.insert(written.symbol(), point.numbers);
            }
            WrittenUnit::Known(..) => {
                point.unit_mismatch += std::mem::take(&mut point.numbers);
                point.units.clear();
            }
        }
    }
}

impl Decode<Chunk> for TakenDecoder {
    fn next_chunk(&mut self) -> Result<DecodeStep<Chunk>> {
        Ok(match self.table.next_chunk()? {
            DecodeStep::Rows(chunk) => DecodeStep::Rows(self.columns.of_report(chunk)),
            step @ (DecodeStep::End | DecodeStep::NeedsWhole) => step,
        })
    }

    fn hold_at_most(&mut self, cells: usize) {
        self.table.hold_at_most(cells);
    }

    fn bytes_read(&self) -> u64 {
        self.table.bytes_read()
    }

    fn finish(self: Box<Self>) -> Decoded {
        let Self { table, columns } = *self;
        let decoded = table.finish();
        let rejected = match columns.taken.is_first {
            true => 0,
            false => decoded.tally.rejected_rows,
        };
        Decoded {
            rows_seen: decoded.rows_seen - rejected,
            lines: 0,
            tally: columns.tally(decoded.tally),
            ..decoded
        }
    }
}
