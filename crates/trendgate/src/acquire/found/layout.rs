//! Lines → where the time stands and how it is written, which lines are rows, and which is the row of names.

use super::super::dates::StampFormat;
use super::axes::second_axis;
use super::beside::{at_midnight, with_columns_beside};
use super::column::{Steps, TimeFormats, wall};
use super::header::{header, made_up, number_equal, shifted_names};
use super::of_day::bare_time;
use super::sample::{Sample, SampleLine};
use super::stamp::{FormatCandidate, Holds, candidates, reads};
use super::words::{ColumnRole, is_time_alone, part_of_time, said_edge, says};
use crate::time::Span;

/// Columns that the time of a row may be made of.
pub(super) const MOST_COLUMNS: usize = super::super::wide::MOST_TIME_COLUMNS;
/// Columns that may be those of the time.
pub(super) const TIME_COLUMNS: usize = 64;

/// Where what stands in a table.
pub(super) struct TableLayout {
    /// The row of names, by its place among the lines.
    pub(super) header: Option<usize>,
    /// The names of the columns; made up where there is no row of names.
    pub(super) names: Vec<String>,
    /// The lines that are rows.
    pub(super) rows: Vec<usize>,
    /// The columns of the time.
    pub(super) time: Vec<usize>,
    pub(super) formats: TimeFormats,
    /// Columns that hold whole times, too.
    pub(super) other_times: Vec<usize>,
    /// The time of a second table at the side of this one: what stands from it on is not of these rows.
    pub(super) second_axis: Option<usize>,
    /// Whether the row below the names is one of units.
    pub(super) has_units_below: bool,
}

/// A column of times.
pub(super) struct TimeColumn {
    pub(super) place: usize,
    pub(super) formats: TimeFormats,
    differs: bool,
}

/// The columns of the time, and how it is written.
pub(super) struct ChosenTime {
    pub(super) columns: Vec<usize>,
    pub(super) formats: TimeFormats,
}

impl TableLayout {
    /// That of the lines of a text; `None` where there is no time in them.
    pub(super) fn of(sample: &Sample) -> Option<Self> {
        let columns = time_columns(sample);
        let chosen = at_midnight(sample, &columns)
            .or_else(|| whole(sample, &columns))
            .or_else(|| two(sample, &columns))
            .or_else(|| parts(sample))
            .or_else(|| dates(sample, &columns))?;
        let chosen = with_columns_beside(sample, chosen);
        let reader = chosen.formats.formats.first()?.reader()?;
        let rows: Vec<usize> = (0..sample.lines.len())
            .filter(|at| {
                reader
                    .read(joined(&sample.lines[*at], &chosen.columns).as_bytes())
                    .is_some()
            })
            .filter(|at| sample.lines[*at].fields.len() > chosen.columns.len())
            .collect();
        let rows = without_titles(sample, rows);
        let first = *rows.first()?;
        if first >= sample.of_head {
            return None;
        }
        let width = usual_width(sample, &rows);
        let shifted = shifted_names(sample, first, width, &chosen.columns);
        let (header, has_units_below) = match shifted {
            Some(_) => (None, false),
            None => header(sample, first, width, &chosen.columns),
        };
        let has_shifted = shifted.is_some();
        let mut names = match (header, shifted) {
            (Some(header), _) => sample.lines[header].names(),
            (None, Some(shifted)) => shifted,
            (None, None) => made_up(width, &chosen.columns),
        };
        if header.is_some() || has_shifted {
            number_equal(&mut names);
        }
        let is_other = |column: &&TimeColumn| {
            column.formats.holds == Holds::Both && !chosen.columns.contains(&column.place)
        };
        let is_again = |column: &&TimeColumn| {
            chosen.formats.holds == Holds::Both && !chosen.columns.contains(&column.place)
        };
        let other_times = columns
            .iter()
            .filter(|column| is_other(column) || is_again(column));
        let is_serial = |column: &&TimeColumn| {
            let mut formats = column.formats.formats.iter();
            formats.any(|candidate| candidate.format == "excel")
        };
        let other_times: Vec<&TimeColumn> =
            other_times.filter(|column| !is_serial(column)).collect();
        Some(Self {
            second_axis: second_axis((sample, &rows, &names), &chosen, &other_times),
            header,
            names,
            rows,
            other_times: other_times.iter().map(|column| column.place).collect(),
            time: chosen.columns,
            formats: chosen.formats,
            has_units_below,
        })
    }

    /// The times of the rows of the beginning, and those of the end, in a format.
    pub(super) fn walls(
        &self,
        sample: &Sample,
        candidate: &FormatCandidate,
    ) -> (Vec<Span>, Vec<Span>) {
        let Some(reader) = candidate.reader() else {
            return (Vec::new(), Vec::new());
        };
        let of = |rows: &[usize]| {
            rows.iter()
                .filter_map(|at| wall(&reader, &joined(&sample.lines[*at], &self.time)))
                .collect()
        };
        let head = self.rows.partition_point(|at| *at < sample.of_head);
        (of(&self.rows[..head]), of(&self.rows[head..]))
    }

    /// How the times of rows follow each other, in a format.
    pub(super) fn steps(&self, sample: &Sample, candidate: &FormatCandidate) -> Steps {
        let (head, tail) = self.walls(sample, candidate);
        let (mut steps, tail) = (Steps::of(&head), Steps::of(&tail));
        steps.add(tail);
        steps
    }
}

/// The texts of the columns of the time of a line, as they are joined to be read.
pub(super) fn joined(line: &SampleLine, columns: &[usize]) -> String {
    let mut text = String::new();
    for column in columns {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(line.field(*column).trim());
    }
    text
}

/// All columns that hold times, or parts of them.
fn time_columns(sample: &Sample) -> Vec<TimeColumn> {
    (0..sample.widest().min(TIME_COLUMNS))
        .filter_map(|place| time_column(sample, place))
        .collect()
}

fn time_column(sample: &Sample, place: usize) -> Option<TimeColumn> {
    let may_be = |line: &SampleLine| !candidates(line.field(place)).is_empty();
    let head = sample.head();
    let first = (0..head.len()).find(|at| {
        let mut below = head[at + 1..].iter().filter(|line| !line.fields.is_empty());
        head[*at].width() > 1 && may_be(&head[*at]) && below.next().is_none_or(may_be)
    })?;
    let lines = sample.lines[first..].iter();
    let cells = lines.map(|line| line.field(place));
    let formats = TimeFormats::of(cells.clone())?;
    if formats.formats.iter().all(FormatCandidate::is_number) {
        let above = head[..first].iter().rev().find(|line| line.width() > place);
        let name = above.map_or("", |line| line.field(place));
        // A run time is a number, too.
        let is_serial = formats
            .formats
            .iter()
            .any(|candidate| candidate.format == "excel");
        let is_named = if is_serial {
            is_time_alone(name)
        } else {
            says(ColumnRole::Time, name)
        };
        let leads = place == 0 && name.is_empty();
        // Thirteen digits that go forward are hardly anything else.
        let formats = &formats.formats;
        let are_millis = || {
            formats
                .iter()
                .any(|candidate| candidate.format == "epoch_ms")
        };
        let is_forward = || is_forward(&cells.clone().collect::<Vec<_>>());
        if !(is_named || (leads || are_millis()) && is_forward()) {
            return None;
        }
    }
    let reader = formats.formats.first()?.reader()?;
    let mut cells = cells.filter(|cell| reads(&reader, formats.holds, cell));
    let sole = cells.next()?;
    let differs = cells.any(|cell| cell != sole);
    Some(TimeColumn {
        place,
        formats,
        differs,
    })
}

/// Whether numbers go forward, as times do.
fn is_forward(cells: &[&str]) -> bool {
    let numbers: Vec<f64> = cells
        .iter()
        .filter_map(|cell| cell.replace(',', ".").parse().ok())
        .collect();
    numbers.windows(2).filter(|pair| pair[1] > pair[0]).count() * 10
        >= numbers.len().saturating_sub(1) * 9
}

/// The column that holds the whole time.
fn whole(sample: &Sample, columns: &[TimeColumn]) -> Option<ChosenTime> {
    let all = columns
        .iter()
        .filter(|column| column.formats.holds == Holds::Both);
    let name = |column: &TimeColumn| name_of(sample, column.place);
    let worth = |column: &TimeColumn| {
        let is_text = !column
            .formats
            .formats
            .iter()
            .all(FormatCandidate::is_number);
        let name = name(column);
        let word = |yes: bool, worth: i32| if yes { worth } else { 0 };
        word(column.differs, 16)
            + word(is_text, 8)
            + word(says(ColumnRole::Time, &name), 4)
            + word(said_edge(&name) == Some(false), 2)
            + word(column.formats.formats.len() == 1, 1)
    };
    // The first of the best.
    let best = all.rev().max_by_key(|column| worth(column))?;
    Some(ChosenTime {
        columns: vec![best.place],
        formats: best.formats.clone(),
    })
}

/// The name above a column, as far as one is seen.
pub(super) fn name_of(sample: &Sample, place: usize) -> String {
    let mut lines = sample.head().iter();
    let is_name = |field: &str| !field.is_empty() && candidates(field).is_empty();
    let named = lines.find(|line| line.filled() > 1 && is_name(line.field(place)));
    named.map_or_else(String::new, |line| line.field(place).to_owned())
}

/// A column of the date, and one of the time of day.
fn two(sample: &Sample, columns: &[TimeColumn]) -> Option<ChosenTime> {
    let date = columns
        .iter()
        .find(|column| column.formats.holds == Holds::Date)?;
    let of_day = columns
        .iter()
        .filter(|column| column.formats.holds == Holds::Time);
    let behind = of_day.clone().find(|column| column.place > date.place);
    let found = behind.or_else(|| of_day.clone().next());
    let (place, times) = match found {
        Some(column) => {
            let formats = column.formats.formats.iter();
            (
                column.place,
                formats.map(|candidate| candidate.format.clone()).collect(),
            )
        }
        None => {
            let mut places =
                (0..sample.widest().min(TIME_COLUMNS)).filter(|place| *place != date.place);
            places.find_map(|place| Some((place, vec![bare_time(sample, date, place)?])))?
        }
    };
    let joint = [date.place, place];
    let candidates = date.formats.formats.iter().flat_map(|date| {
        times.iter().map(|time: &String| FormatCandidate {
            holds: Holds::Both,
            format: format!("{} {time}", dated(&date.format)),
        })
    });
    confirmed(sample, &joint, candidates.collect())
}

/// `iso` of a date alone, to be followed by a time.
fn dated(format: &str) -> &str {
    match format {
        "iso" => "%Y-%m-%d",
        other => other,
    }
}

/// Columns of year, month, day and hour.
fn parts(sample: &Sample) -> Option<ChosenTime> {
    const WORDS: [&str; 6] = ["%Y", "%m", "%d", "%H", "%M", "%S"];
    let place_in = |line: &SampleLine, part: usize| {
        line.fields
            .iter()
            .position(|field| part_of_time(field) == Some(part))
    };
    sample.head().iter().find_map(|line| {
        let mut columns: Vec<usize> = (0..3)
            .map(|part| place_in(line, part))
            .collect::<Option<_>>()?;
        for part in 3..WORDS.len() {
            match place_in(line, part) {
                Some(place) if columns.len() == part && columns.len() < MOST_COLUMNS => {
                    columns.push(place)
                }
                _ => break,
            }
        }
        let format = WORDS[..columns.len()].join(" ");
        confirmed(
            sample,
            &columns,
            vec![FormatCandidate {
                holds: Holds::Both,
                format,
            }],
        )
    })
}

/// A column of the date alone.
fn dates(sample: &Sample, columns: &[TimeColumn]) -> Option<ChosenTime> {
    let of_dates = || {
        columns
            .iter()
            .filter(|column| column.formats.holds == Holds::Date)
    };
    let named = of_dates().find(|column| says(ColumnRole::Time, &name_of(sample, column.place)));
    let date = named.or_else(|| of_dates().next())?;
    Some(ChosenTime {
        columns: vec![date.place],
        formats: date.formats.clone(),
    })
}

/// Those of the formats that read the joined texts of columns.
pub(super) fn confirmed(
    sample: &Sample,
    columns: &[usize],
    candidates: Vec<FormatCandidate>,
) -> Option<ChosenTime> {
    let texts: Vec<String> = sample
        .lines
        .iter()
        .map(|line| joined(line, columns))
        .collect();
    let read = |candidate: &FormatCandidate| {
        let reader: Option<StampFormat> = candidate.reader();
        reader.map_or(0, |reader| {
            texts
                .iter()
                .filter(|text| reader.read(text.as_bytes()).is_some())
                .count()
        })
    };
    let counted: Vec<(FormatCandidate, usize)> = candidates
        .into_iter()
        .map(|candidate| (candidate.clone(), read(&candidate)))
        .collect();
    let most = counted
        .iter()
        .map(|(_, read)| *read)
        .max()
        .filter(|most| *most > 0)?;
    let (best, others): (Vec<_>, Vec<_>) = counted.into_iter().partition(|(_, read)| *read == most);
    Some(ChosenTime {
        columns: columns.to_vec(),
        formats: TimeFormats {
            holds: Holds::Both,
            formats: best.into_iter().map(|(candidate, _)| candidate).collect(),
            refuted: others
                .into_iter()
                .map(|(candidate, read)| (candidate, most - read))
                .collect(),
        },
    })
}

/// The rows without lines above the table that have a time, too: they are shorter, and no row stands right below them.
fn without_titles(sample: &Sample, mut rows: Vec<usize>) -> Vec<usize> {
    let fields = |at: usize| sample.lines[at].fields.len();
    let mut widths: Vec<usize> = rows.iter().map(|at| fields(*at)).collect();
    widths.sort_unstable();
    let usual = widths.get(widths.len() / 2).copied().unwrap_or(0);
    let is_title = |pair: &[usize]| fields(pair[0]) < usual && pair[1] != pair[0] + 1;
    let titles = rows.windows(2).take_while(|pair| is_title(pair)).count();
    rows.drain(..titles);
    rows
}

/// The fields that most rows have.
fn usual_width(sample: &Sample, rows: &[usize]) -> usize {
    let mut widths: Vec<usize> = rows.iter().map(|at| sample.lines[*at].width()).collect();
    widths.sort_unstable();
    // Cells at the end may be empty.
    widths.last().copied().unwrap_or(0)
}
