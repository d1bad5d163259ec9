//! The modes: what each of them tries on a scenario.

use super::args::Mode;
use super::budget::{Clock, shuffle};
use super::limits::{self, Limit};
use super::mutations::{self, Guard, Verdict};
use super::nested::{self, Wreck};
use super::points::Point;
use super::power::{FileSystem, Loss, Rig};
use super::scenario::Ready;
use super::session::{Session, Trials, broken, named};
use super::space::{self, Scarce};
use super::strace::Fault;
use super::tally::{Failure, Tally};
use super::tamper::{Specimen, Spot};
use super::{crowd, inject};
use crate::{Result, at};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use testkit::programs;

/// The first crash of `run:nested:fsync:3:recover:unlink:1`.
fn nested_from(only: &str) -> Option<String> {
    let words: Vec<&str> = only.split(':').collect();
    match words[..] {
        [_, "nested", call, nth, ..] => Some(format!("{call}:{nth}")),
        _ => None,
    }
}

impl Session<'_> {
    /// Everything of one mode.
    pub(super) fn mode(&self, mode: Mode, clock: &Clock) -> Vec<Tally> {
        match mode {
            Mode::Trace => self.traces(),
            Mode::Kill => self.injections("kill", Fault::Kill, clock),
            Mode::Enospc => self.injections("enospc", Fault::Error("ENOSPC"), clock),
            Mode::Eio => self.injections("eio", Fault::Error("EIO"), clock),
            Mode::Gone => self.gone(clock),
            Mode::Eintr => self.injections("eintr", Fault::Error("EINTR"), clock),
            Mode::Power => self.power(clock),
            Mode::Lost => self.lost(clock),
            Mode::Nested => self.each_scenario(clock, |ready, clock| self.nested(ready, clock)),
            Mode::Space => self.space(clock),
            Mode::Limits => self.limits(clock),
            Mode::Tamper => self.tamper(clock),
            Mode::Mutations => self.mutations(),
            Mode::Crowd => self.crowd(),
        }
    }

    fn injections(&self, mode: &str, fault: Fault, clock: &Clock) -> Vec<Tally> {
        self.each_scenario(clock, |ready, clock| {
            let trials = named(mode, ready);
            self.tried(mode, ready, trials, clock, |job, point: &&Point| {
                let data = self.bench.data(job);
                inject::once(&self.bench.program, ready, &data, point, fault)
            })
        })
    }

    /// No disk keeps a file from being closed for good, and the standard library ends a process whose folders cannot be.
    fn gone(&self, clock: &Clock) -> Vec<Tally> {
        self.each_scenario(clock, |ready, clock| {
            let mut trials = named("gone", ready);
            trials.retain(|(_, point)| point.call != "close");
            self.tried("gone", ready, trials, clock, |job, point: &&Point| {
                let data = self.bench.data(job);
                let fault = Fault::ErrorFromThen("EIO");
                inject::once(&self.bench.program, ready, &data, point, fault)
            })
        })
    }

    fn nested(&self, ready: &Ready, clock: &Clock) -> Tally {
        let begin = Instant::now();
        let mut points = ready.points.clone();
        if let Some(from) = self.args.only.as_deref().and_then(nested_from) {
            points.retain(|point| point.to_string() == from);
        }
        if self.args.budget.is_some() {
            shuffle(&mut points, self.args.seed);
        }
        // Making the states ready takes no more than a third of the time.
        let wrecks = match nested::wrecks(self.bench, ready, &points, &clock.share(3)) {
            Ok(wrecks) => wrecks,
            Err(message) => return broken("nested", ready, message),
        };
        let trials: Trials<(&Wreck, &Point)> = wrecks.iter().flat_map(Wreck::trials).collect();
        let tally = self.tried("nested", ready, trials, clock, |job, (wreck, point)| {
            wreck.once(self.bench, job, point)
        });
        Tally {
            note: format!(
                "from {} distinct states by {} ways back",
                nested::states(&wrecks),
                wrecks.len()
            ),
            elapsed: begin.elapsed(),
            ..tally
        }
    }

    fn power(&self, clock: &Clock) -> Vec<Tally> {
        let mut tallies = Vec::new();
        let systems = FileSystem::ALL;
        for (place, system) in systems.into_iter().enumerate() {
            let clock = clock.share(u32::try_from(systems.len() - place).unwrap_or(1));
            if let Err(reason) = system.probe(&self.bench.folder("probe")) {
                let mode = format!("power/{}", system.name());
                tallies.push(Tally::skipped(&mode, &reason).shown());
                continue;
            }
            tallies.extend(
                self.each_scenario(&clock, |ready, clock| self.power_on(ready, system, clock)),
            );
        }
        tallies
    }

    fn power_on(&self, ready: &Ready, system: FileSystem, clock: &Clock) -> Tally {
        let mode = format!("power/{}", system.name());
        let rig = match Rig::new(self.bench, ready, system) {
            Ok(rig) => rig,
            Err(message) => return broken(&mode, ready, message),
        };
        let mut trials: Trials<(Option<&Point>, Loss)> = Vec::new();
        for (name, loss) in Loss::ALL {
            let mode = format!("{name}:{}", system.name());
            for (name, point) in named(&mode, ready) {
                trials.push((name, (Some(point), loss)));
            }
            trials.push((format!("{}:{mode}:end", ready.scenario.name), (None, loss)));
        }
        self.tried(&mode, ready, trials, clock, |job, (point, loss)| {
            rig.once(self.bench, job, ready, *point, *loss)
        })
    }

    fn space(&self, clock: &Clock) -> Vec<Tally> {
        if let Err(reason) = space::probe(&self.bench.folder("probe")) {
            return vec![Tally::skipped("space", &reason).shown()];
        }
        self.each_scenario(clock, |ready, clock| {
            let mut trials: Trials<(Scarce, u64)> = Vec::new();
            for (name, scarce) in Scarce::ALL {
                let enough = match space::enough(self.bench, ready, scarce) {
                    Ok(enough) => enough,
                    Err(message) => return broken("space", ready, message),
                };
                let name = |amount| format!("{}:{name}:{amount}", ready.scenario.name);
                trials.extend((1..=enough + 1).map(|amount| (name(amount), (scarce, amount))));
            }
            self.tried("space", ready, trials, clock, |job, (scarce, amount)| {
                space::once(self.bench, job, ready, *scarce, *amount)
            })
        })
    }

    fn limits(&self, clock: &Clock) -> Vec<Tally> {
        self.each_scenario(clock, |ready, clock| {
            let mut trials: Trials<(Limit, u64)> = Vec::new();
            for (name, limit) in Limit::ALL {
                let name = |amount| format!("{}:{name}:{amount}", ready.scenario.name);
                trials.extend(
                    limit
                        .amounts()
                        .map(|amount| (name(amount), (limit, amount))),
                );
            }
            self.tried("limits", ready, trials, clock, |job, (limit, amount)| {
                limits::once(self.bench, &self.bench.data(job), ready, *limit, *amount)
            })
        })
    }

    fn crowd(&self) -> Vec<Tally> {
        let ready = |name: &str| self.scenarios.iter().find(|r| r.scenario.name == name);
        let Some(first) = ready("run") else {
            return Vec::new();
        };
        let usual = if self.args.budget.is_some() { 60 } else { 600 };
        let seconds = self.args.seconds.unwrap_or(usual);
        let clock = Clock::for_time(Duration::from_secs(seconds));
        let mut steps = vec![first.scenario.step];
        let mut states = vec![first.before.dataset(), first.rest.dataset()];
        if let Some(growth) = ready("growth") {
            steps.push(growth.scenario.step);
            states.push(growth.rest.dataset());
        }
        let seed = self.args.seed;
        vec![crowd::rounds(self.bench, &steps, &states, &clock, seed).shown()]
    }

    fn lost(&self, clock: &Clock) -> Vec<Tally> {
        self.each_scenario(clock, |ready, clock| {
            let mut trials = named("lost", ready);
            trials.retain(|(_, point)| mutations::is_of_a_part(point));
            self.tried("lost", ready, trials, clock, |job, point: &&Point| {
                let data = self.bench.data(job);
                inject::once(
                    &self.bench.program,
                    ready,
                    &data,
                    point,
                    Fault::Lost(point.result),
                )
            })
        })
    }

    fn tamper(&self, clock: &Clock) -> Vec<Tally> {
        self.each_scenario(clock, |ready, clock| {
            // At rest it is no other than a run leaves it.
            if ready.scenario.is_apart() {
                return Tally::default();
            }
            let program = &self.bench.program;
            let specimen = match Specimen::new(self.bench, program, ready, self.args.seed) {
                Ok(specimen) => specimen,
                Err(message) => return broken("tamper", ready, message),
            };
            let trials: Trials<(&Specimen, &Spot)> = specimen.trials().collect();
            self.tried("tamper", ready, trials, clock, |job, (specimen, spot)| {
                specimen.once(&self.bench.program, &self.bench.data(job), spot)
            })
        })
    }

    fn mutations(&self) -> Vec<Tally> {
        let begin = Instant::now();
        let mut tally = match self.mutants() {
            Ok(tally) => tally,
            Err(message) => Tally {
                mode: "mutations".to_owned(),
                points: 1,
                tried: 1,
                failures: vec![Failure {
                    replay: "mutations".to_owned(),
                    message,
                }],
                ..Tally::default()
            },
        };
        tally.elapsed = begin.elapsed();
        vec![tally.shown()]
    }

    fn mutants(&self) -> Result<Tally> {
        let program = match &self.args.mutant {
            Some(program) => program.clone(),
            None => {
                // A copy: a build may replace it meanwhile.
                let built = PathBuf::from(programs::xtask(&["program", "--mutations"])?);
                let program = self.bench.folder("mutant");
                std::fs::copy(&built, &program).map_err(at(&built))?;
                program
            }
        };
        let names = mutations::names(&program)?;
        let guard = Guard::new(self.bench, &self.scenarios, program, self.args.seed)?;
        let verdicts = Mutex::new(Vec::new());
        let trials: Trials<String> = names
            .iter()
            .map(|name| (format!("mutations:{name}"), name.clone()))
            .collect();
        let (tried, failures) =
            super::tally::each(&trials, self.bench.jobs, &Clock::endless(), |job, name| {
                let verdict = guard.verdict(job, name)?;
                let whole = self.args.scenario.is_none() && self.args.only.is_none();
                let missed = match verdict {
                    Verdict::Missed => true,
                    // With all scenarios, nothing but what stands for nothing may be in none's way.
                    Verdict::NotReached => whole && name != mutations::NAMELESS,
                    Verdict::Noticed(_) => false,
                };
                if let Ok(mut verdicts) = verdicts.lock() {
                    verdicts.push((name.clone(), verdict));
                }
                match missed {
                    true => Err(format!("nobody notices that {name} is left out")),
                    false => Ok(()),
                }
            });
        let mut verdicts = verdicts.into_inner().map_err(|error| error.to_string())?;
        verdicts.sort_by(|one, two| one.0.cmp(&two.0));
        for (name, verdict) in &verdicts {
            println!("    {name:<40} {verdict}");
        }
        let noticed = verdicts
            .iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Noticed(_)))
            .count();
        Ok(Tally {
            mode: "mutations".to_owned(),
            scenario: "all".to_owned(),
            points: names.len(),
            tried,
            failures,
            note: format!("{noticed} of them noticed, as said above"),
            ..Tally::default()
        })
    }
}
