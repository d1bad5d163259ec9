//! One batch: new reports → a committed version, or nothing.

mod apart;
mod lessons;
mod trouble;
mod undecided;

pub(super) use apart::{PlannedBatch, abandon};

use super::Scope;
use super::attempts::nothing_new;
use super::findings;
use super::growth::{Base, BatchLayout, Looked};
use super::keep::{KeptSources, Packing};
use super::record::ReportBatchMade;
use super::report_accounts::ReportAccounts;
use super::survey::{Survey, SurveySummary};
use super::turn;
use super::version::{
    CommitEnd, Made, MadeFiles, Stretches, VersionContext, VersionIdentity, commit,
    committed_months,
};
use super::{NothingNew, Summary, even_rules, public_copy};
use crate::clean::Repeats;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::execute::{
    Carried, CommittedMonths, Executor as _, Sharing, Spare, TaskContext, TaskOutcome, TaskRules,
    TaskSpec, Threads, Trouble, Workers, Workload,
};
use crate::model::{DatasetSchema, PointSpec};
use crate::partition::row_group_rows;
use crate::plan::{Budget, Plan, Standing};
use crate::progress::{Cancel, Event};
use crate::publish::{Attempt, Dirs, Identity, Origin, retraction_id};
use crate::scratch::{ExternalSort, SpillFile};
use crate::time::{Instant, Stopwatch};
use crate::verify::WithoutKnownAt;
use crate::warning::Warning;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trouble::blame;
use undecided::{Why, undecided};
use uuid::Uuid;

/// How often tasks begin anew for one report that has to be read whole; after that, all reports that may have to be are read whole at once.
const MOST_STOPS: u32 = 2;
/// So many digests are sorted in memory; of more, so many at a time.
const DIGESTS_HELD: usize = 8192;

/// What a batch is made with.
pub(super) struct ReportBatch<'a> {
    pub(super) base: Base<'a>,
    /// The one clock reading.
    pub(super) baseline: Instant,
    /// Whether the last version may be without what makes it durable: it is not of this very run.
    pub(super) of_another_run: bool,
    /// Who does the tasks.
    pub(super) workers: Workers<'a>,
}

/// How a batch ended, if it did not fail.
pub(super) enum Ended {
    /// The batch is committed.
    Committed(Box<Summary>),
    /// Another run committed the same in the meantime.
    Already(Box<Summary>),
    /// There was nothing to do.
    NothingNew(Box<NothingNew>),
    /// Another run committed this version in the meantime; nothing is left of ours, and it is to be done again on top.
    Overtaken(u64),
    /// Tasks that were done elsewhere had trouble with a report; nothing is left of them, and the site is to be planned again.
    Again(Error),
}

/// Tasks that came to their end, with what they were made of.
struct Done {
    /// The layout of the version; its list of inputs is spilled.
    layout: BatchLayout,
    /// Bytes of the reports.
    bytes: u64,
    attempt: Attempt,
    results: Vec<TaskOutcome>,
    accounts: ReportAccounts,
    budget: Budget,
    packing: Packing,
    /// What is committed of the months that were made.
    committed: CommittedMonths,
}

impl ReportBatch<'_> {
    /// Reads, cleans and commits the new reports of `survey`, and makes the months again that they change.
    pub(super) fn run(&self, mut survey: Survey) -> Result<Ended> {
        match self.read(&mut survey)? {
            Some(done) => self.commit_done(done, survey.into()),
            None => {
                self.acknowledge()?;
                Ok(Ended::NothingNew(nothing_new(self.base.history, survey)))
            }
        }
    }

    /// Makes the last version durable, if it may not be.
    pub(super) fn acknowledge(&self) -> Result<()> {
        let (history, settings) = (self.base.history, self.base.settings);
        if self.of_another_run && history.head().is_some() {
            history.acknowledge(&settings.dirs, public_copy(settings))?;
        }
        Ok(())
    }

    /// Commits what tasks have made.
    fn commit_done(&self, done: Done, survey: SurveySummary) -> Result<Ended> {
        let Done {
            layout,
            bytes,
            attempt,
            results,
            accounts,
            budget,
            packing,
            committed,
        } = done;
        budget.check(self.base.watch)?;
        let identity = VersionIdentity {
            batch_id: self.identity(&layout.plan, &accounts)?,
            origin: Origin::Reports,
            baseline: self.baseline,
            after: self.base.history.last_made(),
        };
        let kept = KeptSources::of(&self.base, &layout.plan, &accounts, &attempt, &packing)?;
        let made = Made {
            context: self.version_context(&layout.plan.schema),
            attempt,
            identity,
            months: &layout.months,
            files: made_files(results, committed),
            accounts: &accounts.all,
            failed: &survey.failed,
        };
        let maker = ReportBatchMade {
            base: &self.base,
            survey: &survey,
            accounts: &accounts,
            layout: &layout,
            budget: &budget,
            kept: &kept,
        };
        let (committed, is_ours) = match commit(made, &maker, self.base.watch)? {
            CommitEnd::Committed(committed) => (committed, true),
            CommitEnd::Already(committed) => (committed, false),
            CommitEnd::Overtaken(version) => return Ok(Ended::Overtaken(version)),
        };
        let summary = Box::new(Summary {
            committed: *committed,
            failed: survey.failed,
            known: survey.known,
            known_rejects: survey.known_rejects,
            withdrawn: survey.withdrawn,
            ignored: survey.ignored,
            warnings: Vec::new(),
            bytes,
            kept: kept.sum,
        });
        Ok(match is_ours {
            true => Ended::Committed(summary),
            false => Ended::Already(summary),
        })
    }

    /// A batch is what its reports are; one without any is what it withdraws.
    fn identity(&self, plan: &Plan, accounts: &ReportAccounts) -> Result<Uuid> {
        let settings = self.base.settings;
        let all = self.base.scope == Scope::Everything;
        let (site, config) = (settings.site.as_str(), settings.digest());
        let scratch = Arc::new(SpillFile::new(Some(&settings.dirs.staging)));
        let mut contents = ExternalSort::new(scratch, DIGESTS_HELD);
        let mut new = 0;
        for read in accounts.inputs(plan) {
            let (input, read) = read?;
            if all || input.standing() == Standing::New {
                contents.push_item(read.digest()?)?;
                new += 1;
            }
        }
        if new == 0 {
            let retracted = self.base.retracted.iter().copied();
            return Ok(retraction_id(site, config, retracted));
        }
        let mut identity = Identity::of_batch(site, config);
        let mut contents = contents.finish(DIGESTS_HELD)?;
        // A text counts once, however many reports it has.
        let mut last = None;
        while let Some(sorted) = contents.next()? {
            for content in sorted {
                if last.replace(content) != Some(content) {
                    identity.take(content);
                }
            }
        }
        Ok(identity.finish())
    }

    /// Runs the tasks until all reports that are left can be read: a report that turns out to be unusable is left out, one
    /// that is out of order is sorted, and everything is done again. `None` where none is left.
    fn read(&self, survey: &mut Survey) -> Result<Option<Done>> {
        let settings = self.base.settings;
        let mut new = std::mem::take(&mut survey.new);
        let mut looked = Looked::new();
        let mut retries = BTreeMap::new();
        let mut dead: Option<BTreeSet<String>> = None;
        let mut stops = 0;
        let mut namesake = None;
        // The files of reports of which a part did not tell what is to be known of them.
        let mut whole = BTreeSet::new();
        loop {
            if new.is_empty() && !self.base.goes_without_new() {
                return Ok(None);
            }
            let mut layout = self
                .base
                .lay_out(&mut new, survey, &mut looked, dead.as_ref())?;
            turn::has_room(settings, &layout.plan)?;
            layout.plan.share_reports(&Sharing {
                time: self.base.time,
                whole: &whole,
                threads: settings.threads,
                watch: self.base.watch,
            })?;
            self.tell(&mut layout, &mut namesake)?;
            let plan = &layout.plan;
            let attempt = Attempt::begin(
                &settings.dirs,
                settings.site.as_str(),
                self.base.history.version(),
            )?;
            let (memory, action) = (settings.memory_share(), settings.memory_action);
            let budget = Budget::new(plan, memory, action, settings.threads);
            let budget = budget.of_process(settings.memory_limit);
            let interval = settings.resample_interval;
            let row_group = row_group_rows(&plan.schema, &settings.parts);
            budget.foresee(plan, interval, row_group, self.base.watch)?;
            let inputs = &mut layout.plan.inputs;
            let bytes = inputs.ids().map(|input| inputs.bytes(input)).sum();
            inputs.spill()?;
            let plan = &layout.plan;
            let packing = Packing::of(&self.base, plan)?;
            let since = Stopwatch::start();
            let committed = committed_months(self.version_context(&plan.schema), &layout.months);
            let done = self.tasks(plan, &committed, &budget, &attempt, &packing);
            let undecided = done.as_deref().map_or_else(|_| BTreeSet::new(), undecided);
            if !undecided.is_empty() {
                layout.plan.inputs.unspill()?;
                new = self.decide(layout.plan, &undecided, Why::Numbers, survey, &mut looked)?;
                continue;
            }
            match done.and_then(|mut results| {
                let accounts = ReportAccounts::of(plan, &mut results);
                let accounts = accounts.map_err(|error| blame(plan, error))?;
                Ok((results, accounts))
            }) {
                Ok((results, accounts)) => {
                    let found = dead_columns(&layout, &accounts);
                    let mut points = plan.roster.iter();
                    if points.all(|spec| is_right(spec, &layout, &found)) {
                        let parts = results.iter().flat_map(|result| &result.written.parts);
                        tracing::info!(
                            name: "tasks_ended",
                            tasks = results.len(),
                            parts = parts.clone().count(),
                            rows = parts.map(|part| part.rows).sum::<u64>(),
                            seconds = since.elapsed().as_secs_f64(),
                            "all tasks have come to their end"
                        );
                        return Ok(Some(Done {
                            layout,
                            bytes,
                            attempt,
                            results,
                            accounts,
                            budget,
                            packing,
                            committed,
                        }));
                    }
                    dead = Some(found);
                    layout.plan.inputs.unspill()?;
                    new = layout.plan.inputs.only_new();
                }
                Err(trouble) => {
                    layout.plan.inputs.unspill()?;
                    stops += 1;
                    if let Trouble::NeedsWhole(input) = &trouble
                        && layout.plan.is_read_in_ranges(*input)
                    {
                        whole.insert(layout.plan.inputs.get(*input)?.report.path);
                    }
                    let more = match trouble {
                        Trouble::NeedsWhole(_) if stops > MOST_STOPS => {
                            layout.plan.inputs.not_read_whole()?
                        }
                        _ => BTreeSet::new(),
                    };
                    new = match more.is_empty() {
                        true => {
                            self.without(layout.plan, trouble, survey, &mut looked, &mut retries)?
                        }
                        false => {
                            self.decide(layout.plan, &more, Why::Order, survey, &mut looked)?
                        }
                    };
                }
            }
        }
    }

    /// Tells of a plan, and what a person should know of it. `namesake` is asked for once: that takes other sites' records.
    fn tell(&self, layout: &mut BatchLayout, namesake: &mut Option<Option<Warning>>) -> Result<()> {
        let plan = &layout.plan;
        let namesake = match namesake {
            Some(known) => known,
            None => namesake.insert(self.base.namesake(plan)?),
        };
        layout
            .warnings
            .extend(findings::of_plan(self.base.settings, plan)?);
        layout.warnings.extend(namesake.iter().cloned());
        for warning in std::mem::take(&mut layout.warnings) {
            self.base.watch.warn(&warning);
            layout.told.push(warning.entry());
        }
        tracing::info!(
            name: "planned",
            reports = plan.inputs.len(),
            tasks = plan.tasks.len(),
            columns = plan.roster.len(),
            bytes = plan.bytes_to_read(),
            "the plan is made"
        );
        self.base.watch.tell(&Event::Planned {
            reports: plan.inputs.len(),
            tasks: plan.tasks.len(),
            bytes: plan.bytes_to_read(),
        });
        Ok(())
    }

    fn tasks(
        &self,
        plan: &Plan,
        committed: &CommittedMonths,
        budget: &Budget,
        attempt: &Attempt,
        packing: &Packing,
    ) -> std::result::Result<Vec<TaskOutcome>, Trouble> {
        let rules = self.rules();
        let failed = Cancel::default();
        let wanted = || !failed.is_cancelled() && !self.base.watch.cancel.is_cancelled();
        let context = TaskContext {
            plan,
            rules: &rules,
            committed,
            cleaner: self.base.cleaner,
            time: self.base.time,
            budget,
            watch: self.base.watch,
            failed: &failed,
        };
        let place = (&self.base.settings.dirs, attempt);
        match self.workers {
            Workers::Threads => {
                let spare = Spare {
                    count: packing.len(),
                    work: &|number| packing.pack(number, attempt, &wanted),
                };
                Threads { spare }.run(&specs(plan, &rules, place, None), &context)
            }
            Workers::Carried(at_once, carry) => {
                let workload = Workload::save(plan, &rules, committed, attempt.dir())?;
                let tasks = specs(plan, &rules, place, Some(workload));
                Carried { at_once, carry }.run(&tasks, &context)
            }
        }
    }

    /// By what the tasks of the batch read, clean and write.
    fn rules(&self) -> TaskRules {
        let Base { settings, time, .. } = self.base;
        TaskRules {
            site: settings.site.clone(),
            timezone: settings.timezone.clone(),
            even: even_rules(settings),
            ambiguous: time.ambiguous,
            nonexistent: time.nonexistent,
            not_after: time.not_after,
            not_before: time.not_before,
            parts: settings.parts,
            repeats: match settings.deduplicate_timestamps {
                true => Repeats::FirstWins,
                false => Repeats::Refuse,
            },
            memory: match self.workers {
                Workers::Threads => settings.memory_limit,
                Workers::Carried(at_once, _) => settings.memory_limit / at_once.max(1) as u64,
            },
            memory_action: settings.memory_action,
        }
    }

    fn version_context<'s>(&'s self, schema: &'s DatasetSchema) -> VersionContext<'s> {
        VersionContext {
            settings: self.base.settings,
            history: self.base.history,
            schema,
            without_known_at: match self.base.scope {
                Scope::Changed => WithoutKnownAt::Same,
                Scope::Everything => WithoutKnownAt::Different,
            },
        }
    }
}

/// The tasks of a plan as values; what they share is known by `workload`, where it is saved.
fn specs(
    plan: &Plan,
    rules: &TaskRules,
    (dirs, attempt): (&Dirs, &Attempt),
    workload: Option<Digest>,
) -> Vec<TaskSpec> {
    let count = plan.tasks.len();
    let spec = |number| TaskSpec {
        site: rules.site.clone(),
        attempt: attempt.id().to_owned(),
        dirs: dirs.clone(),
        workload,
        number,
        count,
    };
    (0..count).map(spec).collect()
}

/// What tasks made, put together.
fn made_files(outcomes: Vec<TaskOutcome>, committed: CommittedMonths) -> MadeFiles {
    let mut made = MadeFiles {
        stretches: Stretches::of(&outcomes),
        committed,
        parts: Vec::new(),
        evidence: Vec::new(),
        compared: BTreeMap::new(),
    };
    for outcome in outcomes {
        made.parts.extend(outcome.written.parts);
        made.evidence.extend(outcome.written.evidence);
        made.compared.extend(outcome.changed);
    }
    made
}

/// The required columns that have not one number in the whole dataset: they must not flag every row.
pub(super) fn dead_columns(layout: &BatchLayout, accounts: &ReportAccounts) -> BTreeSet<String> {
    let mut dead = layout.required.clone();
    dead.retain(|column| !layout.alive.contains(column));
    for column in accounts.alive() {
        dead.remove(column);
    }
    dead
}

/// Whether a point was required exactly if it is to be.
fn is_right(spec: &PointSpec, layout: &BatchLayout, dead: &BTreeSet<String>) -> bool {
    let column = &spec.column;
    spec.required == (layout.required.contains(column) && !dead.contains(column))
}
