//! Reports with numbers that only the whole report decides → the same, surveyed.
//!
//! Tasks go on past such numbers, so that all such reports are known at their end and everything is done once more, not once a report.

use super::ReportBatch;
use crate::acquire::{self, Decimals, Report};
use crate::error::{Error, ErrorKind, Result};
use crate::model::InputId;
use crate::parallel::{in_parallel, locked};
use crate::pipeline::growth::{Base, Looked};
use crate::pipeline::survey::Survey;
use crate::workers::{Input, Inputs, Plan, Standing, TaskResult};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The inputs of these tasks that have to be known whole.
pub(super) fn undecided(results: &[TaskResult]) -> BTreeSet<InputId> {
    let inputs = results.iter().flat_map(|result| &result.undecided);
    inputs.copied().collect()
}

impl ReportBatch<'_> {
    /// The new inputs to go on with once these were read whole.
    pub(super) fn decide(
        &self,
        plan: Plan,
        undecided: &BTreeSet<InputId>,
        survey: &mut Survey,
        looked: &mut Looked,
    ) -> Result<Inputs> {
        let ids: Vec<InputId> = undecided.iter().copied().collect();
        let inputs = Mutex::new(plan.inputs);
        let failed = Mutex::new(Vec::new());
        let known = Mutex::new(Vec::new());
        in_parallel(ids.len(), self.base.settings.threads, |place| {
            let decided = || -> Result<()> {
                let input = locked(&inputs).get(ids[place])?;
                match (input.standing, self.survey_whole(&input.report)) {
                    (Standing::New, Ok(report)) => {
                        let input = Input { report, ..input };
                        locked(&inputs).replace(ids[place], input)?;
                    }
                    (Standing::New, Err(error)) => {
                        locked(&failed).push((ids[place], Some(input), error));
                    }
                    (Standing::Committed, surveyed) => {
                        locked(&known).push((input, surveyed.ok()));
                    }
                }
                Ok(())
            };
            if let Err(error) = decided() {
                locked(&failed).push((ids[place], None, error));
            }
        })?;
        for (input, found) in taken(known) {
            let digest = input.known_by;
            let digest = digest.ok_or_else(|| Error::bug("a known report without a digest"))?;
            looked.insert((digest, input.report.ordinal), found);
        }
        let mut failed = taken(failed);
        failed.sort_unstable_by_key(|(id, ..)| *id);
        let mut inputs = taken(inputs);
        inputs.remove(&failed.iter().map(|(id, ..)| *id).collect());
        for (_, input, error) in failed {
            match input {
                Some(input) if error.kind() != ErrorKind::Stopped => {
                    self.reject(input, error, survey)?;
                }
                _ => return Err(error),
            }
        }
        Ok(inputs.only_new())
    }

    fn survey_whole(&self, report: &Report) -> Result<Report> {
        let Base { time, watch, .. } = self.base;
        let mut found = acquire::survey(report.clone(), time, watch.cancel)?;
        let (Some(found), true) = (found.pop(), found.is_empty()) else {
            let message = "the report changed while it was read";
            return Err(Error::new(ErrorKind::Changing, message).at(&report.path));
        };
        match found.layout.decimals {
            Decimals::Assumed => Err(Error::bug(
                "a number was undecided that the whole report does not know",
            )
            .at(&report.path)),
            Decimals::Stated(_) | Decimals::Proved(_) => Ok(found),
        }
    }
}

fn taken<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
