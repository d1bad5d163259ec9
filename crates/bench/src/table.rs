//! Measurements → a table for people and JSON for programs.

use super::race::{Race, Taken};
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

/// Wall and CPU against the best of those that the race is against, each by itself.
fn ratios(race: &Race, own: Medians) -> Option<(f64, f64)> {
    let against = race
        .taken
        .iter()
        .filter(|(name, _)| race.against.contains(name));
    let best = against
        .map(|(_, runs)| Medians::of(runs))
        .reduce(|best, other| Medians {
            wall: best.wall.min(other.wall),
            cpu: best.cpu.min(other.cpu),
            rss: best.rss.min(other.rss),
        })?;
    Some((own.wall / best.wall, own.cpu / best.cpu))
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
    text += "\n  contestant       wall s (least–most)      CPU s  peak MB    MB/s   reports/s  wall ×  CPU ×";
    for (name, runs) in &race.taken {
        let middle = Medians::of(runs);
        let walls = runs.iter().map(|run| run.wall);
        let (least, most) = walls.fold((f64::MAX, 0.0_f64), |(l, m), wall| {
            (l.min(wall), m.max(wall))
        });
        let (wall, cpu) = ratios(race, middle).unwrap_or((f64::NAN, f64::NAN));
        text += &format!(
            "\n  {name:<16} {:>6.2} ({least:>6.2}–{most:>6.2}) {:>8.2} {:>8.0} {:>7.0} {:>11.0}  {wall:>6.2} {cpu:>6.2}",
            middle.wall,
            middle.cpu,
            middle.rss / 1e6,
            rate(megabytes, middle.wall),
            rate(race.files as f64, middle.wall),
        );
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
        let ratios = ratios(race, middle);
        let each = runs
            .iter()
            .map(|run| json!({ "wall_s": run.wall, "cpu_s": run.cpu, "peak_rss_bytes": run.rss }));
        json!({
            "name": name,
            "runs": each.collect::<Vec<_>>(),
            "median": { "wall_s": middle.wall, "cpu_s": middle.cpu, "peak_rss_bytes": middle.rss },
            "wall_ratio": ratios.map(|(wall, _)| wall),
            "cpu_ratio": ratios.map(|(_, cpu)| cpu),
        })
    });
    json!({
        "name": race.name,
        "corpus": race.corpus,
        "bytes": race.bytes,
        "files": race.files,
        "compared": race.agreed,
        "ratios_against_the_best_of": race.against,
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
        }
    }

    #[test]
    fn a_ratio_is_the_median_against_the_better_peer() {
        let race = race();
        let own = Medians::of(&race.taken[2].1);
        assert_eq!(ratios(&race, own), Some((0.25, 0.25)));
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
    fn json_has_every_run() {
        let own = &json(&race())["contestants"][2];
        assert_eq!(own["runs"].as_array().map(Vec::len), Some(2));
        assert_eq!(own["wall_ratio"], 0.25);
    }
}
