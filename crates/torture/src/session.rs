//! Arguments → modes, one after the other, and the table of what came of them.

use super::apart;
use super::args::{Mode, TortureArgs};
use super::bench::Bench;
use super::budget::{Clock, shuffle};
use super::points::Point;
use super::scenario::{Ready, SCENARIOS, Scenario};
use super::strace;
use super::tally::{self, Failure, Tally};
use crate::Result;
use clap::ValueEnum as _;
use std::time::{Duration, Instant};
use testkit::programs;

/// Runs the modes.
///
/// # Errors
/// Where a promise was broken, or nothing can be tried.
pub(super) fn run(args: &TortureArgs) -> Result {
    match strace::probe() {
        Err(reason) if args.where_possible => {
            println!("SKIPPED: {reason}");
            return Ok(());
        }
        probed => probed?,
    }
    let program = match &args.program {
        Some(program) => program.clone(),
        None => programs::xtask(&["program"])?.into(),
    };
    let place = args.place.clone().unwrap_or_else(Bench::usual_place);
    let bench = Bench::new(&place, program, args.seed, args.jobs.max(1))?;
    bench.ready_for_jobs()?;
    let session = Session::new(args, &bench)?;
    let tallies = session.all();
    report(&tallies, args)
}

/// The table is printed as it grows; here the failures follow, and the verdict.
fn report(tallies: &[Tally], args: &TortureArgs) -> Result {
    let failures: Vec<&Failure> = tallies.iter().flat_map(|tally| &tally.failures).collect();
    let tried: usize = tallies.iter().map(|tally| tally.tried).sum();
    for (place, failure) in failures.iter().enumerate() {
        // The first ones at length, of the others how to have a look at them.
        if place < 40 {
            println!("\n{}", failure.message);
        }
        println!(
            "  cargo xtask torture --seed {} --only {}",
            args.seed, failure.replay
        );
    }
    match (failures.len(), tried) {
        (0, 0) => Err("no point was tried".to_owned()),
        (0, _) => {
            println!("\n{tried} points tried, every promise kept");
            Ok(())
        }
        (broken, _) => Err(format!("{broken} of {tried} points broke a promise")),
    }
}

/// What all modes share.
pub(super) struct Session<'a> {
    pub(super) args: &'a TortureArgs,
    pub(super) bench: &'a Bench,
    pub(super) scenarios: Vec<Ready>,
    clock: Clock,
}

/// Trials by the name that `--only` takes.
pub(super) type Trials<T> = Vec<(String, T)>;

impl<'a> Session<'a> {
    fn new(args: &'a TortureArgs, bench: &'a Bench) -> Result<Self> {
        let wanted = |name: &str| {
            let only = args.only.as_deref().and_then(|only| only.split(':').next());
            let named = args.scenario.as_deref().or(only);
            let is_of = |group: &str| {
                name.strip_prefix(group)
                    .is_some_and(|end| end.starts_with('-'))
            };
            named.is_none_or(|named| named == name || named == "crowd" || is_of(named))
        };
        let scenarios = SCENARIOS
            .iter()
            .chain(apart::SCENARIOS)
            .filter(|scenario| wanted(scenario.name) && is_possible(scenario, bench))
            .map(|scenario| {
                let ready = scenario.ready(&bench.program, &bench.folder(scenario.name))?;
                println!(
                    "{}: {} points, {} rows before and {} after",
                    scenario.name,
                    ready.points.len(),
                    ready.before.rows(),
                    ready.after.rows()
                );
                Ok(ready)
            })
            .collect::<Result<Vec<_>>>()?;
        let clock = args.budget.map_or(Clock::endless(), |seconds| {
            Clock::for_time(Duration::from_secs(seconds))
        });
        Ok(Self {
            args,
            bench,
            scenarios,
            clock,
        })
    }

    fn all(&self) -> Vec<Tally> {
        println!("\n{}", tally::head());
        let modes: Vec<Mode> = Mode::value_variants()
            .iter()
            .copied()
            .filter(|mode| self.args.modes.is_empty() || self.args.modes.contains(mode))
            .collect();
        let mut tallies = Vec::new();
        for (place, mode) in modes.iter().enumerate() {
            let left: u32 = modes[place..].iter().map(|mode| mode.weight()).sum();
            let clock = self.clock.part(mode.weight(), left);
            tallies.extend(self.mode(*mode, &clock));
        }
        tallies
    }

    /// Something for each scenario, each with its share of the time.
    pub(super) fn each_scenario(
        &self,
        clock: &Clock,
        one: impl Fn(&Ready, &Clock) -> Tally,
    ) -> Vec<Tally> {
        let weights = self.scenarios.iter().map(|ready| ready.scenario.weight());
        let mut left: u32 = weights.sum();
        let mut tallies = Vec::with_capacity(self.scenarios.len());
        for ready in &self.scenarios {
            let weight = ready.scenario.weight();
            tallies.push(one(ready, &clock.part(weight, left)).shown());
            left -= weight;
        }
        tallies
    }

    /// Tries the trials, or those of them that are wanted.
    pub(super) fn tried<T: Sync>(
        &self,
        mode: &str,
        ready: &Ready,
        trials: Trials<T>,
        clock: &Clock,
        attempt: impl Fn(usize, &T) -> Result + Sync,
    ) -> Tally {
        let begin = Instant::now();
        let mut trials = trials;
        if let Some(only) = &self.args.only {
            let within = |name: &str| name == only || name.starts_with(&format!("{only}:"));
            trials.retain(|(name, _)| within(name));
        }
        if self.args.budget.is_some() {
            shuffle(&mut trials, self.args.seed);
        }
        let (tried, failures) = tally::each(&trials, self.bench.jobs, clock, attempt);
        Tally {
            mode: mode.to_owned(),
            scenario: ready.scenario.name.to_owned(),
            points: trials.len(),
            tried,
            failures,
            elapsed: begin.elapsed(),
            note: String::new(),
        }
    }
}

/// Whether the program has what the scenario needs; if not, that is said.
fn is_possible(scenario: &Scenario, bench: &Bench) -> bool {
    let lacks = scenario.lacks(&bench.program);
    if let Some(step) = lacks {
        println!(
            "{}: SKIPPED: the program cannot do {step:?} there",
            scenario.name
        );
    }
    lacks.is_none()
}

/// The points of a scenario by the name that `--only` takes.
pub(super) fn named<'a>(mode: &str, ready: &'a Ready) -> Trials<&'a Point> {
    let name = |point: &Point| format!("{}:{mode}:{point}", ready.scenario.name);
    ready
        .points
        .iter()
        .map(|point| (name(point), point))
        .collect()
}

/// A mode that could not even begin.
pub(super) fn broken(mode: &str, ready: &Ready, message: String) -> Tally {
    let replay = format!("{}:{mode}", ready.scenario.name);
    Tally {
        mode: mode.to_owned(),
        scenario: ready.scenario.name.to_owned(),
        points: 1,
        tried: 1,
        failures: vec![Failure { replay, message }],
        ..Tally::default()
    }
}
