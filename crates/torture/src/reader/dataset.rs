//! Rows, cells, flags and evidence: what two datasets have to have in common to be the same.

use super::{list, text};
use crate::Result;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a dataset says, whatever files it is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dataset {
    /// The rows by their time, in nanoseconds since the epoch.
    pub(super) rows: BTreeMap<i64, Row>,
    /// Which flag is on which column (none: the whole row) by which rule, as the evidence has it, and from when on that is known
    /// (none: an earlier program has not said).
    pub(super) evidence: BTreeSet<(i64, String, String, String, Option<i64>)>,
}

/// One row; a cell that is null is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) flags: Vec<String>,
    /// The bits of each value: what is compared is what is stored.
    pub(super) cells: BTreeMap<String, u64>,
}

impl Dataset {
    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What is different in the other one, in few words; nothing where they are the same.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        let (ours, theirs) = (self.rows.len(), other.rows.len());
        if ours != theirs {
            return Some(format!("{theirs} rows instead of {ours}"));
        }
        let pairs = self.rows.iter().zip(&other.rows);
        let different = pairs.into_iter().find(|(one, two)| one != two);
        Some(different.map_or_else(
            || {
                let (ours, theirs) = (self.evidence.len(), other.evidence.len());
                format!("evidence of {theirs} flags instead of {ours}, or others")
            },
            |((time, one), (other, two))| format!("{other} {two:?} instead of {time} {one:?}"),
        ))
    }

    /// Adds a row of a part.
    ///
    /// # Errors
    /// Where there is a row of that time: live parts do not overlap.
    pub(super) fn add(&mut self, time: i64, row: Row) -> Result {
        match self.rows.insert(time, row) {
            None => Ok(()),
            Some(_) => Err(format!("two rows at {time}")),
        }
    }

    /// Checks that the axis is unbroken but for the gaps that the manifests list.
    ///
    /// # Errors
    /// The first hole that no manifest lists.
    pub(super) fn axis(&self, manifests: &[Value]) -> Result {
        let Some(head) = manifests.last() else {
            return Ok(());
        };
        let interval = nanoseconds(text(&head["resample_interval"])?)?;
        let mut gaps = Vec::new();
        for gap in manifests
            .iter()
            .flat_map(|manifest| list(&manifest["gaps"]))
        {
            gaps.push((instant(&gap["from"])?, instant(&gap["to"])?));
        }
        let times: Vec<i64> = self.rows.keys().copied().collect();
        for pair in times.windows(2) {
            let [before, after] = [pair[0], pair[1]];
            let listed = || {
                gaps.iter()
                    .any(|(from, to)| *from <= before + interval && after <= *to + interval)
            };
            if after - before != interval && !listed() {
                return Err(format!("no row between {before} and {after}"));
            }
        }
        Ok(())
    }
}

fn instant(value: &Value) -> Result<i64> {
    let time: jiff::Timestamp = text(value)?
        .parse()
        .map_err(|error: jiff::Error| format!("{value}: {error}"))?;
    i64::try_from(time.as_nanosecond()).map_err(|error| format!("{value}: {error}"))
}

/// `15m`, `1h`, `1d`, `30s` in nanoseconds.
fn nanoseconds(span: &str) -> Result<i64> {
    let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let parsed = units.iter().find_map(|(unit, seconds)| {
        let number: i64 = span.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(seconds * 1_000_000_000)
    });
    parsed.ok_or_else(|| format!("expected a span such as 15m, found {span}"))
}
