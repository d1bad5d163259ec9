//! `value:` of an entry, as it is written → the columns of values and of what is said about them.

use super::{
    ColumnNames, SourceConfig, StatusBesideConfig, StatusColumnConfig, StatusConfig, TableForm,
    ValueConfig, sorted,
};
use crate::acquire::{LongTable, StatusBeside, StatusColumn};
use crate::error::{Error, Result};
use crate::model::plain_name;

/// Where the values of a table stand, and what is said about them.
#[derive(Debug, Default)]
pub(super) struct StatedValues {
    /// The columns of a table with one value a row; of one with several, that of the status alone.
    pub(super) long: Option<LongTable>,
    /// Patterns of the columns of values, where a row has several.
    pub(super) columns: Vec<String>,
    /// Columns with words, each beside the one that it is about.
    pub(super) statuses: Option<StatusBeside>,
}

impl SourceConfig {
    /// What is stated of the values of a table of this form.
    pub(super) fn stated_values(&self, field: &str, form: TableForm) -> Result<StatedValues> {
        let wrong = |message: &str| Error::config(format!("{field}.value{message}"));
        let Some(value) = &self.value else {
            return match form {
                TableForm::Wide | TableForm::Day => Ok(StatedValues::default()),
                TableForm::Long => Err(Error::config(format!(
                    "{field}: a table with one value a row needs `value:`"
                ))
                .hint("such as `value: {column: Value}`, or `value: {columns: [\"*\"]}` where a row has several")),
            };
        };
        match form {
            TableForm::Day => {
                Err(wrong(": it is of `table: long` and `table: wide`").hint("leave it out"))
            }
            TableForm::Wide if value.column.is_some() || value.columns.is_some() => Err(wrong(
                ": in a wide table each column is a point; `column` and `columns` are of `table: long`",
            )),
            TableForm::Wide => match &value.status {
                Some(StatusConfig::Beside(status)) => Ok(StatedValues {
                    statuses: Some(beside(&format!("{field}.value.status"), status)?),
                    ..StatedValues::default()
                }),
                _ => Err(
                    wrong(": of a wide table it says where the statuses of columns stand")
                        .hint("such as `value: {status: {beside: \"* Status\", good: [ok]}}`"),
                ),
            },
            TableForm::Long => of_long(field, value),
        }
    }
}

fn of_long(field: &str, value: &ValueConfig) -> Result<StatedValues> {
    let wrong = |message: &str| Error::config(format!("{field}.value{message}"));
    let columns = match (&value.column, &value.columns) {
        (Some(_), None) => Vec::new(),
        (None, Some(columns)) => patterns(columns),
        _ => {
            return Err(wrong(
                ": expected `column`, of a table with one value a row, or `columns` of one with several",
            ));
        }
    };
    if value.column.is_none() && columns.is_empty() {
        return Err(wrong(".columns: expected names or patterns, found none"));
    }
    let (status, statuses) = match &value.status {
        None => (None, None),
        Some(StatusConfig::Column(StatusColumnConfig { column, good })) => {
            let status = StatusColumn {
                column: plain_name(column),
                good: words(good),
            };
            (Some(status), None)
        }
        Some(StatusConfig::Beside(_)) if columns.is_empty() => {
            return Err(wrong(
                ".status.beside: it is about several columns of values; of one value a row say `status: {column: …}`",
            ));
        }
        Some(StatusConfig::Beside(status)) => {
            let status = beside(&format!("{field}.value.status"), status)?;
            (None, Some(status))
        }
    };
    Ok(StatedValues {
        long: Some(LongTable {
            value: value.column.as_deref().map_or_else(String::new, plain_name),
            status,
        }),
        columns,
        statuses,
    })
}

fn patterns(names: &ColumnNames) -> Vec<String> {
    match names {
        ColumnNames::One(name) => vec![plain_name(name)],
        ColumnNames::Several(names) => sorted(names.iter().map(|name| plain_name(name))),
    }
}

fn words(words: &[String]) -> Vec<String> {
    sorted(words.iter().map(|word| plain_name(word).to_lowercase()))
}

fn beside(field: &str, status: &StatusBesideConfig) -> Result<StatusBeside> {
    let name = plain_name(&status.beside);
    if name.matches('*').count() > 1 || name.trim_matches('*').is_empty() {
        return Err(Error::config(format!(
            "{field}.beside: expected a name such as Quality, or one with a `*` for the name of the column of the value, such as \"* Status\", found {name:?}"
        )));
    }
    Ok(StatusBeside {
        beside: name,
        good: words(&status.good),
        without: sorted(status.without.iter().map(|pattern| plain_name(pattern))),
    })
}
