//! A report that gives trouble → the inputs to go on with: it is read once more, sorted, left out, or fails the batch.

use super::ReportBatch;
use crate::acquire::{self, Report, RowOrder};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ColumnId, InputId};
use crate::pipeline::growth::Looked;
use crate::pipeline::retry;
use crate::pipeline::survey::{FailedInput, KnownPlaces, Survey};
use crate::text_id::Digests;
use crate::time::Instant;
use crate::workers::{Input, Inputs, Plan, Standing, Trouble};
use std::collections::BTreeMap;
use std::path::PathBuf;

impl ReportBatch<'_> {
    /// The new inputs to go on with after trouble.
    pub(super) fn without(
        &self,
        plan: Plan,
        trouble: Trouble,
        survey: &mut Survey,
        looked: &mut Looked,
        retries: &mut BTreeMap<PathBuf, u32>,
    ) -> Result<Inputs> {
        let (input, error) = match trouble {
            Trouble::Fatal(error) => return Err(error),
            Trouble::Stopped => return Err(Error::bug("all tasks stopped and none says why")),
            Trouble::NeedsWhole(input) => (input, None),
            Trouble::BadInput(input, error) => (input, Some(error)),
            Trouble::Repeated {
                input,
                time,
                column,
                error,
            } => (newcomer(&plan, input, time, column), Some(error)),
        };
        let mut inputs = plan.inputs;
        let mut bad = inputs.take(input)?;
        if bad.standing == Standing::Committed {
            self.look_again(bad, error, looked)?;
            return Ok(inputs.only_new());
        }
        match error {
            None => {
                let report = &mut bad.report;
                if report.order == RowOrder::Unordered {
                    return Err(Error::bug("sorted rows are out of order").at(&report.path));
                }
                match acquire::survey_disordered(report, self.base.time, self.base.watch.cancel) {
                    Ok(()) => inputs.push(bad)?,
                    Err(error) => self.reject(bad, error, survey)?,
                }
            }
            Some(error) => {
                let error = error.at(&bad.report.path);
                match self.read_once_more(&bad.report, &error, retries)? {
                    Some(report) => inputs.push(Input {
                        report,
                        digest: None,
                        ..bad
                    })?,
                    None => self.reject(bad, error, survey)?,
                }
            }
        }
        Ok(inputs.only_new())
    }

    /// The report that is in the file now, where it failed for a reason that passes, and not too often.
    fn read_once_more(
        &self,
        report: &Report,
        error: &Error,
        retries: &mut BTreeMap<PathBuf, u32>,
    ) -> Result<Option<Report>> {
        let tries = retries.entry(report.path.clone()).or_default();
        let most = self.base.settings.max_retry_per_file;
        let passing = retry::is_transient(error);
        if *tries >= most || !passing && error.kind() != ErrorKind::Changing {
            return Ok(None);
        }
        *tries += 1;
        if passing {
            retry::wait(*tries, error, self.base.watch)?;
        }
        let places = KnownPlaces::of(self.base.history);
        let (time, cancel) = (self.base.time, self.base.watch.cancel);
        let sniff = || places.sniff(&report.path, time, report.stated, cancel);
        Ok(retry::patiently(most, self.base.watch, sniff).ok())
    }

    /// A known report that gives trouble: out of order, it is sorted; with another content, or one that an earlier program read and this
    /// one refuses, it is gone.
    fn look_again(&self, known: Input, error: Option<Error>, looked: &mut Looked) -> Result<()> {
        let Input {
            mut report,
            known_by,
            ..
        } = known;
        let digest = known_by.ok_or_else(|| Error::bug("a known report without a digest"))?;
        let found = match error {
            Some(error) if matches!(error.kind(), ErrorKind::Changing | ErrorKind::Input) => None,
            Some(error) => return Err(error.at_if_nowhere(&report.path)),
            None if report.order == RowOrder::Unordered => {
                return Err(Error::bug("sorted rows are out of order").at(&report.path));
            }
            None => {
                let cancel = self.base.watch.cancel;
                let surveyed = acquire::survey_disordered(&mut report, self.base.time, cancel);
                surveyed.is_ok().then_some(report)
            }
        };
        looked.insert(digest, found);
        Ok(())
    }

    /// Goes on without an input, unless the first bad one is to fail the batch.
    fn reject(&self, bad: Input, error: Error, survey: &mut Survey) -> Result<()> {
        if self.base.settings.stop_on_error {
            return Err(error);
        }
        let Report { path, stated, .. } = bad.report;
        let cancel = self.base.watch.cancel;
        let failed = FailedInput::new(path, error, stated, Digests::Today, cancel);
        survey.failed.push(failed);
        Ok(())
    }
}

/// An error that is about one input's file is that input's; any other fails the batch.
pub(super) fn blame(plan: &Plan, error: Error) -> Trouble {
    if error.kind() != ErrorKind::Changing {
        return Trouble::Fatal(error);
    }
    let path = error.path();
    let of = |input: Result<Input>| input.is_ok_and(|input| Some(&*input.report.path) == path);
    match plan.inputs.iter().position(of) {
        Some(place) => Trouble::BadInput(InputId::new(place), error),
        None => Trouble::Fatal(error),
    }
}

/// Which input to blame for a cell that `later` repeats: what is committed stays, so a new one, if `later` is none.
fn newcomer(plan: &Plan, later: InputId, time: Instant, column: ColumnId) -> InputId {
    let can_have = |input: &InputId| {
        plan.inputs.standing(*input) == Standing::New
            && plan.inputs.extent(*input).contains(time)
            && plan.columns_of(*input).contains(&column)
    };
    let mut others = (0..later.index()).rev().map(InputId::new);
    match plan.inputs.standing(later) {
        Standing::New => later,
        Standing::Committed => others.find(can_have).unwrap_or(later),
    }
}
