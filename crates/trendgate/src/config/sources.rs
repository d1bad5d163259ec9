//! The entries of `cleaner.sources`, as they are written → what is stated of the texts at some paths.
//!
//! Enters: an entry as it is written ([`SourceConfig`]). Leaves: a [`StatedSource`], by which the texts at its paths are read. Refuses: patterns,
//! intervals and words that are none, each named by its field and its line.

use crate::acquire::{
    Additions, ClockOffset, DecimalSign, Encoding, Mend, NameSource, PathNames, PathPattern,
    PathPatterns, StatedOrder, StatedReading, StatedSource, UnitsPlace,
};
use crate::error::{Error, Result};
use crate::model::plain_name;
use crate::time::{DAY, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod lines;
mod parts;
mod table;
mod values;

pub(super) use lines::take_lines;

pub(crate) use parts::{
    AbsentHeader, ColumnNames, DayConfig, DayLabelled, DayStepped, HeaderConfig, IntervalWord,
    MissingWord, NameWord, NoDialect, PathName, PointColumns, PointNameConfig, SeparatorSign,
    SourceInterval, StatusBesideConfig, StatusColumnConfig, StatusConfig, TableForm, TimeConfig,
    ValueConfig,
};

/// How the reports at some paths are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceConfig {
    /// Which: a pattern as in a .gitignore (`*`, `?`, `**`), without regard to case: of a file's or a folder's name, or, with a slash, of the
    /// last folders of a path and the name, whichever folder was given. One that begins with a slash is about the folder that was given.
    #[serde(rename = "match")]
    #[schemars(extend("x-of" = "all"))]
    pub pattern: String,
    /// Which of the members of an archive, or of the sheets of a workbook: a pattern of their names, as `match` is one of paths. An entry that
    /// has it is about no other texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "all"))]
    pub member: Option<String>,
    /// What people call the source, such as `chillers`: `status`, the metrics and the page say by it how fresh what it delivers is. No two
    /// entries have the same; without one, a source is what one dialect reads in one folder. It may change at any time: reports keep
    /// the one that they were read by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "all"))]
    pub name: Option<String>,
    /// The order of day, month and year (mdy, dmy or ymd) in reports whose dates can be read in several ways. A report that proves another
    /// one is refused; one whose dates begin with a year of four digits is not concerned. Of a table `time.format` says it.
    #[serde(default)]
    #[schemars(extend("x-of" = "dialects"))]
    pub date_order: Option<StatedOrder>,
    /// How far from UTC the clock is that wrote the reports, such as "+01:00", where it does not keep the daylight saving time of the zone.
    #[serde(default)]
    #[schemars(extend("x-of" = "all"))]
    pub clock: Option<ClockOffset>,
    /// The decimal sign ("." or ",") of numbers of which a report does not prove it. A report that proves the other one is refused.
    #[serde(default)]
    #[schemars(extend("x-of" = "all"))]
    pub decimal: Option<DecimalSign>,
    /// The encoding (utf-8, windows-1252, big5, gbk, shift_jis, …) of texts that do not prove another one.
    #[serde(default)]
    #[schemars(extend("x-of" = "all"))]
    pub encoding: Option<Encoding>,
    /// That texts which no dialect knows are tables of this form, which the other fields describe; separator, prefix, missing, interval,
    /// snap, mend and abbreviations in an entry without it are about texts of dialects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "tables"))]
    pub table: Option<TableForm>,
    /// `none`: no dialect is tried before the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "tables"))]
    pub dialect: Option<NoDialect>,
    /// What separates fields: "," or ";" or "|" or tab. Without it, that with which a text is a table as it is described.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "all"))]
    pub separator: Option<SeparatorSign>,
    /// The row of names: the first one that has a field for each of these; without it, for each column of the time. Or `{none: [t, value]}`:
    /// there is no such row, and these are the names. The second of equal names is `name[2]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "tables"))]
    pub header: Option<HeaderConfig>,
    /// Where units stand: `below`, in the row below the names; in `brackets` behind them, or behind the name of the point in a row; or, of a table
    /// that is not wide, in a column of their own: `{column: Einheit}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "tables"))]
    pub units: Option<UnitsPlace>,
    /// The columns of the time, and how it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "tables"))]
    pub time: Option<TimeConfig>,
    /// The columns of a day, of a table with one day a row: how their names are written as times (`{columns: "%H:%M"}`), or which time the
    /// first one is and how far they are apart (`{first: "00:15", step: 15m}`), for names such as HE01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "`day`"))]
    pub day: Option<DayConfig>,
    /// The column of the value, of a table with one value a row, and the column with words about it:
    /// `{column: Wert, status: {column: Status, good: [ok, alarm]}}`. Beside any other word there is no value. Where a row has several values, their columns
    /// are names or patterns: `{columns: ["*"]}` is all that are nothing else; what stands in the columns of `point` and the name of the column
    /// are the name of a point. Where each column, of a wide table, too, has words of its own beside it: `{status: {beside: "* Status", good: [ok]}}`, with
    /// `*` for the name of the column of the value; without it (`beside: Quality`) they stand right behind the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "`long`, `wide`"))]
    pub value: Option<ValueConfig>,
    /// The name of the point: that of its column (`header`), of its sheet (`sheet`); what stands in columns of the row, where the table is not
    /// wide: `{columns: [Adr, Beschreibung], join: "/"}`; or a part of the path: `{path: "Level_(?<name>.*)"}`, a regular expression of the
    /// last parts of the path with as many folders as it has slashes, with or without the ending of the file's name.
    /// The path of a member of an archive is that of the archive, and its own behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "tables"))]
    pub point: Option<PointNameConfig>,
    /// What is put before the name of each point; `{stem}` in it is the name of the file, or of the member of an archive, without its endings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "all"))]
    pub prefix: Option<String>,
    /// Columns that are no points: names, or patterns with `*` and `?`. Of a table with one value a row, names of what is no point; of one with several,
    /// both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-of" = "tables"))]
    pub skip: Vec<String>,
    /// Words and numbers that mean "no value", beside the usual ones; counted as `(stated)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-of" = "all"))]
    pub missing: Vec<MissingWord>,
    /// The interval of the points, such as 15m; `cov` where a value is logged when it changes; `none` where nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "all"))]
    pub interval: Option<SourceInterval>,
    /// Times at most so far from a multiple of the interval are that; of texts of dialects, of the interval that they state, else of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "all"))]
    pub snap: Option<Span>,
    /// What a spreadsheet did to the dates, and is undone: `exchanged_day_month`. Real dates of a workbook with a day of 12 at most are exchanged
    /// back, and texts are read by `time.format`; rows that then do not follow one another, or with more than max_gap between them, refuse the
    /// table. In texts of dialects with one value a line, the rows are those of each point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-of" = "`wide`, dialects"))]
    pub mend: Option<Mend>,
    /// What words for zones in the times mean: how far from UTC the clock is, or an IANA zone: `{SGT: "+08:00", CST: Asia/Taipei}`. A word
    /// that the site's own zone has at that time needs none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("x-of" = "all"))]
    pub abbreviations: BTreeMap<String, String>,
    /// The line of the configuration in which the entry begins; 0 where that is not known.
    #[serde(skip)]
    pub line: u64,
}

impl SourceConfig {
    /// What it states; `field` is what it is called.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for what is none, missing, or of another form.
    pub(super) fn stated(&self, field: &str) -> Result<StatedSource> {
        let patterns = PathPatterns::anywhere(&format!("{field}.match"), &self.pattern)?;
        let in_line = |error: Error| match self.line {
            0 => error,
            line => error.line(line),
        };
        let mut table = self.described(field).map_err(in_line)?;
        let names = self.names(field).map_err(in_line)?;
        if let Some(table) = &mut table {
            table.name_entry(&names, &self.pattern);
        }
        let members = (self.member.as_ref())
            .map(|pattern| PathPatterns::new(&format!("{field}.member"), [pattern]));
        Ok(StatedSource {
            pattern: self.pattern.clone(),
            patterns,
            member: self.member.clone(),
            members: members.transpose().map_err(in_line)?,
            stated: StatedReading {
                date_order: self.date_order,
                clock: self.clock,
                decimal: self.decimal,
                encoding: self.encoding,
                added: match table {
                    None => self.additions(field).map_err(in_line)?.map(Box::new),
                    Some(_) => None,
                },
                table: table.map(Box::new),
                source: self.source_name(field).map_err(in_line)?,
            },
            names,
            line: self.line,
        })
    }

    /// What people call the source.
    fn source_name(&self, field: &str) -> Result<Option<String>> {
        match self.name.as_deref().map(plain_name) {
            Some(name) if name.is_empty() => Err(Error::config(format!(
                "{field}.name: expected what people call the source, found nothing"
            ))
            .hint("such as `name: chillers`, or leave it out")),
            name => Ok(name),
        }
    }

    fn names(&self, field: &str) -> Result<PathNames> {
        let point = match &self.point {
            Some(PointNameConfig::Path(PathName { path })) => {
                let pattern = PathPattern::new(path);
                Some(NameSource::Path(pattern.map_err(|error| {
                    Error::config(format!("{field}.point.path: {error}"))
                })?))
            }
            Some(PointNameConfig::Word(NameWord::Sheet)) => Some(NameSource::Sheet),
            Some(PointNameConfig::Word(NameWord::Header) | PointNameConfig::Columns(_)) | None => {
                None
            }
        };
        Ok(PathNames {
            prefix: self.prefix.clone().unwrap_or_default(),
            point,
        })
    }

    /// What an entry without a table adds to the dialects of its texts.
    fn additions(&self, field: &str) -> Result<Option<Additions>> {
        self.check_abbreviations(field)?;
        let interval = self.interval(field)?;
        let added = Additions {
            separator: self.separator.map(Into::into),
            abbreviations: self.abbreviations.clone(),
            missing: self.missing_words(),
            interval,
            change_of_value: self.interval == Some(SourceInterval::Word(IntervalWord::Cov)),
            snap: self.snap,
            mend: self.mend,
            // What it is of a text is known with its path.
            prefix: self.prefix.clone().unwrap_or_default(),
        };
        Ok(Some(added).filter(|added| *added != Additions::default()))
    }

    /// The length of the interval, if one is stated.
    fn interval(&self, field: &str) -> Result<Option<Span>> {
        match self.interval {
            Some(SourceInterval::Every(interval)) if interval > 366 * DAY => Err(Error::config(
                format!("{field}.interval: expected at most 366d"),
            )),
            Some(SourceInterval::Every(interval)) => match self.snap {
                Some(snap) if snap + snap > interval => {
                    Err(Error::config(format!("{field}{SNAP_WIDE}")))
                }
                _ => Ok(Some(interval)),
            },
            Some(SourceInterval::Word(word)) => match self.snap {
                Some(_) => Err(Error::config(format!("{field}{SNAP_WIDE}")).hint(format!(
                    "points of `interval: {}` have no grid: leave `snap` out",
                    word.as_str()
                ))),
                None => Ok(None),
            },
            None => Ok(None),
        }
    }

    fn missing_words(&self) -> Vec<String> {
        sorted(self.missing.iter().map(|word| match word {
            MissingWord::Number(number) => number.to_string().to_lowercase(),
            MissingWord::Word(word) => word.trim().to_lowercase(),
        }))
    }

    fn check_abbreviations(&self, field: &str) -> Result<()> {
        let is_known = |meaning: &String| {
            meaning.parse::<ClockOffset>().is_ok() || crate::time::zone(meaning).is_some()
        };
        let mut words = self.abbreviations.iter();
        match words.find(|(_, meaning)| !is_known(meaning)) {
            Some((word, meaning)) => Err(Error::config(format!(
                "{field}.abbreviations: {word}: expected how far from UTC the clock is, such as \"+08:00\", or an IANA zone, found {meaning:?}"
            ))),
            None => Ok(()),
        }
    }
}

/// Why a grid cannot be snapped to.
const SNAP_WIDE: &str =
    ".snap: expected at most half of `interval`, which has to be a length of time";

/// A list whose order means nothing, in one order.
fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests;
