//! What a batch did → its manifest. Pure.

use super::account::Books;
use super::findings::BatchFindings;
use super::growth::{BatchLayout, Scope};
use super::redigest::with_met;
use super::settle::{ChangedMonths, Settled};
use super::survey::{Duplicate, FailedInput, Locations, Survey};
use super::version::{VersionFiles, VersionIdentity, draft};
use crate::acquire::{PointTally, Report, RowOrder, Tally};
use crate::error::Result;
use crate::model::{CheckOff, ColumnId, PointSpec};
use crate::partition::{ColumnStatistics, Fall};
use crate::path_bytes::PathBytes;
use crate::pipeline::Settings;
use crate::publish::{
    Conflict, Conflicts, Conversion, CounterReset, EquipmentEntry, EquipmentOff, FailedFile,
    InputEntry, InputStatus, KindPoint, Listing, Manifest, Origin, PointStatistics, Redigested,
    ReportKind, SourceRef, Statistics, WeekEntry,
};
use crate::time::Instant;
use crate::warning::Warning;
use crate::workers::{Input, Months, Next, Plan, Read, Shape, Standing};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Everything that a manifest tells of.
pub(super) struct ReportFacts<'a> {
    pub(super) settings: &'a Settings,
    pub(super) survey: &'a Survey,
    pub(super) books: &'a Books,
    pub(super) layout: &'a BatchLayout,
    pub(super) settled: &'a Settled,
    pub(super) found: BatchFindings,
    pub(super) scope: Scope,
    pub(super) batch_id: Uuid,
    /// The batch's clock reading.
    pub(super) baseline: Instant,
}

/// The manifest of the batch, and its inputs one by one; its version and checksum are the commit's to fill in.
pub(super) fn manifest<'a>(facts: &'a ReportFacts<'_>) -> Result<(Manifest, Listing<'a>)> {
    let ReportFacts {
        settings,
        layout,
        books,
        settled,
        ..
    } = facts;
    let plan = &layout.plan;
    let (kinds, inputs) = inputs(facts)?;
    let (rebuilt_from, redigested) = read_again(facts)?;
    let identity = VersionIdentity {
        batch_id: facts.batch_id,
        origin: Origin::Reports,
        baseline: facts.baseline,
    };
    let draft = draft(settings, &plan.schema, VersionFiles::of(settled), identity)?;
    let manifest = Manifest {
        input_files_count: (inputs.count() - facts.survey.duplicates.len()) as u64,
        statistics: Statistics {
            points: points(plan, books, &settled.written),
            ..draft.statistics
        },
        kinds,
        failed_files: facts.survey.failed.iter().map(Into::into).collect(),
        gaps: settled.gaps.clone(),
        trips: facts.found.trips.clone(),
        standing: facts.found.standing.clone(),
        warnings: layout.warnings.iter().map(Warning::entry).collect(),
        equipment: equipment(plan, books),
        equipment_off: plan.equipment.off.iter().map(off).collect(),
        conflicts: conflicts(plan, books),
        cells: books.total,
        changed_range: settled.changed,
        rebuilt_from,
        redigested: with_met(redigested, &facts.survey.redigested),
        superseded: layout.superseded.clone(),
        retracted: layout.retracted.clone(),
        approximate_bins: books.approximate_bins,
        ..draft
    };
    Ok((manifest, inputs))
}

/// The known reports that were read again, where they were found, and those among them that an earlier program knew by another digest.
fn read_again(facts: &ReportFacts<'_>) -> Result<(Vec<SourceRef>, Vec<Redigested>)> {
    let plan = &facts.layout.plan;
    let (mut known, mut redigested) = (Vec::new(), Vec::new());
    if facts.layout.months == Months::All {
        // The first version has nothing to read again.
        return Ok((known, redigested));
    }
    let mut locations = Locations::default();
    for read in facts.books.inputs(plan) {
        let (next, read) = read?;
        if next.standing() == Standing::New {
            continue;
        }
        let input = plan.inputs.of(&next)?;
        let place = locations.of(&input.report.path);
        known.push(SourceRef::new(&place, read.digest));
        let earlier = input.known_by.filter(|id| id.is_earlier());
        redigested.extend(earlier.map(|earlier| Redigested {
            earlier,
            digest: read.digest,
            text_bytes: read.text_bytes,
        }));
    }
    Ok((known, redigested))
}

fn equipment(plan: &Plan, books: &Books) -> Vec<EquipmentEntry> {
    let name = |column: ColumnId| plan.roster[column].column.clone();
    let checks = plan.equipment.checks.iter().zip(&books.weeks);
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

fn points(
    plan: &Plan,
    books: &Books,
    written: &ChangedMonths,
) -> BTreeMap<String, PointStatistics> {
    let entries = plan.roster.iter().zip(&books.columns);
    let values = books.values(&plan.schema, written);
    let verdicts = books.verdicts(written);
    let judged = values.iter().zip(&verdicts);
    entries
        .zip(judged)
        .map(|((spec, tally), (values, verdicts))| {
            let entry = PointStatistics {
                point: spec.id.to_string(),
                cells: count_cells(tally),
                numbers: tally.numbers,
                missing: named(&tally.missing),
                unrecognised: tally.unrecognised,
                unrecognised_examples: tally.unrecognised_examples.clone(),
                unit_mismatch: tally.unit_mismatch,
                not_finite: tally.not_finite,
                dead: tally.numbers == 0,
                converted: conversion(spec),
                rules: verdicts.clone(),
                ..of_values(values)
            };
            (spec.column.clone(), entry)
        })
        .collect()
}

/// What the values of a point are; of a counter, also where they fell.
pub(super) fn of_values(values: &ColumnStatistics) -> PointStatistics {
    let falls = values.falls.as_deref();
    PointStatistics {
        values: values.count,
        min: values.mean().map(|_| values.min),
        max: values.mean().map(|_| values.max),
        mean: values.mean(),
        resets: falls.map(|falls| falls.count),
        reset_examples: falls.map_or_else(Vec::new, |falls| resets(&falls.examples)),
        ..PointStatistics::default()
    }
}

/// Where values fell, as a manifest tells of it.
fn resets(falls: &[Fall]) -> Vec<CounterReset> {
    falls
        .iter()
        .map(|fall| CounterReset {
            timestamp: fall.time,
            before: fall.before,
            after: fall.after,
            roll_over: fall.is_roll_over(),
        })
        .collect()
}

/// The conversion that a point's bins went through, if any.
fn conversion(spec: &PointSpec) -> Option<Conversion> {
    let (from, to) = (spec.unit?, spec.dataset_unit()?);
    let (factor, offset) = from.to_base();
    (from != to).then(|| Conversion {
        from: from.symbol().to_owned(),
        to: to.symbol().to_owned(),
        factor,
        offset,
    })
}

fn count_cells(tally: &PointTally) -> u64 {
    let missing: u64 = tally.missing.values().sum();
    tally.numbers + missing + tally.unrecognised + tally.unit_mismatch + tally.not_finite
}

fn named(missing: &BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    missing
        .iter()
        .map(|(token, cells)| ((*token).to_owned(), *cells))
        .collect()
}

/// The kinds of the batch's reports, and the reports.
fn inputs<'a>(facts: &'a ReportFacts<'_>) -> Result<(Vec<ReportKind>, Listing<'a>)> {
    let plan = &facts.layout.plan;
    let mut kinds = Kinds::default();
    let mut count = facts.survey.duplicates.len();
    let forms: Vec<Shape<'_>> = plan.inputs.forms().collect();
    let mut kind_of = vec![None; forms.len()];
    for read in facts.books.inputs(plan) {
        let (input, read) = read?;
        if is_stated(facts, &input, &read) {
            let form = input.form();
            kind_of[form].get_or_insert_with(|| kinds.place(forms[form]));
            count += 1;
        }
    }
    let mut locations = Locations::default();
    let accepted = facts.books.inputs(plan).filter_map(move |read| {
        let entry = || {
            let (input, read) = read?;
            if !is_stated(facts, &input, &read) {
                return Ok(None);
            }
            Ok(Some(InputEntry {
                kind: kind_of[input.form()],
                silent: silent(facts.layout, &read),
                ..accepted(&plan.inputs.of(&input)?, &read, &mut locations)
            }))
        };
        entry().transpose()
    });
    let duplicates = facts.survey.duplicates.iter().map(duplicate).map(Ok);
    Ok((kinds.list, Listing::new(count, accepted.chain(duplicates))))
}

/// Whether the manifest states an input: a new one, or a known one that is read anew.
fn is_stated(facts: &ReportFacts<'_>, input: &Next, read: &Read) -> bool {
    input.standing() == Standing::New || is_read_anew(facts, read)
}

fn duplicate(duplicate: &Duplicate) -> InputEntry {
    let of = duplicate.of.display();
    InputEntry {
        problems: vec![format!("the same text as {of}")],
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
fn is_read_anew(facts: &ReportFacts<'_>, read: &Read) -> bool {
    let tally = &read.tally;
    facts.scope == Scope::Everything && tally.rows + tally.rejected_rows == read.rows_seen
}

fn kind(shape: Shape<'_>) -> ReportKind {
    let points = shape.points.iter().map(|point| KindPoint {
        name: point.id.name.clone(),
        suffix: point.id.suffix.clone(),
        trend: point.definition.clone(),
    });
    ReportKind {
        interval: shape.interval.map(|interval| interval.to_string()),
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

fn accepted(input: &Input, read: &Read, locations: &mut Locations) -> InputEntry {
    let report = &input.report;
    let path = &report.path;
    let absolute = locations.of(path);
    let elsewhere = (absolute != *path).then_some(absolute.as_path());
    let entry = InputEntry::new(path, read.digest, report.stamp.bytes, InputStatus::Accepted);
    let entry = entry.located(elsewhere);
    InputEntry {
        text_bytes: read.text_bytes,
        interval: report.interval.map(|interval| interval.to_string()),
        complete: read.complete,
        problems: problems(
            report,
            &read.tally,
            read.cells.ambiguous_numbers,
            read.complete,
        ),
        ..entry.counted(read)
    }
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
        problems.push(format!("{} lines are the header again", tally.furniture));
    }
    if report.order == RowOrder::Unordered {
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
    for (count, what) in [
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
            error: failed.error.message().to_owned(),
            line: failed.error.line_number(),
            hint: failed.error.hint_text().map(ToOwned::to_owned),
            digest: failed.id.map(|id| id.text),
            bytes: failed.bytes,
            retry: failed.retry(),
        }
    }
}

fn conflicts(plan: &Plan, books: &Books) -> Conflicts {
    let merged = &books.merged;
    let example = |conflict: &crate::clean::CellConflict| Conflict {
        timestamp: conflict.time,
        column: plan.roster[conflict.column].column.clone(),
        kept: conflict.kept,
        lost: conflict.lost,
    };
    Conflicts {
        cells: merged.conflict_losers,
        equal_duplicates: merged.equal_duplicates,
        examples: merged.examples.iter().map(example).collect(),
    }
}
