//! Columns with words about values, each beside the column that it is about: the row of names → which column says of which one whether its
//! values are any.
//!
//! ```text
//! beside: "* Status"      Time,A,A Status,B,B Status
//! beside: "Quality"       Time,A,Quality,B,Quality
//! ```
//!
//! What is refused: a column of values that has no such column and is not said to have none, so that a status that is gone is not missed; and
//! a status that stands behind no value.

use super::text::lossy;
use super::wide::split_brackets;
use crate::error::{Error, Result};
use crate::model::{is_of_pattern, plain_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Columns with words about values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StatusBeside {
    /// What they are called: `*` stands for the name of the column that one is about; without it, each is about the column before it.
    pub(crate) beside: String,
    /// The words beside which there is a value, in small letters; beside any other one there is none.
    pub(crate) good: Vec<String>,
    /// Patterns of columns of values that have none.
    pub(crate) without: Vec<String>,
}

/// What stands in the place of the name of a column.
const NAME: char = '*';

impl StatusBeside {
    /// For each of these columns, the one with words about it; `is_value` says which of them may have values.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where one of the statuses stands behind no value.
    pub(super) fn places(
        &self,
        names: &[String],
        is_value: impl Fn(usize) -> bool,
    ) -> Result<Vec<Option<usize>>> {
        match self.beside.contains(NAME) {
            true => Ok(self.named(names)),
            false => self.behind(names, is_value),
        }
    }

    fn named(&self, names: &[String]) -> Vec<Option<usize>> {
        let called = |name: &str| {
            let status = self.beside.replace(NAME, name);
            names.iter().position(|other| *other == status)
        };
        let of = |name: &String| called(name).or_else(|| called(split_brackets(name).0));
        names.iter().map(of).collect()
    }

    fn behind(
        &self,
        names: &[String],
        is_value: impl Fn(usize) -> bool,
    ) -> Result<Vec<Option<usize>>> {
        let is_status = |name: &str| {
            let again = name.strip_prefix(&self.beside);
            again.is_some_and(|again| again.is_empty() || is_number_of_name(again))
        };
        let mut places = vec![None; names.len()];
        for (place, name) in names.iter().enumerate() {
            if !is_status(name) {
                continue;
            }
            let before = place.checked_sub(1);
            let before = before.filter(|before| is_value(*before) && !is_status(&names[*before]));
            let before = before.ok_or_else(|| {
                Error::input(format!(
                    "the column {name:?} has words about the column before it, as it is described, and that has no values"
                ))
                .hint("correct `value.status`, or skip the column")
            })?;
            places[before] = Some(place);
        }
        Ok(places)
    }

    /// Refuses a column of values that has no status beside it, and is not said to have none.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) for such a one.
    pub(super) fn check(&self, name: &str, status: Option<usize>) -> Result<()> {
        let mut without = self.without.iter();
        if status.is_some() || without.any(|pattern| is_of_pattern(pattern, name)) {
            return Ok(());
        }
        let expected = match self.beside.contains(NAME) {
            true => format!("a column {:?}", self.beside.replace(NAME, name)),
            false => format!("a column {:?} right behind it", self.beside),
        };
        Err(Error::input(format!(
            "expected {expected} with words about the values of {name:?}, found none"
        ))
        .hint("name the column under `value.status.without` if nothing is said about its values, or under `skip`"))
    }
}

/// What stands behind the name of the second and later ones of equal names: `[2]`.
fn is_number_of_name(text: &str) -> bool {
    let number = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    number.is_some_and(|number| number.parse::<usize>().is_ok())
}

/// The words beside which there is a value, as they are written.
#[derive(Debug)]
pub(super) struct GoodWords {
    good: Vec<String>,
    /// Words that were met, and whether each is one of them.
    known: Vec<(Vec<u8>, bool)>,
}

/// So many words are remembered as they are written.
const MOST_KNOWN: usize = 64;

impl GoodWords {
    pub(super) fn of(statuses: &StatusBeside) -> Self {
        Self {
            good: statuses.good.clone(),
            known: Vec::new(),
        }
    }

    /// Whether this is one of them.
    #[inline]
    pub(super) fn have(&mut self, word: &[u8]) -> bool {
        let word = word.trim_ascii();
        match self.known.iter().find(|(known, _)| known == word) {
            Some((_, is_good)) => *is_good,
            None => self.see(word),
        }
    }

    fn see(&mut self, word: &[u8]) -> bool {
        let text = plain_name(&lossy(word)).to_lowercase();
        let is_good = self.good.contains(&text);
        if self.known.len() < MOST_KNOWN {
            self.known.push((word.to_vec(), is_good));
        }
        is_good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(beside: &str, names: &[&str]) -> Result<Vec<Option<usize>>> {
        let statuses = StatusBeside {
            beside: beside.to_owned(),
            good: Vec::new(),
            without: Vec::new(),
        };
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        statuses.places(&names, |place| place > 0)
    }

    #[test]
    fn a_status_is_told_by_the_name_of_its_column_or_stands_behind_it() {
        let named = places(
            "* Status",
            &["t", "A Status", "A", "B (kW)", "B Status", "Fan Status"],
        );
        assert_eq!(named.unwrap(), [None, None, Some(1), Some(4), None, None]);
        let behind = places(
            "Quality",
            &["t", "A", "Quality", "B", "Quality[2]", "Quality x"],
        );
        assert_eq!(behind.unwrap(), [None, Some(2), None, Some(4), None, None]);
    }

    #[test]
    fn a_status_behind_no_value_is_refused() {
        for names in [
            &["t", "Quality", "A"][..],
            &["t", "A", "Quality", "Quality[2]"],
        ] {
            let error = places("Quality", names).unwrap_err().to_string();
            assert!(
                error.contains("has words about the column before it"),
                "{error}"
            );
        }
    }
}
