//! What is found of a table: facts, each with what proves it or speaks for it.

use crate::acquire::{Edge, Encoding, FieldSeparator};
use crate::time::Span;
use std::collections::BTreeMap;

/// Why something is said of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FoundWhy {
    /// The content proves it, by this.
    Proved(String),
    /// Nothing proves it: what speaks for it, and what it may be else.
    Check(String),
}

/// What is said of a table, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FoundFact<T> {
    pub(crate) what: T,
    pub(crate) why: FoundWhy,
}

impl<T> FoundFact<T> {
    pub(super) fn proved(what: T, why: impl Into<String>) -> Self {
        Self {
            what,
            why: FoundWhy::Proved(why.into()),
        }
    }

    pub(super) fn check(what: T, why: impl Into<String>) -> Self {
        Self {
            what,
            why: FoundWhy::Check(why.into()),
        }
    }
}

/// A text of a file, and the table that it seems to be.
#[derive(Debug)]
pub(crate) struct FoundText {
    /// Its name in the file, where it has one.
    pub(crate) member: Option<String>,
    pub(crate) is_sheet: bool,
    pub(crate) table: Option<FoundTable>,
}

/// A table, as it seems to be.
#[derive(Debug, Clone)]
pub(crate) struct FoundTable {
    pub(crate) form: FoundForm,
    /// What separates its fields, where that has to be said.
    pub(crate) separator: Option<FieldSeparator>,
    /// What its names are encoded in, where they are beyond ASCII and not in UTF-8.
    pub(crate) encoding: Option<FoundFact<Encoding>>,
    pub(crate) header: FoundHeader,
    pub(crate) units: Option<FoundFact<FoundUnits>>,
    /// The columns with words about values, where each stands beside the one that it is about.
    pub(crate) statuses: Option<FoundFact<FoundBeside>>,
    pub(crate) time: FoundTime,
    /// Columns, or names of a long table, that are no points.
    pub(crate) skip: Vec<FoundFact<String>>,
    /// Numbers and words that seem to mean that there is no value.
    pub(crate) missing: Vec<FoundFact<String>>,
    /// The names of the points, as far as the sample shows them.
    pub(crate) points: Vec<String>,
    /// The words of points whose cells are a few words.
    pub(crate) words: BTreeMap<String, Vec<String>>,
    /// The first rows: time by the wall clock, and a hash of all else, to hold files against each other.
    pub(crate) rows: Vec<(Span, u64)>,
    /// The least and the greatest time of the sample.
    pub(crate) span: (Span, Span),
}

/// What a row of a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FoundForm {
    /// One time, with a column for each point.
    Wide,
    /// One value, or several of points that have a part of their names in common.
    Long(FoundLong),
    /// One day, with a column for each time of day.
    Day(FoundDay),
}

/// The columns of a table that say which point a row is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundLong {
    /// Those whose texts are the name of the point, or its beginning; none where that is not in the table.
    pub(crate) point: FoundFact<Vec<String>>,
    pub(crate) value: FoundFact<FoundValues>,
    pub(crate) status: Option<FoundFact<FoundStatus>>,
    /// Columns with numbers that are not read.
    pub(crate) left: Vec<String>,
}

/// Where the values of a row stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FoundValues {
    /// In one column.
    Column(String),
    /// In several, whose names are a part of those of the points.
    Columns(Vec<String>),
}

impl FoundValues {
    /// The names of the columns.
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::Column(name) => std::slice::from_ref(name),
            Self::Columns(names) => names,
        }
    }
}

/// Columns with words about values, each beside the one that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundBeside {
    /// What they are called, with `*` for the name of the column of values.
    pub(crate) beside: String,
    /// The words with which the value is one.
    pub(crate) good: Vec<String>,
    /// The columns of values that have none.
    pub(crate) without: Vec<String>,
}

/// The column of the status of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundStatus {
    pub(crate) column: String,
    /// The words with which the value is one.
    pub(crate) good: Vec<String>,
}

/// The columns of a table with one day a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundDay {
    pub(crate) labels: FoundFact<DayLabels>,
    pub(crate) point: Vec<String>,
}

/// How the columns of a table with one day a row are labelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DayLabels {
    /// By times in this format.
    Times(String),
    /// In another way: the first is of this time, and each next one so much later.
    Steps { first: String, step: Span },
}

/// The row of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FoundHeader {
    /// Its line, counted from 1, and by which names it is known where those of the time are not enough.
    With { line: usize, words: Vec<String> },
    /// There is none: these are made up.
    Absent(Vec<String>),
}

/// Where units stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FoundUnits {
    Below,
    Brackets,
    Column(String),
}

/// The time of a row.
#[derive(Debug, Clone)]
pub(crate) struct FoundTime {
    pub(crate) columns: Vec<String>,
    /// The formats in which it may be written: the one that is right, if one is proved, or else the likeliest, first.
    pub(crate) formats: Vec<String>,
    pub(crate) why: FoundWhy,
    pub(crate) edge: Option<FoundFact<Edge>>,
    /// How far from UTC its clock is.
    pub(crate) clock: Option<FoundFact<String>>,
    pub(crate) interval: Option<FoundFact<Span>>,
    /// Words for zones, each with a wall time beside which it stands.
    pub(crate) zone_words: Vec<(String, Span)>,
    /// One of its texts.
    pub(crate) shown: String,
    /// What is to be checked of it, and cannot be said in a description.
    pub(crate) notes: Vec<String>,
    /// Why real dates of a spreadsheet seem to have day and month exchanged.
    pub(crate) exchanged: Option<String>,
}
