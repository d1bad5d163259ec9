//! Which sign is the decimal one: what the cells of a report prove, column by column, and what a number is by that.
//!
//! ```text
//! number text ─ readings ─▶ its value if a point, and if a comma, is the decimal sign
//! cells of all rows ─ DecimalProofs ─▶ Decimals, a part of the report's layout ─ by column ─▶ the value of a cell
//! ```
//!
//! A number that can be written with one of the two signs alone proves it: `7.5` a point, `7,5`, `0,125` and `1 234,0` a comma, `1,234,000` a
//! point as well. `1,234` proves neither. A column that proves nothing by itself takes what all others prove that prove something, if
//! they agree.

use super::cells::{decode, folded, number};
use super::field_places::{equal, every};
use super::fields::fields;
use super::words::Parts;
use super::{DecimalSign, Report};
use crate::error::Error;
use serde::{Deserialize, Serialize};

/// How the numbers of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Decimal {
    /// With a decimal point, which is all that a head can say: a number that this does not decide has to wait for the whole report.
    Assumed,
    /// With a decimal point; commas set thousands apart.
    Point,
    /// With a decimal comma; points set thousands apart.
    Comma,
    /// Its cells prove nothing, or contradict each other: what a point does not decide is no number.
    InDoubt,
}

/// How the numbers of a report are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Decimals {
    /// As its head shows: [`Decimal::Assumed`], all of them.
    Assumed,
    /// As the configuration states.
    Stated(DecimalSign),
    /// As the whole report proves, point by point.
    Proved(Vec<Decimal>),
}

impl From<Option<DecimalSign>> for Decimals {
    fn from(stated: Option<DecimalSign>) -> Self {
        stated.map_or(Self::Assumed, Self::Stated)
    }
}

impl Decimals {
    /// For each of so many points how its numbers are read.
    pub(super) fn of_points(&self, points: usize) -> Vec<Decimal> {
        match self {
            Self::Assumed => vec![Decimal::Assumed; points],
            Self::Stated(DecimalSign::Point) => vec![Decimal::Point; points],
            Self::Stated(DecimalSign::Comma) => vec![Decimal::Comma; points],
            Self::Proved(columns) => columns.clone(),
        }
    }
}

/// What the text of a number is with either decimal sign; at least one of them makes it a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Readings {
    point: Option<f64>,
    comma: Option<f64>,
    /// Whether it can only be what it is with a point, or is the same with both.
    plain: bool,
}

/// What a number is in its column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reading {
    Number(f64),
    /// The whole report has to be known first.
    Undecided,
    /// Nothing says what it is.
    Ambiguous,
    /// It proves the other sign than that of its column. Where the cells prove that, there is no such number; so it was stated.
    OtherSign,
}

/// Both readings of `text`, which has no blanks around it and the digits and signs of ASCII.
pub(super) fn readings(text: &str) -> Option<Readings> {
    let point = with_decimal(text, '.', ',');
    let comma = with_decimal(text, ',', '.');
    let same = point.is_some() && point == comma;
    (point.is_some() || comma.is_some()).then(|| Readings {
        point,
        comma,
        plain: same || point.is_some() && !text.contains(','),
    })
}

impl Readings {
    /// Whether a decimal point does not decide it, which is all that a head proves.
    fn is_undecided(&self) -> bool {
        self.by(Decimal::Assumed) == Reading::Undecided
    }

    /// What it is in a column whose numbers are read so.
    pub(super) fn by(&self, decimal: Decimal) -> Reading {
        let number = match decimal {
            Decimal::Point => self.point,
            Decimal::Comma => self.comma,
            Decimal::Assumed | Decimal::InDoubt => self.point.filter(|_| self.plain),
        };
        match number {
            Some(number) => Reading::Number(number),
            None => match decimal {
                Decimal::Assumed => Reading::Undecided,
                Decimal::InDoubt => Reading::Ambiguous,
                Decimal::Point | Decimal::Comma => Reading::OtherSign,
            },
        }
    }
}

/// The number that `text` is if `decimal` is its decimal sign; its thousands may be set apart by `other`, blanks or apostrophes.
fn with_decimal(text: &str, decimal: char, other: char) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = &text[..text.len() - unsigned.len()];
    let exponent_at = unsigned.find(['e', 'E']).unwrap_or(unsigned.len());
    let (mantissa, exponent) = unsigned.split_at(exponent_at);
    let (whole, decimals) = match mantissa.split_once(decimal) {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (mantissa, None),
    };
    // A point may stand first or last, as programs write it; a comma there is punctuation.
    let bare = whole.is_empty() || decimals.is_some_and(str::is_empty);
    if bare && decimal == ',' {
        return None;
    }
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match is_digits(whole) {
        true => whole.to_owned(),
        // No program sets thousands apart and writes an exponent.
        false if exponent.is_empty() && !bare => ungrouped(whole, other)?,
        false => return None,
    };
    let decimals = decimals.map_or_else(String::new, |decimals| format!(".{decimals}"));
    number(format!("{sign}{whole}{decimals}{exponent}").as_bytes())
}

/// The digits of a whole number whose thousands are set apart, all by the same sign.
fn ungrouped(whole: &str, other: char) -> Option<String> {
    let sign = whole.chars().find(|letter| !letter.is_ascii_digit())?;
    if sign != other && !is_grouping(sign) {
        return None;
    }
    let mut groups = whole.split(sign);
    let first = groups.next()?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && is_digits(first)
        && groups.all(|group| group.len() == 3 && is_digits(group));
    well_formed.then(|| whole.replace(sign, ""))
}

/// Whether a sign can stand between thousands and is no decimal sign.
pub(super) fn is_grouping(sign: char) -> bool {
    matches!(
        sign,
        ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}'
    )
}

/// What the cells of a report prove.
#[derive(Default)]
pub(super) struct DecimalProofs {
    columns: Vec<ColumnProof>,
    /// Whether there is a cell that a decimal point does not decide.
    undecided: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct ColumnProof {
    point: bool,
    comma: bool,
}

impl DecimalProofs {
    /// Nothing yet of so many points.
    pub(super) fn new(points: usize) -> Self {
        Self {
            columns: vec![ColumnProof::default(); points],
            undecided: false,
        }
    }

    /// Takes the cells of an accepted row.
    pub(super) fn row<'t>(&mut self, cells: impl Iterator<Item = &'t [u8]>) {
        for (proof, cell) in self.columns.iter_mut().zip(cells) {
            proof.take(cell, &mut self.undecided);
        }
    }

    /// Takes a cell of one of the points, of which there may be more than were known so far.
    pub(super) fn cell(&mut self, column: usize, cell: &[u8]) {
        if column >= self.columns.len() {
            self.columns.resize(column + 1, ColumnProof::default());
        }
        self.columns[column].take(cell, &mut self.undecided);
    }

    /// Whether a cell of the point has proved a decimal point: then another one without a comma, and with one point at most, says nothing more.
    pub(super) fn has_proved_point(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|proof| proof.point)
    }

    /// What they prove of these of the points.
    pub(super) fn of_columns(&self, columns: impl Iterator<Item = usize>) -> Decimals {
        match self.undecided {
            false => Decimals::Assumed,
            true => Decimals::Proved(columns.map(|at| self.of(at)).collect()),
        }
    }

    /// What they prove; nothing where a decimal point decides every cell.
    pub(super) fn decimals(&self) -> Decimals {
        match self.undecided {
            false => Decimals::Assumed,
            true => Decimals::Proved((0..self.columns.len()).map(|at| self.of(at)).collect()),
        }
    }

    fn of(&self, at: usize) -> Decimal {
        let others = || {
            let all = ColumnProof::default();
            self.columns.iter().fold(all, |all, one| ColumnProof {
                point: all.point | one.point,
                comma: all.comma | one.comma,
            })
        };
        let own = self.columns.get(at).copied().unwrap_or_default();
        let proof = match own.point || own.comma {
            true => own,
            false => others(),
        };
        match (proof.point, proof.comma) {
            (true, false) => Decimal::Point,
            (false, true) => Decimal::Comma,
            _ => Decimal::InDoubt,
        }
    }
}

impl ColumnProof {
    fn take(&mut self, cell: &[u8], undecided: &mut bool) {
        if says_something(cell, *self)
            && let Some(readings) = readings_of(cell)
        {
            *undecided |= readings.is_undecided();
            self.point |= readings.comma.is_none();
            self.comma |= readings.point.is_none();
        }
    }
}

/// Whether a cell may say something of its column that is not known: most have no comma, and a point is proved by the first of them.
fn says_something(cell: &[u8], known: ColumnProof) -> bool {
    let (points, is_odd) = match short_word(cell) {
        Some(word) => (
            equal(word, every(b'.')).count_ones() as usize,
            (equal(word, every(b',')) | word & every(0x80)) != 0,
        ),
        None => {
            let count = |is: fn(&u8) -> bool| cell.iter().filter(|byte| is(byte)).count();
            let points = count(|byte| *byte == b'.');
            (points, count(|byte| !byte.is_ascii() || *byte == b',') > 0)
        }
    };
    match points {
        _ if is_odd => true,
        0 => false,
        1 => !known.point,
        _ => true,
    }
}

/// A text of four to eight bytes, as most cells are, and zeros behind it.
#[inline]
fn short_word(text: &[u8]) -> Option<u64> {
    let (first, last) = (text.first_chunk()?, text.last_chunk()?);
    let behind = text.len() - size_of::<u32>();
    let word = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    // Where they overlap, they are the same.
    (behind <= 4).then(|| word(first) | word(last) << (8 * behind))
}

/// Whether one of the cells of a row is a number that a decimal point does not decide.
#[inline]
pub(super) fn are_undecided(cells: &[u8]) -> bool {
    const PROVED: ColumnProof = ColumnProof {
        point: true,
        comma: true,
    };
    let of_cell = |cell: &[u8]| {
        says_something(cell, PROVED)
            && readings_of(cell).is_some_and(|readings| readings.is_undecided())
    };
    may_be_undecided(cells) && fields(cells).any(of_cell)
}

/// Whether that has to be looked at cell by cell: nearly always not. A cell with a comma stands in quotes.
fn may_be_undecided(cells: &[u8]) -> bool {
    let is_digit = |at: usize| cells.get(at).is_some_and(u8::is_ascii_digit);
    let commas = || {
        let mut commas = memchr::memchr_iter(b',', cells);
        commas.any(|at| at > 0 && is_digit(at - 1) && is_digit(at + 1))
    };
    let groups = || memchr::memchr_iter(b'.', cells).any(|at| cells.get(at + 4) == Some(&b'.'));
    memchr::memchr(b'"', cells).is_some() && commas() || groups() || !cells.is_ascii()
}

/// The readings of the number in a cell, if it is one, with or without a mark and a unit.
pub(super) fn readings_of(cell: &[u8]) -> Option<Readings> {
    let text = decode(cell.trim_ascii());
    let text = folded(text.trim());
    let parts = Parts::of(&text);
    readings(parts.number).filter(|_| parts.is_number())
}

/// Whether the text of a cell is a number of which nothing in the cell tells whether its comma is the decimal sign or sets its
/// thousands apart, or which the other cells of its column contradict.
pub(crate) fn is_ambiguous_number(cell: &[u8]) -> bool {
    let cell = cell.strip_prefix(b"\"").unwrap_or(cell);
    let cell = cell.strip_suffix(b"\"").unwrap_or(cell);
    readings_of(cell).is_some_and(|readings| readings.by(Decimal::InDoubt) == Reading::Ambiguous)
}

/// The refusal of a report in which a cell in this line proves another decimal sign than the stated one.
pub(super) fn against_stated(report: &Report, column: usize, cell: &[u8], line: u64) -> Error {
    let (stated, proved) = match report.layout.decimals {
        Decimals::Stated(DecimalSign::Comma) => (DecimalSign::Comma, DecimalSign::Point),
        _ => (DecimalSign::Point, DecimalSign::Comma),
    };
    let text = decode(cell).trim().to_owned();
    let error = Error::input(format!(
        "{text} proves the decimal sign \"{proved}\", and `decimal` states that it is \"{stated}\""
    ));
    let error = error.at(&report.path).line(line);
    let point = report.points[column].id.to_string();
    error.point(point).hint(
        "state the decimal sign for the files that need it alone: an entry of cleaner.sources with `match:` and `decimal:`",
    )
}

#[cfg(test)]
mod tests;
