//! The undisturbed traces, checked; and the check itself: every fsync has to be missed by it where it is taken out.

use super::durable::{self, Without};
use super::scenario::Ready;
use super::session::Session;
use super::tally::{Failure, Tally};
use super::trace::{calls, events};
use super::tree::{is_aside, plain};
use crate::Result;
use std::collections::BTreeSet;
use std::time::Instant;

/// The paths of the fsyncs, below the folder of the data, that the check missed in some scenario, and all.
#[derive(Debug, Default)]
struct Paths {
    missed: BTreeSet<String>,
    all: BTreeSet<String>,
}

impl Session<'_> {
    /// One tally for each scenario, and one for the check.
    pub(super) fn traces(&self) -> Vec<Tally> {
        let mut paths = Paths::default();
        let traces = self.scenarios.iter();
        let mut tallies: Vec<Tally> = traces
            .map(|ready| trace_of(ready, &mut paths).shown())
            .collect();
        // What one scenario does to be sure may matter in another only: so all are needed.
        if self.args.scenario.is_none() && self.args.only.is_none() {
            tallies.push(check_of_the_check(&paths).shown());
        }
        tallies
    }
}

fn trace_of(ready: &Ready, paths: &mut Paths) -> Tally {
    let begin = Instant::now();
    let name = ready.scenario.name;
    let (messages, without) = match looked_at(ready) {
        Ok(found) => found,
        Err(message) => (vec![message], Vec::new()),
    };
    for one in without.iter().filter(|one| one.whole) {
        let Some(path) = below(&one.path, ready) else {
            continue;
        };
        if !one.said.is_empty() {
            paths.missed.insert(path.clone());
        }
        paths.all.insert(path);
    }
    let single = || without.iter().filter(|one| !one.whole);
    let missed = single().filter(|one| !one.said.is_empty()).count();
    let failure = |message| Failure {
        replay: format!("{name}:trace"),
        message,
    };
    Tally {
        mode: "trace".to_owned(),
        scenario: name.to_owned(),
        points: 1,
        tried: 1,
        failures: messages.into_iter().map(failure).collect(),
        elapsed: begin.elapsed(),
        note: format!(
            "{missed} of its {} fsyncs are missed one by one",
            single().count()
        ),
    }
}

fn looked_at(ready: &Ready) -> Result<(Vec<String>, Vec<Without>)> {
    let events = events(&calls(&ready.trace)?);
    let promise = ready.scenario.step.promise();
    let said = durable::check(&events, promise);
    Ok((said, durable::without_each_fsync(&events, promise)))
}

/// A path below the data without the names of attempts; what is above the data, or beside the dataset, is not
/// the check's concern.
fn below(path: &str, ready: &Ready) -> Option<String> {
    let data = ready.data.to_string_lossy();
    let below = path.strip_prefix(&*data)?;
    let counts = !is_aside(below.trim_start_matches('/'));
    counts.then(|| plain(below, &mut Vec::new()))
}

fn check_of_the_check(paths: &Paths) -> Tally {
    let unseen = paths.all.difference(&paths.missed);
    let failure = |path: &String| Failure {
        replay: "trace".to_owned(),
        message: format!("no scenario misses the fsyncs of the data folder's {path:?}"),
    };
    Tally {
        mode: "trace".to_owned(),
        scenario: "all".to_owned(),
        points: paths.all.len(),
        tried: paths.all.len(),
        failures: unseen.map(failure).collect(),
        note: "paths whose fsyncs are taken out, all of one path at a time".to_owned(),
        ..Tally::default()
    }
}
