//! For each form of export: however a plant's rows are cut into files, dealt, named and ordered, and with however many threads and however little
//! memory they are read, the dataset is the same, and so is the account of its cells.

use super::forms::{Value, long, scattered, sheet, values};
use super::joined::packed;
use super::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use std::io::Write as _;
use trendgate::manifest::Cells;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A form of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Scheduler,
    Gzip,
    Zip,
    Blocks,
    Pages,
    Niagara,
    Metasys,
    Toa5,
    Zinc,
    Wide,
    Sheet,
    Long,
    Day,
    FilePerPoint,
}

const ALL: [Written; 14] = [
    Written::Scheduler,
    Written::Gzip,
    Written::Zip,
    Written::Blocks,
    Written::Pages,
    Written::Niagara,
    Written::Metasys,
    Written::Toa5,
    Written::Zinc,
    Written::Wide,
    Written::Sheet,
    Written::Long,
    Written::Day,
    Written::FilePerPoint,
];

/// More by hand: `PROPTEST_CASES=50 cargo test -p trendgate --test laws invariance`.
fn cases() -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(2)
}

impl Written {
    /// Whether values of one time may stand in several files: each line has one.
    fn is_dealt(self) -> bool {
        use Written::{Blocks, FilePerPoint, Long, Metasys, Niagara};
        matches!(self, Blocks | Niagara | Metasys | Long | FilePerPoint)
    }

    /// What an entry of `sources` says of files of this form.
    fn entry(self) -> Option<&'static str> {
        Some(match self {
            Self::Scheduler | Self::Gzip | Self::Zip => return None,
            Self::Blocks | Self::Pages => "date_order: mdy",
            Self::Metasys => "date_order: mdy, interval: INTERVAL",
            Self::Niagara | Self::Zinc | Self::Toa5 => "interval: INTERVAL",
            Self::Wide | Self::Sheet => {
                "table: wide, interval: INTERVAL, time: {columns: t, format: \"%Y-%m-%d %H:%M:%S\"}"
            }
            Self::Long => {
                "table: long, interval: INTERVAL, time: {columns: t, format: \"%Y-%m-%d %H:%M:%S\"}, value: {column: v}, point: {columns: name}"
            }
            Self::FilePerPoint => {
                "table: long, interval: INTERVAL, time: {columns: t, format: \"%Y-%m-%d %H:%M:%S\"}, value: {column: v}, point: {path: \"(?<name>.*)\"}"
            }
            Self::Day => {
                "table: day, time: {columns: day, format: \"%Y-%m-%d\"}, day: {columns: \"%H:%M\"}, point: {columns: name}"
            }
        })
    }

    /// The files of some rows of a kind, by what their names end in.
    fn files(self, kind: usize, rows: &[Row]) -> Vec<(String, Vec<u8>)> {
        let one = |end: &str, text: String| vec![(end.to_owned(), text.into_bytes())];
        match self {
            Self::Scheduler | Self::Zip => one(".csv", report(kind, rows)),
            Self::Gzip => vec![(".csv".to_owned(), packed(report(kind, rows).as_bytes()))],
            Self::Blocks => one(".csv", blocks(kind, rows)),
            Self::Pages => one(".csv", of_kind(kind, rows).pages()),
            Self::Niagara => histories(kind, rows),
            Self::Metasys => one(".csv", of_kind(kind, rows).samples()),
            Self::Toa5 => one(".dat", of_kind(kind, rows).logger()),
            Self::Zinc => one(".zinc", of_kind(kind, rows).grid()),
            Self::Wide => one(".csv", of_kind(kind, rows).table()),
            Self::Sheet => vec![(".xlsx".to_owned(), sheet(kind, rows))],
            Self::Long => {
                let mut values = values(kind, rows);
                values.sort_by_cached_key(|(time, name, _)| scattered(7, &format!("{name}{time}")));
                one(".csv", long(&values))
            }
            Self::Day => one(".csv", of_kind(kind, rows).days()),
            Self::FilePerPoint => of_points(kind, rows, |name, values| {
                let lines = values
                    .iter()
                    .map(|(time, _, text)| format!("{time},{text}\n"));
                (
                    format!("/{name}.csv"),
                    format!("t,v\n{}", lines.collect::<String>()),
                )
            }),
        }
    }
}

/// A file for each point that has values.
fn of_points(
    kind: usize,
    rows: &[Row],
    file: impl Fn(&str, &[Value]) -> (String, String),
) -> Vec<(String, Vec<u8>)> {
    let values = values(kind, rows);
    let names = [format!("K{kind}.A"), format!("K{kind}.KWH")];
    let own = |name: &String| {
        let own: Vec<Value> = values
            .iter()
            .filter(|value| value.1 == *name)
            .cloned()
            .collect();
        let (end, text) = file(name, &own);
        (!own.is_empty()).then(|| (end, text.into_bytes()))
    };
    names.iter().filter_map(own).collect()
}

fn blocks(kind: usize, rows: &[Row]) -> String {
    let every = if kind == CHANGES { "COV" } else { "15 minutes" };
    of_kind(kind, rows).defined(every).blocks()
}

fn histories(kind: usize, rows: &[Row]) -> Vec<(String, Vec<u8>)> {
    let histories = of_kind(kind, rows).histories().into_iter().enumerate();
    let file = |(place, text): (usize, String)| (format!("-{place}.csv"), text.into_bytes());
    histories.map(file).collect()
}

/// How a plant comes into files.
#[derive(Debug, Clone)]
struct Split {
    /// The minutes at which files begin.
    cuts: Vec<i64>,
    /// What the names of files, and what stands in which file, depend on.
    seed: u64,
}

impl Split {
    /// The rows of a kind, file by file. Where a line has one value, those of one time may be in two of them.
    fn pieces(&self, form: Written, rows: &[Row]) -> Vec<Vec<Row>> {
        // A row of a day is not cut.
        let unit = if form == Written::Day { 1440 } else { 1 };
        let number = |row: &Row| {
            self.cuts
                .iter()
                .filter(|cut| **cut / unit <= row.0 / unit)
                .count()
        };
        let mut pieces: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
        for row in rows {
            let (minutes, a, b) = row.clone();
            let piece = 4 * number(row);
            if !form.is_dealt() {
                pieces.entry(piece).or_default().push((minutes, a, b));
                continue;
            }
            let cells = [(minutes, a, String::new()), (minutes, String::new(), b)];
            for (place, row) in cells.into_iter().enumerate() {
                let dealt = scattered(self.seed, &format!("{minutes} {place}")).is_multiple_of(3);
                if !(row.1.is_empty() && row.2.is_empty()) {
                    let piece = piece + usize::from(dealt);
                    pieces.entry(piece).or_default().push(row);
                }
            }
        }
        pieces.into_values().collect()
    }

    fn write(&self, form: Written, folder: &Path, kind: usize, rows: &[Row]) {
        let own = folder.join(format!("k{kind}"));
        fs::create_dir_all(&own).unwrap();
        let mut members = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (number, piece) in self.pieces(form, rows).iter().enumerate() {
            let order = scattered(self.seed, &format!("{kind} {number}"));
            for (end, bytes) in form.files(kind, piece) {
                let name = format!("{order:016x}-{number}{end}");
                if form == Written::Zip {
                    members
                        .start_file(name, SimpleFileOptions::default())
                        .unwrap();
                    members.write_all(&bytes).unwrap();
                    continue;
                }
                let path = own.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
        }
        if form == Written::Zip {
            fs::write(own.join("a.zip"), members.finish().unwrap().into_inner()).unwrap();
        }
    }
}

/// Rows as the form can write them.
fn fitting(form: Written, kinds: &[Vec<Row>]) -> Vec<Vec<Row>> {
    let mut kinds = kinds.to_vec();
    if form == Written::Day {
        for rows in &mut kinds {
            rows.iter_mut().for_each(|row| row.0 -= row.0 % 15);
            rows.dedup_by_key(|row| row.0);
        }
    }
    kinds
}

fn sources(form: Written, kinds: usize) -> String {
    let entries = (0..kinds).filter_map(|kind| {
        let interval = if kind == CHANGES { "cov" } else { "15m" };
        let entry = form.entry()?.replace("INTERVAL", interval);
        Some(format!("    - {{match: \"k{kind}/**\", {entry}}}\n"))
    });
    let entries: String = entries.collect();
    match entries.is_empty() {
        true => entries,
        false => format!("  sources:\n{entries}"),
    }
}

/// What comes of a plant, and of all its cells.
type Made = (Dataset, Vec<Why>, Cells, usize);

fn made(
    base: &Path,
    form: Written,
    kinds: &[Vec<Row>],
    split: &Split,
    (threads, memory): (usize, u64),
) -> Made {
    let (folder, data) = (base.join("in"), base.join("data"));
    for (kind, rows) in kinds.iter().enumerate() {
        split.write(form, &folder, kind, rows);
    }
    let mut settings = settings(&data, "15m", threads, &sources(form, kinds.len()));
    settings.set_memory_limit(memory);
    let summary = commit(&folder, &settings);
    assert!(
        summary.failed.is_empty(),
        "{form:?}: {:?}",
        summary.failed[0].error
    );
    let dataset = read(&settings, &summary);
    let why = evidence(&settings, &summary, &dataset);
    let manifest = &summary.committed.manifest;
    (dataset, why, manifest.cells, manifest.gaps.len())
}

#[test]
fn each_form_gives_one_dataset_however_it_is_cut_dealt_named_and_read() {
    let plants = (
        prop::collection::vec(rows(), 1..5),
        prop::option::of(0..250_usize),
        prop::collection::vec(0..12_000_i64, 1..6),
        any::<u64>(),
        1..5_usize,
    );
    for form in ALL {
        let mut runner = TestRunner::new(Cases::with_cases(cases()));
        let ran = runner.run(&plants, |(mut kinds, ends, cuts, seed, threads)| {
            // The first point may end before the second: then it has blank cells, or no rows.
            for row in kinds[0].iter_mut().skip(ends.unwrap_or(usize::MAX).max(1)) {
                row.1.clear();
            }
            let kinds = fitting(form, &kinds);
            let make = |cuts: &[i64], seed, how| {
                let base = tempfile::tempdir().unwrap();
                let split = Split {
                    cuts: cuts.to_vec(),
                    seed,
                };
                made(base.path(), form, &kinds, &split, how)
            };
            let whole = make(&[], 1, (1, 2_000_000_000));
            let cut = make(&cuts, seed, (threads, 2_000_000_000));
            prop_assert!(
                whole == cut,
                "{form:?}, cut: {}",
                first_difference(&whole, &cut)
            );
            let little = make(&cuts[..1], seed >> 7, (threads, LITTLE));
            prop_assert!(
                whole == little,
                "{form:?}, little memory: {}",
                first_difference(&whole, &little)
            );
            let (.., cells, _) = whole;
            let total: usize = kinds
                .iter()
                .flatten()
                .map(|row| 2 - usize::from(row.1.is_empty()))
                .sum();
            prop_assert!(cells.input >= total as u64, "{form:?}: {cells:?}");
            Ok(())
        });
        ran.unwrap();
    }
}

/// A limit under which reports are read one after the other, and put in order on disk.
const LITTLE: u64 = 64_000_000;

fn first_difference(
    (one, why, cells, gaps): &Made,
    (other, other_why, other_cells, other_gaps): &Made,
) -> String {
    let row = one.iter().find(|(time, row)| other.get(time) != Some(row));
    let more = other.keys().find(|time| !one.contains_key(time));
    let found = why.iter().find(|why| !other_why.contains(why));
    let lost = other_why.iter().find(|found| !why.contains(found));
    format!(
        "row {row:?} / {:?}, more {more:?}, evidence {found:?} / {lost:?}, cells {cells:?} / {other_cells:?}, gaps {gaps} / {other_gaps}",
        row.and_then(|(time, _)| other.get(time)),
    )
}
