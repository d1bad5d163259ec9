//! An entry with `table:`, as it is written → the table that it describes.
//!
//! Enters: the fields of a [`SourceConfig`]. Leaves: a [`DescribedTable`], by which its texts are read. Refuses: a table without what its form needs,
//! fields of another form, and fields of tables in an entry that has none.

use super::{
    AbsentHeader, DayConfig, DayLabelled, DayStepped, HeaderConfig, IntervalWord, NameWord,
    NoDialect, PointColumns, PointNameConfig, SNAP_WIDE, SourceConfig, SourceInterval, TableForm,
    sorted,
};
use crate::acquire::{
    DayTable, DescribedTable, EntryTable, LongTable, PointNames, TableHeader, UnitsPlace,
    check_format, check_labels,
};
use crate::error::{Error, Result};
use crate::model::plain_name;

impl SourceConfig {
    /// The table that it describes, if it is about tables.
    pub(super) fn described(&self, field: &str) -> Result<Option<DescribedTable>> {
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

    /// Which row has the names of the columns.
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
