//! The guard of the guards: a program that leaves out one fsync, the read-back or a digest, one at a time, has to be noticed.
//!
//! The program is built with the feature `mutations` and told by `TRENDGATE_MUTATE` what to leave out; `trendgate schema
//! mutations` lists the names. A left-out fsync shows in the trace, the read-back in writes that are lost, a digest in bytes
//! that are changed, a check of attempts that wait in a scenario of its own. One name stands for nothing: `fsync:other`, which would be an fsync without a name of its own.

use super::bench::Bench;
use super::durable;
use super::inject;
use super::points::Point;
use super::program::{Program, SITE};
use super::scenario::Ready;
use super::stale::Stale;
use super::strace::{self, Fault};
use super::tamper::Specimen;
use super::trace::{Event, calls, events};
use crate::Result;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::programs::output;

/// What became of one mutation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// By whom, and what was said.
    Noticed(String),
    /// Nobody noticed: a hole in the tests.
    Missed,
    /// No scenario comes to that step.
    NotReached,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Noticed(by) => write!(f, "noticed: {by}"),
            Self::Missed => f.write_str("MISSED"),
            Self::NotReached => f.write_str("in no scenario's way"),
        }
    }
}

/// An fsync without a name of its own: there is none, so that no scenario may come to it.
pub(super) const NAMELESS: &str = "fsync:other";

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
    bench: &'a Bench,
    scenarios: &'a [Ready],
    /// The same for the program with mutations where few inputs and versions are many to it: it makes lists of inputs and
    /// checkpoints then.
    small: Vec<Ready>,
    /// Without a mutation.
    program: Program,
    /// The bytes to change, and whether they are of a small one.
    specimens: Vec<(Specimen, bool)>,
    stale: Stale,
}

/// What is left out of runs whose tasks are done apart, the scenario that should notice, and what befalls each of its calls, if anything.
const APART: [(&str, &str, Option<Fault>); 10] = [
    ("check:whole", "apart-plan", Some(Fault::Kill)),
    ("check:done", "apart-task", Some(Fault::Kill)),
    ("check:execution", "apart-task", Some(Fault::Kill)),
    ("check:moved", "apart-commit", Some(Fault::Error("EIO"))),
    ("check:spared", "apart-spared", None),
    ("check:overdue", "apart-overdue", None),
    ("check:fence", "apart-fence", Some(Fault::Kill)),
    ("check:claimed", "apart-claimed", None),
    ("check:attempt", "apart-foreign", None),
    ("digest:staged", "apart-altered", None),
];

/// The scenarios that the small ones are made of.
const SMALL: [&str; 2] = ["run", "growth"];

impl<'a> Guard<'a> {
    /// Makes ready what the mutations are tried on.
    ///
    /// # Errors
    /// Where something fails without a mutation.
    pub(super) fn new(
        bench: &'a Bench,
        scenarios: &'a [Ready],
        program: PathBuf,
        seed: u64,
    ) -> Result<Self> {
        let program = Program {
            path: program,
            ..bench.program.clone()
        };
        let few = Program {
            small: true,
            ..program.clone()
        };
        let wanted = scenarios
            .iter()
            .filter(|ready| SMALL.contains(&ready.scenario.name));
        let small: Vec<Ready> = wanted
            .map(|ready| {
                let name = format!("small-{}", ready.scenario.name);
                ready.scenario.ready(&few, &bench.folder(&name))
            })
            .collect::<Result<_>>()?;
        let mut specimens = Vec::new();
        for (ready, program) in [(scenarios.first(), &program), (small.first(), &few)] {
            if let Some(ready) = ready {
                let specimen = Specimen::new(bench, program, ready, seed)?;
                specimens.push((specimen, program.small));
            }
        }
        Ok(Self {
            stale: Stale::new(&program, &bench.folder("stale"))?,
            bench,
            scenarios,
            small,
            program,
            specimens,
        })
    }

    /// What becomes of one mutation, in the folder of a thread.
    ///
    /// # Errors
    /// Where the program cannot be run.
    pub(super) fn verdict(&self, job: usize, name: &str) -> Result<Verdict> {
        let data = self.bench.data(job);
        let mutant = Program {
            mutation: Some(name.to_owned()),
            ..self.program.clone()
        };
        match name.split(':').next() {
            Some("fsync") => self.in_traces(&mutant, &data),
            Some("read_back") => self.in_lost_writes(&mutant, &data),
            Some("digest") if name == "digest:report" => self.in_a_stale_stamp(&mutant, &data),
            _ if APART.iter().any(|(known, ..)| *known == name) => self.apart(&mutant, &data, name),
            Some("digest") => self.in_changed_bytes(&mutant, &data),
            _ => Err(format!("a mutation of no kind that is known: {name}")),
        }
    }

    fn in_traces(&self, mutant: &Program, data: &Path) -> Result<Verdict> {
        let mut reached = false;
        let usual = self.scenarios.iter().map(|ready| (ready, false));
        let small = self.small.iter().map(|ready| (ready, true));
        for (ready, small) in usual.chain(small) {
            ready.start.put(data)?;
            let mutant = Program {
                small,
                ..mutant.clone()
            };
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

    fn apart(&self, mutant: &Program, data: &Path, name: &str) -> Result<Verdict> {
        let mut verdict = Verdict::NotReached;
        for (_, scenario, fault) in APART.iter().filter(|(known, ..)| *known == name) {
            let named = |ready: &&Ready| ready.scenario.name == *scenario;
            let Some(ready) = self.scenarios.iter().find(named) else {
                continue;
            };
            verdict = Verdict::Missed;
            let Some(fault) = fault else {
                if let Err(said) = inject::undisturbed(mutant, ready, data) {
                    return Ok(Verdict::Noticed(format!("{scenario}: {said}")));
                }
                continue;
            };
            for point in &ready.points {
                match inject::once(mutant, ready, data, point, *fault) {
                    Err(said) if !said.starts_with(inject::NOT_REACHED) => {
                        return Ok(Verdict::Noticed(format!("{scenario} {point}: {said}")));
                    }
                    _ => {}
                }
            }
        }
        Ok(verdict)
    }

    fn in_a_stale_stamp(&self, mutant: &Program, data: &Path) -> Result<Verdict> {
        Ok(match self.stale.once(mutant, data)? {
            Some(said) => Verdict::Noticed(said),
            None => Verdict::Missed,
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
        for (specimen, small) in &self.specimens {
            let mutant = Program {
                small: *small,
                ..mutant.clone()
            };
            for (name, (specimen, spot)) in specimen.trials() {
                if let Err(said) = specimen.once(&mutant, data, spot) {
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
