//! What a batch did → its manifest. Pure.

use super::Scope;
use super::file_entries::FileEntries;
use super::findings::{self, is_uneven};
use super::growth::{Base, BatchLayout};
use super::keep::KeptSources;
use super::redigest::with_met;
use super::report_accounts::ReportAccounts;
use super::survey::{Duplicate, FailedInput, Locations, SurveySummary};
use super::version::{BatchFindings, Changes, Maker};
use crate::acquire::{Report, RowOrder, Tally};
use crate::clean::Cleaner;
use crate::error::Result;
use crate::execute::Read;
use crate::model::{CheckOff, ColumnId, Rule};
use crate::path_bytes::PathBytes;
use crate::plan::{Budget, Input, Months, Next, Plan, Shape, Standing};
use crate::publish::{
    EquipmentEntry, EquipmentOff, FailedFile, InputEntry, InputReport, InputStatus, KindPoint,
    Listing, Manifest, Redigested, ReportKind, SourceRef, Trip, WeekEntry,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the manifest of a batch of reports tells of.
pub(super) struct ReportBatchMade<'a> {
    pub(super) base: &'a Base<'a>,
    pub(super) survey: &'a SurveySummary,
    pub(super) accounts: &'a ReportAccounts,
    pub(super) layout: &'a BatchLayout,
    pub(super) budget: &'a Budget,
    pub(super) kept: &'a KeptSources,
}

impl Maker for ReportBatchMade<'_> {
    fn findings(&self, changes: &Changes, trips: &[Trip]) -> Result<BatchFindings> {
        let mut found = findings::of_batch(self.base, self.layout, self.accounts, changes, trips)?;
        found.warnings.extend(self.kept.warning());
        Ok(found)
    }

    fn complete(&self, manifest: Manifest) -> Result<(Manifest, Listing<'_>)> {
        let Self {
            layout, accounts, ..
        } = self;
        let plan = &layout.plan;
        let ListedInputs {
            kinds,
            inputs,
            files_read,
        } = inputs(self)?;
        let (rebuilt_from, redigested) = read_again(self)?;
        let told = layout.told.iter().cloned();
        let manifest = Manifest {
            input_files_count: files_read as u64,
            kinds,
            warnings: told.chain(manifest.warnings).collect(),
            equipment: equipment(plan, accounts),
            equipment_off: plan.equipment.off.iter().map(off).collect(),
            rebuilt_from,
            redigested: with_met(redigested, &self.survey.redigested),
            superseded: layout.superseded.clone(),
            retracted: layout.retracted.clone(),
            known_after: known_after(self.base.cleaner, plan),
            approximate_bins: accounts.approximate_bins,
            ..manifest
        };
        // Once the commit begins, it is not asked any more.
        self.budget.check(self.base.watch)?;
        Ok((manifest, inputs))
    }
}

/// For each rule, how many seconds after the end of a bin its evidence is known at the latest.
fn known_after(cleaner: &dyn Cleaner, plan: &Plan) -> BTreeMap<Rule, f64> {
    let longest = cleaner.known_after(&plan.roster, &plan.equipment);
    let longest = longest.into_iter();
    longest.map(|(rule, span)| (rule, span.seconds())).collect()
}

/// The known reports that were read again, where they were found, and those among them that an earlier program knew by another digest.
fn read_again(facts: &ReportBatchMade<'_>) -> Result<(Vec<SourceRef>, Vec<Redigested>)> {
    let plan = &facts.layout.plan;
    let (mut known, mut redigested) = (Vec::new(), Vec::new());
    if facts.layout.months == Months::All {
        // The first version has nothing to read again.
        return Ok((known, redigested));
    }
    let mut locations = Locations::default();
    let mut divided = BTreeSet::new();
    for read in facts.accounts.inputs(plan) {
        let (next, read) = read?;
        if next.standing() == Standing::New {
            continue;
        }
        // A text is listed once, however many of its reports were read.
        if next.is_listed() && !divided.insert(read.digest()?) {
            continue;
        }
        let input = plan.inputs.of(&next)?;
        // What is kept of a file is known by where that was.
        let place = match &input.report.kept {
            Some(_) => input.report.path.clone(),
            None => locations.of(&input.report.path),
        };
        let name = input.report.text.member_name();
        known.push(SourceRef::new(&place, read.digest()?).of_member(name));
        let earlier = input.known_by.filter(|id| id.is_earlier());
        let digest = read.digest()?;
        redigested.extend(earlier.map(|earlier| Redigested {
            earlier,
            digest,
            text_bytes: read.text_bytes(),
        }));
    }
    Ok((known, redigested))
}

fn equipment(plan: &Plan, accounts: &ReportAccounts) -> Vec<EquipmentEntry> {
    let name = |column: ColumnId| plan.roster[column].column.clone();
    let checks = plan.equipment.checks.iter().zip(&accounts.weeks);
    checks
        .map(|(check, weeks)| EquipmentEntry {
            equipment: check.equipment.clone(),
            rule: check.rule(),
            column: name(check.column),
            inputs: check
                .inputs()
                .into_iter()
                .map(|(role, column)| (role, name(column)))
                .collect(),
            weeks: weeks
                .iter()
                .map(|(week, counts)| WeekEntry {
                    week: *week,
                    judged: counts.judged,
                    within_5_percent: counts.close,
                })
                .collect(),
        })
        .collect()
}

fn off(off: &CheckOff) -> EquipmentOff {
    EquipmentOff {
        equipment: off.equipment.clone(),
        missing: off.missing.clone(),
    }
}

/// The reports of a batch, as its manifest has them.
struct ListedInputs<'a> {
    kinds: Vec<ReportKind>,
    inputs: Listing<'a>,
    /// How many files have a report that was accepted.
    files_read: usize,
}

/// The kinds of the batch's reports, and the reports.
fn inputs<'a>(facts: &'a ReportBatchMade<'_>) -> Result<ListedInputs<'a>> {
    let plan = &facts.layout.plan;
    let mut kinds = Kinds::default();
    let mut files = FileEntries::default();
    let mut locations = Locations::default();
    let mut files_read = 0;
    let forms: Vec<Shape<'_>> = plan.inputs.forms().collect();
    let mut kind_of = vec![None; forms.len()];
    for read in facts.accounts.inputs(plan) {
        let (input, read) = read?;
        if is_stated(facts, &input, &read) {
            let form = input.form();
            let kind = *kind_of[form].get_or_insert_with(|| kinds.place(forms[form]));
            if input.is_listed() {
                let input = plan.inputs.of(&input)?;
                let stated = InputReport {
                    kind: Some(kind),
                    silent: silent(facts.layout, &read),
                    ..accepted_report(&input, &read)
                };
                files.add(&input, &read, stated, &mut locations)?;
            } else {
                files_read += 1;
            }
        }
    }
    let (beside, duplicates): (Vec<_>, Vec<_>) =
        (facts.survey.duplicates.iter()).partition(|duplicate| files.has(&duplicate.path));
    beside
        .into_iter()
        .for_each(|duplicate| files.add_duplicate(duplicate));
    let files = files.finish(|path| facts.kept.listed(path));
    files_read += files.len();
    let mut kept = facts.kept.alone();
    let alone = facts.accounts.inputs(plan).filter_map(move |read| {
        let entry = || {
            let (input, read) = read?;
            if input.is_listed() || !is_stated(facts, &input, &read) {
                return Ok(None);
            }
            let kept = match input.standing() {
                Standing::New => kept.next().transpose()?.flatten(),
                Standing::Committed => None,
            };
            Ok(Some(InputEntry {
                kept,
                kind: kind_of[input.form()],
                silent: silent(facts.layout, &read),
                ..accepted(&plan.inputs.of(&input)?, &read, &mut locations)?
            }))
        };
        entry().transpose()
    });
    let count = files_read + duplicates.len();
    let duplicates = duplicates.into_iter().map(duplicate).map(Ok);
    let entries = alone.chain(files.map(Ok)).chain(duplicates);
    Ok(ListedInputs {
        kinds: kinds.list,
        inputs: Listing::new(count, entries),
        files_read,
    })
}

/// Whether the manifest states an input: a new one, or a known one that is read anew.
fn is_stated(facts: &ReportBatchMade<'_>, input: &Next, read: &Read) -> bool {
    input.standing() == Standing::New || is_read_anew(facts, read)
}

fn duplicate(duplicate: &Duplicate) -> InputEntry {
    let of = duplicate.of.display();
    let text = duplicate.member.as_ref();
    InputEntry {
        problems: vec![format!("the same text as {of}")],
        texts: text.map(|_| duplicate.text()).into_iter().collect(),
        ..InputEntry::new(
            &duplicate.path,
            duplicate.digest,
            duplicate.bytes,
            InputStatus::Duplicate,
        )
    }
}

/// The kinds of report that were met, in the order in which they were.
#[derive(Default)]
struct Kinds {
    list: Vec<ReportKind>,
    places: BTreeMap<ReportKind, u64>,
}

impl Kinds {
    /// The place of the kind of reports of this shape.
    fn place(&mut self, shape: Shape<'_>) -> u64 {
        let kind = kind(shape);
        let next = self.list.len() as u64;
        let place = *self.places.entry(kind.clone()).or_insert(next);
        if place == next {
            self.list.push(kind);
        }
        place
    }
}

/// Whether a known report is stated once more: all its months were made by another configuration, which may see other times and
/// other numbers in it.
fn is_read_anew(facts: &ReportBatchMade<'_>, read: &Read) -> bool {
    let tally = &read.tally;
    facts.base.scope == Scope::Everything && tally.rows + tally.rejected_rows == read.rows_seen
}

fn kind(shape: Shape<'_>) -> ReportKind {
    let points = shape.points.iter().map(|point| KindPoint {
        name: point.id.name.clone(),
        suffix: point.id.suffix.clone(),
        trend: point.definition.clone(),
    });
    ReportKind {
        interval: shape.interval.map(|interval| interval.to_string()),
        dialect: shape.dialect,
        entry: shape.entry.map(str::to_owned),
        points: points.collect(),
    }
}

/// The columns of the report's required points that have no number in it.
fn silent(layout: &BatchLayout, read: &Read) -> Vec<String> {
    let roster = &layout.plan.roster;
    let columns = read.silent.iter().map(|column| &roster[*column].column);
    columns
        .filter(|column| layout.required.contains(*column))
        .cloned()
        .collect()
}

fn accepted(input: &Input, read: &Read, locations: &mut Locations) -> Result<InputEntry> {
    let report = &input.report;
    let path = &report.path;
    let absolute = locations.of(path);
    let elsewhere = (absolute != *path).then_some(absolute.as_path());
    let entry = InputEntry::new(
        path,
        read.digest()?,
        report.stamp.bytes,
        InputStatus::Accepted,
    );
    let entry = entry.located(elsewhere);
    Ok(InputEntry {
        text_bytes: read.text_bytes(),
        reading: report.stated.recorded(),
        interval: report.interval.map(|interval| interval.to_string()),
        complete: read.complete,
        problems: problems_of(report, read),
        ..entry.counted(read)
    })
}

/// One report of a text that has several.
fn accepted_report(input: &Input, read: &Read) -> InputReport {
    let report = &input.report;
    InputReport {
        interval: report.interval.map(|interval| interval.to_string()),
        complete: read.complete,
        problems: problems_of(report, read),
        ..InputReport::counted(read)
    }
}

fn problems_of(report: &Report, read: &Read) -> Vec<String> {
    let ambiguous = read.cells.ambiguous_numbers;
    problems(report, &read.tally, ambiguous, read.complete)
}

/// What a person should know of a report that was accepted; `ambiguous_numbers` of its cells are such, and `complete` says whether it
/// has its trailer.
pub(crate) fn problems(
    report: &Report,
    tally: &Tally,
    ambiguous_numbers: u64,
    complete: bool,
) -> Vec<String> {
    let mut problems = Vec::new();
    for row in &tally.rejected_examples {
        problems.push(format!(
            "line {}: the row {} and is rejected",
            row.line, row.reason
        ));
    }
    let more = tally
        .rejected_rows
        .saturating_sub(tally.rejected_examples.len() as u64);
    if more > 0 {
        problems.push(format!("{more} more rows are rejected"));
    }
    if !complete {
        problems.push("no trailer: the report was cut short".to_owned());
    }
    if tally.furniture > 0 {
        problems.push(format!(
            "{} lines are the header again, or parts of pages",
            tally.furniture
        ));
    }
    if tally.mended > 0 {
        problems.push(format!(
            "day and month of {} rows were exchanged back, as `mend` says",
            tally.mended
        ));
    }
    if !tally.left_out.is_empty() {
        problems.push(format!(
            "totals over a time that nothing says are not read: {}",
            tally.left_out.join(", ")
        ));
    }
    if report.order == RowOrder::Unordered && !report.dialect.has_entries() {
        problems.push("the rows are not in time order; they are sorted".to_owned());
    }
    if report.interval.is_none() {
        problems.push("no time interval is stated".to_owned());
    }
    if let (Some(outside), Some(stated)) = (tally.outside_range, report.layout.stated_range) {
        problems.push(format!(
            "{} rows ({outside}) lie outside of the Date Range that it states ({stated})",
            outside.rows
        ));
    }
    if let Some(offset) = tally.clock.unchanged.map(|seen| seen.offset) {
        problems.push(format!(
            "rows in an hour that never happened, or in a single pass through one that happened twice: the logger does not keep daylight saving time; say so with `clock: \"{offset}\"`"
        ));
    }
    if is_uneven(tally) {
        problems.push(format!(
            "the rows are early or late: of the bins of its interval {} have two rows and {} none",
            tally.clock.bins_with_two, tally.clock.bins_with_none
        ));
    }
    for (count, what) in [
        (
            tally.clock.faults,
            "rows have the time of a wrong clock and are rejected",
        ),
        (
            ambiguous_numbers,
            "cells are ambiguous numbers and not read: their comma may be the decimal sign or set thousands apart",
        ),
        (
            tally.ambiguous_resolved,
            "rows have a local time that happens twice; their order tells which",
        ),
        (
            tally.ambiguous_by_rule,
            "rows have a local time that happens twice; the rule decides which",
        ),
        (
            tally.nonexistent,
            "rows have a local time that never happens; the rule moves them",
        ),
    ] {
        if count > 0 {
            problems.push(format!("{count} {what}"));
        }
    }
    problems
}

impl From<&FailedInput> for FailedFile {
    fn from(failed: &FailedInput) -> Self {
        let (file, file_bytes) = PathBytes::split(&failed.path);
        Self {
            file,
            file_bytes,
            member: failed.error.member().map(ToOwned::to_owned),
            error: failed.error.message().to_owned(),
            line: failed.error.line_number(),
            hint: failed.error.hint_text().map(ToOwned::to_owned),
            digest: failed.id.map(|id| id.text),
            bytes: failed.bytes,
            retry: failed.retry(),
        }
    }
}
