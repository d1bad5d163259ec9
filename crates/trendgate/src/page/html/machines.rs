//! Machines and meters: what was checked of them, over time; counters that fell.

use super::cells::{minute, number, table};
use crate::model::Rule;
use crate::page::facts::PageFacts;
use crate::page::machines::MachineCheck;
use crate::partition::Falls;
use crate::wording::{count, percent, plural, shown};
use maud::{Markup, html};
use std::fmt::Write as _;

/// How many bars a picture has at most: of more days, several share one.
const MOST_BARS: usize = 120;

pub(super) fn section(facts: &PageFacts) -> Markup {
    let checks: Vec<&MachineCheck> = facts.machines.of_meters(false).collect();
    let meters: Vec<&MachineCheck> = facts.machines.of_meters(true).collect();
    html! {
        section #machines {
            h2 { "Machines" }
            @if checks.is_empty() { p.lead { "No machine is checked: heat balance and affinity were not judged." } }
            div.cards { @for one in checks { (check(facts, one)) } }
            @for off in &facts.machines.off {
                p { b { (off.equipment) } " is not checked: no report has " (off.missing.join(", ")) "." }
            }
        }
        section #meters {
            h2 { "Meters" }
            @if meters.is_empty() { p.lead { "No meter with a power and a counter is described." } }
            div.cards { @for one in meters { (check(facts, one)) } }
            (falls(facts))
        }
    }
}

fn check(facts: &PageFacts, one: &MachineCheck) -> Markup {
    let place = facts
        .columns
        .iter()
        .position(|column| column.name == one.column);
    let flagged: u64 = one.flagged.iter().map(|bins| u64::from(*bins)).sum();
    let told = facts.losses.warnings.first.iter();
    let told = told.filter(|(_, warning)| {
        warning.column.as_deref() == Some(&one.column)
            && warning
                .rule
                .as_deref()
                .is_none_or(|rule| rule == one.rule.name())
            && warning.kind.contains("meter") == (one.rule == Rule::Meter)
    });
    html! {
        article.card data-machine=(one.equipment) data-rule=(one.rule.name()) {
            h3 { (one.equipment) span.dim { ", " (one.rule.name()) } }
            p.dim { (one.rule.description()) " It is judged at " b { (place.map_or(one.column.as_str(), |place| facts.name(place))) }
                " by " @for (nth, (role, column)) in one.inputs.iter().enumerate() { @if nth > 0 { ", " } (role) " " code { (column) } } "." }
            @if let Some((version, counts)) = &one.counts { p { "Version " (version) ": " (counts.words()) "." } }
            @if !one.weeks.is_empty() { (weeks(facts, one)) }
            p data-fact="flagged" data-value=(flagged) { (flagged_words(one, flagged)) }
            @if flagged > 0 { (days(facts, one)) }
            @for (_, warning) in told {
                p { (warning.message) @if let Some(remedy) = &warning.remedy { " " i { (remedy) } } }
            }
        }
    }
}

/// What a check flags or records, in front of the bars of the days.
fn flagged_words(one: &MachineCheck, flagged: u64) -> String {
    let days = plural(one.flagged.len() as u64, "day");
    match (flagged, one.rule) {
        (0, Rule::Meter)
            if one
                .counts
                .as_ref()
                .is_some_and(|(_, counts)| counts.good > 0) =>
        {
            "Power and counter agree, on the days that are looked at.".to_owned()
        }
        (0, Rule::Meter) => "Whether power and counter agree was judged on no day.".to_owned(),
        (0, _) => "No bin is flagged.".to_owned(),
        (_, Rule::Meter) => format!("On {} of {days} they do not agree:", count(flagged)),
        (_, rule) => {
            let flags = rule.flag().map_or("recorded", |_| "flagged");
            format!("{} {flags}, day by day:", plural(flagged, "bin"))
        }
    }
}

/// How close a heat was, week by week, as bars and as a table.
#[allow(clippy::cast_precision_loss, reason = "bins are far fewer than 2^53")]
fn weeks(facts: &PageFacts, one: &MachineCheck) -> Markup {
    let share =
        |week: &crate::publish::WeekEntry| week.within_5_percent as f64 / week.judged.max(1) as f64;
    let shares: Vec<f64> = one.weeks.iter().map(share).collect();
    let judged: u64 = one.weeks.iter().map(|week| week.judged).sum();
    let within: u64 = one.weeks.iter().map(|week| week.within_5_percent).sum();
    let rows = html! {
        @for (week, share) in one.weeks.iter().zip(&shares) {
            tr { th scope="row" { (minute(facts, week.week)) } (number("judged", week.judged)) (number("within", week.within_5_percent)) td.n { (percent(*share)) } }
        }
    };
    html! {
        p { "Within \u{b1}5 % in " (percent(within as f64 / judged.max(1) as f64)) " of " (plural(judged, "judged bin")) ", week by week:" }
        (bars(&shares, "good", &format!("share of bins within 5 percent, by week: {}", shares.iter().map(|share| percent(*share)).collect::<Vec<_>>().join(", "))))
        (ends(&[one.weeks.first(), one.weeks.last()].map(|week| week.map_or_else(String::new, |week| facts.clock.written(week.week, "%-d %b %Y")))))
        details { summary { "the weeks in figures" }
            (table(&format!("{}, {}: weeks", one.equipment, one.rule.name()), &[("week from", false), ("judged", true), ("within \u{b1}5 %", true), ("share", true)], &rows)) }
    }
}

/// What is flagged day by day, as bars: the share of the day's rows.
fn days(facts: &PageFacts, one: &MachineCheck) -> Markup {
    let rows = &facts.findings.days.rows;
    let each = rows.len().div_ceil(MOST_BARS).max(1);
    let sums = one.flagged.chunks(each).zip(rows.chunks(each));
    let shares: Vec<f64> = sums
        .map(|(flagged, rows)| {
            let [flagged, rows] =
                [flagged, rows].map(|days| days.iter().map(|bins| f64::from(*bins)).sum::<f64>());
            // A meter is judged once a day.
            match one.rule == Rule::Meter {
                true => {
                    flagged.min(f64::from(u32::try_from(each).unwrap_or(1)))
                        / f64::from(u32::try_from(each).unwrap_or(1))
                }
                false => flagged / rows.max(1.0),
            }
        })
        .collect();
    let dates = facts.findings.days.days.dates();
    let with_any = one.flagged.iter().filter(|bins| **bins > 0).count();
    html! {
        (bars(&shares, "bad", &format!("flagged on {} of {}", count(with_any as u64), plural(rows.len() as u64, "day"))))
        (ends(&[dates.first(), dates.last()].map(|date| date.map_or_else(String::new, |date| date.strftime("%-d %b %Y").to_string()))))
    }
}

fn bars(shares: &[f64], kind: &str, alt: &str) -> Markup {
    let mut path = String::new();
    for (place, share) in shares.iter().enumerate() {
        let height = (share.clamp(0.0, 1.0) * 100.0).round();
        if height > 0.0 || *share > 0.0 {
            // Writing to a String cannot fail.
            let _ = write!(
                path,
                "M{} 100v-{}h8v{}z",
                10 * place + 1,
                height.max(2.0),
                height.max(2.0)
            );
        }
    }
    html! {
        svg.bars viewBox={ "0 0 " (10 * shares.len().max(1)) " 100" } preserveAspectRatio="none" role="img" aria-label=(alt) {
            path class=(kind) d=(path) {}
        }
    }
}

/// The ends of an axis of time.
fn ends(ends: &[String; 2]) -> Markup {
    html! { p.ends aria-hidden="true" { span { (ends[0]) } span { (ends[1]) } } }
}

/// Counters that fell.
fn falls(facts: &PageFacts) -> Markup {
    let falls: Vec<(usize, &Falls)> = (facts.columns.iter().enumerate())
        .filter_map(|(place, column)| Some((place, facts.findings.falls.get(&column.name)?)))
        .collect();
    let rows = html! {
        @for (place, falls) in &falls {
            tr data-column=(facts.columns[*place].name) {
                th scope="row" { b.point { (facts.name(*place)) } }
                (number("resets", falls.count))
                td { @for fall in &falls.examples {
                    span.sub.strong { (minute(facts, fall.time)) ": " (shown(fall.before, "")) " \u{2192} " (shown(fall.after, facts.unit(*place)))
                        @if fall.is_roll_over() { " (it ran over its last digit)" } }
                } }
            }
        }
    };
    html! {
        h3 { "Counters that fell" }
        @if falls.is_empty() { p.lead { "No counter is below the reading before it." } } @else {
            p.lead { "Resets and roll-overs are counted and never repaired: consumption over such a step is not the difference." }
            (table("Resets of counters", &[("counter", false), ("falls", true), ("the first of them", false)], &rows))
        }
    }
}
