//! The row of names of a table, as it is described → which fields of a row are what.

use super::day::{Label, labels};
use crate::acquire::described::{DescribedTable, EntryTable, PointNames, UnitsPlace};
use crate::acquire::fields::fields;
use crate::acquire::wide::HeaderRow;
use crate::error::{Error, Result};
use crate::model::is_of_pattern;
use crate::time::Span;

/// Columns that the name of a point may be made of.
pub(super) const MOST_POINT_COLUMNS: usize = 4;
/// Columns that a time may be made of.
pub(super) const MOST_TIME_COLUMNS: usize = 4;

/// What a field of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Time(usize),
    Point(usize),
    Unit,
    Value,
    Status,
    Other,
}

/// Which fields of a row are what.
#[derive(Debug)]
pub(super) struct EntryColumns {
    roles: Vec<Role>,
    /// The last field that has a role: rows have it.
    last: usize,
    times: usize,
    points: usize,
    /// The field of the unit.
    pub(super) unit: Option<usize>,
    /// The columns of a day.
    pub(super) labels: Vec<Label>,
    /// The time from one of these to the next, if it is the same everywhere.
    pub(super) step: Option<Span>,
}

/// The fields of a row.
#[derive(Debug)]
pub(super) struct RowFields<'l> {
    times: [&'l [u8]; MOST_TIME_COLUMNS],
    time_count: usize,
    points: [&'l [u8]; MOST_POINT_COLUMNS],
    point_count: usize,
    pub(super) unit: &'l [u8],
    pub(super) value: &'l [u8],
    pub(super) status: &'l [u8],
}

impl<'l> RowFields<'l> {
    pub(super) fn times(&self) -> &[&'l [u8]] {
        &self.times[..self.time_count]
    }

    pub(super) fn points(&self) -> &[&'l [u8]] {
        &self.points[..self.point_count]
    }
}

impl EntryColumns {
    /// That of `table` below `header`.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where a column is not there that is described, or where the columns of a day are none.
    pub(super) fn of(table: &DescribedTable, header: &HeaderRow) -> Result<Self> {
        let mut roles = vec![Role::Other; header.names.len()];
        let mut give = |name: &str, what: &str, role: Role| {
            let place = header.place(name, what)?;
            match roles[place] {
                Role::Other => roles[place] = role,
                _ => {
                    return Err(Error::input(format!(
                        "the column {name:?} is described as two things, of which one is {what}"
                    )));
                }
            }
            Ok(())
        };
        for (at, name) in table.time.iter().enumerate() {
            give(name, "of the time", Role::Time(at))?;
        }
        let points = match &table.names {
            PointNames::Columns { columns, .. } => &columns[..],
            _ => &[],
        };
        for (at, name) in points.iter().enumerate() {
            give(name, "of the name of the point", Role::Point(at))?;
        }
        if let Some(UnitsPlace::Column(name)) = &table.units {
            give(name, "of the unit", Role::Unit)?;
        }
        if let Some(EntryTable::Long(long)) = &table.entries {
            give(&long.value, "of the value", Role::Value)?;
            if let Some(status) = &long.status {
                give(&status.column, "of the status", Role::Status)?;
            }
        }
        let unit = roles.iter().position(|role| *role == Role::Unit);
        let mut head = Self {
            last: roles
                .iter()
                .rposition(|role| *role != Role::Other)
                .unwrap_or(0),
            roles,
            times: table.time.len(),
            points: points.len(),
            unit,
            labels: Vec::new(),
            step: None,
        };
        if let Some(EntryTable::Day(day)) = &table.entries {
            let is_skipped = |name: &str| {
                let mut patterns = table.skip.iter();
                patterns.any(|pattern| is_of_pattern(pattern, name))
            };
            let others = head.roles.iter().zip(&header.names).enumerate();
            let others = others
                .filter(|(_, (role, name))| **role == Role::Other && !is_skipped(name))
                .map(|(place, (_, name))| (place, name.as_str()));
            (head.labels, head.step) = labels(day, others)?;
        }
        Ok(head)
    }

    /// Whether a day has a second column of this time.
    pub(super) fn has_second(&self, time: Span) -> bool {
        let mut labels = self.labels.iter();
        labels.any(|label| label.again && label.time == time)
    }

    /// The fields of the row in `line`.
    ///
    /// # Errors
    /// Why it is no row.
    pub(super) fn fields<'l>(
        &self,
        line: &'l [u8],
    ) -> std::result::Result<RowFields<'l>, &'static str> {
        let mut row = RowFields {
            times: [&[]; MOST_TIME_COLUMNS],
            time_count: self.times,
            points: [&[]; MOST_POINT_COLUMNS],
            point_count: self.points,
            unit: &[],
            value: &[],
            status: &[],
        };
        let mut count = 0;
        let mut take = |field: &'l [u8]| {
            let field = field.trim_ascii();
            match self.roles.get(count) {
                None if field.is_empty() => {}
                None => return Err("has more fields than the row of names"),
                Some(Role::Time(at)) => row.times[*at] = field,
                Some(Role::Point(at)) => row.points[*at] = field,
                Some(Role::Unit) => row.unit = field,
                Some(Role::Value) => row.value = field,
                Some(Role::Status) => row.status = field,
                Some(Role::Other) => {}
            }
            count += 1;
            Ok(())
        };
        if memchr::memchr(b'"', line).is_some() {
            fields(line).try_for_each(&mut take)?;
        } else {
            // Without quotes a comma is where a field ends.
            let mut begin = 0;
            for end in memchr::memchr_iter(b',', line).chain([line.len()]) {
                take(&line[begin..end])?;
                begin = end + 1;
            }
        }
        // Of a day all fields have to be there: nobody knows which of them is missing.
        let least = match self.labels.is_empty() {
            true => self.last + 1,
            false => self.roles.len(),
        };
        match count < least {
            true => Err("has fewer fields than the row of names"),
            false => Ok(row),
        }
    }
}
