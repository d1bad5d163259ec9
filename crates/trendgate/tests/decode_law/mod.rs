//! The law of the decoder, for the fuzzer and for the replay of its corpus: whatever the bytes, no panic, every cell in
//! exactly one count, rows in time order, and the same whether many cells are read at a time or one.

use std::path::Path;
use trendgate::internals::acquire::{
    CellsAtATime, Choice, Chunk, ReadOptions, ReadOutcome, Report, StatedReading, TimeRule,
    read_bytes_as,
};
use trendgate::time::Instant;

/// Panics where the law does not hold.
pub(crate) fn hold(bytes: &[u8]) {
    hold_as(bytes, &StatedReading::default());
}

/// The same of bytes as the rows of a table: the first byte says how many points it has, and each line behind it stands behind the next time.
/// How many rows were read.
#[allow(dead_code, reason = "of one target, and of the replay of its corpus")]
pub(crate) fn hold_rows(bytes: &[u8]) -> u64 {
    let Some((points, rows)) = bytes.split_first() else {
        return 0;
    };
    let points = 1 + usize::from(points % 40);
    let names: Vec<String> = (1..=points)
        .map(|point| format!("\"Point_{point}\""))
        .collect();
    let mut text = b"\"Key            Name:Suffix\"\n".to_vec();
    for point in 1..=points {
        text.extend(format!("\"Point_{point}:\",\"P{point}.T\",\"\",\"1 minute\"\n").bytes());
    }
    text.extend(
        format!(
            "\"Time Interval:\",\"1 Minute\"\n\"<>Date\",\"Time\",{}\n",
            names.join(",")
        )
        .bytes(),
    );
    for (row, cells) in rows.split(|byte| *byte == b'\n').take(60).enumerate() {
        text.extend(format!("\"2026/01/15\",\"10:{row:02}:00\",").bytes());
        text.extend(cells);
        text.push(b'\n');
    }
    hold_as(&text, &StatedReading::default())
}

/// The same of bytes that are read as it is stated. How many rows were read.
pub(crate) fn hold_as(bytes: &[u8], stated: &StatedReading) -> u64 {
    let time = TimeRule {
        zone: jiff::tz::TimeZone::get("America/New_York").unwrap(),
        ambiguous: Choice::Later,
        nonexistent: Choice::Later,
        not_after: Instant::MAX,
        not_before: Instant::MIN,
        max_gap: trendgate::time::DAY,
    };
    let read = |cells_at_a_time| {
        let options = ReadOptions {
            chunk_cells: 32,
            block_bytes: 256,
            held_cells: 64,
            cells_at_a_time,
            ..ReadOptions::default()
        };
        read_bytes_as(bytes, (Path::new("fuzz.csv"), stated), &time, &options)
    };
    let many = read(CellsAtATime::Many);
    // Numbers are printed as they are, to the last bit.
    let printed = |read: &_| format!("{read:?}");
    assert_eq!(printed(&many), printed(&read(CellsAtATime::One)));
    let reports = many.into_iter().flatten();
    let rows = reports.map(|(report, chunks, outcome)| of_report(&report, chunks, outcome));
    rows.sum()
}

fn of_report(report: &Report, chunks: Vec<Chunk>, outcome: ReadOutcome) -> u64 {
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
    rows
}
