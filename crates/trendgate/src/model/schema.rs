//! The columns of a dataset: what they are called, what they mean, how they look in Arrow.
//!
//! Enters: columns. Leaves: a [`DatasetSchema`], whose columns are sorted, unique and not reserved. Refuses: two points that want one
//! column, and names that the dataset keeps for itself.

use super::physical::PhysicalType;
use super::point::{Aggregation, RESERVED};
use super::spec::PointSpec;
use super::term::{Term, Vocabulary as _};
use super::timestamp_unit::TimestampUnit;
use super::units::Unit;
use crate::digest::Digest;
use crate::error::{Error, Result};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// The column that holds the left edge of each bin.
pub(crate) const TIMESTAMP: &str = RESERVED[0];
/// The column that holds the reasons to distrust each row.
pub(crate) const QUALITY_FLAGS: &str = RESERVED[1];

// The keys of a point column's field metadata: the point's name in the reports (`NAME` or `NAME:SUFFIX`), the unit of its values, its physical
// type, and how samples became a bin ([`Aggregation::name`]). Unit and physical type are absent where they are not known.
const POINT: &str = "point";
const UNIT: &str = "unit";
const PHYSICAL_TYPE: &str = "physical_type";
const AGGREGATION: &str = "aggregation";

/// One point's column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The column's name in the dataset.
    pub name: String,
    /// The point's name in the reports: `NAME` or `NAME:SUFFIX`.
    pub point: String,
    /// The unit of the values, by its symbol.
    pub unit: Option<Term<Unit>>,
    /// What the point measures, such as `water_temperature`.
    pub physical_type: Option<Term<PhysicalType>>,
    /// How the samples of a bin became one value.
    pub aggregation: Aggregation,
}

impl Column {
    /// The column of a point.
    #[must_use]
    pub(crate) fn of(point: &PointSpec) -> Self {
        Self {
            name: point.column.clone(),
            point: point.id.to_string(),
            unit: point.dataset_unit().map(Term::Known),
            physical_type: point.physical_type.map(Term::Known),
            aggregation: point.aggregation,
        }
    }

    /// A column of which nothing but its names is known.
    #[must_use]
    pub(crate) fn gauge(name: impl Into<String>, point: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            point: point.into(),
            unit: None,
            physical_type: None,
            aggregation: Aggregation::Mean,
        }
    }

    fn field(&self) -> Field {
        let mut metadata = HashMap::from([
            (POINT.to_owned(), self.point.clone()),
            (AGGREGATION.to_owned(), self.aggregation.name().to_owned()),
        ]);
        let unit = self.unit.as_ref().map(Term::name);
        let physical_type = self.physical_type.as_ref().map(Term::name);
        for (key, name) in [(UNIT, unit), (PHYSICAL_TYPE, physical_type)] {
            metadata.extend(name.map(|name| (key.to_owned(), name.to_owned())));
        }
        Field::new(&self.name, DataType::Float64, true).with_metadata(metadata)
    }

    fn from_field(field: &Field) -> Self {
        let get = |key: &str| field.metadata().get(key);
        Self {
            name: field.name().clone(),
            point: get(POINT).unwrap_or(field.name()).clone(),
            unit: get(UNIT).map(|name| Term::of(name)),
            physical_type: get(PHYSICAL_TYPE).map(|name| Term::of(name)),
            aggregation: get(AGGREGATION)
                .and_then(|name| Aggregation::named(name))
                .unwrap_or_default(),
        }
    }
}

/// The columns of a dataset: `timestamp`, `quality_flags`, then the points in the order of their names.
#[derive(Debug, Clone)]
pub struct DatasetSchema {
    columns: Vec<Column>,
    arrow: SchemaRef,
    unit: TimestampUnit,
}

impl DatasetSchema {
    /// The schema with these columns, in any order.
    ///
    /// # Errors
    /// [`Config`](crate::error::ErrorKind::Config) where a name is empty or reserved, or two points have one name.
    pub(crate) fn new(mut columns: Vec<Column>) -> Result<Self> {
        columns.sort_by(|a, b| (&a.name, &a.point).cmp(&(&b.name, &b.point)));
        columns.iter().try_for_each(refuse_reserved)?;
        columns
            .windows(2)
            .try_for_each(|pair| refuse_shared(&pair[0], &pair[1]))?;
        let fixed = [timestamp_field(TimestampUnit::Ns), flags_field()];
        let fields: Vec<Field> = fixed
            .into_iter()
            .chain(columns.iter().map(Column::field))
            .collect();
        Ok(Self {
            columns,
            arrow: Arc::new(Schema::new(fields)),
            unit: TimestampUnit::Ns,
        })
    }

    /// The same columns in files whose timestamps count `unit`. In memory they count nanoseconds in any case.
    #[must_use]
    pub(crate) fn counting(self, unit: TimestampUnit) -> Self {
        Self { unit, ..self }
    }

    /// What the timestamps in files count.
    #[must_use]
    pub(crate) fn unit(&self) -> TimestampUnit {
        self.unit
    }

    /// The schema that `schema` would have if every column that is not reserved were a point.
    pub(crate) fn expected_of(schema: &Schema) -> Result<Self> {
        let mut columns: Vec<Column> = Vec::new();
        for field in schema.fields() {
            let name = field.name().as_str();
            let known = RESERVED.contains(&name) || columns.iter().any(|c| c.name == name);
            if !known && !name.is_empty() {
                columns.push(Column::from_field(field));
            }
        }
        Self::new(columns)
    }

    /// The points' columns, sorted by name.
    #[must_use]
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The Arrow schema of files: as [`arrow`](Self::arrow), with timestamps of the files' unit.
    pub(crate) fn stored(&self) -> SchemaRef {
        if self.unit == TimestampUnit::Ns {
            return self.arrow();
        }
        let points = self.arrow.fields().iter().skip(1).cloned();
        let time = Arc::new(timestamp_field(self.unit));
        let fields: Vec<_> = std::iter::once(time).chain(points).collect();
        Arc::new(Schema::new(fields))
    }

    /// The Arrow schema in memory: `timestamp` timestamp\[ns, UTC\], `quality_flags` `list<string>` (neither with nulls), then one
    /// nullable float64 a point, whose field metadata has what is known of the point.
    #[must_use]
    pub(crate) fn arrow(&self) -> SchemaRef {
        Arc::clone(&self.arrow)
    }

    /// The columns as a manifest lists them: sorted by name, `timestamp` and `quality_flags` included.
    #[must_use]
    pub(crate) fn listed(&self) -> Vec<SchemaColumn> {
        let fixed = |name: &str, data_type: &str| SchemaColumn {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            point: None,
            unit: None,
            physical_type: None,
            aggregation: None,
        };
        let mut listed = vec![
            fixed(TIMESTAMP, self.unit.type_name()),
            fixed(QUALITY_FLAGS, "list<string>"),
        ];
        listed.extend(self.columns.iter().map(|column| SchemaColumn {
            point: Some(column.point.clone()),
            unit: column.unit.clone(),
            physical_type: column.physical_type.clone(),
            aggregation: Some(Term::Known(column.aggregation)),
            ..fixed(&column.name, "float64")
        }));
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        listed
    }

    /// The [`schema_hash`] of its columns.
    ///
    /// # Errors
    /// As [`schema_hash`].
    pub(crate) fn hash(&self) -> Result<Digest> {
        schema_hash(&self.listed())
    }
}

/// One column as a manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaColumn {
    /// The column's name.
    pub name: String,
    /// The type of its values: `timestamp[ns, UTC]` (or `us`), `list<string>` or `float64`.
    #[serde(rename = "type")]
    pub data_type: String,
    /// The point, as the reports name it; null for `timestamp` and `quality_flags`.
    pub point: Option<String>,
    /// The unit of its values, by its symbol.
    #[schemars(with = "Option<String>")]
    pub unit: Option<Term<Unit>>,
    /// What the point measures.
    #[schemars(with = "Option<String>")]
    pub physical_type: Option<Term<PhysicalType>>,
    /// How the samples of a bin became one value: `mean`, `last`, `max` or `sum`, or `held_mean`, `held_last` or `held_max` where a value holds until
    /// the next one. Absent for `timestamp` and `quality_flags`, and in versions of
    /// earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub aggregation: Option<Term<Aggregation>>,
}

impl From<SchemaColumn> for Column {
    fn from(listed: SchemaColumn) -> Self {
        let aggregation = listed.aggregation.and_then(|term| term.known());
        Self {
            point: listed.point.unwrap_or_else(|| listed.name.clone()),
            name: listed.name,
            unit: listed.unit,
            physical_type: listed.physical_type,
            aggregation: aggregation.unwrap_or_default(),
        }
    }
}

/// The digest of what columns are: of the JSON array, without blanks, of one `[name, type, unit or null, physical type or null]` a column,
/// with the aggregation as a fifth item where the column has one, sorted.
///
/// # Errors
/// None in practice; [`Bug`](crate::error::ErrorKind::Bug) where JSON cannot be written.
pub fn schema_hash(columns: &[SchemaColumn]) -> Result<Digest> {
    let mut entries: Vec<Vec<Option<&str>>> = columns
        .iter()
        .map(|column| {
            let mut entry = vec![
                Some(column.name.as_str()),
                Some(column.data_type.as_str()),
                column.unit.as_ref().map(Term::name),
                column.physical_type.as_ref().map(Term::name),
            ];
            entry.extend(column.aggregation.as_ref().map(|term| Some(term.name())));
            entry
        })
        .collect();
    entries.sort_unstable();
    serde_json::to_vec(&entries)
        .map(|json| Digest::of(&json))
        .map_err(|e| Error::bug(format!("cannot write the schema as JSON: {e}")))
}

impl PartialEq for DatasetSchema {
    fn eq(&self, other: &Self) -> bool {
        (&self.columns, self.unit) == (&other.columns, other.unit)
    }
}

impl Eq for DatasetSchema {}

fn timestamp_field(unit: TimestampUnit) -> Field {
    Field::new(TIMESTAMP, unit.data_type(), false)
}

fn flags_field() -> Field {
    Field::new(QUALITY_FLAGS, DataType::List(flag_item()), false)
}

/// Called `element`, because that is what the Parquet format calls the items of a list. Nullable in type, never in
/// fact: to Arrow's other implementations `list<string>` and `list<string not null>` are two types, and tables of the
/// one do not join those of the other. That no item is null is the contract's to see to.
pub(crate) fn flag_item() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Utf8, true))
}

fn refuse_reserved(column: &Column) -> Result<()> {
    let fault = match column.name.as_str() {
        "" => "an empty column name",
        name if RESERVED.contains(&name) => "a reserved column name",
        _ => return Ok(()),
    };
    let message = format!("{fault}: {:?}", column.name);
    Err(Error::config(message)
        .point(&column.point)
        .hint("give the point a name of its own under `cleaner.points`"))
}

fn refuse_shared(a: &Column, b: &Column) -> Result<()> {
    if a.name != b.name {
        return Ok(());
    }
    let message = format!(
        "two points would both become column {:?}: {:?} and {:?}",
        a.name, a.point, b.point
    );
    Err(Error::config(message).hint("give one of them another name under `cleaner.points`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Column {
        Column {
            name: "ch5_chst".into(),
            point: "CH5.CHST:A".into(),
            unit: Some(Term::Known(Unit::Celsius)),
            physical_type: Some(Term::Known(PhysicalType::WaterTemperature)),
            aggregation: Aggregation::Last,
        }
    }

    #[test]
    fn columns_are_sorted_and_survive_arrow() {
        let schema =
            DatasetSchema::new(vec![full(), Column::gauge("ah0101_t", "AH0101 T")]).unwrap();
        let arrow = schema.arrow();
        let names: Vec<_> = arrow.fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(
            names,
            ["timestamp", "quality_flags", "ah0101_t", "ch5_chst"]
        );
        assert_eq!(arrow.field(3).metadata()["point"], "CH5.CHST:A");
        assert_eq!(arrow.field(3).metadata()["unit"], "°C");
        assert_eq!(
            arrow.field(3).metadata()["physical_type"],
            "water_temperature"
        );
        assert_eq!(arrow.field(3).metadata()["aggregation"], "last");
        assert_eq!(DatasetSchema::from_arrow(&arrow).unwrap(), schema);
    }

    #[test]
    fn the_hash_is_that_of_the_documented_json() {
        let schema = DatasetSchema::new(vec![full()]).unwrap();
        let json = r#"[["ch5_chst","float64","°C","water_temperature","last"],["quality_flags","list<string>",null,null],["timestamp","timestamp[ns, UTC]",null,null]]"#;
        assert_eq!(schema.hash().unwrap(), Digest::of(json.as_bytes()));
        let mut renamed = full();
        renamed.point = "CH5.CHST:B".into();
        let same = DatasetSchema::new(vec![renamed]).unwrap();
        assert_eq!(same.hash().unwrap(), schema.hash().unwrap());
        let mut averaged = full();
        averaged.aggregation = Aggregation::Mean;
        let other = DatasetSchema::new(vec![averaged]).unwrap();
        assert_ne!(other.hash().unwrap(), schema.hash().unwrap());
    }

    #[test]
    fn columns_that_earlier_programs_listed_have_the_hash_that_those_wrote() {
        let mut listed = DatasetSchema::new(vec![full()]).unwrap().listed();
        for column in &mut listed {
            column.aggregation = None;
        }
        listed.reverse();
        let json = r#"[["ch5_chst","float64","°C","water_temperature"],["quality_flags","list<string>",null,null],["timestamp","timestamp[ns, UTC]",null,null]]"#;
        assert_eq!(schema_hash(&listed).unwrap(), Digest::of(json.as_bytes()));
    }

    #[test]
    fn two_points_of_one_name_are_refused_and_both_named() {
        let clash = vec![Column::gauge("a_b", "A.B"), Column::gauge("a_b", "A B")];
        let error = DatasetSchema::new(clash).unwrap_err();
        insta::assert_snapshot!(error, @r#"two points would both become column "a_b": "A B" and "A.B""#);
    }

    #[test]
    fn reserved_and_empty_names_are_refused() {
        let error = |name: &str| DatasetSchema::new(vec![Column::gauge(name, "P")]).unwrap_err();
        insta::assert_snapshot!(error("year"), @r#"point "P": a reserved column name: "year""#);
        insta::assert_snapshot!(error(""), @r#"point "P": an empty column name: """#);
    }
}
