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

mod read;

use super::super::ask::Ask;
use super::super::cells::{Cell, classify};
use super::super::chunk::chunk_rows;
use super::super::dates;
use super::super::dialects::{
    Decode, DecodeStep, Decoded, Decoder, Dialect, DialectGuide, DialectId, HeadTexts, Recognised,
    Shown, Surveyed, TextHead,
};
use super::super::entries::DoubledEntries;
use super::super::fields::fields;
use super::super::lines::{Line, Lines};
use super::super::local_clock::LocalClock;
use super::super::open_text::{OpenText, WholeText};
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

    fn guide(&self) -> DialectGuide {
        DialectGuide {
            known_by: "its first two lines",
            special: "it is of the tests alone",
        }
    }

    fn recognise(&self, head: &str, shown: Shown) -> Recognised {
        let lines = head.lines().take(2).collect::<Vec<_>>();
        match lines[..] {
            [first, second] if first.starts_with(BEGIN) && second == HEADER => {
                Recognised::Yes(Box::new(LongHead))
            }
            [first] if first.starts_with(BEGIN) && shown == Shown::Some => Recognised::More,
            _ => Recognised::No,
        }
    }

    fn head_texts<'t>(&self, _: &'t [u8]) -> Option<HeadTexts<'t>> {
        None
    }

    fn trend(&self, _: &str) -> Trend {
        Trend::default()
    }

    fn survey(
        &self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed> {
        let tables = tables(text.read()?, text.path(), looking)?;
        let table = &tables[report.ordinal as usize];
        (report.range, report.order) = (table.range.unwrap(), table.order);
        Ok(Surveyed::One)
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        let mut lines = Lines::new(text, ask.block_bytes);
        for _ in 0..report.layout.header_line {
            lines.next_line(&report.path)?;
        }
        let points = report.points.len();
        Ok(Decoder::Rows(Box::new(LongDecoder {
            lines: Some(lines),
            report: Arc::clone(report),
            clock: LocalClock::new(ask.time, report.stated.clock),
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
        })))
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
fn tables(text: Text, path: &Path, looking: Looking<'_>) -> Result<Vec<Table>> {
    let mut lines = Lines::new(text, 1 << 16);
    let mut clock = LocalClock::new(looking.rule, looking.stated.clock);
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
        let text = text.whole();
        let tables = tables(text.read()?, text.path(), looking)?;
        let report = |(ordinal, table): (u32, Table)| Report {
            path: text.path().to_owned(),
            stamp: text.stamp(),
            kept: None,
            text: text.place().clone(),
            form: text.form(),
            stated: looking.stated.clone(),
            path_name: None,
            dialect: DialectId::of(&LongFixture),
            ordinal,
            section: None,
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
                clock_faults: None,
                decimals: Decimals::Assumed,
                doubled: DoubledEntries::default(),
                sorted: None,
                taken: None,
                table: None,
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
        match classify(value, &self.rules[column], Decimal::Assumed) {
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

impl Decode<Chunk> for LongDecoder {
    fn next_chunk(&mut self) -> Result<DecodeStep<Chunk>> {
        let mut chunk = Chunk {
            columns: vec![Vec::new(); self.rules.len()].into(),
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
                return Ok(DecodeStep::NeedsWhole);
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
            return Ok(DecodeStep::End);
        }
        chunk.continues = !self.ended;
        Ok(DecodeStep::Rows(chunk))
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
            lines: 0,
            undecided: false,
            complete: true,
            text: self.lines.take().unwrap().into_text().into(),
        }
    }
}
