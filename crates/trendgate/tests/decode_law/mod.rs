//! The law of the decoder, for the fuzzer and for the replay of its corpus: whatever the bytes, no panic, every cell in
//! exactly one count, and rows in time order.

use std::path::Path;
use trendgate::internals::acquire::{
    Choice, Chunk, ReadOptions, ReadOutcome, Report, StatedReading, TimeRule, read_bytes_as,
};
use trendgate::time::Instant;

/// Panics where the law does not hold.
pub(crate) fn hold(bytes: &[u8]) {
    hold_as(bytes, &StatedReading::default());
}

/// The same of bytes that are read as it is stated.
pub(crate) fn hold_as(bytes: &[u8], stated: &StatedReading) {
    let time = TimeRule {
        zone: jiff::tz::TimeZone::get("America/New_York").unwrap(),
        ambiguous: Choice::Later,
        nonexistent: Choice::Later,
        not_after: Instant::MAX,
        not_before: Instant::MIN,
        max_gap: trendgate::time::DAY,
    };
    let Ok(reports) = read_bytes_as(
        bytes,
        (Path::new("fuzz.csv"), stated),
        &time,
        &ReadOptions {
            chunk_cells: 32,
            block_bytes: 256,
            held_cells: 64,
            ..ReadOptions::default()
        },
    ) else {
        return;
    };
    for (report, chunks, outcome) in reports {
        of_report(&report, chunks, outcome);
    }
}

fn of_report(report: &Report, chunks: Vec<Chunk>, outcome: ReadOutcome) {
    let tally = outcome.tally;
    let points = tally.points.iter();
    let counted: u64 = points
        .map(|p| {
            p.numbers
                + p.not_finite
                + p.unit_mismatch
                + p.unrecognised
                + p.missing.values().sum::<u64>()
        })
        .sum();
    assert_eq!(tally.cells, counted + tally.rejected_cells);
    assert_eq!(tally.rows + tally.rejected_rows, outcome.rows_seen);
    let mut last = Instant::MIN;
    let mut rows = 0;
    for chunk in chunks {
        assert!(
            chunk
                .columns
                .iter()
                .all(|column| column.len() == chunk.times.len())
        );
        assert!(
            chunk
                .columns
                .iter()
                .flatten()
                .all(|value| value.is_nan() || value.abs() < 1e20)
        );
        for time in &chunk.times {
            assert!(*time >= last);
            last = *time;
        }
        rows += chunk.times.len() as u64;
    }
    match report.dialect.has_entries() {
        // Entries of one time are one row, as far as they are of different points.
        true => assert!(rows <= tally.rows),
        false => assert_eq!(rows, tally.rows),
    }
}
