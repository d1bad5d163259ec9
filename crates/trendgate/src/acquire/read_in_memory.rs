//! Reports of files that are in memory → all that is in them. For tests and fuzzing.

use super::ask::{CellRule, ReadOptions, TimeRule, Window};
use super::chunk::Chunk;
use super::file_bytes::FileBytes;
use super::reader::{ReadStep, Reader};
use super::report::{Report, RowOrder};
use super::sniff::{self, Looking};
use super::stated::StatedReading;
use super::tally::ReadOutcome;
use crate::error::{Error, Result};
use crate::progress::Cancel;
use crate::time::TimeRange;
use std::path::Path;

/// Reads all reports of a text that is in memory: what each says of itself and what becomes of its cells. For tests and fuzzing; `name`
/// stands for the path.
///
/// # Errors
/// As [`sniff`](super::sniff) and [`Reader`].
pub fn read_bytes(
    bytes: &[u8],
    name: &Path,
    time: &TimeRule,
    options: &ReadOptions,
) -> Result<Vec<(Report, Vec<Chunk>, ReadOutcome)>> {
    read_bytes_as(bytes, (name, &StatedReading::default()), time, options)
}

/// As [`read_bytes`], of a file of this name, of whose texts this is stated.
///
/// # Errors
/// As [`read_bytes`].
pub fn read_bytes_as(
    bytes: &[u8],
    (name, stated): (&Path, &StatedReading),
    time: &TimeRule,
    options: &ReadOptions,
) -> Result<Vec<(Report, Vec<Chunk>, ReadOutcome)>> {
    let file = FileBytes::in_memory(bytes, name);
    let looking = Looking {
        rule: time,
        stated,
        cancel: &Cancel::default(),
        sorting: None,
    };
    let reports = sniff::reports_in(&file, &mut *file.open()?, looking)?;
    read_all(&file, reports, looking, options)
}

/// Reads reports of a file that is in memory to their ends.
///
/// # Errors
/// As [`read_bytes`].
pub(super) fn read_all(
    file: &FileBytes,
    mut reports: Vec<Report>,
    looking: Looking<'_>,
    options: &ReadOptions,
) -> Result<Vec<(Report, Vec<Chunk>, ReadOutcome)>> {
    reports.reverse();
    let mut done = Vec::new();
    while let Some(report) = reports.pop() {
        if let Some((chunks, outcome)) = read_one(file, &report, looking, options)? {
            done.push((report, chunks, outcome));
            continue;
        }
        if report.order == RowOrder::Unordered {
            return Err(Error::bug("sorted rows are out of order").at(file.path()));
        }
        let found = sniff::read_whole_in(report, file, looking)?;
        reports.extend(found.into_iter().rev());
    }
    Ok(done)
}

/// Reads one of them; `None` where it needs to be read whole first.
fn read_one(
    file: &FileBytes,
    report: &Report,
    looking: Looking<'_>,
    options: &ReadOptions,
) -> Result<Option<(Vec<Chunk>, ReadOutcome)>> {
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let rules = vec![CellRule::default(); report.points.len()];
    let sorted = looking.sorting.map(|sorting| {
        let ask = (everything, &*rules);
        Reader::of_sorted(report, ask, options, &sorting.file)
    });
    let mut reader = match sorted.transpose()?.flatten() {
        Some(reader) => reader,
        None => {
            let (opened, report) = (file.open_as_stamped()?, report.clone());
            Reader::over(opened, report, everything, looking.rule, rules, options)?
        }
    };
    let mut chunks = Vec::new();
    loop {
        match reader.next_chunk()? {
            ReadStep::Rows(chunk) => chunks.push(chunk),
            ReadStep::End => {
                let outcome = reader.finish()?;
                return Ok((!outcome.undecided).then_some((chunks, outcome)));
            }
            ReadStep::NeedsWhole => return Ok(None),
        }
    }
}
