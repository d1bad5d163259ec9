//! Reports with numbers that only the whole report decides → the same, surveyed.
//!
//! Tasks go on past such numbers, so that all such reports are known at their end and everything is done once more, not once a report. Where
//! tasks stop at several reports that have to be read whole, one after the other, all that might be such are read so at once.

use super::ReportBatch;
use crate::acquire::{self, Decimals, Report};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::TaskOutcome;
use crate::model::InputId;
use crate::parallel::{in_parallel, locked};
use crate::pipeline::growth::{Base, Looked};
use crate::pipeline::survey::Survey;
use crate::plan::{Input, Inputs, Plan, Standing};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Why reports are read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// For their numbers.
    Numbers,
    /// For their times, and for heads below the first one.
    Order,
}

/// The inputs of these tasks that have to be known whole.
pub(super) fn undecided(results: &[TaskOutcome]) -> BTreeSet<InputId> {
    let inputs = results.iter().flat_map(|result| &result.undecided);
    inputs.copied().collect()
}

impl ReportBatch<'_> {
    /// The new inputs to go on with once these were read whole.
    pub(super) fn decide(
        &self,
        plan: Plan,
        undecided: &BTreeSet<InputId>,
        why: Why,
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
                match (input.standing, self.survey_whole(&input.report, why)) {
                    (Standing::New, Ok(found)) => {
                        let found = found.into_iter();
                        let found = found.map(|report| Input::new(report, input.digest));
                        locked(&inputs).replace(ids[place], found)?;
                    }
                    (Standing::New, Err(error)) => {
                        locked(&failed).push((ids[place], Some(input), error));
                    }
                    (Standing::Committed, surveyed) => {
                        let found = unless_unreadable(surveyed)?.unwrap_or_default();
                        locked(&known).push((input, found));
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
            // One that an earlier program read and this one divides is gone.
            let mut found = found.into_iter();
            let only = found.next().filter(|_| found.next().is_none());
            if only.is_none() && input.report.kept.is_none() && self.base.is_kept(&digest)? {
                survey.at_hand.remove(&digest);
                looked.retain(|(text, _), _| *text != digest);
                continue;
            }
            looked.insert((digest, input.report.ordinal), only);
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

    fn survey_whole(&self, report: &Report, why: Why) -> Result<Vec<Report>> {
        let Base { time, watch, .. } = self.base;
        let found = acquire::survey(report.clone(), time, watch.cancel)?;
        let is_assumed = |report: &Report| matches!(report.layout.decimals, Decimals::Assumed);
        match why == Why::Numbers && found.iter().all(is_assumed) {
            true => Err(
                Error::bug("a number was undecided that the whole report does not know")
                    .at(&report.path),
            ),
            false => Ok(found),
        }
    }
}

/// What was found of a known report; nothing where it is none any more. That it cannot be read is no reason to take it for gone.
pub(super) fn unless_unreadable<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::Storage | ErrorKind::Stopped) => Err(error),
        Err(_) => Ok(None),
    }
}

fn taken<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
