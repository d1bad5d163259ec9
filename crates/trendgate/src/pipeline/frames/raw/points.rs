//! The columns of a raw frame → the points of a dataset that has this frame alone.

use super::super::Refusal;
use super::super::form::refuse_index;
use crate::acquire::{DialectId, ReportPoint};
use crate::clean::Stretch;
use crate::contract::{ViolationKind, Violations, check_schema};
use crate::error::{Error, Result};
use crate::model::{
    Column, ColumnId, DatasetSchema, EXTREME, KindId, PointId, QUALITY_FLAGS, TIMESTAMP,
    TimestampUnit, flag_item,
};
use crate::pipeline::Settings;
use crate::plan::{DatasetPoints, Shape};
use crate::time::{Instant, Span, TimeRange};
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Float64Type, Schema};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The points of a frame.
pub(super) struct RawPoints {
    pub(super) of: DatasetPoints,
    pub(super) schema: DatasetSchema,
    pub(super) kind: KindId,
    /// The place of the timestamps among the columns of the frame.
    pub(super) time: usize,
    /// For each point of the frame the place of its column there.
    pub(super) places: Vec<usize>,
    /// For each, its column in the roster.
    pub(super) columns: Vec<ColumnId>,
}

impl RawPoints {
    /// Those of a frame of this schema, which has a row every `interval`; the columns in `dead` are not required.
    ///
    /// # Errors
    /// [`Refusal::Contract`] for columns that are missing, of another type, of one point, or flags already; [`Refusal::Failed`] with
    /// [`Config`](crate::ErrorKind::Config) as [`DatasetPoints::new`].
    pub(super) fn of(
        schema: &Schema,
        settings: &Settings,
        interval: Option<Span>,
        dead: &BTreeSet<String>,
    ) -> std::result::Result<Self, Refusal> {
        refuse_index(schema)?;
        let mut found = columns_at_fault(schema)?;
        let fields = schema.fields().iter().enumerate();
        let fields = fields.filter(|(_, field)| field.name() != TIMESTAMP);
        let mut points = Vec::new();
        let mut places = Vec::new();
        let mut first: BTreeMap<PointId, &str> = BTreeMap::new();
        for (place, field) in fields {
            let id = settings.points().point_for(field.name())?;
            if let Some(other) = first.insert(id.clone(), field.name()) {
                let expected = "a point that no other column is";
                let got = format!("{:?}, as {other:?} is", id.to_string());
                found.add_column(ViolationKind::UnexpectedColumn, field.name(), expected, got);
            }
            places.push(place);
            points.push(ReportPoint::plain(id));
        }
        if !found.is_empty() {
            return Err(Refusal::Contract(found));
        }
        let shape = Shape {
            points: &points,
            interval,
            dialect: DialectId::default(),
            entry: None,
        };
        let of = DatasetPoints::new(&[shape], settings.description(), dead)?;
        let (kind, columns) = of
            .place(shape)
            .ok_or_else(|| Error::bug("a frame is of no kind"))?;
        let schema_of = of.roster.iter().map(Column::of).collect();
        Ok(Self {
            schema: DatasetSchema::new(schema_of)?.counting(settings.timestamp_unit),
            time: schema.index_of(TIMESTAMP).unwrap_or_default(),
            of,
            kind,
            places,
            columns,
        })
    }

    /// What a cleaner is told of all rows of the frame.
    pub(super) fn stretch(&self) -> Stretch<'_> {
        Stretch {
            own: TimeRange::new(Instant::MIN, Instant::MAX),
            points: &self.of.roster,
            equipment: &self.of.equipment,
            kinds: &self.of.kinds,
            schema: &self.schema,
        }
    }

    /// The columns of the roster that are required.
    pub(super) fn required(&self) -> Vec<ColumnId> {
        let roster = &self.of.roster;
        let columns = (0..roster.len()).map(ColumnId::new);
        columns.filter(|column| roster[*column].required).collect()
    }

    /// Whether a batch of the frame has a number for a column of the roster.
    pub(super) fn has_number(&self, column: ColumnId, batch: &RecordBatch) -> bool {
        let place = self.columns.iter().position(|other| *other == column);
        let cells = place.and_then(|place| {
            let column = batch.columns().get(self.places[place])?;
            column.as_primitive_opt::<Float64Type>()
        });
        let scale = self.of.roster[column].scale.unwrap_or(1.0);
        let is_number = |cell: f64| (cell * scale).abs() < EXTREME;
        cells.is_some_and(|cells| cells.iter().flatten().any(is_number))
    }
}

/// What is wrong with the columns of a frame.
fn columns_at_fault(schema: &Schema) -> Result<Violations> {
    let named = |name: &str| schema.fields().iter().any(|field| field.name() == name);
    let flags = Field::new(QUALITY_FLAGS, DataType::List(flag_item()), false);
    let fields = schema.fields().iter();
    let fields = fields
        .filter(|field| field.name() != QUALITY_FLAGS)
        .cloned();
    let fields: Vec<_> = fields.chain([Arc::new(flags)]).collect();
    let expected = DatasetSchema::expected_of(schema)?;
    let columns = expected
        .columns()
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let mut found = check_schema(Schema::new(fields).into(), columns, TimestampUnit::Ns)?;
    if named(QUALITY_FLAGS) {
        let expected = "no flags: it is our rules that raise them";
        found.add_column(
            ViolationKind::UnexpectedColumn,
            QUALITY_FLAGS,
            expected,
            "flags",
        );
    }
    Ok(found)
}
