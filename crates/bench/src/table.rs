//! Measurements → a table for people and JSON for programs.

use super::race::{Loss, Race, Taken};
use serde_json::{Value, json};

/// A flat JSON object, one field a line.
pub(super) fn lines(object: &Value) -> String {
    let fields = object.as_object().into_iter().flatten();
    let lines = fields.map(|(name, value)| {
        let plain = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        format!("{name:<13} {plain}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The middle one of several runs, field by field.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Medians {
    wall: f64,
    cpu: f64,
    rss: f64,
}

impl Medians {
    #[allow(
        clippy::cast_precision_loss,
        reason = "bytes of memory are far below 2^53"
    )]
    fn of(runs: &[Taken]) -> Self {
        Self {
            wall: median(runs.iter().map(|run| run.wall)),
            cpu: median(runs.iter().map(|run| run.cpu)),
            rss: median(runs.iter().map(|run| run.rss as f64)),
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        count if count.is_multiple_of(2) => (values[half - 1] + values[half]) / 2.0,
        _ => values[half],
    }
}

/// Wall and CPU against the best of those that are named, each by itself.
fn ratios(race: &Race, own: Medians, against: &[&str]) -> Option<(f64, f64)> {
    let against = race
        .taken
        .iter()
        .filter(|(name, _)| against.contains(&name.as_str()));
    let best = against
        .map(|(_, runs)| Medians::of(runs))
        .reduce(|best, other| Medians {
            wall: best.wall.min(other.wall),
            cpu: best.cpu.min(other.cpu),
            rss: best.rss.min(other.rss),
        })?;
    Some((own.wall / best.wall, own.cpu / best.cpu))
}

impl Race {
    fn careful_peers(&self) -> Vec<&str> {
        self.against.iter().map(String::as_str).collect()
    }

    fn hurried_peers(&self) -> Vec<&str> {
        let names = self.hurried.iter().map(|loss| loss.name.as_str());
        // Not those that put the files together first.
        names.filter(|name| !name.starts_with("joined")).collect()
    }
}

/// What a hurried peer did not get right, in words.
fn told(loss: &Loss) -> String {
    let (name, cells) = (&loss.name, grouped(loss.cells));
    if loss.missing + loss.different + loss.more == 0 {
        return format!("{name}: all {cells} cells are the same");
    }
    let mut text = format!(
        "{name}: {} of {cells} cells missing, {} other",
        grouped(loss.missing),
        grouped(loss.different)
    );
    if loss.more > 0 {
        text += &format!(", {} too many", grouped(loss.more));
    }
    text
}

/// A number with its digits by threes.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let threes = (first..digits.len()).step_by(3);
    let mut groups: Vec<&str> = threes.map(|place| &digits[place..place + 3]).collect();
    if first > 0 {
        groups.insert(0, &digits[..first]);
    }
    groups.join(" ")
}

/// A scenario as a table.
#[allow(clippy::cast_precision_loss, reason = "shown with few digits")]
pub(super) fn scenario(race: &Race) -> String {
    let megabytes = race.bytes as f64 / 1e6;
    let mut text = format!("\n{}: {}", race.name, race.corpus);
    if race.bytes > 0 {
        text += &format!(", {megabytes:.0} MB");
    }
    for line in race.agreed.lines() {
        text += &format!("\n  {line}");
    }
    for loss in &race.hurried {
        text += &format!("\n  {}", told(loss));
    }
    text += "\n  contestant       wall s (least–most)      CPU s  peak MB    MB/s   reports/s  wall ×  CPU ×";
    if !race.hurried.is_empty() {
        text += "  hurried: wall ×  CPU ×";
    }
    for (name, runs) in &race.taken {
        let middle = Medians::of(runs);
        let walls = runs.iter().map(|run| run.wall);
        let (least, most) = walls.fold((f64::MAX, 0.0_f64), |(l, m), wall| {
            (l.min(wall), m.max(wall))
        });
        let (wall, cpu) =
            ratios(race, middle, &race.careful_peers()).unwrap_or((f64::NAN, f64::NAN));
        text += &format!(
            "\n  {name:<16} {:>6.2} ({least:>6.2}–{most:>6.2}) {:>8.2} {:>8.0} {:>7.0} {:>11.0}  {wall:>6.2} {cpu:>6.2}",
            middle.wall,
            middle.cpu,
            middle.rss / 1e6,
            rate(megabytes, middle.wall),
            rate(race.files as f64, middle.wall),
        );
        if let Some((wall, cpu)) = ratios(race, middle, &race.hurried_peers()) {
            text += &format!("          {wall:>6.2} {cpu:>6.2}");
        }
    }
    text.replace("NaN", "  –")
}

/// So many a second; NaN where the contestants did not read the same.
fn rate(much: f64, seconds: f64) -> f64 {
    if much > 0.0 { much / seconds } else { f64::NAN }
}

/// A scenario as JSON, with every run.
pub(super) fn json(race: &Race) -> Value {
    let contestants = race.taken.iter().map(|(name, runs)| {
        let middle = Medians::of(runs);
        let careful = ratios(race, middle, &race.careful_peers());
        let hurried = ratios(race, middle, &race.hurried_peers());
        let each = runs
            .iter()
            .map(|run| json!({ "wall_s": run.wall, "cpu_s": run.cpu, "peak_rss_bytes": run.rss }));
        json!({
            "name": name,
            "runs": each.collect::<Vec<_>>(),
            "median": { "wall_s": middle.wall, "cpu_s": middle.cpu, "peak_rss_bytes": middle.rss },
            "wall_ratio": careful.map(|(wall, _)| wall),
            "cpu_ratio": careful.map(|(_, cpu)| cpu),
            "hurried_wall_ratio": hurried.map(|(wall, _)| wall),
            "hurried_cpu_ratio": hurried.map(|(_, cpu)| cpu),
        })
    });
    json!({
        "name": race.name,
        "corpus": race.corpus,
        "bytes": race.bytes,
        "files": race.files,
        "compared": race.agreed,
        "ratios_against_the_best_of": race.against,
        "hurried_ratios_against_the_best_of": race.hurried_peers(),
        "hurried": race.hurried,
        "contestants": contestants.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn race() -> Race {
        let taken = |name: &str, walls: &[f64]| {
            let runs = walls.iter().map(|wall| Taken {
                wall: *wall,
                cpu: wall * 2.0,
                rss: 50_000_000,
                code: 0,
            });
            (name.to_owned(), runs.collect())
        };
        Race {
            name: "wide".to_owned(),
            corpus: "6 reports".to_owned(),
            bytes: 40_000_000,
            files: 6,
            agreed: "12 cells are the same".to_owned(),
            taken: vec![
                taken("slow", &[5.0, 4.0, 9.0]),
                taken("fast", &[2.0, 6.0, 4.0]),
                taken("own", &[1.0, 1.0]),
            ],
            against: vec!["slow".to_owned(), "fast".to_owned()],
            hurried: Vec::new(),
        }
    }

    /// The same with two hurried peers.
    fn hurried() -> Race {
        let mut race = race();
        for (name, wall, missing) in [("late", 2.0, 0), ("rash", 0.8, 1_234), ("joined", 0.1, 0)] {
            let run = Taken {
                wall,
                cpu: wall,
                rss: 50_000_000,
                code: 0,
            };
            race.taken.insert(2, (name.to_owned(), vec![run]));
            race.hurried.push(Loss {
                name: name.to_owned(),
                cells: 12_096_000,
                missing,
                different: missing / 20,
                more: missing / 300,
            });
        }
        race
    }

    #[test]
    fn a_ratio_is_the_median_against_the_better_peer() {
        let race = race();
        let own = Medians::of(&race.taken[2].1);
        assert_eq!(
            ratios(&race, own, &race.careful_peers()),
            Some((0.25, 0.25))
        );
        assert_eq!(median([3.0, 1.0, 2.0, 10.0].into_iter()), 2.5);
    }

    #[test]
    fn a_table_shows_the_spread_and_a_dash_where_a_rate_says_nothing() {
        let mut race = race();
        let text = scenario(&race);
        assert!(text.contains("wide: 6 reports, 40 MB"));
        assert!(text.contains("own                1.00 (  1.00–  1.00)     2.00       50      40           6    0.25   0.25"));
        race.bytes = 0;
        assert!(scenario(&race).contains("  –           6"));
    }

    #[test]
    fn hurried_peers_have_a_column_of_their_own_and_their_losses_are_told() {
        let race = hurried();
        let text = scenario(&race);
        assert!(text.contains("  late: all 12 096 000 cells are the same\n"));
        assert!(text.contains("  rash: 1 234 of 12 096 000 cells missing, 61 other, 4 too many\n"));
        assert!(text.contains("  joined: all 12 096 000 cells are the same\n"));
        assert!(text.contains("wall ×  CPU ×  hurried: wall ×  CPU ×\n"));
        let own = text.lines().last().unwrap_or_default();
        assert!(
            own.ends_with("    0.25   0.25            1.25   2.50"),
            "{own}"
        );
        let without = scenario(&self::race());
        assert!(!without.contains("hurried") && without.ends_with("    0.25   0.25"));
    }

    #[test]
    fn digits_stand_by_threes() {
        let written = [0, 56, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(written, ["0", "56", "999", "1 000", "1 234 567"]);
    }

    #[test]
    fn json_has_both_ratios_and_what_hurried_peers_lost() {
        let json = json(&hurried());
        let own = &json["contestants"][5];
        assert_eq!(own["name"], "own");
        assert_eq!(own["wall_ratio"], 0.25);
        assert_eq!(own["hurried_wall_ratio"], 1.25);
        assert_eq!(own["hurried_cpu_ratio"], 2.5);
        let peers = serde_json::json!(["late", "rash"]);
        assert_eq!(json["hurried_ratios_against_the_best_of"], peers);
        let rash = serde_json::json!({
            "name": "rash", "cells": 12_096_000, "missing": 1_234, "different": 61, "more": 4,
        });
        assert_eq!(json["hurried"][1], rash);
    }

    #[test]
    fn json_has_every_run() {
        let own = &json(&race())["contestants"][2];
        assert_eq!(own["runs"].as_array().map(Vec::len), Some(2));
        assert_eq!(own["wall_ratio"], 0.25);
        assert_eq!(own["hurried_wall_ratio"], Value::Null);
    }
}
