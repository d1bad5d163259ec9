//! What is stated of the cells of a table, beyond the rules of their points.

use super::block::Noted;
use crate::acquire::cells::{Cell, CellNote};
use crate::acquire::missing_words::MissingWords;
use crate::acquire::{CellRule, Chunk, HeadUnit, Report, Tally, tokens};
use crate::model::Unit;

/// What is stated of the cells of a row.
#[derive(Debug, Default)]
pub(super) struct StatedCells {
    /// Which cells are of no point, in ascending order.
    skipped: Vec<usize>,
    /// For each cell the unit of its plain numbers; empty where no head says any.
    units: Vec<HeadUnit>,
    /// Words and numbers that mean "no value".
    missing: MissingWords,
}

impl StatedCells {
    /// What is stated of those of `report`.
    pub(super) fn of(report: &Report) -> Self {
        let added = report.stated.added.as_deref();
        let missing = added.map_or(&[][..], |added| &added.missing);
        let (table, columns) = (
            report.stated.table.as_deref(),
            report.layout.table.as_deref(),
        );
        let Some((table, columns)) = table.zip(columns) else {
            return Self {
                missing: MissingWords::of(missing),
                ..Self::default()
            };
        };
        let mut stated = Self {
            skipped: columns.skipped.clone(),
            missing: MissingWords::of(&table.missing),
            units: Vec::new(),
        };
        if columns.units.iter().any(|unit| *unit != HeadUnit::Unsaid) {
            stated.units = stated.spread(columns.units.iter().cloned(), || HeadUnit::Unsaid);
        }
        stated
    }

    /// Something for each cell: for those of points what is given, for others `other`.
    pub(super) fn spread<T>(
        &self,
        mut points: impl ExactSizeIterator<Item = T>,
        other: impl Fn() -> T,
    ) -> Vec<T> {
        let cells = points.len() + self.skipped.len();
        let of_cell = |place: usize| match self.skipped.binary_search(&place) {
            Ok(_) => Some(other()),
            Err(_) => points.next(),
        };
        (0..cells).map_while(of_cell).collect()
    }

    /// Whether the numbers of a cell have a unit that the head says.
    pub(super) fn has_unit(&self, cell: usize) -> bool {
        matches!(self.units.get(cell), Some(HeadUnit::Known(_)))
    }

    pub(super) fn has_missing_numbers(&self) -> bool {
        self.missing.has_numbers()
    }

    /// Takes numbers that mean "no value" out of a row, of the columns whose numbers are what is written.
    pub(super) fn remove_missing(
        &self,
        row: &mut [f64],
        is_plain: impl Fn(usize) -> bool,
        noted: &mut Noted,
    ) {
        for (column, value) in row.iter_mut().enumerate() {
            if self.missing.has_number(*value) && is_plain(column) {
                *value = f64::NAN;
                noted.said.retain(|(said, _)| *said != column);
                noted.marked.retain(|(marked, _)| *marked != column);
                noted.missing.push((column, tokens::STATED));
            }
        }
    }

    /// What `cell` is, which was read from `text` in this column.
    #[inline]
    pub(super) fn read(&self, column: usize, text: &[u8], cell: Cell, rule: &CellRule) -> Cell {
        if self.missing.have(text, cell) {
            return Cell::Missing(tokens::STATED);
        }
        match (self.units.get(column), cell) {
            (
                Some(HeadUnit::Known(unit)),
                Cell::Number(value) | Cell::Said(value, CellNote::Rounded),
            ) => in_unit(*unit, value, rule),
            (Some(HeadUnit::Known(unit)), Cell::Said(_, CellNote::Unit(own)))
                if rule.unit.is_none() && own.contradicts(*unit) =>
            {
                Cell::UnitMismatch
            }
            _ => cell,
        }
    }

    /// Takes the columns of cells that are of no point out of a chunk.
    pub(super) fn of_points(&self, mut chunk: Chunk) -> Chunk {
        if self.skipped.is_empty() {
            return chunk;
        }
        let mut place = 0..;
        chunk.columns.retain(|_| {
            let place = place.next().unwrap_or_default();
            self.skipped.binary_search(&place).is_err()
        });
        for extreme in &mut chunk.extremes {
            extreme.column = self.point(extreme.column);
        }
        chunk
    }

    /// The place of the point of a cell.
    pub(super) fn point(&self, cell: usize) -> usize {
        cell - self.skipped.partition_point(|skipped| *skipped < cell)
    }

    /// The counts of points alone, with the units that no table knows.
    pub(super) fn counts_of_points(&self, mut tally: Tally) -> Tally {
        let mut place = 0..;
        tally.points.retain(|_| {
            let place = place.next().unwrap_or_default();
            self.skipped.binary_search(&place).is_err()
        });
        tally.cells -= tally.rows * self.skipped.len() as u64;
        for (cell, unit) in self.units.iter().enumerate() {
            if let HeadUnit::Unknown(word) = unit {
                let point = &mut tally.points[self.point(cell)];
                point.add_unknown_units(word, point.numbers);
            }
        }
        tally
    }
}

/// A number in the unit that its head says.
fn in_unit(unit: Unit, value: f64, rule: &CellRule) -> Cell {
    match unit.as_declared(value, rule.unit) {
        Some(value) => Cell::Said(value, CellNote::Unit(unit)),
        None => Cell::UnitMismatch,
    }
}
