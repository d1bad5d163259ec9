//! One batch: new reports → a committed version, or nothing.

use super::account::{Books, close_books};
use super::observe::{Observer, Stage};
use super::record::{Facts, manifest, trips};
use super::survey::{FailedInput, Survey};
use super::{Run, Summary, all_rejected, plan, public_copy};
use crate::acquire::{self, ReadOptions, RowOrder, TimeRule};
use crate::clean::{Cleaner, Repeats};
use crate::clock;
use crate::config::{OnTrip, Settings};
use crate::contract::{ContractRules, Gap};
use crate::error::{Error, ErrorKind, Result};
use crate::partition::{EvidenceFile, Part};
use crate::publish::{Attempt, Outcome, batch_id};
use crate::verify;
use crate::workers::{Input, Plan, TaskContext, TaskResult, Trouble, run_tasks};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// What a batch is made with.
pub(super) struct Batch<'a> {
    pub(super) settings: &'a Settings,
    pub(super) cleaner: &'a dyn Cleaner,
    pub(super) observer: &'a dyn Observer,
    pub(super) time: &'a TimeRule,
    /// The one clock reading.
    pub(super) baseline: i64,
    /// The version that is built upon; 0 for none.
    pub(super) base: u64,
}

/// Tasks that came to their end, with what they were made of.
struct Done {
    plan: Plan,
    attempt: Attempt,
    results: Vec<TaskResult>,
    books: Books,
}

impl Batch<'_> {
    /// Reads, cleans and commits the new reports of `survey`.
    pub(super) fn run(&self, mut survey: Survey) -> Result<Run> {
        let Done {
            plan,
            attempt,
            results,
            books,
        } = self.read(&mut survey)?;
        let gaps = gaps(
            &results,
            self.settings.resample_interval.nanos(),
            self.settings.max_gap.nanos(),
        );
        let id = batch_id(
            self.settings.site.as_str(),
            self.settings.digest(),
            books.digests(),
        );
        let bytes = plan
            .inputs
            .iter()
            .map(|input| input.report.stamp.bytes)
            .sum();
        self.break_circuit(&books)?;
        self.observer.stage(Stage::Checking);
        let (parts, evidence) = self.seal(&plan, results, &id.to_string())?;
        let facts = Facts {
            settings: self.settings,
            plan: &plan,
            survey: &survey,
            books: &books,
            parts: &parts,
            evidence: &evidence,
            gaps: &gaps,
            batch_id: id,
            baseline: self.baseline,
            created: clock::now(),
        };
        let manifest = manifest(&facts)?;
        self.observer.stage(Stage::Committing);
        match attempt.commit(manifest, &parts, &evidence, public_copy(self.settings))? {
            // A batch that someone else committed in the meantime is as committed as one of ours.
            Outcome::Committed(committed) | Outcome::AlreadyCommitted(committed) => {
                Ok(Run::Committed(Box::new(Summary {
                    committed: *committed,
                    failed: survey.failed,
                    known: survey.known.len(),
                    known_rejects: survey.known_rejects.len(),
                    bytes,
                })))
            }
            Outcome::Overtaken { version } => Err(Error::new(
                ErrorKind::Locked,
                format!("another run committed version {version} in the meantime"),
            )
            .hint("run again")),
        }
    }

    /// Runs the tasks until all reports that are left can be read: a report that turns out to be unusable is left out, one
    /// that is out of order is sorted, and everything is done again.
    fn read(&self, survey: &mut Survey) -> Result<Done> {
        let mut inputs = std::mem::take(&mut survey.new);
        let mut retries = BTreeMap::new();
        let mut dead = BTreeSet::new();
        loop {
            if inputs.is_empty() {
                return Err(all_rejected(
                    std::mem::take(&mut survey.failed),
                    survey.known_rejects.len(),
                ));
            }
            let mut plan = plan(self.settings, inputs, self.cleaner)?;
            for spec in &mut plan.roster {
                spec.required &= !dead.contains(&spec.column);
            }
            self.warn(&plan);
            self.observer.planned(&plan);
            let attempt =
                Attempt::begin(&self.settings.dirs, self.settings.site.as_str(), self.base)?;
            match self.tasks(&plan, &attempt).and_then(|results| {
                let books = close_books(&plan, &results).map_err(|error| blame(&plan, error))?;
                Ok((results, books))
            }) {
                Ok((results, books)) => {
                    let more = dead_and_required(&plan, &books);
                    if more.is_empty() {
                        return Ok(Done {
                            plan,
                            attempt,
                            results,
                            books,
                        });
                    }
                    dead.extend(more);
                    inputs = plan.inputs;
                }
                Err(trouble) => inputs = self.without(plan, trouble, survey, &mut retries)?,
            }
        }
    }

    /// The inputs to go on with after trouble.
    fn without(
        &self,
        plan: Plan,
        trouble: Trouble,
        survey: &mut Survey,
        retries: &mut BTreeMap<PathBuf, u32>,
    ) -> Result<Vec<Input>> {
        let mut inputs = plan.inputs;
        match trouble {
            Trouble::Fatal(error) => return Err(error),
            Trouble::Stopped => return Err(Error::bug("all tasks stopped and none says why")),
            Trouble::Disordered(index) => {
                let report = &mut inputs[index].report;
                if report.order == RowOrder::Unordered {
                    return Err(Error::bug("sorted rows are out of order").at(&report.path));
                }
                let surveyed = acquire::survey(report, self.time);
                report.order = RowOrder::Unordered;
                if let Err(error) = surveyed {
                    self.reject(inputs.remove(index), error, survey)?;
                }
            }
            Trouble::BadInput(index, error) => {
                let bad = inputs.remove(index);
                let tries = retries.entry(bad.report.path.clone()).or_default();
                let changing = error.kind() == ErrorKind::Changing
                    && *tries < self.settings.max_retry_per_file;
                if changing {
                    *tries += 1;
                    if let Ok(report) = acquire::sniff(&bad.report.path, self.time) {
                        inputs.push(Input {
                            report,
                            digest: None,
                        });
                        return Ok(inputs);
                    }
                }
                self.reject(bad, error, survey)?;
            }
        }
        Ok(inputs)
    }

    /// Goes on without an input, unless the first bad one is to fail the batch.
    fn reject(&self, bad: Input, error: Error, survey: &mut Survey) -> Result<()> {
        if self.settings.stop_on_error {
            return Err(error);
        }
        survey.failed.push(FailedInput::new(bad.report.path, error));
        Ok(())
    }

    fn tasks(
        &self,
        plan: &Plan,
        attempt: &Attempt,
    ) -> std::result::Result<Vec<TaskResult>, Trouble> {
        let settings = self.settings;
        let context = TaskContext {
            plan,
            cleaner: self.cleaner,
            time: self.time,
            read: &ReadOptions {
                chunk_cells: chunk_cells(plan, settings),
            },
            contract: self.contract_rules(),
            parts: settings.parts,
            repeats: if settings.deduplicate_timestamps {
                Repeats::FirstWins
            } else {
                Repeats::Refuse
            },
            staging: attempt.dir(),
            site: settings.site.as_str(),
            attempt: attempt.id(),
            observer: self.observer,
            stop: &AtomicBool::new(false),
        };
        run_tasks(&context, settings.threads)
    }

    fn contract_rules(&self) -> ContractRules {
        ContractRules {
            interval: Some(self.settings.resample_interval.nanos()),
            max_gap: self.settings.max_gap.nanos(),
            not_after: self.time.not_after,
        }
    }

    /// Says which rules flag too much, and fails the batch if that is wanted.
    fn break_circuit(&self, books: &Books) -> Result<()> {
        for trip in trips(self.settings, books) {
            let message = format!(
                "the rule {} flags {} of the {} cells that it judged in {}: more than cleaner.trip_share, {}",
                trip.rule.name(),
                trip.flagged,
                trip.judged,
                trip.month,
                trip.limit
            );
            if self.settings.on_trip == OnTrip::Fail {
                return Err(Error::new(ErrorKind::Contract, message).hint(
                    "nothing was committed; cleaner.on_trip: mark commits it all the same, with the evidence to look at",
                ));
            }
            self.observer.warning(&message);
        }
        Ok(())
    }

    /// Writes the footers and reads every part back.
    fn seal(
        &self,
        plan: &Plan,
        results: Vec<TaskResult>,
        id: &str,
    ) -> Result<(Vec<Part>, Vec<EvidenceFile>)> {
        let facts = [
            ("batch_id", id.to_owned()),
            ("site_id", self.settings.site.to_string()),
            ("schema_hash", plan.schema.hash()?.to_string()),
            ("trendgate_version", env!("CARGO_PKG_VERSION").to_owned()),
            ("timezone", self.settings.timezone.clone()),
            (
                verify::INTERVAL_KEY,
                self.settings.resample_interval.to_string(),
            ),
            (verify::MAX_GAP_KEY, self.settings.max_gap.to_string()),
        ];
        let facts: Vec<(String, String)> =
            facts.map(|(key, value)| (key.to_owned(), value)).to_vec();
        let mut parts = Vec::new();
        let mut evidence = Vec::new();
        for result in results {
            for open in result.parts {
                let part = open.seal(&facts)?;
                verify::read_back(&part.staged, &part, &plan.schema, self.contract_rules())?;
                parts.push(part);
            }
            for file in result.evidence {
                verify::read_back_evidence(&file)?;
                evidence.push(file);
            }
        }
        Ok((parts, evidence))
    }

    fn warn(&self, plan: &Plan) {
        let unmapped = plan.roster.iter().filter(|spec| !spec.mapped).count();
        if unmapped > 0 {
            self.observer.warning(&format!(
                "{unmapped} of {} points are not described in the configuration: each is taken for a gauge (mean)",
                plan.roster.len()
            ));
        }
        for name in self.settings.points().unmatched(&plan.roster) {
            self.observer.warning(&format!(
                "cleaner.points describes {name:?}, which no report has"
            ));
        }
        if plan.equipment.checks.is_empty() && plan.equipment.off.is_empty() {
            self.observer.warning(
                "cleaner.equipment describes nothing to check: HEAT_IMBALANCE and AFFINITY_VIOLATION are off",
            );
        }
        for off in &plan.equipment.off {
            self.observer.warning(&format!(
                "a check of {:?} is off: no report has {}",
                off.equipment,
                off.missing.join(", ")
            ));
        }
        for input in plan.inputs.iter().filter(|input| !input.report.complete) {
            let path = input.report.path.display();
            self.observer.warning(&format!(
                "{path}: the report has no trailer; it was cut short, and its whole rows are taken"
            ));
        }
    }
}

/// Chunks small enough that one of every report, for every thread, takes a quarter of the memory at most.
fn chunk_cells(plan: &Plan, settings: &Settings) -> usize {
    let open = plan
        .tasks
        .iter()
        .map(|task| task.inputs.len())
        .max()
        .unwrap_or(1)
        * settings.threads;
    let quarter = usize::try_from(settings.memory_limit / 4).unwrap_or(usize::MAX);
    // Eight bytes a cell, held twice while rows become columns.
    (quarter / 16 / open.max(1)).clamp(1 << 10, ReadOptions::default().chunk_cells)
}

/// An error that is about one input's file is that input's; any other fails the batch.
fn blame(plan: &Plan, error: Error) -> Trouble {
    let index = plan
        .inputs
        .iter()
        .position(|input| Some(input.report.path.as_path()) == error.path());
    match index {
        Some(index) if error.kind() == ErrorKind::Changing => Trouble::BadInput(index, error),
        _ => Trouble::Fatal(error),
    }
}

/// Columns that are required and have not one number in the batch: they must not flag every row.
fn dead_and_required(plan: &Plan, books: &Books) -> Vec<String> {
    let points = plan.roster.iter().zip(&books.columns);
    let dead = points.filter(|(spec, tally)| spec.required && tally.numbers == 0);
    dead.map(|(spec, _)| spec.column.clone()).collect()
}

/// The gaps of the whole axis: within the tasks, and from the last bin of one to the first of the next.
fn gaps(results: &[TaskResult], interval: i64, max_gap: i64) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut last: Option<i64> = None;
    for result in results {
        let Some((first, end)) = result.range else {
            continue;
        };
        let between = last.and_then(|last| Gap::between(last, first, interval));
        gaps.extend(between.filter(|gap| gap.length() > max_gap));
        gaps.extend(result.gaps.iter().copied());
        last = Some(end);
    }
    gaps
}
