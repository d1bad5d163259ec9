//! What a caller states of the rows of a frame, as a frame of its own.
//!
//! Enters: record batches with `timestamp`, `column`, `rule`, and any of `flag`, `value`, `limit_low`, `limit_high` and `known_at`. Leaves:
//! the reasons in the order of time, each of a row and a column that the frame has; with them why the contract flags rows: the numbers
//! that no sensor can have measured. What is refused: other columns and types, a column
//! that the frame does not have, a rule whose name is not of capital letters, a flag that there is not, and what is known before its bin
//! has ended. Whether the frame has the row, and the row the flag, is seen once its rows come.

use super::coerce::{Coercion, float64};
use super::roster::Joining;
use crate::contract::{Conforming, ExtremeCell, ViolationKind, Violations, type_name};
use crate::model::{
    ColumnId, EXTREME, Flag, Rule, StatedEvidence, StatedReason, TIMESTAMP, TimestampUnit,
    is_stated_rule,
};
use crate::roster::PointTable;
use crate::text_id::{Digests, TextHasher, TextId};
use crate::time::{Instant, Span};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, Float64Type, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// Stands for an instant that the caller did not state: then nothing is certain before the frame ends.
pub(super) const NOT_STATED: Instant = Instant::MAX;

const COLUMN: &str = "column";
const FLAG: &str = "flag";
const RULE: &str = "rule";
const KNOWN_AT: &str = "known_at";

/// The columns of evidence as it is kept.
pub(super) static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let utc = TimestampUnit::Ns.data_type();
    Arc::new(Schema::new(vec![
        Field::new(TIMESTAMP, utc.clone(), false),
        Field::new(COLUMN, DataType::Utf8, true),
        Field::new(FLAG, DataType::Utf8, true),
        Field::new(RULE, DataType::Utf8, false),
        Field::new("value", DataType::Float64, true),
        Field::new("limit_low", DataType::Float64, true),
        Field::new("limit_high", DataType::Float64, true),
        Field::new(KNOWN_AT, utc, true),
    ]))
});

/// What was stated of a frame.
#[derive(Debug)]
pub(super) struct StatedFrame {
    /// In the order of time, of columns and of rules; columns by their places in the frame.
    ahead: VecDeque<StatedEvidence<ColumnId>>,
    /// How many were taken out.
    taken: u64,
    /// What those say.
    says: TextHasher,
    interval: Span,
    wrong: Violations,
    seen: u64,
}

/// Whose rules the evidence of a frame may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleNames {
    /// The caller's own.
    OfCaller,
    /// Ours, too: they have judged the frame.
    Any,
}

impl RuleNames {
    /// Whether a rule of this name may raise this flag.
    fn fit(self, name: &str, flag: Option<&str>) -> bool {
        let ours = Rule::from_name(name).filter(|_| self == Self::Any);
        let ours = ours.is_some_and(|rule| rule.flag().map(Flag::name) == flag);
        ours || is_stated_rule(name)
    }
}

/// What the evidence of a frame is read by.
#[derive(Clone, Copy)]
pub(super) struct EvidenceRules<'a> {
    /// The columns of the frame, by their names in the dataset.
    pub(super) columns: &'a [String],
    /// By which names those of the frame go there.
    pub(super) joining: &'a Joining,
    /// Which of the caller's names are those of points, where it may be that the caller has these.
    pub(super) points: Option<&'a PointTable>,
    /// Whether its times may be changed into instants.
    pub(super) coercion: Option<&'a Coercion>,
    /// The length of a bin.
    pub(super) interval: Span,
    /// What timestamps may count beside nanoseconds.
    pub(super) unit: TimestampUnit,
}

impl StatedFrame {
    /// What was stated of a frame whose bins have this length: nothing.
    pub(super) fn of_nothing(interval: Span) -> Self {
        Self {
            ahead: VecDeque::new(),
            taken: 0,
            says: TextHasher::new(Digests::Today),
            interval,
            wrong: Violations::default(),
            seen: 0,
        }
    }

    /// What `batches` state, each by rules of these names.
    pub(super) fn of<'b>(
        batches: impl Iterator<Item = (RuleNames, &'b RecordBatch)>,
        rules: EvidenceRules<'_>,
    ) -> Result<Self, Violations> {
        let places = rules.columns.iter().enumerate();
        let places: BTreeMap<&str, ColumnId> = places
            .map(|(place, name)| (name.as_str(), ColumnId::new(place)))
            .collect();
        let mut stated = Self::of_nothing(rules.interval);
        let mut found = Vec::new();
        for (names, batch) in batches {
            let columns = columns(batch, stated.seen, rules)?;
            for row in 0..batch.num_rows() {
                found.extend(stated.row(&columns, row, &places, (rules, names)));
                stated.seen += 1;
            }
        }
        if !stated.wrong.is_empty() {
            return Err(stated.wrong);
        }
        found.sort_by(|one, other| key(one).cmp(&key(other)));
        found.dedup_by(|one, other| key(one) == key(other));
        stated.ahead = found.into();
        Ok(stated)
    }

    fn row(
        &mut self,
        columns: &[Option<ArrayRef>; 8],
        row: usize,
        places: &BTreeMap<&str, ColumnId>,
        (rules_of, rule_names): (EvidenceRules<'_>, RuleNames),
    ) -> Option<StatedEvidence<ColumnId>> {
        let [times, names, flags, rules, values, lows, highs, known] = columns;
        let text = |column: &Option<ArrayRef>| {
            let column = column.as_ref()?.as_string::<i32>();
            column.is_valid(row).then(|| column.value(row).to_owned())
        };
        let number = |column: &Option<ArrayRef>| {
            let column = column
                .as_ref()
                .map(|column| column.as_primitive::<Float64Type>());
            let valid = column.filter(|column| column.is_valid(row));
            valid.map_or(f64::NAN, |column| column.value(row))
        };
        let time = |column: &Option<ArrayRef>| {
            let column = column.as_ref()?.as_primitive::<TimestampNanosecondType>();
            let valid = column.is_valid(row);
            valid.then(|| Instant::from_nanos(column.value(row)))
        };
        let mut wrong = |kind, column: &str, expected: &str, got: String| {
            self.wrong.add_row(kind, column, self.seen, expected, got);
        };
        let Some(stamp) = time(times) else {
            wrong(
                ViolationKind::NullTimestamp,
                TIMESTAMP,
                "a timestamp",
                "null".to_owned(),
            );
            return None;
        };
        let name = text(names);
        let column = name.as_deref().map(|name| rules_of.place(name, places));
        if let (Some(name), Some(None)) = (&name, column) {
            let expected = "a column of the frame, or null for the whole row";
            wrong(
                ViolationKind::UnexpectedColumn,
                COLUMN,
                expected,
                name.clone(),
            );
            return None;
        }
        let rule = text(rules).unwrap_or_default();
        let flag = text(flags);
        if !rule_names.fit(&rule, flag.as_deref()) {
            let expected = "capital letters, digits and _, a letter first";
            wrong(ViolationKind::RuleName, RULE, expected, format!("{rule:?}"));
            return None;
        }
        let known_flag = flag.as_deref().map(Flag::from_name);
        if let (Some(flag), Some(None)) = (flag, known_flag) {
            wrong(ViolationKind::UnknownFlag, FLAG, "a flag, or null", flag);
            return None;
        }
        let known_at = time(known).unwrap_or(NOT_STATED);
        if known_at < stamp + rules_of.interval {
            let expected = "no instant before the end of the bin";
            wrong(
                ViolationKind::KnownTooEarly,
                KNOWN_AT,
                expected,
                known_at.to_string(),
            );
            return None;
        }
        Some(StatedEvidence {
            time: stamp,
            column: column.flatten(),
            reason: StatedReason {
                rule,
                flag: known_flag.flatten(),
                value: number(values),
                low: number(lows),
                high: number(highs),
                known_at,
            },
        })
    }

    /// Takes out what is of the rows `part` of `rows`, which are the next ones of the frame and have these columns.
    pub(super) fn of_rows(
        &mut self,
        rows: &Conforming,
        part: Range<usize>,
        columns: &[String],
    ) -> Vec<StatedEvidence<ColumnId>> {
        let (times, flags) = (&rows.times()[part.clone()], &rows.flags()[part]);
        let mut of_rows = Vec::new();
        let Some(last) = times.last() else {
            return of_rows;
        };
        while let Some(row) = self.ahead.pop_front_if(|row| row.time <= *last) {
            match times.binary_search(&row.time) {
                Ok(place)
                    if row
                        .reason
                        .flag
                        .is_none_or(|flag| flags[place].contains(flag)) =>
                {
                    of_rows.push(row);
                }
                Ok(_) => {
                    let flag = row.reason.flag.map_or("", Flag::name);
                    let expected = format!("{flag} among the flags of the row of {}", row.time);
                    let got = "a row without it".to_owned();
                    self.wrong
                        .add_column(ViolationKind::MissingFlag, FLAG, expected, got);
                }
                Err(_) => self.has_no_row(&row),
            }
        }
        let extremes = rows.extremes().iter();
        let extremes = extremes.filter(|cell| (times[0]..=*last).contains(&cell.time));
        of_rows.extend(extremes.map(|cell| not_finite(cell, self.interval)));
        of_rows.sort_by(|one, other| key(one).cmp(&key(other)));
        self.taken += of_rows.len() as u64;
        of_rows
            .iter()
            .for_each(|row| self.says.update(line(row, columns).as_bytes()));
        of_rows
    }

    /// How many reasons the frame has, and the digest of what they say, where there are any: of one JSON array a line, all rows having come.
    pub(super) fn digest(&self) -> (u64, Option<TextId>) {
        let says = (self.taken > 0).then(|| self.says.clone().finish().0);
        (self.taken, says)
    }

    /// What is wrong with what was stated, all rows of the frame having come.
    pub(super) fn finish(mut self) -> Violations {
        for row in std::mem::take(&mut self.ahead) {
            self.has_no_row(&row);
        }
        self.wrong
    }

    fn has_no_row(&mut self, row: &StatedEvidence<ColumnId>) {
        let expected = "the timestamp of a row of the frame";
        let kind = ViolationKind::NoSuchRow;
        self.wrong
            .add_column(kind, TIMESTAMP, expected, row.time.to_string());
    }
}

impl EvidenceRules<'_> {
    /// The column of the frame that has this name, there or in the configuration.
    fn place(&self, name: &str, places: &BTreeMap<&str, ColumnId>) -> Option<ColumnId> {
        let here = places.get(self.joining.column(name)).copied();
        let of_point = self.points.and_then(|points| points.column_for(name).ok());
        let there = of_point.and_then(|name| places.get(self.joining.column(&name)).copied());
        // A name may be that of a point and of another one's column: then nobody knows which is meant.
        match (here, there) {
            (Some(here), Some(there)) if here != there => None,
            (here, there) => here.or(there),
        }
    }
}

/// By what reasons are sorted.
fn key(row: &StatedEvidence<ColumnId>) -> (Instant, Option<ColumnId>, &str) {
    (row.time, row.column, &row.reason.rule)
}

/// Why the row of a number is flagged that no sensor can have measured: as in reports.
fn not_finite(cell: &ExtremeCell, interval: Span) -> StatedEvidence<ColumnId> {
    StatedEvidence {
        time: cell.time,
        column: Some(cell.column),
        reason: StatedReason {
            rule: Rule::NotFinite.name().to_owned(),
            flag: Rule::NotFinite.flag(),
            value: cell.value,
            low: -EXTREME,
            high: EXTREME,
            known_at: cell.time + interval,
        },
    }
}

/// The columns of [`SCHEMA`], each as far as it is there, in the types of that; the first row has the number `first`.
fn columns(
    batch: &RecordBatch,
    first: u64,
    rules: EvidenceRules<'_>,
) -> Result<[Option<ArrayRef>; 8], Violations> {
    let mut wrong = Violations::default();
    for field in batch.schema_ref().fields() {
        if SCHEMA.column_with_name(field.name()).is_none() {
            let names: Vec<_> = SCHEMA
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect();
            let expected = format!("no column of evidence beside {}", names.join(", "));
            wrong.add_column(
                ViolationKind::UnexpectedColumn,
                field.name(),
                expected,
                "one",
            );
        }
    }
    let mut columns = [const { None }; 8];
    for (column, field) in columns.iter_mut().zip(SCHEMA.fields()) {
        let name = field.name().as_str();
        let Some(found) = batch.column_by_name(name) else {
            if [TIMESTAMP, COLUMN, RULE].contains(&name) {
                let expected = "a column of the evidence";
                wrong.add_column(ViolationKind::MissingColumn, name, expected, "none");
            }
            continue;
        };
        if let (DataType::Timestamp(..), Some(coercion)) = (field.data_type(), rules.coercion)
            && let Some(instants) = coercion.instants(found, (name, first), &mut wrong)
        {
            *column = Some(instants);
            continue;
        }
        let taken = match field.data_type() {
            DataType::Float64 => float64(found, (name, first), &mut wrong),
            wanted if !fits(wanted, found.data_type(), rules.unit) => None,
            DataType::Timestamp(..) if *found.data_type() != DataType::Null => {
                Coercion::default().instants(found, (name, first), &mut wrong)
            }
            wanted => cast(found, wanted).ok(),
        };
        match taken {
            Some(taken) => *column = Some(taken),
            None => wrong.add_column(
                ViolationKind::TypeMismatch,
                name,
                shown(field.data_type()),
                type_name(found.data_type()),
            ),
        }
    }
    match wrong.is_empty() {
        true => Ok(columns),
        false => Err(wrong),
    }
}

/// Whether what is of the type `found` says the same as one of the type `wanted`.
fn fits(wanted: &DataType, found: &DataType, unit: TimestampUnit) -> bool {
    match (wanted, found) {
        (_, DataType::Null) => true,
        (DataType::Utf8, DataType::Dictionary(_, values)) => fits(wanted, values, unit),
        (DataType::Utf8, found) => {
            matches!(
                found,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            )
        }
        (wanted, found) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
            wanted == found || unit == TimestampUnit::Us && *found == micros
        }
    }
}

fn shown(wanted: &DataType) -> &'static str {
    match wanted {
        DataType::Utf8 => "string",
        DataType::Float64 => "a number",
        _ => "timestamp[ns, UTC]",
    }
}

/// A reason as it is digested.
fn line(row: &StatedEvidence<ColumnId>, columns: &[String]) -> String {
    let reason = &row.reason;
    let known_at = Some(reason.known_at).filter(|known_at| *known_at != NOT_STATED);
    let line = json!([
        row.time.nanos(),
        row.column.map(|column| &columns[column.index()]),
        reason.flag.map(Flag::name),
        reason.rule,
        number(reason.value),
        number(reason.low),
        number(reason.high),
        known_at.map(Instant::nanos),
    ]);
    format!("{line}\n")
}

/// A number in JSON, which has none that are infinite: these are words.
fn number(number: f64) -> Value {
    match number {
        f64::INFINITY => "inf".into(),
        f64::NEG_INFINITY => "-inf".into(),
        number => number.into(),
    }
}
