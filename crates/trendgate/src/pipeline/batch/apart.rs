//! A batch whose tasks are done by others: planned here, committed when their outcomes are there, maybe by another process.
//!
//! ```text
//! survey ─ lay out ─ attempt that waits ─ tasks … elsewhere … outcomes ─ accounts ─ changes ─ manifest ─ commit
//!                         │                                                 ▲
//!                         └── planned.json, workload, records, entries ─────┘
//! ```
//!
//! What leaves the plan is a value in the attempt's folder, so that nothing has to live in between. Outcomes with trouble commit nothing: what was
//! learnt of the reports is kept ([`Lessons`]), and the site is planned again.

use super::lessons::{Learnt, Lesson, Lessons, WholeFile};
use super::trouble::newcomer;
use super::undecided::{Why, undecided};
use super::{
    Done, Ended, MOST_STOPS, ReportBatch, committed_months, dead_columns, is_right, specs,
};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{Sharing, TaskEnd, TaskOutcome, TaskSpec, Trouble, Workload};
use crate::parallel;
use crate::partition::row_group_rows;
use crate::pipeline::growth::{BatchLayout, Looked};
use crate::pipeline::keep::Packing;
use crate::pipeline::report_accounts::ReportAccounts;
use crate::pipeline::survey::{Survey, SurveySummary};
use crate::pipeline::{Gone, Scope, turn};
use crate::plan::{Budget, Months, Plan};
use crate::publish::{Attempt, SourceRef};
use crate::store;
use crate::text_id::TextId;
use crate::time::Instant;
use crate::warning::WarningEntry;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What whoever commits has to know of a plan, beside its workload.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::pipeline) struct PlannedBatch {
    /// What the settings are made from again.
    pub(in crate::pipeline) settings: serde_json::Value,
    /// Which months are made again.
    pub(in crate::pipeline) scope: Scope,
    /// What becomes of bins of reports that are gone.
    pub(in crate::pipeline) gone: Gone,
    /// The one clock reading.
    pub(in crate::pipeline) baseline: Instant,
    /// What was said while it was planned.
    pub(in crate::pipeline) said: Vec<WarningEntry>,
    /// What the workload is known by.
    pub(in crate::pipeline) workload: Digest,
    retracted: BTreeSet<TextId>,
    survey: SurveySummary,
    months: Months,
    superseded: Vec<SourceRef>,
    retracted_reports: Vec<SourceRef>,
    required: BTreeSet<String>,
    alive: BTreeSet<String>,
    told: Vec<WarningEntry>,
    bytes: u64,
}

const PLANNED: &str = "planned.json";
/// No plan is larger.
const MOST_BYTES: u64 = 4 << 30;

impl PlannedBatch {
    /// The contents that are to leave the dataset.
    pub(in crate::pipeline) fn retracted(&self) -> &BTreeSet<TextId> {
        &self.retracted
    }

    /// Writes it into the attempt's folder; durable once the folder is.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage).
    pub(in crate::pipeline) fn save(&self, attempt: &Attempt) -> Result<()> {
        let bytes = serde_json::to_vec(self)
            .map_err(|e| Error::bug(format!("cannot write a plan as JSON: {e}")))?;
        store::write_all_synced(&attempt.dir().join(PLANNED), &bytes)
    }

    /// Reads that of the attempt in `folder`; `None` where the attempt is over.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage), and [`Damaged`](crate::ErrorKind::Damaged) where it is none.
    pub(in crate::pipeline) fn load(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(PLANNED);
        if store::named(&path)?.is_none() {
            return Ok(None);
        }
        let bytes = store::read(&path, MOST_BYTES)?;
        let planned = serde_json::from_slice(&bytes);
        planned.map(Some).map_err(|e| {
            Error::damaged(format!("expected the plan of an attempt: {e}"))
                .at(path)
                .hint("plan again")
        })
    }
}

impl ReportBatch<'_> {
    /// Makes the plan of the new reports of `survey`, and the tasks; the attempt is still this process's. `None` where there is nothing to do.
    pub(in crate::pipeline) fn plan_apart(
        &self,
        survey: &mut Survey,
    ) -> Result<Option<(Attempt, PlannedBatch, Vec<TaskSpec>)>> {
        let settings = self.base.settings;
        let (dirs, site) = (&settings.dirs, settings.site.as_str());
        let mut lessons = Lessons::read(dirs, site, self.base.history, settings.digest())?;
        let Some(mut layout) = self.lay_out_by(survey, &mut lessons)? else {
            return Ok(None);
        };
        turn::has_room(settings, &layout.plan)?;
        layout.plan.share_reports(&Sharing {
            time: self.base.time,
            whole: &lessons.whole(),
            threads: settings.threads,
            watch: self.base.watch,
        })?;
        self.tell(&mut layout, &mut None)?;
        let (memory, action) = (settings.memory_limit, settings.memory_action);
        let row_group = row_group_rows(&layout.plan.schema, &settings.parts);
        Budget::new(&layout.plan, memory, action, 1).foresee(
            &layout.plan,
            settings.resample_interval,
            row_group,
            self.base.watch,
        )?;
        let plan = &layout.plan;
        let attempt = Attempt::begin(dirs, site, self.base.history.version())?;
        let rules = self.rules();
        let committed = committed_months(self.version_context(&plan.schema), &layout.months);
        let workload = Workload::save(plan, &rules, &committed, attempt.dir())?;
        let tasks = specs(plan, &rules, (dirs, &attempt), Some(workload));
        let inputs = &plan.inputs;
        let planned = PlannedBatch {
            settings: serde_json::Value::Null,
            scope: Scope::Changed,
            gone: Gone::Refuse,
            baseline: self.baseline,
            said: Vec::new(),
            workload,
            retracted: self.base.retracted.clone(),
            survey: std::mem::take(survey).into(),
            months: layout.months.clone(),
            superseded: layout.superseded.clone(),
            retracted_reports: layout.retracted.clone(),
            required: layout.required.clone(),
            alive: layout.alive.clone(),
            told: layout.told.clone(),
            bytes: inputs.ids().map(|input| inputs.bytes(input)).sum(),
        };
        Ok(Some((attempt, planned, tasks)))
    }

    /// Lays out the version that takes the new reports of `survey`, as often as it takes until no lesson is left that is about one of them.
    fn lay_out_by(
        &self,
        survey: &mut Survey,
        lessons: &mut Lessons,
    ) -> Result<Option<BatchLayout>> {
        let mut new = std::mem::take(&mut survey.new);
        let mut looked = Looked::new();
        let mut retries = BTreeMap::new();
        loop {
            if new.is_empty() && !self.base.goes_without_new() {
                return Ok(None);
            }
            let dead = lessons.dead.as_ref();
            let layout = (self.base).lay_out(&mut new, survey, &mut looked, dead)?;
            let plan = layout.plan;
            let Learnt {
                order,
                numbers,
                bad,
            } = lessons.take(&plan.inputs)?;
            new = if !numbers.is_empty() {
                self.decide(plan, &numbers, Why::Numbers, survey, &mut looked)?
            } else if !order.is_empty() && lessons.stops > MOST_STOPS {
                let all = plan.inputs.not_read_whole()?;
                self.decide(plan, &all, Why::Order, survey, &mut looked)?
            } else if !order.is_empty() {
                self.decide(plan, &order, Why::Order, survey, &mut looked)?
            } else if let Some((input, error)) = bad {
                let trouble = Trouble::BadInput(input, error);
                self.without(plan, trouble, survey, &mut looked, &mut retries)?
            } else {
                return Ok(Some(BatchLayout { plan, ..layout }));
            };
        }
    }

    /// Commits what the tasks of `planned` made; what they had trouble with is kept for the next plan, and told.
    ///
    /// # Errors
    /// Those of a run; of trouble that concerns no report, that.
    pub(in crate::pipeline) fn commit_apart(
        &self,
        attempt: Attempt,
        planned: PlannedBatch,
        workload: Workload,
        outcomes: Vec<TaskEnd>,
    ) -> Result<Ended> {
        let Workload {
            plan, committed, ..
        } = workload;
        let settings = self.base.settings;
        let (dirs, site) = (&settings.dirs, settings.site.as_str());
        let mut lessons = Lessons::read(dirs, site, self.base.history, settings.digest())?;
        let mut results = Vec::with_capacity(outcomes.len());
        let (mut why, mut had_order) = (None, false);
        let most = settings.max_retry_per_file;
        for outcome in outcomes {
            match outcome {
                Ok(outcome) => results.push(outcome),
                Err(trouble) => {
                    had_order |= matches!(trouble, Trouble::NeedsWhole(_));
                    why = Some(learn(&mut lessons, &plan, trouble, most)?);
                }
            }
        }
        lessons.stops += u32::from(had_order);
        for input in undecided(&results) {
            let report = plan.inputs.get(input)?.report;
            let path = report.path.clone();
            lessons.add(&report, Lesson::Numbers, most);
            why = Some(Error::input("it has to be read whole, for its numbers").at(path));
        }
        if let Some(why) = why {
            lessons.keep(dirs, site)?;
            abandon(attempt);
            return Ok(Ended::Again(why));
        }
        if let Err(why) = are_as_written(&results, attempt.dir(), settings.threads) {
            abandon(attempt);
            return Ok(Ended::Again(why));
        }
        let accounts = match ReportAccounts::of(&plan, &mut results) {
            Ok(accounts) => accounts,
            // One task read it before it changed, and another one behind that.
            Err(why) if why.kind() == ErrorKind::Changing => {
                abandon(attempt);
                return Ok(Ended::Again(why));
            }
            Err(error) => return Err(error),
        };
        let mut layout = BatchLayout {
            plan,
            months: planned.months,
            superseded: planned.superseded,
            retracted: planned.retracted_reports,
            required: planned.required,
            alive: planned.alive,
            warnings: Vec::new(),
            told: planned.told,
        };
        let dead = dead_columns(&layout, &accounts);
        let mut points = layout.plan.roster.iter();
        if !points.all(|spec| is_right(spec, &layout, &dead)) {
            lessons.dead = Some(dead);
            lessons.keep(dirs, site)?;
            abandon(attempt);
            let why =
                Error::input("a required point was found to be without a number, or to have one");
            return Ok(Ended::Again(why));
        }
        let (memory, action) = (settings.memory_share(), settings.memory_action);
        let budget = Budget::new(&layout.plan, memory, action, settings.threads);
        let budget = budget.of_process(settings.memory_limit);
        layout.plan.inputs.spill()?;
        let done = Done {
            packing: Packing::of(&self.base, &layout.plan)?,
            bytes: planned.bytes,
            layout,
            attempt,
            results,
            accounts,
            budget,
            committed,
        };
        let ended = self.commit_done(done, planned.survey)?;
        if let Err(error) = Lessons::forget(dirs, site) {
            tracing::warn!(name: "lessons_not_forgotten", %error, "what was learnt of an earlier attempt is still kept");
        }
        Ok(ended)
    }

    /// The id of the batch that these outcomes make, where all tasks ended well; nothing where a report changed between two of them.
    pub(in crate::pipeline) fn identity_apart(
        &self,
        plan: &Plan,
        results: &mut [TaskOutcome],
    ) -> Result<Option<uuid::Uuid>> {
        match ReportAccounts::of(plan, results) {
            Ok(accounts) => self.identity(plan, &accounts).map(Some),
            Err(error) if error.kind() == ErrorKind::Changing => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether what tasks have made is there as they wrote it: they did so elsewhere, and maybe days ago.
///
/// # Errors
/// [`Damaged`](ErrorKind::Damaged), or [`Storage`](ErrorKind::Storage), for the first file that is not.
fn are_as_written(results: &[TaskOutcome], folder: &Path, threads: usize) -> Result<()> {
    let written = results.iter().map(|result| &result.written);
    let parts = written.clone().flat_map(|written| &written.parts);
    let parts = parts.map(|part| (&part.staged, part.bytes, part.sha256));
    let evidence = written.flat_map(|written| &written.evidence);
    let evidence = evidence.map(|file| (&file.staged, file.bytes, file.sha256));
    let files: Vec<_> = parts.chain(evidence).collect();
    parallel::map(files, threads, |(path, bytes, sha256)| {
        if path.parent() != Some(folder) && !store::skipped("check:attempt") {
            return Err(Error::damaged("expected a file of the attempt").at(path));
        }
        let (found, digest) = store::digest(path)?;
        match (found, digest) == (bytes, sha256) || store::skipped("digest:staged") {
            true => Ok(()),
            false => Err(Error::damaged(format!("expected {sha256}, found {digest}"))
                .at(path)
                .hint("what a task has written was changed since; plan again")),
        }
    })?;
    Ok(())
}

/// Undoes an attempt. Somebody may still be at work on it: then recovery removes what is left.
pub(in crate::pipeline) fn abandon(attempt: Attempt) {
    if let Err(error) = attempt.abandon() {
        tracing::warn!(name: "attempt_not_undone", %error, "an attempt could not be undone");
    }
}

/// Keeps what the trouble of a task says of a report, and says it.
///
/// # Errors
/// That of a trouble that is none of a report's.
fn learn(lessons: &mut Lessons, plan: &Plan, trouble: Trouble, most: u32) -> Result<Error> {
    let (input, lesson) = match trouble {
        Trouble::Fatal(error) => return Err(error),
        Trouble::Stopped => return Err(Error::stopped("before a task was done")),
        Trouble::NeedsWhole(input) => {
            if plan.is_read_in_ranges(input) {
                let file = plan.inputs.get(input)?.report.path;
                lessons.read_whole.push(WholeFile { file });
            }
            (input, Lesson::Order)
        }
        Trouble::BadInput(input, error) => (input, Lesson::Bad(error)),
        Trouble::Repeated {
            input,
            time,
            column,
            error,
        } => (newcomer(plan, input, time, column), Lesson::Bad(error)),
    };
    let report = plan.inputs.get(input)?.report;
    let why = match &lesson {
        Lesson::Bad(error) => error.copy(),
        Lesson::Order | Lesson::Numbers => Error::input("it has to be read whole, for its times"),
    };
    let why = report.located(why);
    lessons.add(&report, lesson, most);
    Ok(why)
}
