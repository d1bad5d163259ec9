//! What is disturbed: a start state, one step, and the way back to rest. A new one is a line in [`SCENARIOS`].

use super::judge::State;
use super::points::{self, Point};
use super::program::{Program, SITE, Step};
use super::start::Start;
use super::strace::{self, Fault};
use super::{apart, reader, tree};
use crate::Result;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A step of the program, and what comes before and after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    /// What leads to the start state, in an empty folder.
    pub(super) before: &'static [Before],
    /// What is disturbed.
    pub(super) step: Step,
    /// What brings any state that the disturbance leaves to rest.
    pub(super) after: &'static [Step],
}

/// What leads to a start state.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before {
    /// A step that nothing disturbs.
    Done(Step),
    /// A step that is killed when all files are placed and the record is about to be linked.
    KilledBeforeCommit(Step),
    /// A step that is killed when the record is linked, and nothing after it is done.
    KilledAfterCommit(Step),
    /// A part and an evidence file that no version names.
    Strays,
    /// Whoever commits the attempt in staging does so on one thread.
    OneThread,
    /// The attempt in staging was planned so many hours earlier.
    Aged(u32),
    /// Another driver has claimed the attempt in staging.
    Claimed,
    /// A part in staging is other than its task wrote it.
    Altered,
    /// The folder of tasks is another one's.
    SetAside,
    /// A task has the outcome that the same task has in the folder that was set aside.
    Mixed,
}

const FIRST: Step = Step::Run("first");
const ALL: Step = Step::Run("all");

/// Every scenario.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "run",
        before: &[],
        step: FIRST,
        after: &[FIRST],
    },
    Scenario {
        name: "again",
        before: &[Before::Done(FIRST)],
        step: FIRST,
        after: &[FIRST],
    },
    Scenario {
        name: "growth",
        before: &[Before::Done(FIRST)],
        step: ALL,
        after: &[ALL],
    },
    Scenario {
        name: "unit",
        before: &[Before::Done(FIRST)],
        step: Step::InMicros,
        after: &[Step::InMicros],
    },
    Scenario {
        name: "expire",
        before: &[Before::Done(FIRST), Before::Done(ALL)],
        step: Step::Collect,
        after: &[Step::Collect, ALL],
    },
    Scenario {
        name: "compact",
        before: &[Before::Done(FIRST), Before::Done(ALL)],
        step: Step::Compact,
        after: &[Step::Recover, Step::Compact, ALL],
    },
    Scenario {
        name: "undo",
        before: &[Before::KilledBeforeCommit(FIRST)],
        step: Step::Recover,
        after: &[Step::Recover, FIRST],
    },
    Scenario {
        name: "finish",
        before: &[Before::KilledAfterCommit(FIRST)],
        step: Step::Recover,
        after: &[Step::Recover, FIRST],
    },
    Scenario {
        name: "gc",
        before: &[Before::Done(FIRST), Before::Strays],
        step: Step::Collect,
        after: &[Step::Collect, FIRST],
    },
];

/// A scenario made ready: its start state on disk, its points, and what it should come to.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) scenario: Scenario,
    pub(super) start: Arc<Start>,
    /// What the step should be found between.
    pub(super) before: State,
    pub(super) after: State,
    /// What everything should come to.
    pub(super) rest: State,
    pub(super) points: Vec<Point>,
    /// The trace of the undisturbed step, and the folder of the data that it was on.
    pub(super) trace: String,
    pub(super) data: PathBuf,
}

impl Scenario {
    /// The step that the scenario needs and the program does not know.
    pub(super) fn lacks(self, program: &Program) -> Option<Step> {
        let steps = self.after.iter().chain([&self.step]);
        let mut unknown = steps.filter(|step| !program.knows(**step));
        unknown.next().copied()
    }

    /// How much of the time of a mode it gets, in proportion.
    pub(super) fn weight(&self) -> u32 {
        match self.is_apart() {
            true => 1,
            false => 3,
        }
    }

    /// Whether a commit in it has to recover first, which stays done.
    pub(super) fn begins_with_recovery(&self) -> bool {
        let killed = |before: &Before| {
            matches!(
                before,
                Before::KilledBeforeCommit(_) | Before::KilledAfterCommit(_)
            )
        };
        self.is_apart() && self.before.iter().any(killed)
    }

    /// Whether it is one of those whose tasks are done apart.
    pub(super) fn is_apart(&self) -> bool {
        self.name.starts_with(apart::GROUP)
    }

    /// Makes the start state in `folder`, and does the whole once without disturbance.
    ///
    /// # Errors
    /// Where a step fails that nothing disturbs; and where what is done apart comes to another dataset than a run.
    pub(super) fn ready(self, program: &Program, folder: &Path) -> Result<Ready> {
        std::fs::create_dir_all(folder).map_err(crate::at(folder))?;
        let start = Start::made(program, self.before, folder.join("start"))?;
        let ready = Ready::from_state(self, program, Arc::new(start), &folder.join("data"))?;
        for step in self.after {
            if let Step::Drive(reports) = step {
                let twin = folder.join("twin");
                steps(program, &[Step::Run(reports)], &twin)?;
                let run = reader::read(&twin, SITE)?.dataset;
                let differs = run.difference(&ready.rest.dataset());
                differs.map_or(Ok(()), |differs| {
                    Err(format!("{}: other than a run: {differs}", self.name))
                })?;
            }
        }
        Ok(ready)
    }
}

impl Before {
    /// Leads on, in the folder of the data.
    ///
    /// # Errors
    /// Where a step fails.
    pub(super) fn make(self, program: &Program, data: &Path) -> Result {
        match self {
            Self::Done(step) => steps(program, &[step], data),
            Self::KilledBeforeCommit(step) => killed(program, step, data, 0),
            Self::KilledAfterCommit(step) => killed(program, step, data, 1),
            Self::Strays => strays(data),
            _ => apart::change(self, data),
        }
    }

    /// Whether it leaves tasks that are done apart.
    pub(super) const fn has_tasks(self) -> bool {
        matches!(self, Self::Done(step) if step.has_tasks())
    }
}

/// Kills a step at the call that links the record, or so many points after it.
fn killed(program: &Program, step: Step, data: &Path, later: usize) -> Result {
    let aside = data.with_extension("aside");
    tree::restore(data, &aside)?;
    let (_, trace) = strace::record(&program.words(step, SITE, data), data)?;
    tree::restore(&aside, data)?;
    tree::remove(&aside)?;
    let points = points::of(&trace, data)?;
    let links = |point: &Point| {
        let to = point.about.rsplit(' ').next().unwrap_or_default();
        point.call.starts_with("link") && to.contains("/.log/") && to.ends_with(".json")
    };
    let place = points.iter().position(links).ok_or("no link of a record")?;
    let point = points.get(place + later).ok_or("no point after the link")?;
    let words = program.words(step, SITE, data);
    match strace::disturb(&words, data, point, Fault::Kill)? {
        (_, true) => Ok(()),
        (outcome, false) => Err(format!("{point} was not reached: {}", outcome.said)),
    }
}

/// Files as a commit places them, of an attempt of long ago that no version names.
fn strays(data: &Path) -> Result {
    const ATTEMPT: &str = "180000000000000000000000";
    for (folder, name) in [
        ("processed", format!("part-{ATTEMPT}-202502-00000.parquet")),
        ("evidence", format!("evidence-{ATTEMPT}-202502.parquet")),
    ] {
        let folder = data.join(folder).join(SITE).join("year=2025/month=02");
        std::fs::create_dir_all(&folder).map_err(crate::at(&folder))?;
        let path = folder.join(name);
        std::fs::write(&path, "stray").map_err(crate::at(&path))?;
    }
    Ok(())
}

impl Ready {
    /// The scenario from a start state that is there already; `data` is a folder to work in.
    ///
    /// # Errors
    /// As [`Scenario::ready`].
    pub(super) fn from_state(
        scenario: Scenario,
        program: &Program,
        start: Arc<Start>,
        data: &Path,
    ) -> Result<Self> {
        start.put(data)?;
        let before = State::of(data)?;
        let words = program.words(scenario.step, SITE, data);
        let (outcome, trace) = strace::record(&words, data)?;
        if !scenario.step.is_good(&outcome) {
            return Err(format!(
                "{}: the undisturbed step ended with {:?}: {}",
                scenario.name, outcome.ending, outcome.said
            ));
        }
        let points = points::of(&trace, data)?;
        let after = State::of(data)?;
        steps(program, scenario.after, data)?;
        let rest = State::of(data)?;
        Ok(Self {
            scenario,
            start,
            before,
            after,
            rest,
            points,
            trace,
            data: data.to_owned(),
        })
    }
}

/// Does steps, each of which has to end well.
///
/// # Errors
/// The first that does not.
pub(super) fn steps(program: &Program, steps: &[Step], data: &Path) -> Result {
    for step in steps {
        let outcome = program.go(*step, data)?;
        if !step.is_good(&outcome) {
            return Err(format!(
                "{step:?} ended with {:?}: {}",
                outcome.ending, outcome.said
            ));
        }
    }
    Ok(())
}
