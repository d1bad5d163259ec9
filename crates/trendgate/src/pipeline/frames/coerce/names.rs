//! The names of a frame's columns → those of the dataset.

use crate::contract::{ViolationKind, Violations};
use crate::error::Result;
use crate::model::TIMESTAMP;
use crate::roster::PointTable;
use arrow::datatypes::Schema;
use std::collections::BTreeMap;

/// For each column of `schema` its name in the dataset: the name that the configuration gives the point of this name, else what the
/// rule of names makes of it.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where two patterns describe a point differently; and inside, two columns that become one, and
/// names without a letter.
pub(super) fn columns(
    schema: &Schema,
    points: &PointTable,
) -> Result<std::result::Result<Vec<String>, Violations>> {
    let mut found = Violations::default();
    let mut names: Vec<String> = Vec::new();
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    for field in schema.fields() {
        let written = field.name().as_str();
        let name = points.column_for(written)?;
        if name.is_empty() {
            let expected = "a name with a letter or a digit";
            found.add_column(ViolationKind::UnexpectedColumn, written, expected, "none");
        } else if let Some(other) = first.insert(name.clone(), written) {
            let expected = "a column that no other one becomes";
            let got = format!("{name:?}, as {other:?} does");
            found.add_column(ViolationKind::UnexpectedColumn, written, expected, got);
        }
        names.push(name);
    }
    Ok(match found.is_empty() {
        true => Ok(names),
        false => Err(found),
    })
}

/// For each column of `schema` its name where those of points are to stay: what alone would be called `timestamp` in a dataset is that.
///
/// # Errors
/// None in practice: no pattern describes a point.
pub(super) fn of_points(schema: &Schema) -> Result<Vec<String>> {
    let fields = schema.fields().iter();
    let mut names: Vec<String> = fields.map(|field| field.name().clone()).collect();
    let table = PointTable::default();
    let columns = names.iter().map(|name| table.column_for(name));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let mut times = columns
        .iter()
        .enumerate()
        .filter(|(_, name)| *name == TIMESTAMP);
    if let (Some((place, _)), None) = (times.next(), times.next()) {
        TIMESTAMP.clone_into(&mut names[place]);
    }
    Ok(names)
}
