//! One batch: new reports → a committed version, or nothing.

mod trouble;
mod undecided;

use super::Scope;
use super::attempts::nothing_new;
use super::findings;
use super::growth::{Base, BatchLayout, Looked};
use super::keep::{KeptSources, Packing};
use super::record::ReportBatchMade;
use super::report_accounts::ReportAccounts;
use super::survey::Survey;
use super::turn;
use super::version::{Ground, Landed, Made, Stretches, VersionIdentity, commit};
use super::{NothingNew, Summary, public_copy};
use crate::clean::Repeats;
use crate::contract::ContractRules;
use crate::error::Result;
use crate::model::{DatasetSchema, PointSpec};
use crate::partition::{Destination, row_group_rows};
use crate::progress::{Cancel, Event};
use crate::publish::{Attempt, Identity, Origin, retraction_id};
use crate::scratch::{ExternalSort, SpillFile};
use crate::time::{Instant, Stopwatch};
use crate::verify::WithoutKnownAt;
use crate::warning::Warning;
use crate::workers::{Budget, Plan, Spare, Standing, TaskContext, TaskResult, Trouble, run_tasks};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trouble::blame;
use undecided::{Why, undecided};
use uuid::Uuid;

/// So often tasks begin anew for one report that has to be read whole; then for all that may have to be.
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
}

/// How a batch ended, if it did not fail.
pub(super) enum Ended {
    /// It is committed.
    Committed(Box<Summary>),
    /// There was nothing to do.
    NothingNew(Box<NothingNew>),
    /// Another run committed this version in the meantime; nothing is left of ours, and it is to be done again on top.
    Overtaken(u64),
}

/// Tasks that came to their end, with what they were made of.
struct Done {
    /// Its list of inputs is spilled.
    layout: BatchLayout,
    /// Bytes of the reports.
    bytes: u64,
    attempt: Attempt,
    results: Vec<TaskResult>,
    accounts: ReportAccounts,
    budget: Budget,
    packing: Packing,
}

impl ReportBatch<'_> {
    /// Reads, cleans and commits the new reports of `survey`, and makes the months again that they change.
    pub(super) fn run(&self, mut survey: Survey) -> Result<Ended> {
        let settings = self.base.settings;
        let Some(done) = self.read(&mut survey)? else {
            let history = self.base.history;
            if self.of_another_run && history.head().is_some() {
                history.acknowledge(&settings.dirs, public_copy(settings))?;
            }
            return Ok(Ended::NothingNew(nothing_new(history, survey)));
        };
        let Done {
            layout,
            bytes,
            attempt,
            results,
            accounts,
            budget,
            packing,
        } = done;
        budget.check(self.base.watch)?;
        let identity = VersionIdentity {
            batch_id: self.identity(&layout.plan, &accounts)?,
            origin: Origin::Reports,
            baseline: self.baseline,
        };
        let kept = KeptSources::of(&self.base, &layout.plan, &accounts, &attempt, &packing)?;
        let stretches = Stretches::of(&results);
        let (parts, evidence): (Vec<_>, Vec<_>) = (results.into_iter())
            .map(|result| (result.written.parts, result.written.evidence))
            .unzip();
        let made = Made {
            ground: self.ground(&layout.plan.schema),
            attempt,
            identity,
            months: &layout.months,
            parts: parts.into_iter().flatten().collect(),
            evidence: evidence.into_iter().flatten().collect(),
            stretches,
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
        match commit(made, &maker, self.base.watch)? {
            Landed::Committed(committed) => Ok(Ended::Committed(Box::new(Summary {
                committed: *committed,
                failed: survey.failed,
                known: survey.known.len(),
                known_rejects: survey.known_rejects.len(),
                withdrawn: survey.withdrawn.len(),
                ignored: survey.ignored,
                warnings: Vec::new(),
                bytes,
                kept: kept.sum,
            }))),
            Landed::Overtaken(version) => Ok(Ended::Overtaken(version)),
        }
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
                contents.push_item(read.digest)?;
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
        loop {
            if new.is_empty() && !self.base.goes_without_new() {
                return Ok(None);
            }
            let mut layout = self
                .base
                .lay_out(&mut new, survey, &mut looked, dead.as_ref())?;
            self.tell(&mut layout, &mut namesake)?;
            let plan = &layout.plan;
            turn::has_room(settings, plan)?;
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
            let done = self.tasks(plan, &budget, &attempt, &packing);
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
                        }));
                    }
                    dead = Some(found);
                    layout.plan.inputs.unspill()?;
                    new = layout.plan.inputs.only_new();
                }
                Err(trouble) => {
                    layout.plan.inputs.unspill()?;
                    stops += 1;
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
        for warning in &layout.warnings {
            self.base.watch.warn(warning);
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
        budget: &Budget,
        attempt: &Attempt,
        packing: &Packing,
    ) -> std::result::Result<Vec<TaskResult>, Trouble> {
        let settings = self.base.settings;
        let spare = Spare {
            count: packing.len(),
            work: &|number| packing.pack(number, attempt),
        };
        let context = TaskContext {
            plan,
            cleaner: self.base.cleaner,
            time: self.base.time,
            budget,
            target: Destination {
                staging: attempt.dir(),
                attempt: attempt.id(),
                footer: settings.footer(),
                contract: self.contract_rules(),
                parts: settings.parts,
            },
            repeats: if settings.deduplicate_timestamps {
                Repeats::FirstWins
            } else {
                Repeats::Refuse
            },
            watch: self.base.watch,
            failed: &Cancel::default(),
        };
        run_tasks(&context, &spare)
    }

    fn ground<'s>(&'s self, schema: &'s DatasetSchema) -> Ground<'s> {
        Ground {
            settings: self.base.settings,
            history: self.base.history,
            schema,
            without_known_at: match self.base.scope {
                Scope::Changed => WithoutKnownAt::Same,
                Scope::Everything => WithoutKnownAt::Different,
            },
        }
    }

    fn contract_rules(&self) -> ContractRules {
        ContractRules {
            interval: Some(self.base.settings.resample_interval),
            max_gap: self.base.settings.max_gap,
            not_after: self.base.time.not_after,
        }
    }
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
