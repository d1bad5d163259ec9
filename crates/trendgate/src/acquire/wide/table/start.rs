//! The head of a described table, and its first and last rows → what the plan needs to know of it.

use super::furniture::TableFurniture;
use super::head::{TableHead, table_head};
use super::stamps::{Misread, RowStamps};
use crate::acquire::TableColumns;
use crate::acquire::described::{DescribedTable, TableHeader};
use crate::acquire::dialects::{DESCRIPTION, DialectId, Recognised, Shown, Surveyed, TextHead};
use crate::acquire::excerpt::{first_lines, shown};
use crate::acquire::fields::{are_cells, fields, is_blank, skipped};
use crate::acquire::local_clock::Resolved;
use crate::acquire::open_text::OpenText;
use crate::acquire::sniff::Looking;
use crate::acquire::text::lossy;
use crate::acquire::wide::Furniture as _;
use crate::acquire::wide::sample::{SAMPLE_LINES, SAMPLE_ROWS, has_head, undecided};
use crate::acquire::wide::start::{WideHead, ends, planned};
use crate::acquire::{Report, TimeRule};
use crate::error::{Error, Result};
use crate::time::Instant;

/// A head is looked for in so many bytes.
const LARGEST_HEAD: usize = 1 << 20;

/// The beginning of a described table.
pub(in crate::acquire) struct TableStart {
    dialect: DialectId,
    head: WideHead,
    columns: TableColumns,
    stamps: RowStamps,
    rows: Vec<Resolved>,
    /// The last rows, where the beginning is all of the text.
    tail: Option<Vec<Resolved>>,
    /// Whether the header of another table was seen.
    several: bool,
    /// Whether there are numbers among the first rows that a decimal point does not decide.
    undecided: bool,
}

impl TableStart {
    /// What is said of a text that begins with `text`, as `table` describes it, of reports of `dialect`.
    pub(in crate::acquire) fn recognise(
        dialect: DialectId,
        text: &str,
        shown: Shown,
        table: &DescribedTable,
        looking: Looking<'_>,
    ) -> Recognised {
        let may_come = shown == Shown::Some && text.len() < LARGEST_HEAD;
        let found = match table_head(text, table) {
            Ok(None) if may_come => return Recognised::More,
            Ok(None) => return Recognised::Refused(without_header(text, table)),
            Ok(Some(head)) => Self::new(dialect, text, shown, (table, head), looking),
            Err(error) => Err(error),
        };
        match found {
            Ok(start) if shown == Shown::Some && start.rows.len() < 2 => Recognised::More,
            Ok(start) => Recognised::Yes(Box::new(start)),
            // A table without a header is known by its rows alone.
            Err(_)
                if matches!(table.header, TableHeader::Absent(_))
                    && shown == Shown::Some
                    && may_come =>
            {
                Recognised::More
            }
            Err(error) => Recognised::Refused(error),
        }
    }

    fn new(
        dialect: DialectId,
        text: &str,
        shown: Shown,
        (table, TableHead { head, columns }): (&DescribedTable, TableHead),
        looking: Looking<'_>,
    ) -> Result<Self> {
        let (rule, clock) = (looking.rule, looking.stated.clock);
        let stamps = RowStamps::new(table, &columns, head.columns.cells, rule, clock)?;
        let body = &text[head.rows_at..];
        let mut others = TableFurniture::of(table);
        let above = text[..head.rows_at].lines();
        above.for_each(|line| others.see(line.as_bytes()));
        let cells = head.points.len() + columns.skipped.len();
        let mut start = Self {
            undecided: undecided(body.lines(), &head.columns),
            several: false,
            tail: None,
            rows: Vec::new(),
            dialect,
            stamps,
            columns,
            head,
        };
        start.head.columns.padded = start.head.columns.padded.max(start.width(body, cells));
        let first = body.lines().take(SAMPLE_LINES);
        start.rows = start.sample(first, cells).map_err(|(place, error)| {
            let line = start.head.header_line + 1 + place;
            error.line(line)
        })?;
        let most = match shown {
            Shown::All => usize::MAX,
            Shown::Some | Shown::Most => SAMPLE_LINES,
        };
        start.several = has_head(body, most, &others);
        if start.rows.is_empty() && !start.several {
            return Err(start.no_rows(body, cells));
        }
        if shown == Shown::All {
            start.tail = Some(start.last_rows(body, cells));
        }
        Ok(start)
    }

    /// The fields of the first row: spreadsheets end rows with separators that the header does not have.
    fn width(&mut self, body: &str, cells: usize) -> usize {
        let mut lines = body.lines().take(SAMPLE_LINES);
        let at = self.head.columns.cells;
        let first = lines.find_map(|line| {
            let line = line.as_bytes();
            let is_row = self.stamps.read(line).is_ok();
            let all = skipped(line, at).filter(|_| is_row);
            are_cells(all, (cells, usize::MAX)).then(|| fields(line).count())
        });
        first.unwrap_or(0)
    }

    /// The times of the rows among these lines, the first few of them.
    ///
    /// # Errors
    /// The first of these lines, counted from 0, that is against what is described, and why.
    fn sample<'t>(
        &mut self,
        lines: impl Iterator<Item = &'t str>,
        cells: usize,
    ) -> std::result::Result<Vec<Resolved>, (u64, Error)> {
        let widths = (cells, self.head.columns.most_cells(cells));
        let mut rows = Vec::new();
        for (place, line) in (0..).zip(lines) {
            match self.stamps.read(line.as_bytes()) {
                Ok(row) => {
                    let all = row.cells_at.map(|at| &line.as_bytes()[at..]);
                    rows.extend(are_cells(all, widths).then_some(row.at.utc));
                }
                Err(Misread::Against(error)) => return Err((place, error.excerpt([shown(line)]))),
                Err(Misread::Blank | Misread::Unlike) => {}
            }
            if rows.len() == SAMPLE_ROWS {
                break;
            }
        }
        Ok(rows)
    }

    /// The times of the last rows; none where one of them is against what is described, of which only the whole table tells the line.
    fn last_rows(&mut self, body: &str, cells: usize) -> Vec<Resolved> {
        let rows = self.sample(body.lines().rev().take(SAMPLE_LINES), cells);
        let mut rows = rows.unwrap_or_default();
        rows.reverse();
        rows
    }

    fn no_rows(&mut self, body: &str, cells: usize) -> Error {
        let mut lines = (self.head.header_line + 1..).zip(body.lines());
        let Some((line, first)) = lines.find(|(_, line)| !is_blank(line.as_bytes())) else {
            return Error::input("the table has no rows")
                .line(self.head.header_line.max(1))
                .hint(
                    "the export was cut short, or there was nothing in this time; remove the file",
                );
        };
        let found = match self.stamps.read(first.as_bytes()) {
            Ok(row) => {
                let count = row
                    .cells_at
                    .map_or(0, |at| fields(&first.as_bytes()[at..]).count());
                format!("expected {cells} cells behind the time in the first row, found {count}")
            }
            Err(_) => {
                let field = |place: &usize| {
                    let rest = skipped(first.as_bytes(), *place)?;
                    Some(lossy(fields(rest).next()?).trim().to_owned())
                };
                let time: Vec<String> = self.columns.times.iter().filter_map(field).collect();
                format!(
                    "expected a time in the format {:?} in the first row, found {:?}",
                    self.stamps.format(),
                    shown(&time.join(" "))
                )
            }
        };
        Error::input(found)
            .line(line)
            .excerpt(first_lines(body))
            .hint("correct the description of the table, or state it for the files alone that are written so")
    }

    /// The report that the text is; `None` where the header of another table stands below.
    fn only(mut self, text: &mut OpenText<'_>, looking: Looking<'_>) -> Result<Option<Report>> {
        let whole = text.whole();
        let mends = (looking.stated.table.as_deref()).is_some_and(|table| table.mend.is_some());
        if !whole.place().is_sheet() && (mends || self.stamps.format() == "sheet") {
            return Err(match mends {
                true => mend_of_no_sheet(),
                false => of_no_sheet("`time.format: sheet`"),
            });
        }
        let cells = self.head.points.len() + self.columns.skipped.len();
        let tail = match self.tail.take() {
            Some(tail) => tail,
            None => text.last_lines(looking.cancel, |body| self.last_rows(body, cells))?,
        };
        if self.several {
            return Ok(None);
        }
        let rule = looking.rule;
        let times = times(&self.rows, rule).zip(times(&tail, rule));
        let ends = times.and_then(|(head, tail)| ends(&head, &tail, rule));
        let order = self.stamps.date_order();
        let mut report = planned(self.dialect, whole, looking, self.head, (order, None));
        report.layout.table = Some(Box::new(self.columns));
        report.complete = true;
        let decided = !self.undecided || looking.stated.decimal.is_some();
        match ends {
            // All rows of a table that is mended have to follow one another.
            Some(ends) if decided && !mends => report.range = ends,
            _ => match self.dialect.survey(&mut report, whole, looking)? {
                Surveyed::One => {}
                Surveyed::Several => return Ok(None),
            },
        }
        Ok(Some(report))
    }
}

impl TextHead for TableStart {
    fn reports(
        self: Box<Self>,
        mut text: OpenText<'_>,
        looking: Looking<'_>,
    ) -> Result<Vec<Report>> {
        let dialect = self.dialect;
        let path = text.whole().path().to_owned();
        let found = self.only(&mut text, looking);
        match found.map_err(|error| error.at_if_nowhere(&path))? {
            Some(report) => Ok(vec![report]),
            None => dialect.divide(text.whole(), looking),
        }
    }
}

/// The refusal to exchange real dates back in a text that has none.
pub(in crate::acquire) fn mend_of_no_sheet() -> Error {
    of_no_sheet("`mend: exchanged_day_month`")
}

/// The refusal of a text that has no real dates.
fn of_no_sheet(says: &str) -> Error {
    Error::input(format!(
        "{says} is about the real dates of a spreadsheet, and this text is no sheet of one"
    ))
    .hint(
        "describe texts in an entry of their own, with the format in which their times are written",
    )
}

/// The refusal of a text in which the row of names does not stand.
pub(in crate::acquire) fn without_header(text: &str, table: &DescribedTable) -> Error {
    let words = match &table.header {
        TableHeader::With(words) | TableHeader::Absent(words) => words,
    };
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    let words = words.join(", ");
    Error::input(format!("expected the row of names, with a field for each of {words}, and found none"))
        .foreign()
        .excerpt(first_lines(text))
        .hint("correct `header`, or `time.columns` where it is left out; or state the description for other files")
        .decided_by(DESCRIPTION)
}

/// The times of rows, without those that are too early; `None` where one lies in a doubled hour, whose passes only the whole table tells apart.
fn times(rows: &[Resolved], rule: &TimeRule) -> Option<Vec<Instant>> {
    let mut times = Vec::with_capacity(rows.len());
    for row in rows {
        match row {
            Resolved::Sure(time) | Resolved::Moved(time) if *time < rule.not_before => {}
            Resolved::Sure(time) | Resolved::Moved(time) => times.push(*time),
            Resolved::Doubled(_) => return None,
        }
    }
    Some(times)
}
