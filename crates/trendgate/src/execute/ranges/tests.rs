//! A report that is read in ranges says what it says as a whole, or it has to be read whole.

use crate::ErrorKind;
use crate::acquire::{
    CellRule, Choice, ReadOptions, ReadStep, Reader, Report, TextRange, TimeRule, Window,
    find_ranges, sniff,
};
use crate::execute::{Read, ReadText};
use crate::store;
use crate::time::{DAY, HOUR, Instant, MINUTE, SECOND, Span, TimeRange};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::path::Path;

const POINTS: usize = 6;

/// The rows that each task read, as text.
type RowsOfTasks = Vec<Vec<String>>;

/// A row of a report, and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    CellsLost,
    NoDate,
    NoTime,
    Word,
    HeaderAgain,
    Blank,
    LateAndCellsLost,
    LongAgo,
    OtherHead,
    Exchanged,
}

const EVERY_DAMAGE: [Damage; 10] = [
    Damage::CellsLost,
    Damage::NoDate,
    Damage::NoTime,
    Damage::Word,
    Damage::HeaderAgain,
    Damage::Blank,
    Damage::LateAndCellsLost,
    Damage::LongAgo,
    Damage::OtherHead,
    Damage::Exchanged,
];

fn rule(zone: &str) -> TimeRule {
    TimeRule {
        zone: jiff::tz::TimeZone::get(zone).unwrap(),
        ambiguous: Choice::Earlier,
        nonexistent: Choice::Later,
        not_after: Instant::EPOCH + 1_893_456_000 * SECOND,
        not_before: Instant::EPOCH + DAY,
        max_gap: 7 * DAY,
    }
}

/// The local time of an instant.
fn local(at: Instant, rule: &TimeRule) -> jiff::civil::DateTime {
    let at = jiff::Timestamp::from_nanosecond(i128::from(at.nanos())).unwrap();
    rule.zone.to_datetime(at)
}

/// A report of so many quarters of an hour, the last of which are outside of the stated range, by the clock of `rule` and with this damage.
fn text(
    first: Instant,
    (rows, outside): (i64, i64),
    rule: &TimeRule,
    damage: &[(i64, Damage)],
) -> String {
    let mut header = "\"<>Date\",\"Time\"".to_owned();
    let mut text = "\"Key  Name:Suffix\"\r\n".to_owned();
    for point in 1..=POINTS {
        write!(
            text,
            "\"Point_{point}:\",\"P{point}\",\"\",\"15 minutes\"\r\n"
        )
        .unwrap();
        write!(header, ",\"Point_{point}\"").unwrap();
    }
    let day = |at| local(at, rule).strftime("%m/%d/%Y").to_string();
    let range = (day(first), day(first + (rows - outside) * 15 * MINUTE));
    write!(
        text,
        "\"Date Range:\",\"{} 00:00:00 - {} 23:59:59\"\r\n",
        range.0, range.1
    )
    .unwrap();
    write!(
        text,
        "\"Time Interval:\",\"15 Minutes\"\r\n\"\"\r\n{header}\r\n"
    )
    .unwrap();
    for row in 0..rows {
        let at = local(first + row * 15 * MINUTE, rule);
        let (date, time) = (
            at.strftime("%-m/%-d/%Y").to_string(),
            at.strftime("%H:%M:%S").to_string(),
        );
        let of_row = damage.iter().filter(|(place, _)| *place == row);
        let damage = of_row.map(|(_, damage)| *damage).next();
        let cells = |count: usize, first: &str| {
            let cells = (0..count).map(|cell| match cell {
                0 => first.to_owned(),
                cell => format!("\"{}.{:03}\"", row % 97, cell * 31),
            });
            cells.collect::<Vec<_>>().join(",")
        };
        let good = cells(POINTS, "\"21.5\"");
        let line = match damage {
            None => format!("\"{date}\",\"{time}\",{good}"),
            Some(Damage::CellsLost) => format!("\"{date}\",\"{time}\",{}", cells(3, "\"1\"")),
            Some(Damage::NoDate) => format!("\"\",\"{time}\",{good}"),
            Some(Damage::NoTime) => format!("\"{date}\",\"noon\",{good}"),
            Some(Damage::Word) => format!(
                "\"{date}\",\"{time}\",{}",
                cells(POINTS, &format!("\"w{row}\""))
            ),
            Some(Damage::HeaderAgain) => header.clone(),
            Some(Damage::Blank) => String::new(),
            Some(Damage::LateAndCellsLost) => {
                format!("\"12/31/2028\",\"{time}\",{}", cells(3, "\"1\""))
            }
            Some(Damage::LongAgo) => format!("\"1/1/1970\",\"{time}\",{good}"),
            Some(Damage::OtherHead) => "\"Point_9:\",\"Q\",\"\",\"COV\"".to_owned(),
            Some(Damage::Exchanged) => {
                format!("\"{}\",\"{time}\",{good}", at.strftime("%-d/%-m/%Y"))
            }
        };
        write!(text, "{line}\r\n").unwrap();
    }
    text + "\" **** End of Report ****\"\r\n"
}

/// What a task reads of a report: its rows as text, and what is kept of it. `None` where it has to be read whole.
fn read(
    report: &Report,
    window: Window,
    range: Option<&TextRange>,
    rule: &TimeRule,
) -> crate::Result<Option<(Vec<String>, Read, u64)>> {
    let options = ReadOptions {
        chunk_cells: 2000,
        block_bytes: 4096,
        ..ReadOptions::default()
    };
    let cells = vec![CellRule::default(); POINTS];
    let mut reader = match range {
        Some(range) => Reader::open_range(report.clone(), range, window, rule, cells, &options)?,
        None => Reader::open(report.clone(), window, rule, cells, &options)?,
    };
    let mut rows = Vec::new();
    loop {
        match reader.next_chunk()? {
            ReadStep::Rows(chunk) => rows.extend((0..chunk.times.len()).map(|row| {
                let cells = chunk.columns.iter().map(|column| column[row]);
                let moved = chunk.moved.contains(&row);
                format!(
                    "{} {moved} {:?}",
                    chunk.times[row],
                    cells.collect::<Vec<_>>()
                )
            })),
            ReadStep::End => break,
            ReadStep::NeedsWhole => return Ok(None),
        }
    }
    let bytes = reader.bytes_read();
    let places: Vec<_> = (0..POINTS).map(crate::model::ColumnId::new).collect();
    let mut columns = vec![crate::acquire::PointTally::default(); POINTS];
    let read = match range {
        Some(_) => Read::of_range(reader.finish_range()?, &places, &mut columns),
        None => Read::of(reader.finish()?, &places, &mut columns),
    };
    Ok(Some((rows, read, bytes)))
}

/// The windows of tasks that are cut at these times, and look so far around them.
fn windows(cuts: &[Instant], look: Span) -> Vec<Window> {
    let starts = std::iter::once(Instant::MIN).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([Instant::MAX]);
    let own = starts
        .zip(ends)
        .map(|(start, end)| TimeRange::new(start, end));
    own.map(|own| Window {
        own,
        read: own.widened(look, look),
    })
    .collect()
}

/// The report at `path`, read by tasks with these windows, each all of it.
fn read_whole(
    report: &Report,
    windows: &[Window],
    rule: &TimeRule,
) -> crate::Result<Option<(RowsOfTasks, Read)>> {
    let mut rows = Vec::new();
    let mut all: Option<Read> = None;
    for window in windows {
        let Some((of_task, read, _)) = read(report, *window, None, rule)? else {
            return Ok(None);
        };
        rows.push(of_task);
        all = match all {
            None => Some(read),
            Some(mut all) => {
                assert!(all.join(read, 0));
                Some(all)
            }
        };
    }
    Ok(all.map(|all| (rows, all)))
}

/// As [`read_whole`], each its range; and how many bytes they read.
fn read_ranges(
    report: &Report,
    (windows, ranges): (&[Window], &[TextRange]),
    rule: &TimeRule,
) -> crate::Result<Option<(RowsOfTasks, Read, u64)>> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    let mut all: Option<Read> = None;
    for (window, range) in windows.iter().zip(ranges) {
        let Some((of_task, read, of_range)) = read(report, *window, Some(range), rule)? else {
            return Ok(None);
        };
        rows.push(of_task);
        bytes += of_range;
        all = match all {
            None => Some(read),
            Some(mut all) => {
                assert!(all.join(read, report.layout.header_line));
                Some(all)
            }
        };
    }
    let mut all = all.unwrap();
    match all.settle(report)? {
        true => Ok(Some((rows, all, bytes))),
        false => Err(crate::Error::new(ErrorKind::Changing, "changed")),
    }
}

fn write(path: &Path, text: &str) {
    store::write_all_synced(path, text.as_bytes()).unwrap();
}

fn reads(windows: &[Window]) -> Vec<TimeRange> {
    windows.iter().map(|window| window.read).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn ranges_say_what_the_whole_report_says(
        zone in prop::sample::select(vec!["Asia/Taipei", "America/New_York", "Australia/Lord_Howe"]),
        spring in any::<bool>(),
        rows in 4000_i64..6000,
        cuts in prop::collection::btree_set(0_i64..6000, 1..5),
        look in 0_i64..60,
        outside in prop::sample::select(vec![1_i64, 1, 300]),
        damage in prop::collection::vec((0_i64..6000, prop::sample::select(EVERY_DAMAGE.to_vec())), 0..6),
    ) {
        let rule = rule(zone);
        // 2025-10-13, and 2025-02-20: clocks change some weeks later.
        let first = Instant::EPOCH + if spring { 1_740_009_600 } else { 1_760_313_600 } * SECOND;
        let folder = store::test_folder();
        let path = folder.path().join("a.csv");
        write(&path, &text(first, (rows, outside), &rule, &damage));
        let Ok(mut found) = sniff(&path, &rule) else { return Ok(()) };
        let report = found.remove(0);
        let cuts: Vec<Instant> = cuts.iter().map(|cut| first + *cut * 15 * MINUTE).collect();
        let windows = windows(&cuts, look * HOUR);
        let Some(ranges) = find_ranges(&report, None, &reads(&windows), &rule).unwrap() else {
            return Ok(());
        };
        prop_assert_eq!(ranges.len(), windows.len());
        let in_ranges = read_ranges(&report, (&windows, &ranges), &rule).unwrap();
        let whole = read_whole(&report, &windows, &rule);
        match (in_ranges, whole) {
            (Some((rows, read, _)), whole) => {
                let (whole_rows, whole) = whole.unwrap().unwrap();
                prop_assert_eq!(rows, whole_rows);
                prop_assert_eq!(read, whole);
            }
            (None, whole) => prop_assert!(!damage.is_empty() || whole.is_err(), "nothing is wrong"),
        }
    }
}

/// The days of the report below.
const DAYS: i64 = 166;

/// A report of half a year with little damage, in ranges of a month each.
fn half_a_year(folder: &Path) -> (Report, Vec<Window>, Vec<TextRange>, TimeRule) {
    let rule = rule("Europe/Berlin");
    let first = Instant::EPOCH + 1_750_000_000 * SECOND;
    let path = folder.join("a.csv");
    write(
        &path,
        &text(
            first,
            (DAYS * 96, 300),
            &rule,
            &[(900, Damage::CellsLost), (9000, Damage::Word)],
        ),
    );
    let report = sniff(&path, &rule).unwrap().remove(0);
    let cuts: Vec<Instant> = (1..6).map(|month| first + month * 30 * DAY).collect();
    let windows = windows(&cuts, 2 * HOUR);
    let ranges = find_ranges(&report, None, &reads(&windows), &rule)
        .unwrap()
        .unwrap();
    (report, windows, ranges, rule)
}

#[test]
fn six_tasks_read_every_byte_about_once_and_lines_have_their_numbers() {
    let folder = store::test_folder();
    let (report, windows, ranges, rule) = half_a_year(folder.path());
    let (_, read, bytes) = read_ranges(&report, (&windows, &ranges), &rule)
        .unwrap()
        .unwrap();
    let size = report.stamp.bytes;
    assert!(bytes < size * 13 / 10, "{bytes} of {size}");
    let (_, whole) = read_whole(&report, &windows, &rule).unwrap().unwrap();
    assert_eq!(read, whole);
    let lines: Vec<u64> = read
        .tally
        .rejected_examples
        .iter()
        .map(|row| row.line)
        .collect();
    assert_eq!(lines, [report.layout.header_line + 901]);
    assert_eq!(
        (read.rows_seen, read.complete),
        (u64::try_from(DAYS * 96).unwrap(), true)
    );
    assert!(
        read.tally
            .outside_range
            .is_some_and(|outside| outside.rows > 0)
    );
}

#[test]
fn a_byte_that_changes_anywhere_is_noticed() {
    let folder = store::test_folder();
    let (report, windows, ranges, rule) = half_a_year(folder.path());
    let (_, before, _) = read_ranges(&report, (&windows, &ranges), &rule)
        .unwrap()
        .unwrap();
    let text = store::read(&report.path, u64::MAX).unwrap();
    for place in (600..text.len()).step_by(text.len() / 23) {
        let mut changed = text.clone();
        changed[place] = if changed[place] == b'7' { b'8' } else { b'7' };
        store::remove_file(&report.path).unwrap();
        store::write_all_synced(&report.path, &changed).unwrap();
        // The stamp tells it.
        let error = read_ranges(&report, (&windows, &ranges), &rule).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changing, "{place}");
        // And where it does not, the identity does.
        let mut unnoticed = report.clone();
        unnoticed.stamp = store::Stamp::at(&report.path).unwrap();
        if let Some((_, read, _)) = read_ranges(&unnoticed, (&windows, &ranges), &rule).unwrap() {
            assert!(matches!(read.text, ReadText::Known { .. }));
            assert_ne!(read.text, before.text, "{place}");
        }
    }
}

#[test]
fn a_byte_that_changes_between_two_readings_is_noticed_where_both_read_it() {
    let folder = store::test_folder();
    let (report, windows, ranges, rule) = half_a_year(folder.path());
    let one = read(&report, windows[0], Some(&ranges[0]), &rule)
        .unwrap()
        .unwrap();
    let mut text = store::read(&report.path, u64::MAX).unwrap();
    // A digit that both have.
    let shared = usize::try_from(ranges[1].bytes.start + 200).unwrap();
    assert!(ranges[0].bytes.contains(&(shared as u64)));
    let place = (shared..).find(|place| text[*place] == b'.').unwrap() + 1;
    text[place] = if text[place] == b'7' { b'8' } else { b'7' };
    store::remove_file(&report.path).unwrap();
    store::write_all_synced(&report.path, &text).unwrap();
    let mut unnoticed = report.clone();
    unnoticed.stamp = store::Stamp::at(&report.path).unwrap();
    let mut all = one.1;
    for (window, range) in windows.iter().zip(&ranges).skip(1) {
        let read = read(&unnoticed, *window, Some(range), &rule)
            .unwrap()
            .unwrap();
        assert!(all.join(read.1, report.layout.header_line));
    }
    assert!(!all.settle(&report).unwrap());
}

#[test]
fn a_row_out_of_order_is_met_whichever_range_it_stands_in() {
    let rule = rule("Asia/Taipei");
    let first = Instant::EPOCH + 1_760_313_600 * SECOND;
    let folder = store::test_folder();
    let path = folder.path().join("a.csv");
    let whole = text(first, (6000, 1), &rule, &[]);
    let lines: Vec<&str> = whole.split_inclusive("\r\n").collect();
    let cuts = [first + 20 * DAY, first + 40 * DAY];
    let windows = windows(&cuts, HOUR);
    for place in (100..5900).step_by(331) {
        let mut lines = lines.clone();
        lines.swap(place, place + 30);
        store::write_all_synced(&path, lines.concat().as_bytes()).unwrap();
        let report = sniff(&path, &rule).unwrap().remove(0);
        let ranges = find_ranges(&report, None, &reads(&windows), &rule)
            .unwrap()
            .unwrap();
        let read = read_ranges(&report, (&windows, &ranges), &rule).unwrap();
        assert!(read.is_none(), "{place}");
        store::remove_file(&path).unwrap();
    }
}
