//! The row of names of a table, as it is described → which fields of a row are what.

use super::day::{Label, labels};
use super::values::{ValueColumn, value_columns};
use crate::acquire::described::{DescribedTable, EntryTable, PointNames, UnitsPlace};
use crate::acquire::field_places::FieldPlaces;
use crate::acquire::wide::{HeaderRow, MOST_TIME_COLUMNS};
use crate::error::{Error, Result};
use crate::model::is_of_pattern;
use crate::time::Span;

/// Columns that a time, or the name of a point, may be made of.
pub(super) const MOST_COLUMNS: usize = MOST_TIME_COLUMNS;

/// Which fields of a row are what, by their places.
#[derive(Debug)]
pub(super) struct EntryColumns {
    /// How many names there are.
    count: usize,
    /// Rows have so many fields at least.
    least: usize,
    pub(super) times: Vec<usize>,
    /// Those of the name of the point.
    pub(super) points: Vec<usize>,
    pub(super) unit: Option<usize>,
    pub(super) value: Option<usize>,
    pub(super) status: Option<usize>,
    /// The columns of a day.
    pub(super) labels: Vec<Label>,
    /// The time from one of these to the next, if it is the same everywhere.
    pub(super) step: Option<Span>,
    /// The columns of values, where a row has several.
    pub(super) values: Vec<ValueColumn>,
}

/// Whether a name is one of what is no point.
pub(super) fn is_skipped(table: &DescribedTable, name: &str) -> bool {
    let mut patterns = table.skip.iter();
    patterns.any(|pattern| is_of_pattern(pattern, name))
}

impl EntryColumns {
    /// That of `table` below `header`.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where a column is not there that is described, or where the columns of a day are none.
    pub(super) fn of(table: &DescribedTable, header: &HeaderRow) -> Result<Self> {
        let mut taken = vec![false; header.names.len()];
        let mut take = |name: &str, what: &str| {
            let place = header.place(name, what)?;
            match std::mem::replace(&mut taken[place], true) {
                false => Ok(place),
                true => Err(Error::input(format!(
                    "the column {name:?} is described as two things, of which one is {what}"
                ))),
            }
        };
        let times = table.time.iter().map(|name| take(name, "of the time"));
        let times = times.collect::<Result<Vec<_>>>()?;
        let points = match &table.names {
            PointNames::Columns { columns, .. } => &columns[..],
            _ => &[],
        };
        let points = points
            .iter()
            .map(|name| take(name, "of the name of the point"));
        let points = points.collect::<Result<Vec<_>>>()?;
        let unit = match &table.units {
            Some(UnitsPlace::Column(name)) => Some(take(name, "of the unit")?),
            _ => None,
        };
        let (mut value, mut status) = (None, None);
        if let Some(EntryTable::Long(long)) = &table.entries {
            if table.values.is_empty() {
                value = Some(take(&long.value, "of the value")?);
            }
            if let Some(stated) = &long.status {
                status = Some(take(&stated.column, "of the status")?);
            }
        }
        let (mut of_day, mut step) = (Vec::new(), None);
        if let Some(EntryTable::Day(day)) = &table.entries {
            let others = taken.iter().zip(&header.names).enumerate();
            let others = others
                .filter(|(_, (taken, name))| !**taken && !is_skipped(table, name))
                .map(|(place, (_, name))| (place, name.as_str()));
            (of_day, step) = labels(day, others)?;
        }
        let mut values = Vec::new();
        if !table.values.is_empty() {
            values = value_columns(table, &header.names, |place| !taken[place])?;
            let fields = values.iter().flat_map(ValueColumn::fields);
            fields.for_each(|place| taken[place] = true);
        }
        // Of a day all fields have to be there: nobody knows which of them is missing.
        let least = match of_day.is_empty() {
            true => taken.iter().rposition(|taken| *taken).unwrap_or(0) + 1,
            false => taken.len(),
        };
        Ok(Self {
            count: taken.len(),
            least,
            times,
            points,
            unit,
            value,
            status,
            labels: of_day,
            step,
            values,
        })
    }

    /// Whether a day has a second column of this time.
    pub(super) fn has_second(&self, time: Span) -> bool {
        let mut labels = self.labels.iter();
        labels.any(|label| label.again && label.time == time)
    }

    /// Finds the fields of the row in `line`.
    ///
    /// # Errors
    /// Why it is no row.
    #[inline]
    pub(super) fn find(
        &self,
        line: &[u8],
        fields: &mut FieldPlaces,
    ) -> std::result::Result<(), &'static str> {
        fields.find(line);
        let mut more = self.count..fields.count();
        if more.any(|place| !fields.field(line, place).is_empty()) {
            return Err("has more fields than the row of names");
        }
        match fields.count() < self.least {
            true => Err("has fewer fields than the row of names"),
            false => Ok(()),
        }
    }
}

/// The fields at these places, as far as there is room for them.
#[inline]
pub(super) fn fields_at<'f, 'l>(
    fields: &FieldPlaces,
    line: &'l [u8],
    places: &[usize],
    found: &'f mut [&'l [u8]; MOST_COLUMNS],
) -> &'f [&'l [u8]] {
    let count = places.len().min(MOST_COLUMNS);
    for (to, place) in found.iter_mut().zip(places) {
        *to = fields.field(line, *place);
    }
    &found[..count]
}
