//! The fields of a row that name its point → the point.

use super::values::ValueColumn;
use crate::acquire::additions::{CHANGE_OF_VALUE, stated_trend};
use crate::acquire::described::{DescribedTable, PointNames, UnitsPlace};
use crate::acquire::entries::{EntryPoint, EntryPoints};
use crate::acquire::wide::{split_brackets, text_of};
use crate::model::{PointId, is_of_pattern};
use crate::time::Span;
use std::collections::HashSet;

/// The points of a table, by the fields that name them.
pub(super) struct RowPoints {
    points: EntryPoints,
    /// The text between fields.
    join: Vec<u8>,
    /// The name, where the path says it.
    name: Option<String>,
    prefix: String,
    /// Whether units stand in brackets behind names.
    has_units: bool,
    /// The unit of the column, where a row has several values.
    unit: String,
    skip: Vec<String>,
    /// What names no point, as it is written.
    skipped: HashSet<Vec<u8>>,
    joined: Vec<u8>,
    definition: String,
}

/// What the fields of a row name.
pub(super) enum RowPoint {
    Point(usize),
    /// What is described as no point.
    Skipped,
    Nothing,
}

impl RowPoints {
    /// Those of `table`, of which it is not known yet how they are logged.
    pub(super) fn of(table: &DescribedTable) -> Self {
        let (join, name) = match &table.names {
            PointNames::Columns { join, .. } => (join.as_bytes().to_vec(), None),
            PointNames::Path(name) | PointNames::Sheet(name) => (Vec::new(), Some(name.clone())),
            _ => (Vec::new(), None),
        };
        Self {
            points: EntryPoints::default(),
            join,
            name,
            prefix: table.prefix.clone(),
            has_units: table.units == Some(UnitsPlace::Brackets),
            unit: String::new(),
            skip: table.skip.clone(),
            skipped: HashSet::new(),
            joined: Vec::new(),
            definition: String::new(),
        }
    }

    /// The point of a column of a row with several values, of whose points `id` is the beginning of the name.
    pub(super) fn of_column(&mut self, id: &[&[u8]], column: &ValueColumn) -> Option<usize> {
        self.has_units = false;
        self.unit.clone_from(&column.unit);
        let fields: Vec<&[u8]> = (id.iter().copied())
            .chain([column.name.as_bytes()])
            .collect();
        match self.named(&fields) {
            RowPoint::Point(point) => Some(point),
            RowPoint::Skipped | RowPoint::Nothing => None,
        }
    }

    /// Says how all of them are logged.
    pub(super) fn log(&mut self, interval: Option<Span>, change_of_value: bool) {
        self.definition = match interval {
            _ if change_of_value => CHANGE_OF_VALUE.to_owned(),
            Some(interval) => interval.to_string(),
            None => String::new(),
        };
    }

    pub(super) fn known(&self) -> &EntryPoints {
        &self.points
    }

    /// The point that these fields name.
    pub(super) fn named(&mut self, fields: &[&[u8]]) -> RowPoint {
        if self.name.is_none() && fields.iter().all(|field| field.is_empty()) {
            return RowPoint::Nothing;
        }
        let written: &[u8] = match fields {
            [name] => name,
            several => {
                self.joined.clear();
                for (place, field) in several.iter().enumerate() {
                    if place > 0 {
                        self.joined.extend_from_slice(&self.join);
                    }
                    self.joined.extend_from_slice(field);
                }
                &self.joined
            }
        };
        if !self.skip.is_empty() && self.name.is_none() {
            if self.skipped.contains(written) {
                return RowPoint::Skipped;
            }
            let is_known = self.points.knows(written);
            let name = || text_of(written);
            if !is_known && is_skipped(&self.skip, &name()) {
                self.skipped.insert(written.to_vec());
                return RowPoint::Skipped;
            }
        }
        let (own, prefix, definition) = (&self.name, &self.prefix, &self.definition);
        let (has_units, unit) = (self.has_units, &self.unit);
        RowPoint::Point(self.points.named(written, || {
            let whole = own.clone().unwrap_or_else(|| text_of(written));
            let (name, unit) = match has_units {
                true => split_brackets(&whole),
                false => (&*whole, &**unit),
            };
            EntryPoint {
                id: PointId::new(&format!("{prefix}{name}"), ""),
                definition: definition.clone(),
                trend: stated_trend(definition),
                unit: unit.to_owned(),
            }
        }))
    }
}

fn is_skipped(patterns: &[String], name: &str) -> bool {
    let mut patterns = patterns.iter();
    patterns.any(|pattern| is_of_pattern(pattern, name))
}
