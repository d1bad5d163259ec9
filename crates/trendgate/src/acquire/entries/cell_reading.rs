//! How the values of a point are read, and what the units beside them do.

use crate::acquire::cells::{self, Cell, CellNote};
use crate::acquire::{CellRule, Decimal, Report, states};
use crate::model::{EXTREME, Unit};

/// How the values of a point are read.
pub(super) struct CellReading {
    pub(super) rule: CellRule,
    pub(super) decimal: Decimal,
    /// Whether plain numbers are what they are by themselves.
    pub(super) is_plain: bool,
}

impl CellReading {
    /// How those of each point of `report` are read, of which these are the rules.
    pub(super) fn of_points(report: &Report, rules: Vec<CellRule>) -> Vec<Self> {
        let decimals = report.layout.decimals.of_points(report.points.len());
        let readings = rules.into_iter().zip(decimals);
        let readings = readings.map(|(rule, decimal)| Self {
            is_plain: cells::reads_plain(&rule, decimal) && !states::claim_numbers(&rule),
            rule,
            decimal,
        });
        readings.collect()
    }

    /// A cell whose number has the unit that stands beside it, as one in the unit of its point.
    pub(super) fn converted(&self, cell: Cell, unit: Unit) -> Cell {
        let declared = self.rule.unit;
        let value = match cell {
            Cell::Number(value) | Cell::Said(value, CellNote::Rounded) | Cell::Marked(value) => {
                value
            }
            Cell::Said(_, CellNote::Unit(own)) if declared.is_none() && own.contradicts(unit) => {
                return Cell::UnitMismatch;
            }
            cell => return cell,
        };
        match unit.as_declared(value, declared) {
            Some(value) if value.abs() >= EXTREME => Cell::Extreme(value),
            Some(value) => Cell::Said(value, CellNote::Unit(unit)),
            None => Cell::UnitMismatch,
        }
    }
}

/// The number of a cell, NaN where it has none, and whether it is to be removed for its size.
#[inline]
pub(super) fn number_of(cell: Cell) -> (f64, bool) {
    match cell {
        Cell::Number(value) | Cell::Said(value, _) | Cell::Marked(value) => (value, false),
        Cell::Extreme(value) => (value, true),
        _ => (f64::NAN, false),
    }
}

/// The unit that stands beside a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitBeside {
    None,
    Known(Unit),
    /// One that no table knows.
    Unknown,
}

impl UnitBeside {
    pub(super) fn of(text: &str) -> Self {
        match Unit::parse(text.trim()) {
            _ if text.trim().is_empty() => Self::None,
            Some(Unit::One) => Self::None,
            Some(unit) => Self::Known(unit),
            None => Self::Unknown,
        }
    }
}
