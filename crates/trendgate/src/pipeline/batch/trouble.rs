//! A report that gives trouble → the inputs to go on with: it is read once more, sorted, left out, or fails the batch.

use super::ReportBatch;
use super::undecided::unless_unreadable;
use crate::acquire::{self, Report, RowOrder};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Trouble;
use crate::model::{ColumnId, InputId};
use crate::pipeline::growth::{Base, Looked};
use crate::pipeline::retry;
use crate::pipeline::survey::{FailedInput, KnownPlaces, Survey};
use crate::plan::{Input, Inputs, Plan, Standing};
use crate::text_id::Digests;
use crate::text_id::TextId;
use crate::time::Instant;
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
        let bad = inputs.take(input)?;
        if bad.standing == Standing::Committed {
            self.look_again(bad, error, survey, looked)?;
            return Ok(inputs.only_new());
        }
        match error {
            None => match self.read_whole(&bad.report)? {
                Ok(found) => push_all(&mut inputs, found, bad.digest)?,
                Err(error) => self.reject(bad, error, survey)?,
            },
            Some(error) => {
                let error = bad.report.located(error);
                inputs.take_text(&bad.report)?;
                match self.read_once_more(&bad.report, &error, retries)? {
                    Some(found) => push_all(&mut inputs, found, None)?,
                    None => self.reject(bad, error, survey)?,
                }
            }
        }
        Ok(inputs.only_new())
    }

    /// What takes the place of a report that has to be read whole first, or why it cannot be read.
    fn read_whole(&self, report: &Report) -> Result<Result<Vec<Report>>> {
        if report.order == RowOrder::Unordered {
            return Err(Error::bug("sorted rows are out of order").at(&report.path));
        }
        let Base { time, watch, .. } = self.base;
        Ok(acquire::read_whole(report.clone(), time, watch.cancel))
    }

    /// The reports that are in the file now, where one failed for a reason that passes, and not too often.
    fn read_once_more(
        &self,
        report: &Report,
        error: &Error,
        retries: &mut BTreeMap<PathBuf, u32>,
    ) -> Result<Option<Vec<Report>>> {
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
        let sniff = || {
            let found = acquire::sniff_again(report, time, cancel)?;
            places.surveyed(&report.path, found, time, cancel)
        };
        Ok(retry::with_retries(most, self.base.watch, sniff).ok())
    }

    /// A known report that gives trouble: out of order, it is sorted; with another content, or one that an earlier program read and this
    /// one refuses or divides, it is gone, and with it all others of its text, unless its bytes are kept.
    fn look_again(
        &self,
        known: Input,
        error: Option<Error>,
        survey: &mut Survey,
        looked: &mut Looked,
    ) -> Result<()> {
        let Input {
            report, known_by, ..
        } = known;
        let digest = known_by.ok_or_else(|| Error::bug("a known report without a digest"))?;
        let found = match error {
            Some(error) if matches!(error.kind(), ErrorKind::Changing | ErrorKind::Input) => None,
            Some(error) => return Err(error.at_if_nowhere(&report.path)),
            None => unless_unreadable(self.read_whole(&report)?)?,
        };
        let only = found
            .filter(|found| found.len() == 1)
            .and_then(|mut found| found.pop());
        if only.is_none() && report.kept.is_none() && self.base.is_kept(&digest)? {
            // The report is looked for once more, and not where it was found.
            survey.at_hand.remove(&digest);
            looked.retain(|(text, _), _| *text != digest);
            return Ok(());
        }
        if only.is_none() {
            let of_text = looked.iter_mut().filter(|((text, _), _)| *text == digest);
            of_text.for_each(|(_, found)| *found = None);
        }
        looked.insert((digest, report.ordinal), only);
        Ok(())
    }

    /// Goes on without an input, unless the first bad one is to fail the batch.
    pub(super) fn reject(&self, bad: Input, error: Error, survey: &mut Survey) -> Result<()> {
        if self.base.settings.stop_on_error {
            return Err(error);
        }
        let error = bad.report.located(error);
        let Report { path, stated, .. } = bad.report;
        let error = self.base.settings.stated.blamed(error, &path, &[""; 0]);
        let cancel = self.base.watch.cancel;
        let failed = FailedInput::new(path, error, &stated, Digests::Today, cancel);
        survey.failed.push(failed);
        Ok(())
    }
}

/// Adds reports that take the place of one, of whose text this is known.
fn push_all(inputs: &mut Inputs, found: Vec<Report>, digest: Option<TextId>) -> Result<()> {
    let mut found = found.into_iter();
    found.try_for_each(|report| inputs.push(Input::new(report, digest)))
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
pub(super) fn newcomer(plan: &Plan, later: InputId, time: Instant, column: ColumnId) -> InputId {
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
