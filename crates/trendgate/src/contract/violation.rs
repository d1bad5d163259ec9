//! Broken rules, said so that the one who broke them finds the spot.

use crate::error::{Error, Result};
use crate::model::{QUALITY_FLAGS, TIMESTAMP};
use crate::named::named;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// How many violations are kept in words; the others are counted.
const EXAMPLES: usize = 20;

/// How the names of types begin whose values can become float64.
const NUMBERS: [&str; 8] = [
    "int8", "int16", "int32", "int64", "uint", "float", "bool", "decimal",
];
/// How those begin whose values can become instants.
const TIMES: &str = "timestamp";

/// Which rule was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// A column of the dataset is not there.
    MissingColumn,
    /// A column is there that the dataset does not have.
    UnexpectedColumn,
    /// A column has another type.
    TypeMismatch,
    /// A row has no timestamp.
    NullTimestamp,
    /// A row has the timestamp of the row before it.
    Duplicate,
    /// A row is earlier than the row before it.
    Disorder,
    /// A row is not a multiple of the interval after the row before it.
    OffGrid,
    /// A row is later than the batch's start allows.
    Future,
    /// A row has no list of flags, or a null in it.
    NullFlags,
    /// A row has a flag that is not defined.
    UnknownFlag,
    /// Evidence is of a time at which the frame has no row.
    NoSuchRow,
    /// Evidence has a flag that its row does not have.
    MissingFlag,
    /// The rule of a piece of evidence has a name that it cannot have.
    RuleName,
    /// Evidence says that it is known before its bin has ended.
    KnownTooEarly,
    /// A column differs from another one in nothing but the case or the form of its letters.
    SimilarColumn,
    /// A number or a time that the type of its column in the dataset does not hold.
    OutOfRange,
    /// A local time happens twice or never.
    LocalTime,
}

named!(ViolationKind, "Which rule was broken.", {
    MissingColumn "MissingColumn",
    UnexpectedColumn "UnexpectedColumn",
    TypeMismatch "TypeMismatch",
    NullTimestamp "NullTimestamp",
    Duplicate "Duplicate",
    Disorder "Disorder",
    OffGrid "OffGrid",
    Future "Future",
    NullFlags "NullFlags",
    UnknownFlag "UnknownFlag",
    NoSuchRow "NoSuchRow",
    MissingFlag "MissingFlag",
    RuleName "RuleName",
    KnownTooEarly "KnownTooEarly",
    SimilarColumn "SimilarColumn",
    OutOfRange "OutOfRange",
    LocalTime "LocalTime",
});

/// One rule broken in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Violation {
    /// Which rule.
    pub kind: ViolationKind,
    /// The column.
    pub column: String,
    /// The row, counted from 0 over all batches of the stream; `None` where the whole column is at fault.
    pub row: Option<u64>,
    /// What the rule wants.
    pub expected: String,
    /// What is there.
    pub got: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: column {:?}", self.kind, self.column)?;
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        write!(f, ": expected {}, got {}", self.expected, self.got)
    }
}

/// All the rules broken: the first 20 in words, all of them counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Violations {
    examples: Vec<Violation>,
    total: u64,
}

impl Violations {
    /// The first 20, in the order in which they were found: columns first, then row by row.
    ///
    /// ```
    /// let found = arrow::datatypes::Schema::empty();
    /// let violations = trendgate::files::check_schema(found.into(), Vec::new(), Default::default())?;
    /// assert!(!violations.examples().is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn examples(&self) -> &[Violation] {
        &self.examples
    }

    /// How many there are.
    ///
    /// ```
    /// let found = arrow::datatypes::Schema::empty();
    /// let violations = trendgate::files::check_schema(found.into(), Vec::new(), Default::default())?;
    /// assert_eq!(violations.total(), violations.examples().len() as u64);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Whether there is none.
    ///
    /// ```
    /// let found = arrow::datatypes::Schema::empty();
    /// let violations = trendgate::files::check_schema(found.into(), Vec::new(), Default::default())?;
    /// assert!(!violations.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// What whoever produced the rows can do about the first violation, where there is a usual way.
    ///
    /// ```
    /// let found = arrow::datatypes::Schema::empty();
    /// let violations = trendgate::files::check_schema(found.into(), Vec::new(), Default::default())?;
    /// assert!(violations.remedy().is_none_or(|remedy| !remedy.is_empty()));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        let first = self.examples.first()?;
        Some(match (first.kind, first.column.as_str()) {
            (ViolationKind::TypeMismatch, TIMESTAMP) if !first.got.starts_with(TIMES) => {
                "texts, dates and numbers are no instants: parse them into timestamps of the zone that the clock had, and convert these to UTC"
            }
            (ViolationKind::TypeMismatch, TIMESTAMP) => {
                "the contract's times are timestamp[ns, UTC]: attach the zone that the clock had, convert to UTC, cast to ns"
            }
            (ViolationKind::TypeMismatch, QUALITY_FLAGS) => {
                "the flags are lists of strings, [] where there is none: cast the points alone, not every column"
            }
            (ViolationKind::TypeMismatch, _) if first.got.contains("string") => {
                "parse the texts into float64, with null for what is no number"
            }
            (ViolationKind::TypeMismatch, _) => {
                "cast the point to float64, and its values to the unit of the dataset"
            }
            (ViolationKind::MissingColumn, QUALITY_FLAGS) => {
                "add the column: a list of strings a row, [] where there is no flag"
            }
            (ViolationKind::NullFlags, _) => "write [] where a row has no flag",
            (ViolationKind::Duplicate | ViolationKind::Disorder, _) => {
                "sort the rows by timestamp, and keep one a bin"
            }
            (ViolationKind::OffGrid, _) => {
                "resample to cleaner.resample_interval, with bins labelled by their left edge"
            }
            (ViolationKind::Future, _) => "a local time may have been taken for UTC",
            (ViolationKind::UnexpectedColumn, _) => "drop the column, or rename it",
            (ViolationKind::MissingFlag, _) => {
                "put the flag into the quality_flags of the row, or leave it out of the evidence"
            }
            (ViolationKind::SimilarColumn, _) => {
                "rename the column; or join both by the configuration: cleaner.points: {NAME: {name: COLUMN}}"
            }
            (ViolationKind::LocalTime, _) => {
                "give the times their zone where it is known which pass is meant"
            }
            (ViolationKind::OutOfRange, TIMESTAMP) => "leave the row out",
            (ViolationKind::OutOfRange, _) => {
                "cast the point to float64 where its last digits do not matter"
            }
            _ => return None,
        })
    }

    /// Whether [`Coercion`](crate::frames::Coercion) is the way to do that about the first violation.
    ///
    /// ```
    /// let found = arrow::datatypes::Schema::empty();
    /// let violations = trendgate::files::check_schema(found.into(), Vec::new(), Default::default())?;
    /// // No change of types makes up for times that are not there.
    /// assert!(!violations.can_be_coerced());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn can_be_coerced(&self) -> bool {
        let first = self.examples.first();
        first.is_some_and(|first| match (first.kind, first.column.as_str()) {
            (ViolationKind::Disorder, _) | (ViolationKind::MissingColumn, QUALITY_FLAGS) => true,
            (ViolationKind::TypeMismatch, QUALITY_FLAGS) => false,
            (ViolationKind::TypeMismatch, TIMESTAMP) => first.got.starts_with(TIMES),
            (ViolationKind::TypeMismatch, _) => {
                let got = first.got.strip_prefix("dictionary<").unwrap_or(&first.got);
                NUMBERS.iter().any(|of| got.starts_with(of))
            }
            _ => false,
        })
    }

    /// Nothing where there is no violation.
    ///
    /// # Errors
    /// [`Contract`](crate::error::ErrorKind::Contract) where there is one.
    ///
    /// ```
    /// let found = arrow::datatypes::Schema::empty();
    /// let violations = trendgate::files::check_schema(found.into(), Vec::new(), Default::default())?;
    /// assert!(violations.into_result().is_err());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn into_result(self) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        Err(self.into())
    }

    pub(super) fn add(&mut self, violation: Violation) {
        self.total += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(violation);
        }
    }

    /// Adds those of the rows that follow.
    pub(crate) fn append(&mut self, later: Self) {
        self.total += later.total;
        let room = EXAMPLES - self.examples.len();
        self.examples.extend(later.examples.into_iter().take(room));
    }

    /// The same, each row under the number that `number` gives it.
    pub(crate) fn numbered(mut self, number: impl Fn(u64) -> u64) -> Self {
        for violation in &mut self.examples {
            violation.row = violation.row.map(&number);
        }
        self
    }

    /// The violations of both, row by row.
    pub(super) fn merge_rows(mut self, other: Self) -> Self {
        self.total += other.total;
        self.examples.extend(other.examples);
        self.examples.sort_by_key(|violation| violation.row);
        self.examples.truncate(EXAMPLES);
        self
    }

    /// For a rule that one row breaks.
    pub(crate) fn add_row(
        &mut self,
        kind: ViolationKind,
        column: &str,
        row: u64,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) {
        self.add(Violation {
            kind,
            column: column.to_owned(),
            row: Some(row),
            expected: expected.into(),
            got: got.into(),
        });
    }

    /// For a rule that a whole column breaks.
    pub(crate) fn add_column(
        &mut self,
        kind: ViolationKind,
        column: &str,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) {
        self.add(Violation {
            kind,
            column: column.to_owned(),
            row: None,
            expected: expected.into(),
            got: got.into(),
        });
    }
}

/// The first violation, and how many more there are.
impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.examples.first() {
            None => f.write_str("no violation"),
            Some(first) if self.total == 1 => fmt::Display::fmt(first, f),
            Some(first) => write!(f, "{first} (and {} more)", self.total - 1),
        }
    }
}

impl std::error::Error for Violations {}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        let rest = violations.examples.iter().skip(1).map(ToString::to_string);
        Self::contract(format!("the rows break the contract: {violations}"))
            .excerpt(rest)
            .hint("mend whatever produced these rows; nothing of them was written")
    }
}
