//! The values of a row that has several, each of a point of its own: what names the row's points, and the name of the column, is the point's
//! name.
//!
//! ```text
//! dataid,local_15min,air1,grid
//! 661,2018-03-10 00:00:00-06,1.609,3.517      661/air1, 661/grid
//! ```

use super::head::{EntryColumns, is_skipped};
use super::points::RowPoints;
use crate::acquire::described::{DescribedTable, UnitsPlace};
use crate::acquire::entries::{Entry, Status};
use crate::acquire::field_places::FieldPlaces;
use crate::acquire::local_clock::RowTime;
use crate::acquire::status_beside::GoodWords;
use crate::acquire::time_stamp::EntryStamp;
use crate::acquire::wide::split_brackets;
use crate::acquire::zone_words::WallTime;
use crate::error::{Error, Result};
use crate::model::is_of_pattern;
use crate::time::Span;
use jiff::civil;
use std::collections::HashMap;

/// A column of values.
#[derive(Debug)]
pub(super) struct ValueColumn {
    /// Its place in a row.
    pub(super) place: usize,
    /// Its part of the names of points.
    pub(super) name: String,
    /// The unit of its numbers, where the head says one.
    pub(super) unit: String,
    /// The place of the word about its value.
    status: Option<usize>,
}

impl ValueColumn {
    /// The places that a row needs for it.
    pub(super) fn fields(&self) -> impl Iterator<Item = usize> + use<> {
        [Some(self.place), self.status].into_iter().flatten()
    }
}

/// The columns of values among those that are nothing else.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where there are none, or one has no name, or not the status that is described.
pub(super) fn value_columns(
    table: &DescribedTable,
    names: &[String],
    is_free: impl Fn(usize) -> bool,
) -> Result<Vec<ValueColumn>> {
    let statuses = match &table.statuses {
        Some(statuses) => statuses.places(names, &is_free)?,
        None => vec![None; names.len()],
    };
    let is_value = |place: &usize| {
        let name = &names[*place];
        let mut patterns = table.values.iter();
        is_free(*place)
            && !statuses.contains(&Some(*place))
            && !is_skipped(table, name)
            && patterns.any(|pattern| is_of_pattern(pattern, name))
    };
    let columns = (0..names.len()).filter(is_value).map(|place| {
        let whole = &names[place];
        if whole.is_empty() {
            let error = format!("column {} of the row of names has no name", place + 1);
            return Err(Error::input(error).hint("skip columns without a name: `skip: [\"\"]`"));
        }
        if let Some(described) = &table.statuses {
            described.check(whole, statuses[place])?;
        }
        let (name, unit) = match table.units {
            Some(UnitsPlace::Brackets) => split_brackets(whole),
            _ => (&**whole, ""),
        };
        Ok(ValueColumn {
            place,
            name: name.to_owned(),
            unit: unit.to_owned(),
            status: statuses[place],
        })
    });
    let columns: Vec<ValueColumn> = columns.collect::<Result<_>>()?;
    let mut before = columns.iter().zip(1..);
    let again = before.find(|(column, next)| {
        let mut others = columns[*next..].iter();
        others.any(|other| other.name == column.name)
    });
    match (columns.is_empty(), again) {
        (true, _) => Err(Error::input(format!(
            "expected columns of values such as {:?}, and found none that is not described as something else, or skipped",
            table.values.join(", ")
        ))
        .hint("correct `value.columns`")),
        (false, Some((column, _))) => Err(Error::input(format!(
            "the table has two columns of values with one name: {:?}",
            column.name
        ))
        .hint("skip one of them; the second of equal names is called `name[2]`")),
        (false, None) => Ok(columns),
    }
}

/// A row whose values are given out.
pub(super) struct OpenValues {
    /// For what names the points of rows, those of the columns.
    ids: HashMap<Vec<u8>, usize>,
    points: Vec<Vec<Option<usize>>>,
    /// Of the row that is open: which of these its own are.
    id: usize,
    key: Vec<u8>,
    stamp: Option<(RowTime, Option<WallTime>)>,
    /// The next of the columns of values.
    next: usize,
    /// The words beside which there is a value, where they stand beside each.
    good: Option<GoodWords>,
}

impl OpenValues {
    /// That of a table of which no row was met.
    pub(super) fn of(table: &DescribedTable) -> Self {
        Self {
            ids: HashMap::new(),
            points: Vec::new(),
            id: 0,
            key: Vec::new(),
            stamp: None,
            next: 0,
            good: table.statuses.as_ref().map(GoodWords::of),
        }
    }

    /// Opens a row of this time, whose points these fields name together with the names of the columns.
    pub(super) fn open(
        &mut self,
        (at, wall): (RowTime, Option<(civil::Date, Span)>),
        id: &[&[u8]],
        columns: &[ValueColumn],
        points: &mut RowPoints,
    ) {
        self.key.clear();
        for field in id {
            self.key.extend_from_slice(field);
            self.key.push(b'\n');
        }
        self.id = if let Some(known) = self.ids.get(&self.key) {
            *known
        } else {
            let columns = columns.iter();
            let own = columns.map(|column| points.of_column(id, column)).collect();
            self.ids.insert(self.key.clone(), self.points.len());
            self.points.push(own);
            self.points.len() - 1
        };
        self.stamp = Some((at, wall.map(|(date, time)| WallTime { date, time })));
        self.next = 0;
    }

    /// The next value of the row in `line`, whose fields were found; all of its values have this status, where they have none of their own.
    pub(super) fn next<'l>(
        &mut self,
        (line, fields): (&'l [u8], &FieldPlaces),
        status: Option<Status<'l>>,
        head: &EntryColumns,
    ) -> Option<Entry<'l>> {
        let (at, wall) = self.stamp?;
        while let Some(column) = head.values.get(self.next) {
            let point = self.points.get(self.id)?.get(self.next).copied().flatten();
            self.next += 1;
            let Some(point) = point else {
                continue;
            };
            let own = column.status.map(|place| fields.field(line, place));
            let own = own.filter(|word| self.good.as_mut().is_some_and(|good| !good.have(word)));
            let own = own.map(|word| Status {
                word,
                is_missing: true,
            });
            return Some(Entry {
                restarts: false,
                point,
                stamp: EntryStamp::Known { at, wall },
                value: fields.field(line, column.place),
                unit: head.unit.map_or(&[], |place| fields.field(line, place)),
                status: own.or(status),
            });
        }
        None
    }
}
