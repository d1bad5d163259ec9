//! A crash during the recovery from a crash: from each distinct state that a kill leaves, every call of the way back × a kill.

use super::bench::Bench;
use super::budget::Clock;
use super::inject;
use super::points::Point;
use super::program::{SITE, Step};
use super::scenario::{Ready, Scenario};
use super::start::Start;
use super::strace::{self, Fault};
use super::tree;
use crate::Result;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// A state that a crash left, and the points of the way back from it.
pub(super) struct Wreck {
    /// The first point that leaves it.
    from: Point,
    ready: Ready,
}

/// The distinct states that kills at `points` leave in the scenario, as many as there is time for.
///
/// # Errors
/// Where a state cannot be made, or nothing leads back from it.
pub(super) fn wrecks(
    bench: &Bench,
    ready: &Ready,
    points: &[Point],
    clock: &Clock,
) -> Result<Vec<Wreck>> {
    let mut shapes = BTreeSet::new();
    let mut wrecks = Vec::new();
    let data = bench.data(0);
    for point in points {
        if clock.is_over() {
            break;
        }
        ready.start.put(&data)?;
        let words = bench.program.words(ready.scenario.step, SITE, &data);
        strace::disturb(&words, &data, point, Fault::Kill)?;
        if !shapes.insert(tree::shape(&data)?) {
            continue;
        }
        let kept = bench.folder(&format!("wreck-{}-{point}", ready.scenario.name));
        let ways_back = ways_back(bench, ready, &data);
        let killed = (&ready.start, ready.scenario.step, point);
        let start = Arc::new(Start::killed(&bench.program, killed, &data, kept)?);
        for step in ways_back {
            let scenario = Scenario {
                step,
                ..ready.scenario
            };
            let ready = Ready::from_state(scenario, &bench.program, Arc::clone(&start), &data)
                .map_err(|error| format!("the state after a kill at {point}: {error}"))?;
            wrecks.push(Wreck {
                from: point.clone(),
                ready,
            });
        }
    }
    Ok(wrecks)
}

/// How many states the wrecks are: some have two ways back.
pub(super) fn states(wrecks: &[Wreck]) -> usize {
    let from: BTreeSet<&Point> = wrecks.iter().map(|wreck| &wreck.from).collect();
    from.len()
}

/// What is disturbed: the first step of the way back, and `recover` where the crash left something of the site.
fn ways_back(bench: &Bench, ready: &Ready, state: &Path) -> BTreeSet<Step> {
    let first = ready.scenario.after.iter().take(1).copied();
    let recovers = bench.program.knows(Step::Recover) && has_site(state);
    first.chain(recovers.then_some(Step::Recover)).collect()
}

/// Whether there is anything of the site that `recover` could be about.
fn has_site(state: &Path) -> bool {
    let is_of_it = |entry: std::fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let drafts = [".trendgate-", ".probe-"].map(|draft| name.strip_prefix(draft));
        let name = drafts.into_iter().flatten().next().unwrap_or(&name);
        name.starts_with(SITE)
    };
    let of_it = |folder: &str| {
        let entries = std::fs::read_dir(state.join(folder));
        entries.is_ok_and(|entries| entries.flatten().any(is_of_it))
    };
    of_it("manifests/.log") || of_it(".staging")
}

impl Wreck {
    /// The trials, by the name that `--only` takes.
    pub(super) fn trials(&self) -> impl Iterator<Item = (String, (&Self, &Point))> {
        let name = self.ready.scenario.name;
        self.ready.points.iter().map(move |point| {
            (
                format!(
                    "{name}:nested:{}:{}:{point}",
                    self.from,
                    self.ready.scenario.step.command().replace(' ', "-")
                ),
                (self, point),
            )
        })
    }

    /// One trial in the folder of a thread.
    ///
    /// # Errors
    /// The promise that was broken.
    pub(super) fn once(&self, bench: &Bench, job: usize, point: &Point) -> Result {
        inject::once(
            &bench.program,
            &self.ready,
            &bench.data(job),
            point,
            Fault::Kill,
        )
    }
}
