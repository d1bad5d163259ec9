//! Maps of points and days, with their axes.

use crate::error::Result;
use crate::page::clock::Days;
use crate::page::facts::PageFacts;
use crate::page::maps::{DayMap, MapSubject, NO_ROWS, opacity};
use crate::wording::{count, percent, plural};
use maud::{Markup, html};

/// From how many days on an axis names months, and from how many on half years.
const LONG: [usize; 2] = [63, 800];

pub(super) fn section(facts: &PageFacts) -> Result<Markup> {
    let maps = facts.maps.iter().map(|map| figure(facts, map));
    let maps = maps.collect::<Result<Vec<Markup>>>()?;
    let dead: Vec<&str> = (facts.findings.points.points.iter().enumerate())
        .filter(|(_, point)| point.dead)
        .map(|(place, _)| facts.name(place))
        .collect();
    Ok(html! {
        section #maps {
            h2 { "Maps" }
            p.lead { "One row a point, one column a day (of " (facts.clock.zone) "): the fuller the colour, the larger the share of the day's bins. Grey is a day without rows." }
            @for map in &maps { (map) }
            @if !dead.is_empty() {
                details {
                    summary { (plural(dead.len() as u64, "point")) " without any value, in no map" }
                    p.dim data-fact="dead" data-value=(dead.len()) { (dead.join(", ")) }
                }
            }
        }
    })
}

fn figure(facts: &PageFacts, map: &DayMap) -> Result<Markup> {
    let address = map.address()?;
    let days = &facts.findings.days.days;
    let title = match map.subject {
        MapSubject::Coverage => "Coverage: bins that have a value".to_owned(),
        MapSubject::Flagged(flag) => format!("{}: {}", flag.name(), flag.description()),
    };
    let kind = match map.subject {
        MapSubject::Coverage => "map coverage",
        MapSubject::Flagged(_) => "map flagged",
    };
    let name = |row: &Option<usize>| row.map_or("whole rows", |place| facts.name(place));
    let bounds = [days.dates().first(), days.dates().last()]
        .map(|day| day.map_or_else(String::new, ToString::to_string));
    Ok(html! {
        figure class=(kind) data-map=(map.subject.name()) data-first=(bounds[0]) data-rows=(map.rows.len()) data-days=(map.width) {
            figcaption { (title) }
            div.plane {
                ol.names aria-hidden="true" { @for row in &map.rows { li { (name(row)) } } }
                div.field {
                    img src=(address) width=(map.width) height=(map.rows.len()) style={ "height:calc(" (map.rows.len()) "*var(--row))" } alt=(alt(facts, map));
                    div.days aria-hidden="true" { @for (left, label) in ticks(days) { span style={ "left:" (left) "%" } { (label) } } }
                }
            }
            p.legend {
                @for level in [1, 25, 50, 100] {
                    span { i style={ "opacity:" (format!("{:.2}", f64::from(opacity(level)) / 255.0)) } {} (level) "%" }
                }
                span { i.none {} "no rows" }
                @if map.left_out > 0 { span { (count(map.left_out as u64)) " more points are not shown" } }
            }
        }
    })
}

/// What the map shows, for who does not see it.
fn alt(facts: &PageFacts, map: &DayMap) -> String {
    let of = |row: usize| {
        let levels = &map.levels[row * map.width..(row + 1) * map.width];
        let with_rows: Vec<u32> = levels
            .iter()
            .filter(|level| **level != NO_ROWS)
            .map(|level| u32::from(*level))
            .collect();
        let sum: u32 = with_rows.iter().sum();
        f64::from(sum)
            / (100.0 * f64::from(u32::try_from(with_rows.len().max(1)).unwrap_or(u32::MAX)))
    };
    let mut shares: Vec<(f64, usize)> = (0..map.rows.len()).map(|row| (of(row), row)).collect();
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    if map.subject != MapSubject::Coverage {
        shares.reverse();
    }
    let named = shares.iter().take(3).map(|(share, row)| {
        let name = map.rows[*row].map_or("whole rows", |place| facts.name(place));
        format!("{name} {}", percent(*share))
    });
    format!(
        "{} of {} on {}. {}: {}.",
        map.subject.name(),
        plural(map.rows.len() as u64, "point"),
        plural(map.width as u64, "day"),
        if map.subject == MapSubject::Coverage {
            "Least"
        } else {
            "Most"
        },
        named.collect::<Vec<_>>().join(", ")
    )
}

/// The labels of an axis of days, each with its place in percent.
#[allow(clippy::cast_precision_loss, reason = "days are few")]
fn ticks(days: &Days) -> Vec<(String, String)> {
    let dates = days.dates();
    let [months, halves] = LONG;
    let is_tick = |date: &jiff::civil::Date| match dates.len() {
        length if length < months => date.weekday() == jiff::civil::Weekday::Monday,
        length if length < halves => date.day() == 1,
        _ => date.day() == 1 && date.month() % 6 == 1,
    };
    let form = if dates.len() < months {
        "%-d %b"
    } else {
        "%b %Y"
    };
    let places = dates.iter().enumerate().filter(|(_, date)| is_tick(date));
    places
        .map(|(place, date)| {
            let left = 100.0 * place as f64 / dates.len() as f64;
            (format!("{left:.2}"), date.strftime(form).to_string())
        })
        .collect()
}
