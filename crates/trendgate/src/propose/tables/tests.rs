//! Files of many forms → a configuration, and what a run reads by it.

mod forms;
mod shapes;

use crate::acquire::{Chunk, Report};
use crate::config::Config;
use crate::inspect::{WholeReports, time_rule};
use crate::progress::Watch;
use crate::propose::{SiteWishes, propose};
use crate::store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a run reads of a point: instants and numbers.
type Read = BTreeMap<String, Vec<(String, f64)>>;

/// What comes of files.
#[derive(Debug)]
struct Outcome {
    yaml: String,
    points: Read,
    failed: Vec<String>,
}

/// A refusal without the list of all dialects.
fn refusal(error: &crate::Error) -> String {
    let message = error.message();
    let known = message.split_once("and found none of it");
    known.map_or_else(
        || message.to_owned(),
        |(_, rest)| format!("of no dialect{rest}"),
    )
}

/// What `init` writes for the files at a path, and a run reads by that.
fn outcome(path: &Path, zone: &str) -> Outcome {
    let wanted = SiteWishes {
        site: Some("S".to_owned()),
        timezone: Some(zone.to_owned()),
    };
    let proposal = propose(&[path.to_owned()], &wanted, Watch::unwatched());
    let proposal = match proposal {
        Ok(proposal) => proposal,
        Err(error) => {
            let hint = error.hint_text().unwrap_or_default();
            let failed = format!("{}; {hint}", refusal(&error));
            return Outcome {
                yaml: String::new(),
                points: Read::new(),
                failed: vec![failed],
            };
        }
    };
    let config =
        Config::parse(&proposal.yaml).unwrap_or_else(|error| panic!("{error}\n{}", proposal.yaml));
    let stated = config
        .cleaner
        .stated()
        .unwrap_or_else(|error| panic!("{error}\n{}", proposal.yaml));
    let mut points = Read::new();
    let failed: Vec<&PathBuf> = proposal.failed.iter().map(|(path, _)| path).collect();
    let files = crate::acquire::discover(&[path.to_owned()], None).unwrap();
    for file in files.iter().filter(|file| !failed.contains(&file)) {
        let rule = time_rule(zone).unwrap();
        let given = [path];
        let stated = stated.file(&file, &given);
        let mut reports = match WholeReports::of(&file, &rule, &stated) {
            Ok(reports) => reports,
            // It is passed over.
            Err(error) if error.is_foreign() => continue,
            Err(error) => panic!("{error}\n{}", proposal.yaml),
        };
        let start = |report: &Report| vec![(report.clone(), Vec::new())];
        let take = |seen: &mut Vec<(Report, Vec<Chunk>)>, chunk: Chunk| seen[0].1.push(chunk);
        while let Some(whole) = reports
            .next(start, take)
            .unwrap_or_else(|error| panic!("{error}\n{}", proposal.yaml))
        {
            let (report, chunks) = whole.seen.into_iter().next().unwrap();
            for (place, point) in report.points.iter().enumerate() {
                let known = points.entry(point.id.to_string()).or_default();
                for chunk in &chunks {
                    let cells = chunk.times.iter().zip(&chunk.columns[place]);
                    let cells = cells.filter(|(_, value)| !value.is_nan());
                    known.extend(cells.map(|(time, value)| (time.to_string(), *value)));
                }
                known.sort_by(|one, other| one.0.cmp(&other.0));
            }
        }
    }
    let failed = proposal.failed.iter().map(|(path, error)| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        format!("{name}: {}", refusal(error))
    });
    Outcome {
        failed: failed.collect(),
        yaml: proposal.yaml,
        points,
    }
}

impl Outcome {
    /// Each point with its values, the first time, and the last.
    fn shown(&self) -> String {
        let shown = self.points.iter().map(|(point, values)| {
            let (first, last) = match (values.first(), values.last()) {
                (Some(first), Some(last)) => (first.0.as_str(), last.0.as_str()),
                _ => ("-", "-"),
            };
            let numbers: Vec<String> = values
                .iter()
                .map(|(_, value)| value.to_string())
                .take(3)
                .collect();
            format!(
                "{point}: {first} .. {last}: {} of {}",
                numbers.join(" "),
                values.len()
            )
        });
        shown
            .chain(
                self.failed
                    .iter()
                    .map(|failed| format!("left out: {failed}")),
            )
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The lines of the entries of sources, without comments that say what is proved.
    fn entries(&self) -> String {
        let lines = self
            .yaml
            .lines()
            .skip_while(|line| *line != "  sources:")
            .skip(1);
        let lines = lines.take_while(|line| line.starts_with("    ") && !line.contains("resample"));
        let lines = lines.filter(|line| {
            !line.trim_start().starts_with('#')
                || line.contains("CHECK")
                || line.contains("abbreviations")
        });
        let lines: Vec<&str> = lines
            .map(|line| line.strip_prefix("    ").unwrap_or(line))
            .collect();
        lines.join("\n")
    }
}
