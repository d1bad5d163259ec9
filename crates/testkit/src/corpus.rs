//! A shape, a size and a seed → a folder of reports, written as they are made: memory does not grow with the corpus.
//!
//! A cell depends on seed, point and time alone, so that one row is the same in whatever report it stands.

use crate::prng::mix;
use crate::scheduler::{self, Cell, Head, Point};
use crate::workbook;
use crate::{Result, at};
use clap::{Args, ValueEnum};
use jiff::ToSpan as _;
use jiff::civil::{DateTime, datetime};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// What a corpus is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Consecutive weekly reports of the same points, a row a minute: 60 × 10 080 rows × 100 points
    Wide,
    /// One report of 2 GB: 2 900 000 rows × 100 points
    Tall,
    /// Many consecutive reports of few rows: 20 000 × 24 rows × 20 points
    Small,
    /// 300 points in 6 kinds over the same hours: 72 monthly reports × 8 640 rows of 5 minutes × 50 points
    Kinds,
    /// As wide, with 30 % of the cells missing
    Dirty,
    /// As wide, but shorter: one cell in a thousand is `Bad`, and from half of the reports on a point stands before the others
    Changed,
    /// One point a file, all over the same month: 5 000 × 2 880 rows of 15 minutes
    Points,
    /// The rows of wide as tables that are no reports
    Table,
    /// The rows of wide as tables with one value a row, in order of time: 60 × 1 008 000 values
    Long,
    /// The same, point by point
    LongByPoint,
    /// The same, in no order
    LongShuffled,
    /// Rows of wide as a workbook of 10 MB: 20 160 rows × 100 points
    Workbook,
}

/// What the files of a corpus are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Report,
    Table,
    Long(Order),
    Workbook,
}

impl Form {
    /// What the names of its files end in.
    const fn extension(self) -> &'static str {
        match self {
            Self::Workbook => "xlsx",
            Self::Report | Self::Table | Self::Long(_) => "csv",
        }
    }
}

/// In which order a table with one value a row has its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Time,
    Point,
    None,
}

impl Shape {
    fn form(self) -> Form {
        match self {
            Self::Table => Form::Table,
            Self::Long => Form::Long(Order::Time),
            Self::LongByPoint => Form::Long(Order::Point),
            Self::LongShuffled => Form::Long(Order::None),
            Self::Workbook => Form::Workbook,
            _ => Form::Report,
        }
    }
}

/// How large a corpus is and where it goes.
#[derive(Debug, Clone, Args)]
pub struct CorpusArgs {
    /// What the corpus is like; the numbers given are those without the options below
    #[arg(long)]
    shape: Shape,
    /// The folder to write to; it must be empty or absent
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many reports
    #[arg(long, value_name = "N")]
    files: Option<u64>,
    /// Rows of each
    #[arg(long, value_name = "N")]
    rows: Option<u64>,
    /// Points of each
    #[arg(long, value_name = "N")]
    points: Option<u64>,
    /// This share of the reports, where their number is not given; of the rows, where there is one report
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    scale: f64,
    /// The same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

impl CorpusArgs {
    /// A corpus of a share of the full size, or of so many reports.
    #[must_use]
    pub const fn scaled(shape: Shape, out: PathBuf, scale: f64, files: Option<u64>) -> Self {
        Self {
            shape,
            out,
            files,
            rows: None,
            points: None,
            scale,
            seed: 1,
        }
    }
}

/// Local time of the first row of every corpus: even the longest ends before today.
const START: DateTime = datetime(2016, 1, 1, 0, 0, 0, 0);

/// A prime that is far from any of the numbers of rows.
const SHUFFLING_STEP: u64 = 611_953;

/// What the cells of dirty say instead of a number.
const TOKENS: &[&str] = &["No Data", "Data Loss", "", "---", "N/A", "TIME (-2)"];

/// How many kinds of report the shape of that name has.
const KINDS: u64 = 6;

/// A share of a number: at least one step, and a whole number of steps.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the numbers are small, and a share below 0 is 0"
)]
fn share(full: u64, scale: f64, step: u64) -> u64 {
    let steps = (full as f64 * scale / step as f64).round() as u64;
    steps.max(1) * step
}

/// A corpus's measures, with nothing left open.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Number of files.
    pub files: u64,
    /// Number of rows of each.
    pub rows: u64,
    /// Number of points of each.
    pub points: u64,
    /// Minutes from one row to the next.
    pub minutes: u32,
    /// How many files cover the same rows with different points.
    kinds: u64,
    /// Missing cells in a thousand.
    missing: u64,
    /// What they say instead.
    tokens: &'static [&'static str],
    /// Whether the second half of the files has one point more.
    grows: bool,
    form: Form,
    seed: u64,
}

impl Plan {
    /// What the arguments come to.
    #[must_use]
    pub fn new(args: &CorpusArgs) -> Self {
        let (mut files, mut rows, points, minutes, missing) = match args.shape {
            Shape::Wide | Shape::Table | Shape::Long | Shape::LongByPoint | Shape::LongShuffled => {
                (60, 10_080, 100, 1, 0)
            }
            Shape::Tall => (1, 2_900_000, 100, 1, 0),
            Shape::Workbook => (1, 20_160, 100, 1, 0),
            Shape::Small => (20_000, 24, 20, 1, 0),
            Shape::Kinds => (72, 8_640, 50, 5, 0),
            Shape::Dirty => (60, 10_080, 100, 1, 300),
            Shape::Changed => (20, 10_080, 100, 1, 1),
            Shape::Points => (5_000, 2_880, 1, 15, 0),
        };
        if args.shape == Shape::Tall {
            rows = share(rows, args.scale, 1);
        } else {
            files = share(
                files,
                args.scale,
                if args.shape == Shape::Kinds { KINDS } else { 1 },
            );
        }
        let files = args.files.unwrap_or(files);
        Self {
            files,
            rows: args.rows.unwrap_or(rows),
            points: args.points.unwrap_or(points),
            minutes,
            kinds: match args.shape {
                Shape::Kinds => KINDS,
                Shape::Points => files.max(1),
                _ => 1,
            },
            missing,
            tokens: match args.shape {
                Shape::Changed => &["Bad"],
                _ => TOKENS,
            },
            grows: args.shape == Shape::Changed,
            form: args.shape.form(),
            seed: args.seed,
        }
    }

    /// The file with the number `file`.
    fn file(&self, out: &mut impl Write, file: u64) -> io::Result<()> {
        match self.form {
            Form::Report => self.report(out, file),
            Form::Table => self.table(out, file * self.rows),
            Form::Long(order) => self.long(out, file * self.rows, order),
            Form::Workbook => self.workbook(out, file * self.rows),
        }
    }

    /// A table whose first row is `first_row`.
    fn table(&self, out: &mut impl Write, first_row: u64) -> io::Result<()> {
        out.write_all(b"t")?;
        for point in 0..self.points {
            write!(out, ",P{point:05}.T")?;
        }
        out.write_all(b"\n")?;
        for row in first_row..first_row + self.rows {
            write!(out, "{}", self.time(row).strftime("%Y-%m-%d %H:%M:%S"))?;
            for point in 0..self.points {
                write!(out, ",{}", self.cell(point, row))?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The same with one value a row.
    fn long(&self, out: &mut impl Write, first_row: u64, order: Order) -> io::Result<()> {
        out.write_all(b"name,t,v\n")?;
        let (rows, points) = (self.rows, self.points);
        for value in 0..rows * points {
            let (row, point) = match order {
                Order::Time => (value / points, value % points),
                Order::Point => (value % rows, value / rows),
                Order::None => {
                    // A step that has no factor in common with their number goes through all of them.
                    let place = value.wrapping_mul(SHUFFLING_STEP) % (rows * points);
                    (place / points, place % points)
                }
            };
            let row = first_row + row;
            let time = self.time(row).strftime("%Y-%m-%d %H:%M:%S");
            let cell = self.cell(point, row);
            writeln!(out, "P{point:05}.T,{time},{cell}")?;
        }
        Ok(())
    }

    /// The same as the sheet of a workbook.
    fn workbook(&self, out: &mut impl Write, first_row: u64) -> io::Result<()> {
        let names: Vec<String> = (0..self.points)
            .map(|point| format!("P{point:05}.T"))
            .collect();
        let times: Vec<u64> = (first_row..first_row + self.rows).collect();
        let rows = times.iter().map(|row| {
            let cells = (0..self.points).map(|point| self.cell(point, *row));
            (self.time(*row), cells)
        });
        workbook::write(out, &names, rows)
    }

    /// The report with the number `file`.
    fn report(&self, out: &mut impl Write, file: u64) -> io::Result<()> {
        let first_point = file % self.kinds * self.points;
        let first_row = file / self.kinds * self.rows;
        let last_point = first_point + self.points;
        let added = self.grows && file >= self.files.div_ceil(2);
        let points = || {
            added
                .then_some(last_point)
                .into_iter()
                .chain(first_point..last_point)
        };
        let definition = format!("{} minutes", self.minutes);
        let point = |point: u64| Point::new(format!("P{point:05}.T"), &*definition);
        let last_row = first_row + self.rows.saturating_sub(1);
        let head = Head {
            points: points().map(point).collect(),
            interval: Some(format!("{} Minutes", self.minutes)),
            range: Some((self.time(first_row), self.time(last_row))),
            ..Head::default()
        };
        head.write(out)?;
        for row in first_row..first_row + self.rows {
            let cells = points().map(|point| self.cell(point, row));
            scheduler::row(out, self.time(row), cells)?;
        }
        head.write_trailer(out)
    }

    fn time(&self, row: u64) -> DateTime {
        let minutes = i64::try_from(row).unwrap_or(i64::MAX);
        START.saturating_add((minutes.saturating_mul(i64::from(self.minutes))).minutes())
    }

    /// A temperature that drifts over hundreds of rows and jitters by a tenth or two.
    fn cell(&self, point: u64, row: u64) -> Cell {
        let random = mix(mix(self.seed ^ mix(point)) ^ row);
        if random % 1000 < self.missing {
            let token = usize::try_from(random >> 32).unwrap_or_default() % self.tokens.len();
            return Cell::Text(self.tokens[token]);
        }
        let base = mix(self.seed ^ point) % 200;
        let place = (row + mix(point) % 997) % 997;
        let drift = place.min(997 - place) / 8;
        Cell::Tenths(i64::try_from(100 + base + drift + (random >> 40) % 5).unwrap_or_default())
    }
}

/// Writes the corpus; what was written, in words.
///
/// # Errors
/// Where the folder has something in it, or the file system refuses.
pub fn write(args: &CorpusArgs) -> Result<String> {
    let plan = Plan::new(args);
    let folder = &args.out;
    fs::create_dir_all(folder).map_err(at(folder))?;
    if fs::read_dir(folder).map_err(at(folder))?.next().is_some() {
        return Err(format!(
            "{} is not empty: name another folder, or empty it",
            folder.display()
        ));
    }
    for file in 0..plan.files {
        let extension = plan.form.extension();
        let path = folder.join(format!("report_{file:06}.{extension}"));
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path).map_err(at(&path))?);
        plan.file(&mut out, file)
            .and_then(|()| out.flush())
            .map_err(at(&path))?;
    }
    Ok(format!(
        "{}: {} reports, {} rows and {} points each",
        folder.display(),
        plan.files,
        plan.rows,
        plan.points
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(shape: Shape, files: u64, rows: u64, seed: u64) -> CorpusArgs {
        CorpusArgs {
            shape,
            out: PathBuf::new(),
            files: Some(files),
            rows: Some(rows),
            points: None,
            scale: 1.0,
            seed,
        }
    }

    fn text(args: &CorpusArgs, file: u64) -> String {
        let mut out = Vec::new();
        Plan::new(args).report(&mut out, file).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn rows(text: &str) -> Vec<&str> {
        text.lines().filter(|l| l.starts_with("\"2016/")).collect()
    }

    #[test]
    fn a_table_in_any_order_has_the_values_of_the_reports() {
        let lines = |shape| {
            let mut out = Vec::new();
            Plan::new(&args(shape, 1, 7, 5)).file(&mut out, 0).unwrap();
            let text = String::from_utf8(out).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let long = lines(Shape::Long);
        assert_eq!(long.len(), 701);
        assert_eq!(long, lines(Shape::LongByPoint));
        assert_eq!(long, lines(Shape::LongShuffled));
        let report = text(&args(Shape::Wide, 1, 7, 5), 0);
        let row = rows(&report)[0].replace('"', "");
        let cells: Vec<&str> = row.split(',').skip(2).collect();
        let first = format!("2016-01-01 00:00:00,{}", cells.join(","));
        assert_eq!(lines(Shape::Table)[0], first);
    }

    #[test]
    fn one_seed_is_one_corpus() {
        let one = args(Shape::Wide, 2, 10, 1);
        assert_eq!(text(&one, 1), text(&one, 1));
        assert_ne!(text(&one, 1), text(&args(Shape::Wide, 2, 10, 2), 1));
    }

    #[test]
    fn consecutive_reports_follow_each_other() {
        let args = args(Shape::Small, 2, 24, 1);
        let (first, second) = (text(&args, 0), text(&args, 1));
        assert!(rows(&first)[23].starts_with("\"2016/1/1\",\"00:23:00\""));
        assert!(rows(&second)[0].starts_with("\"2016/1/1\",\"00:24:00\""));
        assert_eq!(rows(&first)[0].matches(',').count(), 21);
    }

    #[test]
    fn kinds_and_points_cover_the_same_hours_with_points_of_their_own() {
        for (shape, next) in [(Shape::Kinds, "P00050.T"), (Shape::Points, "P00001.T")] {
            let args = args(shape, 12, 4, 1);
            let (first, second) = (text(&args, 0), text(&args, 1));
            assert!(!first.contains(next) && second.contains(next));
            assert_eq!(rows(&first)[0][..22], rows(&second)[0][..22]);
        }
    }

    #[test]
    fn a_share_of_a_corpus_has_fewer_reports_or_a_shorter_one() {
        let sizes = |shape, scale| {
            let plan = Plan::new(&CorpusArgs::scaled(shape, PathBuf::new(), scale, None));
            (plan.files, plan.rows)
        };
        assert_eq!(sizes(Shape::Wide, 0.1), (6, 10_080));
        assert_eq!(sizes(Shape::Tall, 0.1), (1, 290_000));
        assert_eq!(sizes(Shape::Kinds, 0.1), (6, 8_640), "whole sets of kinds");
        assert_eq!(sizes(Shape::Points, 1e-9), (1, 2_880));
    }

    #[test]
    fn three_in_ten_cells_of_dirty_are_missing() {
        let text = text(&args(Shape::Dirty, 1, 1000, 1), 0);
        let missing: usize = rows(&text)
            .iter()
            .flat_map(|row| row.split(',').skip(2))
            .filter(|cell| cell.trim_matches('"').parse::<f64>().is_err())
            .count();
        assert!((29_000..31_000).contains(&missing), "{missing}");
    }

    #[test]
    fn from_half_of_the_reports_of_changed_on_a_point_stands_before_the_others() {
        let changed = args(Shape::Changed, 3, 1000, 1);
        let (before, after) = (text(&changed, 1), text(&changed, 2));
        assert!(!before.contains("P00100.T"));
        assert!(after.contains("\"Point_1:\",\"P00100.T\""));
        assert!(after.contains("\"Point_2:\",\"P00000.T\""));
        assert_eq!(rows(&before)[0].matches(',').count(), 101);
        assert_eq!(rows(&after)[0].matches(',').count(), 102);
        let wide = text(&args(Shape::Wide, 3, 1000, 1), 2);
        let others =
            |row: &str, skipped: usize| row.splitn(skipped + 1, ',').last().map(str::to_owned);
        let same = rows(&after)
            .into_iter()
            .zip(rows(&wide))
            .filter(|(after, wide)| others(after, 3) == others(wide, 2));
        assert!(
            (850..950).contains(&same.count()),
            "a tenth of the rows has a cell `Bad`"
        );
        let bad = before.matches("\"Bad\"").count();
        assert!((50..150).contains(&bad), "{bad}");
    }

    #[test]
    fn a_folder_with_something_in_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.txt"), "mine").unwrap();
        let mut args = args(Shape::Tall, 1, 1, 1);
        args.out = folder.path().to_path_buf();
        assert!(write(&args).unwrap_err().contains("is not empty"));
    }
}
