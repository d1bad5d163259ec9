//! What an entry of `cleaner.sources` is made of, as it is written.

use crate::acquire::{Edge, FieldSeparator};
use crate::error::{Error, Result};
use crate::model::plain_name;
use crate::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Columns that the time of a row, or the name of its point, may be made of.
const MOST_COLUMNS: usize = 6;

/// The form of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TableForm {
    /// One row a time, one column a point.
    Wide,
    /// One row a value.
    Long,
    /// One row a day and point, one column a time of day.
    Day,
}

/// Whether dialects are tried before the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoDialect {
    /// No dialect is tried.
    None,
}

/// What separates fields, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SeparatorSign {
    /// A comma.
    #[serde(rename = ",")]
    Comma,
    /// A semicolon.
    #[serde(rename = ";")]
    Semicolon,
    /// A tabulator.
    #[serde(rename = "tab", alias = "\t")]
    Tab,
    /// A vertical bar.
    #[serde(rename = "|")]
    Bar,
}

impl From<SeparatorSign> for FieldSeparator {
    fn from(sign: SeparatorSign) -> Self {
        match sign {
            SeparatorSign::Comma => Self::Comma,
            SeparatorSign::Semicolon => Self::Semicolon,
            SeparatorSign::Tab => Self::Tab,
            SeparatorSign::Bar => Self::Bar,
        }
    }
}

/// The row of names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected names in the row of names, such as [Date, Time], or {none: [t, value]} where there is no such row"
)]
pub(crate) enum HeaderConfig {
    /// A row that has these names.
    With(Vec<String>),
    /// There is no such row.
    Absent(AbsentHeader),
}

/// The names of the columns of a table that has no row of names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AbsentHeader {
    /// In their order.
    pub none: Vec<String>,
}

/// How the times of a table are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeConfig {
    /// The column of the time, or several, whose texts are joined by a blank.
    pub columns: ColumnNames,
    /// The words of strptime, such as "%d.%m.%y %H:%M" (docs/dialects.md has them all), or one of iso, epoch_s, epoch_ms, excel, or sheet: real dates of a
    /// workbook.
    pub format: String,
    /// Which end of its interval a row's time is: `start`, or `end`: then it is moved back by the interval, on the wall clock; without an
    /// interval, into the bin that ends there.
    #[serde(default)]
    pub edge: Edge,
}

/// The columns of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected {columns: \"%H:%M\"}, or {first: \"00:15\", step: 15m}"
)]
pub(crate) enum DayConfig {
    /// By their names.
    Labelled(DayLabelled),
    /// One after the other.
    Stepped(DayStepped),
}

/// Columns of a day whose names are times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DayLabelled {
    /// How they are written.
    pub columns: String,
}

/// Columns of a day whose names are no times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DayStepped {
    /// The time that the first one is.
    pub first: String,
    /// From each to the next.
    pub step: Span,
}

/// The columns of values, and of what is said about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValueConfig {
    /// The name of that of the value, of a table with one value a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "`long`"))]
    pub column: Option<String>,
    /// Those of the values, of a table with several values a row: names, or patterns with `*` and `?`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "`long`"))]
    pub columns: Option<ColumnNames>,
    /// Where words about them stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusConfig>,
}

/// Where words about values stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected {column: Status, good: [ok, alarm]}, or {beside: \"* Status\", good: [ok]}"
)]
pub(crate) enum StatusConfig {
    /// In one column.
    Column(StatusColumnConfig),
    /// In a column beside each of those of values.
    Beside(StatusBesideConfig),
}

/// A column with words about the values of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusColumnConfig {
    /// Its name: words about all values of a row stand in it.
    #[schemars(extend("x-of" = "`long`"))]
    pub column: String,
    /// The words beside which there is a value.
    pub good: Vec<String>,
}

/// Columns with words, each beside the column of values that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusBesideConfig {
    /// Their names, with `*` for that of the column of values; a name without it is that of the column right behind each.
    pub beside: String,
    /// The words beside which there is a value.
    pub good: Vec<String>,
    /// Columns of values that have none: names, or patterns with `*` and `?`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

/// One column or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected the name of a column, or names such as [Date, Time]"
)]
pub(crate) enum ColumnNames {
    /// One column.
    One(String),
    /// Several columns.
    Several(Vec<String>),
}

/// Where the name of a point comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected `header`, `sheet`, {columns: [Adr, Name]}, or {path: \"Level_(?<name>.*)\"}"
)]
pub(crate) enum PointNameConfig {
    /// From what the word says.
    Word(NameWord),
    /// From columns of the row.
    Columns(PointColumns),
    /// From the path.
    Path(PathName),
}

/// Where the name of a point comes from, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NameWord {
    /// From its column.
    Header,
    /// From its sheet.
    Sheet,
}

/// The columns that name the point of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PointColumns {
    /// Their names.
    #[schemars(extend("x-of" = "`long`, `day`"))]
    pub columns: ColumnNames,
    /// What stands between their texts, and before the name of a column of values; a slash where that is not said.
    #[schemars(extend("x-of" = "`long`, `day`"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<String>,
}

/// A pattern of paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathName {
    /// A regular expression with a group `name`.
    pub path: String,
}

/// A word or a number that means "no value".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a word or a number")]
pub(crate) enum MissingWord {
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
}

/// The interval of the points of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a length of time such as 15m, or cov, or none"
)]
pub(crate) enum SourceInterval {
    /// None, or of another kind.
    Word(IntervalWord),
    /// This length of time.
    Every(Span),
}

/// What is said of an interval but its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IntervalWord {
    /// A value is logged when it changes.
    Cov,
    /// Nothing is known.
    None,
}

impl IntervalWord {
    /// How it is written.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Cov => "cov",
            Self::None => "none",
        }
    }
}

impl ColumnNames {
    /// The names, in one spelling.
    pub(super) fn names(&self, field: &str) -> Result<Vec<String>> {
        let names = match self {
            Self::One(column) => vec![plain_name(column)],
            Self::Several(columns) => columns.iter().map(|name| plain_name(name)).collect(),
        };
        match names.len() {
            1..=MOST_COLUMNS => Ok(names),
            count => Err(Error::config(format!(
                "{field}: expected 1 to {MOST_COLUMNS} names, found {count}"
            ))),
        }
    }
}
