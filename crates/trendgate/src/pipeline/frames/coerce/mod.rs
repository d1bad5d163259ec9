//! A frame in the types of whatever library made it → the same in the types of the dataset, where the caller asks for that.
//!
//! ```text
//! frame ─ names (columns) ─ times (UTC, nanoseconds) ─ numbers (float64) ─ order of time ─▶ frame that the contract takes
//!                     └───────── what float64 or int64 has not ─────────────▶ Violations
//! ```
//!
//! Enters: record batches with `timestamp`, maybe `quality_flags`, and points of any type of numbers. Leaves: the same rows in the order of
//! time, and how much of them had to be changed, by [`CoercionKind`]: nothing is changed in silence. What is refused: two columns that become
//! one, integers and decimals beyond 2⁵³, instants too far away for nanoseconds, and local times that happen twice or never. What no type
//! of numbers is (texts, dates) stays as it is, for the contract to refuse; so do two rows of one time.
//!
//! All batches of the frame are held until the order of its rows is known: those of a frame in memory are the caller's own arrays, not copies.

mod names;
mod numbers;
mod times;

use super::Refusal;
use super::form::refuse_index;
use crate::contract::Violations;
use crate::error::{Error, Result};
use crate::model::{FlagSet, QUALITY_FLAGS, TIMESTAMP, TimestampUnit, flag_item, flag_lists};
use crate::named::named;
use crate::roster::PointTable;
use crate::time;
use arrow::array::{Array, ArrayRef, RecordBatch, TimestampNanosecondArray};
use arrow::compute::{can_cast_types, cast, interleave};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use jiff::tz::TimeZone;
use numbers::NumberType;
use std::collections::BTreeMap;
use std::sync::Arc;
use times::TimeType;

/// So many rows are put in order at a time.
const SORTED_ROWS: usize = 8192;

/// That the columns of a frame may be changed into what the contract wants, and which zone its local times are of.
///
/// ```
/// use trendgate::frames::Coercion;
///
/// assert!(Coercion::new(Some("Asia/Taipei")).is_ok());
/// assert!(Coercion::new(Some("Taipei")).is_err());
/// # Ok::<(), trendgate::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Coercion {
    /// The zone of times without one, and its name.
    zone: Option<(String, TimeZone)>,
}

impl Coercion {
    /// With the IANA name of the zone of times that have none; without it, such times are refused.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where that is no name of a zone.
    pub fn new(zone: Option<&str>) -> Result<Self> {
        let known = |name: &str| -> Result<(String, TimeZone)> {
            let zone = time::zone(name).ok_or_else(|| {
                Error::usage(format!("{name:?} is not an IANA time zone"))
                    .hint("use a name such as Asia/Taipei")
            })?;
            Ok((name.to_owned(), zone))
        };
        Ok(Self {
            zone: zone.map(known).transpose()?,
        })
    }

    /// The times of the column `name`, whose first row has the number `first`, as instants; `None` where they are no times. Rows that are
    /// none are added to `found`.
    pub(super) fn instants(
        &self,
        column: &ArrayRef,
        (name, first): (&str, u64),
        found: &mut Violations,
    ) -> Option<ArrayRef> {
        let of = TimeType::of(column.data_type(), self.zone.as_ref())?;
        Some(Arc::new(of.instants(column, (name, first), found)))
    }
}

/// The numbers of the column `name`, whose first row has the number `first`, as float64; `None` where they are none. What float64 does not
/// hold is added to `found`.
pub(super) fn float64(
    column: &ArrayRef,
    (name, first): (&str, u64),
    found: &mut Violations,
) -> Option<ArrayRef> {
    let of = NumberType::of(column.data_type())?;
    if matches!(of, NumberType::Boolean | NumberType::Coded(..)) {
        return None;
    }
    of.look_at(column, (name, first), found, &mut CoercionCounts::default());
    of.as_float64(column).ok()
}

/// The rows of a batch, whose first has the number `first`, as they are in memory: where files count microseconds, so may frames.
///
/// # Errors
/// The rows whose timestamps nanoseconds do not reach.
pub(super) fn in_memory(
    rows: RecordBatch,
    first: u64,
    unit: TimestampUnit,
) -> std::result::Result<RecordBatch, Violations> {
    if unit == TimestampUnit::Ns {
        return Ok(rows);
    }
    let schema = rows.schema();
    let (mut fields, mut columns) = (schema.fields().to_vec(), rows.columns().to_vec());
    let mut found = Violations::default();
    for (field, column) in fields.iter_mut().zip(&mut columns) {
        let (name, stored) = (field.name(), TimestampUnit::Us.data_type());
        if name != TIMESTAMP || *field.data_type() != stored {
            continue;
        }
        if let Some(counted) = Coercion::default().instants(column, (name, first), &mut found) {
            let counts = field
                .as_ref()
                .clone()
                .with_data_type(TimestampUnit::Ns.data_type());
            (*field, *column) = (Arc::new(counts), counted);
        }
    }
    if !found.is_empty() {
        return Err(found);
    }
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    RecordBatch::try_new(Arc::new(schema), columns).or(Ok(rows))
}

/// What of a frame was changed so that the contract takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CoercionKind {
    /// Rows whose time counted another unit.
    TimeUnit,
    /// Rows whose time had another zone than UTC.
    TimeZone,
    /// Rows whose time had no zone, and was taken to be local.
    LocalTime,
    /// Rows that stood elsewhere before they were put in the order of time.
    Sorted,
    /// Columns that had another name.
    Names,
    /// Rows that had no column of flags.
    NoFlags,
    /// Cells that were integers.
    Integers,
    /// Cells that were numbers of 16 or 32 bits.
    SmallFloats,
    /// Cells that were truth values: true is 1.
    Booleans,
    /// Cells that were decimals.
    Decimals,
    /// Cells that were NaN, which is null.
    Nans,
}

named!(CoercionKind, "What of a frame was changed so that the contract takes it.", {
    TimeUnit "time_unit",
    TimeZone "time_zone",
    LocalTime "local_time",
    Sorted "sorted",
    Names "names",
    NoFlags "no_flags",
    Integers "integers",
    SmallFloats "small_floats",
    Booleans "booleans",
    Decimals "decimals",
    Nans "nans",
});

/// How much of a frame was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CoercionCounts(pub(super) BTreeMap<CoercionKind, u64>);

impl CoercionCounts {
    fn add(&mut self, kind: CoercionKind, count: usize) {
        if count > 0 {
            *self.0.entry(kind).or_default() += count as u64;
        }
    }
}

/// A frame in the types of the dataset.
#[derive(Debug)]
pub(crate) struct CoercedFrame {
    schema: SchemaRef,
    columns: Vec<CoercedColumn>,
    batches: Vec<RecordBatch>,
    /// For each batch its times; none where there is no such column of instants.
    times: Vec<TimestampNanosecondArray>,
    /// The rows in the order of time, by batch and row, where that is not the order in which they came.
    order: Option<Vec<(usize, usize)>>,
    counts: CoercionCounts,
}

/// How a column of the frame becomes one of the dataset.
#[derive(Debug)]
enum CoercedColumn {
    /// It was gone over when the frame was taken.
    Times,
    /// There is none: no row has a flag.
    NoFlags,
    /// A column of the frame, as it is.
    AsIs(usize),
    /// A column of the frame, as float64.
    Numbers(usize, NumberType),
}

impl CoercedFrame {
    /// The frame of these rows, all of `schema`. `points` says which names are those of points; without it, the names of points stay, and so
    /// does it that there is no column of flags.
    ///
    /// # Errors
    /// [`Refusal::Contract`] for what is refused, see the head of this module; [`Refusal::Failed`] with what one of `rows` is.
    pub(crate) fn take(
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        coercion: &Coercion,
        points: Option<&PointTable>,
    ) -> std::result::Result<Self, Refusal> {
        let mut counts = CoercionCounts::default();
        refuse_index(schema)?;
        let names = match points {
            Some(points) => names::columns(schema, points)?.map_err(Refusal::Contract)?,
            None => names::of_points(schema)?,
        };
        let renamed = schema.fields().iter().zip(&names);
        let renamed = renamed.filter(|(field, name)| field.name() != *name);
        counts.add(CoercionKind::Names, renamed.count());
        let (mut columns, mut fields) = (Vec::new(), Vec::new());
        let mut time_column = None;
        for (place, (field, name)) in schema.fields().iter().zip(&names).enumerate() {
            let field = field.as_ref().clone().with_name(name);
            let time_type = TimeType::of(field.data_type(), coercion.zone.as_ref());
            let number_type = NumberType::of(field.data_type());
            let (field, column) = match (name.as_str(), time_type, number_type) {
                (TIMESTAMP, Some(of), _) => {
                    time_column = Some((place, of));
                    let utc = TimestampUnit::Ns.data_type();
                    (field.with_data_type(utc), CoercedColumn::Times)
                }
                (TIMESTAMP | QUALITY_FLAGS, ..) | (_, _, None) => {
                    let plain = without_dictionaries(field.data_type());
                    (field.with_data_type(plain), CoercedColumn::AsIs(place))
                }
                (_, _, Some(of)) => (
                    field.with_data_type(DataType::Float64),
                    CoercedColumn::Numbers(place, of),
                ),
            };
            fields.push(field);
            columns.push(column);
        }
        let has_flags = names.iter().any(|name| name == QUALITY_FLAGS);
        if !has_flags && points.is_some() {
            fields.push(Field::new(
                QUALITY_FLAGS,
                DataType::List(flag_item()),
                false,
            ));
            columns.push(CoercedColumn::NoFlags);
        }
        let mut frame = Self {
            schema: Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())),
            columns,
            batches: Vec::new(),
            times: Vec::new(),
            order: None,
            counts,
        };
        let mut found = Violations::default();
        let mut row = 0;
        for batch in rows {
            let batch = batch?;
            frame.look_at(&batch, row, time_column.as_ref(), &mut found);
            row += batch.num_rows() as u64;
            frame.batches.push(batch);
        }
        if !found.is_empty() {
            return Err(Refusal::Contract(found));
        }
        frame.put_in_order();
        Ok(frame)
    }

    /// The schema of its rows.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What was changed.
    pub(super) fn counts(&self) -> &CoercionCounts {
        &self.counts
    }

    /// The number under which the row came that has this one among [`rows`](Self::rows).
    pub(super) fn row_as_it_came(&self, row: u64) -> u64 {
        let place = usize::try_from(row).ok();
        let came = place.and_then(|place| self.order.as_ref()?.get(place));
        came.map_or(row, |(batch, row)| {
            let before = self.batches[..*batch].iter();
            (before.map(RecordBatch::num_rows).sum::<usize>() + row) as u64
        })
    }

    /// Its rows, in the order of time.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Result<RecordBatch>> {
        let in_order = self.order.as_deref().unwrap_or_default();
        let columns = match self.order {
            Some(_) => self.columns_of_all(),
            None => Ok(Vec::new()),
        };
        let sorted = in_order
            .chunks(SORTED_ROWS)
            .map(move |rows| match &columns {
                Ok(columns) => self.sorted(columns, rows),
                Err(error) => Err(ArrowError::ComputeError(error.to_string())),
            });
        let batches = match self.order {
            Some(_) => &[][..],
            None => &self.batches[..],
        };
        let batches = batches.iter().enumerate();
        let as_they_came = batches.map(|(place, batch)| {
            let times = self
                .times
                .get(place)
                .map(|times| Arc::new(times.clone()) as ArrayRef);
            self.made(times, batch)
        });
        sorted.chain(as_they_came).map(|made| {
            made.map_err(|error| Error::bug(format!("a frame cannot be coerced: {error}")))
        })
    }

    /// Goes over a batch whose first row has the number `row`: what of it is refused, and what will be changed.
    fn look_at(
        &mut self,
        batch: &RecordBatch,
        row: u64,
        time_column: Option<&(usize, TimeType<'_>)>,
        found: &mut Violations,
    ) {
        let rows = batch.num_rows();
        let times = time_column.map(|(place, of)| {
            of.count(rows, &mut self.counts);
            of.instants(batch.column(*place), (TIMESTAMP, row), found)
        });
        for column in &self.columns {
            match column {
                CoercedColumn::Times | CoercedColumn::AsIs(_) => {}
                CoercedColumn::NoFlags => self.counts.add(CoercionKind::NoFlags, rows),
                CoercedColumn::Numbers(place, of) => {
                    let name = batch.schema_ref().field(*place).name();
                    let cells = batch.column(*place);
                    of.look_at(cells, (name, row), found, &mut self.counts);
                }
            }
        }
        self.times.extend(times);
    }

    /// Finds out in which order its rows have to stand.
    fn put_in_order(&mut self) {
        let all = || self.times.iter().flat_map(|times| times.values());
        // A null is refused by the contract, by its row.
        if all().is_sorted() || self.times.iter().any(|times| times.null_count() > 0) {
            return;
        }
        let batches = self.times.iter().enumerate();
        let rows = batches.flat_map(|(batch, times)| (0..times.len()).map(move |row| (batch, row)));
        let came: Vec<(usize, usize)> = rows.collect();
        let mut order = came.clone();
        order.sort_by_key(|(batch, row)| self.times[*batch].value(*row));
        let moved = came
            .iter()
            .zip(&order)
            .filter(|(came, stands)| came != stands);
        self.counts.add(CoercionKind::Sorted, moved.count());
        self.order = Some(order);
    }

    /// Of each column of the dataset but the times, what all batches have of it, in its type: texts of a dictionary are not put in order by its keys.
    fn columns_of_all(&self) -> std::result::Result<Vec<Vec<ArrayRef>>, ArrowError> {
        let of = |place: usize| {
            let batches = match self.columns[place] {
                CoercedColumn::Times => &[][..],
                _ => &self.batches[..],
            };
            batches
                .iter()
                .map(|batch| self.column(place, batch))
                .collect()
        };
        (0..self.columns.len()).map(of).collect()
    }

    /// What a batch has of a column of the dataset, in its type.
    fn column(
        &self,
        place: usize,
        batch: &RecordBatch,
    ) -> std::result::Result<ArrayRef, ArrowError> {
        match &self.columns[place] {
            CoercedColumn::Times => Err(ArrowError::ComputeError("times of no batch".to_owned())),
            CoercedColumn::NoFlags => Ok(flag_lists(&vec![FlagSet::CLEAN; batch.num_rows()])),
            CoercedColumn::AsIs(of) => {
                cast(batch.column(*of), self.schema.field(place).data_type())
            }
            CoercedColumn::Numbers(of, numbers) => numbers.as_float64(batch.column(*of)),
        }
    }

    /// Some of its rows, of these columns.
    fn sorted(
        &self,
        columns: &[Vec<ArrayRef>],
        rows: &[(usize, usize)],
    ) -> std::result::Result<RecordBatch, ArrowError> {
        let times = rows
            .iter()
            .map(|(batch, row)| self.times[*batch].value(*row));
        let times = TimestampNanosecondArray::from_iter_values(times);
        let times = Arc::new(times.with_timezone(UTC)) as ArrayRef;
        let column = |(of, column): (&CoercedColumn, &Vec<ArrayRef>)| match of {
            CoercedColumn::Times => Ok(Arc::clone(&times)),
            _ => interleave(&column.iter().map(AsRef::as_ref).collect::<Vec<_>>(), rows),
        };
        let columns = self.columns.iter().zip(columns).map(column);
        RecordBatch::try_new(
            Arc::clone(&self.schema),
            columns.collect::<std::result::Result<_, ArrowError>>()?,
        )
    }

    /// A batch in the types of the dataset.
    fn made(
        &self,
        times: Option<ArrayRef>,
        batch: &RecordBatch,
    ) -> std::result::Result<RecordBatch, ArrowError> {
        let column = |place: usize| match (&self.columns[place], &times) {
            (CoercedColumn::Times, Some(times)) => Ok(Arc::clone(times)),
            _ => self.column(place, batch),
        };
        let columns = (0..self.columns.len()).map(column);
        RecordBatch::try_new(
            Arc::clone(&self.schema),
            columns.collect::<std::result::Result<_, ArrowError>>()?,
        )
    }
}

/// The type without dictionaries, whose keys are too few for all batches of some frames.
fn without_dictionaries(of: &DataType) -> DataType {
    let plain = |item: &Arc<Field>| {
        let of = without_dictionaries(item.data_type());
        Arc::new(item.as_ref().clone().with_data_type(of))
    };
    let plain = match of {
        DataType::Dictionary(_, values) => values.as_ref().clone(),
        DataType::List(item) => DataType::List(plain(item)),
        DataType::LargeList(item) => DataType::LargeList(plain(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(plain(item), *size),
        other => other.clone(),
    };
    match can_cast_types(of, &plain) {
        true => plain,
        false => of.clone(),
    }
}

/// The zone of the dataset.
const UTC: &str = "UTC";
