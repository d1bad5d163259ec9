//! What new reports say of the clock of their logger: times that it cannot have meant, that it never changes, that it is early or late.

use crate::acquire::{ClockOffset, ClockTally, Report, Tally};
use crate::execute::Read;
use crate::pipeline::Settings;
use crate::time::Span;
use crate::warning::{EXAMPLES, Warning};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The share of a report's rows that may stand two in a bin, beside bins with none, without a word.
const UNEVEN_SHARE: u64 = 100;

/// The reports of which something is said.
#[derive(Default)]
struct Reports {
    count: u64,
    files: Vec<PathBuf>,
}

impl Reports {
    fn add(&mut self, path: &Path) {
        self.count += 1;
        if self.files.len() < EXAMPLES {
            self.files.push(path.to_owned());
        }
    }
}

/// What is to be said of clocks.
#[derive(Default)]
pub(super) struct Clocks {
    faults: Faults,
    unchanged: BTreeMap<ClockOffset, Unchanged>,
    uneven: Uneven,
}

impl Clocks {
    /// Adds what a new report says of its clock.
    pub(super) fn add(&mut self, settings: &Settings, report: &Report, read: &Read) {
        let tally = &read.tally;
        self.faults.add(&report.shown(), &tally.clock);
        if let Some(seen) = tally.clock.unchanged {
            let unchanged = self.unchanged.entry(seen.offset).or_default();
            unchanged.add(&report.shown(), tally);
        }
        if report.interval == Some(settings.resample_interval) && is_uneven(tally) {
            self.uneven.add(&report.shown(), &tally.clock);
        }
    }

    /// One warning for what each of the three is, where there is something to say; for each offset one, of a clock that never changes.
    pub(super) fn warnings(self, settings: &Settings) -> impl Iterator<Item = Warning> {
        let unchanged = self.unchanged.into_iter();
        let unchanged = unchanged.map(|(offset, of)| of.warning(offset, &settings.timezone));
        let uneven = self.uneven.warning(settings.resample_interval);
        (self.faults.warning().into_iter())
            .chain(unchanged)
            .chain(uneven)
    }
}

/// Whether so many rows of a report are two in a bin, beside bins with none, that it is no single slip.
pub(in crate::pipeline) fn is_uneven(tally: &Tally) -> bool {
    let ClockTally {
        bins_with_two: two,
        bins_with_none: none,
        ..
    } = tally.clock;
    two > 0 && none > 0 && (two + none) * UNEVEN_SHARE > tally.rows
}

#[derive(Default)]
struct Faults {
    reports: Reports,
    rows: u64,
    examples: Vec<String>,
}

impl Faults {
    fn add(&mut self, path: &Path, clock: &ClockTally) {
        if clock.faults == 0 {
            return;
        }
        self.reports.add(path);
        self.rows += clock.faults;
        let left = EXAMPLES.saturating_sub(self.examples.len());
        let examples = clock.fault_examples.iter().take(left);
        self.examples.extend(
            examples.map(|row| format!("{}:{}: the row {}", path.display(), row.line, row.reason)),
        );
    }

    fn warning(self) -> Option<Warning> {
        (self.rows > 0).then_some(Warning::ClockFaults {
            rows: self.rows,
            reports: self.reports.count,
            files: self.reports.files,
            examples: self.examples,
        })
    }
}

#[derive(Default)]
struct Unchanged {
    reports: Reports,
    never: u64,
    single_pass: u64,
}

impl Unchanged {
    fn add(&mut self, path: &Path, tally: &Tally) {
        self.reports.add(path);
        self.never += tally.nonexistent;
        self.single_pass += tally.clock.single_pass;
    }

    fn warning(self, offset: ClockOffset, zone: &str) -> Warning {
        Warning::UnchangedClock {
            offset: offset.to_string(),
            zone: zone.to_owned(),
            never: self.never,
            single_pass: self.single_pass,
            reports: self.reports.count,
            files: self.reports.files,
        }
    }
}

#[derive(Default)]
struct Uneven {
    reports: Reports,
    with_two: u64,
    with_none: u64,
}

impl Uneven {
    fn add(&mut self, path: &Path, clock: &ClockTally) {
        self.reports.add(path);
        self.with_two += clock.bins_with_two;
        self.with_none += clock.bins_with_none;
    }

    fn warning(self, interval: Span) -> Option<Warning> {
        (self.with_two > 0).then_some(Warning::UnevenRows {
            interval,
            with_two: self.with_two,
            with_none: self.with_none,
            reports: self.reports.count,
            files: self.reports.files,
        })
    }
}
