//! What is stated of the form of a table: what its columns are, and how its times are written.
//!
//! Enters: an entry of the configuration's sources, as it is meant. Leaves: the one way to write it down, which is part of the identity of the
//! texts that are read so ([`StatedReading::id`](super::StatedReading::id)), and what planning and decoding need to know. All defaults are
//! written out, lists whose order means nothing are sorted, and names that come from a path are resolved: what reads alike is equal.

use super::path_names::PathNames;
use super::separators::FieldSeparator;
use super::status_beside::StatusBeside;
use crate::error::{Error, Result};
use crate::text_id::ReadingId;
use crate::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is stated of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DescribedTable {
    /// Whether no dialect is tried on a text before the description.
    pub(crate) alone: bool,
    /// What separates fields; where it is not said, what makes the text a table of this form.
    pub(crate) separator: Option<FieldSeparator>,
    /// The row of names.
    pub(crate) header: TableHeader,
    /// Where the units of columns stand.
    pub(crate) units: Option<UnitsPlace>,
    /// The columns of the time, by their names; their texts are joined by a blank.
    pub(crate) time: Vec<String>,
    /// How that is written.
    pub(crate) format: String,
    /// Which end of its interval a row's time is.
    pub(crate) edge: Edge,
    /// What a spreadsheet did to the dates, and is undone.
    pub(crate) mend: Option<Mend>,
    /// What words for zones mean: how far the clock is from UTC, or an IANA zone.
    pub(crate) abbreviations: BTreeMap<String, String>,
    /// Times that are at most so far from the grid of the interval are on it.
    pub(crate) snap: Option<Span>,
    /// The interval of the points.
    pub(crate) interval: Option<Span>,
    /// Whether a value is logged when it changes, and at no other time.
    pub(crate) change_of_value: bool,
    /// Words and numbers that mean "no value" beside the usual ones; in small letters.
    pub(crate) missing: Vec<String>,
    /// Patterns of the names of columns that are no points.
    pub(crate) skip: Vec<String>,
    /// What is put before the name of each point.
    pub(crate) prefix: String,
    /// Where the names of points come from.
    pub(crate) names: PointNames,
    /// What a row is, if it is not one time of all points.
    pub(crate) entries: Option<EntryTable>,
    /// Patterns of the columns of values, of a table with several values a row, each of a point of its own.
    pub(crate) values: Vec<String>,
    /// Columns with words about values, each beside the column that it is about.
    pub(crate) statuses: Option<StatusBeside>,
    /// What the entry that describes it is known by, whichever text it reads.
    pub(crate) entry: String,
}

/// What the rows of a table are that are not of one time of all points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntryTable {
    /// One value, or several of points that have a part of their names in common.
    Long(LongTable),
    /// The values of a day, of one point.
    Day(DayTable),
}

/// The columns of a table with one value a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct LongTable {
    /// That of the value; empty where a row has several.
    pub(crate) value: String,
    /// That of what is said about all values of a row.
    pub(crate) status: Option<StatusColumn>,
}

/// A column with words about values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StatusColumn {
    /// Its name.
    pub(crate) column: String,
    /// The words beside which there is a value, in small letters; beside any other one there is none.
    pub(crate) good: Vec<String>,
}

/// The columns of a table with one day a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DayTable {
    /// Those whose names are times of day in this format.
    Labelled(String),
    /// All that are nothing else, one after the other.
    Stepped {
        /// The time of day of the first one, such as 00:15.
        first: String,
        /// From each to the next.
        step: Span,
    },
}

/// The row of names of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TableHeader {
    /// It is the first row that has a field for each of these.
    With(Vec<String>),
    /// There is none: these are the names.
    Absent(Vec<String>),
}

/// Where the units of the columns of a table stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UnitsPlace {
    /// In the row below the header.
    Below,
    /// In brackets, behind the names.
    Brackets,
    /// In this column, beside each value.
    Column(String),
}

/// Which end of its interval a row's time is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Edge {
    /// The begin of the interval.
    #[default]
    Start,
    /// Its end: the time is moved back by the interval, on the wall clock; without one by a nanosecond, into the bin that ends there.
    End,
}

/// What a spreadsheet did to dates, and is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mend {
    /// It exchanged day and month of each real date in which both are 12 at most; texts are as they were.
    ExchangedDayMonth,
}

/// Where the names of points come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PointNames {
    /// Names stand in the header.
    #[default]
    Header,
    /// From the path: this is the name of the one point.
    Path(String),
    /// From the path, which does not match the pattern.
    Unmatched,
    /// Names stand in columns of the row.
    Columns {
        /// Their names.
        columns: Vec<String>,
        /// What stands between their texts.
        join: String,
    },
    /// From the sheet: this is the name of the one point.
    Sheet(String),
    /// From the sheet, which the text is none.
    OfNoSheet,
}

impl PointNames {
    /// The name that is that of the text; `None` where names stand in it.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where it should be, and the text has none.
    pub(super) fn of_text(&self) -> Result<Option<&str>> {
        match self {
            Self::Header | Self::Columns { .. } => Ok(None),
            Self::Path(name) | Self::Sheet(name) => Ok(Some(name)),
            Self::Unmatched => Err(Error::input(
                "the path does not match the pattern in which the name of the point is",
            )
            .hint("correct `point.path`: it is about the last parts of the path")),
            Self::OfNoSheet => Err(Error::input(
                "the name of the point is that of its sheet, and the text is no sheet",
            )
            .hint("describe texts that are no sheets in an entry without `point: sheet`")),
        }
    }
}

impl DescribedTable {
    /// Says what the entry is known by that describes it, which is about the texts of `pattern` and takes these names from paths: by what it
    /// says, and behind a hyphen by what it is about. Only of one with a value or a day a row it matters which entry that is.
    pub(crate) fn name_entry(&mut self, names: &PathNames, pattern: &str) {
        if self.entries.is_some() {
            let canonical = format!("{}\n{}", self.canonical(), names.canonical());
            let [says, about] = [&canonical, pattern].map(|text| ReadingId::of(text.as_bytes()));
            self.entry = format!("{says}-{about}");
        }
    }

    /// The one way to write it down. What it does not say is left out, so that a field of a later program changes nothing of it.
    pub(super) fn canonical(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        // What an entry is about is nothing of how it reads.
        if let Some(fields) = value.as_object_mut() {
            fields.remove("entry");
        }
        without_nothing(value).to_string()
    }
}

/// What an entry is known by today that was known by `entry` when reports were read: one that is about other texts, and says the same.
pub(super) fn entry_of_today<'a>(entry: &'a str, today: impl Iterator<Item = &'a str>) -> &'a str {
    let says = |entry: &'a str| entry.split_once('-').map_or(entry, |(says, _)| says);
    let mut alike = None;
    for other in today {
        if other == entry {
            return entry;
        }
        if says(other) == says(entry) {
            alike = alike.or(Some(other));
        }
    }
    alike.unwrap_or(entry)
}

/// A JSON value without fields that say nothing.
pub(super) fn without_nothing(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    let says_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    };
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !says_nothing(value))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A table whose time stands in `Datetime`, month first.
    pub(in crate::acquire) fn table(format: &str, columns: &[&str]) -> DescribedTable {
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        DescribedTable {
            alone: false,
            separator: None,
            header: TableHeader::With(columns.clone()),
            units: None,
            time: columns,
            format: format.to_owned(),
            edge: Edge::Start,
            mend: None,
            abbreviations: BTreeMap::new(),
            snap: None,
            interval: None,
            change_of_value: false,
            missing: Vec::new(),
            skip: Vec::new(),
            prefix: String::new(),
            names: PointNames::Header,
            entries: None,
            values: Vec::new(),
            statuses: None,
            entry: String::new(),
        }
    }

    #[test]
    fn an_entry_that_is_about_other_texts_is_still_that_entry() {
        let today = |entry| entry_of_today(entry, ["a-1", "a-2", "b-3"].into_iter());
        assert_eq!(
            ["a-2", "a-9", "b-1", "c-3"].map(today),
            ["a-2", "a-1", "b-3", "c-3"]
        );
    }

    #[test]
    fn a_description_is_written_down_in_one_way_without_what_it_does_not_say() {
        let plain = table("iso", &["t"]);
        insta::assert_snapshot!(plain.canonical(), @r#"{"edge":"start","format":"iso","header":{"with":["t"]},"names":"header","time":["t"]}"#);
        let other = DescribedTable {
            snap: Some(5 * crate::time::SECOND),
            change_of_value: true,
            names: PointNames::Path("A".to_owned()),
            ..plain
        };
        insta::assert_snapshot!(other.canonical(), @r#"{"change_of_value":true,"edge":"start","format":"iso","header":{"with":["t"]},"names":{"path":"A"},"snap":"5s","time":["t"]}"#);
        let long = DescribedTable {
            entries: Some(EntryTable::Long(LongTable {
                value: "v".to_owned(),
                status: None,
            })),
            ..table("iso", &["t"])
        };
        insta::assert_snapshot!(long.canonical(), @r#"{"edge":"start","entries":{"long":{"status":null,"value":"v"}},"format":"iso","header":{"with":["t"]},"names":"header","time":["t"]}"#);
        let bytes = postcard::to_allocvec(&other).unwrap();
        assert_eq!(
            postcard::from_bytes::<DescribedTable>(&bytes).unwrap(),
            other
        );
    }
}
