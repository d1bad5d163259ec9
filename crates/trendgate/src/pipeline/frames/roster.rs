//! The columns of the dataset to be: what they are called, and in which unit they are.
//!
//! Enters: the configuration, the committed columns, the schema of each frame. Leaves: the columns of a frame by the names that they have
//! in the dataset, with all that is known of them. What is refused: a frame that states another unit or physical type than the dataset has,
//! and two names that differ in nothing but the case or the form of their letters, unless the configuration gives both one column.

use super::Refusal;
use crate::contract::{ViolationKind, Violations};
use crate::error::{Error, Result};
use crate::model::{
    Column, DatasetSchema, QUALITY_FLAGS, SchemaColumn, TIMESTAMP, TimestampUnit, column_key,
};
use crate::pipeline::Settings;
use crate::roster::PointTable;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The columns so far.
#[derive(Debug)]
pub(super) struct Roster {
    table: PointTable,
    columns: BTreeMap<String, Column>,
    unit: TimestampUnit,
}

impl Roster {
    /// The columns that are `committed`.
    pub(super) fn of<'a>(
        settings: &Settings,
        committed: impl Iterator<Item = &'a SchemaColumn>,
    ) -> Result<Self> {
        let mut roster = Self {
            table: settings.points().clone(),
            columns: BTreeMap::new(),
            unit: settings.timestamp_unit,
        };
        for committed in committed {
            if ![TIMESTAMP, QUALITY_FLAGS].contains(&committed.name.as_str()) {
                let column = roster.configured(&committed.name)?;
                let column = complete(column, &Column::from(committed.clone()));
                roster.columns.insert(column.name.clone(), column);
            }
        }
        Ok(roster)
    }

    /// Whether the configuration says nothing else of a committed column than what is known of it.
    pub(super) fn leaves(&self, committed: &Column) -> Result<bool> {
        let column = complete(self.configured(&committed.name)?, committed);
        Ok(column == *committed)
    }

    /// By which names the columns of a frame of this schema go into the dataset.
    ///
    /// # Errors
    /// [`Refusal::Contract`] where two of them, or one of them and one of the dataset, are one but for the form of their letters.
    pub(super) fn joining(&self, schema: &Schema) -> std::result::Result<Joining, Refusal> {
        let mut joining = Joining::default();
        let mut found = Violations::default();
        let known = self.columns.keys();
        let mut taken: BTreeMap<String, String> =
            known.map(|name| (folded(name), name.clone())).collect();
        let mut given = BTreeSet::new();
        for field in schema.fields() {
            let name = field.name();
            let column = self.column_of(name)?;
            let other = taken
                .entry(folded(&column))
                .or_insert_with(|| column.clone());
            let is_twice = !given.insert(column.clone()) && column != *name;
            if *other != column || is_twice {
                let kind = ViolationKind::SimilarColumn;
                found.add_column(
                    kind,
                    name,
                    format!("the column {other:?} alone"),
                    "another one",
                );
            }
            if column != *name {
                joining.columns.insert(name.clone(), column);
            }
        }
        match found.is_empty() {
            true => Ok(joining),
            false => Err(Refusal::Contract(found)),
        }
    }

    /// The column of the dataset that a column of a frame goes into: the one that the configuration gives a point of its name, if that
    /// differs in the form of its letters alone.
    fn column_of(&self, name: &str) -> Result<String> {
        if self.columns.contains_key(name) {
            return Ok(name.to_owned());
        }
        let spec = self.table.of_column(name)?;
        let column = spec.map(|spec| spec.column);
        let column = column.filter(|column| folded(column) == folded(name));
        Ok(column.unwrap_or_else(|| name.to_owned()))
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

/// By which names the columns of a frame go into the dataset.
#[derive(Debug, Default)]
pub(super) struct Joining {
    /// Those that are others than in the frame, by those.
    columns: BTreeMap<String, String>,
}

impl Joining {
    /// The name in the dataset.
    pub(super) fn column<'a>(&'a self, name: &'a str) -> &'a str {
        self.columns.get(name).map_or(name, String::as_str)
    }

    /// Rows with the names of the dataset.
    pub(super) fn join(&self, rows: RecordBatch) -> Result<RecordBatch> {
        if self.columns.is_empty() {
            return Ok(rows);
        }
        let schema = rows.schema();
        let fields = schema.fields().iter().map(|field| {
            let name = self.column(field.name());
            field.as_ref().clone().with_name(name)
        });
        let fields = fields.collect::<Vec<_>>();
        let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
        RecordBatch::try_new(schema, rows.columns().to_vec())
            .map_err(|error| Error::bug(format!("columns cannot be renamed: {error}")))
    }
}

/// A name as it is compared with others, whatever the case and the form of its letters.
fn folded(name: &str) -> String {
    column_key(name).to_lowercase()
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
