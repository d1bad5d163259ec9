//! What is disturbed: a start state, one step, and the way back to rest. A new one is a line in [`SCENARIOS`].

use super::judge::State;
use super::points::{self, Point};
use super::program::{Program, SITE, Step};
use super::{strace, tree};
use crate::Result;
use std::path::{Path, PathBuf};

/// A step of the program, and what comes before and after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    /// What leads to the start state, in an empty folder.
    pub(super) before: &'static [Step],
    /// What is disturbed.
    pub(super) step: Step,
    /// What brings any state that the disturbance leaves to rest.
    pub(super) after: &'static [Step],
}

/// Every scenario.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "run",
        before: &[],
        step: Step::Run("first"),
        after: &[Step::Run("first")],
    },
    Scenario {
        name: "again",
        before: &[Step::Run("first")],
        step: Step::Run("first"),
        after: &[Step::Run("first")],
    },
];

/// A scenario made ready: its start state on disk, its points, and what it should come to.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) scenario: Scenario,
    /// The folder with the start state.
    pub(super) start: PathBuf,
    /// What the step should be found between.
    pub(super) before: State,
    pub(super) after: State,
    /// What everything should come to.
    pub(super) rest: State,
    pub(super) points: Vec<Point>,
    /// The trace of the undisturbed step, and the folder of its data.
    pub(super) trace: String,
}

impl Scenario {
    /// Makes the start state in `folder`, and does the whole once without disturbance.
    ///
    /// # Errors
    /// Where a step fails that nothing disturbs.
    pub(super) fn ready(self, program: &Program, folder: &Path) -> Result<Ready> {
        let (start, data) = (folder.join("start"), folder.join("data"));
        std::fs::create_dir_all(&start).map_err(crate::at(&start))?;
        steps(program, self.before, &start)?;
        Ready::from_state(self, program, start, &data)
    }
}

impl Ready {
    /// The scenario from a start state that is there already; `data` is a folder to work in.
    ///
    /// # Errors
    /// As [`Scenario::ready`].
    pub(super) fn from_state(
        scenario: Scenario,
        program: &Program,
        start: PathBuf,
        data: &Path,
    ) -> Result<Self> {
        tree::restore(&start, data)?;
        let before = State::of(data)?;
        let words = program.words(scenario.step, SITE, data);
        let (outcome, trace) = strace::record(&words, data)?;
        if !outcome.is_good() {
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
        if !outcome.is_good() {
            return Err(format!(
                "{step:?} ended with {:?}: {}",
                outcome.ending, outcome.said
            ));
        }
    }
    Ok(())
}
