//! The head of a table, as it is described → its points, and which fields of a row are what.

use crate::acquire::additions::{CHANGE_OF_VALUE, stated_trend};
use crate::acquire::charset::readings;
use crate::acquire::described::{DescribedTable, PointNames, TableHeader, UnitsPlace};
use crate::acquire::dialects::HeadTexts;
use crate::acquire::excerpt::shown;
use crate::acquire::fields::{fields, is_blank, without_end};
use crate::acquire::text::lossy;
use crate::acquire::wide::WideHead;
use crate::acquire::{Columns, HeadUnit, ReportPoint, TableColumns};
use crate::error::{Error, Result};
use crate::model::{PointId, Unit, is_of_pattern, plain_name};
use std::collections::{BTreeSet, HashMap};

/// How many names an error shows.
const SHOWN_NAMES: usize = 12;

/// The head of a table.
pub(super) struct TableHead {
    pub(super) head: WideHead,
    pub(super) columns: TableColumns,
}

/// A line without its end, and without a byte order mark.
pub(super) fn plain(line: &[u8]) -> &[u8] {
    let line = without_end(line);
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
}

/// The text of a field that names something.
pub(in crate::acquire) fn text_of(field: &[u8]) -> String {
    plain_name(&lossy(field).replace("\"\"", "\""))
}

/// The names in a line; the second of equal ones is `name[2]`. Empty ones at the end are none.
pub(super) fn names(line: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = fields(line).map(text_of).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    let mut met: HashMap<String, usize> = HashMap::new();
    for name in names.iter_mut().filter(|name| !name.is_empty()) {
        let times = met.entry(name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            *name = format!("{name}[{times}]");
        }
    }
    names
}

/// The row of names.
pub(in crate::acquire) struct HeaderRow {
    pub(in crate::acquire) names: Vec<String>,
    /// Whether each is one of equal ones, and not the first.
    again: Vec<bool>,
}

impl HeaderRow {
    /// The one that stands in `line`, or that the description gives; `None` where it stands elsewhere.
    pub(in crate::acquire) fn of(line: &[u8], table: &DescribedTable) -> Option<Self> {
        let words = match &table.header {
            TableHeader::With(words) => words,
            TableHeader::Absent(names) => {
                return Some(Self {
                    names: names.clone(),
                    again: vec![false; names.len()],
                });
            }
        };
        let line = plain(line);
        let names = names(line);
        let is_again = |(field, name): (&[u8], &String)| text_of(field) != *name;
        let is_header = words.iter().all(|word| names.contains(word));
        is_header.then(|| Self {
            again: fields(line).zip(&names).map(is_again).collect(),
            names,
        })
    }

    /// The place of the column `name`, which is `what` of the description.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where there is none.
    pub(in crate::acquire) fn place(&self, name: &str, what: &str) -> Result<usize> {
        let place = self.names.iter().position(|other| other == name);
        place.ok_or_else(|| without_column(name, what, &self.names))
    }
}

/// The row of names, and where it stands.
struct Header {
    row: HeaderRow,
    /// Its line, counted from 1; 0 where the table has none.
    line: u64,
    /// Where the next line begins in the text.
    below: usize,
}

fn header(text: &str, table: &DescribedTable) -> Option<Header> {
    if let TableHeader::Absent(_) = table.header {
        let row = HeaderRow::of(b"", table)?;
        return Some(Header {
            row,
            line: 0,
            below: 0,
        });
    }
    let mut below = 0;
    (1..)
        .zip(text.split_inclusive('\n'))
        .find_map(|(line, of)| {
            below += of.len();
            let row = HeaderRow::of(of.as_bytes(), table)?;
            Some(Header { row, line, below })
        })
}

/// The head of the table that `text` begins with; `None` where the row of names is not there, or not all of the head.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where a column of the time is not there, or the points have no names.
pub(super) fn table_head(text: &str, table: &DescribedTable) -> Result<Option<TableHead>> {
    let Some(header) = header(text, table) else {
        return Ok(None);
    };
    let Header { row, line, below } = &header;
    let names = &row.names;
    let (units, rows_at) = match table.units {
        Some(UnitsPlace::Below) => match text[*below..].split_inclusive('\n').next() {
            Some(units) if units.ends_with('\n') => (Some(units), below + units.len()),
            _ => return Ok(None),
        },
        _ => (None, *below),
    };
    let times: Result<Vec<usize>> = (table.time.iter())
        .map(|name| row.place(name, "of the time"))
        .collect();
    let times = times.map_err(|error| error.line(*line.max(&1)))?;
    let statuses = match &table.statuses {
        Some(statuses) => statuses.places(names, |place| !times.contains(&place)),
        None => Ok(Vec::new()),
    };
    let statuses = statuses.map_err(|error| error.line(*line.max(&1)))?;
    let is_point = |place: &usize| {
        !times.contains(place)
            && !statuses.contains(&Some(*place))
            && !(table.skip.iter()).any(|pattern| is_of_pattern(pattern, &names[*place]))
    };
    let places: Vec<usize> = (0..names.len()).filter(is_point).collect();
    let Some(first) = places.first().copied() else {
        let error =
            Error::input("no column of the table is a point: all are of its time, or skipped");
        return Err(error.line(*line));
    };
    let statuses = of_points(table, names, (&places, &statuses));
    let statuses = statuses.map_err(|error| error.line(*line.max(&1)))?;
    let cells = statuses.iter().flatten().copied().fold(first, usize::min);
    let cells_end = names.len();
    let skipped = (cells..cells_end).filter(|place| !places.contains(place));
    let columns = TableColumns {
        skipped: skipped.map(|place| place - cells).collect(),
        units: head_units(table, names, &places, units),
        statuses: (statuses.into_iter())
            .map(|status| status.map(|place| place - cells))
            .collect(),
        times,
    };
    let last_time = columns.times.iter().copied().max().unwrap_or(0);
    let title = text.lines().find(|line| !is_blank(line.as_bytes()));
    Ok(Some(TableHead {
        head: WideHead {
            title: match line {
                0 => String::new(),
                _ => title.map(shown).unwrap_or_default(),
            },
            points: points(table, row, &places)
                .map_err(|error| error.line(*line))?
                .into(),
            interval: table.interval,
            date_range: None,
            header_line: line + u64::from(units.is_some()),
            columns: Columns {
                date: columns.times.first().copied().unwrap_or(0),
                time: last_time,
                cells,
                padded: cells_end,
            },
            rows_at,
        },
        columns,
    }))
}

/// For each of the points, which stand at `places`, the column with words about its values; none where there are no such columns.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where one should have it and has not.
fn of_points(
    table: &DescribedTable,
    names: &[String],
    (places, statuses): (&[usize], &[Option<usize>]),
) -> Result<Vec<Option<usize>>> {
    let Some(described) = &table.statuses else {
        return Ok(Vec::new());
    };
    let of_point = |place: &usize| {
        let status = statuses[*place];
        described.check(&names[*place], status)?;
        Ok(status)
    };
    places.iter().map(of_point).collect()
}

fn without_column(name: &str, what: &str, names: &[String]) -> Error {
    let known: Vec<String> = names
        .iter()
        .take(SHOWN_NAMES)
        .map(|name| format!("{name:?}"))
        .collect();
    let more = match names.len() > SHOWN_NAMES {
        true => ", …",
        false => "",
    };
    Error::input(format!(
        "expected a column {name:?} {what} in the row of names, found {}{more}",
        known.join(", ")
    ))
    .hint("correct the name in the description, or `header` if this is not the row of names")
}

/// The unit of each point, as the head says it.
fn head_units(
    table: &DescribedTable,
    names: &[String],
    places: &[usize],
    below: Option<&str>,
) -> Vec<HeadUnit> {
    let below: Vec<String> = below.map_or_else(Vec::new, |line| {
        fields(plain(line.as_bytes())).map(text_of).collect()
    });
    let of_place = |place: &usize| {
        let word = match &table.units {
            None | Some(UnitsPlace::Column(_)) => "",
            Some(UnitsPlace::Below) => below.get(*place).map_or("", |unit| unit),
            Some(UnitsPlace::Brackets) => split_brackets(&names[*place]).1,
        };
        match (word, Unit::parse(word)) {
            ("", _) => HeadUnit::Unsaid,
            (_, Some(unit)) => HeadUnit::Known(unit),
            (word, None) => HeadUnit::Unknown(word.to_owned()),
        }
    };
    places.iter().map(of_place).collect()
}

/// A name, and what stands in brackets at its end.
pub(in crate::acquire) fn split_brackets(name: &str) -> (&str, &str) {
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some((before, inside)) = name
            .strip_suffix(close)
            .and_then(|name| name.rsplit_once(open))
            && !before.trim().is_empty()
        {
            return (before.trim_end(), inside.trim());
        }
    }
    (name, "")
}

fn points(
    table: &DescribedTable,
    header: &HeaderRow,
    places: &[usize],
) -> Result<Vec<ReportPoint>> {
    let HeaderRow { names, again } = header;
    let from_path = table.names.of_text()?;
    if from_path.is_some() && places.len() > 1 {
        let of = match &table.names {
            PointNames::Sheet(_) => "that of its sheet",
            _ => "in the path",
        };
        return Err(Error::input(format!(
            "the name of the point is {of}, and the table has {} columns that may be it",
            places.len()
        ))
        .hint("name the others under `skip`"));
    }
    let mut known = BTreeSet::new();
    let point = |place: &usize| {
        let own = match table.units {
            Some(UnitsPlace::Brackets) => split_brackets(&names[*place]).0,
            _ => &names[*place],
        };
        let name = from_path.map_or(own, |name| name);
        let id = PointId::new(&format!("{}{name}", table.prefix), "");
        if name.is_empty() {
            let error = format!("column {} of the row of names has no name", place + 1);
            return Err(Error::input(error).hint("skip columns without a name: `skip: [\"\"]`"));
        }
        let first = names[*place].rsplit_once('[').filter(|_| again[*place]);
        let has_first =
            first.is_some_and(|(first, _)| places.iter().any(|place| names[*place] == first));
        if has_first || !known.insert(id.clone()) {
            let error = format!("the table has one point twice: the second one is {name:?}");
            return Err(Error::input(error)
                .hint("skip one of the columns; the second of equal names is called `name[2]`"));
        }
        let definition = match table.change_of_value {
            true => CHANGE_OF_VALUE,
            false => "",
        };
        Ok(ReportPoint {
            id,
            definition: definition.to_owned(),
            trend: stated_trend(definition),
        })
    };
    places.iter().map(point).collect()
}

/// The texts in the head of a table, as [`Dialect::head_texts`](crate::acquire::dialects::Dialect::head_texts). What encoding the words of its row of names are in
/// is of no matter: in one of them that row is the one that is described.
pub(in crate::acquire) fn table_texts<'t>(
    bytes: &'t [u8],
    table: &DescribedTable,
) -> Option<HeadTexts<'t>> {
    let whole = encoding_rs::mem::decode_latin1(bytes);
    let found = header(&whole, table);
    let Header { line, row, .. } =
        found.or_else(|| readings(bytes).find_map(|text| header(&text, table)))?;
    let mut texts = HeadTexts::default();
    for (number, of) in (1..=line + 1).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let fields = fields(plain(of)).filter(|field| !field.is_ascii());
        match number == line {
            true if table.entries.is_none() => {
                texts.first_name = line;
                texts.names.extend(fields);
            }
            true => texts.others.extend(fields),
            false if number < line || table.units == Some(UnitsPlace::Below) => {
                texts.others.extend(fields);
            }
            false => {}
        }
    }
    if table.entries.is_some()
        && let PointNames::Columns { columns, .. } = &table.names
    {
        let is_named = |place: &usize| columns.contains(&row.names[*place]);
        let places: Vec<usize> = (0..row.names.len()).filter(is_named).collect();
        let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
        for (number, of) in lines.filter(|(number, _)| *number > line) {
            let fields = fields(plain(of)).enumerate();
            let names = fields.filter(|(place, of)| places.contains(place) && !of.is_ascii());
            for (_, name) in names {
                if texts.names.is_empty() {
                    texts.first_name = number;
                }
                texts.names.push(name);
            }
        }
    }
    Some(texts)
}
