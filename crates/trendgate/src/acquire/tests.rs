//! Whole reports through the reader: every oddity of the dialect, and the laws of reading.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

mod clocks;
mod containers;
mod described_points;
mod entries;
mod exchanged;
mod faults;
mod joined;
pub(super) mod long;
mod midnight;
mod monotone;
mod numbers;
mod order;
mod pages;
mod rows;
mod sheets;
mod stated;
mod statuses;
mod tables;
mod texts;
mod toa5;
mod workbooks;
mod zip;

use super::file_bytes::{FileBytes, Handle};
use super::sniff::Looking;
use super::*;
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Cancel;
use crate::text_id::Digests;
use crate::time::{DAY, HOUR, Instant, MINUTE, SECOND, Span, TimeRange};
use proptest::prelude::*;
use std::io::Take;
use std::path::Path;
use std::sync::Arc;

const PREAMBLE: &str = "\"Key  Name:Suffix\"\r\n\"Point_1:\",\"A.B\",\"\",\"5 minutes\"\r\n\"Point_2:\",\"C D\",\"\",\"COV\"\r\n\"Time Interval:\",\"15 Minutes\"\r\n\"\"\r\n\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n";

const TRAILER: &str = "\" **** End of Report ****\"\r\n\r\n";

fn rule(zone: &str) -> TimeRule {
    TimeRule {
        zone: jiff::tz::TimeZone::get(zone).unwrap(),
        ambiguous: Choice::Earlier,
        nonexistent: Choice::Later,
        // 2030-01-01
        not_after: Instant::EPOCH + 1_893_456_000 * SECOND,
        not_before: Instant::MIN,
        max_gap: 7 * crate::time::DAY,
    }
}

fn report(rows: &str) -> String {
    format!("{PREAMBLE}{}{TRAILER}", rows.replace('\n', "\r\n"))
}

/// Reads a text that is one report.
fn read(text: &str) -> Result<(Report, Vec<Chunk>, ReadOutcome)> {
    read_each(text).map(only)
}

/// Reads the reports of a text.
fn read_each(text: &str) -> Result<Vec<(Report, Vec<Chunk>, ReadOutcome)>> {
    let read = super::read_bytes(
        text.as_bytes(),
        Path::new("a.csv"),
        &rule("Asia/Taipei"),
        &ReadOptions {
            chunk_cells: 64,
            block_bytes: 64,
            held_cells: 24,
            ..ReadOptions::default()
        },
    )?;
    read.iter().for_each(|(_, _, read)| account(&read.tally));
    Ok(read)
}

/// The report that a text in memory is.
fn sniff_text(text: &str, rule: &TimeRule) -> Report {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    let mut opened = file.open().unwrap();
    let cancel = &Cancel::default();
    let looking = Looking {
        rule,
        stated: &StatedReading::default(),
        cancel,
        sorting: None,
    };
    only(sniff::reports_in(&file, &mut *opened, looking).unwrap())
}

/// A text in memory, as an open file.
fn opened(text: &str) -> Take<Handle> {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    file.open_as_stamped().unwrap()
}

/// As [`read_whole`], of a text in memory that is one report.
fn survey_text(report: &mut Report, text: &str, rule: &TimeRule) {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    let cancel = &Cancel::default();
    let looking = Looking {
        rule,
        stated: &StatedReading::default(),
        cancel,
        sorting: None,
    };
    let found = sniff::read_whole_in(report.clone(), &file, looking);
    *report = only(found.unwrap());
}

/// The one of a list of one.
fn only<T>(mut list: Vec<T>) -> T {
    assert_eq!(list.len(), 1);
    list.pop().unwrap()
}

/// As [`super::read_bytes`], of a text that is one report.
fn read_bytes(
    bytes: &[u8],
    name: &Path,
    time: &TimeRule,
    options: &ReadOptions,
) -> Result<(Report, Vec<Chunk>, ReadOutcome)> {
    super::read_bytes(bytes, name, time, options).map(only)
}

/// As [`super::sniff`](super::sniff()), of a file that is one report.
fn sniff(path: &Path, rule: &TimeRule) -> Result<Report> {
    super::sniff(path, rule).map(only)
}

/// Every cell in exactly one count.
fn account(tally: &Tally) {
    let points: u64 = tally
        .points
        .iter()
        .map(|p| {
            p.numbers
                + p.not_finite
                + p.unit_mismatch
                + p.unrecognised
                + p.missing.values().sum::<u64>()
        })
        .sum();
    assert_eq!(tally.cells, tally.rejected_cells + points);
}

/// The rows as text: time and cells, `-` for null.
fn show(chunks: &[Chunk]) -> Vec<String> {
    let rows = chunks.iter().flat_map(|chunk| {
        (0..chunk.times.len()).map(|row| {
            let cells = chunk.columns.iter().map(|column| match column[row] {
                value if value.is_nan() => "-".to_owned(),
                value => value.to_string(),
            });
            format!(
                "{} {}",
                chunk.times[row],
                cells.collect::<Vec<_>>().join(" ")
            )
        })
    });
    rows.collect()
}
