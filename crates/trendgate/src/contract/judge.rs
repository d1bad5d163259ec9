//! One batch against every rule about rows. Finds; mends nothing, remembers nothing.

use super::axis::{Axis, AxisRules, AxisStep, Gap};
use super::check::ContractRules;
use super::flag_lists;
use super::layout::ColumnPlaces;
use super::values::{BadRows, bad_rows};
use super::violation::{Violation, ViolationKind, Violations};
use crate::model::{FlagSet, TIMESTAMP};
use crate::time::{Instant, Span};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};

/// Where the stream stands before a batch.
pub(super) struct Stand {
    pub(super) axis: Axis,
    pub(super) rules: ContractRules,
    /// The number of the batch's first row.
    pub(super) row: u64,
}

/// What a batch is, before anything is done about it.
pub(super) struct Judged {
    /// Where the stream stands after it.
    pub(super) axis: Axis,
    pub(super) flags: Vec<FlagSet>,
    /// The gaps before rows, each with its row.
    pub(super) gaps: Vec<(usize, Gap)>,
    /// Per point that has any, the rows whose values are none.
    pub(super) bad: Vec<(usize, BadRows)>,
}

impl Stand {
    pub(super) fn judge(
        mut self,
        batch: &RecordBatch,
        layout: &ColumnPlaces,
        found: &mut Violations,
    ) -> Judged {
        let (mut in_time, mut in_flags) = (Violations::default(), Violations::default());
        let gaps = layout
            .timestamp
            .map(|at| self.judge_axis(batch.column(at), &mut in_time));
        let flags = layout
            .flags
            .map(|at| flag_lists::read(batch.column(at), self.row, &mut in_flags));
        found.append(in_time.merge_rows(in_flags));
        Judged {
            axis: self.axis,
            flags: flags.unwrap_or_default(),
            gaps: gaps.unwrap_or_default(),
            bad: bad_of_each(batch, layout),
        }
    }

    fn judge_axis(&mut self, column: &ArrayRef, found: &mut Violations) -> Vec<(usize, Gap)> {
        let rules = AxisRules {
            interval: self.rules.interval,
            not_after: self.rules.not_after,
        };
        let times = column.as_primitive::<TimestampNanosecondType>();
        let mut gaps = Vec::new();
        for row in 0..times.len() {
            let at = self.row + row as u64;
            if times.is_null(row) {
                found.add(null_time(at));
                continue;
            }
            let (previous, time) = (self.axis.previous, Instant::from_nanos(times.value(row)));
            match self.axis.step(time, rules) {
                AxisStep::Follows => {}
                AxisStep::After(gap) => gaps.push((row, gap)),
                AxisStep::Breaks(kind) => found.add(self.misplaced(kind, at, previous, time)),
            }
        }
        gaps
    }

    fn misplaced(
        &self,
        kind: ViolationKind,
        row: u64,
        previous: Option<Instant>,
        time: Instant,
    ) -> Violation {
        let previous = previous.map_or_else(String::new, |previous| previous.to_string());
        let expected = match (kind, self.rules.interval) {
            (ViolationKind::Future, _) => {
                format!("not later than {}", self.rules.not_after)
            }
            (ViolationKind::OffGrid, Some(interval)) => {
                let interval = jiff::SignedDuration::from_nanos(interval.nanos());
                format!("a multiple of {interval:#} after {previous}")
            }
            _ => format!("later than {previous}"),
        };
        Violation {
            kind,
            column: TIMESTAMP.to_owned(),
            row: Some(row),
            expected,
            got: time.to_string(),
        }
    }
}

/// For a first row that is on no multiple of the interval.
pub(super) fn off_the_epoch(time: Instant, interval: Span) -> Violations {
    let interval = jiff::SignedDuration::from_nanos(interval.nanos());
    let mut found = Violations::default();
    found.add(Violation {
        kind: ViolationKind::OffGrid,
        column: TIMESTAMP.to_owned(),
        row: Some(0),
        expected: format!("a multiple of {interval:#} after 1970-01-01T00:00:00Z"),
        got: time.to_string(),
    });
    found
}

fn null_time(row: u64) -> Violation {
    Violation {
        kind: ViolationKind::NullTimestamp,
        column: TIMESTAMP.to_owned(),
        row: Some(row),
        expected: "a time".to_owned(),
        got: "null".to_owned(),
    }
}

fn bad_of_each(batch: &RecordBatch, layout: &ColumnPlaces) -> Vec<(usize, BadRows)> {
    let places = layout.points.iter().enumerate();
    places
        .filter_map(|(point, at)| {
            let bad = bad_rows(batch.column((*at)?).as_primitive::<Float64Type>());
            (bad != BadRows::default()).then_some((point, bad))
        })
        .collect()
}
