//! What a person states of how reports are written, where their bytes leave it open.
//!
//! Enters: fields of the configuration, for all reports of a site and for those of some paths. Leaves: for each path a [`StatedReading`]. It is
//! part of the identity of the text that is read there: the same bytes, read in another way, are another text. What is stated against what the
//! bytes prove is refused where they are read. What is refused here: an offset, a sign or an encoding that is none.

use super::additions::Additions;
use super::dates::DateOrder;
use super::described::{DescribedTable, entry_of_today};
use super::dialects::DialectId;
use super::encoding::Encoding;
use super::path_names::{PathNames, TextName};
use super::path_patterns::PathPatterns;
use crate::error::{Error, ErrorKind};
use crate::text_id::ReadingId;
use jiff::tz::{Offset, TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What is stated of how a report is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StatedReading {
    /// The order of day, month and year, where the dates of a report can be read in several ways. A report that proves another one is refused.
    pub(crate) date_order: Option<StatedOrder>,
    /// How far from UTC the clock is that wrote the reports, such as "+01:00", where it never changes, whatever the zone does.
    pub(crate) clock: Option<ClockOffset>,
    /// The decimal sign of the numbers, where a report does not prove it. A report that proves the other one is refused.
    pub(crate) decimal: Option<DecimalSign>,
    /// The encoding of texts that do not prove another one, such as gbk or windows-1252.
    pub(crate) encoding: Option<Encoding>,
    /// The form of texts that are no dialect.
    pub(crate) table: Option<Box<DescribedTable>>,
    /// What is added to the dialect of a text; nothing where `table` describes texts.
    pub(crate) added: Option<Box<Additions>>,
    /// What the configuration calls the source, for people: no part of how a report is read, nor of what its text is known by.
    pub(crate) source: Option<String>,
}

impl StatedReading {
    /// This, where anything is stated: what is kept of it with a report.
    #[must_use]
    pub(crate) fn recorded(&self) -> Option<Self> {
        (*self != Self::default()).then(|| self.clone())
    }

    /// Whether a report is read by both in the same way, whatever its source is called.
    fn reads_as(&self, other: &Self) -> bool {
        let Self {
            date_order,
            clock,
            decimal,
            encoding,
            table,
            added,
            source: _,
        } = self;
        (date_order, clock, decimal, encoding)
            == (
                &other.date_order,
                &other.clock,
                &other.decimal,
                &other.encoding,
            )
            && (table, added) == (&other.table, &other.added)
    }

    /// What it is known by; `None` where nothing is stated.
    #[must_use]
    pub(crate) fn id(&self) -> Option<ReadingId> {
        self.reading(None)
    }

    /// What it is known by together with the name of the text, where a point takes its own from that.
    #[must_use]
    pub(crate) fn reading(&self, path_name: Option<&str>) -> Option<ReadingId> {
        if path_name.is_none() && self.reads_as(&Self::default()) {
            return None;
        }
        let Self {
            date_order,
            clock,
            decimal,
            encoding,
            table,
            added,
            source: _,
        } = self;
        let word =
            |word: Option<&dyn fmt::Display>| word.map_or_else(String::new, |w| w.to_string());
        let mut words = vec![
            word(date_order.as_ref().map(|it| it as &dyn fmt::Display)),
            word(clock.as_ref().map(|it| it as &dyn fmt::Display)),
            word(decimal.as_ref().map(|it| it as &dyn fmt::Display)),
            word(encoding.as_ref().map(|it| it as &dyn fmt::Display)),
        ];
        words.extend(path_name.map(str::to_owned));
        let mut canonical = words.join("\n");
        if let Some(table) = table {
            canonical.push('\n');
            canonical.push_str(&table.canonical());
        }
        if let Some(added) = added {
            canonical.push('\n');
            canonical.push_str(&added.canonical());
        }
        Some(ReadingId::of(canonical.as_bytes()))
    }

    /// The words and numbers that mean "no value" in a report of this dialect, beside the usual ones.
    pub(super) fn missing(&self, dialect: DialectId) -> &[String] {
        let (table, added) = (self.table.as_deref(), self.added.as_deref());
        let stated = match dialect.is_described() {
            true => table.map(|table| &table.missing),
            false => added.map(|added| &added.missing),
        };
        stated.map_or(&[], |missing| missing)
    }

    /// This, and what it does not state as `other` does.
    #[must_use]
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            date_order: self.date_order.or(other.date_order),
            clock: self.clock.or(other.clock),
            decimal: self.decimal.or(other.decimal),
            encoding: self.encoding.or(other.encoding),
            table: self.table.or_else(|| other.table.clone()),
            added: self.added.or_else(|| other.added.clone()),
            source: self.source.or_else(|| other.source.clone()),
        }
    }
}

/// What is stated of the reports of a site, path by path.
#[derive(Debug, Clone, Default)]
pub struct StatedReadings {
    /// Of all of them.
    pub(crate) site: StatedReading,
    /// Of those at some paths; the first that matches a path counts, and goes before what is said of all.
    pub(crate) sources: Vec<StatedSource>,
}

/// What is stated of the reports at some paths.
#[derive(Debug, Clone)]
pub(crate) struct StatedSource {
    /// The pattern, as it is written.
    pub(crate) pattern: String,
    /// The same, to match with.
    pub(crate) patterns: PathPatterns,
    /// Which members or sheets of the files it is about, as it is written; where nothing is said, all texts.
    pub(crate) member: Option<String>,
    /// The same, to match with.
    pub(crate) members: Option<PathPatterns>,
    /// What is stated.
    pub(crate) stated: StatedReading,
    /// Which names it takes from paths.
    pub(crate) names: PathNames,
    /// The line of the configuration in which it begins; 0 where that is not known.
    pub(crate) line: u64,
}

impl StatedSource {
    /// Whether it is about this text of the file at `path`, which was found in a search of `given`.
    #[must_use]
    pub(crate) fn is_about(
        &self,
        path: &Path,
        given: &[impl AsRef<Path>],
        text: TextName<'_>,
    ) -> bool {
        let is_member = |members: &PathPatterns| {
            let name = text.in_file();
            name.is_some_and(|name| members.matches(name.as_ref(), &[""]))
        };
        self.patterns.matches(path, given) && self.members.as_ref().is_none_or(is_member)
    }

    /// What is stated of a text of the file at `path`, of which this entry is, and `site` of all.
    fn of(&self, path: &Path, text: TextName<'_>, site: &StatedReading) -> StatedReading {
        let mut stated = self.stated.clone().or(site);
        if let Some(table) = &mut stated.table {
            **table = self.names.resolved(table, path, text);
            // The format of its times says the order of its dates.
            stated.date_order = None;
        }
        if let Some(added) = &mut stated.added {
            added.prefix = self.names.prefix(path, text);
        }
        stated
    }
}

/// What is stated of each text of a file.
pub trait StatedTexts {
    /// What is stated of this one.
    fn of_text(&self, text: TextName<'_>) -> StatedReading;
}

/// The same of all of them.
impl StatedTexts for StatedReading {
    fn of_text(&self, _: TextName<'_>) -> StatedReading {
        self.clone()
    }
}

/// What is stated of the texts of a file, as the entries say that are about them.
#[derive(Debug)]
pub struct StatedFile<'a, G> {
    readings: &'a StatedReadings,
    path: &'a Path,
    given: &'a [G],
}

impl<G: AsRef<Path>> StatedFile<'_, G> {
    /// The entry that is about a text.
    fn source(&self, text: TextName<'_>) -> Option<&StatedSource> {
        let mut sources = self.readings.sources.iter();
        sources.find(|source| source.is_about(self.path, self.given, text))
    }

    /// Whether what is stated of a text may hang on its name.
    #[must_use]
    pub(crate) fn hangs_on_names(&self) -> bool {
        !self.readings.sources.is_empty()
    }
}

impl<G: AsRef<Path>> StatedTexts for StatedFile<'_, G> {
    fn of_text(&self, text: TextName<'_>) -> StatedReading {
        let site = &self.readings.site;
        let own = self.source(text);
        own.map_or_else(|| site.clone(), |source| source.of(self.path, text, site))
    }
}

impl StatedReadings {
    /// What is stated of the texts of the file at `path`, which was found in a search of `given`.
    #[must_use]
    pub fn file<'a, G: AsRef<Path>>(&'a self, path: &'a Path, given: &'a [G]) -> StatedFile<'a, G> {
        StatedFile {
            readings: self,
            path,
            given,
        }
    }

    /// Whether a text, which has this name in the file at `path`, would be read in another way than it was, whichever folder is given.
    #[must_use]
    pub(crate) fn read_otherwise(
        &self,
        path: &Path,
        name: Option<&str>,
        was: &StatedReading,
    ) -> bool {
        let mut sources = self.sources.iter();
        if !sources.all(|source| source.patterns.is_anywhere()) {
            return false;
        }
        let nothing: [&Path; 0] = [];
        let file = self.file(path, &nothing);
        match name {
            None => !file.of_text(TextName::Whole).reads_as(was),
            // The file may not be there any more to say which it was.
            Some(name) => [TextName::Member(name), TextName::Sheet(name)]
                .into_iter()
                .all(|text| !file.of_text(text).reads_as(was)),
        }
    }

    /// What the entry is known by today that was known by `entry` when reports were read as it describes them.
    #[must_use]
    pub(crate) fn entry<'a>(&'a self, entry: &'a str) -> &'a str {
        let tables = self
            .sources
            .iter()
            .filter_map(|source| source.stated.table.as_deref());
        entry_of_today(entry, tables.map(|table| &*table.entry))
    }

    /// What is wrong with the file at `path`, or with a text of it, said with the entry that describes it, if one does.
    #[must_use]
    pub(crate) fn blamed(&self, error: Error, path: &Path, given: &[impl AsRef<Path>]) -> Error {
        let text = error.member().map_or(TextName::Whole, TextName::Member);
        match self.file(path, given).source(text) {
            Some(source) if source.stated.table.is_some() && error.kind() == ErrorKind::Input => {
                error.of_source(&source.pattern, source.line)
            }
            _ => error,
        }
    }

    /// The entries whose patterns match none of these paths.
    pub(crate) fn unmatched(
        &self,
        paths: impl Iterator<Item = PathBuf>,
        given: &[impl AsRef<Path>],
    ) -> Vec<&StatedSource> {
        let mut left: Vec<&StatedSource> = self.sources.iter().collect();
        for path in paths {
            if left.is_empty() {
                break;
            }
            left.retain(|source| !source.patterns.matches(&path, given));
        }
        left
    }
}

/// An order of day, month and year that is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum StatedOrder {
    /// Month, day, year.
    #[serde(rename = "mdy")]
    MonthDayYear,
    /// Day, month, year.
    #[serde(rename = "dmy")]
    DayMonthYear,
    /// Year, month, day.
    #[serde(rename = "ymd")]
    YearMonthDay,
}

impl StatedOrder {
    /// Whether dates of this order are as stated.
    #[must_use]
    pub(crate) fn is(self, order: DateOrder) -> bool {
        match order {
            DateOrder::YearMonthDay | DateOrder::ShortYearMonthDay => self == Self::YearMonthDay,
            DateOrder::MonthDayYear => self == Self::MonthDayYear,
            DateOrder::DayMonthYear => self == Self::DayMonthYear,
        }
    }

    /// The word for `order`.
    #[must_use]
    pub(crate) fn of(order: DateOrder) -> Self {
        match order {
            DateOrder::YearMonthDay | DateOrder::ShortYearMonthDay => Self::YearMonthDay,
            DateOrder::MonthDayYear => Self::MonthDayYear,
            DateOrder::DayMonthYear => Self::DayMonthYear,
        }
    }
}

impl fmt::Display for StatedOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MonthDayYear => "mdy",
            Self::DayMonthYear => "dmy",
            Self::YearMonthDay => "ymd",
        })
    }
}

/// A decimal sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum DecimalSign {
    /// A point: `7.5`
    #[serde(rename = ".")]
    Point,
    /// A comma: `7,5`
    #[serde(rename = ",")]
    Comma,
}

impl fmt::Display for DecimalSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Point => ".",
            Self::Comma => ",",
        })
    }
}

/// How far from UTC a clock is that never changes. Written as a sign, hours and minutes: `+01:00`, `-06:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^[+-][0-9]{2}:[0-9]{2}$"))]
pub(crate) struct ClockOffset {
    minutes: i16,
}

/// Further from UTC no clock is set.
const FURTHEST: i16 = 18 * 60;

impl ClockOffset {
    /// The one that is so many seconds ahead of UTC; `None` where that is no whole number of minutes, or too far.
    #[must_use]
    pub(crate) fn of_seconds(seconds: i32) -> Option<Self> {
        let minutes = i16::try_from(seconds / 60).ok()?;
        (seconds % 60 == 0 && minutes.abs() <= FURTHEST).then_some(Self { minutes })
    }

    /// The zone of such a clock.
    #[must_use]
    pub(crate) fn zone(self) -> TimeZone {
        let offset = Offset::from_seconds(i32::from(self.minutes) * 60);
        offset.map_or(TimeZone::UTC, TimeZone::fixed)
    }
}

impl fmt::Display for ClockOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for ClockOffset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let two = |digits: &[u8]| match digits {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                Some(i32::from((tens - b'0') * 10 + (ones - b'0')))
            }
            _ => None,
        };
        let offset = match text.as_bytes() {
            [sign @ (b'+' | b'-'), hours @ .., b':', m1, m2] => two(hours)
                .zip(two(&[*m1, *m2]))
                .filter(|(_, minutes)| *minutes < 60)
                .map(|(hours, minutes)| (hours * 60 + minutes) * 60)
                .map(|seconds| if *sign == b'-' { -seconds } else { seconds }),
            _ => None,
        };
        offset.and_then(Self::of_seconds).ok_or_else(|| {
            format!("expected how far the clock is from UTC, such as \"+01:00\" or \"-06:00\", found {text:?}")
        })
    }
}

impl Serialize for ClockOffset {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockOffset {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
