//! A dialect of the tests: long tables, one row a value, several in one text, in no order, with a status.
//!
//! ```text
//! #long,Plant A
//! time,name,value,status
//! 2026/02/01 00:15:00,CH1.T,20.5,ok
//! 2026/02/01 00:00:00,CH1.T,20.25,fault
//! #long,Plant B
//! time,name,value,status
//! …
//! ```
//!
//! It proves what dialects are made of: all of it is here, but for its line in the list of dialects.

use super::super::ask::Ask;
use super::super::cells::{Cell, classify};
use super::super::chunk::chunk_rows;
use super::super::dates;
use super::super::dialects::{
    Decode, Decoded, Dialect, DialectId, HeadTexts, Recognised, Shown, TextHead,
};
use super::super::fields::fields;
use super::super::lines::{Line, Lines};
use super::super::local_clock::LocalClock;
use super::super::sniff::OpenText;
use super::super::text::Text;
use super::super::tokens;
use super::zip::zip;
use super::*;
use crate::model::PointId;
use crate::time::Extent;
use std::sync::Arc;

const BEGIN: &str = "#long,";
const HEADER: &str = "time,name,value,status";
/// The kind of missing token that a value of another status than `ok` is counted as.
const BAD: &str = "Bad";

pub(in super::super) struct LongFixture;

impl Dialect for LongFixture {
    fn id(&self) -> &'static str {
        "long-fixture"
    }

    fn title(&self) -> &'static str {
        "long table of the tests"
    }

    fn recognise(&self, head: &str, shown: Shown) -> Recognised {
        let lines = head.lines().take(2).collect::<Vec<_>>();
        match lines[..] {
            [first, second] if first.starts_with(BEGIN) && second == HEADER => {
                Recognised::Yes(Box::new(LongHead))
            }
            [first] if first.starts_with(BEGIN) && shown == Shown::Some => Recognised::More,
            _ => Recognised::No("a line #long and the header time,name,value,status"),
        }
    }

    fn head_texts<'t>(&self, _: &'t [u8]) -> Option<HeadTexts<'t>> {
        None
    }

    fn trend(&self, _: &str) -> Trend {
        Trend::default()
    }

    fn survey(&self, report: &mut Report, text: Text, looking: Looking<'_>) -> Result<()> {
        let tables = tables(text, Path::new(""), looking.rule)?;
        let table = &tables[report.ordinal as usize];
        (report.range, report.order) = (table.range.unwrap(), table.order);
        Ok(())
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Box<dyn Decode>> {
        let mut lines = Lines::new(text, ask.block_bytes);
        for _ in 0..report.layout.header_line {
            lines.next_line(&report.path)?;
        }
        let points = report.points.len();
        Ok(Box::new(LongDecoder {
            lines: Some(lines),
            report: Arc::clone(report),
            clock: LocalClock::new(ask.time),
            chunk_rows: chunk_rows(ask.chunk_cells, points),
            rules: ask.cells,
            window: ask.window,
            previous: Instant::MIN,
            ended: false,
            rows_seen: 0,
            tally: Tally {
                points: vec![PointTally::default(); points],
                ..Tally::default()
            },
        }))
    }
}

/// A table in a text.
struct Table {
    title: String,
    header_line: u64,
    points: Vec<ReportPoint>,
    range: Option<Extent>,
    order: RowOrder,
}

/// The time, the name, the value and the status of a row.
fn row<'l>(line: &'l [u8], clock: &mut LocalClock) -> Option<(Instant, [&'l [u8]; 3])> {
    let fields: Vec<&[u8]> = fields(line).collect();
    let [time, name, value, status] = fields[..] else {
        return None;
    };
    let blank = time.iter().position(|byte| *byte == b' ')?;
    let date = dates::date(&time[..blank], DateOrder::YearMonthDay)?;
    let at = clock.resolve(date, dates::time_of_day(&time[blank + 1..])?)?;
    Some((at.utc.earliest(), [name, value, status]))
}

/// The tables of a text, which is read to its end.
fn tables(text: Text, path: &Path, rule: &TimeRule) -> Result<Vec<Table>> {
    let mut lines = Lines::new(text, 1 << 16);
    let mut clock = LocalClock::new(rule);
    let mut tables: Vec<Table> = Vec::new();
    let mut last = Instant::MIN;
    while let Some(line) = lines.next_line(path)? {
        let bytes = lines.bytes(&line);
        if let Some(title) = bytes.strip_prefix(BEGIN.as_bytes()) {
            last = Instant::MIN;
            tables.push(Table {
                title: String::from_utf8_lossy(title).into_owned(),
                header_line: line.number + 1,
                points: Vec::new(),
                range: None,
                order: RowOrder::Ascending,
            });
        }
        let table = tables.last_mut().unwrap();
        if let Some((time, [name, ..])) = row(bytes, &mut clock) {
            let id = PointId::new(std::str::from_utf8(name).unwrap(), "");
            if table.points.iter().all(|point| point.id != id) {
                table.points.push(ReportPoint {
                    id,
                    definition: String::new(),
                    trend: Trend::default(),
                });
            }
            if time < last {
                table.order = RowOrder::Unordered;
            }
            last = time;
            table.range = Some(Extent::joined(table.range, time));
        }
    }
    Ok(tables)
}

struct LongHead;

impl TextHead for LongHead {
    fn reports(self: Box<Self>, text: OpenText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        let tables = tables(text.read()?, text.path(), looking.rule)?;
        let report = |(ordinal, table): (u32, Table)| Report {
            path: text.path().to_owned(),
            stamp: text.stamp(),
            text: text.place().clone(),
            encoding: text.encoding(),
            dialect: DialectId::of(&LongFixture),
            ordinal,
            layout: Layout {
                header_line: table.header_line,
                columns: Columns {
                    date: 0,
                    time: 0,
                    cells: 2,
                    padded: 4,
                },
                date_order: DateOrder::YearMonthDay,
                backward: false,
                stated_range: None,
            },
            heading: Some(Box::new(Heading {
                title: table.title,
                date_range: None,
            })),
            points: table.points.into(),
            interval: None,
            range: table.range.unwrap(),
            order: table.order,
            complete: true,
        };
        Ok((0..).zip(tables).map(report).collect())
    }
}

struct LongDecoder {
    lines: Option<Lines>,
    report: Arc<Report>,
    clock: LocalClock,
    rules: Vec<CellRule>,
    window: Window,
    chunk_rows: usize,
    previous: Instant,
    ended: bool,
    rows_seen: u64,
    tally: Tally,
}

impl LongDecoder {
    /// The next line of the report, and its bytes.
    fn next_line(&mut self) -> Result<Option<(Line, Vec<u8>)>> {
        let lines = self.lines.as_mut().unwrap();
        let line = lines.next_line(&self.report.path)?;
        let line = line.map(|line| (line.clone(), lines.bytes(&line).to_vec()));
        Ok(line.filter(|(_, bytes)| !bytes.starts_with(BEGIN.as_bytes())))
    }

    fn reject(&mut self, line: &Line) {
        self.tally.rejected_rows += 1;
        self.tally.rejected_cells += 1;
        self.tally.cells += 1;
        self.tally.rejected_examples.push(RejectedRow {
            line: line.number,
            reason: "is no row of four fields".to_owned(),
        });
    }

    /// The number of a cell, which is counted.
    fn cell(&mut self, column: usize, [_, value, status]: [&[u8]; 3]) -> f64 {
        let point = &mut self.tally.points[column];
        let mut missing = |kind| *point.missing.entry(kind).or_default() += 1;
        if status != b"ok" {
            missing(BAD);
            return f64::NAN;
        }
        match classify(value, &self.rules[column]) {
            Cell::Number(number) => {
                point.numbers += 1;
                return number;
            }
            Cell::Missing(kind) => missing(tokens::NAMES[usize::from(kind)]),
            _ => point.unrecognised += 1,
        }
        f64::NAN
    }
}

impl Decode for LongDecoder {
    fn next_chunk(&mut self) -> Result<ReadStep> {
        let mut chunk = Chunk {
            columns: vec![Vec::new(); self.rules.len()],
            ..Chunk::default()
        };
        while !self.ended && chunk.times.len() < self.chunk_rows {
            let Some((line, bytes)) = self.next_line()? else {
                self.ended = true;
                break;
            };
            self.rows_seen += 1;
            let Some((time, fields)) = row(&bytes, &mut self.clock) else {
                self.reject(&line);
                continue;
            };
            if time < self.previous && self.report.order == RowOrder::Ascending {
                return Ok(ReadStep::Disordered);
            }
            self.previous = time;
            if !self.window.read.contains(time) {
                continue;
            }
            let named = |point: &ReportPoint| point.id.name.as_bytes() == fields[0];
            let column = self.report.points.iter().position(named).unwrap();
            let value = self.cell(column, fields);
            chunk.push_row_without_numbers(time);
            let row = chunk.times.len() - 1;
            chunk.columns[column][row] = value;
            chunk.samples[row] = !value.is_nan();
            self.tally.rows += 1;
            self.tally.cells += 1;
            self.tally.time_range = Some(Extent::joined(self.tally.time_range, time));
        }
        if chunk.times.is_empty() {
            return Ok(ReadStep::End);
        }
        chunk.continues = !self.ended;
        Ok(ReadStep::Rows(chunk))
    }

    fn hold_at_most(&mut self, cells: usize) {
        self.chunk_rows = chunk_rows(cells, self.rules.len());
    }

    fn bytes_read(&self) -> u64 {
        self.lines.as_ref().map_or(0, Lines::file_bytes)
    }

    fn finish(mut self: Box<Self>) -> Decoded {
        Decoded {
            tally: self.tally,
            rows_seen: self.rows_seen,
            complete: true,
            text: self.lines.take().unwrap().into_text(),
        }
    }
}

/// A long table: for each row the minute, the point, the value and the status.
fn long(title: &str, rows: &[(u32, &str, &str, &str)]) -> String {
    let line = |(minute, name, value, status): &(u32, &str, &str, &str)| {
        let time = format!("{:02}:{:02}:00", minute / 60, minute % 60);
        format!("2026/02/01 {time},{name},{value},{status}\n")
    };
    let lines: String = rows.iter().map(line).collect();
    format!("{BEGIN}{title}\n{HEADER}\n{lines}")
}

/// As [`show`], without chunks that have no rows, each row with the minute of the day in the place of its time.
fn minutes(chunks: &[Chunk]) -> Vec<(i64, String)> {
    // 2026-02-01T00:00:00+08:00
    let midnight = Instant::EPOCH + 1_769_875_200 * SECOND;
    let rows = show(chunks).into_iter();
    let times = chunks.iter().flat_map(|chunk| &chunk.times);
    rows.zip(times)
        .map(|(row, time)| {
            let cells = row.split_once(' ').unwrap().1.to_owned();
            (time.since(midnight) / MINUTE, cells)
        })
        .collect()
}

fn reports(file: &FileBytes, rule: &TimeRule) -> Vec<Report> {
    let mut opened = file.open().unwrap();
    let cancel = &Cancel::default();
    sniff::reports_in(file, &mut *opened, Looking { rule, cancel }).unwrap()
}

/// Reads a report from disk, with few rows in memory at a time; its rows, what became of its cells, and how often rows were spilled.
fn read_from_disk(
    report: &Report,
    scratch: &Path,
    rule: &TimeRule,
) -> (Vec<Chunk>, ReadOutcome, usize) {
    let options = ReadOptions {
        chunk_cells: 16,
        held_cells: 40,
        block_bytes: 64,
        ..ReadOptions::default()
    };
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let rules = vec![CellRule::default(); report.points.len()];
    let reader = Reader::open(report.clone(), everything, rule, rules, &options).unwrap();
    let scratch = Arc::new(crate::scratch::SpillFile::new(Some(scratch)));
    let (mut reader, mut chunks, mut spilled) = (reader.spilling_to(&scratch), Vec::new(), 0);
    while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
        spilled += usize::from(chunk.times.is_empty());
        chunks.push(chunk);
    }
    assert!(reader.bytes_read() > 0);
    (chunks, reader.finish().unwrap(), spilled)
}

#[test]
fn long_and_wide_reports_in_the_texts_of_a_zip_are_planned_and_read_through_one_seam() {
    let rule = rule("Asia/Taipei");
    // Plant A in no order, and of one time several rows; Plant B in order.
    let mut rows = vec![
        (45, "A.T", "4", "ok"),
        (0, "A.T", "1", "ok"),
        (0, "A.F", "10", "ok"),
        (30, "A.T", "3", "ok"),
        (15, "A.T", "2", "fault"),
        (30, "A.T", "3.5", "ok"),
        (15, "A.F", "No Data", "ok"),
        (45, "A.F", "what", "ok"),
    ];
    let many: Vec<u32> = (0..60).map(|place| 60 + place * 37 % 60).collect();
    rows.extend(many.iter().map(|minute| (*minute, "A.F", "7", "ok")));
    let plant_a = long("Plant A", &rows).replace("15:00,A.T", "15:00,A.T,A.T");
    let plant_b = long("Plant B", &[(0, "B.P", "5", "ok"), (5, "B.P", "6", "ok")]);
    let both = plant_a + &plant_b;
    let wide = report(
        "\"2026/02/01\",\"00:00:00\",\"51.4\",\"1\"\n\"2026/02/01\",\"00:15:00\",\"ON\",\"2\"\n",
    );
    let packed = zip(&[("plants.txt", &both, true), ("wide.csv", &wide, false)]);
    let folder = crate::store::test_folder();
    let path = folder.path().join("week.zip");
    std::fs::write(&path, packed).unwrap();

    let (file, _) = FileBytes::on_disk(&path).unwrap();
    let reports = reports(&file, &rule);
    let found: Vec<_> = reports
        .iter()
        .map(|report| {
            let member = report.text.member.as_deref().unwrap();
            let (dialect, title) = (
                report.dialect.as_str(),
                &report.heading.as_ref().unwrap().title,
            );
            (
                member,
                report.ordinal,
                dialect,
                title.as_str(),
                report.order,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "plants.txt",
                0,
                "long-fixture",
                "Plant A",
                RowOrder::Unordered
            ),
            (
                "plants.txt",
                1,
                "long-fixture",
                "Plant B",
                RowOrder::Ascending
            ),
            (
                "wide.csv",
                0,
                "siemens-scheduler",
                "Key  Name:Suffix",
                RowOrder::Ascending
            ),
        ]
    );

    let (chunks, outcome, spilled) = read_from_disk(&reports[0], folder.path(), &rule);
    let tally = outcome.tally;
    account(&tally);
    assert!(spilled > 2, "{spilled}");
    let mut expected: Vec<(i64, &str)> = vec![
        (0, "1 -"),
        (0, "- 10"),
        (15, "- -"),
        (30, "3 -"),
        (30, "3.5 -"),
        (45, "4 -"),
        (45, "- -"),
    ];
    expected.extend((60..120).map(|minute| (minute, "- 7")));
    let found = minutes(&chunks);
    let found: Vec<_> = found
        .iter()
        .map(|(time, row)| (*time, row.as_str()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!((tally.rows, tally.rejected_rows, tally.cells), (67, 1, 68));
    let [temperature, flow] = &tally.points[..] else {
        panic!("two points")
    };
    assert_eq!((temperature.numbers, flow.numbers), (4, 61));
    assert_eq!((flow.missing["No Data"], flow.unrecognised), (1, 1));
    assert_eq!(outcome.id.text, crate::TextId::of(both.as_bytes()));
    assert_eq!(outcome.id.text_bytes, Some(both.len() as u64));

    let (chunks, other, _) = read_from_disk(&reports[1], folder.path(), &rule);
    account(&other.tally);
    assert_eq!(minutes(&chunks), [(0, "5".to_owned()), (5, "6".to_owned())]);
    assert_eq!(other.id, outcome.id);

    let (chunks, outcome, _) = read_from_disk(&reports[2], folder.path(), &rule);
    let (_, plain, of_plain) = read(&wide).unwrap();
    assert_eq!(show(&chunks), show(&plain));
    assert_eq!(outcome.tally, of_plain.tally);
    assert_eq!(outcome.id.text, of_plain.id.text);
}

#[test]
fn a_value_whose_status_is_not_good_is_missing_and_counted() {
    let rows = [
        (0, "A", "1", "ok"),
        (1, "A", "2", "fault"),
        (2, "A", "3", "down"),
    ];
    let (_, chunks, outcome) = read(&long("A", &rows)).unwrap();
    assert_eq!(
        minutes(&chunks),
        [(0, "1".into()), (1, "-".into()), (2, "-".into())]
    );
    let point = &outcome.tally.points[0];
    assert_eq!((point.numbers, point.missing[BAD]), (1, 2));
}

#[test]
fn a_report_is_planned_once_and_decoded_from_what_was_written_down_of_it() {
    let rule = rule("Asia/Taipei");
    let rows = [
        (3, "A", "1", "ok"),
        (1, "B", "2", "ok"),
        (2, "A", "3", "ok"),
    ];
    let text = long("A", &rows[..2]) + &long("B", &rows);
    let bytes = zip(&[("a.txt", &text, true)]);
    let file = FileBytes::in_memory(&bytes, Path::new("a.zip"));
    let report = reports(&file, &rule).pop().unwrap();
    let written = postcard::to_allocvec(&(
        &report.text,
        report.encoding,
        report.dialect,
        report.ordinal,
        &report.layout,
    ));
    let (text, encoding, dialect, ordinal, layout) =
        postcard::from_bytes(&written.unwrap()).unwrap();
    let again = Report {
        text,
        encoding,
        dialect,
        ordinal,
        layout,
        ..report.clone()
    };
    assert_eq!(again, report);
    let cancel = &Cancel::default();
    let looking = Looking {
        rule: &rule,
        cancel,
    };
    let read = |report| reader::read_all(&file, report, looking, &ReadOptions::default()).unwrap();
    let (_, chunks, outcome) = read(again);
    account(&outcome.tally);
    assert_eq!(
        minutes(&chunks),
        [(1, "- 2".into()), (2, "3 -".into()), (3, "1 -".into())]
    );
    let unknown = postcard::to_allocvec("of-tomorrow").unwrap();
    assert!(postcard::from_bytes::<DialectId>(&unknown).is_err());
    assert!(postcard::from_bytes::<ContainerId>(&unknown).is_err());
}

#[test]
fn a_text_of_no_dialect_is_refused_with_what_each_of_them_looked_for() {
    let error = read("a,b\n1,2\n").unwrap_err().to_string();
    insta::assert_snapshot!(error, @r#"a.csv: not a trend report: looked for lines such as "Point_1:","NAME","","5 minutes" and a header "<>Date","Time","Point_1",…; for a line #long and the header time,name,value,status, and found none of these"#);
    // What is of one of them and cannot be read is that one's to say.
    let error = read("Point_1:,A\na,b\n").unwrap_err().to_string();
    assert!(
        error.contains("a trend report without its header"),
        "{error}"
    );
}

#[test]
fn a_file_of_several_reports_is_not_taken_for_one() {
    let one = long("A", &[(0, "A", "1", "ok")]);
    assert_eq!(read(&one).unwrap().0.ordinal, 0);
    let error = read(&(one.clone() + &one)).unwrap_err();
    assert_eq!(error.to_string(), "a.csv: the file holds 2 reports");
    assert_eq!(error.kind(), ErrorKind::Input);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_long_table_in_any_order_is_read_as_its_rows_sorted_by_time(
        table in prop::collection::vec((0..90_u32, 0..3_usize, 0..100_u32, any::<bool>()), 1..80),
        chunk_cells in 1..200_usize,
        held_cells in 1..200_usize,
    ) {
        let names = ["A", "B", "C"];
        let texts: Vec<String> = table.iter().map(|(.., value, _)| value.to_string()).collect();
        let rows: Vec<_> = table.iter().zip(&texts).map(|((minute, name, _, good), text)| {
            (*minute, names[*name], text.as_str(), if *good { "ok" } else { "fault" })
        }).collect();
        let options = ReadOptions { chunk_cells, held_cells, block_bytes: 64, ..ReadOptions::default() };
        let (report, chunks, outcome) =
            read_bytes(long("A", &rows).as_bytes(), Path::new("a.txt"), &rule("Asia/Taipei"), &options).unwrap();
        account(&outcome.tally);
        let mut sorted: Vec<_> = rows.iter().collect();
        sorted.sort_by_key(|(minute, ..)| *minute);
        let expected: Vec<_> = sorted.iter().map(|(minute, name, value, status)| {
            let cell = |point: &ReportPoint| match point.id.name == *name && *status == "ok" {
                true => value.to_string(),
                false => "-".to_owned(),
            };
            let cells: Vec<String> = report.points.iter().map(cell).collect();
            (i64::from(*minute), cells.join(" "))
        }).collect();
        prop_assert_eq!(minutes(&chunks), expected);
    }
}
