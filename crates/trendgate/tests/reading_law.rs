//! The law of reading: a piece of a text is read as in the whole, or not read.
//!
//! A piece keeps the head of its report and some of the lines behind it, one after the other, and is cut at line ends. Each cell of a row in it has the number
//! that it has in the whole, or none; and there are no other rows. Excepted: rows of a doubled hour, whose passes the rows around them tell, and
//! numbers such as `1.234` where the only proof of a decimal comma was cut away. A whole that is refused proves something *against* its
//! text, which a piece may not have: nothing is compared then.
//!
//! Held over the inputs of checks/field, and over a hospital's reports where they are at hand.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test reads its own files, and panics where it fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use trendgate::internals::acquire::{ReadOptions, TimeRule, read_bytes};
use trendgate::time::Instant;

/// Point and instant, and the numbers that some row has there.
type Cells = BTreeMap<(String, Instant), Vec<u64>>;

fn rule(zone: &str) -> TimeRule {
    TimeRule {
        not_after: trendgate::time::now(),
        ..trendgate::internals::inspect::time_rule(zone).unwrap()
    }
}

/// Every cell of a text that is a number, and the line of its first header; `None` where it is refused.
fn read(text: &[u8], time: &TimeRule) -> Option<(Cells, u64)> {
    let read = read_bytes(text, Path::new("a.csv"), time, &ReadOptions::default()).ok()?;
    let mut cells = Cells::new();
    let first = read
        .first()
        .map_or(0, |(report, ..)| report.layout.header_line);
    for (report, chunks, _) in read {
        for chunk in chunks {
            for (point, column) in report.points.iter().zip(&chunk.columns) {
                for (time, value) in chunk.times.iter().zip(column) {
                    let numbers = cells.entry((point.id.to_string(), *time)).or_default();
                    if !value.is_nan() {
                        numbers.push(value.to_bits());
                    }
                }
            }
        }
    }
    Some((cells, first))
}

/// The same numbers for the same seed, on every machine.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }
}

/// Where the lines of a text begin, and its end.
fn line_starts(text: &[u8]) -> Vec<usize> {
    let ends = memchr::memchr_iter(b'\n', text).map(|end| end + 1);
    let mut starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
    if starts.last() != Some(&text.len()) {
        starts.push(text.len());
    }
    starts
}

/// The lines of each report of a text; all of it, where it is refused or is one.
fn reports<'t>(text: &'t [u8], time: &TimeRule) -> Vec<&'t [u8]> {
    let read = read_bytes(text, Path::new("a.csv"), time, &ReadOptions::default());
    let read = read.unwrap_or_default();
    let starts = line_starts(text);
    let begins = read.iter().skip(1).map(|(report, ..)| report.first_line());
    let begins = begins.map(|line| starts[usize::try_from(line).unwrap() - 1]);
    let ends: Vec<usize> = begins.chain([text.len()]).collect();
    let begins = std::iter::once(0).chain(ends.iter().copied());
    begins
        .zip(&ends)
        .map(|(begin, end)| &text[begin..*end])
        .collect()
}

/// How many pieces of a text were read and held against the whole.
fn hold(name: &str, text: &[u8], time: &TimeRule, pieces: usize) -> usize {
    let Some((whole, header)) = read(text, time) else {
        return 0;
    };
    let starts = line_starts(text);
    let head = usize::try_from(header).unwrap();
    let lines = starts.len() - 1;
    let mut draw = Draw(name.bytes().map(u64::from).sum());
    let mut read_so = 0;
    for _ in 0..pieces {
        let from = head + draw.below(lines - head);
        let to = from + 1 + draw.below(lines - from);
        let piece = [&text[..starts[head]], &text[starts[from]..starts[to]]].concat();
        let Some((cells, _)) = read(&piece, time) else {
            continue;
        };
        read_so += 1;
        for ((point, at), numbers) in cells {
            let Some(known) = whole.get(&(point.clone(), at)) else {
                panic!(
                    "{name}: lines {from} to {to}: {point} has a row at {at} that the whole has not"
                );
            };
            for number in numbers {
                assert!(
                    known.contains(&number),
                    "{name}: lines {from} to {to}: {point} at {at} is {}",
                    f64::from_bits(number)
                );
            }
        }
    }
    read_so
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn pieces_of_what_is_met_in_the_field_are_read_as_in_the_whole_or_not_at_all() {
    let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checks/field");
    let (mut texts, mut pieces) = (0, 0);
    for case in files(&field) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        // Passes of a doubled hour; and texts whose lines do not end with the byte of a line feed.
        let other_ends = ["utf16_nobom", "excel_unicode_text", "cr_only"];
        if name.starts_with("dst_fold") || other_ends.contains(&&*name) {
            continue;
        }
        // A column that contradicts itself, which a piece of it may not.
        if name == "odd_numbers" {
            continue;
        }
        let zone = match &*name {
            "dst_gap" => "America/Chicago",
            "std_clock_zurich" => "Europe/Zurich",
            _ => "Asia/Taipei",
        };
        for file in files(&case.join("in")) {
            let is_text = file
                .extension()
                .is_some_and(|end| end.eq_ignore_ascii_case("csv"));
            if is_text {
                let (shown, time) = (file.display().to_string(), rule(zone));
                let text = fs::read(&file).unwrap();
                for report in reports(&text, &time) {
                    pieces += hold(&shown, report, &time, 60);
                }
                texts += 1;
            }
        }
    }
    println!("{pieces} pieces of {texts} texts");
    assert!(
        texts > 60 && pieces > 1500,
        "{pieces} pieces of {texts} texts"
    );
}

#[test]
fn pieces_of_a_hospital_s_reports_are_read_as_in_the_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kmuh");
    if !folder.is_dir() {
        println!("SKIPPED: no real reports at {}", folder.display());
        return;
    }
    for file in files(&folder) {
        let text = fs::read(&file).unwrap();
        if text.starts_with(b"\x1F\x8B") || !file.is_file() {
            continue;
        }
        // A fortnight: what is read of it is read as of the whole.
        let starts = line_starts(&text);
        let end = starts.get(1600).copied().unwrap_or(text.len());
        let shown = file.display().to_string();
        hold(&shown, &text[..end], &rule("Asia/Taipei"), 25);
    }
}
