//! Columns of words, each beside the column of values that it is about → what they are called, and the words with which a value is one.

use super::super::status_beside::StatusBeside;
use super::super::wide::split_brackets;
use super::status_column::{good_words, is_of_values};
use super::statuses::says_what_is_wrong;
use super::words::{ColumnRole, says};
use super::{FoundBeside, FoundFact, SeenTable};
use std::collections::BTreeMap;

/// The columns of statuses of a table.
pub(super) struct StatusesFound {
    pub(super) said: FoundFact<FoundBeside>,
    /// For each column the one with words about it.
    of: Vec<Option<usize>>,
}

impl StatusesFound {
    /// Those among `others`, which are columns of no other kind; `None` where no status stands beside a value.
    pub(super) fn of(seen: &SeenTable<'_>, others: &[usize]) -> Option<Self> {
        if seen.layout.second_axis.is_some() {
            return None;
        }
        let statuses: Vec<usize> = (others.iter().copied())
            .filter(|place| is_of_values(seen, *place))
            .collect();
        let beside = [named(seen, others, &statuses), behind(seen, &statuses)];
        let (beside, _) = beside
            .into_iter()
            .flatten()
            .rev()
            .max_by_key(|(_, count)| *count)?;
        let described = StatusBeside {
            beside: beside.clone(),
            good: Vec::new(),
            without: Vec::new(),
        };
        let of = described
            .places(&seen.layout.names, |place| others.contains(&place))
            .ok()?;
        let own: Vec<usize> = of.iter().flatten().copied().collect();
        // A run takes every column of such a name for a status, what a machine does among them.
        if own.is_empty() || !own.iter().all(|place| statuses.contains(place)) {
            return None;
        }
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, place) in
            (seen.layout.rows.iter()).flat_map(|row| own.iter().map(move |place| (row, place)))
        {
            *counted.entry(seen.cell(*row, *place)).or_default() += 1;
        }
        let FoundFact { what: good, why } = good_words(&counted, says_what_is_wrong(&beside));
        let what = FoundBeside {
            beside,
            good,
            without: Vec::new(),
        };
        Some(Self {
            said: FoundFact { what, why },
            of,
        })
    }

    /// Whether a column is one of them.
    pub(super) fn have(&self, place: usize) -> bool {
        self.of.contains(&Some(place))
    }

    /// What is said of them, where these are the columns of values.
    pub(super) fn about(
        mut self,
        seen: &SeenTable<'_>,
        values: &[usize],
    ) -> FoundFact<FoundBeside> {
        let without = values.iter().filter(|place| self.of[**place].is_none());
        let names = without.map(|place| seen.name(*place).replace('*', "?"));
        self.said.what.without = names.collect();
        self.said
    }
}

/// What statuses are called that have the name of their column in their own, and how many are called so.
fn named(seen: &SeenTable<'_>, others: &[usize], statuses: &[usize]) -> Option<(String, usize)> {
    let mut called: BTreeMap<String, usize> = BTreeMap::new();
    for status in statuses {
        let name = seen.name(*status);
        let values = others.iter().filter(|place| !statuses.contains(place));
        let owners = values.flat_map(|place| {
            let whole = seen.name(*place);
            [whole, split_brackets(whole).0]
        });
        let rests = owners
            .filter(|owner| !owner.is_empty())
            .filter_map(|owner| {
                let before = name
                    .strip_suffix(owner)
                    .map(|rest| (rest, format!("{rest}*")));
                let behind = || {
                    name.strip_prefix(owner)
                        .map(|rest| (rest, format!("*{rest}")))
                };
                let (rest, beside) = before.or_else(behind)?;
                let word = rest.trim_matches(|letter: char| !letter.is_alphanumeric());
                says(ColumnRole::Status, word).then_some((rest.len(), beside))
            });
        // The longest name leaves the shortest rest.
        if let Some((_, beside)) = rests.min() {
            *called.entry(beside).or_default() += 1;
        }
    }
    called.into_iter().max_by_key(|(_, count)| *count)
}

/// The name that several statuses have, each right behind its column, and how many have it.
fn behind(seen: &SeenTable<'_>, statuses: &[usize]) -> Option<(String, usize)> {
    let mut called: BTreeMap<&str, usize> = BTreeMap::new();
    for status in statuses {
        let name = seen.name(*status);
        let first = match name.rsplit_once('[') {
            Some((first, _)) if name.ends_with(']') => first,
            _ => name,
        };
        *called.entry(first).or_default() += 1;
    }
    let (name, count) = called.into_iter().max_by_key(|(_, count)| *count)?;
    (count > 1 && !name.contains('*')).then(|| (name.to_owned(), count))
}
