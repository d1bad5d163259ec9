//! The guard of the guards: a program that leaves out one fsync, the read-back or a digest, one at a time, has to be noticed.
//!
//! The program is built with the feature `mutations` and told by `TRENDGATE_MUTATE` what to leave out; `trendgate schema
//! mutations` lists the names. A left-out fsync shows in the trace, the read-back in writes that are lost, a digest in bytes
//! that are changed.

use super::bench::Bench;
use super::durable;
use super::inject;
use super::points::Point;
use super::program::{Program, SITE};
use super::scenario::Ready;
use super::strace::{self, Fault};
use super::tamper::Specimen;
use super::trace::{Event, calls, events};
use super::tree;
use crate::Result;
use crate::programs::output;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What became of one mutation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// By whom, and what was said.
    Noticed(String),
    /// Nobody noticed: a hole in the tests.
    Missed,
    /// No scenario comes to that step.
    NotReached,
    /// No scenario can, and why.
    Beyond(&'static str),
}

/// Checks that the scenarios cannot come to; the library's own tests have them.
const BEYOND: [(&str, &str); 3] = [
    ("digest:inputs", "it takes more than 100 000 inputs"),
    (
        "fsync:other",
        "only files beside the dataset come to it, and those promise nothing",
    ),
    (
        "digest:report",
        "it takes a report that changes between two readings of one run",
    ),
];

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Noticed(by) => write!(f, "noticed: {by}"),
            Self::Missed => f.write_str("MISSED"),
            Self::NotReached => f.write_str("NOT TRIED: in no scenario's way"),
            Self::Beyond(why) => write!(f, "NOT TRIED: {why}"),
        }
    }
}

/// The names of the mutations that the program knows.
///
/// # Errors
/// Where it was built without them.
pub(super) fn names(program: &Path) -> Result<Vec<String>> {
    let text = output(Command::new(program).args(["schema", "mutations"]))?;
    let names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    match names.is_empty() {
        true => Err("the program knows no mutations".to_owned()),
        false => Ok(names),
    }
}

/// The guard: the scenarios, and the program with mutations.
pub(super) struct Guard<'a> {
    pub(super) bench: &'a Bench,
    pub(super) scenarios: &'a [Ready],
    pub(super) program: PathBuf,
    /// The bytes to change.
    pub(super) specimens: Vec<Specimen>,
}

impl Guard<'_> {
    /// What becomes of one mutation, in the folder of a thread.
    ///
    /// # Errors
    /// Where the program cannot be run.
    pub(super) fn verdict(&self, job: usize, name: &str) -> Result<Verdict> {
        if let Some((_, why)) = BEYOND.iter().find(|(beyond, _)| *beyond == name) {
            return Ok(Verdict::Beyond(why));
        }
        let data = self.bench.data(job);
        let mutant = Program {
            path: self.program.clone(),
            reports: self.bench.program.reports.clone(),
            mutation: Some(name.to_owned()),
        };
        match name.split(':').next() {
            Some("fsync") => self.in_traces(&mutant, &data),
            Some("read_back") => self.in_lost_writes(&mutant, &data),
            Some("digest") => self.in_changed_bytes(&mutant, &data),
            _ => Err(format!("a mutation of no kind that is known: {name}")),
        }
    }

    fn in_traces(&self, mutant: &Program, data: &Path) -> Result<Verdict> {
        let mut reached = false;
        for ready in self.scenarios {
            tree::restore(&ready.start, data)?;
            let words = mutant.words(ready.scenario.step, SITE, data);
            let (_, trace) = strace::record(&words, data)?;
            let events = events(&calls(&trace)?);
            if fsyncs(&events) == fsyncs(&super::trace::events(&calls(&ready.trace)?)) {
                continue;
            }
            reached = true;
            if let Some(said) = durable::check(&events, ready.scenario.step.promise())
                .into_iter()
                .next()
            {
                let name = ready.scenario.name;
                return Ok(Verdict::Noticed(format!("trace of {name}: {said}")));
            }
        }
        Ok(if reached {
            Verdict::Missed
        } else {
            Verdict::NotReached
        })
    }

    fn in_lost_writes(&self, mutant: &Program, data: &Path) -> Result<Verdict> {
        for ready in self.scenarios {
            for point in ready.points.iter().filter(|point| is_of_a_part(point)) {
                let fault = Fault::Lost(point.result);
                if let Err(said) = inject::once(mutant, ready, data, point, fault) {
                    return Ok(Verdict::Noticed(format!("lost write {point}: {said}")));
                }
            }
        }
        Ok(Verdict::Missed)
    }

    fn in_changed_bytes(&self, mutant: &Program, data: &Path) -> Result<Verdict> {
        for specimen in &self.specimens {
            for (name, (specimen, spot)) in specimen.trials() {
                if let Err(said) = specimen.once(mutant, data, spot) {
                    return Ok(Verdict::Noticed(format!("{name}: {said}")));
                }
            }
        }
        Ok(Verdict::Missed)
    }
}

fn fsyncs(events: &[Event]) -> usize {
    let is_fsync = |event: &&Event| matches!(event, Event::Fsync(_));
    events.iter().filter(is_fsync).count()
}

/// Whether the point is a write to a part or to evidence: what the read-back is there for.
pub(super) fn is_of_a_part(point: &Point) -> bool {
    let parts = ["/part-", "/evidence-"];
    point.call == "write" && parts.iter().any(|part| point.about.contains(part))
}
