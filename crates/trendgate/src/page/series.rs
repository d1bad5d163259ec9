//! The series around anomalous stretches, as plots.
//!
//! Enters: which stretches are drawn (at most [`MOST_PLOTS`]), and the rows around them. Leaves: a [`Plot`] for each: a path of at most
//! twice [`COLUMNS`] points with the smallest and the largest value of each column of pixels, and the columns that are flagged. Memory
//! holds the plots, not the rows.

use super::facts::bins_in;
use super::stretches::{Anomaly, AnomalyStretch};
use super::walk::{SeriesBin, Visitor, walk};
use crate::clean::rule_entry;
use crate::error::Result;
use crate::time::{DAY, Extent, HOUR, Span, TimeRange};
use crate::verify::Snapshot;

/// How many plots a page has at most.
pub(super) const MOST_PLOTS: usize = 60;
/// How many points a plot has at most.
#[cfg(test)]
pub(super) const MOST_POINTS: usize = 2_000;
/// How many columns of pixels a plot has at most: each has two points.
const COLUMNS: i64 = 1_000;
/// The least and the most that is drawn before and behind a stretch.
const AROUND: [Span; 2] = [HOUR.times(12), DAY.times(7)];

/// A stretch with the series around it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plot {
    /// The stretch.
    pub(crate) stretch: AnomalyStretch,
    /// From the first to the last bin that is drawn.
    pub(crate) window: Extent,
    /// The columns of pixels.
    pub(crate) columns: Vec<PixelColumn>,
    /// The limits of the rule, where they are the same for all bins.
    pub(crate) limits: [Option<f64>; 2],
}

/// What one column of pixels shows: one bin, or several.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct PixelColumn {
    /// The smallest and the largest value; nothing where no bin has one.
    pub(crate) range: Option<(f64, f64)>,
    /// Whether a bin of it is part of the same anomaly as the stretch.
    pub(crate) marked: bool,
}

impl Plot {
    /// A plot of `stretch`, nothing drawn yet, with as much around it as it is long itself, within limits, and within the rows that there are.
    fn around(stretch: AnomalyStretch, interval: Span, all: Extent) -> Self {
        let extent = stretch.extent;
        let around = extent.length().max(AROUND[0]).min(AROUND[1]);
        let window = extent.widened(around, around);
        let window = Extent::new(window.first.max(all.first), window.last.min(all.last));
        let bins = (window.last - window.first) / interval + 1;
        let columns = usize::try_from(bins.clamp(1, COLUMNS)).unwrap_or(1);
        let limits = match (stretch.anomaly, &stretch.worst) {
            (Anomaly::Found(rule), Some(worst)) if rule_entry(rule).words.has_fixed_limits() => {
                [worst.low, worst.high]
            }
            _ => [None, None],
        };
        Self {
            stretch,
            window,
            columns: vec![PixelColumn::default(); columns],
            limits,
        }
    }

    /// How many points its path has.
    #[must_use]
    pub(crate) fn points(&self) -> usize {
        let ranges = self.columns.iter().filter_map(|column| column.range);
        ranges
            .map(|(low, high)| if low < high { 2 } else { 1 })
            .sum()
    }

    /// The smallest and the largest value that it shows.
    #[must_use]
    pub(crate) fn range(&self) -> Option<(f64, f64)> {
        let ranges = self.columns.iter().filter_map(|column| column.range);
        ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn take(&mut self, bin: &SeriesBin<'_>, interval: Span) {
        let Some(point) = self
            .stretch
            .point
            .filter(|_| self.window.contains(bin.time))
        else {
            return;
        };
        let bins = (self.window.last - self.window.first) / interval + 1;
        let place = (bin.time - self.window.first) / interval;
        let columns = i64::try_from(self.columns.len()).unwrap_or(COLUMNS);
        let place = usize::try_from(place * columns / bins).unwrap_or(0);
        let Some(column) = self.columns.get_mut(place) else {
            return;
        };
        let value = bin.values[point];
        if let Some(value) = value {
            let (low, high) = column.range.unwrap_or((value, value));
            column.range = Some((low.min(value), high.max(value)));
        }
        column.marked |= match self.stretch.anomaly {
            Anomaly::Silent => value.is_none(),
            Anomaly::Found(rule) => {
                (bin.marks.iter()).any(|mark| mark.point == Some(point) && mark.row.rule == rule)
            }
        };
    }
}

struct Plotter {
    interval: Span,
    plots: Vec<Plot>,
}

impl Visitor for Plotter {
    fn bin(&mut self, bin: &SeriesBin<'_>) {
        for plot in &mut self.plots {
            plot.take(bin, self.interval);
        }
    }
}

/// The plots of the first [`MOST_PLOTS`] of `stretches`, within `range`.
///
/// # Errors
/// As [`walk`].
pub(super) fn plots(
    snapshot: &Snapshot,
    range: TimeRange,
    interval: Span,
    stretches: impl Iterator<Item = AnomalyStretch>,
) -> Result<Vec<Plot>> {
    let Some(all) = snapshot.time_range() else {
        return Ok(Vec::new());
    };
    let wanted = bins_in(range, interval);
    let all = Extent::new(all.first.max(wanted.first), all.last.min(wanted.last));
    let plots = stretches.take(MOST_PLOTS);
    let mut plotter = Plotter {
        interval,
        plots: plots
            .map(|stretch| Plot::around(stretch, interval, all))
            .collect(),
    };
    let windows = plotter.plots.iter().map(|plot| plot.window);
    let mut windows: Vec<Extent> = windows.collect();
    windows.sort();
    // Windows that touch are read once.
    let mut apart: Vec<Extent> = Vec::new();
    for window in windows {
        match apart.last_mut().filter(|last| window.first <= last.last) {
            Some(last) => *last = last.and(window),
            None => apart.push(window),
        }
    }
    for window in apart {
        let range = TimeRange::new(window.first, window.last + interval);
        walk(snapshot, range, &mut plotter)?;
    }
    Ok(plotter.plots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Instant, MINUTE};

    fn stretch(first: i64, last: i64) -> AnomalyStretch {
        let bin = |place: i64| Instant::EPOCH + MINUTE * place;
        AnomalyStretch {
            point: Some(0),
            anomaly: Anomaly::Silent,
            extent: Extent::new(bin(first), bin(last)),
            bins: 1,
            worst: None,
            last_good: None,
        }
    }

    #[test]
    fn a_long_window_has_the_smallest_and_the_largest_value_of_each_column_and_never_too_many_points()
     {
        let all = Extent::new(Instant::EPOCH, Instant::EPOCH + 30 * DAY);
        let mut plot = Plot::around(stretch(14_400, 20_000), MINUTE, all);
        let bins = (plot.window.last - plot.window.first) / MINUTE + 1;
        assert!(bins > 4 * COLUMNS, "{bins}");
        for place in 0..bins {
            let time = plot.window.first + MINUTE * place;
            let value = if place % 2 == 0 { 1.0 } else { 5.0 };
            plot.take(
                &SeriesBin {
                    time,
                    values: &[Some(value)],
                    marks: &[],
                },
                MINUTE,
            );
        }
        assert_eq!(plot.points(), MOST_POINTS);
        assert!(
            plot.columns
                .iter()
                .all(|column| column.range == Some((1.0, 5.0)))
        );
    }

    #[test]
    fn a_short_window_shows_every_bin_and_stays_within_the_rows() {
        let all = Extent::new(Instant::EPOCH, Instant::EPOCH + 500 * MINUTE);
        let mut plot = Plot::around(stretch(3, 4), MINUTE, all);
        assert_eq!(plot.window, all);
        assert_eq!(plot.columns.len(), 501);
        for (place, value) in [(2, Some(7.0)), (3, None), (4, None), (5, Some(8.0))] {
            let time = Instant::EPOCH + MINUTE * place;
            plot.take(
                &SeriesBin {
                    time,
                    values: &[value],
                    marks: &[],
                },
                MINUTE,
            );
        }
        assert_eq!(plot.range(), Some((7.0, 8.0)));
        assert_eq!(plot.points(), 2);
        let marked = (0..).zip(&plot.columns).filter(|(_, column)| column.marked);
        assert_eq!(marked.map(|(place, _)| place).collect::<Vec<_>>(), [3, 4]);
    }
}
