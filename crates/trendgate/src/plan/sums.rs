//! The points whose numbers are each a sum over an interval: over which. No I/O.
//!
//! Enters: the roster, and what each report says of its points. Leaves: [`sum_over`](PointSpec::sum_over) of each point that is to be added up: its
//! own interval as the configuration states it, else the one of all its reports. What a report says is a total is added up unless the
//! configuration says otherwise; where nothing says over which time it is one, it is left out. What is refused: another point to be added up of
//! which that is not known, and one that bins cannot hold, because they are shorter or cut its intervals.

use super::dataset_points::{Shape, said_interval};
use crate::error::{Error, Result};
use crate::model::{Aggregation, ColumnId, PointSpec};
use crate::time::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What reports say of the points that may be added up.
#[derive(Debug, Default)]
pub(super) struct SumIntervals {
    /// Over which time their numbers are, `None` where a report does not say it.
    said: BTreeMap<ColumnId, BTreeSet<Option<Span>>>,
    /// Those of which a report says that they are totals, and the configuration nothing.
    totals: BTreeSet<ColumnId>,
}

impl SumIntervals {
    /// Adds what a report of this shape says of its points, whose columns are `columns`.
    pub(super) fn add(&mut self, roster: &[PointSpec], shape: Shape<'_>, columns: &[ColumnId]) {
        for (point, column) in shape.points.iter().zip(columns) {
            let spec = &roster[*column];
            let is_total = point.trend.is_total && !spec.aggregation_is_stated;
            if is_total {
                self.totals.insert(*column);
            }
            if is_total || spec.aggregation == Aggregation::Sum {
                let said = self.said.entry(*column).or_default();
                said.insert(said_interval(point, shape));
            }
        }
    }

    /// Settles over which time the numbers of each of the points are sums, in bins of this length.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config): see the head of this module.
    pub(super) fn settle(self, roster: &mut [PointSpec], bin: Span) -> Result<()> {
        for (column, said) in self.said {
            let spec = &mut roster[column];
            let said: Vec<Option<Span>> = said.into_iter().collect();
            let over = match (spec.hold, spec.interval, said.as_slice()) {
                (None, Some(own), _) => Some(own),
                (None, None, [one]) => *one,
                _ => None,
            };
            match over {
                Some(over) => {
                    fits(spec, over, bin)?;
                    spec.aggregation = Aggregation::Sum;
                    spec.sum_over = Some(over);
                }
                None if self.totals.contains(&column) => spec.left_out = true,
                None => return Err(unknown(spec, &said)),
            }
        }
        Ok(())
    }
}

/// Refuses a sum over a time that bins do not consist of.
fn fits(spec: &PointSpec, over: Span, bin: Span) -> Result<()> {
    if over > Span::ZERO && bin.nanos() % over.nanos() == 0 {
        return Ok(());
    }
    let name = spec.id.to_string();
    Err(Error::config(format!(
        "the numbers of the point {name:?} are sums over {over} each, which bins of {bin} (cleaner.resample_interval) cannot be made of"
    ))
    .hint(format!(
        "set cleaner.resample_interval to a multiple of {over}; or keep each number where it stands: `{name:?}: {{agg: last}}` under cleaner.points"
    )))
}

fn unknown(spec: &PointSpec, said: &[Option<Span>]) -> Error {
    let name = spec.id.to_string();
    let known: Vec<String> = said.iter().flatten().map(ToString::to_string).collect();
    let found = match known.is_empty() {
        true => "nothing says over which time each of its numbers is a sum".to_owned(),
        false => format!(
            "its reports do not agree over which time each of its numbers is a sum ({}{})",
            known.join(", "),
            if said.contains(&None) {
                ", and none"
            } else {
                ""
            }
        ),
    };
    Error::config(format!(
        "the point {name:?} is to be added up (agg: sum), and {found}"
    ))
    .hint(format!(
        "state it under cleaner.points, such as `{name:?}: {{interval: 15m}}`"
    ))
}

#[cfg(test)]
mod tests;
