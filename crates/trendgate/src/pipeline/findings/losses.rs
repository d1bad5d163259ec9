//! What new reports lose although they are accepted: rejected rows, and cells that cannot be read, or that the report has twice.
//!
//! Each report is held against the shares that may
//! be lost; those that lose more become one warning for the rows, and one for each point.

use crate::acquire::Report;
use crate::execute::{PointLoss, Read};
use crate::model::{ColumnId, PointSpec};
use crate::pipeline::Settings;
use crate::plan::Plan;
use crate::warning::{EXAMPLES, Warning};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The share of a point's cells in a report that may be lost without a word.
pub(super) const CELL_SHARE: f64 = 0.05;
/// So many points are named; of more there is one warning with their number.
pub(super) const MOST_POINTS: usize = 20;

/// The losses that are more than the settings allow.
#[derive(Default)]
pub(super) struct Losses {
    rows: RowLosses,
    points: BTreeMap<ColumnId, PointLosses>,
}

impl Losses {
    /// Adds what a new report lost.
    pub(super) fn add(&mut self, settings: &Settings, report: &Report, read: &Read) {
        let tally = &read.tally;
        // Where a row is a value, a line of many values (a row a day) is as many rows, whether it is accepted or not.
        let rejected = match report.dialect.has_entries() {
            true => tally.rejected_cells,
            false => tally.rejected_rows,
        };
        let all = tally.rows + rejected;
        // The row in which a report was cut off is none; that it was cut is said.
        let torn = u64::from(!report.complete);
        let rejects = is_more(rejected.saturating_sub(torn), settings.loss_share, all);
        let lossy = (read.losing.iter()).filter(|(_, loss)| loses(loss, tally.rows));
        for (column, loss) in lossy {
            let point = self.points.entry(*column).or_default();
            point.add(&report.shown(), tally.rows, loss);
        }
        if rejects {
            self.rows.add(report.shown(), read, (rejected, all));
        }
    }

    /// One warning for the rows, and one for each point.
    pub(super) fn warnings(self, plan: &Plan) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = self.rows.warning().into_iter().collect();
        let more = self.points.len().saturating_sub(MOST_POINTS);
        let named = self.points.into_iter().take(MOST_POINTS);
        warnings.extend(named.map(|(column, cells)| cells.warning(&plan.roster[column])));
        if more > 0 {
            warnings.push(Warning::MorePointsLose { points: more });
        }
        warnings
    }
}

/// A few rows of one time are what loggers write when their clock is set; more of them are of different points, or of different times.
const MOST_REPEATED: u64 = 3;

/// Whether a report of so many rows loses more of a point's cells than it may.
pub(crate) fn loses(loss: &PointLoss, rows: u64) -> bool {
    let few = match loss.repeated {
        few @ ..=MOST_REPEATED => few,
        _ => 0,
    };
    is_more(loss.cells() - few, CELL_SHARE, rows)
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn is_more(lost: u64, share: f64, all: u64) -> bool {
    lost as f64 > share * all as f64
}

/// The rows of the reports that lose too many.
#[derive(Default)]
struct RowLosses {
    files: Vec<PathBuf>,
    reports: u64,
    rejected: u64,
    without_date: u64,
    rows: u64,
    examples: Vec<String>,
}

impl RowLosses {
    fn add(&mut self, path: PathBuf, read: &Read, (rejected, rows): (u64, u64)) {
        let tally = &read.tally;
        self.reports += 1;
        self.rejected += rejected;
        self.without_date += tally.without_date;
        self.rows += rows;
        let left = EXAMPLES.saturating_sub(self.examples.len());
        let examples = tally.rejected_examples.iter().take(left);
        self.examples.extend(
            examples.map(|row| format!("{}:{}: the row {}", path.display(), row.line, row.reason)),
        );
        if self.files.len() < EXAMPLES && !self.files.contains(&path) {
            self.files.push(path);
        }
    }

    fn warning(self) -> Option<Warning> {
        (self.reports > 0).then_some(Warning::LostRows {
            reports: self.reports,
            rejected: self.rejected,
            without_date: self.without_date,
            rows: self.rows,
            files: self.files,
            examples: self.examples,
        })
    }
}

/// The cells of a point in the reports that lose too many of them.
#[derive(Default)]
struct PointLosses {
    files: Vec<PathBuf>,
    reports: u64,
    cells: u64,
    lost: PointLoss,
}

impl PointLosses {
    fn add(&mut self, path: &Path, cells: u64, lost: &PointLoss) {
        self.reports += 1;
        self.cells += cells;
        self.lost.append(lost);
        if self.files.len() < EXAMPLES && self.files.iter().all(|file| file != path) {
            self.files.push(path.to_owned());
        }
    }

    fn warning(self, spec: &PointSpec) -> Warning {
        Warning::LostCells {
            point: spec.id.to_string(),
            column: spec.column.clone(),
            unit: spec.unit.map(|unit| unit.symbol()),
            reports: self.reports,
            cells: self.cells,
            unrecognised: self.lost.unrecognised,
            ambiguous_numbers: self.lost.ambiguous_numbers,
            unit_mismatch: self.lost.unit_mismatch,
            repeated: self.lost.repeated,
            files: self.files,
            examples: self.lost.examples.texts().map(ToOwned::to_owned).collect(),
        }
    }
}
