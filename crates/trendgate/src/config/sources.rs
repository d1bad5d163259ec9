//! The entries of `cleaner.sources`, as they are written → what is stated of the texts at some paths.

use super::file::{CleanerConfig, Config};
use crate::acquire::{
    Additions, ClockOffset, DayTable, DecimalSign, DescribedTable, Encoding, EntryTable, LongTable,
    Mend, NameSource, PathNames, PathPattern, PathPatterns, PointNames, StatedOrder, StatedReading,
    StatedSource, TableHeader, UnitsPlace, check_format, check_labels,
};
use crate::error::{Error, Result};
use crate::model::plain_name;
use crate::time::{DAY, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod parts;
mod values;

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

    fn described(&self, field: &str) -> Result<Option<DescribedTable>> {
        let wrong = |message: String| Error::config(format!("{field}{message}"));
        let Some(form) = self.table else {
            return match self.of_tables_alone() {
                None => Ok(None),
                Some(name) => Err(wrong(format!(".{name} is about tables: it needs `table:`"))
                    .hint("add `table: wide` and `time:`, or leave it out")),
            };
        };
        let time = self.time.as_ref().ok_or_else(|| {
            wrong(": a table needs `time:`".to_owned())
                .hint("such as `time: {columns: [Date, Time], format: \"%m/%d/%Y %H:%M\"}`")
        })?;
        check_format(&time.format)
            .map_err(|error| wrong(format!(".time.format: {:?} {error}", time.format)))?;
        if let Some(order) = self.date_order {
            return Err(wrong(format!(
                ".date_order: `{order}` is said by `time.format` of a table"
            ))
            .hint("leave it out"));
        }
        let columns = time.columns.names(&format!("{field}.time.columns"))?;
        let interval = self.interval(field)?;
        if self.snap.is_some() && interval.is_none() {
            return Err(wrong(SNAP_WIDE.to_owned()));
        }
        self.check_abbreviations(field)?;
        let values = self.stated_values(field, form)?;
        let entries = self.entries(field, form, values.long)?;
        let is_of_rows = entries.is_some() && values.columns.is_empty();
        let units = match &self.units {
            Some(UnitsPlace::Column(name)) => Some(UnitsPlace::Column(plain_name(name))),
            other => other.clone(),
        };
        let is_apart = matches!(units, Some(UnitsPlace::Column(_)));
        if is_apart && entries.is_none() || units == Some(UnitsPlace::Below) && is_of_rows {
            return Err(wrong(
                ".units: a column of units is of tables that are not wide, and a row `below` the names of those whose rows have several values"
                    .to_owned(),
            ));
        }
        if !values.columns.is_empty() && !matches!(self.point, Some(PointNameConfig::Columns(_))) {
            return Err(wrong(
                ".value.columns: the names of such points begin with what stands in columns of the row"
                    .to_owned(),
            )
            .hint("say which: `point: {columns: [Id]}`; where a file is of one thing, it is a table of `table: wide`"));
        }
        if self.mend.is_some() && entries.is_some() {
            return Err(wrong(
                ".mend: it is of `table: wide`, whose rows show which dates are right".to_owned(),
            ));
        }
        Ok(Some(DescribedTable {
            alone: self.dialect == Some(NoDialect::None),
            separator: self.separator.map(Into::into),
            header: self.header(field, &columns)?,
            units,
            time: columns,
            format: time.format.trim().to_owned(),
            edge: time.edge,
            mend: self.mend,
            abbreviations: self.abbreviations.clone(),
            snap: self.snap,
            interval,
            change_of_value: self.interval == Some(SourceInterval::Word(IntervalWord::Cov)),
            missing: self.missing_words(),
            skip: sorted(self.skip.iter().map(|pattern| plain_name(pattern))),
            prefix: String::new(),
            names: self.point_names(field, form)?,
            entries,
            values: values.columns,
            statuses: values.statuses,
            entry: String::new(),
        }))
    }

    /// What a row is, of a table of this form.
    fn entries(
        &self,
        field: &str,
        form: TableForm,
        long: Option<LongTable>,
    ) -> Result<Option<EntryTable>> {
        let wrong = |message: &str| Error::config(format!("{field}{message}"));
        if self.day.is_some() && form != TableForm::Day {
            return Err(wrong(".day: it is of `table: day`").hint("leave it out"));
        }
        match (form, &self.day) {
            (TableForm::Wide, _) => Ok(None),
            (TableForm::Long, _) => Ok(long.map(EntryTable::Long)),
            (TableForm::Day, Some(day)) => {
                let day = match day {
                    DayConfig::Labelled(DayLabelled { columns }) => {
                        DayTable::Labelled(columns.trim().to_owned())
                    }
                    DayConfig::Stepped(DayStepped { first, step }) => DayTable::Stepped {
                        first: first.trim().to_owned(),
                        step: *step,
                    },
                };
                check_labels(&day).map_err(|error| wrong(&format!(".day: {error}")))?;
                Ok(Some(EntryTable::Day(day)))
            }
            (TableForm::Day, None) => Err(wrong(": a table with one day a row needs `day:`").hint(
                "such as `day: {columns: \"%H:%M\"}`, or `day: {first: \"00:15\", step: 15m}`",
            )),
        }
    }

    /// Where the names of points come from, as far as the path does not say them.
    fn point_names(&self, field: &str, form: TableForm) -> Result<PointNames> {
        let wrong = |message: &str| Error::config(format!("{field}{message}"));
        match (&self.point, form) {
            (Some(PointNameConfig::Columns(_)), TableForm::Wide) => Err(wrong(
                ".point.columns: in a wide table each column is a point; they are of `table: long` and `table: day`",
            )),
            (Some(PointNameConfig::Columns(PointColumns { columns, join })), _) => {
                Ok(PointNames::Columns {
                    columns: columns.names(&format!("{field}.point.columns"))?,
                    join: join.clone().unwrap_or_else(|| "/".to_owned()),
                })
            }
            (
                Some(PointNameConfig::Word(NameWord::Header)) | None,
                TableForm::Long | TableForm::Day,
            ) => {
                Err(wrong(": a table that is not wide needs `point:`").hint(
                    "such as `point: {columns: [Name]}`, or `point: {path: \"(?<name>.*)\"}` where a file is one point",
                ))
            }
            _ => Ok(PointNames::Header),
        }
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

    fn header(&self, field: &str, time: &[String]) -> Result<TableHeader> {
        let plain = |names: &[String]| -> Vec<String> {
            names.iter().map(|name| plain_name(name)).collect()
        };
        match &self.header {
            None => Ok(TableHeader::With(sorted(time.iter().cloned()))),
            Some(HeaderConfig::With(names)) if names.is_empty() => Err(Error::config(format!(
                "{field}.header: expected names, found none"
            ))),
            Some(HeaderConfig::With(names)) => {
                Ok(TableHeader::With(sorted(plain(names).into_iter())))
            }
            Some(HeaderConfig::Absent(_)) if self.units == Some(UnitsPlace::Below) => {
                Err(Error::config(format!(
                    "{field}.units: `below` the row of names, and `header` says that there is none"
                )))
            }
            Some(HeaderConfig::Absent(AbsentHeader { none })) => {
                let names = plain(none);
                match time.iter().find(|column| !names.contains(column)) {
                    Some(column) => Err(Error::config(format!(
                        "{field}.time.columns: {column:?} is none of the names in `header: {{none: …}}`"
                    ))),
                    None => Ok(TableHeader::Absent(names)),
                }
            }
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

    /// A field that is written and is about tables alone.
    fn of_tables_alone(&self) -> Option<&'static str> {
        let fields = [
            ("dialect", self.dialect.is_some()),
            ("header", self.header.is_some()),
            ("units", self.units.is_some()),
            ("time", self.time.is_some()),
            ("day", self.day.is_some()),
            ("value", self.value.is_some()),
            ("point", self.point.is_some()),
            ("skip", !self.skip.is_empty()),
        ];
        fields
            .into_iter()
            .find_map(|(name, written)| written.then_some(name))
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

/// Notes the lines in which the entries of `sources` begin, in `text`, for each entry; none where they cannot be told.
pub(super) fn take_lines(config: &mut Config, text: &str) {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct SourcesIn {
        cleaner: Option<SourceLines>,
        sites: Option<BTreeMap<String, SourcesIn>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct SourceLines {
        sources: Vec<serde_saphyr::Spanned<SourceEntry>>,
    }
    #[derive(Deserialize)]
    struct SourceEntry {}
    let mut sections = config.sites.values();
    let is_without = |cleaner: &CleanerConfig| cleaner.sources.is_empty();
    if is_without(&config.cleaner) && sections.all(|site| is_without(&site.cleaner)) {
        return;
    }
    let whole: SourcesIn = serde_saphyr::from_str(text).unwrap_or_default();
    let note = |cleaner: &mut CleanerConfig, found: &SourcesIn| {
        let lines = found.cleaner.iter().flat_map(|cleaner| &cleaner.sources);
        for (source, line) in cleaner.sources.iter_mut().zip(lines) {
            source.line = line.defined.line();
        }
    };
    note(&mut config.cleaner, &whole);
    for (id, found) in whole.sites.iter().flatten() {
        if let Some(site) = config.sites.get_mut(id) {
            note(&mut site.cleaner, found);
        }
    }
}

#[cfg(test)]
mod tests;
