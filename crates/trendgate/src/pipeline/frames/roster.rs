//! The columns of the dataset to be: what they are called, and in which unit they are.
//!
//! Enters: the configuration, the committed columns, the schema of each frame. Leaves: the columns of a frame with all that is known of
//! them. What is refused: a frame that states another unit or physical type than the dataset has.

use super::Refusal;
use crate::contract::{ViolationKind, Violations};
use crate::error::Result;
use crate::model::{Column, DatasetSchema, QUALITY_FLAGS, TIMESTAMP, TimestampUnit};
use crate::pipeline::Settings;
use crate::publish::History;
use crate::roster::PointTable;
use arrow::datatypes::Schema;
use std::collections::BTreeMap;

/// The columns so far.
#[derive(Debug)]
pub(super) struct Roster {
    table: PointTable,
    columns: BTreeMap<String, Column>,
    unit: TimestampUnit,
}

impl Roster {
    /// The columns that are committed.
    pub(super) fn of(settings: &Settings, history: &History) -> Result<Self> {
        let mut roster = Self {
            table: settings.points().clone(),
            columns: BTreeMap::new(),
            unit: settings.timestamp_unit,
        };
        for committed in history.columns() {
            if ![TIMESTAMP, QUALITY_FLAGS].contains(&committed.name.as_str()) {
                let column = roster.configured(&committed.name)?;
                let column = complete(column, &Column::from(committed));
                roster.columns.insert(column.name.clone(), column);
            }
        }
        Ok(roster)
    }

    /// The columns of a frame of this schema.
    pub(super) fn describe(&self, schema: &Schema) -> std::result::Result<DatasetSchema, Refusal> {
        let stated = DatasetSchema::expected_of(schema)?;
        let mut found = Violations::default();
        let mut columns = Vec::with_capacity(stated.columns().len());
        for stated in stated.columns() {
            let known = match self.columns.get(&stated.name) {
                Some(known) => known.clone(),
                None => self.configured(&stated.name)?,
            };
            contradiction(&known, stated, &mut found);
            columns.push(complete(known, stated));
        }
        if !found.is_empty() {
            return Err(Refusal::Contract(found));
        }
        Ok(DatasetSchema::new(columns)?)
    }

    /// Takes the columns of an admitted frame.
    pub(super) fn add(&mut self, columns: Vec<Column>) {
        let columns = columns.into_iter();
        self.columns
            .extend(columns.map(|column| (column.name.clone(), column)));
    }

    /// The schema of everything.
    pub(super) fn schema(&self) -> Result<DatasetSchema> {
        let schema = DatasetSchema::new(self.columns.values().cloned().collect())?;
        Ok(schema.counting(self.unit))
    }

    fn configured(&self, name: &str) -> Result<Column> {
        let spec = self.table.of_column(name)?;
        Ok(spec.map_or_else(
            || Column::gauge(name, name),
            |spec| Column {
                name: name.to_owned(),
                ..Column::of(&spec)
            },
        ))
    }
}

/// What is known of a column, and for the rest what is stated.
fn complete(known: Column, stated: &Column) -> Column {
    let nameless = known.point == known.name;
    Column {
        point: if nameless {
            stated.point.clone()
        } else {
            known.point
        },
        unit: known.unit.or_else(|| stated.unit.clone()),
        physical_type: known.physical_type.or_else(|| stated.physical_type.clone()),
        ..known
    }
}

fn contradiction(known: &Column, stated: &Column, found: &mut Violations) {
    let unit = |column: &Column| column.unit.as_ref().map(|unit| unit.name().to_owned());
    let kind = |column: &Column| {
        column
            .physical_type
            .as_ref()
            .map(|kind| kind.name().to_owned())
    };
    let pairs = [
        ("in", unit(known), unit(stated)),
        ("of the type", kind(known), kind(stated)),
    ];
    for (what, known, other) in pairs {
        if let (Some(known), Some(other)) = (known, other)
            && known != other
        {
            let say = |name: &str| format!("float64 {what} {name}");
            found.add_column(
                ViolationKind::TypeMismatch,
                &stated.name,
                say(&known),
                say(&other),
            );
        }
    }
}
