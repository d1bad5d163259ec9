//! A plot: a path of a series, the flagged bins behind it, both axes. The picture stretches with the page, its labels do not.

use super::cells::{stretch, why};
use crate::page::facts::PageFacts;
use crate::page::series::{PixelColumn, Plot};
use crate::time::{DAY, Extent, HOUR, Instant, Span};
use crate::wording::{plural, shown};
use maud::{Markup, html};
use std::fmt::Write as _;

/// How high a picture is, in its own units; a column is two units wide.
const HEIGHT: f64 = 400.0;
/// Above it the unit stands in the place of labels.
const UNIT_ROOM: f64 = 36.0;
/// How many labels an axis of time has at most.
const MOST_TICKS: i64 = 6;
/// The steps of an axis of time.
const STEPS: [Span; 11] = [
    HOUR,
    HOUR.times(3),
    HOUR.times(6),
    HOUR.times(12),
    DAY,
    DAY.times(2),
    DAY.times(7),
    DAY.times(14),
    DAY.times(31),
    DAY.times(92),
    DAY.times(366),
];

/// The values that a plot has room for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
}

pub(super) fn figure(facts: &PageFacts, place: usize, plot: &Plot) -> Markup {
    let point = plot.stretch.point.unwrap_or_default();
    let unit = facts.unit(point);
    let scale = Scale::of(plot);
    let width = 2 * plot.columns.len();
    let anomaly = plot.stretch.anomaly.name();
    html! {
        figure.plot id={ "plot-" (place + 1) } data-point=(facts.name(point)) data-rule=(anomaly) data-points=(plot.points()) {
            figcaption {
                span.dim { (place + 1) " " } b.point { (facts.name(point)) } ", " (anomaly) ": " (stretch(facts, plot.stretch.extent))
            }
            div.frame {
                div.y aria-hidden="true" {
                    span.unit { (if unit.is_empty() { "no unit" } else { unit }) }
                    @for tick in scale.ticks().into_iter().filter(|tick| scale.below_top(*tick) > UNIT_ROOM) { span style={ "top:" (format!("{:.1}", scale.below_top(tick) / HEIGHT * 100.0)) "%" } { (shown(tick, "")) } }
                }
                svg viewBox={ "0 0 " (width) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(alt(facts, plot)) {
                    path.mark d=(marks(&plot.columns)) {}
                    @for tick in scale.ticks() { path.grid d={ "M0 " (rounded(scale.below_top(tick))) "h" (width) } {} }
                    @for limit in plot.limits.iter().flatten().filter(|limit| scale.contains(**limit)) {
                        path.limit d={ "M0 " (rounded(scale.below_top(*limit))) "h" (width) } {}
                    }
                    path.line d=(line(&plot.columns, scale, |_| true)) {}
                    path.hit d=(line(&plot.columns, scale, |column| column.marked)) {}
                }
                div.x aria-hidden="true" {
                    @for (left, label) in ticks(facts, plot.window) { span style={ "left:" (left) "%" } { (label) } }
                }
            }
            p.axis { "local time, " (facts.clock.zone) ", " (years(facts, plot.window)) @if !plot.limits.iter().all(Option::is_none) { "; dashed: the limits" } }
        }
    }
}

/// The years of a window, in the site's clock.
fn years(facts: &PageFacts, window: Extent) -> String {
    let [first, last] = [window.first, window.last].map(|at| facts.clock.written(at, "%Y"));
    match first == last {
        true => first,
        false => format!("{first} to {last}"),
    }
}

fn alt(facts: &PageFacts, plot: &Plot) -> String {
    let unit = plot.stretch.point.map_or("", |point| facts.unit(point));
    let range = plot.range();
    let range = range.map_or_else(
        || "no value".to_owned(),
        |(low, high)| format!("{} to {}", shown(low, ""), shown(high, unit)),
    );
    format!(
        "{} from {}: {range}. Marked: {}. {}",
        plot.stretch.point.map_or("", |point| facts.name(point)),
        facts.clock.stretch(plot.window),
        plural(plot.stretch.bins, "bin"),
        why(facts, &plot.stretch)
    )
}

/// The flagged columns, as areas of the whole height.
fn marks(columns: &[PixelColumn]) -> String {
    let mut path = String::new();
    let mut from = 0;
    for run in columns.chunk_by(|a, b| a.marked == b.marked) {
        if run[0].marked {
            // Writing to a String cannot fail.
            let _ = write!(
                path,
                "M{} 0h{}v{HEIGHT}h-{}z",
                2 * from,
                2 * run.len(),
                2 * run.len()
            );
        }
        from += run.len();
    }
    path
}

/// The path through the smallest and the largest value of each wanted column; columns without a value break it.
fn line(columns: &[PixelColumn], scale: Scale, wanted: impl Fn(&PixelColumn) -> bool) -> String {
    let mut path = String::new();
    let mut pen: Option<(i64, i64)> = None;
    for (x, column) in (0..).map(|place: i64| 2 * place + 1).zip(columns) {
        let Some((low, high)) = column.range.filter(|_| wanted(column)) else {
            pen = None;
            continue;
        };
        let ends = [low, high].map(|value| rounded(scale.below_top(value)));
        // The end that is nearer comes first, so that the line crosses a column once.
        let far = pen.is_some_and(|(_, y)| (y - ends[0]).abs() > (y - ends[1]).abs());
        let [first, second] = if far { [ends[1], ends[0]] } else { ends };
        // Writing to a String cannot fail.
        let _ = match pen {
            Some((before, y)) => write!(path, "l{} {}", x - before, first - y),
            // A value by itself is a dot.
            None => write!(path, "M{x} {first}h0"),
        };
        if low < high {
            let _ = write!(path, "v{}", second - first);
        }
        pen = Some((x, if low < high { second } else { first }));
    }
    path
}

#[allow(clippy::cast_possible_truncation, reason = "a place in the picture")]
fn rounded(value: f64) -> i64 {
    value.round() as i64
}

impl Scale {
    /// Room for all values of a plot, and for its limits where they are not far.
    fn of(plot: &Plot) -> Self {
        let (mut low, mut high) = plot.range().unwrap_or((0.0, 1.0));
        let span = high - low;
        for limit in plot.limits.iter().flatten() {
            if (low - span..=high + span).contains(limit) {
                low = low.min(*limit);
                high = high.max(*limit);
            }
        }
        let room = match high - low {
            span if span > 0.0 => 0.06 * span,
            _ => (low.abs() * 0.02).max(0.5),
        };
        Self {
            low: low - room,
            high: high + room,
        }
    }

    fn below_top(self, value: f64) -> f64 {
        HEIGHT * (self.high - value) / (self.high - self.low)
    }

    fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round values, two to six of them.
    fn ticks(self) -> Vec<f64> {
        let span = self.high - self.low;
        let base = 10_f64.powf((span / 4.0).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * base);
        let step = steps
            .into_iter()
            .find(|step| span / step <= 5.0)
            .unwrap_or(span);
        let first = (self.low / step).ceil();
        let ticks = (0..).map(f64::from).map(|nth: f64| (first + nth) * step);
        ticks
            .take_while(|tick| *tick <= self.high)
            .take(6)
            .collect()
    }
}

/// The labels of an axis of time, each with its place in percent: round times of the site's clock.
fn ticks(facts: &PageFacts, window: Extent) -> Vec<(String, String)> {
    let length = window.length();
    let step = STEPS.into_iter().find(|step| length / *step < MOST_TICKS);
    let step = step.unwrap_or(DAY.times(366 * 5));
    // A day is as long as it is: on two of a year the clock is turned.
    let days = jiff::Span::new().days((step / DAY).max(1));
    let mut ticks = Vec::new();
    let mut add = |at: Instant, form: &str| {
        if window.contains(at) {
            let left = 100.0 * (at - window.first).seconds() / length.seconds().max(1.0);
            ticks.push((format!("{left:.1}"), facts.clock.written(at, form)));
        }
    };
    let mut date = facts.clock.date(window.first);
    let mut begin = facts.clock.midnight(date);
    while begin <= window.last {
        date = date.saturating_add(days);
        let next = facts.clock.midnight(date);
        add(begin, "%-d %b");
        let mut at = begin + step;
        while step < DAY && at < next {
            add(at, "%H:%M");
            at += step;
        }
        if next <= begin {
            break;
        }
        begin = next;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(range: Option<(f64, f64)>, marked: bool) -> PixelColumn {
        PixelColumn { range, marked }
    }

    #[test]
    fn a_line_goes_through_both_ends_of_a_column_and_breaks_where_there_is_no_value() {
        let scale = Scale {
            low: 0.0,
            high: 100.0,
        };
        let columns = [
            column(Some((100.0, 100.0)), false),
            column(Some((50.0, 75.0)), true),
            column(None, false),
            column(Some((25.0, 25.0)), true),
        ];
        assert_eq!(line(&columns, scale, |_| true), "M1 0h0l2 100v100M7 300h0");
        assert_eq!(
            line(&columns, scale, |column| column.marked),
            "M3 200h0v-100M7 300h0"
        );
        assert_eq!(marks(&columns), "M2 0h2v400h-2zM6 0h2v400h-2z");
    }

    #[test]
    fn labels_are_round_and_within_the_scale() {
        let ticks = Scale {
            low: 6.7,
            high: 12.1,
        }
        .ticks();
        assert_eq!(ticks, [8.0, 10.0, 12.0]);
        let ticks = Scale {
            low: -0.5,
            high: 0.5,
        }
        .ticks();
        assert_eq!(ticks, [-0.4, -0.2, 0.0, 0.2, 0.4]);
    }
}
