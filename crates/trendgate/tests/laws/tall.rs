//! A report over many months that several tasks need: however many they are, each byte of it is read about once, and the dataset and the account
//! are those of one task that reads it whole.

use super::joined::packed;
use super::*;
use std::sync::atomic::{AtomicU64, Ordering};
use trendgate::{Cancel, Event, Progress, RunOptions, Scope};

/// A row every five minutes for 150 days.
const ROWS: i64 = 150 * 288;

/// Counts the bytes that are read.
#[derive(Default)]
struct BytesRead(AtomicU64);

impl Progress for BytesRead {
    fn event(&self, event: &Event<'_>) {
        if let Event::Read { bytes } = event {
            self.0.fetch_add(*bytes, Ordering::Relaxed);
        }
    }
}

/// The rows of a tall report, with words, blanks and gaps among them.
fn rows() -> Vec<Row> {
    let gap = 20_000..21_000;
    let rows = (0..ROWS).filter(|row| !gap.contains(row));
    rows.map(|row| {
        let a = match row % 7001 {
            0 => "Data Loss".to_owned(),
            1 => "broken".to_owned(),
            _ => format!("{}.25", 10 + row % 13),
        };
        (row * 5, a, (row / 3).to_string())
    })
    .collect()
}

/// What a run with so many threads, and so many tasks, makes of the reports in a folder: the digests of what it wrote, what its manifest says
/// of the reports and their cells, and the bytes that it read.
fn made(reports: &Path, threads: usize) -> (Vec<Digest>, String, u64) {
    let data = tempfile::tempdir().unwrap();
    made_in(data.path(), reports, threads)
}

/// As [`made`], in a dataset that there may be.
fn made_in(data: &Path, reports: &Path, threads: usize) -> (Vec<Digest>, String, u64) {
    let settings = settings(data, "15m", threads, "");
    made_by(&settings, reports, RunOptions::default())
}

fn made_by(settings: &Settings, reports: &Path, options: RunOptions) -> (Vec<Digest>, String, u64) {
    let (read, cancel) = (BytesRead::default(), Cancel::default());
    let cleaner = pipeline::own_cleaner(settings);
    let watch = Watch::new(&read, &cancel);
    let run = pipeline::run_with(settings, &[reports.to_owned()], options, &cleaner, watch);
    let Run::Committed(summary) = run.unwrap() else {
        panic!("nothing new")
    };
    let manifest = &summary.committed.manifest;
    let said = format!(
        "{:?} {:?} {:?}",
        manifest.inputs, manifest.statistics, manifest.cells
    );
    (digests(manifest).concat(), said, read.0.into_inner())
}

#[test]
fn a_tall_report_is_read_once_by_any_number_of_tasks_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = report(0, &rows());
    // A row that lost its cells in one month, one without a date in another, and the header once more.
    let places: Vec<usize> = text.match_indices("\r\n").map(|(at, _)| at + 2).collect();
    let header = "\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n";
    for (row, line) in [
        (41_000, header),
        (30_000, "\"\",\"01:00:00\",\"1\",\"2\"\r\n"),
    ] {
        text.insert_str(places[row], line);
    }
    let lost = text[places[5000]..].find("\",\"").unwrap() + places[5000];
    let end = text[lost..].find("\r\n").unwrap() + lost;
    text.replace_range(lost + 13..end, "");
    let path = folder.path().join("tall.csv");
    fs::write(&path, &text).unwrap();
    let (one, said, whole) = made(folder.path(), 1);
    assert_eq!(whole, text.len() as u64);
    assert!(whole > 1 << 20);
    for threads in [2, 5] {
        let (many, also, bytes) = made(folder.path(), threads);
        assert_eq!(many, one, "{threads}");
        assert_eq!(also, said, "{threads}");
        assert!(bytes < whole * 5 / 4, "{bytes} of {whole} with {threads}");
    }
}

#[test]
fn a_tall_report_with_rows_out_of_order_or_a_second_head_is_read_as_by_one_task() {
    let other = report(1, &[(ROWS * 5 + 5, "1".into(), "2".into())]);
    for damage in ["order", "late order", "head"] {
        let folder = tempfile::tempdir().unwrap();
        let mut rows = rows();
        match damage {
            "order" => rows.swap(1000, 30_000),
            "late order" => rows.swap(41_000, 41_500),
            _ => {}
        }
        let mut text = report(0, &rows);
        if damage == "head" {
            text += &other;
        }
        fs::write(folder.path().join("tall.csv"), &text).unwrap();
        let (one, said, _) = made(folder.path(), 1);
        let (many, also, _) = made(folder.path(), 4);
        assert_eq!((many, also), (one, said), "{damage}");
    }
}

#[test]
fn months_far_apart_of_a_known_tall_report_are_made_again_from_one_reading() {
    let text = report(0, &rows());
    let late = |minutes: i64| (minutes, "7".to_owned(), "1".to_owned());
    let made_again = |threads: usize| {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(folder.path().join("tall.csv"), &text).unwrap();
        made_in(data.path(), folder.path(), threads);
        for (name, minutes) in [
            ("a.csv", 101),
            ("b.csv", 60 * 24 * 70),
            ("c.csv", 60 * 24 * 140),
        ] {
            let other = report(1, &[late(minutes), late(minutes + 15)]);
            fs::write(folder.path().join(name), other).unwrap();
        }
        made_in(data.path(), folder.path(), threads)
    };
    let (one, said, _) = made_again(1);
    assert!(
        one.len() > 3,
        "three months, and why cells of them are flagged"
    );
    for threads in [2, 5] {
        let (many, also, bytes) = made_again(threads);
        assert_eq!(many, one, "{threads}");
        assert_eq!(also, said, "{threads}");
        let whole = text.len() as u64;
        assert!(bytes < whole * 5 / 4, "{bytes} of {whole} with {threads}");
    }
}

#[test]
fn a_packed_or_transcoded_report_is_unpacked_once_for_all_tasks() {
    let text = report(0, &rows());
    let utf16 = || {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    let semicolons = text.replace("\",\"", "\";\"");
    let forms = [
        ("a.csv.gz", packed(text.as_bytes())),
        ("a.csv", utf16()),
        ("a.csv", semicolons.into_bytes()),
    ];
    for (name, bytes) in forms {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), &bytes).unwrap();
        let (one, said, whole) = made(folder.path(), 1);
        assert_eq!(whole, bytes.len() as u64);
        for threads in [2, 5] {
            let (many, also, read) = made(folder.path(), threads);
            assert_eq!(many, one, "{name} with {threads}");
            assert_eq!(also, said, "{name} with {threads}");
            // Once to unpack it, and once in ranges.
            assert!(read < whole * 9 / 4, "{read} of {whole} with {threads}");
        }
    }
}

#[test]
fn what_is_kept_of_a_tall_report_is_unpacked_once_for_a_rebuild() {
    let text = report(0, &rows());
    let rebuilt = |threads: usize| {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().join("tall.csv");
        fs::write(&path, &text).unwrap();
        made_in(data.path(), folder.path(), threads);
        fs::remove_file(&path).unwrap();
        let options = RunOptions {
            scope: Scope::Everything,
            ..RunOptions::default()
        };
        let settings = settings(data.path(), "30m", threads, "");
        made_by(&settings, folder.path(), options)
    };
    let (one, said, whole) = rebuilt(1);
    assert_eq!(whole, text.len() as u64);
    for threads in [2, 5] {
        let (many, also, bytes) = rebuilt(threads);
        assert_eq!((many, also), (one.clone(), said.clone()), "{threads}");
        assert!(bytes < whole * 9 / 4, "{bytes} of {whole} with {threads}");
    }
}
